/* Prints a typed request for the daemon, and for the audit log. Nothing here sees what the client
 * sent. */
#include "policy/request.h"

#include "policy/arena.h"
#include "policy/text.h"

#include <string.h>

enum { DESCRIBED_VALUE_MAX = 200 }; /* bytes of a parameter's value in the audit log */

/* Of images, plugins and a registry's repositories; no other name can hold a slash (route.c). */
static bool name_has_slashes(enum object_kind kind)
{
	return kind == OBJECT_IMAGE || kind == OBJECT_PLUGIN || kind == OBJECT_NONE;
}

/* The route's template with NAME and the second capture in place of the placeholders; NULL when
 * exhausted. */
static const char *print_path(const struct request *request, const char *name)
{
	const char *template = request->route->template;
	const char *open = strchr(template, '{');
	const char *tail, *second_open, *encoded, *second;

	if (open == NULL)
		return template;
	encoded = name == NULL
	              ? NULL
	              : path_encode(request->arena, name, name_has_slashes(request->route->object));
	if (encoded == NULL)
		return NULL;
	tail = strchr(open, '}') + 1;
	second_open = strchr(tail, '{');
	if (second_open == NULL)
		return arena_format(request->arena, "%.*s%s%s", (int)(open - template), template, encoded,
		                    tail);
	second = request->captures.second == NULL
	             ? NULL
	             : path_encode(request->arena, request->captures.second, false);
	if (second == NULL)
		return NULL;
	return arena_format(request->arena, "%.*s%s%.*s%s%s", (int)(open - template), template, encoded,
	                    (int)(second_open - tail), tail, second, strchr(second_open, '}') + 1);
}

const char *request_print_target(const struct request *request)
{
	const char *name = request->object_id != NULL ? request->object_id : request->captures.name;
	const char *path = print_path(request, name);
	const char *query = query_print(request->arena, &request->query);

	if (path == NULL || query == NULL)
		return NULL;
	if (request->route->unversioned)
		return arena_format(request->arena, "%s%s%s", path, query[0] == '\0' ? "" : "?", query);
	return arena_format(request->arena, "/v%u.%u%s%s%s", request->version.major,
	                    request->version.minor, path, query[0] == '\0' ? "" : "?", query);
}

const char *request_print_body(const struct request *request, size_t *len)
{
	*len = 0;
	return request->body == NULL ? NULL : json_print(request->arena, request->body, len);
}

/* A query that may be shown: secrets are hidden, long values cut. */
static bool redact(const struct request *request, struct query *shown)
{
	const struct query *query = &request->query;

	*shown = (struct query){.count = 0};
	if (query->count == 0)
		return true;
	shown->parameters = arena_calloc(request->arena, query->count, sizeof *shown->parameters);
	if (shown->parameters == NULL)
		return false;
	for (size_t i = 0; i < query->count; i++) {
		const struct parameter *parameter = &query->parameters[i];
		const struct parameter_def *def = route_parameter(request->route, parameter->name);
		bool secret = (def == NULL || def->secret) && parameter->value[0] != '\0';

		shown->parameters[shown->count++] = (struct parameter){
			parameter->name,
			secret ? "..." : text_printable(request->arena, parameter->value, DESCRIBED_VALUE_MAX),
		};
	}
	return true;
}

/* VERSION stands before the path: "/v1.41", or nothing. */
static const char *describe(const struct request *request, const char *version, const char *name)
{
	const char *path = print_path(request, name);
	const char *query = NULL;
	struct query shown;

	if (path != NULL && redact(request, &shown))
		query = query_print(request->arena, &shown);
	if (query == NULL)
		return NULL;
	return arena_format(request->arena, "%s %s%s%s%s", method_name(request->method), version, path,
	                    query[0] == '\0' ? "" : "?", query);
}

const char *request_describe(const struct request *request)
{
	return describe(request, "", request->captures.name);
}

const char *request_describe_sent(const struct request *request)
{
	const char *name = request->object_id != NULL ? request->object_id : request->captures.name;
	const char *version = request->route->unversioned
	                          ? ""
	                          : arena_format(request->arena, "/v%u.%u", request->version.major,
	                                         request->version.minor);

	return version != NULL ? describe(request, version, name) : NULL;
}

/* A list of strings is a plugin's settings, which may be anything. */
static json_t *redacted_strings(const json_t *list)
{
	json_t *shown = json_array();

	for (size_t i = 0; shown != NULL && i < json_array_size(list); i++) {
		if (json_array_append_new(shown, json_string("(hidden)")) != 0) {
			json_decref(shown);
			return NULL;
		}
	}
	return shown;
}

static json_t *redacted_list(const struct schema *schema, const json_t *list)
{
	json_t *shown = json_array();

	for (size_t i = 0; shown != NULL && i < json_array_size(list); i++) {
		json_t *element = schema_redacted(schema, json_array_get(list, i));

		if (element == NULL || json_array_append_new(shown, element) != 0) {
			json_decref(shown);
			return NULL;
		}
	}
	return shown;
}

static json_t *redacted_body(const struct request *request)
{
	const struct schema *schema = request->route->schema;

	if (json_is_object(request->body) && schema != NULL)
		return schema_redacted(schema, request->body);
	return schema != NULL ? redacted_list(schema, request->body) : redacted_strings(request->body);
}

const char *request_describe_body(const struct request *request, size_t *len)
{
	json_t *shown = request->body != NULL ? redacted_body(request) : NULL;
	const char *text;

	*len = 0;
	text = shown != NULL ? json_print(request->arena, shown, len) : NULL;
	json_decref(shown);
	return text;
}
