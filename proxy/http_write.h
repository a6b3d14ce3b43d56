/* HTTP/1.1 heads and chunks onto a byte queue, printed afresh from typed values. Each returns false
 * when there is no memory or a value could break the framing (CR, LF or NUL inside): nothing was
 * added then. */
#ifndef QUAYMASTER_PROXY_HTTP_WRITE_H
#define QUAYMASTER_PROXY_HTTP_WRITE_H

#include "proxy/http_read.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;

struct http_message {
	enum http_framing framing;
	uint64_t length;
	bool close;          /* adds Connection: close */
	const char *upgrade; /* adds Connection: Upgrade, in place of close, and this Upgrade value */
	struct headers headers; /* end-to-end ones: framing, connection, upgrade and host are refused */
};

/* False also for a method, target or host that http_read_request would refuse, for a framing the
 * message cannot have (UNTIL_CLOSE in a request, any in a 1xx or 204) and for a status beyond 100
 * to 599. */
bool http_write_request(struct evbuffer *output, const char *method, const char *target,
                        const char *host, const struct http_message *message);
/* REASON may be NULL or empty: http_reason(STATUS) then. Only the head: what FRAMING announces is
 * the caller's to add, or, in an answer to HEAD, to leave out. */
bool http_write_response(struct evbuffer *output, unsigned status, const char *reason,
                         const struct http_message *message);
/* Moves all of DATA out as one chunk (nothing when it is empty). After false DATA is not to be
 * used. */
bool http_write_chunk(struct evbuffer *output, struct evbuffer *data);
bool http_write_last_chunk(struct evbuffer *output);

/* A whole answer of our own in dockerd's form: {"message": MESSAGE} with Content-Type and
 * Content-Length; for HEAD without the body. MESSAGE may be any string; STATUS is 400 to 599. */
bool http_write_error(struct evbuffer *output, unsigned status, const char *message, bool head_only,
                      bool close);
/* The standard reason phrase, "Unknown" for other statuses. Static. */
const char *http_reason(unsigned status);

#endif
