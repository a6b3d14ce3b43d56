/* What is found in archives, and when. */
#include "policy/tar_header.h"
#include "policy/tar_links.h"
#include "tests/unit/tar_scanning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void files_are_found_under_every_form_of_their_name(void **state)
{
	static const struct tar_entry forms[] = {
		{.name = "manifest.json", .content = "here"},
		{.name = "./manifest.json", .content = "here"},
		{.name = "/manifest.json", .content = "here"},
		{.name = ".//./manifest.json", .content = "here"},
		{.name = "manifest.json", .prefix = ".", .content = "here"},
		{.name = "manifest.json", .type = '7', .content = "here"},
		{.name = "manifest.json", .content = "here", .magic = "ustar  \0"},
		{.name = "manifest.json", .content = "here", .magic = "\0\0\0\0\0\0\0\0"},
		{.name = "manifest.json", .content = "here", .size_text = "4"},
		{.name = "manifest.json", .content = "here", .size_text = "  4 "},
		{.name = "manifest.json", .content = "here", .size_text = "000000000004"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		tar_begin();
		tar_text_file(&tar, "other", "not this");
		tar_text_add(&tar, &forms[i]);
		tar_text_file(&tar, "b/manifest.json", "nor this");
		tar_end();
		expect_file("here");
	}
}

static void long_names_are_read(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'x', sizeof name);
	name[sizeof name - 1] = '\0';
	tar_begin();
	tar_text_pax(&tar, 'x', (const char *const[]){"mtime", "1.5", "path", "manifest.json", NULL});
	tar_text_file(&tar, "other", "by pax");
	tar_end();
	expect_file("by pax");

	tar_begin();
	tar_text_pax(&tar, 'x', (const char *const[]){"path", name, NULL});
	tar_text_file(&tar, "manifest.json", "not this");
	tar_text_file(&tar, "manifest.json", "this");
	tar_end();
	expect_file("this");

	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "././@LongLink",
	                                       .type = 'L',
	                                       .content = "manifest.json",
	                                       .size = 14});
	tar_text_file(&tar, "other", "by gnu");
	tar_end();
	expect_file("by gnu");

	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "x", .type = 'K', .content = "z", .size = 2});
	tar_text_add(&tar, &(struct tar_entry){
						   .name = "././@LongLink", .type = 'L', .content = name, .size = 300});
	tar_text_add(&tar, &(struct tar_entry){.name = "manifest.json", .type = '2'});
	tar_text_file(&tar, "manifest.json", "this");
	tar_end();
	expect_file("this");
}

static void a_size_may_come_from_pax_or_be_binary(void **state)
{
	static const char binary[12] = {(char)0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4};

	(void)state;
	tar_begin();
	tar_text_pax(&tar, 'x', (const char *const[]){"size", "4", NULL});
	tar_text_add(&tar, &(struct tar_entry){.name = "manifest.json",
	                                       .content = "here",
	                                       .size_text = "00000000000"});
	tar_end();
	expect_file("here");

	tar_begin();
	tar_text_file(&tar, "manifest.json", "here");
	memcpy(tar.bytes + 124, binary, sizeof binary);
	tar_text_sum(&tar, 0);
	tar_end();
	expect_file("here");
}

static void what_a_global_header_says_is_not_heeded(void **state)
{
	(void)state;
	tar_begin();
	tar_text_pax(&tar, 'g', (const char *const[]){"path", "manifest.json", "size", "99", NULL});
	tar_text_file(&tar, "other", "not this");
	tar_end();
	expect_file(NULL);
}

static void an_archive_may_end_without_a_marker(void **state)
{
	(void)state;
	tar_begin();
	tar_text_file(&tar, "manifest.json", "here");
	expect_file("here");
	tar_text_zeros(&tar, 1);
	expect_file("here");
	tar_text_zeros(&tar, 30);
	expect_file("here");
	tar_begin();
	expect_file(NULL);
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "manifest.json", .content = ""});
	expect_file("");
}

static void the_end_is_told_with_its_first_block(void **state)
{
	struct tar_scan *found = tar_scan_new(TAR_OF_IMAGES, wanted_names, 2);

	(void)state;
	tar_begin();
	tar_text_file(&tar, "manifest.json", "here");
	tar_end();
	assert_true(tar_scan_feed(found, tar.bytes, 1024 + 511));
	assert_false(tar_scan_has_end(found));
	assert_true(tar_scan_feed(found, tar.bytes + 1024 + 511, 1));
	assert_true(tar_scan_has_end(found));
	assert_true(tar_scan_bytes(found) > 0);
	tar_scan_free(found);
}

static void a_file_is_there_when_it_is_whole(void **state)
{
	struct tar_scan *found = tar_scan_new(TAR_OF_IMAGES, wanted_names, 2);
	size_t len;

	(void)state;
	tar_begin();
	tar_text_file(&tar, "manifest.json", "here");
	assert_true(tar_scan_feed(found, tar.bytes, 515));
	assert_null(tar_scan_file(found, 0, &len));
	assert_true(tar_scan_feed(found, tar.bytes + 515, 1));
	assert_non_null(tar_scan_file(found, 0, &len));
	assert_null(tar_scan_file(found, 1, &len));
	assert_null(tar_scan_file(found, 2, &len));
	tar_scan_free(found);
}

static void many_links_are_too_many(void **state)
{
	struct tar_links links = {.count = 0};
	char path[40];

	(void)state;
	for (unsigned i = 0; i < TAR_LINKS_MAX; i++) {
		snprintf(path, sizeof path, "l%u", i);
		assert_true(tar_links_add(&links, path));
	}
	assert_false(tar_links_add(&links, "one more"));
	for (unsigned i = 0; i < TAR_LINKS_MAX; i += 97) {
		snprintf(path, sizeof path, "l%u/x", i);
		assert_true(tar_links_lead_to(&links, path));
		snprintf(path, sizeof path, "m%u/l%u", i, i);
		assert_false(tar_links_lead_to(&links, path));
	}
	tar_links_free(&links);
}

static void paths_are_cleaned(void **state)
{
	static const struct {
		const char *name, *path; /* NULL: refused */
	} rows[] = {
		{"", ""},
		{".", ""},
		{"/", ""},
		{"a", "a"},
		{"./a", "a"},
		{"/a//b/./c/", "a/b/c"},
		{"...", "..."},
		{"..", NULL},
		{"a/..", NULL},
		{"a/../b", NULL},
		{".a/..b", ".a/..b"},
	};
	char path[TAR_NAME_SIZE];
	char name[TAR_NAME_SIZE + 10];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(tar_path_clean(rows[i].name, path), rows[i].path != NULL);
		if (rows[i].path != NULL)
			assert_string_equal(path, rows[i].path);
	}
	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_false(tar_path_clean(name, path));
	name[TAR_NAME_SIZE - 2] = '\0';
	assert_true(tar_path_clean(name, path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_found_under_every_form_of_their_name),
		cmocka_unit_test(long_names_are_read),
		cmocka_unit_test(a_size_may_come_from_pax_or_be_binary),
		cmocka_unit_test(what_a_global_header_says_is_not_heeded),
		cmocka_unit_test(an_archive_may_end_without_a_marker),
		cmocka_unit_test(the_end_is_told_with_its_first_block),
		cmocka_unit_test(a_file_is_there_when_it_is_whole),
		cmocka_unit_test(many_links_are_too_many),
		cmocka_unit_test(paths_are_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
