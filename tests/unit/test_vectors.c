/* Runs the policy vectors of tests/vectors (their format is described in ci.txt): each line is a
 * request, judged as the proxy would have it judged, with the daemon's objects played by the
 * file's own facts. */
#include "policy/arena.h"
#include "policy/decide.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/identity.h"
#include "policy/load.h"
#include "policy/mutate.h"
#include "policy/problems.h"
#include "policy/request.h"
#include "policy/text.h"
#include "policy/verdict.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LINE_SIZE = 16384, COLUMNS_MAX = 5, COLUMNS_MIN = 4, FIXTURES_MAX = 128, ROUNDS_MAX = 8 };
enum { ID_LENGTH = 64, ARENA_BYTES = 4 << 20, VECTORS_MIN = 250 };

struct fixture {
	enum object_kind kind;
	const char *name;
	const char *body;
};

/* One file of vectors being run. */
struct run {
	const struct policy_set *policies;
	struct arena *arena; /* for the fixtures */
	struct fixture fixtures[FIXTURES_MAX];
	size_t fixture_count;
	const char *file;
	unsigned line;
	unsigned vectors, failures;
};

/* What became of one request. */
struct outcome {
	const char *verdict; /* allow, deny, need or refuse */
	const char *rule, *message;
	const char *sent; /* of allow: the target and the body */
};

/* ---- reading the file ---- */

static unsigned hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	assert_non_null(at);
	return (unsigned)(at - digits);
}

/* "<a>" becomes 64 times a, and "\xNN" the byte NN, which JSON cannot say. */
static void expand(const char *text, char *out, size_t size)
{
	size_t used = 0;

	while (*text != '\0') {
		assert_true(used + ID_LENGTH + 1 < size);
		if (text[0] == '<' && text[1] != '\0' && text[2] == '>') {
			memset(out + used, text[1], ID_LENGTH);
			used += ID_LENGTH;
			text += 3;
		} else if (text[0] == '\\' && text[1] == 'x') {
			out[used++] = (char)(hex_digit(text[2]) * 16 + hex_digit(text[3]));
			text += 4;
		} else {
			out[used++] = *text++;
		}
	}
	out[used] = '\0';
}

static enum object_kind kind_named(const char *name)
{
	const enum object_kind kinds[] = {OBJECT_CONTAINER, OBJECT_EXEC, OBJECT_VOLUME, OBJECT_NETWORK};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(object_kind_name(kinds[i]), name) == 0)
			return kinds[i];
	}
	fail_msg("no kind of object is called %s", name);
	return OBJECT_NONE;
}

/* The word at *TEXT, cut off; *TEXT moves behind it. */
static char *take_word(char **text)
{
	char *word = *text;
	size_t len = strcspn(word, " ");

	*text = word + len + (word[len] == ' ' ? 1 : 0);
	word[len] = '\0';
	return word;
}

/* "fact container web = {...}" */
static void read_fact(struct run *run, char *line)
{
	struct fixture *fixture = &run->fixtures[run->fixture_count++];
	char *rest = line;

	assert_true(run->fixture_count < FIXTURES_MAX);
	take_word(&rest);
	fixture->kind = kind_named(take_word(&rest));
	fixture->name = arena_string(run->arena, take_word(&rest));
	assert_string_equal(take_word(&rest), "=");
	fixture->body = arena_string(run->arena, rest);
	assert_non_null(fixture->body);
}

/* ---- judging a request ---- */

static void answer(const struct run *run, struct arena *arena, struct fact *fact)
{
	char missing[256];

	for (size_t i = 0; i < run->fixture_count; i++) {
		const struct fixture *known = &run->fixtures[i];

		if (known->kind == fact->kind && strcmp(known->name, fact->name) == 0) {
			fact_learn(arena, fact, 200, known->body, strlen(known->body));
			return;
		}
	}
	snprintf(missing, sizeof missing, "{\"message\":\"No such %s: %s\"}",
	         object_kind_name(fact->kind), fact->name);
	fact_learn(arena, fact, 404, missing, strlen(missing));
}

static void answer_all(const struct run *run, struct arena *arena, struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		if (facts->list[i].state == FACT_WANTED)
			answer(run, arena, &facts->list[i]);
	}
}

