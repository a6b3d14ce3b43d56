/* The look over raw settings text: what libconfig would quietly change is found, and nothing
 * else is. */
#include "policy/problems.h"
#include "policy/settings_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void fine(void **state)
{
	static const char *const table[] = {
		"",
		"a = 1;",
		"a = 2147483647; b = -2147483648; c = +5;",
		"a = 2147483648L; b = 9223372036854775807L; c = -9223372036854775808L; d = 5000000000LL;",
		"a = 0x7FFFFFFF; b = 0x80000000L; c = 0X7fffFFFFffffFFFFL;",
		"a = 4294967296.0; b = 1e99; c = -99999999999e5; d = .99999999999; e = 99999999999.e+5;",
		"a = [\"x\", \"y\"];",
		"a = \"x\"; b = \"y\";",
		"a = \"x\"\nb = \"y\"", /* a name stands between them */
		"a = ( { b = \"x\" }, { b = \"y\" } );",
		"a = \"99999999999\";",
		"a = \"say \\\"99999999999\\\" \\\\\";",
		"# 99999999999 \"x\" \"y\"\n",
		"// 99999999999 \"x\" \"y\"\n",
		"/* 99999999999 \"x\"\n \"y\" */",
		"a = \"# no comment\"; b = \"/* nor this\"; c = 1;",
		"policy99999999999 = 1;",
		"a-99999999999 = 1;",
		"a_99999999999 = 1;",
		"@include \"a.conf\"\n@include \"b.conf\"\n",
		"  @include \"a.conf\"\nx = \"y\";\n",
		"a = \"x\";\n@include \"b.conf\"\n",
		"a = \"unterminated 99999999999",
		"/* unterminated 99999999999",
		"a = \"backslash at the end \\",
		"a = true; b = false;",
		"/",
		"-",
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct problems *problems = problems_new();

		if (!settings_scan("f", table[i], strlen(table[i]), problems))
			fail_msg("%s: %s", table[i], problems_text(problems, 0));
		assert_int_equal(problems_count(problems), 0);
		problems_free(problems);
	}
}

static void found(void **state)
{
	static const struct {
		const char *text;
		const char *problem; /* how it starts */
		const char *words;   /* what it has in it */
	} table[] = {
		{"a = 2147483648;", "f:1: ", "2147483648 does not fit in 32 bits"},
		{"a = -2147483649;", "f:1: ", "-2147483649 does not fit in 32 bits"},
		{"a = +2147483648;", "f:1: ", "32 bits"},
		{"a = 4294967297;", "f:1: ", "32 bits"},
		{"a = 99999999999999999999999999;", "f:1: ", "32 bits"},
		{"a = 0x80000000;", "f:1: ", "32 bits"},
		{"a = 0xFFFFFFFF;", "f:1: ", "32 bits"},
		{"a = 9223372036854775808L;", "f:1: ", "64 bits"},
		{"a = -9223372036854775809L;", "f:1: ", "64 bits"},
		{"a = 99999999999999999999999999LL;", "f:1: ", "64 bits"},
		{"a = 0xFFFFFFFFFFFFFFFFL;", "f:1: ", "64 bits"},
		{"\n\na = [1,\n 4294967296];", "f:4: ", "32 bits"},
		{"a=\"x\";b=4294967296;", "f:1: ", "32 bits"},
		{"/* \n */ a = 4294967296;", "f:2: ", "32 bits"},
		{"a = \"x\ny\"; b = 4294967296;", "f:2: ", "32 bits"},
		{"# \"\na = 4294967296; # \"", "f:2: ", "32 bits"},
		{"a = [\"x\" \"y\"];", "f:1: ", "comma"},
		{"a = [\"x\"\"y\"];", "f:1: ", "comma"},
		{"a = [\"x\"\n \"y\"];", "f:2: ", "on line 1"},
		{"a = [\"x\" # why\n \"y\"];", "f:2: ", "comma"},
		{"a = [\"x\" // why\n \"y\"];", "f:2: ", "comma"},
		{"a = [\"x\" /* why\n*/ \"y\"];", "f:2: ", "comma"},
		{"a = [\"\\\"\" \"y\"];", "f:1: ", "comma"},
		{"a = [\"x\"\n@include \"b\"\n];", "f:2: ", "@include"},
		{"a = [\n@include \"b\"\n\"y\"];", "f:3: ", "@include"},
		{"@include \"b\" 4294967296", "f:1: ", "32 bits"},
		{"a = @include \"b\" \"c\";", "f:1: ", "comma"}, /* only a line's start makes an include */
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct problems *problems = problems_new();

		if (settings_scan("f", table[i].text, strlen(table[i].text), problems))
			fail_msg("nothing found in: %s", table[i].text);
		assert_int_equal(problems_count(problems), 1);
		if (strncmp(problems_text(problems, 0), table[i].problem, strlen(table[i].problem)) != 0 ||
		    strstr(problems_text(problems, 0), table[i].words) == NULL)
			fail_msg("%s: %s", table[i].text, problems_text(problems, 0));
		problems_free(problems);
	}
}

static void every_find_is_told(void **state)
{
	const char *text = "a = 4294967296;\nb = [\"x\"\n\"y\" \"z\"];\nc = 0xFFFFFFFF;\n";
	struct problems *problems = problems_new();

	(void)state;
	assert_false(settings_scan("f", text, strlen(text), problems));
	assert_int_equal(problems_count(problems), 4);
	assert_memory_equal(problems_text(problems, 0), "f:1: ", 5);
	assert_memory_equal(problems_text(problems, 1), "f:3: ", 5);
	assert_memory_equal(problems_text(problems, 2), "f:3: ", 5);
	assert_memory_equal(problems_text(problems, 3), "f:4: ", 5);
	problems_free(problems);
}

static void nul_byte_is_refused(void **state)
{
	struct problems *problems = problems_new();

	(void)state;
	assert_false(settings_scan("f", "a = 1;\0b = 2;", 13, problems));
	assert_string_equal(problems_text(problems, 0), "f: the file has a NUL byte");
	problems_free(problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fine),
		cmocka_unit_test(found),
		cmocka_unit_test(every_find_is_told),
		cmocka_unit_test(nul_byte_is_refused),
	};

	return cmocka_run_group_tests_name("settings_scan", tests, NULL, NULL);
}
