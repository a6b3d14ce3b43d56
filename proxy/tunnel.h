/* Joins a client and a daemon stream after an upgrade. Bytes move both ways; when one side finishes writing,
 * the other is told so and may still answer. Queues are bounded; a quiet tunnel is never cut. */
#ifndef QUAYMASTER_PROXY_TUNNEL_H
#define QUAYMASTER_PROXY_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct stream;
struct tunnel;

enum tunnel_end { TUNNEL_COMPLETE, TUNNEL_CLIENT_GONE, TUNNEL_DAEMON_GONE, TUNNEL_CUT };

struct tunnel_counts {
	uint64_t from_client, to_client;
};

/* Owns both streams from now on, what is already in their input queues included. tunnel_start begins the moving;
 * both streams are closed when it ends, then ENDED is called once (perhaps from tunnel_start itself). LINGER_MS bounds only how long a client may stay after the daemon has finished.
 * NULL when there is no memory: the streams are aborted. */
struct tunnel *tunnel_take(struct loop *loop, struct stream *client, struct stream *daemon,
                           unsigned linger_ms,
                           void (*ended)(enum tunnel_end how, const struct tunnel_counts *counts,
                                         void *owner),
                           void *owner);
void tunnel_start(struct tunnel *tunnel);
/* Cuts both streams, and calls back. */
void tunnel_cut(struct tunnel *tunnel);
/* Ends it without calling back. */
void tunnel_abort(struct tunnel *tunnel);

const char *tunnel_end_name(enum tunnel_end how);

#endif
