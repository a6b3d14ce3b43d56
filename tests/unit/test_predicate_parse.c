/* The grammar of `when`: what is read, how it is written back, and where mistakes are told. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/predicate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 4 << 20 };

/* A table of what is read, and the one way to write it. */
static void predicates(void **state)
{
	static const struct {
		const char *text, *printed;
	} table[] = {
		{"User = root", "User = root"},
		{"User=root", "User = root"},
		{"  User\t=\n \"root\" ", "User = root"},
		{"User = 'root'", "User = root"},
		{"User != 'a b'", "User != \"a b\""},
		{"User = ''", "User = \"\""},
		{"User = \"say \\\"hi\\\" \\\\\"", "User = \"say \\\"hi\\\" \\\\\""},
		{"User = 'it\\'s \"x\"'", "User = \"it's \\\"x\\\"\""},
		{"User = 'and'", "User = \"and\""},
		{"User = 'present'", "User = \"present\""},
		{"User = andy", "User = andy"},
		{"User = \"\xc3\xbc\"", "User = \"\xc3\xbc\""},
		{"HostConfig.Memory >= 512M", "HostConfig.Memory >= 512M"},
		{"HostConfig.Memory<=1", "HostConfig.Memory <= 1"},
		{"HostConfig.Memory < 1", "HostConfig.Memory < 1"},
		{"HostConfig.Memory > 1", "HostConfig.Memory > 1"},
		{"HostConfig.OomScoreAdj = -5", "HostConfig.OomScoreAdj = -5"},
		{"Image image registry.example/**", "Image image registry.example/**"},
		{"Image image 'a:b@c'", "Image image a:b@c"},
		{"WorkingDir under \"/srv\"", "WorkingDir under /srv"},
		{"identity.address in 10.0.0.0/8", "identity.address in 10.0.0.0/8"},
		{"label.x present", "label.x present"},
		{"label.com.example.team absent", "label.com.example.team absent"},
		{"Labels.\"a b\" present", "Labels.\"a b\" present"},
		{"Labels.'*' present", "Labels.\"*\" present"},
		{"\"any\" present", "\"any\" present"},
		{"any Env = AWS_*", "any Env = AWS_*"},
		{"all HostConfig.Mounts.Source under /srv", "all HostConfig.Mounts.Source under /srv"},
		{"any HostConfig.Mounts (Type=bind and Source under /srv)",
	     "any HostConfig.Mounts (Type = bind and Source under /srv)"},
		{"all A.* ( (B = c) )", "all A.* (B = c)"},
		{"all A (any B (C = d or E = f))", "all A (any B (C = d or E = f))"},
		{"recreate", "recreate"},
		{"recreate and recreate", "recreate and recreate"},
		{"a=1 or b=2 and c=3", "a = 1 or b = 2 and c = 3"},
		{"(a=1 or b=2) and c=3", "(a = 1 or b = 2) and c = 3"},
		{"a=1 or (b=2 and c=3)", "a = 1 or b = 2 and c = 3"},
		{"a=1 or (b=2 or c=3)", "a = 1 or b = 2 or c = 3"},
		{"((a=1 and b=2) and (c=3 and (d=4)))", "a = 1 and b = 2 and c = 3 and d = 4"},
		{"not a=1", "not a = 1"},
		{"not not a=1", "not not a = 1"},
		{"not a=1 and b=2", "not a = 1 and b = 2"},
		{"not (a=1 and b=2)", "not (a = 1 and b = 2)"},
		{"not (a=1 or b=2) or not (c=3)", "not (a = 1 or b = 2) or not c = 3"},
		{"not any a = 1", "not any a = 1"},
		{"notes = x and anything = y", "notes = x and anything = y"},
	};
	struct arena *arena = arena_new(ARENA_BYTES);

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct error error;
		const struct predicate *read = predicate_parse(arena, table[i].text, &error);
		const struct predicate *again;

		if (read == NULL)
			fail_msg("%s: %s", table[i].text, error.text);
		assert_string_equal(predicate_print(arena, read), table[i].printed);
		again = predicate_parse(arena, table[i].printed, &error);
		if (again == NULL)
			fail_msg("%s: %s", table[i].printed, error.text);
		assert_string_equal(predicate_print(arena, again), table[i].printed);
	}
	arena_free(arena);
}

