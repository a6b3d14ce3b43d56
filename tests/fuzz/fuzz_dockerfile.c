/* Dockerfiles: whatever is found in one stands there, or is made of its arguments; a line more that names an image
 * is never overlooked, and reading twice gives the same. */
#include "policy/arena.h"
#include "policy/dockerfile.h"
#include "policy/error.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BYTES = 16 << 20 };

static bool read_text(struct arena *arena, const char *text, size_t len,
                      struct dockerfile *dockerfile)
{
	json_t *given = json_pack("{s:s,s:n}", "X", "given", "Y");
	struct error error = {.text = ""};
	bool fine = dockerfile_read(arena, text, len, given, dockerfile, &error);

	assert(fine == (error.text[0] == '\0'));
	json_decref(given);
	return fine;
}

static void check_same(const struct dockerfile *a, const struct dockerfile *b)
{
	assert(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		assert(strcmp(a->list[i].text, b->list[i].text) == 0);
		assert(a->list[i].line == b->list[i].line && a->list[i].copied == b->list[i].copied);
	}
}

/* Ends what may be continued, and names an image of its own. */
static void check_more(struct arena *arena, const char *text, size_t len, size_t count)
{
	static const char more[] = "\n\n\nFROM one.more/image\n";
	char *longer = malloc(len + sizeof more);
	struct dockerfile dockerfile;

	assert(longer != NULL);
	memcpy(longer, text, len);
	memcpy(longer + len, more, sizeof more);
	if (read_text(arena, longer, len + sizeof more - 1, &dockerfile) && dockerfile.count > count)
		assert(strcmp(dockerfile.list[dockerfile.count - 1].text, "one.more/image") == 0);
	free(longer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	char *text = malloc(size + 1);
	struct dockerfile first, second;
	struct error error;

	assert(arena != NULL && text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (read_text(arena, text, size, &first)) {
		assert(read_text(arena, text, size, &second));
		check_same(&first, &second);
		for (size_t i = 0; i < first.count; i++)
			assert(*first.list[i].text != '\0' && first.list[i].line > 0);
		check_more(arena, text, size, first.count);
	}
	second.count = 0;
	dockerfile_read_trigger(arena, text, &second, &error);
	free(text);
	arena_free(arena);
	return 0;
}
