/* Prometheus' text exposition format, version 0.0.4. */
#include "proxy/admin_pages.h"

#include "policy/builder.h"
#include "proxy/config.h"
#include "proxy/edition.h"
#include "proxy/metrics.h"
#include "proxy/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put_family(struct builder *page, const char *name, const char *type, const char *help)
{
	builder_format(page, "# HELP quaymaster_%s %s\n# TYPE quaymaster_%s %s\n", name, help, name,
	               type);
}

/* A label's value: with backslash, quote and newline escaped; controls and what is no ASCII are the
 * configuration's own. */
static void put_value(struct builder *page, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			builder_add(page, "\\n");
		else if (*value == '"' || *value == '\\')
			builder_format(page, "\\%c", *value);
		else
			builder_bytes(page, value, 1);
	}
}

static void put_label(struct builder *page, const char *name, const char *value, bool first)
{
	builder_format(page, "%s%s=\"", first ? "{" : ",", name);
	put_value(page, value);
	builder_add(page, "\"");
}

static void put_labels(struct builder *page, const char *const *names, const char *const *values)
{
	for (size_t i = 0; names[i] != NULL; i++)
		put_label(page, names[i], values[i], i == 0);
}

static void put_number(struct builder *page, const char *name, const char *type, const char *help,
                       int64_t number)
{
	put_family(page, name, type, help);
	builder_format(page, "quaymaster_%s %" PRId64 "\n", name, number);
}

/* --- series ---------------------------------------------------------------------------------------------------- */

struct family {
	enum metrics_kind kind;
	const char *name, *help;
	const char *labels[METRICS_LABELS_MAX + 1]; /* as many as the kind has, NULL-terminated */
};

/* "quaymaster_NAMEPART{LABELS", which is closed by who has no more labels to add; nothing is open where there are none. */
static void put_series(struct builder *page, const struct family *family, const char *part,
                       const struct metrics_sum *sum)
{
	builder_format(page, "quaymaster_%s%s", family->name, part);
	put_labels(page, family->labels, sum->labels);
}

static void put_counters(const struct admin_facts *facts, struct builder *page,
                         const struct family *family)
{
	put_family(page, family->name, "counter", family->help);
	for (size_t i = 0; i < facts->sum_count; i++) {
		const struct metrics_sum *sum = &facts->sums[i];

		if (sum->kind != family->kind)
			continue;
		put_series(page, family, "", sum);
		builder_format(page, "%s %" PRIu64 "\n", family->labels[0] != NULL ? "}" : "", sum->count);
	}
}

static void put_bucket(struct builder *page, const struct family *family,
                       const struct metrics_sum *sum, const char *bound, uint64_t count)
{
	put_series(page, family, "_bucket", sum);
	put_label(page, "le", bound, family->labels[0] == NULL);
	builder_format(page, "} %" PRIu64 "\n", count);
}

static void put_histogram(struct builder *page, const struct family *family,
                          const struct metrics_sum *sum)
{
	const char *close = family->labels[0] != NULL ? "}" : "";
	uint64_t below = 0;
	char bound[24];

	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		below += sum->buckets[i];
		snprintf(bound, sizeof bound, "%g", metrics_bounds_ms[i] / 1000.0);
		put_bucket(page, family, sum, bound, below);
	}
	/* Counted one after the other while it is read: no bucket may have more than all. */
	put_bucket(page, family, sum, "+Inf", sum->count > below ? sum->count : below);
	put_series(page, family, "_sum", sum);
	builder_format(page, "%s %" PRIu64 ".%03u\n", close, sum->sum_ms / 1000,
	               (unsigned)(sum->sum_ms % 1000));
	put_series(page, family, "_count", sum);
	builder_format(page, "%s %" PRIu64 "\n", close, sum->count > below ? sum->count : below);
}

static void put_histograms(const struct admin_facts *facts, struct builder *page,
                           const struct family *family)
{
	put_family(page, family->name, "histogram", family->help);
	for (size_t i = 0; i < facts->sum_count; i++)
		if (facts->sums[i].kind == family->kind)
			put_histogram(page, family, &facts->sums[i]);
}

static void put_under_way(const struct admin_facts *facts, struct builder *page,
                          const struct family *family)
{
	put_family(page, family->name, "gauge", family->help);
	for (size_t i = 0; i < facts->sum_count; i++) {
		const struct metrics_sum *sum = &facts->sums[i];

		if (sum->kind != family->kind)
			continue;
		put_series(page, family, "", sum);
		builder_format(page, "} %" PRId64 "\n", sum->under_way > 0 ? sum->under_way : 0);
	}
}

