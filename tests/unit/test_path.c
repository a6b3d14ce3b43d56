/* Paths: one spelling each, and printed so that they are read back the same. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void good_paths(void **state)
{
	static const struct {
		const char *target;
		unsigned major, minor;
		const char *rest;
	} table[] = {
		{"/_ping", 0, 0, "/_ping"},
		{"/", 0, 0, "/"},
		{"/v1.41/_ping", 1, 41, "/_ping"},
		{"/v1.24/containers/json", 1, 24, "/containers/json"},
		{"/v1.0/info", 1, 0, "/info"},
		{"/v9.99/info", 9, 99, "/info"}, /* a version; whether it is served is not asked here */
		{"/v1.9999/info", 1, 9999, "/info"},
		{"/v1.41/", 1, 41, "/"},
		{"/version", 0, 0, "/version"},
		{"/volumes", 0, 0, "/volumes"},
		{"/v", 0, 0, "/v"},
		{"/v/1.41", 0, 0, "/v/1.41"},
		{"/Version", 0, 0, "/Version"},
		{"/v1.41/v1.41/_ping", 1, 41, "/v1.41/_ping"}, /* no route; never a second version */
		{"/v1.41/networks/", 1, 41, "/networks/"},
		{"/containers/web_1.a-b/json", 0, 0, "/containers/web_1.a-b/json"},
		{"/images/registry.example:5000/team/app@sha256:0123/json", 0, 0,
	     "/images/registry.example:5000/team/app@sha256:0123/json"},
		{"/images/x+y/json", 0, 0, "/images/x+y/json"}, /* '+' is no blank in a path */
		{"/containers/%78/json", 0, 0, "/containers/x/json"},
		{"/%63ontainers/json", 0, 0, "/containers/json"},
		{"/%761.41/info", 1, 41, "/info"},
		{"/v1%2e41/info", 1, 41, "/info"},
		{"/images/a%3Alatest/json", 0, 0, "/images/a:latest/json"},
		{"/containers/.../json", 0, 0, "/containers/.../json"},
		{"/containers/.a/json", 0, 0, "/containers/.a/json"},
		{"/containers/a./json", 0, 0, "/containers/a./json"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena *arena = arena_new(4096);
		struct error error = {""};
		struct path path;

		if (!path_parse(arena, table[i].target, strlen(table[i].target), &path, &error))
			fail_msg("%s: %s", table[i].target, error.text);
		assert_int_equal(path.version.major, table[i].major);
		assert_int_equal(path.version.minor, table[i].minor);
		assert_string_equal(path.rest, table[i].rest);
		arena_free(arena);
	}
}

