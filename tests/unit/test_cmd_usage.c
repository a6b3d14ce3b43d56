/* What a command line that is wrong gets told: which option, which value, and what was expected. */
#include "certs/cmd_certs.h"
#include "proxy/commands.h"
#include "tests/unit/temporary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS = 8 };

extern char **environ;

struct wrong {
	int (*command)(int argc, char **argv);
	const char *words[WORDS];
	const char *told;
};

static const struct wrong values[] = {
	{cmd_run,
     {"run", "--log-level", "loud"},
     "quaymaster run: --log-level 'loud': expected error, warning, info or debug\n"},
	{cmd_learn,
     {"learn", "--by", "team", "log"},
     "quaymaster learn: --by 'team': expected policy, user or cn\n"},
	{cmd_learn,
     {"learn", "--engine", "29", "log"},
     "quaymaster learn: --engine '29': expected an API version from 1.24 to 1."},
	{cmd_replay,
     {"replay", "--engine", "1.2", "log"},
     "quaymaster replay: --engine '1.2': expected an API version from 1.24 to 1."},
	{cmd_explain,
     {"explain", "--engine", "1.999"},
     "quaymaster explain: --engine '1.999': expected an API version from 1.24 to 1."},
	{cmd_explain,
     {"explain", "--timeout", "0"},
     "quaymaster explain: --timeout '0': expected seconds, from 1 to 3600\n"},
	{cmd_explain,
     {"explain", "--header", "Host"},
     "quaymaster explain: --header 'Host': expected 'NAME: VALUE'\n"},
	{cmd_certs,
     {"certs", "--key", "dsa", "init"},
     "quaymaster certs: --key 'dsa': expected p256, rsa2048 or rsa4096\n"},
};

static const struct wrong words[] = {
	{cmd_run, {"run", "now"}, "quaymaster run: unexpected argument 'now'\n"},
	{cmd_check, {"check", "it"}, "quaymaster check: unexpected argument 'it'\n"},
	{cmd_check,
     {"check", "--policy", "ci"},
     "--policy 'ci' is tried for an application: add --for"},
	{cmd_test, {"test"}, "quaymaster test: which files?\n"},
	{cmd_learn, {"learn"}, "quaymaster learn: from which audit log?\n"},
	{cmd_replay, {"replay", "log"}, "quaymaster replay: which candidate?"},
	{cmd_convert, {"convert", "CONTAINERS"}, "'CONTAINERS' is no setting: expected NAME=VALUE"},
	{cmd_convert, {"convert", "-allowFLY=x"}, "'-allowFLY=x' is no setting"},
	{cmd_convert, {"convert", "-allowGET"}, "-allowGET: expected a value behind it\n"},
	{cmd_convert,
     {"convert"},
     "nothing to convert: give settings, such as CONTAINERS=1 POST=0, or"},
	{cmd_convert, {"convert", "--env-file=/dev/null"}, "or --env-file FILE\n"},
	{cmd_convert, {"convert", "--env-file"}, "--env-file: expected a value behind it\n"},
	{cmd_certs, {"certs", "open"}, "expected init, server, client, revoke or show, not open\n"},
};

static void assert_told(const struct wrong *wrong, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct command_result *result = command_run(wrong[i].command, wrong[i].words);

		if (result->status != EXIT_USAGE || strstr(result->err, wrong[i].told) == NULL)
			fail_msg("%d, and not '%s' in:\n%s", result->status, wrong[i].told, result->err);
		assert_non_null(strstr(result->err, "Try 'quaymaster "));
		assert_non_null(strstr(result->err, wrong[i].words[0]));
		assert_string_equal(result->out, "");
	}
}

static void a_wrong_value_is_told_with_what_is_expected(void **state)
{
	(void)state;
	assert_told(values, sizeof values / sizeof values[0]);
}

static void wrong_words_are_told(void **state)
{
	(void)state;
	environ = NULL; /* a variable of it may be one that convert knows */
	assert_told(words, sizeof words / sizeof words[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_value_is_told_with_what_is_expected),
		cmocka_unit_test(wrong_words_are_told),
	};

	return cmocka_run_group_tests(tests, temporary_make, temporary_remove);
}
