/* What the admin listener tells, as text: Prometheus' exposition format, and JSON. */
#ifndef QUAYMASTER_PROXY_ADMIN_PAGES_H
#define QUAYMASTER_PROXY_ADMIN_PAGES_H

#include "proxy/audit_queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct builder;
struct edition;
struct metrics_sum;

/* Everything at one moment. */
struct admin_facts {
	const struct metrics_sum *sums;
	size_t sum_count;
	const struct edition *edition;
	struct audit_counts audit;
	bool audit_used, audit_required;
	unsigned connections;
	uint64_t body_bytes; /* of requests, in memory */
	uint64_t reloads_taken, reloads_refused;
	int64_t started, reloaded, now; /* seconds of the calendar */
	const char *daemon_down;        /* why it does not answer; NULL: it does */
	bool workers_turn;
	bool tenants; /* are labels of metrics */
};

void admin_print_metrics(const struct admin_facts *facts, struct builder *page);
void admin_print_status(const struct admin_facts *facts, struct builder *page);
/* Whether requests can be served; the page says why not. */
bool admin_print_ready(const struct admin_facts *facts, struct builder *page);

/* Whether the process serves at all. */
bool admin_print_health(const struct admin_facts *facts, struct builder *page);

/* Seconds of the calendar until which the certificate that listener INDEX shows is valid; 0: it has none. */
int64_t admin_certificate_end(const struct edition *edition, size_t index);

#endif
