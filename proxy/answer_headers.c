/* Which headers of the daemon's answer reach the client. Framing and connection headers are the writer's own. */
#include "proxy/answer_headers.h"

#include "policy/arena.h"
#include "policy/text.h"

static const char *const catalogue[] = {
	"Api-Version",
	"Builder-Version",
	"Cache-Control",
	"Content-Type",
	"Date",
	"Deprecation",
	"Docker-Experimental",
	"Expires",
	"Link",
	"Ostype",
	"Pragma",
	"Sec-WebSocket-Accept",
	"Sec-WebSocket-Protocol",
	"Server",
	"Swarm",
	"X-Content-Type-Options",
	"X-Docker-Container-Path-Stat",
};

static bool catalogued(const char *name)
{
	for (size_t i = 0; i < sizeof catalogue / sizeof catalogue[0]; i++)
		if (text_equal_ascii(catalogue[i], name))
			return true;
	return false;
}

bool answer_headers_select(struct arena *arena, const struct headers *from, struct headers *to)
{
	to->count = 0;
	to->list = arena_calloc(arena, from->count + 1, sizeof *to->list);
	if (to->list == NULL)
		return false;
	for (size_t i = 0; i < from->count; i++)
		if (catalogued(from->list[i].name))
			to->list[to->count++] = from->list[i];
	return true;
}