static void mistakes(void **state)
{
	static const struct {
		const char *text, *told;
	} table[] = {
		{"", "it ends where there should be a path, like User or identity.uid"},
		{"   ", "it ends where there should be a path"},
		{"User", "it ends where there should be =, !=, <, <=, >, >=, under, image, in, present or "
	             "absent"},
		{"User ~ root", "at character 6, '~': expected =, !=, <"},
		{"User rot", "at character 6, 'rot': expected =, !=, <"},
		{"User == root", "at character 7, '=': expected a value"},
		{"User =", "it ends where there should be a value"},
		{"User = and", "at character 8, 'and': expected a value; put one that reads so in quotes"},
		{"User = (x)", "at character 8, '(': expected a value"},
		{"User = root x", "at character 13, 'x': expected `and`, `or`, or the end"},
		{"User = root)", "at character 12, ')': expected `and`, `or`, or the end"},
		{"(User = root", "it ends where there should be `and`, `or` or a closing parenthesis"},
		{"(User = root x)", "at character 14, 'x': expected `and`, `or` or a closing parenthesis"},
		{"()", "at character 2, ')': expected a path"},
		{"and a = 1", "at character 1, 'and': expected a path"},
		{"a = 1 and", "it ends where there should be a path"},
		{"a = 1 and or b = 1", "at character 11, 'or': expected a path"},
		{"not", "it ends where there should be a path"},
		{"any any a = 1", "at character 5, 'any': expected a path"},
		{"any (a = 1)", "at character 5, '(': expected a path"},
		{"any recreate", "at character 5, 'recreate': expected a path"},
		{"Mounts (a = 1)", "at character 8, '(': expected a comparison, or `any` or `all` before"},
		{"any Mounts ()", "at character 13, ')': expected a path"},
		{"any Mounts (a = 1", "it ends where there should be `and`, `or` or a closing"},
		{"User ! root", "at character 6: nothing begins like this"},
		{"User = \\x", "at character 8: nothing begins like this"},
		{"User = \"root", "at character 8: the quote has no end"},
		{"User = \"root\\\"", "at character 8: the quote has no end"},
		{"User = 'a\\n'", "at character 8: a backslash stands before a quote or a backslash only"},
		{"User = 'a\\\\n'b", "at character 8: put the whole value in quotes"},
		{"User = a'b'", "at character 8: put the whole value in quotes"},
		{"User = \"\xff\"", "at character 8: the text in quotes is not UTF-8"},
		{".User = x", "at character 1: a name is missing beside the dot"},
		{"User. = x", "at character 6: a name is missing behind the dot"},
		{"a..b = x", "at character 3: a name is missing beside the dot"},
		{"a.'b'c = x", "at character 6: a dot is missing beside the quotes"},
		{"a'b' = x", "at character 2: a dot is missing beside the quotes"},
		{"a.'\\x' = x", "at character 3: a backslash stands before"},
	};
	struct arena *arena = arena_new(ARENA_BYTES);

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct error error;

		if (predicate_parse(arena, table[i].text, &error) != NULL)
			fail_msg("%s was read", table[i].text);
		if (strncmp(error.text, table[i].told, strlen(table[i].told)) != 0)
			fail_msg("%s: %s", table[i].text, error.text);
	}
	arena_free(arena);
}

/* Whatever opens COUNT times something inside something. */
static const char *nested(struct arena *arena, const char *open, size_t count, const char *close)
{
	const char *text = "a = 1";

	for (size_t i = 0; i < count; i++)
		text = arena_format(arena, "%s%s%s", open, text, close);
	return text;
}

static void depth_and_length_are_bounded(void **state)
{
	static const char *const opens[] = {"(", "not ", "any a ("}, *const closes[] = {")", "", ")"};
	struct arena *arena = arena_new(ARENA_BYTES);
	struct error error;
	char *text = arena_alloc(arena, PREDICATE_TEXT_MAX + 2);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_non_null(predicate_parse(arena,
		                                nested(arena, opens[i], PREDICATE_DEPTH_MAX, closes[i]),
		                                &error));
		assert_null(predicate_parse(arena,
		                            nested(arena, opens[i], PREDICATE_DEPTH_MAX + 1, closes[i]),
		                            &error));
		assert_non_null(strstr(error.text, "more than 32 parentheses and `not`"));
	}
	memset(text, 'x', PREDICATE_TEXT_MAX + 1);
	memcpy(text, "a = ", 4);
	assert_null(predicate_parse(arena, text, &error));
	assert_string_equal(error.text, "it is longer than 16384 bytes");
	text[PREDICATE_TEXT_MAX] = '\0';
	assert_non_null(predicate_parse(arena, text, &error));
	arena_free(arena);
}

/* A chain as long as the text allows takes no more depth than a short one. */
static void long_chains_are_flat(void **state)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	char text[PREDICATE_TEXT_MAX + 1] = "a=1";
	const struct predicate *chain;
	struct error error;
	size_t parts = 1;

	(void)state;
	for (size_t used = 3; used + 8 <= PREDICATE_TEXT_MAX; used += 8, parts++)
		memcpy(text + used, " and a=1", 8);
	chain = predicate_parse(arena, text, &error);
	assert_non_null(chain);
	for (const struct predicate *part = chain->first; part != NULL; part = part->next)
		parts--;
	assert_int_equal(parts, 0);
	assert_non_null(predicate_print(arena, chain));
	arena_free(arena);
}

static void short_memory_is_told(void **state)
{
	static const char text[] = "not any a.'b' (c = 'd' or e present) and f.g in x";

	(void)state;
	for (size_t bytes = 1;; bytes += 8) {
		struct arena *arena = arena_new(bytes);
		struct error error;
		const struct predicate *read = predicate_parse(arena, text, &error);
		const char *printed = read != NULL ? predicate_print(arena, read) : NULL;

		if (read == NULL)
			assert_non_null(strstr(error.text, "out of memory"));
		arena_free(arena);
		if (printed != NULL)
			return;
		assert_true(bytes < ARENA_BYTES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(predicates),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(depth_and_length_are_bounded),
		cmocka_unit_test(long_chains_are_flat),
		cmocka_unit_test(short_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
