/* JSON: what Go would refuse or read differently is refused here, within limits counted
 * beforehand. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { KEY_SIZE = 32 };

static const struct json_limits generous = {.bytes = 1u << 20, .nodes = 20000, .depth = 64};

#define TEXT(literal) (literal), sizeof(literal) - 1

static void accepted(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *printed;
	} table[] = {
		{TEXT("{}"), "{}"},
		{TEXT(" \t\r\n{ \"a\" : [ 1 , true , null ] } \n"), "{\"a\":[1,true,null]}"},
		{TEXT("\"x\""), "\"x\""},
		{TEXT("7"), "7"},
		{TEXT("null"), "null"},
		{TEXT("-0"), "0"},
		{TEXT("9223372036854775807"), "9223372036854775807"},
		{TEXT("-9223372036854775808"), "-9223372036854775808"},
		{TEXT("1.5"), "1.5"},
		{TEXT("{\"b\":1,\"a\":2}"), "{\"b\":1,\"a\":2}"}, /* order stays */
		{TEXT("{\"\":1}"), "{\"\":1}"},
		{TEXT("{\"Owner\":1,\"owner\":2}"), "{\"Owner\":1,\"owner\":2}"}, /* two labels */
		{TEXT("{\"s\":1,\"\\u017f\":2}"), "{\"s\":1,\"\xc5\xbf\":2}"},
		{TEXT("\"\\u0041\\n\\/\""), "\"A\\n/\""},
		{TEXT("\"\\ud83d\\udc33\""), "\"\xf0\x9f\x90\xb3\""},
		{TEXT("\"caf\xc3\xa9\x7f\""), "\"caf\xc3\xa9\x7f\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena *arena = arena_new(8192);
		struct error error = {""};
		json_t *tree;
		size_t len = 0;

		if (json_read(table[i].bytes, table[i].len, &generous, &tree, &error) != JSON_FINE)
			fail_msg("%s: %s", table[i].bytes, error.text);
		assert_string_equal(json_print(arena, tree, &len), table[i].printed);
		assert_int_equal(len, strlen(table[i].printed));
		json_decref(tree);
		arena_free(arena);
	}
}

