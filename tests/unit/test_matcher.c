/* Many patterns at once: the same answer as a walk over them. */
#include "policy/arena.h"
#include "policy/matcher.h"
#include "policy/patterns.h"
#include "policy/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 16 << 20, MANY = 10000, TEXT_SIZE = 64 };

static size_t walk(const char *const *patterns, size_t count, const char *value, size_t from)
{
	while (from < count && !text_matches(patterns[from], value))
		from++;
	return from;
}

static void assert_same(const char *const *patterns, size_t count, const char *value)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	const struct matcher *matcher = matcher_new(arena, patterns, count);

	assert_non_null(matcher);
	for (size_t from = 0; from <= count; from++) {
		if (matcher_next(matcher, value, from) != walk(patterns, count, value, from))
			fail_msg("'%s' from %zu", value, from);
	}
	arena_free(arena);
}

static void the_first_of_a_few(void **state)
{
	static const char *const patterns[] = {"web", "we*",       "*.example", "a*.example", "**",
	                                       "",    "*",         "web",       "a/*/b",      "a/**/b",
	                                       "*b",  "a*",        "a*b*",      "*a*b",       "**x",
	                                       "x**", "a.example", "*a*",       "aa*aa",      "a*a",
	                                       "***", "\xc3*",     "*\xa9\xff", "/",          "//**",
	                                       "a/*", "*/a/*/a/*"};
	static const char *const values[] = {
		"",         "web",         "we",   "w",    "weber", "a.example", "ab.example",
		".example", "x.y.example", "a/b",  "a//b", "a/x/b", "a/x/y/b",   "a",
		"aa",       "aaa",         "aaaa", "ab",   "aab",   "/",         "//",
		"x/x",      "\xc3\xa9",    "\xff", "*",    "**",    "a*b"};
	size_t count = sizeof patterns / sizeof *patterns;

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		for (size_t start = 0; start <= count; start++)
			assert_same(patterns + start, count - start, values[i]);
	}
}

/* A generator of its own, so that a failure is the same everywhere. */
static unsigned chance(uint64_t *seed, unsigned range)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % range;
}

static void random_text(uint64_t *seed, const char *letters, char text[TEXT_SIZE])
{
	size_t len = chance(seed, 9);

	for (size_t i = 0; i < len; i++)
		text[i] = letters[chance(seed, (unsigned)strlen(letters))];
	text[len] = '\0';
}

/* Few letters, so that there is much to confuse. */
static void the_first_of_random_ones(void **state)
{
	enum { ROUNDS = 3000, PATTERNS = 24 };
	char texts[PATTERNS][TEXT_SIZE], value[TEXT_SIZE];
	const char *patterns[PATTERNS];
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		size_t count = chance(&seed, PATTERNS + 1);

		for (size_t i = 0; i < count; i++) {
			random_text(&seed, round % 2 == 0 ? "ab*/" : "ab", texts[i]);
			patterns[i] = texts[i];
		}
		for (int i = 0; i < 4; i++) {
			random_text(&seed, "aab/", value);
			assert_same(patterns, count, value);
		}
	}
}

static const char *numbered(struct arena *arena, const char *before, unsigned number,
                            const char *behind)
{
	const char *text = arena_format(arena, "%s%u%s", before, number, behind);

	assert_non_null(text);
	return text;
}

/* Literals, beginnings and ends: each of ten thousand is found, and so is the first of all. */
static void the_one_of_many(void **state)
{
	static const struct {
		const char *before, *behind;             /* of the pattern's number */
		const char *value_before, *value_behind; /* of the value's */
	} forms[] = {{"client-", "", "client-", ""},
	             {"team/", "/*", "team/", "/x"},
	             {"*.", ".example", "x.", ".example"},
	             {"spiffe://*/", "", "spiffe://a/", ""},
	             {"a/*/", "/**", "a/b/", "/c/d"}};
	static const char *patterns[MANY];

	(void)state;
	for (size_t form = 0; form < sizeof forms / sizeof *forms; form++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		const struct matcher *matcher;

		for (unsigned i = 0; i < MANY; i++)
			patterns[i] = numbered(arena, forms[form].before, i, forms[form].behind);
		matcher = matcher_new(arena, patterns, MANY);
		assert_non_null(matcher);
		for (unsigned i = 0; i <= MANY; i += MANY / 8) {
			const char *value =
				numbered(arena, forms[form].value_before, i, forms[form].value_behind);

			assert_int_equal(matcher_next(matcher, value, 0), i);
			assert_int_equal(matcher_next(matcher, value, i), i);
			assert_int_equal(matcher_next(matcher, value, i + 1), MANY);
		}
		arena_free(arena);
	}
}

static void without_memory_there_is_none(void **state)
{
	static const char *const patterns[] = {"a", "b*", "*c", "d"};
	size_t limit = 0;
	const struct matcher *matcher = NULL;

	(void)state;
	for (; matcher == NULL; limit += 8) {
		struct arena *arena = arena_new(limit);

		assert_non_null(arena);
		matcher = matcher_new(arena, patterns, 4);
		assert_true(limit < 4096);
		arena_free(arena);
	}
	assert_true(limit > 64);
}

/* A lone star is anything in a policy, however long the list. */
static void a_list_of_a_policy(void **state)
{
	const char *few[] = {"web", "*"};
	const char *many[] = {"a", "b", "c", "d", "e", "f", "g", "h/*", "i", "j", "*", "web"};
	struct patterns short_list = {.list = few, .count = 2};
	struct patterns long_list = {.list = many, .count = 12};
	struct arena *arena = arena_new(ARENA_BYTES);

	(void)state;
	assert_true(patterns_compile(arena, &short_list));
	assert_int_equal(patterns_match(&short_list, "web"), 0);
	assert_int_equal(patterns_match(&short_list, "x/y"), 1);
	assert_int_equal(patterns_match(&long_list, "x/y"), 10);
	assert_true(patterns_compile(arena, &long_list));
	assert_non_null(long_list.matcher);
	assert_int_equal(patterns_match(&long_list, "h/x"), 7);
	assert_int_equal(patterns_match(&long_list, "x/y"), 10);
	assert_int_equal(patterns_match(&long_list, "web"), 10);
	long_list.count = 10;
	assert_true(patterns_compile(arena, &long_list));
	assert_int_equal(patterns_match(&long_list, "x/y"), 10);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_of_a_few), cmocka_unit_test(the_first_of_random_ones),
		cmocka_unit_test(the_one_of_many),    cmocka_unit_test(without_memory_there_is_none),
		cmocka_unit_test(a_list_of_a_policy),
	};

	return cmocka_run_group_tests_name("matcher", tests, NULL, NULL);
}
