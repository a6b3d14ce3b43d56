/* A whole file in memory. */
#ifndef QUAYMASTER_PROXY_FILE_TEXT_H
#define QUAYMASTER_PROXY_FILE_TEXT_H

#include <stddef.h>

/* The text of FILE ("-" is standard input), terminated; *LEN gets its length. The caller's to free. NULL with errno
 * set, to EFBIG when it is larger than LIMIT. Blocks. */
char *file_text_read(const char *file, size_t limit, size_t *len);

#endif
