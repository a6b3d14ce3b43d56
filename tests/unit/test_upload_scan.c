/* Archives as clients send them: plain, compressed, and what only looks like one. */
#include "proxy/upload_scan.h"

#include "policy/archive_contents.h"
#include "policy/upload.h"
#include "proxy/gunzip.h"
#include "tests/unit/tar_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

static struct tar_text tar;
static unsigned char packed[1 << 20];

static const struct upload_plan plan = {.kind = TAR_OF_IMAGES,
                                        .names = {"manifest.json", "index.json"},
                                        .count = 2};

/* LEN bytes as a member of gzip at PACKED + AT; returns where it ends. */
static size_t pack(const void *bytes, size_t len, size_t at)
{
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes,
	                   .avail_in = (unsigned)len,
	                   .next_out = packed + at,
	                   .avail_out = (unsigned)(sizeof packed - at)};

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
	                 Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return sizeof packed - stream.avail_out;
}

/* Feeds BYTES in steps, and says whether the end was told before the last one. */
static struct upload scan_in(const void *bytes, size_t len, size_t step, enum upload_state *state,
                             struct upload_scan **scan)
{
	struct upload upload;
	size_t at = 0;

	*scan = upload_scan_new(&plan);
	assert_non_null(*scan);
	*state = UPLOAD_GOES_ON;
	do {
		size_t part = len - at < step ? len - at : step;

		*state = upload_scan_feed(*scan, (const char *)bytes + at, part, at + part == len);
		at += part;
	} while (*state == UPLOAD_GOES_ON && at < len);
	upload_scan_tell(*scan, &upload);
	assert_true((upload.wrong != NULL) == (*state == UPLOAD_REFUSED));
	return upload;
}

static const size_t steps[] = {1, 3, 10, 100, 512, 1 << 20};

enum { STEPS = sizeof steps / sizeof *steps };

static void expect_manifest(const void *bytes, size_t len, const char *manifest)
{
	for (size_t i = 0; i < STEPS; i++) {
		enum upload_state state;
		struct upload_scan *scan;
		struct upload upload = scan_in(bytes, len, steps[i], &state, &scan);

		if (upload.wrong != NULL)
			fail_msg("step %zu: %s", steps[i], upload.wrong);
		assert_int_equal(state, UPLOAD_HOLDS_END);
		assert_string_equal(upload.files[0].text, manifest);
		assert_null(upload.files[1].text);
		assert_true(upload_scan_bytes(scan) > 0);
		upload_scan_free(scan);
	}
}

static void expect_refused(const void *bytes, size_t len, const char *why)
{
	for (size_t i = 0; i < STEPS; i++) {
		enum upload_state state;
		struct upload_scan *scan;
		struct upload upload = scan_in(bytes, len, steps[i], &state, &scan);

		if (upload.wrong == NULL || strstr(upload.wrong, why) == NULL)
			fail_msg("step %zu: not '%s' but '%s'", steps[i], why,
			         upload.wrong != NULL ? upload.wrong : "fine");
		assert_int_equal(upload_scan_feed(scan, "x", 1, false), UPLOAD_REFUSED);
		upload_scan_free(scan);
	}
}

static void make_archive(void)
{
	tar.len = 0;
	tar_text_file(&tar, "layer", "some bytes");
	tar_text_file(&tar, "manifest.json", "[]");
	tar_text_zeros(&tar, 2);
}

static void archives_are_looked_into(void **state)
{
	size_t len, half;

	(void)state;
	make_archive();
	expect_manifest(tar.bytes, tar.len, "[]");
	len = pack(tar.bytes, tar.len, 0);
	expect_manifest(packed, len, "[]");
	half = pack(tar.bytes, 700, 0);
	len = pack(tar.bytes + 700, tar.len - 700, half);
	expect_manifest(packed, len, "[]");
	/* Without a marker the end of the body is the end. */
	expect_manifest(tar.bytes, tar.len - 1024, "[]");
	len = pack(tar.bytes, tar.len - 1024, 0);
	expect_manifest(packed, len, "[]");
}

