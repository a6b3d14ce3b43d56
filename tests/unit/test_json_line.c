/* One JSON object on one line, whatever is put into it: read back with a JSON parser. */
#include "proxy/json_line.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a log line must never hold: a control character but the newline at its end, DEL, a C1 control
 * as terminals read it. */
static void assert_clean(const struct json_line *line)
{
	const unsigned char *bytes = (const unsigned char *)line->text;

	assert_true(line->len <= sizeof line->text);
	assert_int_equal(bytes[line->len - 1], '\n');
	for (size_t i = 0; i + 1 < line->len; i++) {
		assert_true(bytes[i] >= 0x20 && bytes[i] != 0x7f);
		assert_false(bytes[i] == 0xc2 && bytes[i + 1] >= 0x80 && bytes[i + 1] < 0xa0);
	}
}

/* Ends the line and reads it back. */
static json_t *finish(struct json_line *line)
{
	json_error_t error;
	json_t *tree;

	json_line_end(line);
	assert_clean(line);
	tree = json_loadb(line->text, line->len, JSON_REJECT_DUPLICATES, &error);
	if (tree == NULL)
		fail_msg("%s: %.*s", error.text, (int)line->len, line->text);
	return tree;
}

static void test_fields_of_every_kind(void **state)
{
	static const char expected[] = "{\"name\":\"value\",\"peer\":{\"uid\":0,\"user\":\"root\"},"
								   "\"empty\":{},\"most\":18446744073709551615,\"last\":\"\"}\n";
	struct json_line line;

	(void)state;
	json_line_begin(&line);
	json_line_string(&line, "name", "value");
	json_line_string(&line, "absent", NULL);
	json_line_object(&line, "peer");
	json_line_number(&line, "uid", 0);
	json_line_string(&line, "user", "root");
	json_line_close(&line);
	json_line_object(&line, "empty");
	json_line_close(&line);
	json_line_number(&line, "most", UINT64_MAX);
	json_line_string(&line, "last", "");
	json_line_end(&line);
	assert_int_equal(line.len, strlen(expected));
	assert_memory_equal(line.text, expected, line.len);
}

static void test_an_empty_line(void **state)
{
	struct json_line line;

	(void)state;
	json_line_begin(&line);
	json_decref(finish(&line));
	assert_int_equal(line.len, 3);
}

static const struct {
	const char *value, *written;
} escapes[] = {
	{"plain", "plain"},
	{"\"\\/", "\\\"\\\\/"},
	{"\b\f\n\r\t\x01\x1f\x7f", "\\u0008\\u000c\\u000a\\u000d\\u0009\\u0001\\u001f\\u007f"},
	{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
	{"\xe2\x82\xac \xf0\x9f\x90\xb3", "\xe2\x82\xac \xf0\x9f\x90\xb3"},
	{"\x1b[2J \xc2\x9b"
     "2J \xc2\xa0",
     "\\u001b[2J \\u009b2J \xc2\xa0"}, /* an escape sequence, twice */
	{"\xff\xfe", "\\u00ff\\u00fe"},
	{"\xc3", "\\u00c3"}, /* cut short */
	{"\xc3(", "\\u00c3("},
	{"\xc0\xaf", "\\u00c0\\u00af"},                       /* overlong */
	{"\xed\xa0\x80", "\\u00ed\\u00a0\\u0080"},            /* a surrogate */
	{"\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080"}, /* past Unicode's end */
	{"{\"a\":1}\n{\"forged\":1}", "{\\\"a\\\":1}\\u000a{\\\"forged\\\":1}"},
};

static void test_escapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
		struct json_line line;
		char expected[256];

		json_line_begin(&line);
		json_line_string(&line, "v", escapes[i].value);
		json_decref(finish(&line));
		snprintf(expected, sizeof expected, "{\"v\":\"%s\"}\n", escapes[i].written);
		assert_int_equal(line.len, strlen(expected));
		assert_memory_equal(line.text, expected, line.len);
	}
}

static char *filled(char byte, size_t len)
{
	char *text = malloc(len + 1);

	assert_non_null(text);
	memset(text, byte, len);
	text[len] = '\0';
	return text;
}

static void test_a_long_string_is_cut(void **state)
{
	char *text = filled('x', JSON_LINE_STRING_MAX + 100);
	struct json_line line;
	json_t *tree;

	(void)state;
	json_line_begin(&line);
	json_line_string(&line, "long", text);
	tree = finish(&line);
	assert_int_equal(json_string_length(json_object_get(tree, "long")), JSON_LINE_STRING_MAX);
	json_decref(tree);
	free(text);
}

/* Fifteen plain strings of the longest kind fit; a field that does not is left out whole, and a shorter
 * one after it may still fit. */
