/* Strict JSON in and canonical JSON out. What Go's encoding/json would read differently from us
 * is refused: keys written twice, invalid UTF-8, NUL, lone surrogates, a BOM, anything after the
 * value, integers beyond int64. Bytes, nodes and depth are counted before a tree is built. Keys
 * that are the same only under Go's folding stay: in maps of data ({"a":1,"A":2} under Labels)
 * they are two keys to dockerd as well; where they name properties, schema_canonical refuses
 * them. */
#ifndef QUAYMASTER_POLICY_JSON_H
#define QUAYMASTER_POLICY_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

struct json_limits {
	size_t bytes;
	size_t nodes;
	size_t depth;
};

enum json_fault { JSON_FINE, JSON_MALFORMED, JSON_TOO_LARGE };

/* Reads one JSON value; a node is a value or a key. On JSON_FINE *TREE is the caller's to
 * json_decref. ERROR says what and at which byte. */
enum json_fault json_read(const char *bytes, size_t len, const struct json_limits *limits,
                          json_t **tree, struct error *error);

/* Compact text of TREE, allocated in ARENA; NULL when exhausted. *LEN gets its length. */
const char *json_print(struct arena *arena, const json_t *tree, size_t *len);

/* True for null, false, 0, "", [] and {}: what a Go struct would hold anyway. NULL counts as
 * empty. */
bool json_is_empty(const json_t *value);

/* A member by exact name of an object that may be NULL or of another type; NULL then. */
const json_t *json_member(const json_t *object, const char *name);
/* The string member, or NULL when absent or not a string. */
const char *json_member_string(const json_t *object, const char *name);
bool json_member_true(const json_t *object, const char *name);

#endif
