/* One request of our own to the daemon over a lent connection: the answer whole, bounded, strictly read. */
#ifndef QUAYMASTER_PROXY_FETCH_H
#define QUAYMASTER_PROXY_FETCH_H

#include "policy/request.h"

#include <stdbool.h>
#include <stddef.h>

struct fetch;
struct loop;
struct stream;

enum { FETCH_ANSWER_LIMIT = 4 * 1024 * 1024 };

struct fetch_answer {
	unsigned status; /* 0: no usable answer came; MESSAGE says why */
	const char *body;
	size_t len;
	const char *message;
	bool reusable; /* the connection may serve another exchange */
};

struct fetch_question {
	enum method method; /* of one without a body */
	const char *target, *host;
	struct headers headers; /* besides Host */
};

/* Sends QUESTION, which is not kept, on STREAM, whose events it takes over until DONE is called (once, from the
 * loop; ANSWER lives only during the call). The stream stays the caller's. NULL when it cannot be sent, or there is
 * no memory: DONE is not called. */
struct fetch *fetch_start(struct loop *loop, struct stream *stream,
                          const struct fetch_question *question,
                          void (*done)(const struct fetch_answer *answer, void *context),
                          void *context);
/* The callback will not come; the stream is left in mid-exchange: abort it. NULL is fine. */
void fetch_cancel(struct fetch *fetch);

#endif
