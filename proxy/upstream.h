/* Connections to the daemon, one pool a worker. A connection is lent for one exchange and comes back only after a
 * complete one. Connections and verdicts belong to one generation of the daemon (engine, version, boot): an anchor
 * connection, kept open and silent, tells when it ended. */
#ifndef QUAYMASTER_PROXY_UPSTREAM_H
#define QUAYMASTER_PROXY_UPSTREAM_H

#include "policy/facts.h"
#include "policy/request.h"

#include <stdbool.h>
#include <stdint.h>

struct cgroup_layout;
struct loop;
struct ssl_ctx_st;
struct stream;
struct upstream;
struct upstream_config;
struct upstream_wait;

/* CONFIG and TLS (NULL for none) must outlive it. NULL: no memory. */
struct upstream *upstream_new(struct loop *loop, const struct upstream_config *config,
                              struct ssl_ctx_st *tls);
/* Closes the connections that wait for a request; how many there were. */
size_t upstream_shed(struct upstream *upstream);
void upstream_free(struct upstream *upstream); /* nobody may be waiting or borrowing any more */

enum upstream_result {
	UPSTREAM_READY,
	UPSTREAM_UNREACHABLE, /* nothing answers, or the generation has passed: 503 */
	UPSTREAM_REFUSED      /* another engine, or an answer that makes no sense: 502 */
};

/* What the daemon is, asked once a generation. */
struct daemon_info {
	uint64_t generation;
	struct api_range
		range;   /* that clients may use: within the catalogue and the configuration's `api` */
	bool capped; /* the daemon tells of newer ones, and its clients must not hear of them */
};

/* The answer at once when it is known, else NULL. */
const struct daemon_info *upstream_known(struct upstream *upstream);
/* Asks, while nothing is known, and calls CALLBACK from the loop (INFO set when READY). NULL: no
 * memory, no callback. */
typedef void upstream_info_callback(enum upstream_result result, const struct daemon_info *info,
                                    const char *message, void *context);
struct upstream_wait *upstream_ask(struct upstream *upstream, upstream_info_callback *callback,
                                   void *context);

/* A pooled connection of GENERATION, ready for the next exchange, or NULL. */
struct stream *upstream_reuse(struct upstream *upstream, uint64_t generation);
/* A fresh one, from the loop. NULL: no memory, no callback. Whoever gets a stream must stream_set_owner at once. */
typedef void upstream_stream_callback(enum upstream_result result, struct stream *stream,
                                      const char *message, void *context);
struct upstream_wait *upstream_connect(struct upstream *upstream, uint64_t generation,
                                       upstream_stream_callback *callback, void *context);

/* The callback will not come; NULL is fine. */
void upstream_cancel(struct upstream_wait *wait);

/* Gives a connection back after a complete keep-alive exchange with nothing left unread. */
void upstream_return(struct upstream *upstream, uint64_t generation, struct stream *stream);

/* Where the daemon keeps images: nobody knows at the beginning of a generation. */
enum image_store upstream_image_store(const struct upstream *upstream, uint64_t generation);
void upstream_set_image_store(struct upstream *upstream, uint64_t generation,
                              enum image_store store);

/* Where the daemon puts its containers' cgroups, once somebody has asked in this GENERATION; NULL: nobody has. */
const struct cgroup_layout *upstream_layout(const struct upstream *upstream, uint64_t generation);
void upstream_set_layout(struct upstream *upstream, uint64_t generation,
                         const struct cgroup_layout *layout);

/* What upstream_new was given. */
const struct upstream_config *upstream_config(const struct upstream *upstream);
/* The Host header to send. */
const char *upstream_host(const struct upstream *upstream);

#endif
