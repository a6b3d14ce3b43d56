/* The request line and the status line (RFC 9112 §3 and §4): their parts, and nothing of what they
 * ask for. */
#ifndef QUAYMASTER_PROXY_HTTP_FIRST_LINE_H
#define QUAYMASTER_PROXY_HTTP_FIRST_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct http_fault;

/* Offsets into the line. The method is the first METHOD_LEN bytes. */
struct http_request_line {
	size_t method_len;
	size_t target, target_len;
	unsigned minor;
};

struct http_status_line {
	unsigned minor;
	unsigned status;
	size_t reason; /* up to the end of the line */
};

/* LINE has no CRLF and only HTTP_BYTES_TEXT. False with FAULT set (400 or 505). */
bool http_request_line_read(const char *line, size_t len, struct http_request_line *parts,
                            struct http_fault *fault);
bool http_status_line_read(const char *line, size_t len, struct http_status_line *parts,
                           struct http_fault *fault);

#endif
