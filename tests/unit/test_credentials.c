/* Credentials in headers: read strictly, printed afresh, or no credentials at all. */
#include "policy/arena.h"
#include "policy/base64.h"
#include "policy/credentials.h"
#include "policy/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *encoded(struct arena *arena, const char *json)
{
	return base64_encode(arena, json, strlen(json));
}

static void what_is_sent_is_canonical(void **state)
{
	static const struct {
		bool many;
		const char *given, *sent;
	} cases[] = {
		{false, "{}", "{}"},
		{false, "null", "{}"},
		{false, "{\"Username\":\"u\",\"PASSWORD\":\"p\",\"extra\":{\"a\":[1]}}",
	     "{\"password\":\"p\",\"username\":\"u\"}"},
		{false, "{\"identitytoken\":\"t\",\"registrytoken\":null}", "{\"identitytoken\":\"t\"}"},
		{true, "{}", "{}"},
		{true, "null", "{}"}, /* the docker command that has logged in nowhere */
		{true, "{\"R\":{\"Auth\":\"a\"},\"r\":null}", "{\"R\":{\"auth\":\"a\"},\"r\":{}}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new(1 << 16);
		struct error error;
		const char *printed;
		json_t *tree;

		assert_true(credentials_read(arena, encoded(arena, cases[i].given), cases[i].many, &tree,
		                             &printed, &error));
		assert_true(json_is_object(tree));
		assert_string_equal(printed, encoded(arena, cases[i].sent));
		arena_free(arena);
	}
}

static void what_dockerd_ignores_is_left_out(void **state)
{
	static const char *const values[] = {"", "abc", "e30", "e30=e30=", "%7B%7D", "{}", "e3+="};
	struct arena *arena = arena_new(1 << 16);
	struct error error;
	const char *printed;
	json_t *tree;

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		assert_true(credentials_read(arena, values[i], false, &tree, &printed, &error));
		assert_null(tree);
		assert_null(printed);
	}
	arena_free(arena);
}

static void what_is_not_strict_is_refused(void **state)
{
	static const struct {
		bool many;
		const char *json, *told;
	} cases[] = {
		{false, "{} {}", "byte"},
		{false, "{", "byte"},
		{false, "[]", "object"},
		{false, "{\"username\":1}", "username"},
		{false, "{\"username\":\"a\",\"username\":\"b\"}", "twice"},
		{false, "{\"username\":\"a\",\"Username\":\"b\"}", "username"},
		{false, "{\"password\":\"sesame\",\"auth\":7}", "auth"},
		{true, "[]", "not an object"},
		{true, "{\"r\":{\"auth\":[]}}", "auth"},
		{true, "{\"r\":{},\"r\":{}}", "twice"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new(1 << 16);
		struct error error;
		const char *printed;
		json_t *tree;

		assert_false(credentials_read(arena, encoded(arena, cases[i].json), cases[i].many, &tree,
		                              &printed, &error));
		assert_non_null(strstr(error.text, cases[i].told));
		assert_null(strstr(error.text, "sesame"));
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_is_canonical),
		cmocka_unit_test(what_dockerd_ignores_is_left_out),
		cmocka_unit_test(what_is_not_strict_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
