/* Where tenants have names of their own: filters that look for names look for those that the daemon has. */
#include "policy/mutate_parts.h"

#include "policy/arena.h"
#include "policy/facts.h"
#include "policy/filters.h"
#include "policy/json.h"
#include "policy/private_names.h"
#include "policy/query.h"
#include "policy/request.h"
#include "policy/world.h"

#include <string.h>

/* What a filter takes its value for. */
enum form {
	FORM_WHOLE,     /* an object's name, or id */
	FORM_BEGINNING, /* of a name */
	FORM_PATTERN    /* a regular expression, looked for anywhere unless it begins with "^" */
};

struct name_filter {
	const char *operation, *filter;
	enum object_kind kind;
	enum form form;
};

static const struct name_filter name_filters[] = {
	{"config.list", "name", OBJECT_CONFIG, FORM_BEGINNING},
	{"config.list", "names", OBJECT_CONFIG, FORM_BEGINNING},
	{"container.list", "name", OBJECT_CONTAINER, FORM_PATTERN},
	{"container.list", "network", OBJECT_NETWORK, FORM_WHOLE},
	{"container.list", "volume", OBJECT_VOLUME, FORM_WHOLE},
	{"network.list", "name", OBJECT_NETWORK, FORM_PATTERN},
	{"secret.list", "name", OBJECT_SECRET, FORM_BEGINNING},
	{"secret.list", "names", OBJECT_SECRET, FORM_BEGINNING},
	{"service.list", "name", OBJECT_SERVICE, FORM_BEGINNING},
	{"system.events", "config", OBJECT_CONFIG, FORM_WHOLE},
	{"system.events", "container", OBJECT_CONTAINER, FORM_WHOLE},
	{"system.events", "network", OBJECT_NETWORK, FORM_WHOLE},
	{"system.events", "secret", OBJECT_SECRET, FORM_WHOLE},
	{"system.events", "service", OBJECT_SERVICE, FORM_WHOLE},
	{"system.events", "volume", OBJECT_VOLUME, FORM_WHOLE},
	{"task.list", "name", OBJECT_TASK, FORM_BEGINNING},
	{"volume.list", "name", OBJECT_VOLUME, FORM_PATTERN},
};

/* Of either form that a container's name has: tasks' are named as services are. */
static const char *wire_pattern(const struct mutation *m, const char *pattern)
{
	const char *rest = pattern + 1;

	if (pattern[0] != '^')
		return pattern;
	if (rest[0] == '/')
		rest++;
	return arena_format(m->request->arena, "^/?%s([.]|__)%s", m->facts->world->tenant, rest);
}

static const char *wire_value(const struct mutation *m, const struct name_filter *filter,
                              const char *value)
{
	const struct world *world = m->facts->world;

	switch (filter->form) {
	case FORM_WHOLE:
		return private_names_wire(world, filter->kind, value);
	case FORM_BEGINNING:
		return private_names_new(world, filter->kind, value);
	case FORM_PATTERN:
		break;
	}
	return wire_pattern(m, value);
}

static bool rewrite(const struct mutation *m, const struct name_filter *filter, json_t *filters)
{
	json_t *values = json_object_get(filters, filter->filter), *wanted, *wire;
	const char *value;
	bool fine;

	if (values == NULL)
		return true;
	wire = json_object();
	fine = wire != NULL;
	json_object_foreach(values, value, wanted)
	{
		const char *changed = fine ? wire_value(m, filter, value) : NULL;

		fine = changed != NULL && json_object_set(wire, changed, wanted) == 0;
	}
	fine = fine && json_object_set(filters, filter->filter, wire) == 0;
	json_decref(wire);
	return fine;
}

static bool send(const struct mutation *m, const json_t *filters)
{
	size_t len = 0;
	const char *text = json_print(m->request->arena, filters, &len);

	return text != NULL && (json_object_size(filters) == 0 ||
	                        query_set(m->request->arena, &m->request->query, "filters", text));
}

bool mutate_name_filters(const struct mutation *m)
{
	json_t *filters = filters_of(m->request);
	bool fine = filters != NULL;

	for (size_t i = 0; fine && i < sizeof name_filters / sizeof *name_filters; i++) {
		if (strcmp(name_filters[i].operation, m->request->route->operation) == 0)
			fine = rewrite(m, &name_filters[i], filters);
	}
	fine = fine && send(m, filters);
	json_decref(filters);
	return fine || mutation_exhausted(m);
}
