/* Archives that are refused, and why. */
#include "tests/unit/tar_scanning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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
		tar_begin();
		tar_text_add(&tar, &rows[i].entry);
		tar_end();
		expect_refused(rows[i].why);
	}
}

static void a_broken_header_is_refused(void **state)
{
	(void)state;
	tar_begin();
	tar_text_file(&tar, "a", "x");
	tar_end();
	tar.bytes[0] = 'b';
	expect_refused("a wrong checksum");

	tar_begin();
	tar_text_file(&tar, "a", "x");
	tar_end();
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
		tar_begin();
		if (rows[i].records != NULL)
			tar_text_add(&tar, &(struct tar_entry){.name = "pax",
			                                       .type = 'x',
			                                       .content = rows[i].records});
		else
			tar_text_pax(&tar, 'x', (const char *const[]){rows[i].key, rows[i].value, NULL});
		tar_text_file(&tar, "a", "x");
		tar_end();
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
	tar_begin();
	tar_text_pax(&tar, 'x', path);
	tar_text_pax(&tar, 'x', path);
	expect_refused("two headers about one entry");
	tar_begin();
	add_long_name('L', "b");
	add_long_name('L', "c");
	expect_refused("two headers about one entry");
	tar_begin();
	tar_text_pax(&tar, 'x', path);
	add_long_name('L', "c");
	expect_refused("two headers about one entry");
	tar_begin();
	add_long_name('K', "c");
	tar_text_pax(&tar, 'x', path);
	expect_refused("two headers about one entry");
	tar_begin();
	tar_text_pax(&tar, 'x', path);
	tar_text_pax(&tar, 'g', path);
	expect_refused("global header where an entry");
	tar_begin();
	tar_text_pax(&tar, 'x', path);
	tar_end();
	expect_refused("ends where an entry should be");
	tar_begin();
	tar_text_pax(&tar, 'x', path);
	expect_refused("cut short");
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "l", .type = 'L', .content = "", .size = 1});
	expect_refused("a name that is too long, or none");
}

static void too_much_of_a_header_is_refused(void **state)
{
	static char much[200 * 1024];

	(void)state;
	memset(much, 'a', sizeof much - 1);
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "x", .type = 'x', .content = much});
	expect_refused("a header that is too large");
	tar_begin();
	much[5000] = '\0';
	add_long_name('L', much);
	expect_refused("a name that is too long, or none");
	much[5000] = 'a';
}

static void an_archive_ends_once(void **state)
{
	(void)state;
	tar_begin();
	tar_text_file(&tar, "b", "x");
	tar_end();
	tar_text_file(&tar, "manifest.json", "x");
	expect_refused("goes on after its end");
	tar_begin();
	tar_text_zeros(&tar, 1);
	tar_text_file(&tar, "manifest.json", "x");
	expect_refused("goes on after a block of zeros");
	tar_begin();
	tar_text_file(&tar, "b", "x");
	tar.len -= 1;
	expect_refused("cut short");
	tar_begin();
	tar_text_bytes(&tar, "Dockerfile", 10);
	expect_refused("cut short");
}

static void a_wanted_file_comes_once_and_is_a_file(void **state)
{
	static char large[TAR_FILE_BYTES_MAX + 2];

	(void)state;
	tar_begin();
	tar_text_file(&tar, "manifest.json", "1");
	tar_text_file(&tar, "./manifest.json", "2");
	tar_end();
	expect_refused("twice");
	expect_refused_as(TAR_OF_CONTEXT, "twice");
	tar_begin();
	memset(large, 'x', sizeof large - 1);
	tar_text_file(&tar, "manifest.json", large);
	tar_end();
	expect_refused("too large");
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "manifest.json", .type = '2'});
	tar_end();
	expect_refused_as(TAR_OF_CONTEXT, "something else than a file");
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "a", .type = '2'});
	tar_end();
	expect_refused_as(TAR_OF_CONTEXT, "something else where a directory");
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "a", .type = '5'});
	tar_text_file(&tar, "a/Dockerfile", "1");
	tar_text_add(&tar, &(struct tar_entry){.name = "a", .type = '0'});
	tar_end();
	expect_refused_as(TAR_OF_CONTEXT, "something else where a directory");
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "manifest.json/", .type = '5'});
	tar_end();
	expect_file(NULL);
}

static void layers_may_be_links_in_images(void **state)
{
	(void)state;
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "abc/layer.tar", .type = '2'});
	tar_text_file(&tar, "manifest.json", "[]");
	tar_end();
	assert_null(scan_as(TAR_OF_IMAGES));
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "layer.tar", .type = '2'});
	expect_refused("a link or device");
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "a/b/layer.tar", .type = '2'});
	expect_refused("a link or device");
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "abc/layer.tar", .type = '2'});
	tar_text_file(&tar, "abc/layer.tar/manifest.json", "[]");
	expect_refused("below a layer");
	tar_begin();
	tar_text_file(&tar, "layer.tar/x", "[]");
	expect_refused("below a layer");
}

static void nothing_is_written_through_a_link_in_a_context(void **state)
{
	(void)state;
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "d", .type = '2'});
	tar_text_add(&tar, &(struct tar_entry){.name = "d/../x", .type = '0'});
	expect_refused_as(TAR_OF_CONTEXT, "leads out of it");
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "./d/", .type = '2'});
	tar_text_file(&tar, "d/manifest.json", "x");
	expect_refused_as(TAR_OF_CONTEXT, "leads through a link");
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "b/d", .type = '1'});
	tar_text_file(&tar, "b/d/c/manifest.json", "x");
	expect_refused_as(TAR_OF_CONTEXT, "leads through a link");
	tar_begin();
	tar_text_add(&tar, &(struct tar_entry){.name = "b/d", .type = '2'});
	tar_text_add(&tar, &(struct tar_entry){.name = "fifo", .type = '6'});
	tar_text_file(&tar, "b/e/manifest.json", "x");
	tar_text_file(&tar, "b/d", "in its place");
	tar_text_file(&tar, "manifest.json", "here");
	tar_end();
	expect_file("here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_that_could_be_read_otherwise_is_refused),
		cmocka_unit_test(a_broken_header_is_refused),
		cmocka_unit_test(pax_headers_are_strict),
		cmocka_unit_test(headers_about_an_entry_come_once_and_before_it),
		cmocka_unit_test(too_much_of_a_header_is_refused),
		cmocka_unit_test(an_archive_ends_once),
		cmocka_unit_test(a_wanted_file_comes_once_and_is_a_file),
		cmocka_unit_test(layers_may_be_links_in_images),
		cmocka_unit_test(nothing_is_written_through_a_link_in_a_context),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
