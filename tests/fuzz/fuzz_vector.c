/* Policy tests as a file: whatever it says, each of its lines passes, fails with a report, or is no test, and running
 * it twice gives the same. */
#include "policy/error.h"
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/vector.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct policy_set *presets(void)
{
	static struct policy_set *set;

	if (set == NULL) {
		struct problems *problems = problems_new();
		config_t config;

		config_init(&config);
		set = policy_set_load(config_root_setting(&config), NULL, 0, problems);
		config_destroy(&config);
		problems_free(problems);
		assert(set != NULL);
	}
	return set;
}

static const struct policy_set *load(void *context, const char *name, struct error *error)
{
	(void)context;
	if (strcmp(name, "presets") == 0)
		return presets();
	error_set(error, "there is no %s", name);
	return NULL;
}

static void failed(void *context, unsigned line, const char *report)
{
	unsigned *failures = context;

	(*failures)++;
	assert(line > 0 || *report != '\0');
	assert(strstr(report, "\n  got      broken") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned failures = 0;
	const struct vector_file file = {.text = (const char *)data,
	                                 .len = size,
	                                 .policies = presets(),
	                                 .context = &failures,
	                                 .load = load,
	                                 .failed = failed};
	struct vector_count first = vector_run(&file), second = vector_run(&file);

	assert(first.passed == second.passed && first.failed == second.failed);
	assert(failures == first.failed + second.failed);
	return 0;
}
