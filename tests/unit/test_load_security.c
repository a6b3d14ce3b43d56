/* Settings of runtimes and security profiles, and the mistakes in them. */
#include "policy/load.h"
#include "policy/problems.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_SIZE = 1024 };

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *container;
	const char *problem; /* behind "settings:1: policies.p.container." */
} mistakes[] = {
	{"privileged = \"sysbox-runc\";",
     "privileged: must be true, false, or \"runtime:NAME\" for what takes its place"},
	{"privileged = \"runtime:\";", "privileged: must be true, false, or \"runtime:NAME\""},
	{"privileged = 1;", "privileged: must be true, false, or \"runtime:NAME\""},
	{"user_namespace = true;", "user_namespace: must be \"required\" or \"optional\""},
	{"user_namespace = \"host\";", "user_namespace: must be \"required\" or \"optional\""},
	{"runtimes = [];", "runtimes: unknown setting (did you mean 'runtime'?)"},
	{"runtime = [\"runc\"];", "runtime: must be a group { ... }, not an array"},
	{"runtime = { default = true; };", "runtime.default: must be a string, not true or false"},
	{"runtime = { default = \"\"; };", "runtime.default: must not be empty"},
	{"runtime = { force = \"x\"; };", "runtime.force: unknown setting"},
	{"security = { seccomp = { allow = [\"profile.json\"]; }; };",
     "security.seccomp.allow[0]: must be \"builtin\", \"unconfined\", or \"sha256:\""},
	{"security = { seccomp = { allow = [\"sha256:abc\"]; }; };",
     "security.seccomp.allow[0]: must be \"builtin\""},
	{"security = { seccomp = { default = \"profile.json\"; }; };",
     "security.seccomp.default: must be \"builtin\", \"unconfined\", or a profile's text"},
	{"security = { seccomp = { default = \"{\"; }; };", "security.seccomp.default: must be"},
	{"security = { seccomp = { default = \"sha256:" DIGITS "\"; }; };",
     "security.seccomp.default: must be"},
	{"security = { selinux = { default = \"container_t\"; }; };",
     "security.selinux.default: must be \"disable\" or like \"type:container_t\""},
	{"security = { apparmor = { default = 1; }; };",
     "security.apparmor.default: must be a string, not a whole number"},
	{"security = { no_new_privileges = \"yes\"; };",
     "security.no_new_privileges: must be true or false, not a string"},
	{"security = { no_new_privilege = true; };",
     "security.no_new_privilege: unknown setting (did you mean 'no_new_privileges'?)"},
};

static void mistakes_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		char text[TEXT_SIZE], wanted[TEXT_SIZE];
		struct problems *problems;

		snprintf(text, sizeof text, "policies = { p = { container = { %s }; }; };",
		         mistakes[i].container);
		snprintf(wanted, sizeof wanted, "settings:1: policies.p.container.%s", mistakes[i].problem);
		assert_null(settings_text_load(text, &problems));
		if (strncmp(problems_text(problems, 0), wanted, strlen(wanted)) != 0)
			fail_msg("%s\n  wanted %s\n  got    %s", text, wanted, problems_text(problems, 0));
		problems_free(problems);
	}
}

static void values_are_read(void **state)
{
	struct policy_set *set = settings_text_load_fine(
		"policies = { p = { container = { privileged = \"runtime:runsc\";\n"
		"runtime = { allow = [\"runc\"]; default = \"kata\"; };\n"
		"security = { seccomp = { allow = [\"sha256:" DIGITS "\", \"builtin\"];\n"
		"default = \"{}\"; }; selinux = { default = \"disable\"; }; }; }; };\n"
		"off = { extends = \"p\"; container = { privileged = false; }; };\n"
		"on = { extends = \"p\"; container = { privileged = true; }; }; };");
	const struct container_rules *p = &policy_set_find(set, "p")->container;
	const struct container_rules *off = &policy_set_find(set, "off")->container;
	const struct container_rules *on = &policy_set_find(set, "on")->container;

	(void)state;
	assert_false(p->privileged.on);
	assert_int_equal(p->privileged.place.line, 1);
	assert_string_equal(p->privileged_runtime, "runsc");
	assert_true(selection_allows(&p->runtime, "runc") && selection_allows(&p->runtime, "kata"));
	assert_false(selection_allows(&p->runtime, "runsc"));
	assert_int_equal(selection_place(&p->runtime).line, 2);
	assert_true(selection_allows(&p->security.seccomp, "sha256:" DIGITS));
	assert_string_equal(p->security.seccomp.fallback, "{}");
	assert_int_equal(selection_place(&p->security.selinux).line, 4);
	assert_null(p->security.apparmor.fallback);
	assert_true(!off->privileged.on && off->privileged_runtime == NULL);
	assert_true(on->privileged.on && on->privileged_runtime == NULL);
	policy_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(values_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
