/* Parameters as resources, and back: a build's, which its containers get, and the one of a stop. */
#include "policy/limits_parts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json_node.h"
#include "policy/query.h"
#include "policy/route.h"
#include "policy/schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum form { FORM_NUMBER, FORM_TEXT, FORM_JSON };

static const struct {
	const char *property, *parameter;
	enum form form;
} names[] = {
	{"CpuPeriod", "cpuperiod", FORM_NUMBER}, {"CpuQuota", "cpuquota", FORM_NUMBER},
	{"CpuShares", "cpushares", FORM_NUMBER}, {"CpusetCpus", "cpusetcpus", FORM_TEXT},
	{"CpusetMems", "cpusetmems", FORM_TEXT}, {"Memory", "memory", FORM_NUMBER},
	{"MemorySwap", "memswap", FORM_NUMBER},  {"ShmSize", "shmsize", FORM_NUMBER},
	{"Ulimits", "ulimits", FORM_JSON},
};

enum { NAMES = sizeof names / sizeof names[0], SCRATCH_BYTES = 1 << 20 };

/* Of the ulimits, which come as JSON inside the query. */
static const struct json_limits limits = {.bytes = 1 << 16, .nodes = 2000, .depth = 8};

const char *limits_parameter(const char *property)
{
	for (size_t i = 0; i < NAMES; i++) {
		if (strcmp(names[i].property, property) == 0)
			return names[i].parameter;
	}
	return property;
}

static bool read_number(const char *text, struct json_node *value, struct error *error)
{
	char *end;

	errno = 0;
	value->type = JSON_INTEGER;
	value->is.integer = strtoll(text, &end, 10);
	return (errno == 0 && end != text && *end == '\0') ||
	       error_set(error, "is not a 64-bit integer");
}

static bool read_text(const char *text, struct json_node *value)
{
	value->type = JSON_STRING;
	value->is.string.bytes = text;
	value->is.string.len = strlen(text);
	return true;
}

static bool read_json(struct arena *arena, const char *text, struct json_node *value,
                      struct error *error)
{
	struct json_node *node;

	if (json_parse(arena, text, strlen(text), &limits, &node, error) != JSON_FINE)
		return false;
	*value = *node;
	return true;
}

static bool read_value(struct arena *arena, enum form form, const char *text,
                       struct json_node *value, struct error *error)
{
	switch (form) {
	case FORM_NUMBER:
		return read_number(text, value, error);
	case FORM_TEXT:
		return read_text(text, value);
	case FORM_JSON:
		return read_json(arena, text, value, error);
	}
	return false;
}

static bool add_parameter(struct arena *arena, struct json_node *tree, size_t i, const char *text,
                          struct error *error)
{
	struct json_node *value = arena_alloc(arena, sizeof *value);

	if (value == NULL || !read_value(arena, names[i].form, text, value, error)) {
		if (value == NULL || error->text[0] == '\0')
			error_set(error, "needs too much memory");
		return error_prefix(error, "parameter %s ", names[i].parameter);
	}
	value->key = names[i].property;
	value->key_len = strlen(value->key);
	value->next = tree->is.inside.first;
	tree->is.inside.first = value;
	tree->is.inside.count++;
	return true;
}

static bool read_resources(struct arena *arena, const struct query *query, struct json_node *tree,
                           struct error *error)
{
	for (size_t i = 0; i < NAMES; i++) {
		const char *text = query_value(query, names[i].parameter);

		if (text != NULL && *text != '\0' && !add_parameter(arena, tree, i, text, error))
			return false;
	}
	return schema_canonical(arena, &schema_build_resources, tree, API_MINOR_NEWEST,
	                        UNKNOWN_FIELDS_REFUSE, error) != CANONICAL_REFUSED;
}

json_t *limits_from_query(const struct query *query, struct error *error)
{
	struct arena *scratch = arena_new(SCRATCH_BYTES);
	struct json_node tree = {.type = JSON_OBJECT};
	json_t *resources = NULL;

	error->text[0] = '\0';
	if (scratch != NULL && read_resources(scratch, query, &tree, error))
		resources = json_build(&tree);
	if (resources == NULL && error->text[0] == '\0')
		error_set(error, "the build's resources need too much memory");
	arena_free(scratch);
	return resources;
}

static const char *print_value(struct arena *arena, enum form form, const json_t *value)
{
	size_t len;

	switch (form) {
	case FORM_NUMBER:
		return arena_format(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	case FORM_TEXT:
		return arena_string(arena, json_string_value(value));
	case FORM_JSON:
		return json_print(arena, value, &len);
	}
	return NULL;
}

bool limits_to_query(struct arena *arena, const json_t *resources, struct query *query)
{
	for (size_t i = 0; i < NAMES; i++) {
		const json_t *value = json_object_get(resources, names[i].property);
		const char *text;

		if (value == NULL)
			continue;
		text = print_value(arena, names[i].form, value);
		if (text == NULL || !query_set(arena, query, names[i].parameter, text))
			return false;
	}
	return true;
}

/* An integer by now: the catalogue says so of it. */
json_t *limits_from_stop(const struct query *query)
{
	const char *seconds = query_value(query, "t");

	if (seconds == NULL || *seconds == '\0')
		return json_object();
	return json_pack("{sI}", "StopTimeout", (json_int_t)strtoll(seconds, NULL, 10));
}

bool limits_to_stop(struct arena *arena, const json_t *resources, struct query *query)
{
	const json_t *seconds = json_object_get(resources, "StopTimeout");
	const char *text;

	if (seconds == NULL)
		return true;
	text = print_value(arena, FORM_NUMBER, seconds);
	return text != NULL && query_set(arena, query, "t", text);
}
