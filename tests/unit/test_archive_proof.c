/* What an archive must have of its images: all of it, by digest, whatever it is called and however it is compressed. */
#include "policy/archive_proof.h"

#include "policy/archive_contents.h"
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { DIGEST_SIZE = SHA256_DIGITS + sizeof "sha256:", TEXT_SIZE = 4096 };

static struct archive_contents *contents;
static struct arena *arena;

static void digest_of(const char *text, uint8_t bytes[SHA256_BYTES], char digest[DIGEST_SIZE])
{
	struct sha256 hash, copy;

	sha256_begin(&hash);
	sha256_add(&hash, text, strlen(text));
	copy = hash;
	sha256_end_raw(&hash, bytes);
	memcpy(digest, "sha256:", 7);
	sha256_end(&copy, digest + 7);
}

/* The digest of TEXT, which is put into the archive at PATH. */
static const char *add(const char *path, const char *text, char digest[DIGEST_SIZE])
{
	uint8_t bytes[SHA256_BYTES];

	digest_of(text, bytes, digest);
	assert_null(
		archive_contents_add_file(contents, path, bytes, *text == '{' ? text : NULL, strlen(text)));
	return digest;
}

static const char *absent(const char *text, char digest[DIGEST_SIZE])
{
	uint8_t bytes[SHA256_BYTES];

	digest_of(text, bytes, digest);
	return digest;
}

static int open_archive(void **state)
{
	(void)state;
	contents = archive_contents_new();
	arena = arena_new(1 << 20);
	return contents != NULL && arena != NULL ? 0 : -1;
}

static int close_archive(void **state)
{
	(void)state;
	archive_contents_free(contents);
	arena_free(arena);
	return 0;
}

static const char *print(const char *format, const char *a, const char *b)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	const char *text = arena_format(arena, format, a, b);
#pragma GCC diagnostic pop

	assert_non_null(text);
	return text;
}

#define CONFIG   "{\"rootfs\":{\"diff_ids\":[\"%s\",\"%s\"]}}"
#define MANIFEST "{\"config\":{\"digest\":\"%s\"},\"layers\":[{\"digest\":\"%s\"}]}"
#define INDEX    "{\"manifests\":[{\"digest\":\"%s\"},{\"digest\":\"%s\"}]}"

static bool proves(bool (*prove)(struct arena *, const struct archive_contents *, const char *,
                                 struct error *),
                   const char *digest, const char *why)
{
	struct error error = {{0}};
	bool proven = prove(arena, contents, digest, &error);

	assert_int_equal(proven, why == NULL);
	if (!proven && strstr(error.text, why) == NULL)
		fail_msg("not '%s' but '%s'", why, error.text);
	return proven;
}

static void a_configuration_needs_its_layers(void **state)
{
	char one[DIGEST_SIZE], two[DIGEST_SIZE], whole[DIGEST_SIZE], part[DIGEST_SIZE];
	uint8_t bytes[SHA256_BYTES];

	(void)state;
	add("1/layer.tar", "one", one);
	add("a.json", print(CONFIG, one, one), whole);
	assert_true(proves(archive_proves_config, whole, NULL));
	absent("two", two);
	add("b.json", print(CONFIG, one, two), part);
	assert_false(proves(archive_proves_config, part, two));
	/* What a file decompresses to is there as well. */
	digest_of("two", bytes, two);
	assert_null(archive_contents_add(contents, bytes));
	assert_true(proves(archive_proves_config, part, NULL));
}

static void configurations_are_read_as_go_reads_them(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"{}", NULL},
		{"{\"rootfs\":null}", NULL},
		{"{\"rootfs\":{\"diff_ids\":[]}}", NULL},
		{"{\"RootFS\":{\"Diff_IDs\":[\"sha256:00\"]}}", "does not have the layer sha256:00"},
		{"{\"rootfs\":{},\"ROOTFS\":{\"diff_ids\":[]}}", "makes no sense"},
		{"{\"rootfs\":{\"diff_ids\":[],\"DIFF_ids\":[]}}", "makes no sense"},
		{"{\"rootfs\":{\"diff_ids\":[7]}}", "makes no sense"},
		{"{\"rootfs\":{\"diff_ids\":\"x\"}}", "makes no sense"},
		{"{\"rootfs\":[]}", "makes no sense"},
		{"{\"rootfs\":{}", "makes no sense"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char path[16], digest[DIGEST_SIZE];

		snprintf(path, sizeof path, "%zu.json", i);
		add(path, rows[i].text, digest);
		proves(archive_proves_config, digest, rows[i].why);
	}
}

