/* Go's regular expressions: what is read, what matches, and what is known of all texts of one form. */
#include "policy/regex.h"

#include "policy/arena.h"
#include "policy/error.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 1 << 20 };

static bool matches(const char *text, const char *value)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct error error = {.text = ""};
	const struct regex *regex = regex_parse(arena, text, &error);
	bool found;

	if (regex == NULL)
		fail_msg("%s: %s", text, error.text);
	found = regex_matches(regex, value);
	arena_free(arena);
	return found;
}

/* A table of expressions, what matches each and what does not. */
static void expressions_match_as_in_go(void **state)
{
	static const char *const table[][3] = {
		{"^/version$", "/version", "/version/"},
		{"/version", "/v1.41/version2", "/vers"},
		{"^/version|/_ping$", "/versionX", "/x/_pingX"},
		{"^/version|/_ping$", "/x/_ping", "x/version"},
		{"^/v1\\..{1,2}/(version|containers/.*|events.*)$", "/v1.41/containers/web/json",
	     "/v1.412/version"},
		{"^(/v[\\d.]+)?/containers/[^/]+/json$", "/containers/web/json", "/containers/a/b/json"},
		{"^a*b+c?$", "b", "ac"},
		{"^a*?b+?c??$", "aabbc", "aac"},
		{"^(ab){2}$", "abab", "ab"},
		{"^(ab){2,}$", "ababab", "ab"},
		{"^(ab){0,2}$", "", "ababab"},
		{"^a{0}$", "", "a"},
		{"^x{,2}$", "x{,2}", "xx"},
		{"^x{a$", "x{a", "xa"},
		{"^x{3$", "x{3", "xxx"},
		{"^x{3,2y$", "x{3,2y", "xxx"},
		{"(?i)^/PING$", "/ping", "/pinG2"},
		{"(?i)^[^a]$", "b", "A"},
		{"(?s)(?i)^a.b$", "A/B", "AB"},
		{"^[]a]$", "]", "b"},
		{"^[^]a]$", "b", "]"},
		{"^[a-c-]+$", "a-c", "d"},
		{"^[\\w.-]+$", "a_B-9.", "a/b"},
		{"^[\\d-]$", "-", "a"},
		{"^\\D\\W\\S$", "a-b", "1-b"},
		{"^\\s\\.\\/\\*$", " ./*", " x/*"},
		{"^(?:a|(?P<name>b)|(?<other>c))$", "c", "d"},
		{"^(|a)$", "", "b"},
		{"^()$", "", "b"},
		{"$^", "", "a"},
		{"", "anything", NULL},
		{"a$b", NULL, "a"},
		{"^\\$\\^$", "$^", "$"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (table[i][1] != NULL && !matches(table[i][0], table[i][1]))
			fail_msg("%s does not match '%s'", table[i][0], table[i][1]);
		if (table[i][2] != NULL && matches(table[i][0], table[i][2]))
			fail_msg("%s matches '%s'", table[i][0], table[i][2]);
	}
}

/* A table of expressions and what is wrong with each. */
static void what_is_not_known_is_refused(void **state)
{
	static const char *const table[][2] = {
		{"a\\", "ends with a backslash"},
		{"\\bword", "has \\b, which is not known here"},
		{"\\pL", "has \\p, which is not known here"},
		{"\\x41", "has \\x, which is not known here"},
		{"(a)\\1", "has \\1, which is not known here"},
		{"[[:alpha:]]", "has a class in [: :], which is not known here"},
		{"[a", "has a bracket that is not closed"},
		{"[", "has a bracket that is not closed"},
		{"[b-a]", "has a range whose end is before its beginning"},
		{"[a-\\d]", "has a range that ends in a class"},
		{"(a", "has a parenthesis that is not closed"},
		{"a)", "has a parenthesis too many"},
		{"a(?i)b", "has flags inside, which are not known here"},
		{"(?i:a)", "has flags inside, which are not known here"},
		{"(?P<name", "has flags inside, which are not known here"},
		{"*a", "repeats nothing"},
		{"a|+", "repeats nothing"},
		{"a**", "repeats a repetition"},
		{"a{2}{3}", "repeats a repetition"},
		{"a{3,2}", "has a repetition that makes no sense here"},
		{"a{1000}", "has a repetition that makes no sense here"},
		{"((a{99}){99}){99}", "is too large"},
		{"a{99999999999999999999}", "has a repetition that makes no sense here"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct error error = {.text = ""};

		if (regex_parse(arena, table[i][0], &error) != NULL)
			fail_msg("%s was read", table[i][0]);
		assert_string_equal(error.text, table[i][1]);
		arena_free(arena);
	}
}

static void nesting_and_memory_have_limits(void **state)
{
	struct arena *small = arena_new(1000);
	struct error error = {.text = ""};
	char deep[256];

	(void)state;
	memset(deep, '(', 128);
	memset(deep + 128, ')', 127);
	deep[255] = '\0';
	assert_null(regex_parse(small, "a", &error));
	arena_free(small);
	small = arena_new(ARENA_BYTES);
	assert_null(regex_parse(small, deep, &error));
	assert_string_equal(error.text, "is nested too deep");
	arena_free(small);
}

/* --- all texts of one form ---------------------------------------------------------------------- */

#define NAME_FIRST "abz019"
#define NAME_BYTES "abz019_.-"

/* /containers/NAME/json */
static enum regex_cover cover_of(const char *text)
{
	static const char *const front = "/containers/", *const back = "/json";
	struct regex_place places[32];
	char bytes[32][2];
	unsigned count = 0;
	struct arena *arena = arena_new(ARENA_BYTES);
	struct error error = {.text = ""};
	const struct regex *regex = regex_parse(arena, text, &error);
	enum regex_cover cover;

	assert_non_null(regex);
	for (const char *c = front; *c != '\0'; c++, count++)
		places[count].bytes = memcpy(bytes[count], ((char[2]){*c, '\0'}), 2);
	places[count++].bytes = NAME_FIRST;
	places[count++].bytes = NAME_BYTES;
	for (const char *c = back; *c != '\0'; c++, count++)
		places[count].bytes = memcpy(bytes[count], ((char[2]){*c, '\0'}), 2);
	for (unsigned i = 0; i < count; i++)
		places[i].repeats = i == strlen(front) + 1;
	regex_covers(regex, &(struct regex_form){places, count}, (const char *const[]){""}, 1, &cover);
	arena_free(arena);
	return cover;
}

/* A table of expressions, and how many of the names in /containers/NAME/json they let pass. */
static void names_are_covered_or_not(void **state)
{
	static const struct {
		const char *text;
		enum regex_cover cover;
	} table[] = {
		{"^/containers/.*$", REGEX_COVERS_ALL},
		{"^/containers/[^/]+/json$", REGEX_COVERS_ALL},
		{"^/containers/[\\w.-]+/json$", REGEX_COVERS_ALL},
		{"^/containers/[a-z0-9][a-z0-9_.-]*/json$", REGEX_COVERS_ALL},
		{"^.*$", REGEX_COVERS_ALL},
		{"json", REGEX_COVERS_ALL},
		{"^/images|json$", REGEX_COVERS_ALL},
		{"^/containers/(a.*|[^a].*)/json$", REGEX_COVERS_ALL},
		{"^/containers/[a-z]+/json$", REGEX_COVERS_SOME},
		{"^/containers/web/json$", REGEX_COVERS_NONE}, /* there is no w in these names */
		{"^/containers/abz/json$", REGEX_COVERS_SOME},
		{"^/containers/.{1,12}/json$", REGEX_COVERS_SOME},
		{"^/containers/.+a/json$", REGEX_COVERS_SOME},
		{"^/containers/json$", REGEX_COVERS_NONE},
		{"^/images/.*$", REGEX_COVERS_NONE},
		{"^/containers/.*/start$", REGEX_COVERS_NONE},
		{"^$", REGEX_COVERS_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (cover_of(table[i].text) != table[i].cover)
			fail_msg("%s covers %d", table[i].text, cover_of(table[i].text));
	}
}

/* Machines that take too long to look at from all sides cover some, at most. */
static void too_much_to_look_at_is_not_all(void **state)
{
	(void)state;
	assert_int_equal(cover_of("^/containers/.*a.{12}.*/json$|^/containers/.*/json$"),
	                 REGEX_COVERS_SOME);
}

static void prefixes_are_told_apart(void **state)
{
	static const char *const prefixes[] = {"", "/v1.24", "/v1.25", "/v1.41", "/v1.42", "/v1.43"};
	static const enum regex_cover expected[] = {REGEX_COVERS_NONE, REGEX_COVERS_ALL,
	                                            REGEX_COVERS_NONE, REGEX_COVERS_SOME,
	                                            REGEX_COVERS_SOME, REGEX_COVERS_SOME};
	static const struct regex_place name[] = {{"/", false}, {"ab", false}, {"ab", true}};
	enum regex_cover covers[6];
	struct arena *arena = arena_new(ARENA_BYTES);
	struct error error = {.text = ""};
	const struct regex *regex = regex_parse(arena, "^(/v1.24/.*|/v1.4[1-3]/a.*)$", &error);

	(void)state;
	assert_non_null(regex);
	regex_covers(regex, &(struct regex_form){name, 3}, prefixes, 6, covers);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(covers[i], expected[i]);
	arena_free(arena);
}

/* --- against another implementation ------------------------------------------------------------- */

static unsigned seed = 1;

static unsigned pick(unsigned below)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % below;
}

/* An expression that POSIX and Go read alike. */
static void write_expression(char *out, size_t size, unsigned depth)
{
	static const char *const atoms[] = {"a", "b", ".", "[ab]", "[^a]", "/"};
	static const char *const repeats[] = {"", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}"};
	size_t len = 0;

	out[0] = '\0';
	for (unsigned i = 1 + pick(3); i > 0 && len + 64 < size; i--) {
		char inner[256];

		if (depth > 0 && pick(3) == 0) {
			write_expression(inner, size / 4 < sizeof inner ? size / 4 : sizeof inner, depth - 1);
			len += (size_t)snprintf(out + len, size - len, "(%s%s%s)%s", inner,
			                        pick(2) == 0 ? "|" : "", inner[0] != '\0' ? "a" : "",
			                        repeats[pick(sizeof repeats / sizeof *repeats)]);
		} else {
			len += (size_t)snprintf(out + len, size - len, "%s%s",
			                        atoms[pick(sizeof atoms / sizeof *atoms)],
			                        repeats[pick(sizeof repeats / sizeof *repeats)]);
		}
	}
}

static void random_expressions_match_what_posix_matches(void **state)
{
	char text[512], bound[516];

	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct error error = {.text = ""};
		const struct regex *regex;
		regex_t posix;

		write_expression(text, sizeof text, 2);
		snprintf(bound, sizeof bound, pick(2) == 0 ? "^%s$" : "%s", text);
		regex = regex_parse(arena, bound, &error);
		if (regex == NULL)
			fail_msg("%s: %s", bound, error.text);
		assert_int_equal(regcomp(&posix, bound, REG_EXTENDED | REG_NOSUB), 0);
		for (unsigned i = 0; i < 40; i++) {
			char value[12] = "";

			for (unsigned k = pick(9); k > 0; k--)
				value[strlen(value)] = "ab/"[pick(3)];
			if (regex_matches(regex, value) != (regexec(&posix, value, 0, NULL, 0) == 0))
				fail_msg("%s and '%s'", bound, value);
		}
		regfree(&posix);
		arena_free(arena);
	}
}

/* What covers all lets every text pass that one can think of, what covers none lets no text pass. */
static void random_expressions_cover_what_they_match(void **state)
{
	static const struct regex_place places[] = {{"ab", false}, {"a/", true}, {"b", false}};
	char text[512], bound[516];
	unsigned covers[3] = {0};

	(void)state;
	for (unsigned round = 0; round < 1500; round++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct error error = {.text = ""};
		const struct regex *regex;
		enum regex_cover cover;
		unsigned some = 0, none = 0;

		write_expression(text, sizeof text, 1);
		snprintf(bound, sizeof bound, pick(3) > 0 ? "^%s" : "^(%s)*$", text);
		regex = regex_parse(arena, bound, &error);
		if (regex == NULL)
			fail_msg("%s: %s", bound, error.text);
		regex_covers(regex, &(struct regex_form){places, 3}, (const char *const[]){""}, 1, &cover);
		covers[cover]++;
		for (unsigned bits = 0; bits < 1u << 10; bits++) { /* up to 8 in the middle */
			char value[16] = {"ab"[bits & 1]};

			for (unsigned k = 0; k < (bits >> 1 & 7); k++)
				value[1 + k] = "a/"[bits * 2654435761u >> (8 + k) & 1];
			value[strlen(value)] = 'b';
			if (regex_matches(regex, value))
				some++;
			else
				none++;
		}
		if ((cover == REGEX_COVERS_ALL && none > 0) || (cover == REGEX_COVERS_NONE && some > 0))
			fail_msg("%s covers %d, and %u match and %u do not", bound, cover, some, none);
		arena_free(arena);
	}
	assert_true(covers[REGEX_COVERS_ALL] > 20 && covers[REGEX_COVERS_NONE] > 20 &&
	            covers[REGEX_COVERS_SOME] > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_match_as_in_go),
		cmocka_unit_test(what_is_not_known_is_refused),
		cmocka_unit_test(nesting_and_memory_have_limits),
		cmocka_unit_test(names_are_covered_or_not),
		cmocka_unit_test(too_much_to_look_at_is_not_all),
		cmocka_unit_test(prefixes_are_told_apart),
		cmocka_unit_test(random_expressions_match_what_posix_matches),
		cmocka_unit_test(random_expressions_cover_what_they_match),
	};

	return cmocka_run_group_tests_name("regex", tests, NULL, NULL);
}
