/* An input of several parts, a NUL between two: a request's body, and the daemon's answers to what the engine asks. */
#ifndef QUAYMASTER_TESTS_FUZZ_PARTS_H
#define QUAYMASTER_TESTS_FUZZ_PARTS_H

#include "policy/facts.h"

#include <stddef.h>
#include <string.h>

/* What is left of the input. */
struct input {
	const char *bytes;
	size_t len;
};

/* Up to the next NUL. */
static inline struct input take(struct input *from)
{
	const char *nul = from->len > 0 ? memchr(from->bytes, 0, from->len) : NULL;
	struct input taken = {from->bytes, nul != NULL ? (size_t)(nul - from->bytes) : from->len};
	size_t used = taken.len + (nul != NULL ? 1 : 0);

	from->bytes += used;
	from->len -= used;
	return taken;
}

/* An empty ANSWER is the daemon's for what does not exist. */
static inline void learn(struct arena *arena, struct fact *fact, struct input answer)
{
	static const char missing[] = "{\"message\":\"No such thing\"}";

	if (answer.len > 0)
		fact_learn(arena, fact, 200, answer.bytes, answer.len);
	else
		fact_learn(arena, fact, 404, missing, sizeof missing - 1);
}

#endif
