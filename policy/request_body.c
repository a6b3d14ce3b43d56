/* Reads an inspected body into the canonical tree that is judged and sent. What its properties mean
 * is schema.c's and the checks' question. */
#include "policy/request_parts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json_node.h"

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
static void drop_parameters(const struct route *route, struct json_node *tree)
{
	for (size_t i = 0; i < route->parameter_count; i++) {
		if (!request_has_property(route, route->parameters[i].name))
			json_node_remove(tree, route->parameters[i].name);
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

/* What goes for a whole body. */
struct body_reading {
	struct request *request;
	struct arena *arena; /* of the nodes */
	enum unknown_fields unknown;
	struct error *error;
};

static enum canonical make_canonical(const struct body_reading *reading, struct json_node *tree)
{
	const struct request *request = reading->request;

	return schema_canonical(reading->arena, request->route->schema, tree, request->version.minor,
	                        reading->unknown, reading->error);
}

static bool read_object(const struct body_reading *reading, struct json_node *tree)
{
	enum canonical canonical;

	drop_parameters(reading->request->route, tree);
	canonical = make_canonical(reading, tree);
	reading->request->body_is_clean = canonical == CANONICAL_CLEAN;
	return canonical != CANONICAL_REFUSED;
}

/* An element of a list, canonical; strings are what they are. */
static bool read_element(const struct body_reading *reading, struct json_node *element)
{
	if (reading->request->route->schema != NULL)
		return make_canonical(reading, element) != CANONICAL_REFUSED;
	return element->type == JSON_STRING || error_set(reading->error, "is not a string");
}

/* null is what Go prints for an empty list. */
static bool read_list(const struct body_reading *reading, struct json_node *tree)
{
	size_t index = 0;

	if (tree->type == JSON_NULL)
		*tree = (struct json_node){.type = JSON_ARRAY};
	if (tree->type != JSON_ARRAY)
		return error_set(reading->error, "the body is not a list");
	for (struct json_node *element = tree->is.inside.first; element != NULL;
	     element = element->next) {
		if (!read_element(reading, element))
			return error_prefix(reading->error, "element %zu of the body: ", index);
		index++;
	}
	return true;
}

/* The tree that is judged and sent, or NULL. */
static json_t *build(const struct body_reading *reading, struct json_node *tree)
{
	const struct route *route = reading->request->route;
	bool fine =
		route->body == BODY_JSON_LIST ? read_list(reading, tree) : read_object(reading, tree);
	json_t *body = fine ? json_build(tree) : NULL;

	if (!fine || (body != NULL && complete_create(route, body)))
		return body;
	json_decref(body);
	error_set(reading->error, "the body needs too much memory");
	return NULL;
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
static bool read_needless(const struct request *request, struct json_node *tree,
                          struct refusal *refusal)
{
	drop_parameters(request->route, tree);
	return json_node_is_empty(tree) ||
	       request_refuse(request->arena, refusal, 400, "%s takes no body",
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

/* Makes of the nodes what the request is to have. */
static bool take_body(struct request *request, struct json_reading *nodes,
                      enum unknown_fields unknown, struct refusal *refusal)
{
	struct error error = {.text = ""};
	const struct body_reading reading = {request, nodes->arena, unknown, &error};

	if (request->route->body == BODY_NONE)
		return read_needless(request, nodes->node, refusal);
	request->body = build(&reading, nodes->node);
	if (request->body == NULL) {
		if (error.text[0] != '\0')
			error_prefix(&error, "%s: ", request->route->operation);
		return refuse_body(request, 400, &error, refusal);
	}
	if (!arena_own(request->arena, release, request->body)) {
		request->body = NULL;
		return request_refuse_memory(refusal);
	}
	return true;
}

bool request_read_body(struct request *request, const char *bytes, size_t len,
                       const struct json_limits *limits, enum unknown_fields unknown,
                       struct refusal *refusal)
{
	struct error error = {.text = ""};
	struct json_reading nodes;
	bool fine = false;

	*refusal = (struct refusal){.status = 0};
	if (request->route->body == BODY_STREAM || (request->route->body == BODY_NONE && len == 0))
		return true;
	if (len == 0)
		return read_empty(request, refusal);
	switch (json_open(&nodes, bytes, len, limits, &error)) {
	case JSON_FINE:
		fine = take_body(request, &nodes, unknown, refusal);
		break;
	case JSON_MALFORMED:
		refuse_body(request, 400, &error, refusal);
		break;
	case JSON_TOO_LARGE:
		refuse_body(request, 413, &error, refusal);
		break;
	}
	json_close(&nodes);
	return fine;
}
