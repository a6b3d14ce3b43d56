/* Runs policy tests. Reading the file's lines comes first here, then a test's columns, then what was
 * expected against what came. The judging itself is policy/trial's. */
#include "policy/vector.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/fixtures.h"
#include "policy/identity.h"
#include "policy/identity_text.h"
#include "policy/load.h"
#include "policy/policy.h"
#include "policy/text.h"
#include "policy/trial.h"
#include "policy/vector_lines.h"

#include <string.h>

enum { COLUMNS_MIN = 4, COLUMNS_MAX = 5, HEADERS_MAX = 16, SHOWN_MAX = 2000 };
enum { TEST_ARENA_BYTES = 64 << 20, FACTS_ARENA_BYTES = 64 << 20, DEFAULT_MINOR = 51 };

static const struct json_limits body_limits = {4 << 20, 20000, 64};

/* One file being run. */
struct run {
	const struct vector_file *file;
	const struct policy_set *policies;
	struct identity identity; /* who asks, from the last line that said so on */
	struct vector_daemon *daemon;
	bool daemon_only; /* tests are passed over */
	struct vector_count count;
	struct vector_lines lines;
};

/* One line of it; everything about it lives in ARENA. */
struct test {
	struct arena *arena;
	const char *policy;
	struct header headers[HEADERS_MAX];
	struct trial_input input;
	const char *verdict, *text, *sent; /* expected; SENT is NULL when nothing is */
};

static void fail(struct run *run, const char *report)
{
	run->count.failed++;
	run->file->failed(run->file->context, run->lines.line,
	                  report != NULL ? report : "out of memory");
}

/* ---- a test's columns ---- */

/* Cuts LINE at each " | ". */
static size_t split_columns(char *line, char **columns)
{
	size_t count = 0;

	while (count < COLUMNS_MAX) {
		char *bar = count < COLUMNS_MAX - 1 ? strstr(line, " | ") : NULL;

		columns[count++] = line;
		if (bar == NULL)
			break;
		*bar = '\0';
		line = bar + 3;
	}
	return count;
}

/* "[Name: value] " at *TEXT, where no JSON begins like this. */
static bool take_header(char **text, struct header *header)
{
	size_t name = **text == '[' ? strcspn(*text + 1, ":") : 0;
	char *value, *end;

	if (name == 0 || !text_is_token(*text + 1, name) || strncmp(*text + 1 + name, ": ", 2) != 0)
		return false;
	value = *text + 1 + name + 2;
	end = strchr(value, ']');
	if (end == NULL)
		return false;
	header->name = *text + 1;
	header->value = value;
	(*text)[1 + name] = '\0';
	*end = '\0';
	*text = end + (end[1] == ' ' ? 2 : 1);
	return true;
}

/* What is written, and what a client would send besides. */
static void read_headers(struct test *test, char **text)
{
	struct headers *headers = &test->input.head.headers;
	struct header usual[TRIAL_HEADERS_MAX];
	size_t count;

	headers->list = test->headers;
	while (headers->count < HEADERS_MAX - TRIAL_HEADERS_MAX &&
	       take_header(text, &test->headers[headers->count]))
		headers->count++;
	test->input.head.has_body = **text != '\0';
	count = trial_usual_headers(test->input.head.target, test->input.head.has_body, usual);
	for (size_t i = 0; i < count; i++) {
		if (headers_count(headers, usual[i].name) == 0)
			test->headers[headers->count++] = usual[i];
	}
}

static bool is_a_verdict(const char *word)
{
	static const enum trial_end ends[] = {TRIAL_REFUSED, TRIAL_DENIED, TRIAL_UNANSWERED,
	                                      TRIAL_UNSENDABLE, TRIAL_ALLOWED};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		if (strcmp(word, trial_end_name(ends[i])) == 0)
			return true;
	}
	return false;
}

