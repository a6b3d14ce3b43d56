/* What applications ask of a policy. */
#include "policy/needs.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/load.h"
#include "policy/presets.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 16 << 20 };

/* How many of the needs of APPLICATION pass under POLICY; optional ones are not counted. */
static size_t passing(const struct application *application, const struct policy *policy)
{
	size_t count = 0;

	for (size_t i = 0; i < needs_count(application); i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct error error = {""};
		struct need need;

		if (!needs_try(arena, application, i, policy, &need, &error))
			fail_msg("%s: %s", application->title, error.text);
		count += need.kind != NEED_OPTIONAL && need.trial.end == TRIAL_ALLOWED;
		arena_free(arena);
	}
	return count;
}

static void each_profile_lets_its_application_work(void **state)
{
	struct policy_set *set = settings_text_load_fine("");

	(void)state;
	for (size_t i = 0; i < preset_count; i++) {
		const struct policy *policy = policy_set_find(set, presets[i].name);
		const struct application *application = &policy->application;
		size_t needed = application->required.count + application->main.count;

		if (presets[i].profile && passing(application, policy) != needed)
			fail_msg("%s is refused something", presets[i].name);
	}
	policy_set_free(set);
}

static void deny_all_lets_only_pings_pass(void **state)
{
	struct policy_set *set = settings_text_load_fine("");

	(void)state;
	assert_int_equal(passing(&policy_set_find(set, "traefik")->application,
	                         policy_set_find(set, "deny-all")),
	                 2);
	assert_int_equal(passing(&policy_set_find(set, "uptime-kuma")->application,
	                         policy_set_find(set, "deny-all")),
	                 0);
	policy_set_free(set);
}

static void a_line_is_taken_apart(void **state)
{
	struct policy_set *set = settings_text_load_fine(
		"policies = { p = { extends = \"deny-all\"; application = { title = \"x\";"
		"optional = [\"POST /containers/example/exec {\\\"Cmd\\\":[\\\"a\\\"]} -- shell\"];"
		"required = [\"nonsense\"]; }; }; };");
	const struct policy *policy = policy_set_find(set, "p");
	struct arena *arena = arena_new(ARENA_BYTES);
	struct error error = {""};
	struct need need;

	(void)state;
	assert_int_equal(needs_count(&policy->application), 2);
	assert_false(needs_try(arena, &policy->application, 0, policy, &need, &error));
	assert_non_null(strstr(error.text, "METHOD"));
	assert_true(needs_try(arena, &policy->application, 1, policy, &need, &error));
	assert_string_equal(need.request, "POST /containers/example/exec");
	assert_string_equal(need.what_for, "shell");
	assert_string_equal(need_kind_name(need.kind), "optional");
	assert_int_equal(need.trial.end, TRIAL_DENIED);
	arena_free(arena);
	policy_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_profile_lets_its_application_work),
		cmocka_unit_test(deny_all_lets_only_pings_pass),
		cmocka_unit_test(a_line_is_taken_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