static void the_end_is_told_before_the_padding(void **state)
{
	enum upload_state end;
	struct upload_scan *scan;

	(void)state;
	make_archive();
	tar_text_zeros(&tar, 18);
	scan_in(tar.bytes, tar.len, 512, &end, &scan);
	assert_int_equal(end, UPLOAD_HOLDS_END);
	upload_scan_free(scan);
	scan = upload_scan_new(&plan);
	assert_int_equal(upload_scan_feed(scan, tar.bytes, 2048 + 511, false), UPLOAD_GOES_ON);
	assert_int_equal(upload_scan_feed(scan, tar.bytes + 2048 + 511, 1, false), UPLOAD_HOLDS_END);
	upload_scan_free(scan);
}

static void what_cannot_be_read_is_refused(void **state)
{
	size_t len;

	(void)state;
	make_archive();
	expect_refused("BZh91AY&SY", 10, "bzip2");
	expect_refused("\xfd\x37\x7a\x58\x5a\x00 and more", 15, "xz");
	expect_refused("\x28\xb5\x2f\xfd and more", 13, "zstd");
	expect_refused("\x5a\x2a\x4d\x18 and more", 13, "zstd");
	expect_refused("FROM alpine\n", 12, "cut short");
	expect_refused("\x1f\x8b\x08 nonsense that is none", 26, "no proper gzip");
	/* Behind the archive's end nothing counts; before it everything does. */
	len = pack(tar.bytes, tar.len - 1024, 0);
	expect_refused(packed, len - 1, "cut short");
	expect_refused(packed, len / 2, "cut short");
	memset(packed + len, 'x', 20);
	expect_refused(packed, len + 20, "no proper gzip");
	packed[len / 2] ^= 0xff;
	expect_refused(packed, len, "");
	/* What is wrong inside is told as such. */
	tar.bytes[3] ^= 1;
	len = pack(tar.bytes, tar.len, 0);
	expect_refused(packed, len, "checksum");
	expect_refused(tar.bytes, tar.len, "checksum");
}

/* Nothing at all is an archive, with nothing in it. */
static void an_empty_body_holds_nothing(void **state)
{
	enum upload_state end;
	struct upload_scan *scan;
	struct upload upload = scan_in("", 0, 1, &end, &scan);

	(void)state;
	assert_null(upload.wrong);
	assert_null(upload.files[0].text);
	assert_int_equal(end, UPLOAD_HOLDS_END);
	upload_scan_free(scan);
}

/* Much that is packed small comes out in bounded steps. */
static void a_great_deal_may_be_packed(void **state)
{
	static char zeros[4 << 20];
	size_t len;

	(void)state;
	tar.len = 0;
	tar_text_add(&tar, &(struct tar_entry){.name = "manifest.json", .content = "[]"});
	tar_text_add(&tar, &(struct tar_entry){.name = "layer", .size_text = "00020000000"});
	len = pack(tar.bytes, tar.len, 0);
	len = pack(zeros, sizeof zeros, len);
	len = pack(zeros, 1024, len);
	expect_manifest(packed, len, "[]");
}

/* ---- taking stock ---- */

static const struct upload_plan stock_plan = {.kind = TAR_OF_IMAGES,
                                              .names = {"manifest.json"},
                                              .count = 1,
                                              .takes_stock = true};

static bool has(const struct upload *upload, const void *bytes, size_t len)
{
	char digest[7 + SHA256_DIGITS + 1] = "sha256:";
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, bytes, len);
	sha256_end(&hash, digest + 7);
	return archive_contents_have(upload->contents, digest);
}

