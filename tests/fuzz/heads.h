/* What the fuzz targets for request and response heads share. */
#ifndef QUAYMASTER_TESTS_FUZZ_HEADS_H
#define QUAYMASTER_TESTS_FUZZ_HEADS_H

#include "policy/request.h"
#include "proxy/http_field.h"

#include <assert.h>
#include <event2/buffer.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Adds the next STEP bytes of DATA, or what is left of it, as a chain of their own. Returns how
 * many. */
static inline size_t deliver(struct evbuffer *input, const uint8_t *data, size_t left, size_t step)
{
	size_t len = left < step ? left : step;
	int result = evbuffer_add_reference(input, data, len, NULL, NULL);
	assert(result == 0);
	return len;
}

static inline void assert_same_headers(const struct headers *a, const struct headers *b)
{
	assert(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		assert(strcmp(a->list[i].name, b->list[i].name) == 0);
		assert(strcmp(a->list[i].value, b->list[i].value) == 0);
	}
}

static inline bool is_for_the_next_hop(const char *name)
{
	static const char *const names[] = {"Connection",       "Content-Length",
	                                    "Expect",           "Host",
	                                    "HTTP2-Settings",   "Keep-Alive",
	                                    "Proxy-Connection", "TE",
	                                    "Trailer",          "Transfer-Encoding",
	                                    "Upgrade"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (http_name_is(name, strlen(name), names[i]))
			return true;
	return false;
}

/* Leaves only what travels on, in place. */
static inline void keep_end_to_end(struct headers *headers)
{
	size_t kept = 0;
	for (size_t i = 0; i < headers->count; i++)
		if (!is_for_the_next_hop(headers->list[i].name))
			headers->list[kept++] = headers->list[i];
	headers->count = kept;
}

#endif
