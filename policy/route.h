/* The catalogue of operations: every route dockerd has in any API version from 1.24 on, with the
 * operation's name, what its body is, what its answer may become, and every query parameter.
 * Policies speak of operations ("container.create"), never of URLs. What is not in the catalogue
 * does not exist. */
#ifndef QUAYMASTER_POLICY_ROUTE_H
#define QUAYMASTER_POLICY_ROUTE_H

#include "policy/posture.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct schema;

enum { API_MINOR_OLDEST = 24, API_MINOR_NEWEST = 56 }; /* the catalogue's range of API 1.x */

/* "1.41" as 41; false for what is not in the catalogue's range. */
bool api_minor_from_text(const char *text, unsigned *minor);

enum method {
	METHOD_UNKNOWN = 0,
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_DELETE,
	METHOD_OPTIONS
};

enum body_kind {
	BODY_NONE = 0,
	BODY_JSON,          /* inspected whole before anything is sent */
	BODY_JSON_OPTIONAL, /* may be absent: Content-Length 0 or no framing at all */
	BODY_JSON_LIST,     /* a list of the schema's objects, or of strings where the schema is NULL */
	BODY_STREAM         /* opaque by nature: tar archives */
};

enum answer_kind {
	ANSWER_PLAIN = 0,
	ANSWER_STREAM,   /* may be endless; never timed out */
	ANSWER_HIJACK,   /* 101, or a raw 200: attach, exec start */
	ANSWER_H2C,      /* 101 to HTTP/2: /session, /grpc */
	ANSWER_WEBSOCKET /* 101 to WebSocket: attach/ws */
};

enum object_kind {
	OBJECT_NONE = 0,
	OBJECT_CONTAINER,
	OBJECT_EXEC,
	OBJECT_IMAGE,
	OBJECT_VOLUME,
	OBJECT_NETWORK,
	OBJECT_PLUGIN,
	OBJECT_SERVICE,
	OBJECT_TASK,
	OBJECT_NODE,
	OBJECT_SECRET,
	OBJECT_CONFIG,
	OBJECT_DAEMON,      /* the daemon itself; a fact's name of it is always "info" */
	OBJECT_DISTRIBUTION /* what a registry has under a tag ("alpine:3.19"): only facts are about one */
};

enum parameter_kind {
	PARAMETER_STRING,
	/* 0, no, false, none (any case, trimmed) are false, all else is true; sent as 0 or 1. "" is sent
	 * as it is, since dockerd's default for it differs by parameter. */
	PARAMETER_BOOL,
	PARAMETER_INTEGER, /* decimal with an optional minus; refused otherwise; "" stays "" */
	PARAMETER_JSON,    /* read strictly, printed afresh; "", null, [] and {} are left out */
	PARAMETER_FILTERS  /* the same, in one of its two forms (filters.h) */
};

struct parameter_def {
	const char *name;
	enum parameter_kind kind;
	bool repeatable;
	/* The first and the last API minor that know it; until 0 = still known. Outside of them the
	 * daemon would ignore it: it is left out when empty or without weight, and refused otherwise. */
	unsigned since, until;
	enum posture posture; /* of DENY: false and 0 are empty, too */
	bool secret;          /* the value stays out of logs and messages */
};

struct route {
	const char *operation; /* "container.create" */
	enum method method;
	const char *template;  /* "/containers/{name}/json" */
	unsigned since, until; /* API minors; until 0 = still there */
	enum body_kind body;
	enum answer_kind answer;
	enum object_kind object; /* what {name} names */
	const struct schema *schema;
	const struct parameter_def *parameters;
	size_t parameter_count;
	bool writes;         /* changes something, as opposed to a read */
	bool sensitive;      /* a read that tells secrets: environment, files, logs, keys */
	bool unversioned;    /* sent on without /vX.Y: ping, which means the same in every version */
	const char *summary; /* one line for docs/operations.md */
};

struct captures {
	const char *name;   /* {name} or {id}; NULL when the template has none */
	const char *second; /* the checkpoint of .../checkpoints/{checkpoint} */
};

enum route_result { ROUTE_UNKNOWN = 0, ROUTE_WRONG_METHOD, ROUTE_FOUND };

/* Finds the route of a canonical path as dockerd's router would: exact paths before patterns, the
 * suffix decides. {name} accepts slashes only for images, plugins and distribution, whose names
 * have them; a container named "x/y" is a link alias and is not found. API_MINOR is the version the
 * request will carry. */
enum route_result route_find(struct arena *arena, enum method method, const char *path,
                             unsigned api_minor, const struct route **route,
                             struct captures *captures);

const struct parameter_def *route_parameter(const struct route *route, const char *name);

/* The first route of an operation, or NULL. */
const struct route *route_of_operation(const char *operation);

/* The whole catalogue, for matching operation patterns and for the generated documentation. Sorted
 * by the first segment of the template. */
const struct route *route_catalogue(size_t *count);
/* True when at least one operation matches the pattern ("container.*"). */
bool route_pattern_known(const char *pattern);

enum method method_from_text(const char *text);
const char *method_name(enum method method);
const char *body_kind_name(enum body_kind kind);
const char *answer_kind_name(enum answer_kind kind);
const char *object_kind_name(enum object_kind kind);

#endif