static void test_a_full_line_stays_well_formed(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i",
	                                    "j", "k", "l", "m", "n", "o", "p", "q"};
	char *text = filled('x', JSON_LINE_STRING_MAX);
	struct json_line line;
	json_t *tree;

	(void)state;
	json_line_begin(&line);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		json_line_string(&line, names[i], text);
	json_line_string(&line, "short", "fits");
	tree = finish(&line);
	assert_int_equal(json_object_size(tree), 16);
	assert_non_null(json_object_get(tree, "o"));
	assert_null(json_object_get(tree, "p"));
	assert_string_equal(json_string_value(json_object_get(tree, "short")), "fits");
	json_decref(tree);
	free(text);
}

static void test_json_is_put_in_as_it_is(void **state)
{
	char *large = filled('1', JSON_LINE_SIZE - 20), *larger = filled('1', JSON_LINE_SIZE);
	struct json_line line;
	json_t *tree;

	(void)state;
	json_line_begin(&line);
	assert_true(json_line_json(&line, "a", "{\"b\":[1,\"\x7f\"]}"));
	tree = finish(&line);
	assert_null(memchr(line.text, '\x7f', line.len));
	assert_string_equal(json_string_value(
							json_array_get(json_object_get(json_object_get(tree, "a"), "b"), 1)),
	                    "\x7f");
	json_decref(tree);
	json_line_begin(&line);
	assert_false(json_line_json(&line, "a", larger));
	assert_true(json_line_json(&line, "b", "\"c\""));
	assert_false(json_line_json(&line, "a", large));
	tree = finish(&line);
	assert_int_equal(json_object_size(tree), 1);
	json_decref(tree);
	free(large);
	free(larger);
}

/* Fields of every size up to the brim, and past it. */
static void test_every_way_to_fill_it(void **state)
{
	(void)state;
	for (unsigned step = 1; step < 400; step += 7) {
		char *text = filled(step % 2 == 0 ? 'x' : '\x01', step);
		struct json_line line;

		json_line_begin(&line);
		for (unsigned i = 0; i < 3000; i++) {
			char name[8];

			snprintf(name, sizeof name, "%u", i);
			if (i % 3 == 0)
				json_line_object(&line, name);
			json_line_string(&line, i % 3 == 0 ? "in" : name, text);
			if (i % 3 == 0)
				json_line_close(&line);
			snprintf(name, sizeof name, "n%u", i);
			json_line_number(&line, name, i);
		}
		json_decref(finish(&line));
		free(text);
	}
}

/* What is inside an object that did not fit is left out with it. */
static void test_an_object_that_does_not_fit(void **state)
{
	char *text = filled('x', JSON_LINE_STRING_MAX);
	struct json_line line;
	json_t *tree;

	(void)state;
	json_line_begin(&line);
	while (line.len + JSON_LINE_STRING_MAX + 100 < sizeof line.text) {
		char name[8];

		snprintf(name, sizeof name, "%u", (unsigned)line.len % 100000);
		json_line_string(&line, name, text);
	}
	text[sizeof line.text - 8 - line.len - 20] = '\0'; /* ten bytes are left */
	json_line_string(&line, "fill", text);
	json_line_object(&line, "object");
	json_line_string(&line, "x", "");
	json_line_close(&line);
	json_line_number(&line, "n", 1);
	tree = finish(&line);
	assert_null(json_object_get(tree, "object"));
	assert_null(json_object_get(tree, "x"));
	assert_int_equal(json_integer_value(json_object_get(tree, "n")), 1);
	json_decref(tree);
	free(text);
}

static void test_a_list(void **state)
{
	struct json_line line;
	json_t *tree, *list;

	(void)state;
	json_line_begin(&line);
	json_line_list(&line, "none");
	json_line_list_end(&line);
	json_line_list(&line, "some");
	json_line_item(&line, "a\n\"b\"");
	json_line_item(&line, "");
	json_line_list_end(&line);
	json_line_number(&line, "n", 1);
	tree = finish(&line);
	list = json_object_get(tree, "some");
	assert_int_equal(json_array_size(json_object_get(tree, "none")), 0);
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_string_value(json_array_get(list, 0)), "a\n\"b\"");
	assert_int_equal(json_integer_value(json_object_get(tree, "n")), 1);
	json_decref(tree);
}

/* Of any length, with items of any size: a full line stays well-formed. */
static void test_a_list_that_does_not_fit(void **state)
{
	(void)state;
	for (unsigned step = 1; step < 400; step += 7) {
		char *text = filled(step % 2 == 0 ? 'x' : '\x01', step);
		struct json_line line;

		json_line_begin(&line);
		for (unsigned i = 0; i < 3000; i++) {
			char name[8];

			snprintf(name, sizeof name, "%u", i);
			json_line_list(&line, name);
			json_line_item(&line, text);
			json_line_item(&line, "");
			json_line_list_end(&line);
		}
		json_decref(finish(&line));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_of_every_kind),
		cmocka_unit_test(test_an_empty_line),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_a_long_string_is_cut),
		cmocka_unit_test(test_a_full_line_stays_well_formed),
		cmocka_unit_test(test_json_is_put_in_as_it_is),
		cmocka_unit_test(test_every_way_to_fill_it),
		cmocka_unit_test(test_an_object_that_does_not_fit),
		cmocka_unit_test(test_a_list),
		cmocka_unit_test(test_a_list_that_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
