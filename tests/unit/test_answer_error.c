/* What is left of the daemon's errors for a tenant. */
#include "policy/answer_error.h"

#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SIXTEEN "0123456789abcdef"
#define OWN     SIXTEEN SIXTEEN SIXTEEN SIXTEEN
#define OTHER   "f" SIXTEEN SIXTEEN SIXTEEN "0123456789abcde"
#define IMAGE   "a" SIXTEEN SIXTEEN SIXTEEN "0123456789abcde"

static void assert_told_in(const struct world *world, const char *error, const char *told)
{
	const struct facts facts = {
		.list = {{.kind = OBJECT_CONTAINER, .name = "web", .state = FACT_FOUND, .id = OWN},
	             {.kind = OBJECT_CONTAINER, .name = OTHER, .state = FACT_MISSING},
	             {.kind = OBJECT_IMAGE, .name = "x", .state = FACT_FOUND, .id = "sha256:" IMAGE}},
		.count = 3,
		.world = world,
	};
	char text[512];
	size_t len = strlen(error);

	assert_true(len < sizeof text);
	memcpy(text, error, len);
	len = answer_error_strip(&facts, text, len);
	text[len] = '\0';
	assert_string_equal(text, told);
}

static void assert_told(const char *error, const char *told)
{
	assert_told_in(NULL, error, told);
}

/* A name begins where a word does, and not in the middle of another. */
static void own_names_are_told_as_their_tenant_knows_them(void **state)
{
	static const struct tenancy_rules private = {.private_names = true}, common = {.open = {0}};
	struct world world = {.tenant = "team-a", .rules = &private};

	(void)state;
	assert_told_in(&world, "The name \"/team-a.db\" is in use", "The name \"/db\" is in use");
	assert_told_in(&world, "service team-a__web already exists", "service web already exists");
	assert_told_in(&world, "x.team-a.db team-b.db my-team-a.db team-a. team-a__ team-a",
	               "x.team-a.db team-b.db my-team-a.db team-a. team-a__ team-a");
	world.rules = &common;
	assert_told_in(&world, "service team-a__web", "service team-a__web");
}

static void ids_of_others_are_left_out(void **state)
{
	(void)state;
	assert_told(
		"{\"message\":\"The name \\\"/db\\\" is already in use by container \\\"" OTHER
		"\\\". You have to\"}",
		"{\"message\":\"The name \\\"/db\\\" is already in use by container \\\"\\\". You have "
		"to\"}");
	assert_told("volume is in use - [" OTHER ", " OWN "]", "volume is in use - [, " OWN "]");
	assert_told("container f0123456789a is using its image sha256:" OTHER,
	            "container  is using its image sha256:");
	assert_told(OTHER, "");
}

static void own_ids_and_other_words_stay(void **state)
{
	(void)state;
	assert_told("container " OWN " and 0123456789ab", "container " OWN " and 0123456789ab");
	assert_told("sha256:" IMAGE " a0123456789a", "sha256:" IMAGE " a0123456789a");
	assert_told(OTHER "0 f0123456789 f0123456789ab F0123456789A db-f0123456789a",
	            OTHER "0 f0123456789 f0123456789ab F0123456789A db-f0123456789a");
	assert_told("", "");
	assert_told("{\"message\":\"page not found\"}\n", "{\"message\":\"page not found\"}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_names_are_told_as_their_tenant_knows_them),
		cmocka_unit_test(ids_of_others_are_left_out),
		cmocka_unit_test(own_ids_and_other_words_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
