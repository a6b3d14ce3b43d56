/* Names of images by patterns, as the daemon matches them. */
#include "policy/reference_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	const char *pattern, *name;
	bool matches;
} rows[] = {
	{"app", "app:1", true},
	{"app:1", "app:1", true},
	{"app:2", "app:1", false},
	{"app:*", "app:1", true},
	{"*", "app:1", true},
	{"*", "team/app:1", false},
	{"*/*", "team/app:1", true},
	{"team/*", "team/app:1", true},
	{"team*", "team/app:1", false},
	{"*:1", "app:1", true},
	{"a*p*1", "app:1", true},
	{"a*x*1", "app:1", false},
	{"*a*b*c", "aXbXbXc", true},
	{"ap?", "app:1", true},
	{"ap?:1", "app:1", true},
	{"team?app", "team/app:1", false},
	{"[a-c]pp", "app:1", true},
	{"[^a-c]pp", "app:1", false},
	{"[^b]pp", "app:1", true},
	{"[xa]pp", "app:1", true},
	{"[\\a]pp", "app:1", true},
	{"\\app", "app:1", true},
	{"\\*", "app:1", false},
	{"[", "app:1", false},
	{"[a", "app:1", false},
	{"[]a]pp", "app:1", false},
	{"[a-]pp", "app:1", false},
	{"\\", "app:1", false},
	{"app\\", "app", false},
	{"", "app:1", false},
	{"app", "app@sha256:00", true},
	{"app@sha256:*", "app@sha256:00", true},
	{"registry:5000/app", "registry:5000/app:1", true},
	{"registry:5000/app", "registry:5000/app", true},
	{"registry", "registry:5000/app", false},
	{"**", "app:1", true},
	{"*app**", "app", true},
};

static void names_match_as_the_daemon_matches_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (reference_matches(rows[i].pattern, rows[i].name) != rows[i].matches)
			fail_msg("'%s' and '%s'", rows[i].pattern, rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(names_match_as_the_daemon_matches_them)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
