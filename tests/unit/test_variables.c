/* Variables in settings: each identity fills in its own, and one that has none fills in nothing. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "policy/variables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct identity somebody = {
	.peer = {.present = true, .uid = 1000, .gid = 100, .pid = 7, .user = "job.runner_1"},
	.grant = {.tenant = "team-a"},
};
static const struct identity nobody = {.listener = "tls"};

static void each_variable_has_the_identitys_value(void **state)
{
	static const struct {
		const char *text, *somebody, *anybody;
		bool varies;
	} rows[] = {
		{"/srv", "/srv", "/srv", false},
		{"", "", "", false},
		{"/srv/$tenant", "/srv/team-a", "/srv/*", true},
		{"/srv/$uid", "/srv/1000", "/srv/*", true},
		{"/home/$user/ci", "/home/job.runner_1/ci", "/home/*/ci", true},
		{"$tenant-$uid.$user", "team-a-1000.job.runner_1", "*-*.*", true},
		{"/srv/$$tenant", "/srv/$tenant", "/srv/$tenant", false},
		{"/srv/$$$tenant", "/srv/$team-a", "/srv/$*", true},
		{"$$", "$", "$", false},
		{"$uid/", "1000/", "*/", true},
	};
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct error error = {""};
		const char *text = rows[i].text;

		if (!variables_check(text, &error))
			fail_msg("'%s' %s", text, error.text);
		assert_int_equal(variables_vary(text), rows[i].varies);
		assert_string_equal(variables_expand(arena, text, &somebody), rows[i].somebody);
		assert_string_equal(variables_pattern(arena, text), rows[i].anybody);
		if (rows[i].varies)
			assert_null(variables_expand(arena, text, &nobody));
		else
			assert_string_equal(variables_expand(arena, text, &nobody), rows[i].somebody);
		assert_null(variables_expand(arena, text, NULL));
	}
	arena_free(arena);
}

static void unknown_variables_are_told(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{"/srv/$", "the variable '$',"},
		{"/srv/$/x", "the variable '$',"},
		{"/srv/$group", "the variable '$group',"},
		{"/srv/$Tenant", "the variable '$Tenant',"},
		{"/srv/$tenants/x", "the variable '$tenants',"},
		{"/srv/$tenant$nobody", "the variable '$nobody',"},
		{"/srv/${tenant}", "the variable '$',"},
		{"/srv/$1", "the variable '$1',"},
		{"/srv/$$$", "the variable '$',"},
	};
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct error error = {""};

		assert_false(variables_check(rows[i].text, &error));
		if (strstr(error.text, rows[i].words) == NULL)
			fail_msg("'%s' %s", rows[i].text, error.text);
		assert_null(variables_expand(arena, rows[i].text, &somebody));
	}
	arena_free(arena);
}

static void what_is_no_path_segment_is_no_value(void **state)
{
	static const char *const users[] = {"",     ".",   "..",   "../x", "a/b", "/",
	                                    ".ssh", "-rf", "a\nb", "a b",  "a:b", "\xc3\xa9"};
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
		struct identity identity = somebody;

		identity.peer.user = users[i];
		assert_null(variables_expand(arena, "/srv/$user", &identity));
		assert_string_equal(variables_expand(arena, "/srv/$uid", &identity), "/srv/1000");
	}
	arena_free(arena);
}

/* pid 0 is what the kernel says of a peer in another pid namespace, whose users may be others. */
static void a_peer_that_is_not_known_has_no_numbers(void **state)
{
	struct identity elsewhere = somebody, absent = somebody;
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	elsewhere.peer.pid = 0;
	absent.peer.present = false;
	assert_null(variables_expand(arena, "$uid", &elsewhere));
	assert_null(variables_expand(arena, "$user", &elsewhere));
	assert_null(variables_expand(arena, "$uid", &absent));
	assert_null(variables_expand(arena, "$user", &absent));
	assert_string_equal(variables_expand(arena, "$tenant", &absent), "team-a");
	arena_free(arena);
}

static void without_memory_there_is_no_value(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	assert_null(variables_expand(arena, "/srv/$uid", &somebody));
	assert_null(variables_pattern(arena, "/srv/$uid"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_variable_has_the_identitys_value),
		cmocka_unit_test(unknown_variables_are_told),
		cmocka_unit_test(what_is_no_path_segment_is_no_value),
		cmocka_unit_test(a_peer_that_is_not_known_has_no_numbers),
		cmocka_unit_test(without_memory_there_is_no_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
