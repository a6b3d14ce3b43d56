/* HTTP/1.1 heads off the wire (RFC 9112), stricter than the RFC where dockerd and others disagree.
 * The bytes are checked here before http-parser sees them, because Debian's build of it is not the
 * strict one. */
#ifndef QUAYMASTER_PROXY_HTTP_READ_H
#define QUAYMASTER_PROXY_HTTP_READ_H

#include "policy/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct evbuffer;

struct http_limits {
	size_t head_bytes;
	size_t headers;
};

enum http_result {
	HTTP_MORE, /* not complete yet; nothing was taken from the input */
	HTTP_DONE, /* the head was taken from the input, up to and with its empty line */
	HTTP_BAD   /* refused: answer FAULT's status (502 for a response's) and close */
};

enum http_framing {
	FRAMING_NONE = 0, /* no body */
	FRAMING_LENGTH,   /* of 0, too */
	FRAMING_CHUNKED,
	FRAMING_UNTIL_CLOSE /* responses only */
};

struct http_fault {
	unsigned status;     /* 400, 414, 417, 431, 501, 503 (no memory), 505; 502 for a response */
	const char *message; /* static */
};

struct http_request_head {
	const char *method;
	const char *target;
	unsigned minor;         /* HTTP/1.minor, 0 or 1 */
	struct headers headers; /* all of them, framing and connection included, as sent */
	enum http_framing framing;
	uint64_t length;
	bool keep_alive;
	bool upgrade;         /* an Upgrade header, whatever Connection says, as dockerd takes it */
	bool expect_continue; /* Expect: 100-continue on HTTP/1.1, and a body to come */
};

struct http_response_head {
	unsigned status;
	unsigned minor;
	const char *reason;
	struct headers headers;
	enum http_framing framing; /* of what follows, given the request's method; NONE for a 101 */
	uint64_t length;           /* the Content-Length, also where it only describes (HEAD, 304) */
	bool keep_alive;
};

/* SCANNED is the reader's own note of how far the input was searched, so that a head that comes
 * byte by byte costs linear time: 0 at the start of a head, and 0 again after HTTP_DONE. A
 * malformed byte or first line is refused as soon as it is there. Strings live in ARENA. One empty
 * line before a request is skipped. */
enum http_result http_read_request(struct evbuffer *input, struct arena *arena,
                                   const struct http_limits *limits, size_t *scanned,
                                   struct http_request_head *head, struct http_fault *fault);
enum http_result http_read_response(struct evbuffer *input, struct arena *arena,
                                    const struct http_limits *limits, size_t *scanned,
                                    enum method asked, struct http_response_head *head,
                                    struct http_fault *fault);

#endif
