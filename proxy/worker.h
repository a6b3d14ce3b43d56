/* One thread with one event loop: accepts from every listener, and owns its connections and its daemon pool. */
#ifndef QUAYMASTER_PROXY_WORKER_H
#define QUAYMASTER_PROXY_WORKER_H

#include "proxy/entrance.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct audit;
struct config;
struct edition;
struct error;
struct former;
struct metrics;
struct provenance;
struct quota_table;
struct ssl_ctx_st;
struct worker;

/* What all workers share as long as they live; outlives them. */
struct workshop {
	struct config
		*started; /* the configuration at the start: what of it cannot change goes by it */
	struct audit *audit;
	struct metrics *metrics;
	struct former *former;
	struct quota_table *quotas;
	struct ssl_ctx_st *upstream_tls;
	atomic_uint_fast64_t body_budget;
	atomic_uint connections; /* open now, over all workers */
};

/* What a worker goes by, and may be given anew while it runs. */
struct roster {
	struct edition *edition;
	struct entrances entrances;    /* of EDITION's configuration */
	struct provenance *provenance; /* NULL: no policy asks where images came from */
};

/* Starts a thread. ROSTER and what it points to must live until another was taken. NULL with ERROR. */
struct worker *worker_start(struct workshop *workshop, const struct roster *roster,
                            struct error *error);
/* Gives every one of COUNT workers ROSTER to go by, and returns when all do: they accept from its entrances and no
 * others, and judge each request by its edition. Their connections are judged again from then on, a few at a time,
 * each before its next request. Not from a worker's thread. */
void workers_take(struct worker *const *workers, size_t count, const struct roster *roster);
/* Accepts no more. Its connections end once what is under way on them has ended: see conn_leave. Returns when it watches no socket any
 * more. Not from a worker's thread. */
void worker_leave(struct worker *worker);
/* Whether its loop has come round since the last call, which then asks anew. From one thread only. */
bool worker_turns(struct worker *worker);
/* Ends its connections and its thread, then frees it. */
void worker_stop(struct worker *worker);

#endif