static bool read_test(struct test *test, char *line, struct error *error)
{
	char *columns[COLUMNS_MAX] = {NULL}, *request;
	size_t count = split_columns(line, columns);

	if (count < COLUMNS_MIN)
		return error_set(error, "a test is written: POLICY | METHOD TARGET [BODY] | VERDICT | "
		                        "TEXT [| SENT]");
	if (!is_a_verdict(columns[2]))
		return error_set(error,
		                 "'%.60s' is no verdict; there are allow, deny, need, refuse and "
		                 "fail",
		                 columns[2]);
	test->policy = columns[0];
	test->verdict = columns[2];
	test->text = columns[3];
	test->sent = columns[4];
	request = columns[1];
	test->input.head.method = text_take_word(&request);
	test->input.head.target = text_take_word(&request);
	read_headers(test, &request);
	test->input.body = request;
	test->input.len = strlen(request);
	return true;
}

/* ---- what was expected, and what came ---- */

static bool tells(const char *text, const char *expected)
{
	return text != NULL && strstr(text, expected) != NULL;
}

/* The target, a blank, the body, and each header in brackets as a test would write it. */
static const char *sent_text(struct arena *arena, const struct trial *trial)
{
	const struct headers *headers = &trial->request.headers;
	const char *text;

	if (trial->target == NULL)
		return NULL;
	text = arena_format(arena, "%s %s", trial->target, trial->body != NULL ? trial->body : "");
	for (size_t i = 0; text != NULL && i < headers->count; i++)
		text =
			arena_format(arena, "%s [%s: %s]", text, headers->list[i].name, headers->list[i].value);
	return text;
}

static void compare(struct run *run, const struct test *test, const struct trial *trial)
{
	const char *got = trial_end_name(trial->end), *sent = sent_text(test->arena, trial);

	if (strcmp(got, test->verdict) == 0 &&
	    (tells(trial->rule, test->text) || tells(trial->message, test->text)) &&
	    (test->sent == NULL || tells(sent, test->sent))) {
		run->count.passed++;
		return;
	}
	fail(run, arena_format(test->arena,
	                       "%s | %s %s %s\n  expected %s | %s%s%s\n  got      %s | %s%s%s\n"
	                       "  sent     %s",
	                       test->policy, test->input.head.method, test->input.head.target,
	                       text_printable(test->arena, test->input.body, SHOWN_MAX), test->verdict,
	                       test->text, test->sent != NULL ? " | " : "",
	                       test->sent != NULL ? test->sent : "", got, trial->rule,
	                       trial->rule[0] != '\0' && trial->message[0] != '\0' ? " | " : "",
	                       trial->message, sent != NULL ? sent : "nothing"));
}

static void run_test(struct run *run, const struct test *test)
{
	const struct trial_setup setup = {
		.policy = policy_set_find(run->policies, test->policy),
		.identity = &run->identity,
		.range = {.oldest = {1, API_MINOR_OLDEST}, .newest = {1, run->daemon->minor}},
		.limits = body_limits,
		.image_store = run->daemon->store,
		.answer =
			strcmp(test->verdict, trial_end_name(TRIAL_UNANSWERED)) != 0 ? fixtures_answer : NULL,
		.context = &run->daemon->fixtures,
	};
	struct trial trial;

	if (setup.policy == NULL && strcmp(test->policy, "-") != 0) {
		fail(run,
		     arena_format(test->arena,
		                  "there is no policy '%.60s'; the policies of a file are had by a line "
		                  "'policies FILE.conf' above",
		                  test->policy));
		return;
	}
	trial_run(test->arena, &setup, &test->input, &trial);
	if (run->file->tried != NULL)
		run->file->tried(run->file->context, setup.policy, &test->input, &trial);
	compare(run, test, &trial);
}

/* ---- each line to what it means ---- */

static bool read_engine(struct vector_daemon *daemon, const char *version, struct error *error)
{
	if (!api_minor_from_text(version, &daemon->minor))
		return error_set(error, "the engine's API version is from 1.%d to 1.%d", API_MINOR_OLDEST,
		                 API_MINOR_NEWEST);
	return true;
}

static bool read_store(struct vector_daemon *daemon, const char *store, struct error *error)
{
	if (strcmp(store, "classic") == 0)
		daemon->store = IMAGE_STORE_CLASSIC;
	else if (strcmp(store, "containerd") == 0)
		daemon->store = IMAGE_STORE_CONTAINERD;
	else
		return error_set(error, "an image store is classic or containerd");
	return true;
}

