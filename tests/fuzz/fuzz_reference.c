/* Image references: a normalised name normalises to itself, and holds nothing a pattern could trip over. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/reference.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:";

static void assert_normal(struct arena *arena, const char *name)
{
	struct error error = {""};
	struct reference again;

	assert(strspn(name, allowed) == strlen(name));
	assert(strchr(name, '/') != NULL && strstr(name, "//") == NULL && strstr(name, "..") == NULL);
	assert(reference_parse(arena, name, &again, &error));
	assert(strcmp(again.name, name) == 0 && again.tag == NULL && again.digest == NULL);
	assert(!again.maybe_id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(1 << 20);
	struct error error = {""};
	struct reference reference;
	char *text;

	if (arena == NULL || size > 1024 || memchr(data, 0, size) != NULL) {
		arena_free(arena);
		return 0;
	}
	text = arena_alloc(arena, size + 1);
	assert(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	if (reference_parse(arena, text, &reference, &error))
		assert_normal(arena, reference.name);
	else
		assert(error.text[0] != '\0');
	arena_free(arena);
	return 0;
}
