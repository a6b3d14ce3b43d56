/* Archives: however the bytes come the same is found and refused; what is found stands in the input as it is;
 * what was refused stays refused. The first byte tells the kind, and whether checksums are to be put right, which
 * no mutation gets right by itself. */
#include "policy/tar_scan.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BLOCK = 512 };

static const char *const names[] = {"manifest.json", "d/Dockerfile"};

static void put_sums_right(uint8_t *bytes, size_t size)
{
	for (size_t at = 0; size - at >= BLOCK; at += BLOCK) {
		uint8_t *block = bytes + at;
		char text[16];
		unsigned sum = 0;

		for (size_t i = 0; i < BLOCK; i++)
			sum += i >= 148 && i < 156 ? ' ' : block[i];
		if (sum == 8 * ' ')
			continue; /* zeros */
		snprintf(text, sizeof text, "%06o", sum);
		memcpy(block + 148, text, 7);
		block[155] = ' ';
	}
}

static struct tar_scan *scan(enum tar_kind kind, const uint8_t *bytes, size_t size, size_t step)
{
	struct tar_scan *scan = tar_scan_new(kind, names, 2);

	assert(scan != NULL);
	for (size_t at = 0; at < size; at += step) {
		size_t len = size - at < step ? size - at : step;

		if (!tar_scan_feed(scan, (const char *)bytes + at, len))
			break;
	}
	if (tar_scan_error(scan) != NULL)
		assert(!tar_scan_feed(scan, "", 0) && !tar_scan_feed(scan, "x", 1));
	assert(tar_scan_finish(scan) == (tar_scan_error(scan) == NULL));
	return scan;
}

static void check_found(const struct tar_scan *scan, const uint8_t *bytes, size_t size,
                        size_t index)
{
	size_t len = 0;
	const char *file = tar_scan_file(scan, index, &len);

	if (file == NULL)
		return;
	assert(file[len] == '\0' && len <= TAR_FILE_BYTES_MAX);
	for (size_t at = 0; at + len <= size; at += BLOCK) {
		if (memcmp(bytes + at, file, len) == 0)
			return;
	}
	assert(len == 0);
}

static void compare(const struct tar_scan *a, const struct tar_scan *b)
{
	const char *why = tar_scan_error(a), *other = tar_scan_error(b);

	assert((why == NULL) == (other == NULL));
	assert(why == NULL || strcmp(why, other) == 0);
	for (size_t i = 0; i < 2; i++) {
		size_t len = 0, other_len = 0;
		const char *file = tar_scan_file(a, i, &len), *same = tar_scan_file(b, i, &other_len);

		assert((file == NULL) == (same == NULL) && len == other_len);
		assert(file == NULL || memcmp(file, same, len) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum tar_kind kind = size > 0 && (data[0] & 1) != 0 ? TAR_OF_CONTEXT : TAR_OF_IMAGES;
	struct tar_scan *whole, *split;
	uint8_t *bytes;

	if (size < 2)
		return 0;
	bytes = malloc(size);
	assert(bytes != NULL);
	memcpy(bytes, data + 1, size - 1);
	if ((data[0] & 2) != 0)
		put_sums_right(bytes, size - 1);
	whole = scan(kind, bytes, size - 1, size);
	split = scan(kind, bytes, size - 1, 1 + (size_t)data[0] % 100);
	compare(whole, split);
	if (tar_scan_error(whole) == NULL) {
		check_found(whole, bytes, size - 1, 0);
		check_found(whole, bytes, size - 1, 1);
	}
	tar_scan_free(whole);
	tar_scan_free(split);
	free(bytes);
	return 0;
}
