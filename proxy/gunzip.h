/* Decompresses gzip as it comes. The one place that knows zlib. */
#ifndef QUAYMASTER_PROXY_GUNZIP_H
#define QUAYMASTER_PROXY_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>

struct gunzip;

struct gunzip *gunzip_new(void);         /* NULL: no memory */
void gunzip_free(struct gunzip *gunzip); /* NULL is fine */

/* Gives what the next bytes stand for to TAKE, piece by piece, until that says false. False then, and when the
 * bytes are no gzip: of several members one after the other, as gzip(1) and Go read them, and nothing else
 * behind. */
bool gunzip_feed(struct gunzip *gunzip, const char *bytes, size_t len,
                 bool (*take)(void *context, const char *bytes, size_t len), void *context);
/* True when no more bytes need to come. */
bool gunzip_is_complete(const struct gunzip *gunzip);

#endif
