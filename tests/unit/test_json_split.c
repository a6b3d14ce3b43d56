/* JSON taken apart on its way: what comes out, however the bytes are cut, and what is refused. */
#include "policy/json_split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TOLD_SIZE = 16 * 1024, SMALL_BYTES = 40, SMALL_DEPTH = 3 };

static const char *const df[] = {"", "/Images", "/Usage", "/Usage/Items", NULL};
static const char *const top[] = {"", NULL};
static const char *const nothing[] = {NULL};

/* What came, one word or text a part: "{" "[" open, "}" "]" close, a key before its value, "#" for what was too large. */
struct told {
	char text[TOLD_SIZE];
	size_t len;
};

static void tell(struct told *told, const char *bytes, size_t len)
{
	assert_true(len < sizeof told->text - told->len);
	memcpy(told->text + told->len, bytes, len);
	told->len += len;
	told->text[told->len] = '\0';
}

static void tell_part(struct told *told, const struct json_part *part)
{
	if (part->key != NULL) {
		tell(told, part->key, strlen(part->key));
		tell(told, "=", 1);
	}
	switch (part->kind) {
	case JSON_PART_OPEN:
		tell(told, part->is_list ? "[" : "{", 1);
		break;
	case JSON_PART_CLOSE:
		tell(told, part->is_list ? "]" : "}", 1);
		break;
	case JSON_PART_VALUE:
		if (part->bytes != NULL)
			tell(told, part->bytes, part->len);
		else
			tell(told, "#", 1);
		break;
	}
	tell(told, "@", 1);
	tell(told, part->place != NULL ? part->place : "-",
	     strlen(part->place != NULL ? part->place : "-"));
	tell(told, " ", 1);
}

/* Gives LEN BYTES, in memory of their own. */
static bool give(struct json_split *split, const char *bytes, size_t len, struct told *told)
{
	char *copy = malloc(len > 0 ? len : 1);
	struct json_part part;
	bool fine = true, more = true;
	size_t at = 0, taken;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	while (more) {
		switch (json_split_next(split, copy + at, len - at, &taken, &part)) {
		case JSON_SPLIT_MORE:
			assert_int_equal(at + taken, len);
			more = false;
			break;
		case JSON_SPLIT_PART:
			tell_part(told, &part);
			break;
		case JSON_SPLIT_BROKEN:
			fine = more = false;
			break;
		}
		at += taken;
	}
	free(copy);
	return fine;
}

static bool give_end(struct json_split *split, struct told *told)
{
	struct json_part part;

	for (;;) {
		switch (json_split_end(split, &part)) {
		case JSON_SPLIT_MORE:
			return true;
		case JSON_SPLIT_PART:
			tell_part(told, &part);
			break;
		case JSON_SPLIT_BROKEN:
			return false;
		}
	}
}

/* TEXT in pieces that end after FIRST bytes, then after every STEP. */
static void take_apart(const struct json_split_plan *plan, const char *text, size_t first,
                       size_t step, struct told *told)
{
	struct json_split *split = json_split_new(plan);
	size_t len = strlen(text), at = 0, piece = first;
	bool fine = true;

	assert_non_null(split);
	told->len = 0;
	told->text[0] = '\0';
	while (fine && at < len) {
		if (piece > len - at)
			piece = len - at;
		fine = give(split, text + at, piece, told);
		at += piece;
		piece = step;
	}
	if (!fine || !give_end(split, told))
		tell(told, "broken", 6);
	json_split_free(split);
}

/* TEXT is taken apart so, wherever it is cut. */
static void assert_parts(const struct json_split_plan *plan, const char *text, const char *parts)
{
	struct told told;
	size_t len = strlen(text);

	for (size_t first = 0; first <= len; first++) {
		take_apart(plan, text, first, len, &told);
		assert_string_equal(told.text, parts);
	}
	for (size_t step = 1; step < 8; step++) {
		take_apart(plan, text, step, step, &told);
		assert_string_equal(told.text, parts);
	}
}

static struct json_split_plan plan_of(const char *const *opened, bool many)
{
	return (struct json_split_plan){.opened = opened, .many = many, .bytes = 1000, .depth = 10};
}

static void lists_come_element_by_element(void **state)
{
	const struct json_split_plan plan = plan_of(top, false);

	(void)state;
	assert_parts(&plan, "[]", "[@ ]@ ");
	assert_parts(&plan, " [ {\"a\": [1, \"]\"]} ,{}, [1],\"x\\\"y\",12 , null]\n",
	             "[@ {\"a\": [1, \"]\"]}@ {}@ [1]@ \"x\\\"y\"@ 12@ null@ ]@ ");
	assert_parts(&plan, "[\"\\\\\",\"\\\\\\\"\"]", "[@ \"\\\\\"@ \"\\\\\\\"\"@ ]@ ");
}

