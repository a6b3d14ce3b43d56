/* Every request header that means something to dockerd, to HTTP or to a browser, with what is done
 * about it. What is not listed is left out of what is sent. */
#ifndef QUAYMASTER_POLICY_HEADER_TABLE_H
#define QUAYMASTER_POLICY_HEADER_TABLE_H

#include "policy/posture.h"

#include <stdbool.h>
#include <stddef.h>

struct route;

/* The routes that read a header. Elsewhere it is left out, unless it is denied. */
enum header_audience {
	HEADER_EVERYWHERE = 0,
	HEADER_REGISTRY,  /* the daemon talks to one registry: pull, push, search, plugins, services */
	HEADER_BUILD,     /* the daemon may talk to several */
	HEADER_HTTP2,     /* upgrades to HTTP/2 */
	HEADER_WEBSOCKET, /* upgrades to WebSocket */
};

struct header_def {
	const char *name; /* with a '-' at its end: all that begin like this */
	enum header_audience audience;
	enum posture posture; /* REWRITTEN: the printers of HTTP and of the body write it */
	bool repeatable;
	bool credentials; /* base64 of JSON (credentials.h) */
};

const struct header_def *header_catalogue(size_t *count);

/* The entry for NAME in any case; NULL when it is unknown, which means POSTURE_DROP. */
const struct header_def *header_find(const char *name);
/* True when ROUTE reads the header of DEF. */
bool header_is_read(const struct header_def *def, const struct route *route);

const char *header_audience_name(enum header_audience audience);

#endif
