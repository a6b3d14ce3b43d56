/* JSON: accepted exactly when jansson's reader accepts it within the limits, and as the same tree; print(read(x))
 * is read back to the same tree and the same text. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_nodes(const json_t *tree)
{
	size_t count = 1;
	size_t index;
	const char *key;
	json_t *value;

	json_array_foreach(tree, index, value) count += count_nodes(value);
	json_object_foreach((json_t *)(uintptr_t)tree, key, value) count += 1 + count_nodes(value);
	return count;
}

static void check_read(const uint8_t *data, size_t size, enum json_fault fault, const json_t *tree)
{
	json_t *expected =
		json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

	assert(fault != JSON_FINE || (expected != NULL && json_equal(tree, expected)));
	/* jansson takes a NUL byte behind the value for the end. */
	assert(fault != JSON_MALFORMED || expected == NULL || memchr(data, 0, size) != NULL);
	json_decref(expected);
}

/* jansson's own printer says the same. */
static void check_print(const json_t *tree, const char *text, size_t len)
{
	char *expected = json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY);

	assert(expected != NULL && strlen(expected) == len && memcmp(expected, text, len) == 0);
	free(expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct json_limits limits = {.bytes = 4096, .nodes = 256, .depth = 16};
	const struct json_limits wider = {.bytes = 65536, .nodes = 256, .depth = 16};
	struct arena *arena = arena_new(1u << 20);
	struct error error = {""};
	json_t *tree;
	enum json_fault fault = json_read((const char *)data, size, &limits, &tree, &error);

	assert(arena != NULL);
	check_read(data, size, fault, tree);
	if (fault == JSON_FINE) {
		size_t len, again_len;
		const char *text = json_print(arena, tree, &len);
		const char *again_text;
		json_t *again;

		assert(count_nodes(tree) <= limits.nodes);
		assert(text != NULL);
		check_print(tree, text, len);
		assert(json_read(text, len, &wider, &again, NULL) == JSON_FINE);
		assert(json_equal(tree, again));
		again_text = json_print(arena, again, &again_len);
		assert(again_text != NULL && len == again_len && memcmp(text, again_text, len) == 0);
		json_decref(again);
	} else {
		assert(tree == NULL);
		assert(error.text[0] != '\0');
	}
	json_decref(tree);
	arena_free(arena);
	return 0;
}
