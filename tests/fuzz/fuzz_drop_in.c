/* A socket proxy's variables, one NAME=VALUE a line: what reads without mistakes prints in both forms,
 * each form loads, and both open the same: what the variables open. */
#include "policy/drop_in.h"

#include "policy/arena.h"
#include "policy/load.h"
#include "policy/policy.h"
#include "policy/problems.h"
#include "policy/route.h"
#include "policy/settings_scan.h"

#include <assert.h>
#include <libconfig.h>
#include <stdint.h>
#include <string.h>

enum { VARIABLES_MAX = 64, ARENA_BYTES = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct policy_set *load(const char *text, struct problems *problems)
{
	struct policy_set *set;
	config_t config;

	config_init(&config);
	assert(settings_scan("fuzz", text, strlen(text), problems));
	assert(config_read_string(&config, text) == CONFIG_TRUE);
	set = policy_set_load(config_root_setting(&config), NULL, 0, problems);
	config_destroy(&config);
	assert(set != NULL);
	return set;
}

static bool allows(const struct policy_set *set, const char *operation)
{
	const struct policy *policy = policy_set_find(set, CONVERTED_POLICY);

	assert(policy != NULL);
	return patterns_match(&policy->allow, operation) < policy->allow.count &&
	       patterns_match(&policy->deny, operation) == policy->deny.count;
}

static void check_forms(struct arena *arena, const struct drop_in *drop_in,
                        struct problems *problems)
{
	const char *variables = drop_in_print(arena, drop_in, DROP_IN_VARIABLES);
	const char *operations = drop_in_print(arena, drop_in, DROP_IN_OPERATIONS);
	struct policy_set *sets[2];
	size_t count;
	const struct route *routes = route_catalogue(&count);

	assert(variables != NULL && operations != NULL);
	sets[0] = load(variables, problems);
	sets[1] = load(operations, problems);
	for (size_t i = 0; i < count; i++) {
		bool open = allows(sets[0], routes[i].operation);

		assert(open == allows(sets[1], routes[i].operation));
		assert(!open || compat_allows(&drop_in->compat, &routes[i]));
		assert(open || drop_in->preset != NULL || !compat_allows(&drop_in->compat, &routes[i]));
	}
	policy_set_free(sets[0]);
	policy_set_free(sets[1]);
}

/* The bytes are DATA's own, cut in place. */
static size_t split(char *bytes, struct variable list[static VARIABLES_MAX])
{
	size_t count = 0;

	for (char *line = strtok(bytes, "\n"); line != NULL && count < VARIABLES_MAX;
	     line = strtok(NULL, "\n")) {
		char *value = strchr(line, '=');

		if (value == NULL)
			continue;
		*value++ = '\0';
		list[count++] = (struct variable){line, value};
	}
	return count;
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
		variables.count = split(bytes, list);
		drop_in_wanted(&variables);
		if (drop_in_read(arena, &variables, &drop_in, mistakes, notes)) {
			check_forms(arena, &drop_in, mistakes);
			assert(problems_count(mistakes) == 0);
		}
	}
	problems_free(notes);
	problems_free(mistakes);
	arena_free(arena);
	return 0;
}
