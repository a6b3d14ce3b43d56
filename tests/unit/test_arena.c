/* The arena: limits, alignment, zeroing, and what dies with it. */
#include "policy/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void memory_is_zeroed_and_aligned(void **state)
{
	struct arena *arena = arena_new(1u << 20);

	(void)state;
	assert_non_null(arena);
	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *room = arena_alloc(arena, size);

		assert_non_null(room);
		assert_int_equal((uintptr_t)room % 16, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(room[i], 0);
		memset(room, 0xa5, size);
	}
	arena_free(arena);
}

static void objects_do_not_overlap(void **state)
{
	enum { COUNT = 2000 };
	struct arena *arena = arena_new(1u << 20);
	unsigned *rooms[COUNT];

	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		rooms[i] = arena_calloc(arena, 1 + i % 50, sizeof *rooms[i]);
		assert_non_null(rooms[i]);
		for (unsigned k = 0; k < 1 + i % 50; k++)
			rooms[i][k] = i;
	}
	for (unsigned i = 0; i < COUNT; i++) {
		for (unsigned k = 0; k < 1 + i % 50; k++)
			assert_int_equal(rooms[i][k], i);
	}
	arena_free(arena);
}

static void limit_is_kept(void **state)
{
	struct arena *arena = arena_new(100000);

	(void)state;
	assert_non_null(arena_alloc(arena, 99000));
	assert_null(arena_alloc(arena, 2000));
	assert_non_null(arena_alloc(arena, 900));
	assert_true(arena_used(arena) <= 100000);
	assert_null(arena_alloc(arena, 1000));
	arena_free(arena);
}

static void small_limit_bounds_the_first_block_too(void **state)
{
	struct arena *arena = arena_new(64);

	(void)state;
	assert_non_null(arena_alloc(arena, 64));
	assert_null(arena_alloc(arena, 1));
	arena_free(arena);
	arena = arena_new(0);
	assert_null(arena_alloc(arena, 0));
	arena_free(arena);
}

static void absurd_sizes_are_refused(void **state)
{
	struct arena *arena = arena_new(SIZE_MAX);

	(void)state;
	assert_null(arena_alloc(arena, SIZE_MAX));
	assert_null(arena_alloc(arena, SIZE_MAX - 8));
	assert_null(arena_calloc(arena, SIZE_MAX / 2, 3));
	assert_null(arena_calloc(arena, 3, SIZE_MAX / 2));
	assert_null(arena_copy(arena, "", SIZE_MAX));
	assert_non_null(arena_calloc(arena, 0, 3));
	assert_non_null(arena_calloc(arena, 3, 0));
	arena_free(arena);
}

static void copies_are_terminated(void **state)
{
	struct arena *arena = arena_new(100000);

	(void)state;
	assert_string_equal(arena_copy(arena, "hello world", 5), "hello");
	assert_string_equal(arena_copy(arena, NULL, 0), "");
	assert_string_equal(arena_string(arena, "quay"), "quay");
	assert_string_equal(arena_format(arena, "%s-%d", "a", 7), "a-7");
	assert_string_equal(arena_format(arena, "%s", ""), "");
	assert_int_equal(strlen(arena_format(arena, "%9000s", "")), 9000);
	arena_free(arena);
}

static void text_with_nul_is_no_string(void **state)
{
	struct arena *arena = arena_new(1000);

	(void)state;
	assert_null(arena_copy(arena, "a\0b", 3));
	arena_free(arena);
}

static void exhaustion_is_told_by_every_function(void **state)
{
	struct arena *arena = arena_new(16);

	(void)state;
	assert_non_null(arena_alloc(arena, 16));
	assert_null(arena_calloc(arena, 1, 1));
	assert_null(arena_copy(arena, "a", 1));
	assert_null(arena_string(arena, ""));
	assert_null(arena_format(arena, "%d", 1));
	arena_free(arena);
}

static unsigned freed[4];
static unsigned freed_count;

static void note_freed(void *pointer)
{
	freed[freed_count++] = *(unsigned *)pointer;
}

static void owned_things_are_freed_last_first(void **state)
{
	static unsigned one = 1, two = 2, three = 3;
	struct arena *arena = arena_new(1000);

	(void)state;
	freed_count = 0;
	assert_true(arena_own(arena, note_freed, &one));
	assert_true(arena_own(arena, note_freed, &two));
	assert_true(arena_own(arena, note_freed, &three));
	assert_int_equal(freed_count, 0);
	arena_free(arena);
	assert_int_equal(freed_count, 3);
	assert_int_equal(freed[0], 3);
	assert_int_equal(freed[1], 2);
	assert_int_equal(freed[2], 1);
}

static void what_cannot_be_owned_is_freed_at_once(void **state)
{
	static unsigned nine = 9;
	struct arena *arena = arena_new(8);

	(void)state;
	freed_count = 0;
	assert_false(arena_own(arena, note_freed, &nine));
	assert_int_equal(freed_count, 1);
	assert_int_equal(freed[0], 9);
	arena_free(arena);
	assert_int_equal(freed_count, 1);
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	arena_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(objects_do_not_overlap),
		cmocka_unit_test(limit_is_kept),
		cmocka_unit_test(small_limit_bounds_the_first_block_too),
		cmocka_unit_test(absurd_sizes_are_refused),
		cmocka_unit_test(copies_are_terminated),
		cmocka_unit_test(text_with_nul_is_no_string),
		cmocka_unit_test(exhaustion_is_told_by_every_function),
		cmocka_unit_test(owned_things_are_freed_last_first),
		cmocka_unit_test(what_cannot_be_owned_is_freed_at_once),
		cmocka_unit_test(freeing_nothing_is_fine),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
