/* Small questions about strings, each against a table or a slower answer to the same question. */
#include "policy/arena.h"
#include "policy/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void ascii_equality(void **state)
{
	(void)state;
	assert_true(text_equal_ascii("Content-Length", "content-LENGTH"));
	assert_true(text_equal_ascii("", ""));
	assert_false(text_equal_ascii("a", "ab"));
	assert_false(text_equal_ascii("ab", "a"));
	assert_false(text_equal_ascii("[", "{")); /* 0x20 apart, but no letters */
	assert_false(text_equal_ascii("K", "\xe2\x84\xaa"));
}

static void folding_is_that_of_go(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} table[] = {
		{"HostConfig", "hostconfig", true},
		{"HostConfig", "Ho\xc5\xbftConfig", true},
		{"NetworkMode", "Networ\xe2\x84\xaaMode", true},
		{"sk", "\xc5\xbf\xe2\x84\xaa", true},
		{"SK", "\xc5\xbf\xe2\x84\xaa", true},
		{"", "", true},
		{"HostConfig", "HostConfi", false},
		{"HostConfi", "HostConfig", false},
		{"Privileged", "Pr\xc4\xb1vileged", false}, /* U+0131, dotless i */
		{"Privileged", "Pr\xc4\xb0vileged", false}, /* U+0130 */
		{"s", "\xc5\xbe", false},
		{"k", "\xe2\x84\xab", false},
		{"k", "\xe2\x84", false},
		{"\xc5", "\xc5", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_int_equal(text_equal_folded(table[i].a, table[i].b), table[i].equal);
		assert_int_equal(text_equal_folded(table[i].b, table[i].a), table[i].equal);
	}
}

