/* Archives: what is found in them, what is refused, and that it does not matter how the bytes come. */
#include "policy/tar_scan.h"

#include "policy/tar_header.h"
#include "policy/tar_links.h"
#include "tests/unit/tar_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"manifest.json", "a/Dockerfile"};

static struct tar_text tar;

/* Feeds the archive in steps; returns why it was refused, or NULL. */
static const char *scan_in(enum tar_kind kind, size_t step, struct tar_scan **scan)
{
	*scan = tar_scan_new(kind, names, 2);
	assert_non_null(*scan);
	for (size_t at = 0; at < tar.len; at += step) {
		if (!tar_scan_feed(*scan, tar.bytes + at, tar.len - at < step ? tar.len - at : step))
			break;
	}
	tar_scan_finish(*scan);
	return tar_scan_error(*scan);
}

/* The same result, however the bytes come. */
static const char *scan_as(enum tar_kind kind)
{
	static const size_t steps[] = {1, 7, 511, 512, 513, 4096, TAR_TEXT_SIZE};
	const char *first = NULL;

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct tar_scan *scan;
		const char *error = scan_in(kind, steps[i], &scan);

		if (i == 0)
			first = error;
		if ((error == NULL) != (first == NULL) || (error != NULL && strcmp(error, first) != 0))
			fail_msg("step %zu: %s, not %s", steps[i], error != NULL ? error : "fine",
			         first != NULL ? first : "fine");
		tar_scan_free(scan);
	}
	return first;
}

static const char *scan(void)
{
	return scan_as(TAR_OF_IMAGES);
}

static void expect_refused_as(enum tar_kind kind, const char *part)
{
	const char *error = scan_as(kind);

	if (error == NULL || strstr(error, part) == NULL)
		fail_msg("not '%s' but '%s'", part, error != NULL ? error : "fine");
}

static void expect_refused(const char *part)
{
	expect_refused_as(TAR_OF_IMAGES, part);
}

static void expect_file(const char *content)
{
	struct tar_scan *found;
	const char *error = scan_in(TAR_OF_CONTEXT, 100, &found), *file;
	size_t len = 0;

	if (error != NULL)
		fail_msg("%s", error);
	file = tar_scan_file(found, 0, &len);
	if (content == NULL) {
		assert_null(file);
	} else {
		assert_non_null(file);
		assert_string_equal(file, content);
		assert_int_equal(len, strlen(content));
	}
	tar_scan_free(found);
}

static void begin(void)
{
	tar.len = 0;
}

static void end(void)
{
	tar_text_zeros(&tar, 2);
}

/* ---- what is found ---- */

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
		begin();
		tar_text_file(&tar, "other", "not this");
		tar_text_add(&tar, &forms[i]);
		tar_text_file(&tar, "b/manifest.json", "nor this");
		end();
		expect_file("here");
	}
}

static void long_names_are_read(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'x', sizeof name);
	name[sizeof name - 1] = '\0';
	begin();
	tar_text_pax(&tar, 'x', (const char *const[]){"mtime", "1.5", "path", "manifest.json", NULL});
	tar_text_file(&tar, "other", "by pax");
	end();
	expect_file("by pax");

	begin();
	tar_text_pax(&tar, 'x', (const char *const[]){"path", name, NULL});
	tar_text_file(&tar, "manifest.json", "not this");
	tar_text_file(&tar, "manifest.json", "this");
	end();
	expect_file("this");

	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "././@LongLink",
	                                       .type = 'L',
	                                       .content = "manifest.json",
	                                       .size = 14});
	tar_text_file(&tar, "other", "by gnu");
	end();
	expect_file("by gnu");

	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "x", .type = 'K', .content = "z", .size = 2});
	tar_text_add(&tar, &(struct tar_entry){
						   .name = "././@LongLink", .type = 'L', .content = name, .size = 300});
	tar_text_add(&tar, &(struct tar_entry){.name = "manifest.json", .type = '2'});
	tar_text_file(&tar, "manifest.json", "this");
	end();
	expect_file("this");
}

