/* What archives are made of: an archive that has more proves no less, and what proves an image is in the archive. The input's files
 * stand behind each other, each ended by a NUL; "@N" in one stands for the digest of the Nth before it, counted from the first. The
 * last one is the image, and the first byte says which file is missing from the smaller archive. */
#include "policy/archive_contents.h"
#include "policy/archive_proof.h"
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/sha256.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES = 10, FILE_SIZE = 8192, DIGEST_SIZE = 7 + SHA256_DIGITS + 1, ARENA_BYTES = 4 << 20 };

struct file {
	char text[FILE_SIZE];
	size_t len;
	uint8_t bytes[SHA256_BYTES];
	char digest[DIGEST_SIZE];
};

static struct file files[FILES];
static size_t count;

static void hash(struct file *file)
{
	struct sha256 state, copy;

	sha256_begin(&state);
	sha256_add(&state, file->text, file->len);
	copy = state;
	sha256_end_raw(&state, file->bytes);
	memcpy(file->digest, "sha256:", 7);
	sha256_end(&copy, file->digest + 7);
}

static void put(struct file *file, const char *text, size_t len)
{
	if (len > FILE_SIZE - 1 - file->len)
		return;
	memcpy(file->text + file->len, text, len);
	file->len += len;
}

static void read_files(const char *at, const char *end)
{
	for (count = 0; count < FILES && at < end; count++) {
		struct file *file = &files[count];

		file->len = 0;
		for (; at < end && *at != '\0'; at++) {
			bool refers = *at == '@' && at + 1 < end && at[1] >= '0' && at[1] <= '9' &&
			              (size_t)(at[1] - '0') < count;

			if (refers)
				put(file, files[*++at - '0'].digest, DIGEST_SIZE - 1);
			else
				put(file, at, 1);
		}
		at++;
		hash(file);
	}
}

/* Without the file number MISSING. */
static struct archive_contents *fill(size_t missing)
{
	struct archive_contents *contents = archive_contents_new();
	char path[8];

	assert(contents != NULL);
	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%zu", i);
		if (i != missing)
			assert(archive_contents_add_file(contents, path, files[i].bytes, files[i].text,
			                                 files[i].len) == NULL);
	}
	return contents;
}

static bool proves(const struct archive_contents *contents, bool config)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	const char *digest = files[count - 1].digest;
	struct error error = {{0}};
	bool proven;

	assert(arena != NULL);
	proven = config ? archive_proves_config(arena, contents, digest, &error)
	                : archive_proves_manifest(arena, contents, digest, &error);
	assert(proven || error.text[0] != '\0');
	assert(!proven || archive_contents_have(contents, digest));
	arena_free(arena);
	return proven;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct archive_contents *all, *some;

	if (size < 2)
		return 0;
	read_files((const char *)data + 1, (const char *)data + size);
	all = fill(count);
	some = fill(data[0] % count);
	assert(!proves(some, true) || proves(all, true));
	assert(!proves(some, false) || proves(all, false));
	archive_contents_free(all);
	archive_contents_free(some);
	return 0;
}
