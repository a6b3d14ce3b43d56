/* What is counted while running. Each worker counts for itself, in a shard of its own and without a lock; who reads sums
 * them up. Texts of labels come from the configuration and the catalogue, never from a request's path, and there are at
 * most so many series: what goes beyond is counted as "other". */
#ifndef QUAYMASTER_PROXY_METRICS_H
#define QUAYMASTER_PROXY_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct metrics;
struct metrics_shard;

enum metrics_kind {
	METRICS_REQUESTS,           /* decision, listener, method, policy, route, status class */
	METRICS_DURATION,           /* method, route: how long they took, and how many are under way */
	METRICS_DENIED,             /* listener, policy, reason, route */
	METRICS_TENANT,             /* tenant, decision: and how many are under way */
	METRICS_LOOKUP,             /* how long the daemon was asked about objects */
	METRICS_HANDSHAKES,         /* listener */
	METRICS_HANDSHAKE_FAILURES, /* listener, reason */
	METRICS_TUNNELS,            /* those that ended */
	METRICS_BYTES,              /* direction */
	METRICS_KINDS
};

enum { METRICS_LABELS_MAX = 6, METRICS_BUCKETS = 12 };

/* The upper bounds of a histogram's buckets, in milliseconds; one more has all the rest. */
extern const unsigned metrics_bounds_ms[METRICS_BUCKETS];

/* One series of a shard. Only its worker writes. */
struct metrics_series {
	enum metrics_kind kind;
	const char *labels[METRICS_LABELS_MAX]; /* NULL from the first that the kind does not have */
	atomic_uint_fast64_t count, sum_ms;
	atomic_uint_fast64_t buckets[METRICS_BUCKETS];
	atomic_int_fast64_t under_way;
};

struct metrics *metrics_new(void); /* NULL: no memory */
/* With all its shards. */
void metrics_free(struct metrics *metrics); /* NULL is fine */
/* For one thread. NULL: no memory. From any thread. */
struct metrics_shard *metrics_shard_new(struct metrics *metrics);

/* The series of KIND with LABELS, as many as it has; one that is NULL is "". A SHARD that is NULL counts nothing, and has
 * none: NULL, which all below take. */
struct metrics_series *metrics_series(struct metrics_shard *shard, enum metrics_kind kind,
                                      const char *const labels[METRICS_LABELS_MAX]);
void metrics_add(struct metrics_series *series, uint64_t count);
void metrics_took(struct metrics_series *series, uint64_t milliseconds); /* counts it, too */
void metrics_under_way(struct metrics_series *series, int change);

/* What all shards have, summed: sorted by kind and labels, the caller's to free. NULL: no memory. Any thread; labels live as long
 * as METRICS. */
struct metrics_sum {
	enum metrics_kind kind;
	const char *const *labels;
	uint64_t count, sum_ms, buckets[METRICS_BUCKETS];
	int64_t under_way;
};
struct metrics_sum *metrics_read(struct metrics *metrics, size_t *count);

#endif
