/* wollomatic's settings, one NAME=VALUE a line: what converts without mistakes loads. */
#include "policy/wollomatic.h"

#include "policy/arena.h"
#include "policy/problems.h"
#include "tests/fuzz/policies.h"
#include "tests/fuzz/variables.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

enum { ARENA_BYTES = 16 << 20, TEXT_MAX = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of what only the whole configuration knows, such as a bind source that is none, the policy tells. */
static void check_text(const char *text, bool has_binds)
{
	struct policy_set *set = load_policies(text);

	assert(set != NULL || has_binds);
	policy_set_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct problems *mistakes = problems_new(), *notes = problems_new();
	struct variable list[VARIABLES_MAX];
	struct variables variables = {.list = list, .chosen = true};
	char bytes[TEXT_MAX + 1];
	const char *text;

	assert(arena != NULL && mistakes != NULL && notes != NULL);
	if (size <= TEXT_MAX && memchr(data, '\0', size) == NULL) {
		memcpy(bytes, data, size);
		bytes[size] = '\0';
		variables.count = split_variables(bytes, list);
		text = wollomatic_print(arena, &variables, mistakes, notes);
		assert(text == NULL || problems_count(mistakes) == 0);
		if (text != NULL)
			check_text(text, strstr(text, "binds = (") != NULL);
	}
	problems_free(notes);
	problems_free(mistakes);
	arena_free(arena);
	return 0;
}
