/* The list of mistakes, and the one-message error beside it. */
#include "policy/error.h"
#include "policy/problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void texts_begin_with_their_place(void **state)
{
	struct problems *problems = problems_new();

	(void)state;
	assert_int_equal(problems_count(problems), 0);
	assert_false(problems_add(problems, (struct place){"ci.conf", 12}, "unknown key '%s'", "foo"));
	assert_false(problems_add(problems, (struct place){"ci.conf", 0}, "unreadable"));
	assert_false(problems_add(problems, (struct place){NULL, 3}, "nowhere"));
	assert_int_equal(problems_count(problems), 3);
	assert_string_equal(problems_text(problems, 0), "ci.conf:12: unknown key 'foo'");
	assert_string_equal(problems_text(problems, 1), "ci.conf: unreadable");
	assert_string_equal(problems_text(problems, 2), "nowhere");
	problems_free(problems);
}

static void many_are_kept_in_order(void **state)
{
	struct problems *problems = problems_new();

	(void)state;
	for (unsigned i = 1; i <= 1000; i++)
		problems_add(problems, (struct place){"f", i}, "x");
	assert_int_equal(problems_count(problems), 1000);
	assert_string_equal(problems_text(problems, 0), "f:1: x");
	assert_string_equal(problems_text(problems, 999), "f:1000: x");
	problems_free(problems);
	problems_free(NULL);
}

static void errors_gather_context(void **state)
{
	struct error error = {""};

	(void)state;
	assert_false(error_set(&error, "unknown operation '%s'", "foo"));
	assert_false(error_prefix(&error, "policy '%s': ", "ci"));
	assert_false(error_prefix(&error, "%s:%u: ", "ci.conf", 12u));
	assert_string_equal(error.text, "ci.conf:12: policy 'ci': unknown operation 'foo'");
	assert_false(error_set(NULL, "x"));
	assert_false(error_prefix(NULL, "x"));
}

static void long_errors_are_cut(void **state)
{
	struct error error = {""};

	(void)state;
	error_set(&error, "%2000s", "x");
	assert_int_equal(strlen(error.text), ERROR_TEXT_SIZE - 1);
	error_prefix(&error, "front: ");
	assert_int_equal(strlen(error.text), ERROR_TEXT_SIZE - 1);
	assert_memory_equal(error.text, "front: ", 7);
	error_prefix(&error, "%2000s", "y");
	assert_int_equal(strlen(error.text), ERROR_TEXT_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_begin_with_their_place),
		cmocka_unit_test(many_are_kept_in_order),
		cmocka_unit_test(errors_gather_context),
		cmocka_unit_test(long_errors_are_cut),
	};

	return cmocka_run_group_tests_name("problems", tests, NULL, NULL);
}