/* A table of what is refused, and a word of the reason. */
static void refused_paths(void **state)
{
	static const struct {
		const char *target;
		const char *words; /* in the message */
	} table[] = {
		{"", "start with"},
		{"*", "start with"},
		{"containers/json", "start with"},
		{"http://docker/info", "start with"},
		{"http:info", "start with"},
		{"//info", "\"//\""},
		{"/v1.41//info", "\"//\""},
		{"//v1.41/info", "\"//\""},
		{"/containers//json", "\"//\""},
		{"/networks//", "\"//\""},
		{"/.", "\"..\""},
		{"/..", "\"..\""},
		{"/./info", "\"..\""},
		{"/a/../info", "\"..\""},
		{"/info/.", "\"..\""},
		{"/info/..", "\"..\""},
		{"/_ping/%2e%2e/x", "\"..\""},
		{"/_ping/.%2E/x", "\"..\""},
		{"/_ping/%2e/x", "\"..\""},
		{"/v1.41/../info", "\"..\""},
		{"/v1.41%2Fcontainers%2Fjson", "%2F"},
		{"/containers/%2fh1/json", "%2F"},
		{"/_ping%00", "%00"},
		{"/_ping%0d%0a", "%0D"},
		{"/_ping%0a", "%0A"},
		{"/_ping%20", "%20"},
		{"/_ping%7f", "%7F"},
		{"/_ping%252f..", "%25"},
		{"/containers/%25/json", "%25"},
		{"/_ping%3fx", "%3F"},
		{"/_ping%23x", "%23"},
		{"/_ping%3bx", "%3B"},
		{"/_ping%5c..", "%5C"},
		{"/_ping%c0%af", "%C0"},
		{"/containers/caf%c3%a9/json", "%C3"},
		{"/containers/caf\xc3\xa9/json", "0xc3"},
		{"/containers/a b/json", "0x20"},
		{"/containers/a\tb/json", "0x09"},
		{"/containers/a\x7f"
	     "b/json",
	     "0x7f"},
		{"/info#x", "'#'"},
		{"/info;x", "';'"},
		{"/info\\x", "'\\'"},
		{"/info?x", "'?'"},
		{"/containers/*/json", "'*'"},
		{"/containers/<x>/json", "'<'"},
		{"/containers/~root/json", "'~'"},
		{"/containers/x,y/json", "','"},
		{"/containers/h%zz/json", "malformed"},
		{"/containers/h%", "malformed"},
		{"/containers/h%4", "malformed"},
		{"/containers/h%4/x", "malformed"},
		{"/containers/h%-1", "malformed"},
		{"/containers/h%+1", "malformed"},
		{"/v1.41", "ends behind"},
		{"/v1/info", "/vMAJOR.MINOR/"},
		{"/v99/info", "/vMAJOR.MINOR/"},
		{"/v0.41/info", "/vMAJOR.MINOR/"},
		{"/v1./info", "/vMAJOR.MINOR/"},
		{"/v.1.41/info", "/vMAJOR.MINOR/"},
		{"/v..../info", "/vMAJOR.MINOR/"},
		{"/v1..41/info", "/vMAJOR.MINOR/"},
		{"/v1.41./info", "/vMAJOR.MINOR/"},
		{"/v1.41.0/info", "/vMAJOR.MINOR/"},
		{"/v1.041/info", "/vMAJOR.MINOR/"},
		{"/v1.00/info", "/vMAJOR.MINOR/"},
		{"/v01.41/info", "/vMAJOR.MINOR/"},
		{"/V1.41/info", "/vMAJOR.MINOR/"},
		{"/v-1.41/info", "/vMAJOR.MINOR/"},
		{"/v+1.41/info", "/vMAJOR.MINOR/"},
		{"/v1.41a/info", "/vMAJOR.MINOR/"},
		{"/v1.99999/info", "/vMAJOR.MINOR/"},
		{"/v1.99999999999999999999/info", "/vMAJOR.MINOR/"},
		{"/v99999999999999999999.1/info", "/vMAJOR.MINOR/"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena *arena = arena_new(4096);
		struct error error = {""};
		struct path path;

		if (path_parse(arena, table[i].target, strlen(table[i].target), &path, &error))
			fail_msg("'%s' was read as '%s'", table[i].target, path.rest);
		if (strstr(error.text, table[i].words) == NULL)
			fail_msg("'%s': %s", table[i].target, error.text);
		arena_free(arena);
	}
}

static void nul_in_the_target_is_refused(void **state)
{
	struct arena *arena = arena_new(4096);
	struct path path;

	(void)state;
	assert_false(path_parse(arena, "/info\0/x", 8, &path, NULL));
	assert_null(path.rest);
	arena_free(arena);
}

static void exhausted_arena_is_a_refusal(void **state)
{
	struct arena *arena = arena_new(16);
	struct error error = {""};
	struct path path;

	(void)state;
	assert_false(path_parse(arena, "/containers/json/and/more", 25, &path, &error));
	assert_non_null(strstr(error.text, "memory"));
	assert_null(path_encode(arena, "abcdefgh", false));
	arena_free(arena);
}

static void encoding(void **state)
{
	struct arena *arena = arena_new(4096);

	(void)state;
	assert_string_equal(path_encode(arena, "web_1.a-b~", false), "web_1.a-b~");
	assert_string_equal(path_encode(arena, "app@sha256:01", false), "app@sha256:01");
	assert_string_equal(path_encode(arena, "a/b", false), "a%2Fb");
	assert_string_equal(path_encode(arena, "a/b", true), "a/b");
	assert_string_equal(path_encode(arena, "x+y", true), "x%2By");
	assert_string_equal(path_encode(arena, "a b?c#d%e;f", true), "a%20b%3Fc%23d%25e%3Bf");
	assert_string_equal(path_encode(arena, "\xc3\xa9\n", true), "%C3%A9%0A");
	assert_string_equal(path_encode(arena, "", true), "");
	arena_free(arena);
}

static void versions_compare_as_numbers(void **state)
{
	static const struct {
		struct api_version a, b;
		int order;
	} table[] = {
		{{1, 41}, {1, 41}, 0}, {{1, 9}, {1, 24}, -1}, {{1, 100}, {1, 56}, 1},
		{{2, 0}, {1, 56}, 1},  {{0, 0}, {1, 24}, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_int_equal(api_version_compare(table[i].a, table[i].b), table[i].order);
		assert_int_equal(api_version_compare(table[i].b, table[i].a), -table[i].order);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_paths),
		cmocka_unit_test(refused_paths),
		cmocka_unit_test(nul_in_the_target_is_refused),
		cmocka_unit_test(exhausted_arena_is_a_refusal),
		cmocka_unit_test(encoding),
		cmocka_unit_test(versions_compare_as_numbers),
	};

	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
