/* Owns jansson's trees: how they are made of what was read, and small questions about them. What the members
 * mean, and which spellings of a key are the same to dockerd, is schema.c's question. */
#include "policy/json_node.h"

#include "policy/arena.h"
#include "policy/error.h"

#include <string.h>

static json_t *build_object(const struct json_node *node)
{
	json_t *object = json_object();

	for (const struct json_node *member = node->is.inside.first; member != NULL;
	     member = member->next) {
		if (json_object_setn_new_nocheck(object, member->key, member->key_len,
		                                 json_build(member)) != 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *build_list(const struct json_node *node)
{
	json_t *list = json_array();

	for (const struct json_node *element = node->is.inside.first; element != NULL;
	     element = element->next) {
		if (json_array_append_new(list, json_build(element)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

json_t *json_build(const struct json_node *node)
{
	switch (node->type) {
	case JSON_OBJECT:
		return build_object(node);
	case JSON_ARRAY:
		return build_list(node);
	case JSON_STRING:
		return json_stringn_nocheck(node->is.string.bytes, node->is.string.len);
	case JSON_INTEGER:
		return json_integer(node->is.integer);
	case JSON_REAL:
		return json_real(node->is.real);
	case JSON_TRUE:
		return json_true();
	case JSON_FALSE:
		return json_false();
	case JSON_NULL:
		return json_null();
	}
	return NULL;
}

enum json_fault json_read(const char *bytes, size_t len, const struct json_limits *limits,
                          json_t **tree, struct error *error)
{
	struct json_reading reading;
	enum json_fault fault = json_open(&reading, bytes, len, limits, error);

	*tree = fault == JSON_FINE ? json_build(reading.node) : NULL;
	if (fault == JSON_FINE && *tree == NULL) {
		error_set(error, "the JSON is refused: out of memory");
		fault = JSON_MALFORMED;
	}
	json_close(&reading);
	return fault;
}

bool json_is_empty(const json_t *value)
{
	if (value == NULL)
		return true;
	switch (json_typeof(value)) {
	case JSON_NULL:
	case JSON_FALSE:
		return true;
	case JSON_TRUE:
		return false;
	case JSON_INTEGER:
		return json_integer_value(value) == 0;
	case JSON_REAL:
		/* Both zeros; no arithmetic has touched it. */
		return !(json_real_value(value) < 0) && !(json_real_value(value) > 0);
	case JSON_STRING:
		return json_string_length(value) == 0;
	case JSON_ARRAY:
		return json_array_size(value) == 0;
	case JSON_OBJECT:
		return json_object_size(value) == 0;
	}
	return false;
}

bool json_node_is_empty(const struct json_node *node)
{
	switch (node->type) {
	case JSON_NULL:
	case JSON_FALSE:
		return true;
	case JSON_TRUE:
		return false;
	case JSON_INTEGER:
		return node->is.integer == 0;
	case JSON_REAL:
		return !(node->is.real < 0) && !(node->is.real > 0);
	case JSON_STRING:
		return node->is.string.len == 0;
	case JSON_ARRAY:
	case JSON_OBJECT:
		return node->is.inside.first == NULL;
	}
	return false;
}

void json_node_remove(struct json_node *node, const char *key)
{
	struct json_node **link = &node->is.inside.first;

	if (node->type != JSON_OBJECT)
		return;
	while (*link != NULL && strcmp((*link)->key, key) != 0)
		link = &(*link)->next;
	if (*link != NULL) {
		*link = (*link)->next;
		node->is.inside.count--;
	}
}

const json_t *json_member(const json_t *object, const char *name)
{
	return json_object_get(object, name);
}

const char *json_member_string(const json_t *object, const char *name)
{
	return json_string_value(json_member(object, name));
}

bool json_member_true(const json_t *object, const char *name)
{
	return json_is_true(json_member(object, name));
}