static void a_size_may_come_from_pax_or_be_binary(void **state)
{
	static const char binary[12] = {(char)0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4};

	(void)state;
	begin();
	tar_text_pax(&tar, 'x', (const char *const[]){"size", "4", NULL});
	tar_text_add(&tar, &(struct tar_entry){.name = "manifest.json",
	                                       .content = "here",
	                                       .size_text = "00000000000"});
	end();
	expect_file("here");

	begin();
	tar_text_file(&tar, "manifest.json", "here");
	memcpy(tar.bytes + 124, binary, sizeof binary);
	tar_text_sum(&tar, 0);
	end();
	expect_file("here");
}

static void what_a_global_header_says_is_not_heeded(void **state)
{
	(void)state;
	begin();
	tar_text_pax(&tar, 'g', (const char *const[]){"path", "manifest.json", "size", "99", NULL});
	tar_text_file(&tar, "other", "not this");
	end();
	expect_file(NULL);
}

static void an_archive_may_end_without_a_marker(void **state)
{
	(void)state;
	begin();
	tar_text_file(&tar, "manifest.json", "here");
	expect_file("here");
	tar_text_zeros(&tar, 1);
	expect_file("here");
	tar_text_zeros(&tar, 30);
	expect_file("here");
	begin();
	expect_file(NULL);
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "manifest.json", .content = ""});
	expect_file("");
}

static void the_end_is_told_with_its_first_block(void **state)
{
	struct tar_scan *found = tar_scan_new(TAR_OF_IMAGES, names, 2);

	(void)state;
	begin();
	tar_text_file(&tar, "manifest.json", "here");
	end();
	assert_true(tar_scan_feed(found, tar.bytes, 1024 + 511));
	assert_false(tar_scan_has_end(found));
	assert_true(tar_scan_feed(found, tar.bytes + 1024 + 511, 1));
	assert_true(tar_scan_has_end(found));
	assert_true(tar_scan_bytes(found) > 0);
	tar_scan_free(found);
}

static void a_file_is_there_when_it_is_whole(void **state)
{
	struct tar_scan *found = tar_scan_new(TAR_OF_IMAGES, names, 2);
	size_t len;

	(void)state;
	begin();
	tar_text_file(&tar, "manifest.json", "here");
	assert_true(tar_scan_feed(found, tar.bytes, 515));
	assert_null(tar_scan_file(found, 0, &len));
	assert_true(tar_scan_feed(found, tar.bytes + 515, 1));
	assert_non_null(tar_scan_file(found, 0, &len));
	assert_null(tar_scan_file(found, 1, &len));
	assert_null(tar_scan_file(found, 2, &len));
	tar_scan_free(found);
}

/* ---- what is refused ---- */

