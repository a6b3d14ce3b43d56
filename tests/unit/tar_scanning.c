/* Scans in steps, since an archive comes in pieces of any size. */
#include "tests/unit/tar_scanning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

const char *const wanted_names[2] = {"manifest.json", "a/Dockerfile"};

struct tar_text tar;

/* Feeds the archive in steps; returns why it was refused, or NULL. */
static const char *scan_in(enum tar_kind kind, size_t step, struct tar_scan **scan)
{
	*scan = tar_scan_new(kind, wanted_names, 2);
	assert_non_null(*scan);
	for (size_t at = 0; at < tar.len; at += step) {
		if (!tar_scan_feed(*scan, tar.bytes + at, tar.len - at < step ? tar.len - at : step))
			break;
	}
	tar_scan_finish(*scan);
	return tar_scan_error(*scan);
}

const char *scan_as(enum tar_kind kind)
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

void expect_refused_as(enum tar_kind kind, const char *part)
{
	const char *error = scan_as(kind);

	if (error == NULL || strstr(error, part) == NULL)
		fail_msg("not '%s' but '%s'", part, error != NULL ? error : "fine");
}

void expect_refused(const char *part)
{
	expect_refused_as(TAR_OF_IMAGES, part);
}

void expect_file(const char *content)
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

void tar_begin(void)
{
	tar.len = 0;
}

void tar_end(void)
{
	tar_text_zeros(&tar, 2);
}
