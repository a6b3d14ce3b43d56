/* Turns a head off the wire into one typed request: version (request_version.c), route, and in that order
 * the query and the headers (request_query.c, request_headers.c); then the inspected body. Printing is
 * request_print.c's, judging nobody's here. */
#include "policy/request.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/request_parts.h"
#include "policy/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PRINTED_MAX = 200 }; /* bytes of a peer's path or method in a message */

bool request_refuse(struct arena *arena, struct refusal *refusal, unsigned status,
                    const char *format, ...)
{
	char text[ERROR_TEXT_SIZE];
	const char *message;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	message = text_printable(arena, text, sizeof text);
	if (message[0] == '\0')
		return request_refuse_memory(refusal);
	*refusal = (struct refusal){status, message};
	return false;
}

bool request_refuse_memory(struct refusal *refusal)
{
	*refusal = (struct refusal){503, "the request needs too much memory"};
	return false;
}

static bool read_route(struct request *request, const char *method, struct refusal *refusal)
{
	struct arena *arena = request->arena;
	const char *path = text_printable(arena, request->path.rest, PRINTED_MAX);

	switch (route_find(arena, request->method, request->path.rest, request->version.minor,
	                   &request->route, &request->captures)) {
	case ROUTE_FOUND:
		return true;
	case ROUTE_WRONG_METHOD:
		return request_refuse(arena, refusal, 405,
		                      "method not allowed: API %u.%u has %s, but not with %s",
		                      request->version.major, request->version.minor, path,
		                      text_printable(arena, method, PRINTED_MAX));
	case ROUTE_UNKNOWN:
		break;
	}
	return request_refuse(arena, refusal, 404,
	                      "page not found: quaymaster knows no operation %s %s in API %u.%u",
	                      text_printable(arena, method, PRINTED_MAX), path, request->version.major,
	                      request->version.minor);
}

/* The target's two halves; what is behind the first '?' is the query, further ones are part of
 * it. */
static bool read_target(struct request *request, const char *target, struct query *given,
                        struct refusal *refusal)
{
	size_t path_len = strcspn(target, "?");
	const char *query = target[path_len] == '?' ? target + path_len + 1 : "";
	struct error error = {.text = ""};

	if (!path_parse(request->arena, target, path_len, &request->path, &error) ||
	    !query_parse(request->arena, query, strlen(query), given, &error))
		return request_refuse(request->arena, refusal, 400, "%s", error.text);
	return true;
}

bool request_read_head(struct arena *arena, const struct request_head *head,
                       const struct api_range *range, struct request *request,
                       struct refusal *refusal)
{
	struct query given;

	*request = (struct request){.arena = arena, .method = method_from_text(head->method)};
	*refusal = (struct refusal){.status = 0};
	return request_check_origin(arena, &head->headers, refusal) &&
	       read_target(request, head->target, &given, refusal) &&
	       request_read_version(request, range, refusal) &&
	       read_route(request, head->method, refusal) &&
	       request_choose_route(request, &given, refusal) &&
	       request_read_query(request, &given, refusal) &&
	       request_read_headers(request, head, refusal);
}
