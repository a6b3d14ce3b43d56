/* What a connection counts. Labels are words of the catalogue and of the configuration; a client's own words are none. */
#include "proxy/conn_private.h"

#include "policy/policy.h"
#include "policy/route.h"
#include "proxy/config.h"
#include "proxy/edition.h"
#include "proxy/exchange.h"
#include "proxy/metrics.h"
#include "proxy/stream.h"

#include <string.h>

static void count(const struct conn *conn, enum metrics_kind kind,
                  const char *const labels[METRICS_LABELS_MAX], uint64_t more)
{
	metrics_add(metrics_series(conn->context->metrics, kind, labels), more);
}

static const char *method_of(const struct turn *turn)
{
	return turn->typed ? method_name(turn->request.route->method) : "unknown";
}

static const char *route_of(const struct turn *turn)
{
	return turn->typed ? turn->request.route->template : "unknown";
}

static const char *policy_of(const struct conn *conn)
{
	return conn->policy != NULL ? conn->policy->name : "none";
}

/* Of "ci.conf:12 operations.allow", the setting. */
static const char *reason_of(const char *rule)
{
	const char *blank = rule != NULL ? strrchr(rule, ' ') : NULL;

	if (blank != NULL)
		return blank + 1;
	return rule != NULL ? rule : "built-in";
}

static void begin(struct conn *conn)
{
	struct turn *turn = &conn->turn;
	const char *tenant = conn->identity.grant.tenant;
	const char *const route[METRICS_LABELS_MAX] = {method_of(turn), route_of(turn)};

	turn->route_series = metrics_series(conn->context->metrics, METRICS_DURATION, route);
	metrics_under_way(turn->route_series, 1);
	if (tenant[0] == '\0')
		return;
	const char *const labels[METRICS_LABELS_MAX] = {tenant, turn->decision};

	turn->tenant_series = metrics_series(conn->context->metrics, METRICS_TENANT, labels);
	metrics_under_way(turn->tenant_series, 1);
}

void turn_count_decision(struct conn *conn, const char *decision, const char *rule)
{
	struct turn *turn = &conn->turn;
	bool first = turn->decision == NULL;

	turn->decision = decision;
	if (first)
		begin(conn);
	if (strcmp(decision, "deny") == 0) {
		const char *const denied[METRICS_LABELS_MAX] = {conn->identity.listener, policy_of(conn),
		                                                reason_of(rule), route_of(turn)};

		count(conn, METRICS_DENIED, denied, 1);
	}
}

static const char *class_of(unsigned status)
{
	static const char *const classes[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

	return classes[status / 100 < sizeof classes / sizeof *classes ? status / 100 : 0];
}

void turn_count_end(struct conn *conn, unsigned status, uint64_t bytes_in, uint64_t bytes_out,
                    uint64_t milliseconds)
{
	static const char *const in[METRICS_LABELS_MAX] = {"in"}, *const out[METRICS_LABELS_MAX] = {
																  "out"};
	static const char *const none[METRICS_LABELS_MAX] = {NULL};
	struct turn *turn = &conn->turn;
	const char *const labels[METRICS_LABELS_MAX] = {turn->decision,  conn->identity.listener,
	                                                method_of(turn), policy_of(conn),
	                                                route_of(turn),  class_of(status)};

	if (turn->decision == NULL)
		return;
	count(conn, METRICS_REQUESTS, labels, 1);
	count(conn, METRICS_BYTES, in, bytes_in);
	count(conn, METRICS_BYTES, out, bytes_out);
	if (conn->exchange != NULL && exchange_is_tunnel(conn->exchange))
		count(conn, METRICS_TUNNELS, none, 1);
	metrics_took(turn->route_series, milliseconds);
	metrics_under_way(turn->route_series, -1);
	metrics_add(turn->tenant_series, 1);
	metrics_under_way(turn->tenant_series, -1);
	turn->decision = NULL;
}

void turn_count_lookup(const struct conn *conn, uint64_t milliseconds)
{
	static const char *const none[METRICS_LABELS_MAX] = {NULL};

	metrics_took(metrics_series(conn->context->metrics, METRICS_LOOKUP, none), milliseconds);
}

/* --- handshakes ------------------------------------------------------------------------------------------------ */

void conn_count_handshake(const struct conn *conn)
{
	const char *const labels[METRICS_LABELS_MAX] = {conn->identity.listener};

	if (stream_ssl(conn->client) != NULL)
		count(conn, METRICS_HANDSHAKES, labels, 1);
}

/* A few words for what OpenSSL has many for. */
static const char *failure_of(const char *text)
{
	static const struct {
		const char *part, *reason;
	} rows[] = {
		{"did not return a certificate", "no certificate"},
		{"revoked", "certificate revoked"},
		{"expired", "certificate expired"},
		{"certificate", "certificate"},
		{"unknown ca", "our certificate is not trusted"},
		{"http request", "plain HTTP"},
		{"version", "protocol"},
		{"protocol", "protocol"},
		{"cipher", "cipher"},
		{"reset", "client left"},
		{"end", "client left"},
		{"EOF", "client left"},
		{"eof", "client left"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strstr(text, rows[i].part) != NULL)
			return rows[i].reason;
	return "other";
}

void conn_count_failure(const struct conn *conn, const char *text)
{
	const char *const labels[METRICS_LABELS_MAX] = {conn->identity.listener, failure_of(text)};

	count(conn, METRICS_HANDSHAKE_FAILURES, labels, 1);
}