static void put_requests(const struct admin_facts *facts, struct builder *page)
{
	static const struct family requests = {METRICS_REQUESTS,
	                                       "http_requests_total",
	                                       "Requests that were decided on and have ended.",
	                                       {"decision", "listener", "method", "policy", "route",
	                                        "status"}};
	static const struct family denied = {METRICS_DENIED,
	                                     "http_denied_requests_total",
	                                     "Requests that a policy denied.",
	                                     {"listener", "policy", "reason_code", "route"}};
	static const struct family duration = {METRICS_DURATION,
	                                       "http_request_duration_seconds",
	                                       "From a request's head to the end of its answer.",
	                                       {"method", "route"}};
	static const struct family under_way = {METRICS_DURATION,
	                                        "inflight_requests",
	                                        "Requests that were decided on and have not ended.",
	                                        {"method", "route"}};
	static const struct family tenants = {METRICS_TENANT,
	                                      "tenant_requests_total",
	                                      "Requests of tenants (metrics.tenants).",
	                                      {"tenant", "decision"}};
	static const struct family bytes = {METRICS_BYTES,
	                                    "body_bytes_total",
	                                    "Bytes of bodies and tunnels from and to clients.",
	                                    {"direction"}};

	put_counters(facts, page, &requests);
	put_counters(facts, page, &denied);
	put_histograms(facts, page, &duration);
	put_under_way(facts, page, &under_way);
	put_counters(facts, page, &bytes);
	if (facts->tenants)
		put_counters(facts, page, &tenants);
}

static void put_transport(const struct admin_facts *facts, struct builder *page)
{
	static const struct family handshakes = {METRICS_HANDSHAKES,
	                                         "tls_handshakes_total",
	                                         "TLS handshakes that succeeded.",
	                                         {"listener"}};
	static const struct family failures = {METRICS_HANDSHAKE_FAILURES,
	                                       "tls_handshake_failures_total",
	                                       "TLS handshakes that failed.",
	                                       {"listener", "reason"}};
	static const struct family tunnels = {METRICS_TUNNELS,
	                                      "hijacked_connections_total",
	                                      "Tunnels (attach, exec, session) that have ended.",
	                                      {NULL}};
	static const struct family lookups = {METRICS_LOOKUP,
	                                      "upstream_lookup_duration_seconds",
	                                      "How long the daemon was asked about objects.",
	                                      {NULL}};

	put_counters(facts, page, &handshakes);
	put_counters(facts, page, &failures);
	put_counters(facts, page, &tunnels);
	put_histograms(facts, page, &lookups);
}

/* --- what is at this moment ------------------------------------------------------------------------------------ */

static void put_listeners(const struct admin_facts *facts, struct builder *page)
{
	const struct edition *edition = facts->edition;

	put_family(page, "listener_up", "gauge", "Listeners that connections are accepted from.");
	for (size_t i = 0; i < edition->config->listener_count; i++) {
		builder_add(page, "quaymaster_listener_up");
		put_label(page, "listener", edition->config->listeners[i].spec.name, true);
		builder_add(page, "} 1\n");
	}
	put_family(page, "tls_certificate_expiry_timestamp_seconds", "gauge",
	           "When the certificate that a listener shows ends.");
	for (size_t i = 0; i < edition->config->listener_count; i++) {
		if (edition->listeners[i].tls == NULL)
			continue;
		builder_add(page, "quaymaster_tls_certificate_expiry_timestamp_seconds");
		put_label(page, "listener", edition->config->listeners[i].spec.name, true);
		builder_format(page, "} %" PRId64 "\n", admin_certificate_end(edition, i));
	}
}

static void put_audit(const struct admin_facts *facts, struct builder *page)
{
	const struct audit_counts *audit = &facts->audit;

	if (!facts->audit_used)
		return;
	put_number(page, "audit_up", "gauge", "Whether lines of the audit log can be written.",
	           !audit->failing);
	put_number(page, "audit_lines_total", "counter", "Lines of the audit log that were written.",
	           (int64_t)audit->written);
	put_number(page, "audit_lost_lines_total", "counter", "Lines of the audit log that were lost.",
	           (int64_t)audit->lost);
	put_number(page, "audit_queue_bytes", "gauge", "Lines that are not written yet.",
	           (int64_t)audit->queued_bytes);
}

static void put_reloads(const struct admin_facts *facts, struct builder *page)
{
	put_family(page, "config_reload_total", "counter", "Reloads of the configuration.");
	builder_format(page, "quaymaster_config_reload_total{result=\"taken\"} %" PRIu64 "\n",
	               facts->reloads_taken);
	builder_format(page, "quaymaster_config_reload_total{result=\"refused\"} %" PRIu64 "\n",
	               facts->reloads_refused);
	put_number(page, "config_reload_last_success_timestamp_seconds", "gauge",
	           "When the configuration in force was taken.", facts->reloaded);
}

void admin_print_metrics(const struct admin_facts *facts, struct builder *page)
{
	put_family(page, "build_info", "gauge", "The version that runs.");
	builder_add(page, "quaymaster_build_info{version=\"" QUAYMASTER_VERSION "\"} 1\n");
	put_number(page, "start_time_seconds", "gauge", "When the serving process began.",
	           facts->started);
	put_number(page, "upstream_api_up", "gauge", "Whether the Docker daemon answers.",
	           facts->daemon_down == NULL);
	put_number(page, "workers_up", "gauge", "Whether all event loops come round.",
	           facts->workers_turn);
	put_number(page, "open_connections", "gauge", "Connections of clients.",
	           (int64_t)facts->connections);
	put_number(page, "body_memory_bytes", "gauge", "Of limits.body_budget, what is in use.",
	           (int64_t)facts->body_bytes);
	put_listeners(facts, page);
	put_requests(facts, page);
	put_transport(facts, page);
	put_audit(facts, page);
	put_reloads(facts, page);
}