static void a_manifest_needs_all_that_it_names(void **state)
{
	char layer[DIGEST_SIZE], config[DIGEST_SIZE], manifest[DIGEST_SIZE], other[DIGEST_SIZE],
		index[DIGEST_SIZE], gone[DIGEST_SIZE];

	(void)state;
	absent("gone", gone);
	add("l", "layer", layer);
	add("c", print(CONFIG, layer, layer), config);
	add("m", print(MANIFEST, config, layer), manifest);
	assert_true(proves(archive_proves_manifest, manifest, NULL));
	assert_false(proves(archive_proves_manifest, gone, gone));
	assert_false(proves(archive_proves_manifest, "", "does not have"));
	/* A layer is no manifest, and a configuration none. */
	assert_false(proves(archive_proves_manifest, layer, layer));
	assert_false(proves(archive_proves_manifest, config, "makes no sense"));
	add("m2", print(MANIFEST, config, gone), other);
	assert_false(proves(archive_proves_manifest, other, gone));
	add("m3", print(MANIFEST, gone, layer), other);
	assert_false(proves(archive_proves_manifest, other, gone));
	/* Of several platforms, each. */
	add("i", print(INDEX, manifest, manifest), index);
	assert_true(proves(archive_proves_manifest, index, NULL));
	add("i2", print(INDEX, manifest, gone), index);
	assert_false(proves(archive_proves_manifest, index, gone));
}

static void indexes_in_indexes_come_to_an_end(void **state)
{
	char digests[8][DIGEST_SIZE], config[DIGEST_SIZE];

	(void)state;
	add("c", "{}", config);
	add("m", print("{\"config\":{\"digest\":\"%s\"}}%.0s", config, ""), digests[0]);
	for (size_t i = 1; i < 8; i++) {
		char path[8];

		snprintf(path, sizeof path, "i%zu", i);
		add(path, print(INDEX, digests[i - 1], digests[i - 1]), digests[i]);
	}
	proves(archive_proves_manifest, digests[3], NULL);
	proves(archive_proves_manifest, digests[7], "makes no sense");
}

static void paths_lead_to_what_is_there(void **state)
{
	char digest[DIGEST_SIZE], found[DIGEST_SIZE];
	uint8_t bytes[SHA256_BYTES];

	(void)state;
	add("blobs/sha256/x", "{}", digest);
	add("layer", "no text", found);
	add("a/layer.tar", "{\"a\":1}", found);
	assert_true(archive_contents_digest_at(contents, "./blobs//sha256/x", found));
	assert_string_equal(found, digest);
	assert_false(archive_contents_digest_at(contents, "blobs/sha256/y", found));
	assert_false(archive_contents_digest_at(contents, "layer", found));
	assert_false(archive_contents_digest_at(contents, "a/layer.tar", found)); /* could be a link */
	assert_false(archive_contents_digest_at(contents, "../x", found));
	assert_false(archive_contents_digest_at(contents, "", found));
	/* The last one would count. */
	digest_of("{}", bytes, found);
	assert_string_equal(archive_contents_add_file(contents, "layer", bytes, "{}", 2),
	                    "has a file twice");
}

static void there_is_an_end_to_files(void **state)
{
	const char *wrong = NULL;
	uint8_t digest[SHA256_BYTES] = {0};

	(void)state;
	for (uint32_t i = 0; i < 4 * ARCHIVE_FILES_MAX && wrong == NULL; i++) {
		memcpy(digest, &i, sizeof i);
		wrong = archive_contents_add(contents, digest);
	}
	assert_string_equal(wrong, "has more files than can be looked at");
	assert_true(archive_contents_bytes(contents) < 4 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_configuration_needs_its_layers, open_archive,
	                                    close_archive),
		cmocka_unit_test_setup_teardown(configurations_are_read_as_go_reads_them, open_archive,
	                                    close_archive),
		cmocka_unit_test_setup_teardown(a_manifest_needs_all_that_it_names, open_archive,
	                                    close_archive),
		cmocka_unit_test_setup_teardown(indexes_in_indexes_come_to_an_end, open_archive,
	                                    close_archive),
		cmocka_unit_test_setup_teardown(paths_lead_to_what_is_there, open_archive, close_archive),
		cmocka_unit_test_setup_teardown(there_is_an_end_to_files, open_archive, close_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
