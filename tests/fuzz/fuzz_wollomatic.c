/* wollomatic's settings, one NAME=VALUE a line: what converts without mistakes loads. */
#include "policy/wollomatic.h"

#include "policy/arena.h"
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/settings_scan.h"

#include <assert.h>
#include <libconfig.h>
#include <stdint.h>
#include <string.h>

enum { VARIABLES_MAX = 64, ARENA_BYTES = 16 << 20, TEXT_MAX = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of what only the whole configuration knows, such as a bind source that is none, the policy tells. */
static void check_text(const char *text, bool has_binds)
{
	struct problems *problems = problems_new();
	struct policy_set *set;
	config_t config;

	assert(problems != NULL);
	config_init(&config);
	assert(settings_scan("fuzz", text, strlen(text), problems));
	assert(config_read_string(&config, text) == CONFIG_TRUE);
	set = policy_set_load(config_root_setting(&config), NULL, 0, problems);
	assert(set != NULL || has_binds);
	policy_set_free(set);
	config_destroy(&config);
	problems_free(problems);
}

/* Cut in place. */
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
	struct variables variables = {.list = list, .chosen = true};
	char bytes[TEXT_MAX + 1];
	const char *text;

	assert(arena != NULL && mistakes != NULL && notes != NULL);
	if (size <= TEXT_MAX && memchr(data, '\0', size) == NULL) {
		memcpy(bytes, data, size);
		bytes[size] = '\0';
		variables.count = split(bytes, list);
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
