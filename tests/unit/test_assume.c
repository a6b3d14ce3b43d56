/* What is assumed of objects that nobody asks about: each exists, and no preset has anything against it. */
#include "policy/arena.h"
#include "policy/assume.h"
#include "policy/facts.h"
#include "policy/load.h"
#include "policy/policy.h"
#include "policy/trial.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void everything_exists(void **state)
{
	static const struct {
		enum object_kind kind;
		const char *name, *id;
	} table[] = {
		{OBJECT_CONTAINER, "web", NULL},
		{OBJECT_CONTAINER, "cafe", "cafe0000"},
		{OBJECT_CONTAINER, ID, ID},
		{OBJECT_EXEC, ID, ID},
		{OBJECT_VOLUME, "cache", "cache"},
		{OBJECT_NETWORK, "lan", NULL},
		{OBJECT_NETWORK, "none", NULL},
		{OBJECT_IMAGE, "alpine:3", "sha256:"},
		{OBJECT_IMAGE, "sha256:" ID, "sha256:" ID},
		{OBJECT_SERVICE, "s", NULL},
		{OBJECT_SECRET, "s", NULL},
		{OBJECT_DISTRIBUTION, "registry.example/a:1", "sha256:"},
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct facts facts = {.list = {{.kind = table[i].kind, .name = table[i].name}}, .count = 1};

		assume_answer(NULL, arena, &facts);
		if (facts.list[0].state != FACT_FOUND)
			fail_msg("%s: %s", table[i].name, facts.list[0].message);
		assert_true(table[i].id == NULL ||
		            strncmp(facts.list[0].id, table[i].id, strlen(table[i].id)) == 0);
		assert_true(strlen(assume_text(&facts.list[0])) > 5);
	}
	arena_free(arena);
}

static void nothing_is_assumed_of_what_is_never_asked_about(void **state)
{
	struct facts facts = {.list = {{.kind = OBJECT_NODE, .name = "n"}}, .count = 1};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	assume_answer(NULL, arena, &facts);
	assert_int_equal(facts.list[0].state, FACT_FAILED);
	arena_free(arena);
}

/* A policy that lets images of its list be used lets the assumed container be started. */
static void policies_have_nothing_against_it(void **state)
{
	static const char *const lists[] = {
		"",
		"images = { use = [\"alpine\", \"r.example/**\"]; };",
		"images = { use = [\"alpine:3.*\"]; };",
		"images = { use = [\"alpine\"]; pin = \"digest\"; };",
	};
	static const char *const targets[] = {"/containers/web/start", "/exec/" ID "/start",
	                                      "/networks/lan/connect",
	                                      "/images/create?fromImage=alpine&tag=3.9"};
	static const char *const bodies[] = {"", "{}", "{\"Container\":\"web\"}", ""};

	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists * 4; i++) {
		char text[512];
		struct policy_set *set;
		struct arena *arena = arena_new(1 << 22);
		struct header type = {"Content-Type", "application/json"};
		struct trial_setup setup = {.range = {.oldest = {1, 24}, .newest = {1, 51}},
		                            .limits = {1 << 16, 1000, 20},
		                            .answer = assume_answer,
		                            .image_store = IMAGE_STORE_CLASSIC};
		struct trial_input input = {
			.head = {"POST", targets[i % 4], {&type, 1}, bodies[i % 4][0] != '\0'},
			.body = bodies[i % 4],
			.len = strlen(bodies[i % 4])};
		struct trial trial;

		snprintf(text, sizeof text, "policies = { p = { extends = \"ci\"; %s }; };", lists[i / 4]);
		set = settings_text_load_fine(text);
		setup.policy = policy_set_find(set, "p");
		memcpy(&setup.context, &setup.policy, sizeof setup.context);
		trial_run(arena, &setup, &input, &trial);
		if (trial.end != TRIAL_ALLOWED)
			fail_msg("%s: %s", text, trial.message);
		policy_set_free(set);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_exists),
		cmocka_unit_test(nothing_is_assumed_of_what_is_never_asked_about),
		cmocka_unit_test(policies_have_nothing_against_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
