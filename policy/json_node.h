/* JSON as it was written: what the strict reader makes of bytes, before anything has a meaning. Lives in an
 * arena, as a whole. */
#ifndef QUAYMASTER_POLICY_JSON_NODE_H
#define QUAYMASTER_POLICY_JSON_NODE_H

#include "policy/json.h"

struct json_node {
	json_type type;
	struct json_node *next; /* the next member or element */
	const char *key;        /* of a member, terminated; NULL elsewhere */
	size_t key_len;
	union {
		struct {
			const char *bytes; /* terminated */
			size_t len;
		} string;
		json_int_t integer;
		double real;
		struct {
			struct json_node *first;
			size_t count;
		} inside; /* of an object or a list, in the order they were written */
	} is;
};

/* Reads one JSON value into ARENA, by the rules of json_read; *NODE is NULL unless JSON_FINE. */
enum json_fault json_parse(struct arena *arena, const char *bytes, size_t len,
                           const struct json_limits *limits, struct json_node **node,
                           struct error *error);

/* Puts into TWICE whether two members of OBJECT have the same key. False when ARENA is exhausted. */
bool json_keys_twice(struct arena *arena, const struct json_node *object, bool *twice);

/* The same into an arena of its own. Whatever comes of it, READING is to be closed, which ends the nodes. */
struct json_reading {
	struct arena *arena;
	struct json_node *node; /* NULL unless JSON_FINE */
};

enum json_fault json_open(struct json_reading *reading, const char *bytes, size_t len,
                          const struct json_limits *limits, struct error *error);
void json_close(struct json_reading *reading);

/* A jansson tree of NODE, the caller's to json_decref; NULL when out of memory. */
json_t *json_build(const struct json_node *node);

/* json_is_empty of a node. */
bool json_node_is_empty(const struct json_node *node);
/* Takes the member KEY out, if NODE is an object that has one. */
void json_node_remove(struct json_node *node, const char *key);

#endif