static void patterns_by_example(void **state)
{
	static const struct {
		const char *pattern, *value;
		bool matches;
	} table[] = {
		{"container.*", "container.create", true},
		{"container.*", "container.", true},
		{"container.*", "containers.create", false},
		{"*", "bridge", true},
		{"*", "", true},
		{"*", "a/b", false},
		{"**", "a/b", true},
		{"**", "", true},
		{"", "", true},
		{"", "a", false},
		{"registry.example/**", "registry.example/team/app", true},
		{"registry.example/*", "registry.example/team/app", false},
		{"docker.io/library/*", "docker.io/library/alpine", true},
		{"**/secret", "a/b/secret", true},
		{"**/secret", "secret", false},
		{"*/b/*", "a/b/c", true},
		{"a**b*c", "a/x/b-c", true},
		{"a**b*c", "ab/c/bxc", true},
		{"a**b*c", "ab/c", false},
		{"***", "a/b", true},
		{"a?c", "abc", false}, /* no other wildcard */
		{"[a]", "a", false},
		{"/dev/tty*", "/dev/ttyUSB0", true},
		{"/dev/tty*", "/dev/tty/x", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (text_matches(table[i].pattern, table[i].value) != table[i].matches)
			fail_msg("'%s' on '%s'", table[i].pattern, table[i].value);
	}
}

/* The definition, word for word; takes exponential time. Each star in turn takes as little as it can,
 * and RUNS gets what the single ones took. */
static bool runs_by_definition(const char *pattern, const char *value, struct text_run *runs)
{
	bool deep = pattern[0] == '*' && pattern[1] == '*';
	const char *start = value;

	if (*pattern == '\0')
		return *value == '\0';
	if (*pattern != '*')
		return *value == *pattern && runs_by_definition(pattern + 1, value + 1, runs);
	while (deep && pattern[1] == '*')
		pattern++;
	for (;; value++) {
		if (!deep)
			*runs = (struct text_run){start, (size_t)(value - start)};
		if (runs_by_definition(pattern + 1, value, deep ? runs : runs + 1))
			return true;
		if (*value == '\0' || (*value == '/' && !deep))
			return false;
	}
}

static void assert_as_defined(const char *pattern, const char *value)
{
	struct text_run runs[16];
	struct text_runs found;
	bool matches = runs_by_definition(pattern, value, runs);

	if (text_matches(pattern, value) != matches ||
	    text_matches_runs(pattern, value, &found) != matches)
		fail_msg("'%s' on '%s'", pattern, value);
	if (!matches)
		return;
	assert_int_equal(found.count, text_count_stars(pattern));
	for (size_t i = 0; i < found.count; i++) {
		if (found.list[i].start != runs[i].start || found.list[i].len != runs[i].len)
			fail_msg("'%s' on '%s': star %zu", pattern, value, i + 1);
	}
}

/* The words over ALPHABET up to LONGEST letters, one after the other: the number NUMBER, or
 * false. */
static bool word(const char *alphabet, size_t longest, size_t number, char *out)
{
	size_t base = strlen(alphabet);
	size_t len = 0;
	size_t words = 1;

	while (number >= words) {
		number -= words;
		words *= base;
		len++;
	}
	for (size_t i = 0; i < len && i < longest; i++) {
		out[i] = alphabet[number % base];
		number /= base;
	}
	out[len <= longest ? len : 0] = '\0';
	return len <= longest;
}

/* Every pattern of up to 6 letters against every value of up to 5. */
static void patterns_mean_what_the_definition_says(void **state)
{
	char pattern[8], value[8];
	size_t pairs = 0;

	(void)state;
	for (size_t p = 0; word("ab/*", 6, p, pattern); p++) {
		for (size_t v = 0; word("ab/", 5, v, value); v++) {
			pairs++;
			assert_as_defined(pattern, value);
		}
	}
	assert_true(pairs > 1000000);
}

static void longer_patterns_mean_the_same(void **state)
{
	char pattern[16], value[24];
	unsigned seed = 20;

	(void)state;
	for (unsigned round = 0; round < 200000; round++) {
		size_t pattern_len, value_len;

		seed = seed * 1664525u + 1013904223u;
		pattern_len = 4 + (seed >> 8) % 8;
		value_len = 3 + (seed >> 16) % 12;
		for (size_t i = 0; i < pattern_len; i++) {
			seed = seed * 1664525u + 1013904223u;
			pattern[i] = "ab/***"[(seed >> 16) % 6];
		}
		pattern[pattern_len] = '\0';
		for (size_t i = 0; i < value_len; i++) {
			seed = seed * 1664525u + 1013904223u;
			value[i] = "ab/"[(seed >> 16) % 3];
		}
		value[value_len] = '\0';
		assert_as_defined(pattern, value);
	}
}

static void the_tenth_star_is_not_told(void **state)
{
	struct text_runs runs;

	(void)state;
	assert_true(text_matches_runs("*1*2*3*4*5*6*7*8*9*", "a1b2c3d4e5f6g7h8i9j", &runs));
	assert_int_equal(runs.count, TEXT_RUNS_MAX);
	assert_memory_equal(runs.list[8].start, "i9j", 3);
	assert_int_equal(runs.list[8].len, 1);
	assert_true(text_matches_runs("**/*1*2*3*4*5*6*7*8*9*!", "/12345/a123456789!", &runs));
	assert_int_equal(runs.list[0].len, 1);
	assert_int_equal(text_count_stars("**a*b***c*"), 2);
	assert_int_equal(text_count_stars(""), 0);
}

/* Each of these would take longer than anyone waits if stars were tried against each other. */
static void hard_patterns_end_soon(void **state)
{
	static const char *const patterns[] = {
		"*a*a*a*a*a*a*a*a*a*a*b", "**a**a**a**a**a**a**a**b",
		"**a*a*a*a*a*a*a*a*b",    "**a*/b*/a*/b*/a*c",
		"**/*a*/**/*b",
	};
	enum { LEN = 60000 };
	char *value = malloc(LEN + 1);

	(void)state;
	assert_non_null(value);
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		memset(value, 'a', LEN);
		value[LEN] = '\0';
		assert_false(text_matches(patterns[i], value));
		for (size_t k = 1; k < LEN; k += 2)
			value[k] = '/';
		assert_false(text_matches(patterns[i], value));
	}
	free(value);
}

static void prefixes_and_suffixes(void **state)
{
	(void)state;
	assert_true(text_starts_with("container:abc", "container:"));
	assert_true(text_starts_with("x", ""));
	assert_false(text_starts_with("con", "container:"));
	assert_true(text_ends_with("/x/json", "/json"));
	assert_true(text_ends_with("x", ""));
	assert_false(text_ends_with("json", "/json"));
}

static void tokens(void **state)
{
	(void)state;
	assert_true(text_is_token("X-Registry-Auth", 15));
	assert_true(text_is_token("!#$%&'*+-.^_`|~09azAZ", 21));
	assert_false(text_is_token("", 0));
	assert_false(text_is_token("a b", 3));
	assert_false(text_is_token("a:", 2));
	assert_false(text_is_token("a\0b", 3));
	assert_false(text_is_token("\xc3\xa9", 2));
	assert_false(text_is_token("a\x7f", 2));
}

static void lower_hex(void **state)
{
	(void)state;
	assert_true(text_is_lower_hex("0123456789abcdef"));
	assert_false(text_is_lower_hex(""));
	assert_false(text_is_lower_hex("ABC"));
	assert_false(text_is_lower_hex("abg"));
	assert_false(text_is_lower_hex("ab "));
}

