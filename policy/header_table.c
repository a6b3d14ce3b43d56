/* A table file: the rows, and which routes they are for. How they are applied is
 * request_headers.c's. */
#include "policy/header_table.h"

#include "policy/route.h"
#include "policy/text.h"

#include <string.h>
#include <strings.h>

#define HEADER(name, audience, posture)                          \
	{                                                            \
		name, HEADER_##audience, POSTURE_##posture, false, false \
	}
#define REPEATABLE(name, audience, posture)                     \
	{                                                           \
		name, HEADER_##audience, POSTURE_##posture, true, false \
	}
#define CREDENTIALS(name, audience, posture)                    \
	{                                                           \
		name, HEADER_##audience, POSTURE_##posture, false, true \
	}

static const struct header_def headers[] = {
	/* Of web pages: a browser sends them with every request that a page makes. */
	HEADER("Access-Control-", EVERYWHERE, DENY),
	HEADER("Origin", EVERYWHERE, DENY),
	HEADER("Sec-Fetch-", EVERYWHERE, DENY),

	HEADER("Connection", EVERYWHERE, REWRITTEN),
	HEADER("Content-Length", EVERYWHERE, REWRITTEN),
	HEADER("Content-Type", EVERYWHERE, REWRITTEN),
	HEADER("Host", EVERYWHERE, REWRITTEN),
	HEADER("Transfer-Encoding", EVERYWHERE, REWRITTEN),
	HEADER("Upgrade", EVERYWHERE, REWRITTEN),
	HEADER("User-Agent", EVERYWHERE, REWRITTEN), /* left out unless short and plain */

	HEADER("Content-Encoding", EVERYWHERE, DROP), /* the daemon never looks at it */
	HEADER("Expect", EVERYWHERE, DROP),           /* is answered here */
	HEADER("HTTP2-Settings", EVERYWHERE, DROP),
	HEADER("X-Meta-", EVERYWHERE, DROP), /* the daemon would pass them on to a registry */

	CREDENTIALS("X-Registry-Auth", REGISTRY, JUDGED),
	CREDENTIALS("X-Registry-Config", BUILD, JUDGED),

	REPEATABLE("X-Docker-Expose-Session-Grpc-Method", HTTP2, HARMLESS),
	HEADER("X-Docker-Expose-Session-Name", HTTP2, HARMLESS),
	HEADER("X-Docker-Expose-Session-Sharedkey", HTTP2, HARMLESS),
	HEADER("X-Docker-Expose-Session-Uuid", HTTP2, HARMLESS),

	HEADER("Sec-WebSocket-Extensions", WEBSOCKET, DROP), /* the daemon has none */
	HEADER("Sec-WebSocket-Key", WEBSOCKET, HARMLESS),
	HEADER("Sec-WebSocket-Protocol", WEBSOCKET, HARMLESS),
	HEADER("Sec-WebSocket-Version", WEBSOCKET, HARMLESS),
};

static const char *const registry_operations[] = {
	"distribution.inspect", "image.pull",  "image.push",     "image.search",   "plugin.privileges",
	"plugin.pull",          "plugin.push", "plugin.upgrade", "service.create", "service.update",
};

const struct header_def *header_catalogue(size_t *count)
{
	*count = sizeof headers / sizeof headers[0];
	return headers;
}

static bool is_prefix(const char *name)
{
	return text_ends_with(name, "-");
}

/* In ASCII: the program never leaves the C locale. */
const struct header_def *header_find(const char *name)
{
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		const char *known = headers[i].name;

		if (is_prefix(known) ? strncasecmp(name, known, strlen(known)) == 0
		                     : text_equal_ascii(name, known))
			return &headers[i];
	}
	return NULL;
}

static bool is_registry_operation(const char *operation)
{
	for (size_t i = 0; i < sizeof registry_operations / sizeof registry_operations[0]; i++) {
		if (strcmp(registry_operations[i], operation) == 0)
			return true;
	}
	return false;
}

bool header_is_read(const struct header_def *def, const struct route *route)
{
	switch (def->audience) {
	case HEADER_EVERYWHERE:
		return true;
	case HEADER_REGISTRY:
		return is_registry_operation(route->operation);
	case HEADER_BUILD:
		return strcmp(route->operation, "build.classic") == 0 ||
		       strcmp(route->operation, "build.buildkit") == 0;
	case HEADER_HTTP2:
		return route->answer == ANSWER_H2C;
	case HEADER_WEBSOCKET:
		return route->answer == ANSWER_WEBSOCKET;
	}
	return false;
}

const char *header_audience_name(enum header_audience audience)
{
	switch (audience) {
	case HEADER_EVERYWHERE:
		return "everywhere";
	case HEADER_REGISTRY:
		return "registry";
	case HEADER_BUILD:
		return "build";
	case HEADER_HTTP2:
		return "HTTP/2";
	case HEADER_WEBSOCKET:
		return "WebSocket";
	}
	return "?";
}
