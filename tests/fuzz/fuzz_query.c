/* Queries: parse(print(x)) is x, and no raw byte of the input gets through printing. */
#include "policy/arena.h"
#include "policy/query.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char printable[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~%&=";
	struct arena *arena = arena_new(256 * size + 65536);
	struct query query, again;

	assert(arena != NULL);
	if (query_parse(arena, (const char *)data, size, &query, NULL)) {
		const char *printed = query_print(arena, &query);

		assert(printed != NULL);
		assert(strspn(printed, printable) == strlen(printed));
		assert(query_parse(arena, printed, strlen(printed), &again, NULL));
		assert(again.count == query.count);
		for (size_t i = 0; i < query.count; i++) {
			assert(strcmp(query.parameters[i].name, again.parameters[i].name) == 0);
			assert(strcmp(query.parameters[i].value, again.parameters[i].value) == 0);
		}
	}
	arena_free(arena);
	return 0;
}
