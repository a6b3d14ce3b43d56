/* Which bytes may stand where in a head (RFC 9110 §5.5 and §5.6.2, RFC 9112 §2 and §5), asked alike
 * by the reader of heads, the decoder of trailers and the writer. Knows nothing of what a header
 * means. */
#ifndef QUAYMASTER_PROXY_HTTP_FIELD_H
#define QUAYMASTER_PROXY_HTTP_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct header;

enum http_bytes {
	HTTP_BYTES_TOKEN = 1,  /* tchar: header names */
	HTTP_BYTES_TARGET = 2, /* printable ASCII but '#': request targets */
	HTTP_BYTES_HOST = 4,   /* what Go takes in a Host header */
	HTTP_BYTES_TEXT = 8    /* TAB, SP, printable, 8-bit: header values and reasons */
};

bool http_byte_is(unsigned char byte, enum http_bytes kind);
/* How many of the LEN bytes, from the first on, are of KIND. */
size_t http_bytes_span(const char *bytes, size_t len, enum http_bytes kind);
/* True for none at all, too. */
bool http_bytes_are(const char *bytes, size_t len, enum http_bytes kind);

/* 1 to 32 upper-case letters: every method that dockerd has, and no other form. */
bool http_method_is_valid(const char *bytes, size_t len);
/* A path with an optional query: the origin form of RFC 9112 §3.2.1 and no other. */
bool http_target_is_valid(const char *bytes, size_t len);

/* NAME's LEN bytes are those of OTHER, which is terminated, in any ASCII case. */
bool http_name_is(const char *name, size_t len, const char *other);

/* Cuts a header line, without its CRLF, into terminated name and value, in place; LINE[LEN] must be
 * writable. The bytes must be HTTP_BYTES_TEXT. NULL when that went well, else what is wrong. */
const char *http_field_cut(char *line, size_t len, struct header *header);

#endif
