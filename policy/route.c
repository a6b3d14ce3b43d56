/* Finds the operation a method and a path stand for, as dockerd's router would and stricter: a name
 * that has no business holding a slash does not match with one. The rows are route_tables.c's;
 * queries and bodies, request.c's. */
#include "policy/route.h"

#include "policy/arena.h"
#include "policy/route_table.h"
#include "policy/text.h"

#include <string.h>

enum { NAME_LEN_MAX = 255, REFERENCE_LEN_MAX = 512 };

/* Part of a path, not terminated. */
struct span {
	const char *bytes;
	size_t len;
};

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What containers, volumes, networks and swarm objects may be called, and ids. dockerd takes more
 * where an object is looked up, but none with such a name can be created. */
static bool is_plain_name(struct span name)
{
	if (name.len == 0 || name.len > NAME_LEN_MAX || !is_alphanumeric(name.bytes[0]))
		return false;
	for (size_t i = 1; i < name.len; i++) {
		char c = name.bytes[i];

		if (!is_alphanumeric(c) && c != '_' && c != '.' && c != '-')
			return false;
	}
	return true;
}

/* The characters of an image reference: [host[:port]/]path[:tag][@digest], or an id. */
static bool is_reference(struct span name)
{
	if (name.len == 0 || name.len > REFERENCE_LEN_MAX || !is_alphanumeric(name.bytes[0]) ||
	    name.bytes[name.len - 1] == '/')
		return false;
	for (size_t i = 1; i < name.len; i++) {
		char c = name.bytes[i];

		if (!is_alphanumeric(c) && (c == '\0' || strchr("._/:@-", c) == NULL))
			return false;
	}
	return true;
}

/* A name that stands for nothing on this daemon is a registry's: distribution. */
static bool name_is_possible(enum object_kind kind, struct span name)
{
	switch (kind) {
	case OBJECT_NONE:
	case OBJECT_IMAGE:
	case OBJECT_PLUGIN:
		return is_reference(name);
	case OBJECT_CONTAINER:
	case OBJECT_EXEC:
	case OBJECT_VOLUME:
	case OBJECT_NETWORK:
	case OBJECT_SERVICE:
	case OBJECT_TASK:
	case OBJECT_NODE:
	case OBJECT_SECRET:
	case OBJECT_CONFIG:
	case OBJECT_DAEMON:
	case OBJECT_DISTRIBUTION:
		return is_plain_name(name);
	}
	return false;
}

/* Matches what follows a template's first placeholder, TAIL ("", "/json",
 * "/checkpoints/{checkpoint}"), against the end of REST. The first name gets all that is before it:
 * dockerd's `.*` is greedy, so the suffix decides. */
static bool match_tail(const char *tail, const char *rest, struct span *name, struct span *second)
{
	const char *placeholder = strchr(tail, '{');
	size_t tail_len = placeholder == NULL ? strlen(tail) : (size_t)(placeholder - tail);
	size_t rest_len = strlen(rest);

	*second = (struct span){.bytes = NULL};
	if (placeholder != NULL) {
		const char *slash = strrchr(rest, '/');

		if (slash == NULL)
			return false;
		*second = (struct span){slash + 1, strlen(slash + 1)};
		rest_len -= second->len;
		if (!is_plain_name(*second))
			return false;
	}
	if (rest_len <= tail_len || memcmp(rest + rest_len - tail_len, tail, tail_len) != 0)
		return false;
	*name = (struct span){rest, rest_len - tail_len};
	return true;
}

static bool route_matches(const struct route *route, const char *path, struct span *name,
                          struct span *second)
{
	const char *placeholder = strchr(route->template, '{');
	size_t prefix_len;

	*name = *second = (struct span){.bytes = NULL};
	if (placeholder == NULL)
		return strcmp(route->template, path) == 0;
	prefix_len = (size_t)(placeholder - route->template);
	return strncmp(route->template, path, prefix_len) == 0 &&
	       match_tail(strchr(placeholder, '}') + 1, path + prefix_len, name, second) &&
	       name_is_possible(route->object, *name);
}

static bool in_version(const struct route *route, unsigned api_minor)
{
	return api_minor >= route->since && (route->until == 0 || api_minor <= route->until);
}

/* How the first segment of a template compares with SEGMENT; a shorter one sorts before a longer
 * one. */
static int compare_segment(const struct route *route, struct span segment)
{
	const char *own = route->template + 1;
	int order = strncmp(own, segment.bytes, segment.len);

	if (order != 0)
		return order;
	return own[segment.len] == '\0' || own[segment.len] == '/' ? 0 : 1;
}

/* The index of the first row whose template does not sort before SEGMENT. This is the hot path:
 * five comparisons leave the dozen or two rows that share the segment. */
