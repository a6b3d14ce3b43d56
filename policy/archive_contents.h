/* What is in an archive of images, by digest: what somebody has sent, he has. Pure: whoever reads the archive hashes it. */
#ifndef QUAYMASTER_POLICY_ARCHIVE_CONTENTS_H
#define QUAYMASTER_POLICY_ARCHIVE_CONTENTS_H

#include "policy/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive_contents;

enum {
	ARCHIVE_FILES_MAX = 16384,
	ARCHIVE_DOCUMENT_BYTES_MAX = 1 << 20,
	ARCHIVE_DOCUMENTS_BYTES_MAX = 8 << 20 /* of all that are kept */
};

struct archive_contents *archive_contents_new(void);           /* NULL: no memory */
void archive_contents_free(struct archive_contents *contents); /* NULL is fine */

/* Notes a file at PATH, cleaned, whose bytes have DIGEST, and are TEXT, of LEN bytes, where they could be a JSON object (NULL:
 * they could not). Returns NULL, or what is wrong with the archive. */
const char *archive_contents_add_file(struct archive_contents *contents, const char *path,
                                      const uint8_t digest[SHA256_BYTES], const char *text,
                                      size_t len);
/* Notes what else was in it, the last file as decompressed. */
const char *archive_contents_add(struct archive_contents *contents,
                                 const uint8_t digest[SHA256_BYTES]);

/* True when something in it has the DIGEST "sha256:...". */
bool archive_contents_have(const struct archive_contents *contents, const char *digest);
/* The text that has DIGEST; NULL when there is none that was kept. Lives as long as the contents. */
const char *archive_contents_text(const struct archive_contents *contents, const char *digest,
                                  size_t *len);
/* Writes the digest of the text at PATH, as it is written in a manifest; false when there is none that was kept. */
bool archive_contents_digest_at(const struct archive_contents *contents, const char *path,
                                char digest[SHA256_DIGITS + sizeof "sha256:"]);

size_t archive_contents_bytes(const struct archive_contents *contents); /* in memory */

#endif