/* A table of what is refused, and a word of the reason. */
static void malformed(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *words;
	} table[] = {
		{TEXT(""), "too early"},
		{TEXT(" "), "too early"},
		{TEXT("{"), "too early"},
		{TEXT("{\"a\""), "too early"},
		{TEXT("{} {}"), "follows"},
		{TEXT("{}}"), "follows"},
		{TEXT("{}]"), "follows"},
		{TEXT("{}x"), "follows"},
		{TEXT("1 2"), "follows"},
		{TEXT("\xef\xbb\xbf{}"), "byte order mark"},
		{TEXT("{\0}"), "NUL"},
		{TEXT("{}\0"), "NUL"},
		{TEXT("\"\xff\""), "UTF-8"},
		{TEXT("\"\xc0\xaf\""), "UTF-8"},
		{TEXT("\"\xed\xa0\x80\""), "UTF-8"},
		{TEXT("\xff\xfe{\0}\0"), "UTF-8"},
		{TEXT("\"\\u0000\""), "NUL"},
		{TEXT("{\"a\\u0000b\":1}"), "NUL"},
		{TEXT("\"\\ud800\""), "malformed"},
		{TEXT("\"\\udc00\""), "malformed"},
		{TEXT("\"\\ud800x\""), "malformed"},
		{TEXT("\"\\ud800\\u0041\""), "malformed"},
		{TEXT("{\"a\":1,\"a\":2}"), "twice"},
		{TEXT("{\"a\":1,\"\\u0061\":2}"), "twice"},
		{TEXT("[{\"x\":{\"a\":1,\"a\":1}}]"), "twice"},
		{TEXT("9223372036854775808"), "range"},
		{TEXT("-9223372036854775809"), "range"},
		{TEXT("1e999"), "range"},
		{TEXT("01"), "malformed"},
		{TEXT("-01"), "malformed"},
		{TEXT("[00]"), "malformed"},
		{TEXT("+1"), "malformed"},
		{TEXT("[+1]"), "malformed"},
		{TEXT(".5"), "malformed"},
		{TEXT("5."), "malformed"},
		{TEXT("1e"), "malformed"},
		{TEXT("-"), "malformed"},
		{TEXT("0x10"), "follows"},
		{TEXT("[0x10]"), "malformed"},
		{TEXT("NaN"), "malformed"},
		{TEXT("Infinity"), "malformed"},
		{TEXT("TRUE"), "malformed"},
		{TEXT("True"), "malformed"},
		{TEXT("nul"), "malformed"},
		{TEXT("{\"a\":tru}"), "malformed"},
		{TEXT("\"a\tb\""), "malformed"},
		{TEXT("\"a\nb\""), "malformed"},
		{TEXT("\"a\x1f\""), "malformed"},
		{TEXT("\v{}"), "malformed"},
		{TEXT("\f{}"), "malformed"},
		{TEXT("{}\f"), "follows"},
		{TEXT("\xc2\xa0{}"), "malformed"},
		{TEXT("/* x */ {}"), "malformed"},
		{TEXT("{} // x"), "follows"},
		{TEXT("# x\n{}"), "malformed"},
		{TEXT("[1,]"), "malformed"},
		{TEXT("[,1]"), "malformed"},
		{TEXT("[1 2]"), "malformed"},
		{TEXT("{\"a\":1,}"), "malformed"},
		{TEXT("{\"a\" 1}"), "malformed"},
		{TEXT("{a:1}"), "malformed"},
		{TEXT("{'a':1}"), "malformed"},
		{TEXT("{1:1}"), "malformed"},
		{TEXT("'a'"), "malformed"},
		{TEXT("\"\\x41\""), "malformed"},
		{TEXT("\"\\u00g0\""), "malformed"},
		{TEXT("\"\\"), "malformed"},
		{TEXT("]"), "malformed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct error error = {""};
		json_t *tree = NULL;

		if (json_read(table[i].bytes, table[i].len, &generous, &tree, &error) != JSON_MALFORMED)
			fail_msg("%zu: %s", i, table[i].bytes);
		assert_null(tree);
		if (strstr(error.text, table[i].words) == NULL)
			fail_msg("%zu: %s: %s", i, table[i].bytes, error.text);
	}
}

static void messages_never_quote_the_input(void **state)
{
	struct error error = {""};
	json_t *tree;

	(void)state;
	assert_int_equal(json_read(TEXT("{\"hunter2\":1,\"hunter2\":1}"), &generous, &tree, &error),
	                 JSON_MALFORMED);
	assert_null(strstr(error.text, "hunter2"));
	assert_int_equal(json_read(TEXT("{\"a\":hunter2}"), &generous, &tree, &error), JSON_MALFORMED);
	assert_null(strstr(error.text, "hunter2"));
}

