/* A build's parameters as the resources that its containers get, and back. */
#include "policy/limits_parts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
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

enum { NAMES = sizeof names / sizeof names[0] };

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

static json_t *read_number(const char *text, struct error *error)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno == 0 && end != text && *end == '\0')
		return json_integer(value);
	error_set(error, "is not a 64-bit integer");
	return NULL;
}

static json_t *read_json(const char *text, struct error *error)
{
	json_t *tree = NULL;

	if (json_read(text, strlen(text), &limits, &tree, error) == JSON_FINE)
		return tree;
	return NULL;
}

static json_t *read_value(enum form form, const char *text, struct error *error)
{
	switch (form) {
	case FORM_NUMBER:
		return read_number(text, error);
	case FORM_TEXT:
		return json_string(text);
	case FORM_JSON:
		return read_json(text, error);
	}
	return NULL;
}

static bool add_parameter(json_t *tree, size_t i, const char *text, struct error *error)
{
	json_t *value = read_value(names[i].form, text, error);

	if (value != NULL && json_object_set_new(tree, names[i].property, value) == 0)
		return true;
	if (error->text[0] == '\0')
		error_set(error, "needs too much memory");
	return error_prefix(error, "parameter %s ", names[i].parameter);
}

json_t *limits_from_query(const struct query *query, struct error *error)
{
	json_t *tree = json_object(), *canonical;

	error->text[0] = '\0';
	for (size_t i = 0; tree != NULL && i < NAMES; i++) {
		const char *text = query_value(query, names[i].parameter);

		if (text == NULL || *text == '\0')
			continue;
		if (!add_parameter(tree, i, text, error)) {
			json_decref(tree);
			return NULL;
		}
	}
	canonical = tree == NULL ? NULL
	                         : schema_canonical(&schema_build_resources, tree, API_MINOR_NEWEST,
	                                            UNKNOWN_FIELDS_REFUSE, error);
	json_decref(tree);
	return canonical;
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
