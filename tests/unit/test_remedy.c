/* What a policy would have to say: the printed settings load, and lift what they were printed for. */
#include "policy/arena.h"
#include "policy/builder.h"
#include "policy/load.h"
#include "policy/remedy.h"
#include "policy/setting_names.h"
#include "policy/trace.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct objection objections[] = {
	{.rule = "container.privileged"},
	{.rule = "container.capabilities", .value = "SYS_ADMIN"},
	{.rule = "container.capabilities", .value = "CHOWN"},
	{.rule = "container.capabilities", .value = "CHOWN"},
	{.rule = "container.binds", .value = "/srv/\"a b\\c\""},
	{.rule = "container.binds", .value = "/etc"},
	{.rule = "container.binds", .value = "/etc", .write = true},
	{.rule = "container.ports.publish"},
	{.rule = "container.device_rules", .value = "c 10:* rwm"},
	{.rule = "images.use", .value = "docker.io/library/alpine"},
	{.rule = "operations.allow", .value = "container.create"},
	{.rule = "build.other_parameters"},
};

static void settings_are_printed(void **state)
{
	static const char expected[] = "build = {\n"
								   "\tother_parameters = true;  # 1 request\n"
								   "};\n"
								   "container = {\n"
								   "\tbinds = (\n"
								   "\t\t# Beware: whoever may do this is root on the host.\n"
								   "\t\t{ source = \"/etc\"; write = true; },  # 2 requests\n"
								   "\t\t{ source = \"/srv/\\\"a b\\\\c\\\"\"; }  # 1 request\n"
								   "\t);\n"
								   "\tcapabilities = [\n"
								   "\t\t\"CHOWN\",  # 2 requests\n"
								   "\t\t# Beware: whoever may do this is root on the host.\n"
								   "\t\t\"SYS_ADMIN\"  # 1 request\n"
								   "\t];\n"
								   "\tdevice_rules = [\n"
								   "\t\t# Beware: a device may be the host's disk or memory.\n"
								   "\t\t\"c 10:* rwm\"  # 1 request\n"
								   "\t];\n"
								   "\tports = {\n"
								   "\t\tpublish = true;  # 1 request\n"
								   "\t};\n"
								   "\t# Beware: whoever may do this is root on the host.\n"
								   "\tprivileged = true;  # 1 request\n"
								   "};\n"
								   "images = {\n"
								   "\tuse = [\n"
								   "\t\t\"docker.io/library/alpine\"  # 1 request\n"
								   "\t];\n"
								   "};\n"
								   "operations = {\n"
								   "\tallow = [\n"
								   "\t\t\"container.create\"  # 1 request\n"
								   "\t];\n"
								   "};\n";
	struct arena *arena = arena_new(1 << 16);
	struct remedy remedy = {.arena = arena};
	struct builder builder = {.text = NULL};

	(void)state;
	for (size_t i = 0; i < sizeof objections / sizeof *objections; i++)
		assert_true(remedy_add(&remedy, &objections[i], 1));
	remedy_print(&remedy, NULL, 0, &builder);
	assert_string_equal(builder_take(&builder, arena), expected);
	arena_free(arena);
}

static void what_no_setting_lifts_is_told(void **state)
{
	static const struct objection table[] = {
		{.rule = NULL},
		{.rule = "container"},
		{.rule = "container.nonsense"},
		{.rule = "unrestricted"},
		{.rule = "container.security.no_new_privileges"},
		{.rule = "container.capabilities.more", .value = "KILL"},
		{.rule = "container.capabilities"},
		{.rule = "container.binds"},
		{.rule = "images.pin"},
		{.rule = "exec.users", .value = ""},
		{.rule = "exec.users", .value = "*"}, /* would open more than itself */
		{.rule = "exec.users", .value = "$user"},
		{.rule = "container.device_rules", .value = "*"},
	};
	struct arena *arena = arena_new(1 << 16);
	struct remedy remedy = {.arena = arena};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_false(remedy_exists(&table[i]));
		assert_false(remedy_add(&remedy, &table[i], 1));
	}
	assert_int_equal(remedy.count, 0);
	arena_free(arena);
}

/* Written under the policy that it was printed for, it keeps what that lists. */
static void lists_go_on_from_the_policys_own(void **state)
{
	static const char base[] =
		"p = { container = { capabilities = [\"KILL\"]; binds = ( { source = \"/a\"; write = true; } ); };\n"
		"images = { use = [\"busybox\", \"python:3\"]; }; };";
	struct policy_set *set;
	const struct policy *policy;
	struct arena *arena = arena_new(1 << 18);
	struct remedy remedy = {.arena = arena};
	struct builder builder = {.text = NULL};
	bool write;

	(void)state;
	builder_format(&builder, "policies = { %s };", base);
	set = settings_text_load_fine(builder_take(&builder, arena));
	for (size_t i = 0; i < sizeof objections / sizeof *objections; i++)
		assert_true(remedy_add(&remedy, &objections[i], 1));
	builder_format(&builder, "policies = { %s q = { extends = \"p\";\n", base);
	remedy_print(&remedy, policy_set_find(set, "p"), 1, &builder);
	builder_add(&builder, "}; };");
	policy_set_free(set);
	set = settings_text_load_fine(builder_take(&builder, arena));
	policy = policy_set_find(set, "q");
	assert_int_equal(setting_count(policy, "container.capabilities"), 3);
	assert_string_equal(setting_entry(policy, "container.capabilities", 0, &write), "KILL");
	assert_int_equal(setting_count(policy, "container.binds"), 3);
	assert_string_equal(setting_entry(policy, "container.binds", 0, &write), "/a");
	assert_true(write);
	assert_int_equal(setting_count(policy, "images.use"), 3);
	assert_string_equal(setting_entry(policy, "images.use", 2, &write),
	                    "docker.io/library/python:3");
	assert_null(setting_entry(policy, "images.use", 3, &write));
	assert_true(policy->container.privileged.on);
	policy_set_free(set);
	arena_free(arena);
}

static void without_memory_nothing_is_said(void **state)
{
	struct arena *arena = arena_new(40);
	struct remedy remedy = {.arena = arena};
	struct builder builder = {.text = NULL};

	(void)state;
	assert_false(remedy_add(&remedy, &objections[1], 1) && remedy_add(&remedy, &objections[4], 1));
	builder_repeat(&builder, 'x', 5000);
	assert_null(builder_take(&builder, arena));
	assert_int_equal(builder.len, 0);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_printed),
		cmocka_unit_test(what_no_setting_lifts_is_told),
		cmocka_unit_test(lists_go_on_from_the_policys_own),
		cmocka_unit_test(without_memory_nothing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
