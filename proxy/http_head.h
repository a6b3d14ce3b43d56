/* A head as bytes: where it ends, its lines, and a second opinion from http-parser. Knows no
 * header's meaning; http_read does. */
#ifndef QUAYMASTER_PROXY_HTTP_HEAD_H
#define QUAYMASTER_PROXY_HTTP_HEAD_H

#include "policy/request.h"
#include "proxy/http_read.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct evbuffer;

enum http_scan {
	HTTP_SCAN_MORE,
	HTTP_SCAN_FIRST_LINE, /* the first line is complete; told once, then scan on */
	HTTP_SCAN_COMPLETE,
	HTTP_SCAN_LONG_LINE, /* LIMIT bytes and the first line has not ended */
	HTTP_SCAN_LONG_HEAD,
	HTTP_SCAN_BAD /* a byte that no head may have there; WHY says which */
};

/* Searches INPUT for the end of the head, looking at each byte once over any number of calls.
 * SCANNED is this function's own note, 0 at the start of a head; http_head_scanned tells the bytes
 * that it stands for. */
enum http_scan http_head_scan(struct evbuffer *input, size_t limit, size_t *scanned,
                              const char **why);
size_t http_head_scanned(size_t scanned);

/* Sets FAULT. Returns false always, so that a caller can write `return http_refuse(fault, ...)`. */
bool http_refuse(struct http_fault *fault, unsigned status, const char *message);

struct http_head {
	char *first_line;
	struct headers headers;
};

/* Cuts a complete, scanned head (without a leading empty line) into lines and headers, copied into
 * ARENA. False with FAULT set. */
bool http_head_split(const char *bytes, size_t len, struct arena *arena, size_t headers_max,
                     struct http_head *head, struct http_fault *fault);

/* What we took a head for. */
struct http_reading {
	const char *method; /* NULL for a response */
	const char *target;
	unsigned status; /* of a response */
	unsigned minor;
	const struct headers *headers;
	bool chunked;
	bool has_length;
	uint64_t length;
};

/* True when http-parser takes the same head for the same thing. */
bool http_head_agrees(const char *bytes, size_t len, const struct http_reading *reading);

#endif
