/* Binds, VolumesFrom, links and paths, as dockerd splits them. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_text(const char *what, const char *got, const char *wanted)
{
	if ((got == NULL) != (wanted == NULL) || (got != NULL && strcmp(got, wanted) != 0))
		fail_msg("%s: got %s, wanted %s", what, got != NULL ? got : "none",
		         wanted != NULL ? wanted : "none");
}

static void binds_are_split_as_dockerd_splits_them(void **state)
{
	static const struct {
		const char *text, *source, *target;
		bool read_only, relabel, no_copy;
		enum propagation propagation;
	} rows[] = {
		{"/a:/b", "/a", "/b", false, false, false, PROPAGATION_NONE},
		{"/a:/b:", "/a", "/b", false, false, false, PROPAGATION_NONE},
		{"/a:/b:ro", "/a", "/b", true, false, false, PROPAGATION_NONE},
		{"/a:/b:rw,Z,rslave", "/a", "/b", false, true, false, PROPAGATION_SLAVE},
		{"/a:/b:private", "/a", "/b", false, false, false, PROPAGATION_PRIVATE},
		{"/a:/b:z,shared,ro", "/a", "/b", true, true, false, PROPAGATION_SHARED},
		{"/a:/b:cached", "/a", "/b", false, false, false, PROPAGATION_NONE},
		{"//a/../etc/.//:/b", "/etc", "/b", false, false, false, PROPAGATION_NONE},
		{"vol:/b:nocopy", "vol", "/b", false, false, true, PROPAGATION_NONE},
		{"/b", NULL, "/b", false, false, false, PROPAGATION_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *arena = arena_new(1 << 16);
		struct error error = {""};
		struct bind bind;

		if (!spec_parse_bind(arena, rows[i].text, &bind, &error))
			fail_msg("'%s' %s", rows[i].text, error.text);
		assert_text(rows[i].text, bind.source, rows[i].source);
		assert_text(rows[i].text, bind.target, rows[i].target);
		assert_int_equal(bind.mode.read_only, rows[i].read_only);
		assert_int_equal(bind.mode.relabel, rows[i].relabel);
		assert_int_equal(bind.mode.no_copy, rows[i].no_copy);
		assert_int_equal(bind.mode.propagation, rows[i].propagation);
		arena_free(arena);
	}
}

static void strange_binds_are_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"a",
		":",
		"::",
		"/a:",
		"/a:b",
		":/b",
		"/a:/b:ro:x",
		"/a:/b:RO",
		"/a:/b:ro,ro",
		"/a:/b:ro,rw",
		"/a:/b:z,Z",
		"/a:/b:,",
		"/a:/b:ro,",
		"/a:/b:,ro",
		"/a:/b: ro",
		"/a:/b:exec",
		"/a:/b:default",
		"a b:/b",
		"../a:/b",
		".:/b",
		"a/b:/c",
		"/a:/b:rshared,rslave",
		"/a:/b:cached,delegated",
		"/a:ro",
		"-x:/b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *arena = arena_new(1 << 16);
		struct error error = {""};
		struct bind bind;

		if (spec_parse_bind(arena, rows[i], &bind, &error))
			fail_msg("'%s' became '%s'", rows[i], bind.target);
		assert_string_not_equal(error.text, "");
		arena_free(arena);
	}
}

static void volumes_from_and_links_name_a_container(void **state)
{
	struct arena *arena = arena_new(1 << 16);
	struct error error = {""};
	struct volumes_from from;
	struct link link;

	(void)state;
	assert_true(spec_parse_volumes_from(arena, "/web:ro,z", &from, &error));
	assert_string_equal(from.container, "web");
	assert_string_equal(from.mode_text, "ro,z");
	assert_true(from.mode.read_only);
	assert_true(spec_parse_volumes_from(arena, "web", &from, &error));
	assert_null(from.mode_text);
	assert_false(spec_parse_volumes_from(arena, "web:nocopy", &from, &error));
	assert_false(spec_parse_volumes_from(arena, "web:slave", &from, &error));
	assert_false(spec_parse_volumes_from(arena, "web:ro:x", &from, &error));
	assert_false(spec_parse_volumes_from(arena, "web/db", &from, &error));
	assert_false(spec_parse_volumes_from(arena, "", &from, &error));

	assert_true(spec_parse_link(arena, "web:db", &link, &error));
	assert_string_equal(link.container, "web");
	assert_string_equal(link.alias, "db");
	assert_true(spec_parse_link(arena, "web", &link, &error));
	assert_string_equal(link.alias, "web");
	assert_true(spec_parse_link(arena, "/web:/other/db", &link, &error));
	assert_string_equal(link.container, "web");
	assert_string_equal(link.alias, "db");
	assert_false(spec_parse_link(arena, "web:", &link, &error));
	assert_false(spec_parse_link(arena, ":db", &link, &error));
	assert_false(spec_parse_link(arena, "a:b:c", &link, &error));
	assert_false(spec_parse_link(arena, "a/b:c", &link, &error));
	arena_free(arena);
}

static void paths_are_cleaned_as_go_cleans_them(void **state)
{
	static const struct {
		const char *path, *clean;
	} rows[] = {
		{"/", "/"},
		{"//", "/"},
		{"/.", "/"},
		{"/..", "/"},
		{"/../..", "/"},
		{"/a", "/a"},
		{"/a/", "/a"},
		{"/a//b", "/a/b"},
		{"/a/./b", "/a/b"},
		{"/a/../b", "/b"},
		{"/a/b/..", "/a"},
		{"/a/..", "/"},
		{"/...", "/..."},
		{"/..a/.b", "/..a/.b"},
		{"/a/b/../../c", "/c"},
		{"a", NULL},
		{"", NULL},
		{"./a", NULL},
	};
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_text(rows[i].path, spec_clean_path(arena, rows[i].path), rows[i].clean);
	arena_free(arena);
}

static void host_ports_are_one_or_a_range(void **state)
{
	static const struct {
		const char *text;
		unsigned first, last;
	} rows[] = {
		{"", 0, 0},
		{"0", 0, 0},
		{"00", 0, 0},
		{"1", 1, 1},
		{"65535", 65535, 65535},
		{"08080", 8080, 8080},
		{"8000-8010", 8000, 8010},
		{"8000-8000", 8000, 8000},
		{"1-65535", 1, 65535},
	};
	static const char *const strange[] = {
		"-",     "0-0",    "0-1",    "1-",     "-1",        "2-1",         "65536",      "1-65536",
		"1-2-3", "80/tcp", "tcp/80", "80 ",    " 80",       "+80",         "0x50",       "1--2",
		"http",  "1,2",    "1:2",    "80-+90", "000000080", "1-000000080", "4294967376",
	};
	struct port_range range;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!spec_parse_host_port(rows[i].text, &range))
			fail_msg("'%s' was not read", rows[i].text);
		assert_int_equal(range.first, rows[i].first);
		assert_int_equal(range.last, rows[i].last);
	}
	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		if (spec_parse_host_port(strange[i], &range))
			fail_msg("'%s' was read", strange[i]);
	}
}

static void a_relative_path_stays_inside(void **state)
{
	static const char *const inside[] = {"",     ".",      "a",   "a/b", "a//b/",      "./a",
	                                     "a/..", "a/../b", "...", "..a", "a/b/../../c"};
	static const char *const outside[] = {"/",       "/a",   "..",           "../a",
	                                      "a/../..", "./..", "a/b/../../..", ".//../a"};

	(void)state;
	for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
		if (!spec_is_inside(inside[i]))
			fail_msg("'%s' is said to leave", inside[i]);
	}
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		if (spec_is_inside(outside[i]))
			fail_msg("'%s' is said to stay", outside[i]);
	}
}

static void modes_are_words_containers_or_networks(void **state)
{
	(void)state;
	assert_string_equal(spec_mode_container("container:web"), "web");
	assert_string_equal(spec_mode_container("container:/web"), "web");
	assert_string_equal(spec_mode_container("container:"), "");
	assert_null(spec_mode_container("Container:web"));
	assert_null(spec_mode_container("host"));
	assert_true(spec_mode_is_network("HOST"));
	assert_true(spec_mode_is_network("lan"));
	assert_false(spec_mode_is_network("host"));
	assert_false(spec_mode_is_network("default"));
	assert_false(spec_mode_is_network(""));
	assert_false(spec_mode_is_network("container:web"));
	assert_true(spec_is_name("a"));
	assert_true(spec_is_name("A_b-c.9"));
	assert_false(spec_is_name(""));
	assert_false(spec_is_name("_a"));
	assert_false(spec_is_name("a/b"));
	assert_false(spec_is_name("a b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(binds_are_split_as_dockerd_splits_them),
		cmocka_unit_test(strange_binds_are_refused),
		cmocka_unit_test(volumes_from_and_links_name_a_container),
		cmocka_unit_test(paths_are_cleaned_as_go_cleans_them),
		cmocka_unit_test(host_ports_are_one_or_a_range),
		cmocka_unit_test(a_relative_path_stays_inside),
		cmocka_unit_test(modes_are_words_containers_or_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
