/* A socket proxy's variables, one NAME=VALUE a line: what reads without mistakes prints in both forms,
 * each form loads, and both open the same: what the variables open. */
#include "policy/drop_in.h"

#include "policy/arena.h"
#include "policy/policy.h"
#include "policy/problems.h"
#include "policy/route.h"
#include "tests/fuzz/policies.h"
#include "tests/fuzz/variables.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

enum { ARENA_BYTES = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool allows(const struct policy_set *set, const char *operation)
{
	const struct policy *policy = policy_set_find(set, CONVERTED_POLICY);

	assert(policy != NULL);
	return patterns_match(&policy->allow, operation) < policy->allow.count &&
	       patterns_match(&policy->deny, operation) == policy->deny.count;
}

static void check_forms(struct arena *arena, const struct drop_in *drop_in)
{
	const char *variables = drop_in_print(arena, drop_in, DROP_IN_VARIABLES);
	const char *operations = drop_in_print(arena, drop_in, DROP_IN_OPERATIONS);
	struct policy_set *sets[2];
	size_t count;
	const struct route *routes = route_catalogue(&count);

	assert(variables != NULL && operations != NULL);
	sets[0] = load_policies(variables);
	sets[1] = load_policies(operations);
	assert(sets[0] != NULL && sets[1] != NULL);
	for (size_t i = 0; i < count; i++) {
		bool open = allows(sets[0], routes[i].operation);

		assert(open == allows(sets[1], routes[i].operation));
		assert(!open || compat_allows(&drop_in->compat, &routes[i]));
		assert(open || drop_in->preset != NULL || !compat_allows(&drop_in->compat, &routes[i]));
	}
	policy_set_free(sets[0]);
	policy_set_free(sets[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct problems *mistakes = problems_new(), *notes = problems_new();
	struct variable list[VARIABLES_MAX];
	struct variables variables = {.list = list, .chosen = size % 2 == 0};
	struct drop_in drop_in;
	char bytes[4096];

	assert(arena != NULL && mistakes != NULL && notes != NULL);
	if (size < sizeof bytes && memchr(data, '\0', size) == NULL) {
		memcpy(bytes, data, size);
		bytes[size] = '\0';
		variables.count = split_variables(bytes, list);
		drop_in_wanted(&variables);
		if (drop_in_read(arena, &variables, &drop_in, mistakes, notes)) {
			assert(problems_count(mistakes) == 0);
			check_forms(arena, &drop_in);
		}
	}
	problems_free(notes);
	problems_free(mistakes);
	arena_free(arena);
	return 0;
}