static void a_header_that_could_be_read_otherwise_is_refused(void **state)
{
	static const struct {
		struct tar_entry entry;
		const char *why;
	} rows[] = {
		{{.name = "a", .type = 'S', .content = "x"}, "sparse"},
		{{.name = "a", .type = 'D', .content = "x"}, "a kind that is not known"},
		{{.name = "a", .type = 'M', .content = "x"}, "a kind that is not known"},
		{{.name = "a", .type = 'X', .content = "x"}, "a kind that is not known"},
		{{.name = "a", .content = "x", .size_text = "9"}, "a size that is none"},
		{{.name = "a", .content = "x", .size_text = "-1"}, "a size that is none"},
		{{.name = "a", .content = "x", .size_text = "1 1"}, "a size that is none"},
		{{.name = "a",
	      .content = "x",
	      .size_text = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"},
	     "a size that is none"},
		{{.name = "a",
	      .content = "x",
	      .size_text = "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"},
	     "a size that is none"},
		{{.name = "a", .content = "x", .magic = "ustar1\0\0"}, "a form that is not known"},
		{{.name = "a", .content = "x", .magic = "ustar \0\0"}, "a form that is not known"},
		{{.name = "a", .content = "x", .magic = "ustar  \0", .prefix = "b"}, "times that are none"},
		{{.name = "a", .content = "x", .magic = "\0\0\0\0\0\0\0\0", .prefix = "b"},
	     "a form that is not known"},
		{{.name = "a/", .content = "x"}, "called like a directory"},
		{{.name = "a/", .type = '5', .content = "x"}, "data that has none"},
		{{.name = "a", .type = '2', .content = "x"}, "data that has none"},
		{{.name = "a", .type = '1', .content = "x"}, "data that has none"},
		{{.name = "../a", .content = "x"}, "leads out of it"},
		{{.name = "b/../a", .content = "x"}, "leads out of it"},
		{{.name = "a", .prefix = "..", .content = "x"}, "leads out of it"},
		{{.name = "", .content = "x"}, "without a name"},
		{{.name = ".", .content = "x"}, "without a name"},
		{{.name = "manifest.json", .type = '2'}, "link"},
		{{.name = "manifest.json", .type = '1'}, "link"},
		{{.name = "manifest.json", .type = '6'}, "device"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		tar_text_add(&tar, &rows[i].entry);
		end();
		expect_refused(rows[i].why);
	}
}

static void a_broken_header_is_refused(void **state)
{
	(void)state;
	begin();
	tar_text_file(&tar, "a", "x");
	end();
	tar.bytes[0] = 'b';
	expect_refused("a wrong checksum");

	begin();
	tar_text_file(&tar, "a", "x");
	end();
	memcpy(tar.bytes + 508, "tar", 4);
	tar_text_sum(&tar, 0);
	expect_refused("star");
}

static void pax_headers_are_strict(void **state)
{
	static const struct {
		const char *records; /* as they stand there; NULL: those of KEY and VALUE */
		const char *key, *value, *why;
	} rows[] = {
		{NULL, "GNU.sparse.major", "1", "sparse"},
		{NULL, "GNU.sparse.name", "manifest.json", "sparse"},
		{NULL, "path", "", "no proper name"},
		{NULL, "size", "", "no proper size"},
		{NULL, "size", "+1", "no proper size"},
		{NULL, "size", "0x1", "no proper size"},
		{NULL, "size", "99999999999999999999", "no proper size"},
		{"11 path=ab\n11 path=ab\n", NULL, NULL, "no proper name"},
		{"10 size=1\n10 size=1\n", NULL, NULL, "no proper size"},
		{"10 path=ab\n", NULL, NULL, "malformed"},
		{"12 path=ab\n", NULL, NULL, "malformed"},
		{"011 path=ab\n", NULL, NULL, "malformed"},
		{"path=ab\n", NULL, NULL, "malformed"},
		{"8 =abcd\n", NULL, NULL, "malformed"},
		{"7 path\n", NULL, NULL, "malformed"},
		{"11 path=ab", NULL, NULL, "malformed"},
		{"99999999999999999999 path=ab\n", NULL, NULL, "malformed"},
		{"12path=abc\n", NULL, NULL, "malformed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		if (rows[i].records != NULL)
			tar_text_add(&tar, &(struct tar_entry){.name = "pax",
			                                       .type = 'x',
			                                       .content = rows[i].records});
		else
			tar_text_pax(&tar, 'x', (const char *const[]){rows[i].key, rows[i].value, NULL});
		tar_text_file(&tar, "a", "x");
		end();
		expect_refused(rows[i].why);
	}
}

static void add_long_name(char type, const char *name)
{
	tar_text_add(&tar, &(struct tar_entry){
						   .name = "l", .type = type, .content = name, .size = strlen(name) + 1});
}

static void headers_about_an_entry_come_once_and_before_it(void **state)
{
	static const char *const path[] = {"path", "b", NULL};

	(void)state;
	begin();
	tar_text_pax(&tar, 'x', path);
	tar_text_pax(&tar, 'x', path);
	expect_refused("two headers about one entry");
	begin();
	add_long_name('L', "b");
	add_long_name('L', "c");
	expect_refused("two headers about one entry");
	begin();
	tar_text_pax(&tar, 'x', path);
	add_long_name('L', "c");
	expect_refused("two headers about one entry");
	begin();
	add_long_name('K', "c");
	tar_text_pax(&tar, 'x', path);
	expect_refused("two headers about one entry");
	begin();
	tar_text_pax(&tar, 'x', path);
	tar_text_pax(&tar, 'g', path);
	expect_refused("global header where an entry");
	begin();
	tar_text_pax(&tar, 'x', path);
	end();
	expect_refused("ends where an entry should be");
	begin();
	tar_text_pax(&tar, 'x', path);
	expect_refused("cut short");
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "l", .type = 'L', .content = "", .size = 1});
	expect_refused("a name that is too long, or none");
}

static void too_much_of_a_header_is_refused(void **state)
{
	static char much[200 * 1024];

	(void)state;
	memset(much, 'a', sizeof much - 1);
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "x", .type = 'x', .content = much});
	expect_refused("a header that is too large");
	begin();
	much[5000] = '\0';
	add_long_name('L', much);
	expect_refused("a name that is too long, or none");
	much[5000] = 'a';
}

