/* What values have in common: ids always, numbers and last parts where enough are alike. */
#include "policy/arena.h"
#include "policy/generalise.h"
#include "policy/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LIST_MAX = 8 };

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void ids_become_marks(void **state)
{
	static const char *const table[][2] = {
		{"", ""},
		{"web", "web"},
		{HEX64, "ID"},
		{"/containers/" HEX64 "/start", "/containers/ID/start"},
		{"a-0123456789ab", "a-ID"},
		{"a-0123456789a", "a-0123456789a"},       /* too short */
		{"deadbeefdeadbeef", "deadbeefdeadbeef"}, /* a word */
		{"x0123456789ab", "x0123456789ab"},       /* within a word */
		{"0123456789abz", "0123456789abz"},
		{"v-1b4e28ba-2fa1-11d2-883f-0016d3cca427.x", "v-ID.x"},
		{"0123456789ab 0123456789ab", "ID ID"},
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_string_equal(generalise_ids(arena, table[i][0], "ID"), table[i][1]);
	arena_free(arena);
}

static void numbers_and_tails(void **state)
{
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	assert_string_equal(generalise_numbers(arena, "job-12/a7"), "job-*/a*");
	assert_string_equal(generalise_numbers(arena, "web"), "web");
	assert_string_equal(generalise_tail(arena, "ci-runner-abc"), "ci-runner-*");
	assert_string_equal(generalise_tail(arena, "r.example/a.b"), "r.example/a.*");
	assert_null(generalise_tail(arena, "web"));
	assert_null(generalise_tail(arena, "r.example/web"));
	assert_null(generalise_tail(arena, "-web"));
	assert_null(generalise_tail(arena, "a/-web"));
	arena_free(arena);
}

static void lists_become_shorter(void **state)
{
	static const struct {
		const char *list[LIST_MAX];
		bool tails;
		const char *told;
	} table[] = {
		{{NULL}, true, ""},
		{{"b", "a", "b"}, true, "a b "},
		{{"job-1", "job-2"}, true, "job-1 job-2 "}, /* too few */
		{{"job-1", "job-2", "job-3"}, true, "job-* "},
		{{"job-1", "job-2", "job-3", "other"}, false, "job-* other "},
		{{"x-" HEX64}, true, "x-* "},
		{{"x-" HEX64, "x-1"}, true, "x-* "}, /* one stands for the other */
		{{"ci-a", "ci-b", "ci-c"}, true, "ci-* "},
		{{"ci-a", "ci-b", "ci-c"}, false, "ci-a ci-b ci-c "},
		{{"r/a-x", "r/a-y", "r/b-x", "r/b-y"}, true, "r/a-x r/a-y r/b-x r/b-y "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena *arena = arena_new(1 << 20);
		const char *out[LIST_MAX];
		char told[1000] = "";
		size_t count = 0, given = 0, used = 0;

		while (table[i].list[given] != NULL)
			given++;
		count = generalise_list(arena, table[i].list, given, table[i].tails, out);
		for (size_t k = 0; k < count; k++)
			used += (size_t)snprintf(told + used, sizeof told - used, "%s ", out[k]);
		assert_string_equal(told, table[i].told);
		for (size_t k = 0; k < given; k++) {
			bool matched = false;

			for (size_t j = 0; j < count; j++)
				matched = matched || text_matches(out[j], table[i].list[k]);
			assert_true(matched);
		}
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_become_marks),
		cmocka_unit_test(numbers_and_tails),
		cmocka_unit_test(lists_become_shorter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