/* "container web, network lan": what the first judgement asked for. */
static const char *wanted(struct arena *arena, const struct facts *facts)
{
	const char *text = "";

	for (size_t i = 0; i < facts->count; i++) {
		text = arena_format(arena, "%s%s%s %s", text, *text != '\0' ? ", " : "",
		                    object_kind_name(facts->list[i].kind), facts->list[i].name);
		assert_non_null(text);
	}
	return text;
}

static bool takes_json(const struct route *route)
{
	return route->body == BODY_NONE || route->body == BODY_JSON ||
	       route->body == BODY_JSON_OPTIONAL || route->body == BODY_JSON_LIST;
}

static bool is_upgrade(const char *target)
{
	return strcmp(target, "/session") == 0 || strcmp(target, "/grpc") == 0 ||
	       text_ends_with(target, "/attach/ws");
}

/* The newest API of the daemon at hand; "engine 1.NN" in a file changes it for the lines below. */
static unsigned engine_minor = 51;

static void read_engine(const char *line)
{
	engine_minor = (unsigned)strtoul(line + strlen("engine 1."), NULL, 10);
	assert_in_range(engine_minor, 24, 56);
}

static bool read_request(struct arena *arena, char *text, enum unknown_fields unknown,
                         struct request *request, struct refusal *refusal)
{
	const struct api_range range = {{1, 24}, {1, engine_minor}};
	const struct json_limits limits = {1 << 20, 20000, 64};
	struct header headers[] = {{"Content-Type", "application/json"},
	                           {"Connection", "Upgrade"},
	                           {"Upgrade", "h2c"}};
	char *method = take_word(&text), *target = take_word(&text);
	bool has_body = *text != '\0';
	bool upgrades = is_upgrade(target);
	struct request_head head = {method, target, {headers, 1}, has_body};

	if (upgrades) {
		headers[2].value = text_ends_with(target, "/ws") ? "websocket" : "h2c";
		head.headers = (struct headers){headers + 1, 2};
	} else if (!has_body) {
		head.headers.count = 0;
	}

	if (!request_read_head(arena, &head, &range, request, refusal))
		return false;
	if (!takes_json(request->route))
		return true;
	return request_read_body(request, text, strlen(text), &limits, unknown, refusal);
}

static void tell_sent(struct outcome *outcome, struct request *request, const struct facts *facts,
                      const struct policy *policy)
{
	struct error error = {{0}};
	size_t len;
	const char *body;

	if (!policy_mutate(policy, facts, request, &error)) {
		outcome->verdict = "fail";
		outcome->message = arena_string(request->arena, error.text);
		return;
	}
	body = request_print_body(request, &len);
	outcome->sent = arena_format(request->arena, "%s %s", request_print_target(request),
	                             body != NULL ? body : "");
}

static void judge(const struct run *run, const struct policy *policy, struct request *request,
                  bool answered, struct outcome *outcome)
{
	struct facts facts = {.count = 0};
	struct identity identity = {.listener = "test"};
	struct verdict early, verdict;

	policy_decide_early(policy, &identity, request, &early);
	assert_int_not_equal(early.kind, VERDICT_ALLOW);
	policy_decide(policy, &identity, request, &facts, &verdict);
	outcome->message = wanted(request->arena, &facts);
	for (int i = 0; i < ROUNDS_MAX && answered && verdict.kind == VERDICT_NEED; i++) {
		assert_true(facts_wanted(&facts));
		answer_all(run, request->arena, &facts);
		policy_decide(policy, &identity, request, &facts, &verdict);
	}
	/* What is denied early stays denied. */
	assert_true(early.kind == VERDICT_NEED || verdict.kind == VERDICT_DENY);
	outcome->verdict = verdict_kind_name(verdict.kind);
	outcome->rule = verdict.rule != NULL ? verdict.rule : "";
	if (verdict.kind == VERDICT_DENY)
		outcome->message = verdict.message;
	if (verdict.kind == VERDICT_ALLOW)
		tell_sent(outcome, request, &facts, policy);
}

/* ---- comparing ---- */

static bool tells(const char *text, const char *expected)
{
	return text != NULL && strstr(text, expected) != NULL;
}