static void utf8(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool fine;
	} table[] = {
		{"", 0, true},
		{"plain", 5, true},
		{"caf\xc3\xa9", 5, true},
		{"\xe2\x82\xac", 3, true},
		{"\xf0\x9f\x90\xb3", 4, true},
		{"\xf4\x8f\xbf\xbf", 4, true},
		{"\xef\xbf\xbf", 3, true},
		{"a\0b", 3, false},
		{"\x80", 1, false},
		{"\xc3", 1, false},
		{"\xc0\xaf", 2, false}, /* overlong slash */
		{"\xc1\xbf", 2, false},
		{"\xe0\x80\xaf", 3, false},
		{"\xf0\x80\x80\xaf", 4, false},
		{"\xed\xa0\x80", 3, false}, /* a surrogate */
		{"\xed\x9f\xbf", 3, true},
		{"\xf4\x90\x80\x80", 4, false}, /* beyond U+10FFFF */
		{"\xf5\x80\x80\x80", 4, false},
		{"\xe2\x82", 2, false},
		{"\xe2\x82x", 3, false},
		{"\xf0\x9f\x90", 3, false},
		{"\xff", 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(text_is_utf8(table[i].bytes, table[i].len), table[i].fine);
}

static void printable_text(void **state)
{
	struct arena *arena = arena_new(1u << 16);
	struct arena *tiny = arena_new(16);

	(void)state;
	assert_string_equal(text_printable(arena, "plain", 100), "plain");
	assert_string_equal(text_printable(arena, "", 100), "");
	assert_string_equal(text_printable(arena, "a\nb\x1b[0m\x7f", 100), "a\\x0ab\\x1b[0m\\x7f");
	assert_string_equal(text_printable(arena, "caf\xc3\xa9", 100), "caf\xc3\xa9");
	assert_string_equal(text_printable(arena, "\xc3", 100), "\\xc3");
	assert_string_equal(text_printable(arena,
	                                   "\xc2\x9b"
	                                   "31m",
	                                   100),
	                    "\\xc2\\x9b31m"); /* C1 CSI */
	assert_string_equal(text_printable(arena, "abcdef", 6), "abcdef");
	assert_string_equal(text_printable(arena, "abcdef", 5), "abcde...");
	assert_string_equal(text_printable(arena, "abc\n", 6), "abc...");       /* no half escape */
	assert_string_equal(text_printable(arena, "abc\xc3\xa9", 4), "abc..."); /* no half character */
	assert_string_equal(text_printable(arena, "abc", 0), "...");
	assert_string_equal(text_printable(arena, "abc", SIZE_MAX), "abc");
	assert_string_equal(text_printable(tiny, "too long for it", 100), "");
	arena_free(tiny);
	arena_free(arena);
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		unsigned long long max;
		bool fine;
		unsigned long long number;
	} table[] = {
		{"0", 10, true, 0},
		{"10", 10, true, 10},
		{"007", 10, true, 7},
		{"11", 10, false, 0},
		{"", 10, false, 0},
		{"-1", 10, false, 0},
		{"+1", 10, false, 0},
		{" 1", 10, false, 0},
		{"1 ", 10, false, 0},
		{"1x", 10, false, 0},
		{"0x1", 10, false, 0},
		{"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
		{"18446744073709551616", UINT64_MAX, false, 0},
		{"99999999999999999999999", UINT64_MAX, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		unsigned long long number = 77;

		assert_int_equal(text_to_number(table[i].text, table[i].max, &number), table[i].fine);
		assert_true(number == (table[i].fine ? table[i].number : 77));
	}
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		bool fine;
		long long bytes;
	} table[] = {
		{"100", true, 100},
		{"64K", true, 65536},
		{"64kb", true, 65536},
		{"512M", true, 536870912},
		{"4G", true, 4294967296},
		{"1t", true, 1099511627776},
		{"5b", true, 5},
		{"8388607t", true, 8388607LL << 40},
		{"8388608t", false, 0},
		{"9223372036854775807", true, INT64_MAX},
		{"9223372036854775808", false, 0},
		{"", false, 0},
		{"G", false, 0},
		{"-1", false, 0},
		{"1.5G", false, 0},
		{"1GG", false, 0},
		{"1Gi", false, 0},
		{"1 G", false, 0},
		{"1bb", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		long long bytes = -7;

		assert_int_equal(text_to_size(table[i].text, &bytes), table[i].fine);
		assert_true(bytes == (table[i].fine ? table[i].bytes : -7));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ascii_equality),
		cmocka_unit_test(folding_is_that_of_go),
		cmocka_unit_test(patterns_by_example),
		cmocka_unit_test(patterns_mean_what_the_definition_says),
		cmocka_unit_test(longer_patterns_mean_the_same),
		cmocka_unit_test(the_tenth_star_is_not_told),
		cmocka_unit_test(hard_patterns_end_soon),
		cmocka_unit_test(prefixes_and_suffixes),
		cmocka_unit_test(tokens),
		cmocka_unit_test(lower_hex),
		cmocka_unit_test(utf8),
		cmocka_unit_test(printable_text),
		cmocka_unit_test(numbers),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
