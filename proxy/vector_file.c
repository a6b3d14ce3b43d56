/* Policy tests off the disk. */
#include "proxy/vector_file.h"

#include "policy/error.h"
#include "policy/load.h"
#include "policy/problems.h"
#include "proxy/config_policies.h"
#include "proxy/file_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 16 * 1024 * 1024, SETS_MAX = 64 };

/* One file's run: the policies that it has named so far live until its end. */
struct run {
	const char *file;
	FILE *report;
	bool overruled; /* by the caller's policies */
	const struct policy_set *policies;
	struct policy_set *sets[SETS_MAX];
	size_t set_count;
};

static void tell_failure(void *context, unsigned line, const char *report)
{
	const struct run *run = context;

	fprintf(run->report, "%s:%u: %s\n", run->file, line, report);
}

/* All mistakes of the policies go to the report, the last of them into ERROR. */
static struct policy_set *load(const struct run *run, const char *file, struct error *error)
{
	struct problems *problems = problems_new();
	struct policy_set *set = problems != NULL ? config_policies_load(file, problems) : NULL;
	size_t count = problems != NULL ? problems_count(problems) : 0;

	for (size_t i = 0; i < count; i++)
		fprintf(run->report, "%s\n", problems_text(problems, i));
	if (set == NULL)
		error_set(error, "%s has mistakes", file != NULL ? file : "a shipped preset");
	problems_free(problems);
	return set;
}

/* NAME as seen from the folder of FILE; the caller's to free. */
static char *relative_path(const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');
	size_t folder = slash != NULL && name[0] != '/' ? (size_t)(slash + 1 - file) : 0;
	size_t len = strlen(name);
	char *path = malloc(folder + len + 1);

	if (path == NULL)
		return NULL;
	memcpy(path, file, folder);
	memcpy(path + folder, name, len + 1);
	return path;
}

static const struct policy_set *load_named(void *context, const char *name, struct error *error)
{
	struct run *run = context;
	struct policy_set *set;
	char *path;

	if (run->overruled)
		return run->policies;
	if (run->set_count == SETS_MAX) {
		error_set(error, "more than %d files of policies are named", SETS_MAX);
		return NULL;
	}
	path = relative_path(run->file, name);
	set = path != NULL ? load(run, path, error) : NULL;
	if (path == NULL)
		error_set(error, "out of memory");
	if (set != NULL)
		run->sets[run->set_count++] = set;
	free(path);
	return set;
}

static struct vector_count run_text(struct run *run, const char *text, size_t len)
{
	const struct vector_file vectors = {.text = text,
	                                    .len = len,
	                                    .policies = run->policies,
	                                    .context = run,
	                                    .load = load_named,
	                                    .failed = tell_failure};

	return vector_run(&vectors);
}

static struct vector_count trouble(const struct run *run, const char *text)
{
	fprintf(run->report, "%s: %s\n", run->file, text);
	return (struct vector_count){.failed = 1};
}

struct vector_count vector_file_run(const char *file, const struct policy_set *policies,
                                    FILE *report)
{
	struct run run = {.file = file,
	                  .report = report,
	                  .overruled = policies != NULL,
	                  .policies = policies};
	struct error error = {.text = ""};
	struct vector_count count = {0};
	size_t len = 0;
	char *text = file_text_read(file, FILE_MAX, &len);

	if (text == NULL)
		return trouble(&run, strerror(errno));
	if (!run.overruled)
		run.policies = run.sets[run.set_count++] = load(&run, NULL, &error);
	if (run.policies == NULL)
		count = trouble(&run, error.text);
	else
		count = run_text(&run, text, len);
	if (count.passed + count.failed == 0)
		count = trouble(&run, "there is no test in it");
	while (run.set_count > 0)
		policy_set_free(run.sets[--run.set_count]);
	free(text);
	return count;
}
