/* Many patterns at once: the same answer as a walk over them. Input: lines; the last is the value, those
 * before it are patterns. */
#include "policy/arena.h"
#include "policy/matcher.h"
#include "policy/text.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATTERNS_MAX = 64, ARENA_BYTES = 1 << 20 };

static size_t walk(const char *const *patterns, size_t count, const char *value, size_t from)
{
	while (from < count && !text_matches(patterns[from], value))
		from++;
	return from;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	char *value = malloc(size + 1);
	char *text = value;
	const char *patterns[PATTERNS_MAX];
	const struct matcher *matcher;
	size_t count = 0;

	assert(arena != NULL && text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	for (char *end; (end = strchr(value, '\n')) != NULL && count < PATTERNS_MAX; value = end + 1) {
		*end = '\0';
		patterns[count++] = value;
	}
	matcher = matcher_new(arena, patterns, count);
	assert(matcher != NULL);
	for (size_t from = 0; from <= count; from++)
		assert(matcher_next(matcher, value, from) == walk(patterns, count, value, from));
	free(text);
	arena_free(arena);
	return 0;
}
