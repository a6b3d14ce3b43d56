/* The format of policy tests: what a file may say, what is told of a test that fails, and of a line that makes no
 * sense. */
#include "policy/error.h"
#include "policy/load.h"
#include "policy/vector.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TOLD_SIZE = 8192 };

static const char settings[] =
	"policies = { job = { extends = \"ci\"; container = { privileged = true; }; }; };";
#define WEB                                                                                   \
	"fact container web = {\"Id\":\"<a>\",\"Name\":\"/web\",\"HostConfig\":{},\"Mounts\":[]," \
	"\"NetworkSettings\":{\"Networks\":{}}}\n"

/* What a run has told. */
struct told {
	char text[TOLD_SIZE];
	unsigned line; /* of the last failure */
	const struct policy_set *named;
};

static void remember(void *context, unsigned line, const char *report)
{
	struct told *told = context;

	told->line = line;
	snprintf(told->text, sizeof told->text, "%s", report);
}

static const struct policy_set *load(void *context, const char *name, struct error *error)
{
	const struct told *told = context;

	if (strcmp(name, "named.conf") == 0)
		return told->named;
	error_set(error, "%s is not there", name);
	return NULL;
}

static struct vector_count run(const char *text, struct told *told)
{
	struct policy_set *presets = settings_text_load_fine("");
	struct policy_set *named = settings_text_load_fine(settings);
	const struct vector_file file = {.text = text,
	                                 .len = strlen(text),
	                                 .policies = presets,
	                                 .context = told,
	                                 .load = load,
	                                 .failed = remember};
	struct vector_count count;

	*told = (struct told){.named = named};
	count = vector_run(&file);
	policy_set_free(presets);
	policy_set_free(named);
	return count;
}

static void right_expectations_pass(void **state)
{
	static const char *const table[] = {
		"ci | GET /_ping | allow | operations.allow",
		"ci | GET /_ping | allow | operations.allow\n",
		"ci | GET /_ping | allow | operations.allow\r\n",
		"ci | GET /_ping | allow | operations.allow | /_ping",
		"# nothing\n\nci | GET /_ping | allow | preset ci:",
		"- | GET /_ping | deny | no rule of `clients`",
		"ci | GET /nothing | refuse | page not found",
		"ci | GET /containers/json?all= | allow | ", /* an empty text is in every text */
		"ci | POST /containers/web/stop | need | container web",
		"ci | POST /containers/web/stop | deny | No such container: web",
		WEB "ci | POST /containers/web/stop | allow | operations | /containers/<a>/stop ",
		"ci | POST /containers/create {\"Image\":\"alpine\"} | allow | ci | \"Image\":\"alpine\"",
		"ci | POST /containers/create\n  {\"Image\":\n\t\"alpine\"}\n | allow | ci | alpine",
		"policies named.conf\n"
		"job | POST /containers/create {\"Image\":\"a\",\"HostConfig\":{\"Privileged\":true}} | allow | "
		"operations | \"Privileged\":true",
		"engine 1.40\nci | GET /v1.41/info | refuse | too new",
		"engine 1.40\nci | GET /info | allow | ci | /v1.40/info",
		"ci | GET /info | allow | ci | /v1.51/info",
		"admin | POST /session | allow | unrestricted",
		"admin | POST /containers/a/attach/ws | refuse | method not allowed",
		"admin | GET /v1.41/containers/a/attach/ws | allow | unrestricted",
		"admin | POST /containers/create {\"Image\":\"\\xff\"} | refuse | UTF-8",
		"admin | POST /containers/create [Content-Type: text/plain] {} | refuse | text/plain",
		"admin | POST /plugins/x/set [\"a=b\"] | allow | unrestricted",
		"admin | GET /info [Origin: https://a.example] | refuse | web pages",
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct told told;
		struct vector_count count = run(table[i], &told);

		if (count.passed != 1 || count.failed != 0)
			fail_msg("%s: %u passed, %u failed, %s", table[i], count.passed, count.failed,
			         told.text);
	}
}

/* What fails, at which line, and words that must be told. */
static void wrong_ones_are_told(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *told;
	} table[] = {
		{"ci | GET /_ping | deny | operations", 1,
	     "expected deny | operations\n  got      allow | "},
		{"ci | GET /_ping | allow | nothing", 1, "expected allow | nothing"},
		{"ci | GET /_ping | allow | ci | /nothing", 1, "sent     /_ping"},
		{"ci | GET /x | allow | ci", 1, "got      refuse | page not found"},
		{"\n# x\nci | GET /_ping\n | allow\n | nothing\n", 3, "expected allow"},
		{"ci | GET /_ping | permit | x", 1, "'permit' is no verdict"},
		{"ci | GET /_ping | broken | x", 1, "'broken' is no verdict"},
		{"ci | GET /_ping | allow", 1, "a test is written"},
		{"ci GET /_ping", 1, "a test is written"},
		{"job | GET /_ping | allow | x", 1, "there is no policy 'job'"},
		{"policies other.conf", 1, "other.conf is not there"},
		{"engine 1.23", 1, "from 1.24"},
		{"engine 1.57", 1, "from 1.24"},
		{"engine 2.40", 1, "from 1.24"},
		{"engine 1.x", 1, "from 1.24"},
		{"fact container web", 1, "a fact is written"},
		{"fact node web = {}", 1, "'node' is no kind"},
		{WEB WEB, 2, "has a fact already"},
		{"ci | GET /\\x0 | allow | x", 1, "hexadecimal"},
		{"ci | GET /\\x | allow | x", 1, "hexadecimal"},
		{"ci | GET /\\xFF | allow | x", 1, "hexadecimal"},
		{"ci | GET /\\x00 | allow | x", 1, "hexadecimal"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct told told;
		struct vector_count count = run(table[i].text, &told);

		if (count.passed != 0 || count.failed != 1 || told.line != table[i].line ||
		    strstr(told.text, table[i].told) == NULL)
			fail_msg("%s: %u passed, %u failed, line %u: %s", table[i].text, count.passed,
			         count.failed, told.line, told.text);
	}
}

static void each_test_counts(void **state)
{
	struct told told;
	struct vector_count count = run("ci | GET /_ping | allow | ci\n"
	                                "ci | GET /_ping | deny | ci\n"
	                                "nonsense\n"
	                                "ci | GET /info | allow | ci\n",
	                                &told);

	(void)state;
	assert_int_equal(count.passed, 2);
	assert_int_equal(count.failed, 2);
	assert_int_equal(told.line, 3);
}

static void a_file_without_tests_counts_nothing(void **state)
{
	struct told told;
	struct vector_count count = run("# nothing\n\nengine 1.40\n" WEB, &told);

	(void)state;
	assert_int_equal(count.passed + count.failed, 0);
}

static void a_nul_byte_is_a_failure(void **state)
{
	const struct vector_file file = {.text = "# \0",
	                                 .len = 3,
	                                 .context = &(struct told){.line = 0},
	                                 .failed = remember};

	(void)state;
	assert_int_equal(vector_run(&file).failed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_expectations_pass),
		cmocka_unit_test(wrong_ones_are_told),
		cmocka_unit_test(each_test_counts),
		cmocka_unit_test(a_file_without_tests_counts_nothing),
		cmocka_unit_test(a_nul_byte_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
