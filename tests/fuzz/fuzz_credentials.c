/* Credentials in headers: what is sent says the same when it is read again, in the same words. */
#include "policy/arena.h"
#include "policy/credentials.h"
#include "policy/error.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct arena *arena, const char *value, bool many)
{
	struct error error = {""};
	const char *printed, *again;
	json_t *tree, *second;

	if (!credentials_read(arena, value, many, &tree, &printed, &error)) {
		assert(error.text[0] != '\0');
		return;
	}
	assert((tree == NULL) == (printed == NULL));
	if (tree == NULL)
		return;
	assert(json_is_object(tree));
	assert(credentials_read(arena, printed, many, &second, &again, &error));
	assert(json_equal(tree, second) && strcmp(printed, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(1 << 22);
	char *text;

	if (arena == NULL || size > 4096 || memchr(data, 0, size) != NULL) {
		arena_free(arena);
		return 0;
	}
	text = arena_alloc(arena, size + 1);
	assert(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check(arena, text, false);
	check(arena, text, true);
	arena_free(arena);
	return 0;
}
