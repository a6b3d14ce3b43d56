/* Writes headers as POSIX has them, or as a test wants them to be wrong. */
#include "tests/unit/tar_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BLOCK = 512 };

static char *make_room(struct tar_text *tar, size_t len)
{
	char *at = tar->bytes + tar->len;

	assert_true(len <= sizeof tar->bytes - tar->len);
	memset(at, 0, len);
	tar->len += len;
	return at;
}

void tar_text_bytes(struct tar_text *tar, const void *bytes, size_t len)
{
	memcpy(make_room(tar, len), bytes, len);
}

void tar_text_zeros(struct tar_text *tar, size_t count)
{
	make_room(tar, count * BLOCK);
}

void tar_text_sum(struct tar_text *tar, size_t at)
{
	unsigned char *block = (unsigned char *)tar->bytes + at;
	char text[32];
	unsigned sum = 0;

	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += block[i];
	snprintf(text, sizeof text, "%06o", sum);
	memcpy(block + 148, text, 7);
}

static void put(char *block, size_t at, size_t room, const char *text)
{
	size_t len = strlen(text);

	memcpy(block + at, text, len < room ? len : room);
}

void tar_text_add(struct tar_text *tar, const struct tar_entry *entry)
{
	size_t at = tar->len, size = entry->size;
	char *block = make_room(tar, BLOCK);
	char text[32];

	if (size == 0 && entry->content != NULL)
		size = strlen(entry->content);
	put(block, 0, 100, entry->name);
	put(block, 100, 8, "0000644");
	put(block, 108, 8, "0000000");
	put(block, 116, 8, "0000000");
	snprintf(text, sizeof text, "%011zo", size);
	put(block, 124, 12, entry->size_text != NULL ? entry->size_text : text);
	put(block, 136, 12, "00000000000");
	block[156] = entry->type != 0 ? entry->type : '0';
	memcpy(block + 257, entry->magic != NULL ? entry->magic : "ustar\00000", 8);
	if (entry->prefix != NULL)
		put(block, 345, 155, entry->prefix);
	tar_text_sum(tar, at);
	if (entry->content != NULL)
		tar_text_bytes(tar, entry->content, size);
	make_room(tar, -tar->len % BLOCK);
}

void tar_text_file(struct tar_text *tar, const char *name, const char *content)
{
	tar_text_add(tar, &(struct tar_entry){.name = name, .content = content});
}

void tar_text_pax(struct tar_text *tar, char type, const char *const *records)
{
	char text[8192] = "";
	size_t used = 0;

	for (; *records != NULL; records += 2) {
		size_t len = strlen(records[0]) + strlen(records[1]) + 3, digits = 1;

		while (snprintf(NULL, 0, "%zu", len + digits) > (int)digits)
			digits++;
		used += (size_t)snprintf(text + used, sizeof text - used, "%zu %s=%s\n", len + digits,
		                         records[0], records[1]);
		assert_true(used < sizeof text);
	}
	tar_text_add(tar, &(struct tar_entry){.name = "pax", .type = type, .content = text});
}