static size_t first_of_segment(struct span segment)
{
	size_t low = 0;
	size_t high = route_table_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_segment(&route_table[middle], segment) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The first row of SEGMENT that serves PATH with METHOD, or with any method when that is
 * METHOD_UNKNOWN. Rows without a placeholder come before the others in the table, so exact paths
 * win. */
static const struct route *first_match(const char *path, struct span segment, enum method method,
                                       unsigned api_minor, struct span names[2])
{
	for (size_t i = first_of_segment(segment); i < route_table_count; i++) {
		const struct route *route = &route_table[i];

		if (compare_segment(route, segment) != 0)
			return NULL;
		if ((method == METHOD_UNKNOWN || route->method == method) && in_version(route, api_minor) &&
		    route_matches(route, path, &names[0], &names[1]))
			return route;
	}
	return NULL;
}

enum route_result route_find(struct arena *arena, enum method method, const char *path,
                             unsigned api_minor, const struct route **route,
                             struct captures *captures)
{
	struct span segment;
	struct span names[2];

	*route = NULL;
	*captures = (struct captures){.name = NULL};
	if (path[0] != '/')
		return ROUTE_UNKNOWN;
	segment = (struct span){path + 1, strcspn(path + 1, "/")};
	if (method != METHOD_UNKNOWN)
		*route = first_match(path, segment, method, api_minor, names);
	if (*route == NULL)
		return first_match(path, segment, METHOD_UNKNOWN, api_minor, names) == NULL
		           ? ROUTE_UNKNOWN
		           : ROUTE_WRONG_METHOD;
	if (names[0].bytes != NULL)
		captures->name = arena_copy(arena, names[0].bytes, names[0].len);
	if (names[1].bytes != NULL)
		captures->second = arena_copy(arena, names[1].bytes, names[1].len);
	if ((names[0].bytes != NULL && captures->name == NULL) ||
	    (names[1].bytes != NULL && captures->second == NULL)) {
		*route = NULL; /* out of memory: found half is not found */
		return ROUTE_UNKNOWN;
	}
	return ROUTE_FOUND;
}

const struct parameter_def *route_parameter(const struct route *route, const char *name)
{
	for (size_t i = 0; i < route->parameter_count; i++) {
		if (strcmp(route->parameters[i].name, name) == 0)
			return &route->parameters[i];
	}
	return NULL;
}

const struct route *route_of_operation(const char *operation)
{
	for (size_t i = 0; i < route_table_count; i++) {
		if (strcmp(route_table[i].operation, operation) == 0)
			return &route_table[i];
	}
	return NULL;
}

const struct route *route_catalogue(size_t *count)
{
	*count = route_table_count;
	return route_table;
}

bool route_pattern_known(const char *pattern)
{
	for (size_t i = 0; i < route_table_count; i++) {
		if (text_matches(pattern, route_table[i].operation))
			return true;
	}
	return false;
}

static const char *const method_names[] = {
	[METHOD_UNKNOWN] = "?",       [METHOD_GET] = "GET", [METHOD_HEAD] = "HEAD",
	[METHOD_POST] = "POST",       [METHOD_PUT] = "PUT", [METHOD_DELETE] = "DELETE",
	[METHOD_OPTIONS] = "OPTIONS",
};

bool api_minor_from_text(const char *text, unsigned *minor)
{
	unsigned long long number;

	if (!text_starts_with(text, "1.") || !text_to_number(text + 2, API_MINOR_NEWEST, &number) ||
	    number < API_MINOR_OLDEST)
		return false;
	*minor = (unsigned)number;
	return true;
}

/* Methods are case-sensitive (RFC 9110 §9.1). */
enum method method_from_text(const char *text)
{
	for (int method = METHOD_GET; method <= METHOD_OPTIONS; method++) {
		if (strcmp(method_names[method], text) == 0)
			return (enum method)method;
	}
	return METHOD_UNKNOWN;
}

const char *method_name(enum method method)
{
	return method_names[method];
}

const char *body_kind_name(enum body_kind kind)
{
	switch (kind) {
	case BODY_NONE:
		return "none";
	case BODY_JSON:
		return "JSON";
	case BODY_JSON_OPTIONAL:
		return "JSON or none";
	case BODY_JSON_LIST:
		return "JSON list";
	case BODY_STREAM:
		return "archive";
	}
	return "?";
}

const char *answer_kind_name(enum answer_kind kind)
{
	switch (kind) {
	case ANSWER_PLAIN:
		return "plain";
	case ANSWER_STREAM:
		return "stream";
	case ANSWER_HIJACK:
		return "raw stream";
	case ANSWER_H2C:
		return "HTTP/2";
	case ANSWER_WEBSOCKET:
		return "WebSocket";
	}
	return "?";
}

const char *object_kind_name(enum object_kind kind)
{
	switch (kind) {
	case OBJECT_NONE:
		return "none";
	case OBJECT_CONTAINER:
		return "container";
	case OBJECT_EXEC:
		return "exec";
	case OBJECT_IMAGE:
		return "image";
	case OBJECT_VOLUME:
		return "volume";
	case OBJECT_NETWORK:
		return "network";
	case OBJECT_PLUGIN:
		return "plugin";
	case OBJECT_SERVICE:
		return "service";
	case OBJECT_TASK:
		return "task";
	case OBJECT_NODE:
		return "node";
	case OBJECT_SECRET:
		return "secret";
	case OBJECT_CONFIG:
		return "config";
	case OBJECT_DAEMON:
		return "daemon";
	case OBJECT_DISTRIBUTION:
		return "distribution";
	}
	return "?";
}
