/* What each JSON body is made of: every property dockerd knows, its type, the API version it
 * came with and the posture the policy takes to it. A tree is made canonical against a schema:
 * keys get the Engine API's own spelling, unknown and ill-typed properties are refused. The
 * tables are in schema_container.c, schema_swarm.c and schema_other.c. */
#ifndef QUAYMASTER_POLICY_SCHEMA_H
#define QUAYMASTER_POLICY_SCHEMA_H

#include "policy/posture.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct json_node;
struct schema;

enum json_kind {
	KIND_STRING,
	KIND_BOOL,
	KIND_INTEGER,
	KIND_STRINGS,           /* list of strings */
	KIND_STRING_OR_STRINGS, /* dockerd up to 28 takes a bare string too; made a list of one */
	KIND_INTEGERS,          /* fixed array such as ConsoleSize */
	KIND_OBJECT,            /* of FIELD.of */
	KIND_OBJECTS,           /* list of FIELD.of */
	KIND_STRING_MAP,        /* string to string; keys are data and case-sensitive */
	KIND_STRING_LISTS,      /* list of lists of strings */
	KIND_SET,               /* string to {}; what is inside the value is dropped, as dockerd does */
	KIND_OBJECT_MAP,        /* string to FIELD.of */
	KIND_OBJECTS_MAP,       /* string to list of FIELD.of */
	KIND_NUMBER,            /* integer or real */
	KIND_ANY                /* not looked at; only what POSTURE_DROP takes out again */
};

struct field {
	const char *name; /* the Engine API's own spelling */
	enum json_kind kind;
	enum posture posture;
	unsigned since; /* minor of the API version 1.x that brought it; 24 for "always" */
	bool secret;    /* never printed: it is, or people put into it, what is nobody's business */
	const struct schema *of; /* for the object kinds */
	uint64_t prefix;         /* the name's first eight bytes as a number, the first one on top */
	size_t len;              /* of the name */
};

struct schema {
	const char *name;           /* for messages: "HostConfig" */
	const struct field *fields; /* in strcmp order of their names */
	size_t count;
	/* Properties of this one are refused here by name, even where unknown ones are dropped:
	 * engines up to 26 read every property of HostConfig at the top level of a create as well. */
	const struct schema *misplaced;
};

enum { SCHEMA_FIELDS_MAX = 96, SCHEMA_PATH_SIZE = 512 };

enum unknown_fields { UNKNOWN_FIELDS_REFUSE = 0, UNKNOWN_FIELDS_DROP };

enum canonical {
	CANONICAL_REFUSED = 0,
	CANONICAL_FINE,
	CANONICAL_CLEAN /* fine, and schema_first_denied will find nothing */
};

/* Makes TREE canonical, in place, with keys in the schema's order. A null body is {}. Left out: nulls
 * (of unknown properties too), POSTURE_DROP, and unknown properties when UNKNOWN says so; a null in a
 * map is what dockerd makes of it: "", {} or []. Fields newer than API_MINOR stay when they are
 * empty or without weight (posture.h): dockerd reads most of them at any version. Refused: duplicates
 * after folding, unknown fields, wrong types, null elements of lists, null endpoints, and newer fields
 * that carry weight. ERROR names the property's full path and, unless secret, a scalar value; TREE is of no use then. ARENA
 * is the one that TREE lives in. */
enum canonical schema_canonical(struct arena *arena, const struct schema *schema,
                                struct json_node *tree, unsigned api_minor,
                                enum unknown_fields unknown, struct error *error);

/* The first non-empty property (depth first) of a canonical TREE whose posture is POSTURE_DENY,
 * or that the schema does not know. Writes its path, "HostConfig.Devices", into PATH
 * (SCHEMA_PATH_SIZE is enough for any; control and 8-bit bytes of map keys come as \xNN) and
 * returns its value; NULL when there is none. */
const json_t *schema_first_denied(const struct schema *schema, const json_t *tree, char *path,
                                  size_t size);

/* A copy of a canonical TREE that may be printed: each text in a secret property is "(hidden)", and
 * nothing else is changed, so that it is canonical too and has the same denied properties. NULL when
 * there is no memory; else the caller's to json_decref. */
json_t *schema_redacted(const struct schema *schema, const json_t *tree);

/* Calls VISIT for every property of SCHEMA and of all below it, parents first, in order. PATH is
 * written like "HostConfig.Mounts[].Type" and "NetworkingConfig.EndpointsConfig.*.Links" and
 * lives until VISIT returns. */
void schema_each(const struct schema *schema,
                 void (*visit)(const char *path, const struct field *field, void *context),
                 void *context);

const char *json_kind_name(enum json_kind kind);

/* The bodies of the Engine API. */
extern const struct schema schema_container_create; /* Config + HostConfig + NetworkingConfig */
extern const struct schema schema_host_config;
extern const struct schema schema_container_update;
extern const struct schema schema_build_resources; /* a build's parameters, see limits_build.c */
extern const struct schema schema_exec_create;
extern const struct schema schema_exec_start;
extern const struct schema schema_commit;
extern const struct schema schema_volume_create;
extern const struct schema schema_volume_update;
extern const struct schema schema_network_create;
extern const struct schema schema_network_connect;
extern const struct schema schema_network_disconnect;
extern const struct schema schema_auth;
extern const struct schema schema_checkpoint_create;
extern const struct schema schema_swarm_init;
extern const struct schema schema_swarm_join;
extern const struct schema schema_swarm_spec;
extern const struct schema schema_swarm_unlock;
extern const struct schema schema_service_spec;
extern const struct schema schema_node_spec;
extern const struct schema schema_secret_spec;
extern const struct schema schema_config_spec;
extern const struct schema schema_plugin_privilege; /* the body is a list of these */

#endif
