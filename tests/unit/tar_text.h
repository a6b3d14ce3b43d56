/* Archives for tests, entry by entry. */
#ifndef QUAYMASTER_TESTS_TAR_TEXT_H
#define QUAYMASTER_TESTS_TAR_TEXT_H

#include <stddef.h>

enum { TAR_TEXT_SIZE = 4 << 20 };

struct tar_text {
	size_t len;
	char bytes[TAR_TEXT_SIZE];
};

/* What a header says; the rest is usual. */
struct tar_entry {
	const char *name;
	char type;             /* '0' when 0 */
	const char *content;   /* NULL: none */
	size_t size;           /* of CONTENT; its length as a text when 0 */
	const char *prefix;    /* of the name */
	const char *size_text; /* in place of the right one */
	const char *magic;     /* "ustar\00000" when NULL; eight bytes */
};

void tar_text_add(struct tar_text *tar, const struct tar_entry *entry);
void tar_text_file(struct tar_text *tar, const char *name, const char *content);
void tar_text_bytes(struct tar_text *tar, const void *bytes, size_t len);
/* COUNT blocks of zeros. */
void tar_text_zeros(struct tar_text *tar, size_t count);
/* Writes the checksum of the header at AT anew. */
void tar_text_sum(struct tar_text *tar, size_t at);
/* A pax header of TYPE with RECORDS, pairs of key and value that end with NULL. */
void tar_text_pax(struct tar_text *tar, char type, const char *const *records);

#endif
