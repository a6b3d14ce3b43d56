/* Settings by name, and a policy with everything closed: nothing is forgotten that the loader knows. */
#include "policy/load.h"
#include "policy/load_keys.h"
#include "policy/presets.h"
#include "policy/setting_names.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void kinds(void **state)
{
	(void)state;
	assert_int_equal(setting_kind("container.privileged"), SETTING_FLAG);
	assert_int_equal(setting_kind("container.ports.publish"), SETTING_FLAG);
	assert_int_equal(setting_kind("container.capabilities"), SETTING_LIST);
	assert_int_equal(setting_kind("images.use"), SETTING_LIST);
	assert_int_equal(setting_kind("container.binds"), SETTING_BINDS);
	assert_int_equal(setting_kind("images.pin"), SETTING_OTHER);
	assert_int_equal(setting_kind("container"), SETTING_OTHER);
	assert_int_equal(setting_kind("redact.labels"), SETTING_OTHER); /* hides, and opens nothing */
	assert_int_equal(setting_kind(""), SETTING_OTHER);
	assert_int_equal(setting_kind("a.b.c"), SETTING_OTHER);
}

static void values_are_what_the_loader_takes(void **state)
{
	static const struct {
		const char *name, *value;
		bool accepted;
	} table[] = {
		{"container.capabilities", "SYS_ADMIN", true},
		{"container.capabilities", "NONSENSE", false},
		{"container.binds", "/srv", true},
		{"container.binds", "srv", false},
		{"container.binds", "/srv/../x", false},
		{"container.network_modes", "host", true},
		{"container.network_modes", "lan", false},
		{"container.security.seccomp.allow", "unconfined", true},
		{"container.security.seccomp.allow", "a,b", false},
		{"images.use", "r.example/app-*", true},
		{"images.use", "R/X", false},
		{"operations.allow", "container.create", true},
		{"operations.allow", "container.fly", false},
		{"container.privileged", "true", false},
		{"nonsense", "x", false},
		{"a.b.c.d", "x", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (setting_accepts(table[i].name, table[i].value) != table[i].accepted)
			fail_msg("%s %s", table[i].name, table[i].value);
	}
}

static bool restricts(const char *name)
{
	return strcmp(name, "operations.deny") == 0 || strcmp(name, "protected") == 0 ||
	       strcmp(name, "images.registries") == 0;
}

static void assert_closed(const struct keys *keys, const char *prefix, const struct policy *closed)
{
	for (size_t i = 0; i < keys->count; i++) {
		const struct key *key = &keys->list[i];
		const void *member = (const char *)closed + key->offset;
		char name[200];

		snprintf(name, sizeof name, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", key->name);
		if (key->kind == KEY_GROUP)
			assert_closed(key->keys, name, closed);
		if (key->kind == KEY_FLAG)
			assert_false(((const struct flag *)member)->on);
		if (setting_kind(name) != SETTING_OTHER && !restricts(name))
			assert_int_equal(setting_count(closed, name), 0);
	}
}

static void a_closed_policy_opens_nothing(void **state)
{
	struct policy_set *set = settings_text_load_fine(
		"policies = { p = { extends = \"ci\"; operations = { deny = [\"swarm.*\"]; }; protected = [\"x\"];\n"
		"container = { privileged = true; binds = ( { source = \"/a\"; } ); };\n"
		"images = { use = [\"a\"]; produce = [\"b\"]; registries = [\"r.example\"]; }; mode = \"warn\"; }; };");
	const struct policy *policy = policy_set_find(set, "p");
	struct policy closed;

	(void)state;
	policy_close(policy, &closed);
	assert_closed(&policy_keys, "", &closed);
	assert_int_equal(closed.deny.count, policy->deny.count);
	assert_int_equal(closed.protected.count, 1);
	assert_int_equal(closed.images.registries.count, 1);
	assert_true(closed.images.use.set && closed.images.produce.set);
	assert_int_equal(closed.mode, MODE_ENFORCE);
	assert_int_equal(closed.container.binds.place.line, policy->container.binds.place.line);
	policy_close(policy_set_find(set, "admin"), &closed);
	assert_closed(&policy_keys, "", &closed);
	assert_false(closed.images.use.set);
	policy_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(values_are_what_the_loader_takes),
		cmocka_unit_test(a_closed_policy_opens_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