static void each_file_is_hashed_as_it_is_and_unpacked(void **state)
{
	char digest[7 + SHA256_DIGITS + 1];
	size_t len = pack("a layer that is compressed", 26, 0);

	(void)state;
	tar.len = 0;
	tar_text_file(&tar, "a.json", " {}");
	tar_text_add(&tar, &(struct tar_entry){.name = "d", .type = '5'});
	tar_text_file(&tar, "d/layer.tar", "a layer");
	tar_text_add(&tar, &(struct tar_entry){.name = "z", .content = (char *)packed, .size = len});
	tar_text_add(&tar,
	             &(struct tar_entry){.name = "cut", .content = (char *)packed, .size = len - 1});
	tar_text_file(&tar, "none", "");
	tar_text_file(&tar, "short", "\x1f");
	tar_text_zeros(&tar, 2);
	for (size_t i = 0; i < STEPS; i++) {
		struct upload_scan *scan = upload_scan_new(&stock_plan);
		struct upload upload;

		for (size_t at = 0; at < tar.len; at += steps[i])
			assert_int_not_equal(upload_scan_feed(scan, tar.bytes + at,
			                                      tar.len - at < steps[i] ? tar.len - at : steps[i],
			                                      false),
			                     UPLOAD_REFUSED);
		upload_scan_tell(scan, &upload);
		assert_null(upload.wrong);
		assert_true(has(&upload, " {}", 3));
		assert_true(has(&upload, "a layer", 7));
		assert_true(has(&upload, packed, len));
		assert_true(has(&upload, packed, len - 1));
		assert_true(has(&upload, "a layer that is compressed", 26));
		assert_true(has(&upload, "", 0));
		assert_true(has(&upload, "\x1f", 1));
		assert_false(has(&upload, "a layer that is ", 16));
		assert_true(archive_contents_digest_at(upload.contents, "a.json", digest));
		assert_false(archive_contents_digest_at(upload.contents, "z", digest));
		assert_true(upload_scan_bytes(scan) > 1 << 20);
		upload_scan_free(scan);
	}
}

/* Compressed in compressed: what it costs is bounded by what is sent. */
static void what_expands_without_end_is_refused(void **state)
{
	static char zeros[16 << 20];
	enum upload_state end = UPLOAD_GOES_ON;
	struct upload_scan *scan = upload_scan_new(&stock_plan);
	struct upload upload;
	size_t len = pack(zeros, sizeof zeros, 0);

	(void)state;
	tar.len = 0;
	tar_text_add(&tar, &(struct tar_entry){.name = "z", .content = (char *)packed, .size = len});
	tar_text_zeros(&tar, 2);
	end = upload_scan_feed(scan, tar.bytes, tar.len, true);
	assert_int_equal(end, UPLOAD_REFUSED);
	upload_scan_tell(scan, &upload);
	assert_non_null(strstr(upload.wrong, "expands to far more"));
	upload_scan_free(scan);
}

static void a_file_twice_is_refused(void **state)
{
	struct upload_scan *scan = upload_scan_new(&stock_plan);
	struct upload upload;

	(void)state;
	tar.len = 0;
	tar_text_file(&tar, "a.json", "{}");
	tar_text_file(&tar, "./a.json", "{\"x\":1}");
	tar_text_zeros(&tar, 2);
	assert_int_equal(upload_scan_feed(scan, tar.bytes, tar.len, true), UPLOAD_REFUSED);
	upload_scan_tell(scan, &upload);
	assert_non_null(strstr(upload.wrong, "has a file twice"));
	upload_scan_free(scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archives_are_looked_into),
		cmocka_unit_test(the_end_is_told_before_the_padding),
		cmocka_unit_test(what_cannot_be_read_is_refused),
		cmocka_unit_test(an_empty_body_holds_nothing),
		cmocka_unit_test(a_great_deal_may_be_packed),
		cmocka_unit_test(each_file_is_hashed_as_it_is_and_unpacked),
		cmocka_unit_test(what_expands_without_end_is_refused),
		cmocka_unit_test(a_file_twice_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
