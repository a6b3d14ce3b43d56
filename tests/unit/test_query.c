/* Queries: read as Go reads them or refused, and printed afresh. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void read_and_printed(void **state)
{
	static const struct {
		const char *text;
		const char *printed;
	} table[] = {
		{"", ""},
		{"a=1", "a=1"},
		{"a=1&b=2", "a=1&b=2"},
		{"b=2&a=1&b=3", "b=2&a=1&b=3"}, /* order and repetition stay */
		{"&&&a=1&&", "a=1"},
		{"a", "a="},
		{"a=", "a="},
		{"a=b=c", "a=b%3Dc"},
		{"a=x+y", "a=x%20y"},
		{"a=x%2By", "a=x%2By"},
		{"a=x%20y", "a=x%20y"},
		{"%61=%31", "a=1"},
		{"a%3Db=1", "a%3Db=1"},
		{"a=1%262", "a=1%262"},
		{"a=/..?x", "a=%2F..%3Fx"},
		{"filters={%22a%22:[%22b%22]}", "filters=%7B%22a%22%3A%5B%22b%22%5D%7D"},
		{"filters={\"a\":[]}", "filters=%7B%22a%22%3A%5B%5D%7D"},
		{"a=caf%c3%a9", "a=caf%C3%A9"},
		{"changes=CMD+x%0AUSER%09y", "changes=CMD%20x%0AUSER%09y"},
		{"a=%3B%23", "a=%3B%23"},
		{"a=-._~", "a=-._~"},
		{"a=%25", "a=%25"},
		{"a=%2525", "a=%2525"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena *arena = arena_new(8192);
		struct error error = {""};
		struct query query;

		if (!query_parse(arena, table[i].text, strlen(table[i].text), &query, &error))
			fail_msg("%s: %s", table[i].text, error.text);
		assert_string_equal(query_print(arena, &query), table[i].printed);
		arena_free(arena);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		const char *words;
	} table[] = {
		{"a=1;b=2", "';'"},
		{";", "';'"},
		{"a=1#x", "'#'"},
		{"a=%zz", "malformed"},
		{"a=%", "malformed"},
		{"a=%4", "malformed"},
		{"%4=a", "malformed"},
		{"a=%4&b=1", "malformed"}, /* an escape never reaches into the next pair */
		{"a=%00", "%00"},
		{"%00=a", "%00"},
		{"a=%0d", "%0D"},
		{"a=%1b", "%1B"},
		{"a=%7f", "%7F"},
		{"a=%ff", "UTF-8"},
		{"a=%c0%af", "UTF-8"},
		{"a=%c3", "UTF-8"},
		{"=1", "without a name"},
		{"a=1&=", "without a name"},
		{"a= b", "0x20"},
		{"a=\tb", "0x09"},
		{"a=\xc3\xa9", "0xc3"},
		{"a=\x7f", "0x7f"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena *arena = arena_new(8192);
		struct error error = {""};
		struct query query;

		if (query_parse(arena, table[i].text, strlen(table[i].text), &query, &error))
			fail_msg("'%s' was read as '%s'", table[i].text, query_print(arena, &query));
		if (strstr(error.text, table[i].words) == NULL)
			fail_msg("'%s': %s", table[i].text, error.text);
		arena_free(arena);
	}
}

static void nul_byte_is_refused(void **state)
{
	struct arena *arena = arena_new(8192);
	struct query query;

	(void)state;
	assert_false(query_parse(arena, "a=1\0&b=2", 8, &query, NULL));
	arena_free(arena);
}

static void the_first_value_counts(void **state)
{
	struct arena *arena = arena_new(8192);
	struct query query;

	(void)state;
	assert_true(query_parse(arena, "t=1&T=2&t=3", 11, &query, NULL));
	assert_int_equal(query.count, 3);
	assert_string_equal(query_value(&query, "t"), "1");
	assert_string_equal(query_value(&query, "T"), "2");
	assert_null(query_value(&query, "x"));
	arena_free(arena);
}

static void setting_appends_or_replaces(void **state)
{
	struct arena *arena = arena_new(8192);
	struct query query;
	char value[] = "1";

	(void)state;
	assert_true(query_parse(arena, "", 0, &query, NULL));
	assert_true(query_set(arena, &query, "a", value));
	value[0] = 'x'; /* the query has a copy */
	assert_true(query_set(arena, &query, "b", "2"));
	assert_true(query_set(arena, &query, "c d", "3&"));
	assert_true(query_set(arena, &query, "b", "4"));
	assert_string_equal(query_print(arena, &query), "a=1&b=4&c%20d=3%26");
	arena_free(arena);
}

static void too_many_parameters(void **state)
{
	enum { LEN = 2 * (QUERY_PARAMETERS_MAX + 1) };
	struct arena *arena = arena_new(1u << 20);
	struct error error = {""};
	struct query query;
	char *text = malloc(LEN);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < LEN; i += 2) {
		text[i] = 'a';
		text[i + 1] = '&';
	}
	assert_false(query_parse(arena, text, LEN, &query, &error));
	assert_non_null(strstr(error.text, "1000"));
	assert_true(query_parse(arena, text, LEN - 2, &query, &error));
	assert_int_equal(query.count, QUERY_PARAMETERS_MAX);
	free(text);
	arena_free(arena);
}

static void exhausted_arena_is_a_refusal(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 96; limit += 16) {
		struct arena *arena = arena_new(limit);
		struct query query;

		assert_false(query_parse(arena, "a=1&bbbbbbbbbbbbbbbbbbbbbbb=2", 29, &query, NULL));
		query = (struct query){.count = 0};
		if (limit < 48)
			assert_false(query_set(arena, &query, "a", "b"));
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_and_printed),
		cmocka_unit_test(refused),
		cmocka_unit_test(nul_byte_is_refused),
		cmocka_unit_test(the_first_value_counts),
		cmocka_unit_test(setting_appends_or_replaces),
		cmocka_unit_test(too_many_parameters),
		cmocka_unit_test(exhausted_arena_is_a_refusal),
	};

	return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
