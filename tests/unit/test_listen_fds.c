/* The environment variables by which systemd passes sockets. */
#include "policy/error.h"
#include "proxy/listen_fds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SELF = 4711 };

static void test_what_is_found(void **state)
{
	/* FOUND is the descriptors, or NULL for an error. */
	static const struct {
		const char *pid, *fds, *names, *name, *found;
	} rows[] = {
		{NULL, NULL, NULL, "a", ""},
		{"4711", NULL, "a", "a", ""},
		{NULL, "1", "a", "a", ""},
		{"4712", "1", "a", "a", ""},
		{"4712", "nonsense", "a", "a", ""}, /* somebody else's nonsense */
		{"4711", "0", "", "a", ""},
		{"4711", "1", "a", "a", "3 "},
		{"4711", "1", "a", "b", ""},
		{"4711", "3", "a:b:a", "a", "3 5 "},
		{"4711", "3", "a:b:a", "b", "4 "},
		{"4711", "2", "ab:a", "a", "4 "},
		{"4711", "2", NULL, "unknown", "3 4 "},
		{"4711", "2", NULL, "a", ""},
		{"4711", "2", "a", "a", NULL},
		{"4711", "1", "a:b", "a", NULL},
		{"4711", "2", "a:", "a", NULL},
		{"4711", "2", ":a", "a", NULL},
		{"4711", "1", "", "a", NULL},
		{"4711", "2", "a\n:b", "b", NULL},
		{"4711", "2", "a:\x80", "a", NULL},
		{"4711", "257", "a", "a", NULL},
		{"4711", "-1", "a", "a", NULL},
		{"4711", "1 ", "a", "a", NULL},
		{"4711", "", "a", "a", NULL},
		{"0", "1", "a", "a", NULL},
		{"", "1", "a", "a", NULL},
		{"+4711", "1", "a", "a", NULL},
		{"4294972007", "1", "a", "a", NULL}, /* 4711 and 2^32 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct listen_fds_environment environment = {rows[i].pid, rows[i].fds, rows[i].names};
		struct listen_fds_found found;
		struct error error = {0};
		char text[64] = "";
		bool well = listen_fds_find(&environment, SELF, rows[i].name, &found, &error);

		if (well != (rows[i].found != NULL))
			fail_msg("row %zu: %s", i, well ? "accepted" : error.text);
		assert_int_equal(well, error.text[0] == '\0');
		for (size_t j = 0; well && j < found.count; j++) {
			assert_in_range(found.fds[j], LISTEN_FDS_FIRST, 9);
			text[2 * j] = (char)('0' + found.fds[j]);
			text[2 * j + 1] = ' ';
		}
		if (well)
			assert_string_equal(text, rows[i].found);
	}
}

static void test_the_most_that_can_be_passed(void **state)
{
	const struct listen_fds_environment environment = {"4711", "256", NULL};
	struct listen_fds_found found;

	(void)state;
	assert_true(listen_fds_find(&environment, SELF, "unknown", &found, NULL));
	assert_int_equal(found.count, LISTEN_FDS_MAX);
	assert_int_equal(found.fds[LISTEN_FDS_MAX - 1], LISTEN_FDS_FIRST + LISTEN_FDS_MAX - 1);
}

static void test_names_of_every_length(void **state)
{
	char name[LISTEN_FDS_NAME_MAX + 2];
	const struct listen_fds_environment environment = {"4711", "1", name};
	struct listen_fds_found found;

	(void)state;
	memset(name, 'n', sizeof name);
	name[LISTEN_FDS_NAME_MAX] = '\0';
	assert_true(listen_fds_find(&environment, SELF, name, &found, NULL));
	assert_int_equal(found.count, 1);
	name[LISTEN_FDS_NAME_MAX] = 'n';
	name[LISTEN_FDS_NAME_MAX + 1] = '\0';
	assert_false(listen_fds_find(&environment, SELF, name, &found, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_found),
		cmocka_unit_test(test_the_most_that_can_be_passed),
		cmocka_unit_test(test_names_of_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
