/* The group `compat` of a policy: variables in place of a list of operations. */
#include "policy/compat.h"
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

static bool allows(const struct policy *policy, const char *operation)
{
	return patterns_match(&policy->allow, operation) < policy->allow.count &&
	       patterns_match(&policy->deny, operation) == policy->deny.count;
}

static const struct policy *policy_of(struct policy_set **set, const char *text)
{
	const struct policy *policy;

	*set = settings_text_load_fine(text);
	policy = policy_set_find(*set, "app");
	assert_non_null(policy);
	return policy;
}

static void variables_become_operations(void **state)
{
	struct policy_set *set;
	const struct policy *policy = policy_of(&set, "policies = { app = {\n"
	                                              "unrestricted = true;\n"
	                                              "compat = {\n"
	                                              "dialect = \"tecnativa\";\n"
	                                              "CONTAINERS = 1; PING = false;\n"
	                                              "POST = 0; };\n"
	                                              "}; };");

	(void)state;
	assert_true(allows(policy, "container.list"));
	assert_true(allows(policy, "container.logs"));
	assert_true(allows(policy, "container.attach.websocket")); /* a GET, there as well */
	assert_true(allows(policy, "system.version"));             /* on where it is not set */
	assert_false(allows(policy, "system.ping"));
	assert_false(allows(policy, "container.create"));
	assert_false(allows(policy, "image.list"));
	assert_true(policy->unrestricted.on);
	assert_int_equal(policy->allow.place.line, 3);
	assert_int_equal(policy->allow.places[patterns_match(&policy->allow, "container.list")].line,
	                 5);
	assert_int_equal(policy->allow.places[patterns_match(&policy->allow, "system.version")].line,
	                 3);
	policy_set_free(set);
}

static void dialects_differ(void **state)
{
	struct policy_set *set;
	const struct policy *policy =
		policy_of(&set, "policies = { app = { compat = { dialect = \"linuxserver\"; "
	                    "CONTAINERS = 1; ALLOW_RESTARTS = true; ALLOW_TOP = 1; }; }; };");

	(void)state;
	assert_true(allows(policy, "container.restart"));
	assert_true(allows(policy, "container.top"));
	assert_false(allows(policy, "container.logs"));
	assert_false(allows(policy, "container.start"));
	policy_set_free(set);
}

/* What is extended judges what is inside, and its own list holds as well. */
static void a_parent_narrows_it(void **state)
{
	struct policy_set *set;
	const struct policy *policy =
		policy_of(&set,
	              "policies = { app = { extends = \"ci\"; compat = { dialect = \"tecnativa\"; "
	              "CONTAINERS = 1; SWARM = 1; POST = 1; }; }; };");

	(void)state;
	assert_true(allows(policy, "container.create"));
	assert_false(allows(policy, "swarm.init"));
	assert_false(allows(policy, "image.pull"));
	assert_false(allows(policy, "container.checkpoint.create")); /* ci's own denies survive */
	assert_false(policy->unrestricted.on);
	policy_set_free(set);
}

static void a_child_may_write_its_own_list(void **state)
{
	struct policy_set *set;
	const struct policy *policy =
		policy_of(&set,
	              "policies = { app = { extends = \"base\"; operations = { allow = "
	              "[\"image.list\"]; }; }; base = { compat = { dialect = \"tecnativa\"; }; }; };");

	(void)state;
	assert_true(allows(policy, "image.list"));
	assert_false(allows(policy, "system.ping"));
	assert_null(policy->compat);
	assert_non_null(policy_set_find(set, "base")->compat);
	policy_set_free(set);
}

static void mistakes_are_told(void **state)
{
	static const struct {
		const char *compat;
		const char *problem;
	} table[] = {
		{"\"tecnativa\"", "settings:1: policies.app.compat: must be a group { ... }, not a string"},
		{"{ POST = 1; }",
	     "settings:1: policies.app.compat: needs a dialect: \"tecnativa\" or \"linuxserver\""},
		{"{ dialect = \"lsio\"; }",
	     "settings:1: policies.app.compat.dialect: must be \"tecnativa\" or \"linuxserver\""},
		{"{ dialect = 1; }",
	     "settings:1: policies.app.compat.dialect: must be a string, not a whole number"},
		{"{ dialect = \"tecnativa\"; CONTAINER = 1; }",
	     "settings:1: policies.app.compat.CONTAINER: unknown variable (did you mean 'CONTAINERS'?)"},
		{"{ dialect = \"tecnativa\"; SOCKET_PATH = 1; }",
	     "settings:1: policies.app.compat.SOCKET_PATH: unknown variable"},
		{"{ dialect = \"tecnativa\"; ALLOW_LOGS = 0; }",
	     "settings:1: policies.app.compat.ALLOW_LOGS: this variable is LinuxServer's: write dialect "
	     "= \"linuxserver\""},
		{"{ dialect = \"tecnativa\"; POST = 2; }",
	     "settings:1: policies.app.compat.POST: must be 0 or 1"},
		{"{ dialect = \"tecnativa\"; POST = \"1\"; }",
	     "settings:1: policies.app.compat.POST: must be 0 or 1"},
		{"{ dialect = \"linuxserver\"; LIBPOD_INFO = 1; }",
	     "settings:1: policies.app.compat.LIBPOD_INFO: opens nothing: quaymaster speaks the Docker "
	     "API only"},
		{"{ dialect = \"tecnativa\"; }; operations = { allow = [\"image.list\"]; }",
	     "settings:1: policies.app.compat: says what operations.allow says, too: keep one of them"},
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct problems *problems;

		assert_true(snprintf(text, sizeof text, "policies = { app = { compat = %s; }; };",
		                     table[i].compat) < (int)sizeof text);
		assert_null(settings_text_load(text, &problems));
		assert_int_equal(problems_count(problems), 1);
		assert_string_equal(problems_text(problems, 0), table[i].problem);
		problems_free(problems);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_become_operations),
		cmocka_unit_test(dialects_differ),
		cmocka_unit_test(a_parent_narrows_it),
		cmocka_unit_test(a_child_may_write_its_own_list),
		cmocka_unit_test(mistakes_are_told),
	};

	return cmocka_run_group_tests_name("load_compat", tests, NULL, NULL);
}
