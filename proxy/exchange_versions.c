/* Owns what clients get to hear of the daemon's API versions: no newer ones than they may use. The header is in
 * every answer of the daemon's; the body of one answer tells more. */
#include "proxy/exchange_private.h"

#include "policy/arena.h"
#include "policy/text.h"
#include "policy/version_answer.h"

#include <event2/buffer.h>
#include <string.h>

static bool is_capped(const struct exchange *exchange)
{
	return exchange->setup.versions.newest.major != 0;
}

bool exchange_tells_versions(const struct exchange *exchange)
{
	return is_capped(exchange) && exchange->head.status == 200 &&
	       strcmp(exchange->setup.request->route->operation, "system.version") == 0;
}

bool exchange_cap_headers(const struct exchange *exchange, struct headers *headers)
{
	struct arena *arena = exchange->setup.request->arena;

	for (size_t i = 0; i < headers->count && is_capped(exchange); i++) {
		struct header *header = &headers->list[i];

		if (!text_equal_ascii(header->name, "Api-Version"))
			continue;
		header->value = version_capped(arena, header->value, exchange->setup.versions.newest);
		if (header->value == NULL)
			return false;
	}
	return true;
}

bool exchange_cap_body(const struct exchange *exchange, struct evbuffer *body)
{
	size_t len = evbuffer_get_length(body), out_len = 0;
	const unsigned char *bytes = evbuffer_pullup(body, -1);
	const char *text = NULL;

	if (bytes != NULL)
		text = version_answer_cap(exchange->setup.request->arena, (const char *)bytes, len,
		                          &exchange->setup.versions, &out_len);
	return text != NULL && evbuffer_drain(body, len) == 0 && evbuffer_add(body, text, out_len) == 0;
}
