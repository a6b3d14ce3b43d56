/* Base64 is read as dockerd reads it, and printing undoes reading. */
#include "policy/arena.h"
#include "policy/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *text, *bytes;
	size_t len;
} pairs[] = {
	{"", "", 0},
	{"YQ==", "a", 1},
	{"YWI=", "ab", 2},
	{"Zm9v", "foo", 3},
	{"Zm9vYmFy", "foobar", 6},
	{"e30=", "{}", 2},
	{"_-8A", "\xff\xef\0", 3},
};

static void reading_and_printing_agree(void **state)
{
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		const char *bytes;
		size_t len;

		assert_true(base64_is_valid(pairs[i].text));
		bytes = base64_decode(arena, pairs[i].text, &len);
		assert_int_equal(len, pairs[i].len);
		assert_memory_equal(bytes, pairs[i].bytes, len + 1);
		assert_string_equal(base64_encode(arena, bytes, len), pairs[i].text);
	}
	arena_free(arena);
}

static void anything_else_is_refused(void **state)
{
	static const char *const wrong[] = {
		"Z",     "Zg",       "Zg=",     "=",        "==",    "===",       "====",
		"Z===",  "Zg==Zg==", "Z=g=",    "Zm9v=",    "Zm9 ",  "Zm+v",      "Zm/v",
		"Zm9\n", "Zm9v\r\n", "Zm9\xff", "Zm9v====", "=Zm9v", "Zm9v Zm9v",
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		if (base64_is_valid(wrong[i]))
			fail_msg("'%s' was read", wrong[i]);
	}
}

static void no_memory_is_no_answer(void **state)
{
	struct arena *arena = arena_new(8);
	size_t len;

	(void)state;
	assert_null(base64_decode(arena, "Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy", &len));
	assert_null(base64_encode(arena, "foobarfoobarfoobarfoobar", 24));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_and_printing_agree),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(no_memory_is_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