static void counted_limits(void **state)
{
	static const struct {
		const char *text;
		struct json_limits limits;
		enum json_fault fault;
	} table[] = {
		{"[1,2,3]", {7, 4, 1}, JSON_FINE},
		{"[1,2,3]", {6, 4, 1}, JSON_TOO_LARGE},
		{"[1,2,3]", {7, 3, 1}, JSON_TOO_LARGE},
		{"[1,2,3]", {7, 4, 0}, JSON_TOO_LARGE},
		{"{\"a\":{\"b\":[]}}", {99, 5, 3}, JSON_FINE},
		{"{\"a\":{\"b\":[]}}", {99, 4, 3}, JSON_TOO_LARGE},
		{"{\"a\":{\"b\":[]}}", {99, 5, 2}, JSON_TOO_LARGE},
		{"[\"[[[[{{{{\"]", {99, 2, 1}, JSON_FINE},            /* brackets in strings are text */
		{"[\"\\\"[[[\",\"\\\\\",[]]", {99, 4, 2}, JSON_FINE}, /* so are escaped quotes */
		{"[[],[],[]]", {99, 4, 2}, JSON_FINE},
		{"[true,false,null,-1.5e+3]", {99, 5, 1}, JSON_FINE},
		{"[true,false,null,-1.5e+3]", {99, 4, 1}, JSON_TOO_LARGE},
		{"{\"a", {99, 2, 1}, JSON_MALFORMED},
		{"{\"a\\", {99, 2, 1}, JSON_MALFORMED},
		{"[[[[", {99, 99, 3}, JSON_TOO_LARGE},
		{"]]]][", {99, 99, 1}, JSON_MALFORMED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		json_t *tree;

		if (json_read(table[i].text, strlen(table[i].text), &table[i].limits, &tree, NULL) !=
		    table[i].fault)
			fail_msg("%zu: %s", i, table[i].text);
		json_decref(tree);
	}
}

/* {"key0":0,...} of KEYS; the caller's to free. */
static char *object_of(char (*keys)[KEY_SIZE], size_t count)
{
	char *text = malloc(count * (KEY_SIZE + 5) + 3), *at = text;

	assert_non_null(text);
	*at++ = '{';
	for (size_t i = 0; i < count; i++)
		at += snprintf(at, KEY_SIZE + 5, "%s\"%s\":0", i == 0 ? "" : ",", keys[i]);
	memcpy(at, "}", 2);
	return text;
}

static void assert_keys(char (*keys)[KEY_SIZE], size_t count, bool twice)
{
	char *text = object_of(keys, count);
	struct error error = {""};
	json_t *tree;

	assert_int_equal(json_read(text, strlen(text), &generous, &tree, &error),
	                 twice ? JSON_MALFORMED : JSON_FINE);
	assert_true(twice == (strstr(error.text, "twice") != NULL));
	assert_int_equal(json_object_size(tree), twice ? 0 : count);
	json_decref(tree);
	free(text);
}

/* Whatever their number, and wherever the second one is. */
static void one_key_twice_among_many(void **state)
{
	static const size_t counts[] = {2, 7, 8, 9, 10, 100, 9000};
	static char keys[9000][KEY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		size_t count = counts[i];

		for (size_t k = 0; k < count; k++)
			snprintf(keys[k], sizeof keys[k], "key%zu", k);
		assert_keys(keys, count, false);
		memcpy(keys[count - 1], keys[0], sizeof keys[0]);
		assert_keys(keys, count, true);
		snprintf(keys[count - 1], sizeof keys[0], "%s", "other");
		memcpy(keys[count / 2], keys[count / 2 - 1], sizeof keys[0]);
		assert_keys(keys, count, true);
	}
}

/* Keys that were chosen to fall on each other in json_keys.c's table, which looks at their ends only: it gives up
 * and sorts. */
static void keys_that_collide(void **state)
{
	enum { COUNT = 400 };
	static char keys[COUNT][KEY_SIZE];

	(void)state;
	for (unsigned i = 0; i < COUNT; i++)
		snprintf(keys[i], sizeof keys[i], "the same%03uthe same", i);
	assert_keys(keys, COUNT, false);
	memcpy(keys[COUNT - 1], keys[COUNT - 2], sizeof keys[0]);
	assert_keys(keys, COUNT, true);
}

static void depth_is_refused_before_a_tree_is_built(void **state)
{
	enum { DEEP = 100000 };
	struct json_limits limits = {.bytes = DEEP, .nodes = DEEP, .depth = 64};
	char *text = malloc(DEEP);
	json_t *tree;

	(void)state;
	assert_non_null(text);
	memset(text, '[', DEEP);
	assert_int_equal(json_read(text, DEEP, &limits, &tree, NULL), JSON_TOO_LARGE);
	free(text);
}

static void assert_printed_as_by_jansson(json_t *tree)
{
	struct arena *arena = arena_new(1 << 20);
	char *expected = json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t len = 0;
	const char *text = json_print(arena, tree, &len);

	assert_non_null(expected);
	assert_non_null(text);
	assert_string_equal(text, expected);
	assert_int_equal(len, strlen(expected));
	free(expected);
	arena_free(arena);
	json_decref(tree);
}

static void printing_is_exact(void **state)
{
	static const json_int_t integers[] = {0, 1, -1, 9, 10, -10, 1234567890, INT64_MAX, INT64_MIN};
	static const double reals[] = {0.5, -0.0, 1e300, 1.0 / 3, 5e-324, 100.0, -2.5e-7};
	char long_text[5000];

	(void)state;
	for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
		assert_printed_as_by_jansson(json_integer(integers[i]));
	for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
		assert_printed_as_by_jansson(json_real(reals[i]));
	/* Every byte that needs an escape, and its neighbours, in every place of eight. */
	for (int c = 1; c < 128; c++) {
		for (size_t at = 0; at < 17; at++) {
			char text[] = "seventeen letters";

			text[at] = (char)c;
			assert_printed_as_by_jansson(json_string(text));
			text[(at + 1) % 17] = '"';
			assert_printed_as_by_jansson(json_pack("{s:[s,b,n,i,f]}", text, text, 1, 7, 0.1));
		}
	}
	assert_printed_as_by_jansson(json_string("caf\xc3\xa9 \xf0\x9f\x90\xb3\xef\xbf\xbf \xc2\x80"));
	memset(long_text, 'x', sizeof long_text);
	long_text[sizeof long_text - 1] = '\0';
	assert_printed_as_by_jansson(json_pack("[s,s,{},[]]", long_text, long_text));
	assert_printed_as_by_jansson(json_pack("{s:{}, s:[[],{}]}", "a", "b"));
}

static void printing_needs_room(void **state)
{
	struct arena *arena = arena_new(16);
	json_t *tree = json_pack("{s:s}", "name", "a value longer than that");
	size_t len;

	(void)state;
	assert_non_null(tree);
	assert_null(json_print(arena, tree, &len));
	assert_null(json_print(arena, NULL, &len));
	json_decref(tree);
	arena_free(arena);
}

static void emptiness(void **state)
{
	static const struct {
		const char *text;
		bool empty;
	} table[] = {
		{"null", true},          {"false", true},  {"0", true},    {"-0", true},
		{"0.0", true},           {"\"\"", true},   {"[]", true},   {"{}", true},
		{"true", false},         {"1", false},     {"-1", false},  {"0.1", false},
		{"-0.1", false},         {"\" \"", false}, {"[0]", false}, {"[null]", false},
		{"{\"a\":null}", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		json_t *tree;

		assert_int_equal(json_read(table[i].text, strlen(table[i].text), &generous, &tree, NULL),
		                 JSON_FINE);
		if (json_is_empty(tree) != table[i].empty)
			fail_msg("%s", table[i].text);
		json_decref(tree);
	}
	assert_true(json_is_empty(NULL));
}

static void members(void **state)
{
	json_t *tree = json_pack("{s:s, s:b, s:i}", "name", "x", "on", 1, "n", 1);

	(void)state;
	assert_non_null(tree);
	assert_string_equal(json_member_string(tree, "name"), "x");
	assert_null(json_member_string(tree, "Name"));
	assert_null(json_member_string(tree, "on"));
	assert_null(json_member_string(NULL, "name"));
	assert_null(json_member(json_member(tree, "name"), "name"));
	assert_true(json_member_true(tree, "on"));
	assert_false(json_member_true(tree, "n"));
	assert_false(json_member_true(tree, "name"));
	assert_false(json_member_true(NULL, "on"));
	json_decref(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),
		cmocka_unit_test(malformed),
		cmocka_unit_test(messages_never_quote_the_input),
		cmocka_unit_test(counted_limits),
		cmocka_unit_test(one_key_twice_among_many),
		cmocka_unit_test(keys_that_collide),
		cmocka_unit_test(depth_is_refused_before_a_tree_is_built),
		cmocka_unit_test(printing_is_exact),
		cmocka_unit_test(printing_needs_room),
		cmocka_unit_test(emptiness),
		cmocka_unit_test(members),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