static void members_are_opened_by_their_path(void **state)
{
	const struct json_split_plan plan = plan_of(df, false);

	(void)state;
	assert_parts(&plan, "{}", "{@ }@ ");
	assert_parts(
		&plan,
		"{\"Size\":12,\"Images\":[{\"Images\":[1]},2],\"Usage\":{\"Items\":[3],\"Count\":1},\"Items\":[4]}",
		"{@ Size=12@ Images=[@/Images {\"Images\":[1]}@/Images 2@/Images ]@/Images "
		"Usage={@/Usage Items=[@/Usage/Items 3@/Usage/Items ]@/Usage/Items Count=1@/Usage }@/Usage "
		"Items=[4]@ }@ ");
	assert_parts(&plan, "{\"Images\":null,\"Usage\":\"x\"}", "{@ Images=null@ Usage=\"x\"@ }@ ");
	assert_parts(&plan, "{\"Images\":{\"a\":1}}", "{@ Images={@/Images a=1@/Images }@/Images }@ ");
	assert_parts(&plan, "7", "7@- ");
}

static void what_is_not_opened_comes_whole(void **state)
{
	const struct json_split_plan plan = plan_of(nothing, false);

	(void)state;
	assert_parts(&plan, " {\"a\":[{}]} ", "{\"a\":[{}]}@- ");
	assert_parts(&plan, "true", "true@- ");
	assert_parts(&plan, "\"a\" ", "\"a\"@- ");
}

static void texts_follow_each_other(void **state)
{
	const struct json_split_plan plan = plan_of(nothing, true);

	(void)state;
	assert_parts(&plan, "", "");
	assert_parts(&plan, "{\"a\":1}\n{\"b\":2}\r\n{}[] 1 2",
	             "{\"a\":1}@- {\"b\":2}@- {}@- []@- 1@- 2@- ");
	assert_parts(&plan, "{}{", "{}@- broken");
}

static void large_values_are_passed_over(void **state)
{
	struct json_split_plan plan = plan_of(top, false);
	char text[2 * SMALL_BYTES + 16];

	(void)state;
	plan.bytes = SMALL_BYTES;
	plan.depth = SMALL_DEPTH;
	snprintf(text, sizeof text, "[1,\"%0*d\",\"%0*d\",2]", SMALL_BYTES - 2, 0, SMALL_BYTES - 1, 0);
	char parts[sizeof text + 32];
	snprintf(parts, sizeof parts, "[@ 1@ \"%0*d\"@ #@ 2@ ]@ ", SMALL_BYTES - 2, 0);
	assert_parts(&plan, text, parts);
	assert_parts(&plan, "[[[[]]],[[[[]]]],3]", "[@ [[[]]]@ #@ 3@ ]@ ");
}

/* Broken, wherever it is cut; whatever came before. */
static void assert_broken(const struct json_split_plan *plan, const char *text)
{
	struct told told;
	size_t len = strlen(text);

	for (size_t first = 0; first <= len; first++) {
		take_apart(plan, text, first, len, &told);
		if (told.len < 6 || strcmp(told.text + told.len - 6, "broken") != 0)
			fail_msg("%s: %s", text, told.text);
	}
}

static void anything_else_is_broken(void **state)
{
	static const char *const texts[] = {
		"",
		"[",
		"[1",
		"[1,",
		"[,1]",
		"[1,]",
		"[1 2]",
		"[1}",
		"{1",
		"{\"a\"",
		"{\"a\":",
		"{\"a\":}",
		"{\"a\" 1}",
		"{\"a\":1",
		"{\"a\":1,",
		"{\"a\":1]",
		"{,}",
		"{\"a\":1 \"b\":2}",
		"{\"a\":1,}",
		"[] []",
		"{\"a\":1,\"a\":1}",
		"[]x",
		"]",
		"}",
		":",
		",",
		"{\"\\u0061\":1}",
		"{\"a/b\":1}",
		"{\"a\n\":1}",
		"{\"\xc3\xa4\":1}",
		"[\"a",
		"[{\"a\":1]",
		"{\"0123456789012345678901234567890123456789012345678901234567890123456789\":1}",
	};
	const struct json_split_plan plan = plan_of(df, false);

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_broken(&plan, texts[i]);
}

static void broken_stays_broken(void **state)
{
	const struct json_split_plan plan = plan_of(top, false);
	struct json_split *split = json_split_new(&plan);
	struct told told = {.len = 0};

	(void)state;
	assert_false(give(split, "[}", 2, &told));
	assert_false(give(split, "]", 1, &told));
	assert_false(give_end(split, &told));
	json_split_free(split);
	json_split_free(NULL);
}

static void no_object_has_too_many_members(void **state)
{
	const struct json_split_plan plan = plan_of(top, false);
	struct told told;
	char text[9 * (JSON_SPLIT_MEMBERS_MAX + 2)] = "{";
	size_t len = 1;

	(void)state;
	for (size_t i = 0; i <= JSON_SPLIT_MEMBERS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s\"%zu\":1", i > 0 ? "," : "", i);
	snprintf(text + len, sizeof text - len, "}");
	take_apart(&plan, text, len, len, &told);
	assert_string_equal(told.text + told.len - 6, "broken");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_come_element_by_element),
		cmocka_unit_test(members_are_opened_by_their_path),
		cmocka_unit_test(what_is_not_opened_comes_whole),
		cmocka_unit_test(texts_follow_each_other),
		cmocka_unit_test(large_values_are_passed_over),
		cmocka_unit_test(anything_else_is_broken),
		cmocka_unit_test(broken_stays_broken),
		cmocka_unit_test(no_object_has_too_many_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
