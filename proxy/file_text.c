/* A whole text from a file, read once and bounded, and to one. */
#include "proxy/file_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_BYTES = 16 * 1024 };

/* Reads STREAM to its end; room grows with what comes. */
static char *read_stream(FILE *stream, size_t limit, size_t *len)
{
	size_t room = limit < FIRST_BYTES ? limit + 1 : FIRST_BYTES;
	char *bytes = malloc(room + 1);

	*len = 0;
	while (bytes != NULL) {
		char *larger;

		*len += fread(bytes + *len, 1, room - *len, stream);
		if (*len < room || *len > limit)
			break;
		room = room > limit / 2 ? limit + 1 : room * 2;
		larger = realloc(bytes, room + 1);
		if (larger == NULL)
			free(bytes);
		bytes = larger;
	}
	if (bytes != NULL)
		bytes[*len] = '\0';
	return bytes;
}

char *file_text_read(const char *file, size_t limit, size_t *len)
{
	FILE *stream = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	char *bytes;

	if (stream == NULL)
		return NULL;
	bytes = read_stream(stream, limit, len);
	if (bytes != NULL && (ferror(stream) || *len > limit)) {
		errno = ferror(stream) ? EIO : EFBIG;
		free(bytes);
		bytes = NULL;
	}
	if (stream != stdin)
		fclose(stream);
	return bytes;
}

bool file_text_write(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}