static bool read_policies(struct run *run, const char *name, struct error *error)
{
	const struct policy_set *policies;

	if (run->file->load == NULL)
		return error_set(error, "no policies can be loaded here");
	policies = run->file->load(run->file->context, name, error);
	if (policies != NULL)
		run->policies = policies;
	return policies != NULL;
}

static bool is_about_daemon(const char *line)
{
	static const char *const words[] = {"fact ", "record ", "store ", "engine "};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (text_starts_with(line, words[i]))
			return true;
	}
	return false;
}

static bool read_daemon_line(struct vector_daemon *daemon, char *line, struct error *error)
{
	if (text_starts_with(line, "fact "))
		return fixtures_read(&daemon->fixtures, line + strlen("fact "), error);
	if (text_starts_with(line, "record "))
		return fixtures_read_record(&daemon->fixtures, line + strlen("record "), error);
	if (text_starts_with(line, "store "))
		return read_store(daemon, line + strlen("store "), error);
	return read_engine(daemon, line + strlen("engine "), error);
}

/* False with ERROR when the line makes no sense. */
static bool run_line(struct run *run, struct arena *arena, const char *raw, struct error *error)
{
	struct test test = {.arena = arena, .policy = "", .verdict = "", .text = ""};
	char *line = vector_lines_expand(arena, raw, error);

	if (line == NULL)
		return false;
	if (is_about_daemon(line))
		return read_daemon_line(run->daemon, line, error);
	if (run->daemon_only)
		return true;
	if (text_starts_with(line, "as "))
		return identity_from_text(run->daemon->fixtures.arena, line + strlen("as "), &run->identity,
		                          error);
	if (text_starts_with(line, "policies "))
		return read_policies(run, line + strlen("policies "), error);
	if (!read_test(&test, line, error))
		return false;
	run_test(run, &test);
	return true;
}

static void run_next_line(struct run *run)
{
	struct arena *arena = arena_new(TEST_ARENA_BYTES);
	const char *line = arena != NULL ? vector_lines_next(&run->lines, arena) : NULL;
	struct error error = {.text = ""};

	if (line == NULL) {
		fail(run, "out of memory");
		run->lines.left = 0;
	} else if (line[0] != '\0' && line[0] != '#' && !run_line(run, arena, line, &error)) {
		fail(run, error.text);
	}
	arena_free(arena);
}

static struct vector_count run_all(struct run *run)
{
	const struct vector_file *file = run->file;

	run->lines = (struct vector_lines){.rest = file->text, .left = file->len, .next_line = 1};
	if (file->len > 0 && memchr(file->text, '\0', file->len) != NULL)
		fail(run, "there is a NUL byte in the file");
	else if (run->daemon->fixtures.arena == NULL)
		fail(run, "out of memory");
	else
		while (run->lines.left > 0)
			run_next_line(run);
	return run->count;
}

struct vector_count vector_run(const struct vector_file *file)
{
	struct vector_daemon daemon = {.fixtures = {.arena = arena_new(FACTS_ARENA_BYTES)},
	                               .store = IMAGE_STORE_CLASSIC,
	                               .minor = DEFAULT_MINOR};
	struct run run = {.file = file,
	                  .policies = file->policies,
	                  .identity = {.listener = "test"},
	                  .daemon = &daemon};
	struct vector_count count = run_all(&run);

	arena_free(daemon.fixtures.arena);
	return count;
}

/* The first failure is told. */
static void keep_failure(void *context, unsigned line, const char *report)
{
	struct error *error = context;

	if (error != NULL && error->text[0] == '\0')
		error_set(error, "line %u: %s", line, report);
}

bool vector_read_daemon(const char *text, size_t len, struct vector_daemon *daemon,
                        struct error *error)
{
	const struct vector_file file = {.text = text,
	                                 .len = len,
	                                 .context = error,
	                                 .failed = keep_failure};
	struct run run = {.file = &file, .daemon = daemon, .daemon_only = true};

	*error = (struct error){.text = ""};
	return run_all(&run).failed == 0;
}
