/* Every entry of the register has a test in tests/vectors for each thing that its posture says; what
 * an entry lacks is listed. */
#include "policy/error.h"
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/vector.h"
#include "proxy/config_policies.h"
#include "proxy/file_text.h"
#include "tests/unit/register_entries.h"
#include "tests/unit/register_evidence.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SETS_MAX = 256, PATH_SIZE = 256, TEXT_MAX = 16 << 20 };

struct coverage {
	struct entries entries;
	struct policy_set *sets[SETS_MAX]; /* all that the file has named */
	size_t set_count;
	char folder[PATH_SIZE]; /* of the file that is being run */
};

static struct policy_set *load(struct coverage *coverage, const char *file)
{
	struct problems *problems = problems_new();
	struct policy_set *set = config_policies_load(file, problems);

	assert_non_null(set);
	problems_free(problems);
	assert_true(coverage->set_count < SETS_MAX);
	coverage->sets[coverage->set_count++] = set;
	return set;
}

static const struct policy_set *load_named(void *context, const char *name, struct error *error)
{
	struct coverage *coverage = context;
	char path[2 * PATH_SIZE];

	(void)error;
	snprintf(path, sizeof path, "%s%s", coverage->folder, name);
	return load(coverage, path);
}

/* Whether they pass is test_vectors' question; one that does not has a line there. */
static void ignore_failure(void *context, unsigned line, const char *report)
{
	(void)context;
	(void)line;
	(void)report;
}

static void note_trial(void *context, const struct policy *policy, const struct trial_input *input,
                       const struct trial *trial)
{
	struct coverage *coverage = context;

	evidence_note(&coverage->entries, policy, input, trial);
}

static void run_file(struct coverage *coverage, const char *file)
{
	size_t len = 0;
	char *text = file_text_read(file, TEXT_MAX, &len);
	struct vector_file vectors = {.text = text,
	                              .len = len,
	                              .policies = load(coverage, NULL),
	                              .context = coverage,
	                              .load = load_named,
	                              .failed = ignore_failure,
	                              .tried = note_trial};

	assert_non_null(text);
	assert_true(strlen(file) < PATH_SIZE);
	memcpy(coverage->folder, file, strlen(file) + 1);
	strrchr(coverage->folder, '/')[1] = '\0';
	vector_run(&vectors);
	while (coverage->set_count > 0)
		policy_set_free(coverage->sets[--coverage->set_count]);
	free(text);
}

/* What no test can show, and why. */
static const struct {
	const char *operation, *name, *why;
} excused[] = {
	{"build.classic", "buildid", "with it, it is a build of BuildKit"},
	{"build.classic", "session", "with it, it is a build of BuildKit"},
	{"build.classic", "version", "is 1 here; 2 is a build of BuildKit"},
	{"build.buildkit", "t", "where names are judged, BuildKit is denied as a whole"},
	{"build.buildkit", "cachefrom", "where images are judged, BuildKit is denied as a whole"},
	{"build.buildkit", "cpuperiod", "counts with cpuquota, which is named"},
	{"build.classic", "cpuperiod", "counts with cpuquota, which is named"},
	{"service.create", "TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges",
     "only takes rights away"},
	{"image.commit", "StopTimeout", "each container has a limit of its own"},
	{"plugin.pull", "Name", "is told with the value, as mount=/"},
	{"plugin.pull", "Value", "is told with the name"},
};

static bool is_excused(const struct entry *entry)
{
	for (size_t i = 0; i < sizeof excused / sizeof excused[0]; i++) {
		if (strcmp(excused[i].operation, entry->operation) == 0 &&
		    strcmp(excused[i].name, entry->name) == 0)
			return true;
	}
	return false;
}

static void every_entry_has_its_tests(void **state)
{
	static const char *const kinds[] = {"property", "parameter", "header"};
	struct coverage coverage = {.entries = entries_of_register()};
	size_t lacking = 0;
	glob_t found;

	(void)state;
	assert_int_equal(glob("tests/vectors/*.txt", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		run_file(&coverage, found.gl_pathv[i]);
	globfree(&found);
	for (size_t i = 0; i < coverage.entries.count; i++) {
		const struct entry *entry = &coverage.entries.list[i];
		const char *lacks = entry_lacks(entry);

		if (is_excused(entry))
			assert_string_not_equal(lacks, "");
		if (*lacks == '\0' || is_excused(entry))
			continue;
		lacking++;
		print_error("%s %s %s (%s) lacks %s\n", kinds[entry->kind], entry->operation, entry->name,
		            posture_name(entry->posture), lacks);
	}
	print_message("%zu entries, %zu of them lack a test\n", coverage.entries.count, lacking);
	entries_free(&coverage.entries);
	assert_int_equal(lacking, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_has_its_tests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
