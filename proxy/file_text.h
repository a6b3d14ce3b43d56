/* A whole text from a file, and to one. */
#ifndef QUAYMASTER_PROXY_FILE_TEXT_H
#define QUAYMASTER_PROXY_FILE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* The text of FILE ("-" is standard input), terminated; *LEN gets its length. The caller's to free. NULL with errno
 * set, to EFBIG when it is larger than LIMIT. Blocks. */
char *file_text_read(const char *file, size_t limit, size_t *len);

/* Writes all LEN bytes to FD, in as many pieces as it takes; false when that fails. Blocks. */
bool file_text_write(int fd, const char *bytes, size_t len);

#endif
