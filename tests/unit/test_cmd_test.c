/* `quaymaster test` as it is typed: exit status, counts, and where failures are told to be. */
#include "proxy/commands.h"
#include "tests/unit/temporary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PRIVILEGED \
	"job | POST /containers/create {\"Image\":\"a\",\"HostConfig\":{\"Privileged\":true}}"

static const char open_policy[] =
	"policies = { job = { extends = \"ci\"; container = { privileged = true; }; }; };\n";
static const char closed_policy[] = "policies = { job = { extends = \"ci\"; }; };\n";

static const struct command_result *run(const char *first, const char *second, const char *third)
{
	const char *const words[] = {"test", first, second, third, NULL};

	return command_run(cmd_test, words);
}

static void policies_are_found_beside_the_tests(void **state)
{
	const struct command_result *result;

	(void)state;
	temporary_file("open.conf", open_policy);
	result =
		run(temporary_file("a.txt", "policies open.conf\n" PRIVILEGED " | allow | operations\n"),
	        NULL, NULL);
	assert_int_equal(result->status, EXIT_OK);
	assert_string_equal(result->out, "1 passed, 0 failed\n");
	assert_string_equal(result->err, "");
}

static void a_configuration_overrules_the_tests_own(void **state)
{
	const struct command_result *result;
	const char *tests, *config;

	(void)state;
	config = temporary_file("closed.conf", closed_policy);
	tests = temporary_file("b.txt", "policies open.conf\n" PRIVILEGED " | allow | operations\n");
	result = run("-c", config, tests);
	assert_int_equal(result->status, EXIT_TROUBLE);
	assert_string_equal(result->out, "0 passed, 1 failed\n");
	assert_non_null(strstr(result->err, "b.txt:2: job | POST"));
	assert_non_null(strstr(result->err, "expected allow | operations"));
	assert_non_null(strstr(result->err, "got      deny | "));
	assert_non_null(strstr(result->err, "container.privileged"));
}

static void a_whole_configuration_will_do(void **state)
{
	const char *config =
		temporary_file("whole.conf",
	                   "upstream = { socket = \"/nowhere\"; };\n"
	                   "listeners = ( { name = \"jobs\"; socket = \"/nowhere/too\"; } );\n"
	                   "clients = ( { listener = \"jobs\"; policy = \"job\"; } );\n"
	                   "policies = { job = { extends = \"ci\"; }; };\n");

	(void)state;
	assert_int_equal(
		run("-c", config, temporary_file("c.txt", "job | GET /info | allow | operations"))->status,
		EXIT_OK);
}

static void files_add_up(void **state)
{
	const char *good = temporary_file("good.txt", "ci | GET /info | allow | \n");
	const char *bad = temporary_file("bad.txt", "ci | GET /info | deny | \nnonsense\n");
	const struct command_result *result = run(good, bad, good);

	(void)state;
	assert_int_equal(result->status, EXIT_TROUBLE);
	assert_string_equal(result->out, "2 passed, 2 failed\n");
	assert_non_null(strstr(result->err, "bad.txt:2: a test is written"));
}

static void what_cannot_be_run_has_failed(void **state)
{
	const struct command_result *result;

	(void)state;
	result = run(temporary_path("absent.txt"), NULL, NULL);
	assert_int_equal(result->status, EXIT_TROUBLE);
	assert_non_null(strstr(result->err, "absent.txt: No such file"));
	result = run(temporary_file("empty.txt", "# nothing\n"), NULL, NULL);
	assert_int_equal(result->status, EXIT_TROUBLE);
	assert_non_null(strstr(result->err, "there is no test in it"));
	temporary_file("wrong.conf", "policies = { job = { extends = \"nobody\"; }; };\n");
	result = run(temporary_file("d.txt", "policies wrong.conf\n"), NULL, NULL);
	assert_int_equal(result->status, EXIT_TROUBLE);
	assert_non_null(strstr(result->err, "wrong.conf:1: "));
	assert_non_null(strstr(result->err, "d.txt:1: "));
	result = run("-c", temporary_path("absent.conf"), temporary_path("good.txt"));
	assert_int_equal(result->status, EXIT_TROUBLE);
	assert_non_null(strstr(result->err, "absent.conf"));
}

static void usage(void **state)
{
	(void)state;
	assert_int_equal(run(NULL, NULL, NULL)->status, EXIT_USAGE);
	assert_int_equal(run("--nonsense", NULL, NULL)->status, EXIT_USAGE);
	assert_int_equal(run("--help", NULL, NULL)->status, EXIT_OK);
	assert_non_null(strstr(run("--help", NULL, NULL)->out, "Usage: quaymaster test"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_are_found_beside_the_tests),
		cmocka_unit_test(a_configuration_overrules_the_tests_own),
		cmocka_unit_test(a_whole_configuration_will_do),
		cmocka_unit_test(files_add_up),
		cmocka_unit_test(what_cannot_be_run_has_failed),
		cmocka_unit_test(usage),
	};

	return cmocka_run_group_tests(tests, temporary_make, temporary_remove);
}