static void an_archive_ends_once(void **state)
{
	(void)state;
	begin();
	tar_text_file(&tar, "b", "x");
	end();
	tar_text_file(&tar, "manifest.json", "x");
	expect_refused("goes on after its end");
	begin();
	tar_text_zeros(&tar, 1);
	tar_text_file(&tar, "manifest.json", "x");
	expect_refused("goes on after a block of zeros");
	begin();
	tar_text_file(&tar, "b", "x");
	tar.len -= 1;
	expect_refused("cut short");
	begin();
	tar_text_bytes(&tar, "Dockerfile", 10);
	expect_refused("cut short");
}

static void a_wanted_file_comes_once_and_is_a_file(void **state)
{
	static char large[TAR_FILE_BYTES_MAX + 2];

	(void)state;
	begin();
	tar_text_file(&tar, "manifest.json", "1");
	tar_text_file(&tar, "./manifest.json", "2");
	end();
	expect_refused("twice");
	expect_refused_as(TAR_OF_CONTEXT, "twice");
	begin();
	memset(large, 'x', sizeof large - 1);
	tar_text_file(&tar, "manifest.json", large);
	end();
	expect_refused("too large");
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "manifest.json", .type = '2'});
	end();
	expect_refused_as(TAR_OF_CONTEXT, "something else than a file");
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "a", .type = '2'});
	end();
	expect_refused_as(TAR_OF_CONTEXT, "something else where a directory");
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "a", .type = '5'});
	tar_text_file(&tar, "a/Dockerfile", "1");
	tar_text_add(&tar, &(struct tar_entry){.name = "a", .type = '0'});
	end();
	expect_refused_as(TAR_OF_CONTEXT, "something else where a directory");
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "manifest.json/", .type = '5'});
	end();
	expect_file(NULL);
}

static void layers_may_be_links_in_images(void **state)
{
	(void)state;
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "abc/layer.tar", .type = '2'});
	tar_text_file(&tar, "manifest.json", "[]");
	end();
	assert_null(scan());
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "layer.tar", .type = '2'});
	expect_refused("a link or device");
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "a/b/layer.tar", .type = '2'});
	expect_refused("a link or device");
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "abc/layer.tar", .type = '2'});
	tar_text_file(&tar, "abc/layer.tar/manifest.json", "[]");
	expect_refused("below a layer");
	begin();
	tar_text_file(&tar, "layer.tar/x", "[]");
	expect_refused("below a layer");
}

static void nothing_is_written_through_a_link_in_a_context(void **state)
{
	(void)state;
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "d", .type = '2'});
	tar_text_add(&tar, &(struct tar_entry){.name = "d/../x", .type = '0'});
	expect_refused_as(TAR_OF_CONTEXT, "leads out of it");
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "./d/", .type = '2'});
	tar_text_file(&tar, "d/manifest.json", "x");
	expect_refused_as(TAR_OF_CONTEXT, "leads through a link");
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "b/d", .type = '1'});
	tar_text_file(&tar, "b/d/c/manifest.json", "x");
	expect_refused_as(TAR_OF_CONTEXT, "leads through a link");
	begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "b/d", .type = '2'});
	tar_text_add(&tar, &(struct tar_entry){.name = "fifo", .type = '6'});
	tar_text_file(&tar, "b/e/manifest.json", "x");
	tar_text_file(&tar, "b/d", "in its place");
	tar_text_file(&tar, "manifest.json", "here");
	end();
	expect_file("here");
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
		cmocka_unit_test(a_header_that_could_be_read_otherwise_is_refused),
		cmocka_unit_test(a_broken_header_is_refused),
		cmocka_unit_test(pax_headers_are_strict),
		cmocka_unit_test(headers_about_an_entry_come_once_and_before_it),
		cmocka_unit_test(too_much_of_a_header_is_refused),
		cmocka_unit_test(an_archive_ends_once),
		cmocka_unit_test(a_wanted_file_comes_once_and_is_a_file),
		cmocka_unit_test(layers_may_be_links_in_images),
		cmocka_unit_test(nothing_is_written_through_a_link_in_a_context),
		cmocka_unit_test(many_links_are_too_many),
		cmocka_unit_test(paths_are_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
