/* One member after the other. What a piece expands to is given on in bounded steps; nothing is kept. */
#include "proxy/gunzip.h"

#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

enum { OUTPUT_SIZE = 32 * 1024, GZIP_ONLY = 16 + MAX_WBITS };

struct gunzip {
	z_stream stream;
	bool between; /* members: the next byte begins one */
	bool begun, bad;
	unsigned char output[OUTPUT_SIZE];
};

struct gunzip *gunzip_new(void)
{
	struct gunzip *gunzip = calloc(1, sizeof *gunzip);

	if (gunzip != NULL && inflateInit2(&gunzip->stream, GZIP_ONLY) != Z_OK) {
		free(gunzip);
		return NULL;
	}
	return gunzip;
}

void gunzip_free(struct gunzip *gunzip)
{
	if (gunzip == NULL)
		return;
	inflateEnd(&gunzip->stream);
	free(gunzip);
}

static bool refuse(struct gunzip *gunzip)
{
	gunzip->bad = true;
	return false;
}

/* One step. False when it is no gzip; *AGAIN: there may be more to give, of the same input. */
static bool inflate_step(struct gunzip *gunzip, size_t *len, bool *again)
{
	z_stream *stream = &gunzip->stream;
	int result;

	if (gunzip->between && inflateReset(stream) != Z_OK)
		return false;
	gunzip->between = false;
	gunzip->begun = true;
	stream->next_out = gunzip->output;
	stream->avail_out = OUTPUT_SIZE;
	result = inflate(stream, Z_NO_FLUSH);
	*len = OUTPUT_SIZE - stream->avail_out;
	gunzip->between = result == Z_STREAM_END;
	*again = stream->avail_in > 0 || (stream->avail_out == 0 && !gunzip->between);
	/* Z_BUF_ERROR: there was nothing more to give after all. */
	return result == Z_OK || result == Z_STREAM_END || (result == Z_BUF_ERROR && !*again);
}

bool gunzip_feed(struct gunzip *gunzip, const char *bytes, size_t len,
                 bool (*take)(void *context, const char *bytes, size_t len), void *context)
{
	bool again = len > 0;

	if (gunzip->bad || len > UINT_MAX)
		return refuse(gunzip);
	gunzip->stream.next_in = (const Bytef *)bytes;
	gunzip->stream.avail_in = (unsigned)len;
	while (again) {
		size_t made;

		if (!inflate_step(gunzip, &made, &again))
			return refuse(gunzip);
		if (made > 0 && !take(context, (const char *)gunzip->output, made))
			return refuse(gunzip);
	}
	return true;
}

bool gunzip_is_complete(const struct gunzip *gunzip)
{
	return !gunzip->bad && gunzip->begun && gunzip->between;
}