static bool is_expected(const struct outcome *outcome, char *const *columns, size_t count)
{
	if (strcmp(outcome->verdict, columns[2]) != 0)
		return false;
	if (!tells(outcome->rule, columns[3]) && !tells(outcome->message, columns[3]))
		return false;
	return count < COLUMNS_MAX || tells(outcome->sent, columns[4]);
}

static void run_vector(struct run *run, char *const *columns, size_t count)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	const struct policy *policy = policy_set_find(run->policies, columns[0]);
	bool answered = strcmp(columns[2], "need") != 0;
	struct outcome outcome = {"refuse", "", "", NULL};
	struct request request;
	struct refusal refusal;

	assert_non_null(arena);
	if (policy == NULL && strcmp(columns[0], "-") != 0)
		fail_msg("%s:%u: there is no policy '%s'", run->file, run->line, columns[0]);
	if (!read_request(arena, columns[1],
	                  policy != NULL ? policy->unknown_fields : UNKNOWN_FIELDS_REFUSE, &request,
	                  &refusal))
		outcome.message = refusal.message;
	else
		judge(run, policy, &request, answered, &outcome);
	run->vectors++;
	if (!is_expected(&outcome, columns, count)) {
		run->failures++;
		print_error("%s:%u:\n  wanted %s | %s%s%s\n  got    %s | %s | %s\n  sent   %s\n", run->file,
		            run->line, columns[2], columns[3], count == COLUMNS_MAX ? " | " : "",
		            count == COLUMNS_MAX ? columns[4] : "", outcome.verdict, outcome.rule,
		            outcome.message, outcome.sent != NULL ? outcome.sent : "nothing");
	}
	arena_free(arena);
}

/* Cuts LINE at each " | ". */
static size_t split_columns(char *line, char **columns)
{
	size_t count = 0;

	while (count < COLUMNS_MAX) {
		char *bar = strstr(line, " | ");

		columns[count++] = line;
		if (bar == NULL)
			break;
		*bar = '\0';
		line = bar + 3;
	}
	return count;
}

static void run_line(struct run *run, char *raw)
{
	char line[LINE_SIZE];
	char *columns[COLUMNS_MAX];
	size_t count;

	raw[strcspn(raw, "\n")] = '\0';
	if (*raw == '\0' || *raw == '#')
		return;
	expand(raw, line, sizeof line);
	if (strncmp(line, "fact ", 5) == 0) {
		read_fact(run, line);
		return;
	}
	if (strncmp(line, "engine 1.", 9) == 0) {
		read_engine(line);
		return;
	}
	count = split_columns(line, columns);
	if (count < COLUMNS_MIN)
		fail_msg("%s:%u: a vector has at least %d columns", run->file, run->line, COLUMNS_MIN);
	run_vector(run, columns, count);
}

static void run_file(struct run *run)
{
	static char line[LINE_SIZE];
	FILE *file = fopen(run->file, "r");

	engine_minor = 51;

	if (file == NULL)
		fail_msg("cannot open %s", run->file);
	for (run->line = 1; fgets(line, sizeof line, file) != NULL; run->line++)
		run_line(run, line);
	fclose(file);
}

static struct policy_set *load_policies(const char *path)
{
	struct problems *problems = problems_new();
	struct policy_set *set;
	config_t config;

	config_init(&config);
	if (config_read_file(&config, path) != CONFIG_TRUE)
		fail_msg("%s:%d: %s", path, config_error_line(&config), config_error_text(&config));
	set = policy_set_load(config_root_setting(&config), NULL, 0, problems);
	if (set == NULL)
		fail_msg("%s", problems_text(problems, 0));
	config_destroy(&config);
	problems_free(problems);
	return set;
}

static void every_vector_gets_its_verdict(void **state)
{
	struct policy_set *policies = load_policies("tests/vectors/policies.conf");
	unsigned vectors = 0, failures = 0;
	glob_t found;

	(void)state;
	assert_int_equal(glob("tests/vectors/*.txt", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct run run = {.policies = policies,
		                  .arena = arena_new(ARENA_BYTES),
		                  .file = found.gl_pathv[i]};

		assert_non_null(run.arena);
		run_file(&run);
		arena_free(run.arena);
		vectors += run.vectors;
		failures += run.failures;
	}
	globfree(&found);
	policy_set_free(policies);
	print_message("%u vectors, %u failed\n", vectors, failures);
	assert_true(vectors >= VECTORS_MIN);
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_gets_its_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
