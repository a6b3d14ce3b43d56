/* A daemon that is not there: a Unix socket on which requests are read whole and answered by somebody else, one after
 * the other on each connection. For `explain`, whose client is a command line that must believe it talks to dockerd. */
#ifndef QUAYMASTER_PROXY_SHIM_H
#define QUAYMASTER_PROXY_SHIM_H

#include "policy/trial.h"

struct error;
struct loop;
struct shim;

enum { SHIM_HEADERS_MAX = 8 };

struct shim_answer {
	unsigned status; /* 101: the connection is upgraded to UPGRADE, and ended */
	const char *upgrade;
	struct headers headers;
	const char *body; /* LEN bytes; not sent in answer to HEAD */
	size_t len;
};

/* Answers INPUT, whose strings, like the answer's, live in ARENA until it returns. Bodies beyond a few megabytes are cut:
 * archives, which nobody looks into. */
typedef void shim_callback(void *context, struct arena *arena, const struct trial_input *input,
                           struct shim_answer *answer);

/* Listens at PATH, which must not exist. NULL with ERROR. */
struct shim *shim_open(struct loop *loop, const char *path, shim_callback *callback, void *context,
                       struct error *error);
void shim_close(struct shim *shim); /* removes the socket; NULL is fine */

#endif
