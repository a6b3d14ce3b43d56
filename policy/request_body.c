/* Reads an inspected body into the canonical tree that is judged and sent. What its properties mean
 * is schema.c's and the checks' question. */
#include "policy/request_parts.h"

#include "policy/arena.h"
#include "policy/error.h"

#include <string.h>

static void release(void *tree)
{
	json_decref(tree);
}

bool request_has_property(const struct route *route, const char *name)
{
	for (size_t i = 0; route->schema != NULL && i < route->schema->count; i++) {
		if (strcmp(route->schema->fields[i].name, name) == 0)
			return true;
	}
	return false;
}

/* The other half of what docker-modem does (request_has_property): dockerd looks for parameters in
 * the query only. The names are compared exactly: no other spelling means the same. */
static void drop_parameters(const struct route *route, json_t *tree)
{
	for (size_t i = 0; i < route->parameter_count; i++) {
		if (!request_has_property(route, route->parameters[i].name))
			json_object_del(tree, route->parameters[i].name);
	}
}

/* Engines up to 26 read HostConfig's properties at the top level when the body has no
 * HostConfig. */
static bool complete_create(const struct route *route, json_t *canonical)
{
	if (route->schema != &schema_container_create ||
	    json_object_get(canonical, "HostConfig") != NULL)
		return true;
	return json_object_set_new(canonical, "HostConfig", json_object()) == 0;
}

static json_t *read_object(const struct request *request, json_t *tree, enum unknown_fields unknown,
                           struct error *error)
{
	json_t *canonical;

	drop_parameters(request->route, tree);
	canonical =
		schema_canonical(request->route->schema, tree, request->version.minor, unknown, error);
	if (canonical != NULL && !complete_create(request->route, canonical)) {
		json_decref(canonical);
		error_set(error, "the body needs too much memory");
		return NULL;
	}
	return canonical;
}

/* An element of a list, canonical; strings are what they are. */
static json_t *read_element(const struct request *request, json_t *element,
                            enum unknown_fields unknown, struct error *error)
{
	if (request->route->schema != NULL)
		return schema_canonical(request->route->schema, element, request->version.minor, unknown,
		                        error);
	if (!json_is_string(element)) {
		error_set(error, "is not a string");
		return NULL;
	}
	return json_incref(element);
}

/* null is what Go prints for an empty list. */
static json_t *read_list(const struct request *request, json_t *tree, enum unknown_fields unknown,
                         struct error *error)
{
	json_t *list = json_array();

	if (list != NULL && !json_is_array(tree) && !json_is_null(tree)) {
		error_set(error, "the body is not a list");
		json_decref(list);
		return NULL;
	}
	for (size_t i = 0; list != NULL && i < json_array_size(tree); i++) {
		json_t *element = read_element(request, json_array_get(tree, i), unknown, error);

		if (element == NULL)
			error_prefix(error, "element %zu of the body: ", i);
		if (element == NULL || json_array_append_new(list, element) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static bool read_empty(const struct request *request, struct refusal *refusal)
{
	if (request->route->body == BODY_JSON_OPTIONAL)
		return true;
	return request_refuse(request->arena, refusal, 400, "%s wants a JSON body, and there is none",
	                      request->route->operation);
}

/* What a client library sends with every POST says nothing, or says the query once more; anything else was meant to
 * have an effect, and the client must learn that it has none. */
static bool read_needless(const struct request *request, json_t *tree, struct refusal *refusal)
{
	bool silent;

	drop_parameters(request->route, tree);
	silent = json_is_empty(tree);
	json_decref(tree);
	return silent || request_refuse(request->arena, refusal, 400, "%s takes no body",
	                                request->route->operation);
}

/* The message of a body that was refused; an empty one means that memory ran out. */
static bool refuse_body(const struct request *request, unsigned status, const struct error *error,
                        struct refusal *refusal)
{
	if (error->text[0] == '\0')
		return request_refuse_memory(refusal);
	return request_refuse(request->arena, refusal, status, "%s", error->text);
}

bool request_read_body(struct request *request, const char *bytes, size_t len,
                       const struct json_limits *limits, enum unknown_fields unknown,
                       struct refusal *refusal)
{
	struct error error = {.text = ""};
	json_t *tree = NULL;

	*refusal = (struct refusal){.status = 0};
	if (request->route->body == BODY_STREAM || (request->route->body == BODY_NONE && len == 0))
		return true;
	if (len == 0)
		return read_empty(request, refusal);
	switch (json_read(bytes, len, limits, &tree, &error)) {
	case JSON_FINE:
		break;
	case JSON_MALFORMED:
		return refuse_body(request, 400, &error, refusal);
	case JSON_TOO_LARGE:
		return refuse_body(request, 413, &error, refusal);
	}
	if (request->route->body == BODY_NONE)
		return read_needless(request, tree, refusal);
	request->body = request->route->body == BODY_JSON_LIST
	                    ? read_list(request, tree, unknown, &error)
	                    : read_object(request, tree, unknown, &error);
	json_decref(tree);
	if (request->body == NULL)
		return refuse_body(request, 400, &error, refusal);
	if (!arena_own(request->arena, release, request->body)) {
		request->body = NULL;
		return request_refuse_memory(refusal);
	}
	return true;
}
