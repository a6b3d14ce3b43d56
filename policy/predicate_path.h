/* A way to values of a request: "HostConfig.Memory", "any Env", "query.t", "identity.uid",
 * "target.label.ci". As it was written, and what it is once found in the catalogue. */
#ifndef QUAYMASTER_POLICY_PREDICATE_PATH_H
#define QUAYMASTER_POLICY_PREDICATE_PATH_H

#include "policy/route.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct schema;

struct segment {
	const char *name;
	bool quoted; /* stands for itself, be it "*" or have dots in it */
};

enum path_root {
	ROOT_BODY = 0,
	ROOT_QUERY,
	ROOT_IDENTITY,
	ROOT_TARGET,    /* the object that the operation is about */
	ROOT_CONTAINER, /* the container that the body of network.connect and disconnect names */
	ROOT_ELEMENT    /* what `any PATH (...)` is at */
};

enum value_type {
	VALUE_WHOLE = 0, /* an object, a list, JSON in a parameter: present or absent, no more */
	VALUE_TEXT,
	VALUE_NUMBER,
	VALUE_FLAG
};

/* Of IDENTITY, in the order of the names that predicate_path.c has for them. */
enum identity_field {
	IDENTITY_LISTENER = 0,
	IDENTITY_ADDRESS,
	IDENTITY_TENANT,
	IDENTITY_UID,
	IDENTITY_GID,
	IDENTITY_USER,
	IDENTITY_GROUP,
	IDENTITY_COMMON_NAME,
	IDENTITY_ORGANIZATION,
	IDENTITY_ORGANIZATIONAL_UNIT,
	IDENTITY_DNS,
	IDENTITY_IP,
	IDENTITY_EMAIL,
	IDENTITY_URI,
	IDENTITY_ISSUER,
	IDENTITY_SERIAL,
	IDENTITY_SPKI_SHA256,
	IDENTITY_CONTAINER,
	IDENTITY_CONTAINER_ID,
	IDENTITY_CONTAINER_NAME,
	IDENTITY_CONTAINER_IMAGE,
	IDENTITY_CONTAINER_TENANT,
	IDENTITY_CONTAINER_LABEL /* one, whose key is the name of the path's only step */
};

enum step_kind {
	STEP_MEMBER,   /* the member NAME of an object */
	STEP_ELEMENTS, /* each element of a list */
	STEP_VALUES,   /* each value of a map */
	STEP_KEYS      /* each key of a map, as a text */
};

struct path_step {
	enum step_kind kind;
	const char *name;
};

/* What a path is in requests of one route. */
struct path_meaning {
	enum path_root root;
	enum value_type type;
	bool many;            /* there may be any number of values */
	bool empty_counts;    /* "" is a value, and {} is something: only what is not there is absent */
	bool zero_counts;     /* 0 is a value, not dockerd's way to say "not given" */
	bool negative_counts; /* -1 is a value, not dockerd's way to say "no limit" */
	bool missing_is_false;
	size_t
		key; /* the segment where the key of a map of texts begins: "label.KEY"; 0: there is none */
	bool slashed; /* a leading slash is no part of the value: containers' names */
	enum identity_field field;
	enum object_kind object; /* whose inspection the steps walk: of ROOT_TARGET, ROOT_CONTAINER */
	const struct schema *of; /* of the objects that are reached; NULL for others */
};

/* The way in the JSON of a body, an element or an inspection. */
struct path_steps {
	const struct path_step *list;
	size_t count;
};

enum { TARGET_KINDS = OBJECT_SERVICE + 1 };

struct predicate_path {
	struct segment *segments;
	size_t count;
	struct path_meaning meaning; /* once found; OBJECT aside the same for all routes */
	/* By meaning.object, OBJECT_NONE for other roots; NULL where no route has that. */
	const struct path_steps *steps[TARGET_KINDS];
};

enum { PATH_STEPS_MAX = 16 };

/* What was found: as long as the segments live, and no longer. */
struct path_found {
	struct path_meaning meaning;
	struct path_step steps[PATH_STEPS_MAX];
	size_t count;
	size_t
		key_first; /* the last step's name is the segments from here on, joined by dots; 0: it has its own */
};

/* Where a path is looked for. */
struct path_scope {
	const struct route *route;
	const struct schema *element; /* inside `any PATH (...)`: what the paths are of; else NULL */
};

/* Looks PATH up. ELEMENTS: at a list or map it is about what is inside of it, each element or key. False when
 * SCOPE has no such path. Allocates nothing. */
bool predicate_path_find(const struct path_scope *scope, const struct predicate_path *path,
                         bool elements, struct path_found *found);

/* PATH as it was written, for messages. NULL when ARENA is exhausted. */
const char *predicate_path_print(struct arena *arena, const struct predicate_path *path);

/* Calls VISIT with every path that SCOPE has, as one would write it, "HostConfig.Memory"; NAME lives until
 * VISIT returns. */
void predicate_path_each(const struct path_scope *scope,
                         void (*visit)(const char *name, void *context), void *context);

/* The kind of object that ROOT (ROOT_TARGET or ROOT_CONTAINER) stands for in requests of ROUTE; OBJECT_NONE when
 * it stands for none. An exec stands for its container. */
enum object_kind predicate_target_kind(const struct route *route, enum path_root root);

#endif
