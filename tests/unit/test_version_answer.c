/* What the daemon says of its API versions, as far as clients may use them. */
#include "policy/version_answer.h"

#include "policy/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct api_range range = {.oldest = {1, 24}, .newest = {1, 38}};

/* A table of texts and the versions that they are. */
static void versions_have_one_spelling(void **state)
{
	static const struct {
		const char *text;
		unsigned major, minor;
	} table[] = {
		{"1.41", 1, 41}, {"1.0", 1, 0},   {"1.999", 1, 999}, {"1.1000", 0, 0}, {"2.0", 0, 0},
		{"1", 0, 0},     {"1.", 0, 0},    {"", 0, 0},        {"v1.41", 0, 0},  {"1.41.1", 0, 0},
		{"1.-1", 0, 0},  {" 1.41", 0, 0}, {"1.4 1", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct api_version version = version_from_text(table[i].text);

		assert_int_equal(version.major, table[i].major);
		assert_int_equal(version.minor, table[i].minor);
	}
	assert_int_equal(version_from_text(NULL).major, 0);
}

static void headers_are_capped(void **state)
{
	struct arena *arena = arena_new(256);

	(void)state;
	assert_string_equal(version_capped(arena, "1.41", range.newest), "1.38");
	assert_string_equal(version_capped(arena, "1.38", range.newest), "1.38");
	assert_string_equal(version_capped(arena, "1.9", range.newest), "1.9");
	assert_string_equal(version_capped(arena, "strange", range.newest), "strange");
	arena_free(arena);
}

/* A table of what the daemon says and what clients hear; NULL where it makes no sense. */
static void answers_are_capped(void **state)
{
	static const char *const table[][2] = {
		{"{\"Version\":\"20.10.24\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\",\"Os\":\"linux\"}",
	     "{\"Version\":\"20.10.24\",\"ApiVersion\":\"1.38\",\"MinAPIVersion\":\"1.24\",\"Os\":\"linux\"}"},
		{"{\"ApiVersion\":\"1.30\",\"MinAPIVersion\":\"1.24\"}",
	     "{\"ApiVersion\":\"1.30\",\"MinAPIVersion\":\"1.24\"}"},
		{"{\"Components\":[{\"Name\":\"Engine\",\"Details\":{\"ApiVersion\":\"1.41\",\"GitCommit\":\"x\","
	     "\"MinAPIVersion\":\"1.12\"}},{\"Name\":\"runc\",\"Details\":{\"GitCommit\":\"\"}},{\"Name\":"
	     "\"bare\"}],\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\"}",
	     "{\"Components\":[{\"Name\":\"Engine\",\"Details\":{\"ApiVersion\":\"1.38\",\"GitCommit\":\"x\","
	     "\"MinAPIVersion\":\"1.24\"}},{\"Name\":\"runc\",\"Details\":{\"GitCommit\":\"\"}},{\"Name\":"
	     "\"bare\"}],\"ApiVersion\":\"1.38\",\"MinAPIVersion\":\"1.24\"}"},
		{"{\"Version\":\"x\"}", "{\"Version\":\"x\"}"},
		{"{\"ApiVersion\":\"strange\",\"MinAPIVersion\":3,\"Components\":{}}",
	     "{\"ApiVersion\":\"strange\",\"MinAPIVersion\":3,\"Components\":{}}"},
		{"{\"ApiVersion\":\"1.41\",\"Components\":[1,null,{\"Details\":[]}]}",
	     "{\"ApiVersion\":\"1.38\",\"Components\":[1,null,{\"Details\":[]}]}"},
		{"[]", NULL},
		{"\"1.41\"", NULL},
		{"", NULL},
		{"{\"ApiVersion\":\"1.41\",\"ApiVersion\":\"1.40\"}", NULL},
		{"{} {}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena *arena = arena_new(1 << 16);
		size_t len = 0;
		const char *text =
			version_answer_cap(arena, table[i][0], strlen(table[i][0]), &range, &len);

		if ((text == NULL) != (table[i][1] == NULL))
			fail_msg("%s gives %s", table[i][0], text);
		if (text != NULL) {
			assert_string_equal(text, table[i][1]);
			assert_int_equal(len, strlen(text));
		}
		arena_free(arena);
	}
}

static void memory_may_run_out(void **state)
{
	static const char answer[] =
		"{\"ApiVersion\":\"1.41\",\"Version\":\"0123456789012345678901234567\"}";

	(void)state;
	for (size_t limit = 1; limit < 32; limit++) {
		struct arena *arena = arena_new(limit);
		size_t len;

		assert_null(version_answer_cap(arena, answer, sizeof answer - 1, &range, &len));
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_have_one_spelling),
		cmocka_unit_test(headers_are_capped),
		cmocka_unit_test(answers_are_capped),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests_name("version_answer", tests, NULL, NULL);
}
