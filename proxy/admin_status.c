/* What `quaymaster status` and `top` show, and whether requests can be served: JSON. */
#include "proxy/admin_pages.h"

#include "policy/builder.h"
#include "policy/json.h"
#include "proxy/config.h"
#include "proxy/edition.h"
#include "proxy/metrics.h"
#include "proxy/version.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DAY_SECONDS = 24 * 60 * 60 };

int64_t admin_certificate_end(const struct edition *edition, size_t index)
{
	const X509 *certificate = edition->listeners[index].tls != NULL
	                              ? SSL_CTX_get0_certificate(edition->listeners[index].tls)
	                              : NULL;
	int days = 0, seconds = 0;

	if (certificate == NULL ||
	    ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)) != 1)
		return 0;
	return (int64_t)time(NULL) + (int64_t)days * DAY_SECONDS + seconds;
}

static void put(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value); /* without memory it is left out */
}

static json_t *make_listeners(const struct edition *edition)
{
	json_t *list = json_array();

	for (size_t i = 0; i < edition->config->listener_count; i++) {
		json_t *listener = json_object();

		put(listener, "name", json_string(edition->config->listeners[i].spec.name));
		if (edition->listeners[i].tls != NULL)
			put(listener, "certificate_end", json_integer(admin_certificate_end(edition, i)));
		json_array_append_new(list, listener);
	}
	return list;
}

/* One object for each series of KIND: its labels by NAMES, and its numbers. */
static json_t *make_series(const struct admin_facts *facts, enum metrics_kind kind,
                           const char *const *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < facts->sum_count; i++) {
		const struct metrics_sum *sum = &facts->sums[i];
		json_t *series;

		if (sum->kind != kind)
			continue;
		series = json_object();
		for (size_t j = 0; names[j] != NULL; j++)
			put(series, names[j], json_string(sum->labels[j]));
		put(series, "count", json_integer((json_int_t)sum->count));
		if (kind == METRICS_DURATION || kind == METRICS_TENANT)
			put(series, "under_way", json_integer(sum->under_way));
		json_array_append_new(list, series);
	}
	return list;
}

static json_t *make_audit(const struct admin_facts *facts)
{
	json_t *audit = json_object();

	put(audit, "failing", json_boolean(facts->audit.failing));
	put(audit, "written", json_integer((json_int_t)facts->audit.written));
	put(audit, "lost", json_integer((json_int_t)facts->audit.lost));
	return audit;
}

static json_t *make_daemon(const struct admin_facts *facts)
{
	json_t *docker = json_object();

	put(docker, "up", json_boolean(facts->daemon_down == NULL));
	if (facts->daemon_down != NULL)
		put(docker, "reason", json_string(facts->daemon_down));
	return docker;
}

static int put_piece(const char *piece, size_t len, void *builder)
{
	builder_bytes(builder, piece, len);
	return 0;
}

static void print(json_t *page, struct builder *builder)
{
	if (json_dump_callback(page, put_piece, builder, JSON_ENSURE_ASCII | JSON_COMPACT) != 0)
		builder->failed = true;
	builder_add(builder, "\n");
	json_decref(page);
}

void admin_print_status(const struct admin_facts *facts, struct builder *page)
{
	static const char *const of_requests[] = {"decision", "listener", "method", "policy",
	                                          "route",    "status",   NULL};
	static const char *const of_denied[] = {"listener", "policy", "reason", "route", NULL};
	static const char *const of_routes[] = {"method", "route", NULL};
	static const char *const of_tenants[] = {"tenant", "decision", NULL};
	json_t *status = json_object();

	put(status, "version", json_string(QUAYMASTER_VERSION));
	put(status, "pid", json_integer(getpid()));
	put(status, "started", json_integer(facts->started));
	put(status, "now", json_integer(facts->now));
	put(status, "connections", json_integer(facts->connections));
	put(status, "body_bytes", json_integer((json_int_t)facts->body_bytes));
	put(status, "workers_turn", json_boolean(facts->workers_turn));
	put(status, "daemon", make_daemon(facts));
	if (facts->audit_used)
		put(status, "audit", make_audit(facts));
	put(status, "listeners", make_listeners(facts->edition));
	put(status, "requests", make_series(facts, METRICS_REQUESTS, of_requests));
	put(status, "denied", make_series(facts, METRICS_DENIED, of_denied));
	put(status, "routes", make_series(facts, METRICS_DURATION, of_routes));
	put(status, "tenants", make_series(facts, METRICS_TENANT, of_tenants));
	print(status, page);
}

static const char *why_not_ready(const struct admin_facts *facts)
{
	if (!facts->workers_turn)
		return "an event loop does not come round";
	if (facts->audit_required && facts->audit.failing)
		return "the audit log cannot be written, and is required";
	return facts->daemon_down;
}

bool admin_print_ready(const struct admin_facts *facts, struct builder *page)
{
	const char *reason = why_not_ready(facts);
	json_t *answer = json_object();

	put(answer, "ready", json_boolean(reason == NULL));
	if (reason != NULL)
		put(answer, "reason", json_string(reason));
	print(answer, page);
	return reason == NULL;
}

bool admin_print_health(const struct admin_facts *facts, struct builder *page)
{
	builder_add(page,
	            facts->workers_turn
	                ? "{\"healthy\":true}\n"
	                : "{\"healthy\":false,\"reason\":\"an event loop does not come round\"}\n");
	return facts->workers_turn;
}
