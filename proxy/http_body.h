/* The body of one message, taken off a byte queue by its framing. Chunked bodies have this strict
 * decoder of our own (RFC 9112 §7.1): no bare LF, no extension, trailers read and dropped. */
#ifndef QUAYMASTER_PROXY_HTTP_BODY_H
#define QUAYMASTER_PROXY_HTTP_BODY_H

#include "proxy/http_read.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;

enum body_result {
	BODY_MORE, /* all that was there, or MAX bytes, has been moved; more must come */
	BODY_DONE, /* the body is complete; what is left in the input belongs to the next message */
	BODY_BAD   /* malformed chunked coding, or no memory; and so for ever after */
};

/* Where the chunked decoder stands, between two bytes. */
enum chunk_state {
	CHUNK_SIZE = 0, /* in the hexadecimal digits */
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_TRAILER_START,
	CHUNK_TRAILER_NAME,
	CHUNK_TRAILER_VALUE,
	CHUNK_TRAILER_LF,
	CHUNK_LAST_LF,
	CHUNK_DONE,
	CHUNK_BAD
};

enum { BODY_TRAILER_NAME_MAX = 32 }; /* longer than any name that is looked for */

struct body_reader {
	enum http_framing framing;
	uint64_t left; /* of the length, or of the current chunk */
	enum chunk_state state;
	size_t line_bytes; /* digits of the chunk size, or bytes of the trailers: bounded */
	unsigned trailers; /* fields so far: bounded */
	unsigned name_len; /* of the current field's name, as far as it fits */
	char name[BODY_TRAILER_NAME_MAX];
	uint64_t received; /* body bytes so far */
};

void body_reader_start(struct body_reader *reader, enum http_framing framing, uint64_t length);

/* Moves body bytes from INPUT to OUTPUT, at most MAX of them, and takes what frames them.
 * UNTIL_CLOSE never is BODY_DONE. A LENGTH or chunked body whose input ends before BODY_DONE was
 * cut. */
enum body_result body_read(struct body_reader *reader, struct evbuffer *input,
                           struct evbuffer *output, size_t max);

#endif
