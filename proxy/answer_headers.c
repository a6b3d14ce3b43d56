/* Which headers of the daemon's answer reach the client. Framing and connection headers are the writer's own. */
#include "proxy/answer_headers.h"

#include "policy/arena.h"
#include "policy/text.h"
#include "policy/verdict.h"

#include <string.h>

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

bool answer_headers_select(struct arena *arena, const struct headers *from,
                           const struct headers *added, struct headers *to)
{
	const size_t more = added != NULL ? added->count : 0;

	to->count = 0;
	to->list = arena_calloc(arena, from->count + more + 1, sizeof *to->list);
	if (to->list == NULL)
		return false;
	for (size_t i = 0; i < from->count; i++)
		if (catalogued(from->list[i].name))
			to->list[to->count++] = from->list[i];
	for (size_t i = 0; i < more; i++)
		to->list[to->count++] = added->list[i];
	return true;
}

/* TEXT as the inside of a quoted string: printable ASCII, quotes and backslashes escaped. */
static const char *quoted_text(struct arena *arena, const char *text)
{
	char *quoted = arena_alloc(arena, 2 * strlen(text) + 1);
	size_t len = 0;

	for (; quoted != NULL && *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			quoted[len++] = '\\';
		quoted[len] = '?';
		if (*text >= ' ' && *text <= '~')
			quoted[len] = *text;
		len++;
	}
	return quoted;
}

bool answer_headers_warn(struct arena *arena, const struct verdict *verdict,
                         struct headers *warnings)
{
	*warnings = (struct headers){.count = 0};
	if (verdict->remark_count == 0)
		return true;
	warnings->list = arena_calloc(arena, verdict->remark_count, sizeof *warnings->list);
	if (warnings->list == NULL)
		return false;
	for (size_t i = 0; i < verdict->remark_count; i++) {
		if (verdict->remarks[i].mode != MODE_WARN)
			continue;
		const char *text = quoted_text(arena, verdict->remarks[i].message);
		const char *value =
			text != NULL ? arena_format(arena, "299 quaymaster \"%s\"", text) : NULL;
		if (value == NULL)
			return false;
		warnings->list[warnings->count++] = (struct header){"Warning", value};
	}
	return true;
}
