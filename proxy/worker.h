/* One thread with one event loop: accepts from every listener, and owns its connections and its daemon pool. */
#ifndef QUAYMASTER_PROXY_WORKER_H
#define QUAYMASTER_PROXY_WORKER_H

#include "proxy/listener.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct audit;
struct config;
struct error;
struct former;
struct listener_config;
struct provenance;
struct ssl_ctx_st;
struct worker;

/* A listener at work: its sockets, and the TLS context that new connections get. */
struct entrance {
	const struct listener_config *config;
	struct listener_sockets sockets;
	pthread_mutex_t mutex; /* guards tls: swapped when certificates change */
	struct ssl_ctx_st *tls;
	unsigned long long fingerprint; /* of the files that tls was made from; server thread only */
};

/* What all workers share; outlives them. */
struct workshop {
	struct config *config;
	struct audit *audit;
	struct provenance *provenance; /* NULL: no policy asks where images came from */
	struct former *former;
	struct ssl_ctx_st *upstream_tls;
	struct entrance *entrances;
	size_t entrance_count;
	atomic_uint_fast64_t body_budget;
	atomic_uint connections; /* open now, over all workers */
};

/* Starts a thread. NULL with ERROR. */
struct worker *worker_start(struct workshop *workshop, struct error *error);
/* Ends its connections and its thread, then frees it. */
void worker_stop(struct worker *worker);

#endif
