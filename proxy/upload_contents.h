/* Takes stock of an archive of images while it is streamed: hashes each file as it is, and as it decompresses. */
#ifndef QUAYMASTER_PROXY_UPLOAD_CONTENTS_H
#define QUAYMASTER_PROXY_UPLOAD_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive_contents;
struct tar_scan;
struct upload_contents;

struct upload_contents *upload_contents_new(void);           /* NULL: no memory */
void upload_contents_free(struct upload_contents *contents); /* NULL is fine */

/* Has SCAN tell of its files from now on. */
void upload_contents_listen(struct upload_contents *contents, struct tar_scan *scan);
/* LEN more bytes have come from the client: what they may expand to is bounded by that. */
void upload_contents_expect(struct upload_contents *contents, size_t len);

/* What there is so far; lives as long as CONTENTS. */
const struct archive_contents *upload_contents_stock(const struct upload_contents *contents);
size_t upload_contents_bytes(const struct upload_contents *contents); /* in memory, about */

#endif
