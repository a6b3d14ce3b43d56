/* One request of our own to the daemon over whichever connection there is: pooled or fresh, and back to the pool when it is
 * clean. All that quaymaster asks by itself, but for the daemon's version, goes this way. */
#ifndef QUAYMASTER_PROXY_ASK_H
#define QUAYMASTER_PROXY_ASK_H

#include "proxy/fetch.h"

#include <stdint.h>

struct ask;
struct upstream;

struct ask_setup {
	struct loop *loop;
	struct upstream *upstream;
	uint64_t generation;
	enum method method;         /* of one without a body */
	bool fresh;                 /* over a connection that nobody has used: for what has an effect */
	const char *target;         /* outlives the question */
	const struct header *extra; /* besides Host, and its texts outlive the question; NULL: none */
};

/* DONE is called once, from the loop; its ANSWER lives only during the call, and has status 0 when there was none. NULL: no
 * memory, and DONE will not come. */
struct ask *ask_start(const struct ask_setup *setup,
                      void (*done)(const struct fetch_answer *answer, void *context),
                      void *context);
void ask_cancel(struct ask *ask); /* NULL is fine */

#endif
