/* What a tenant looks for is looked for among its own, wherever the daemon can tell by the label. The seals are left to the
 * answer's filter. */
#include "policy/mutate_parts.h"

#include "policy/arena.h"
#include "policy/facts.h"
#include "policy/filters.h"
#include "policy/hold.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/request.h"
#include "policy/world.h"

#include <string.h>

/* Networks and images are not among these: every tenant has some that have no label. */
static bool is_labelled(const struct mutation *m)
{
	static const char *const operations[] = {
		"config.list", "container.list", "container.prune", "image.prune", "network.prune",
		"secret.list", "service.list",   "task.list",       "volume.list", "volume.prune",
	};
	const char *operation = m->request->route->operation;

	/* Nor do volumes that are shared. */
	if (strcmp(operation, "volume.list") == 0 && m->facts->world->rules->volumes.count > 0)
		return false;
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
		if (strcmp(operations[i], operation) == 0)
			return true;
	}
	return false;
}

/* Besides a client's own labels, none of which begins as ours do: an object has to have them all. */
static bool add_label(const struct mutation *m, json_t *filters)
{
	const char *label =
		arena_format(m->request->arena, SEAL_TENANT_LABEL "=%s", m->facts->world->tenant);
	json_t *labels = json_object_get(filters, "label");

	if (labels == NULL) {
		labels = json_object();
		if (json_object_set_new(filters, "label", labels) != 0)
			return mutation_exhausted(m);
	}
	return (label != NULL && json_object_set_new(labels, label, json_true()) == 0) ||
	       mutation_exhausted(m);
}

/* What is not there for the tenant is called what is not there for anybody. */
static const char *id_of(const struct mutation *m, const struct filter_object *filter,
                         const char *name)
{
	const struct fact *fact = facts_find(m->facts, filter->kind, name);

	if (!filter->may_be_missing)
		return mutation_full_id(m, filter->kind, name);
	return fact != NULL && fact->state == FACT_FOUND ? fact->id : HOLD_DOMAIN "none";
}

static bool put_ids(const struct mutation *m, const struct filter_object *filter, json_t *names,
                    json_t *ids)
{
	const char *name;
	json_t *wanted;

	json_object_foreach(names, name, wanted)
	{
		const char *id = id_of(m, filter, name);

		if (id == NULL)
			return false;
		if (json_object_set(ids, id, wanted) != 0)
			return mutation_exhausted(m);
	}
	return true;
}

/* The objects that FILTER names in FILTERS, by their ids. */
static bool name_in_filters(const struct mutation *m, const struct filter_object *filter,
                            json_t *filters)
{
	json_t *names = json_object_get(filters, filter->filter), *ids = json_object();

	if (names == NULL || !put_ids(m, filter, names, ids)) {
		json_decref(ids);
		return names == NULL;
	}
	return json_object_set_new(filters, filter->filter, ids) == 0 || mutation_exhausted(m);
}

/* The same where the parameter of that name does. */
static bool name_in_parameter(const struct mutation *m, const struct filter_object *filter)
{
	const char *name = query_value(&m->request->query, filter->filter), *id;

	if (name == NULL || name[0] == '\0')
		return true;
	id = id_of(m, filter, name);
	return id != NULL && (query_set(m->request->arena, &m->request->query, filter->filter, id) ||
	                      mutation_exhausted(m));
}

/* The daemon leaves out of an image what the filter does not match, and with it the tags that hold the image. A `filter` is how
 * old versions write it. */
static bool take_references(const struct mutation *m, json_t *filters)
{
	struct request *request = m->request;
	json_t *patterns = json_object_get(filters, "reference"), *wanted;
	const char *old = query_value(&request->query, "filter"), *pattern;
	const char **list;
	size_t count = 0;

	if (strcmp(request->route->operation, "image.list") != 0 || (patterns == NULL && old == NULL))
		return true;
	list = arena_calloc(request->arena, json_object_size(patterns) + 2, sizeof *list);
	if (list == NULL)
		return mutation_exhausted(m);
	json_object_foreach(patterns, pattern, wanted)
	{
		list[count++] = arena_string(request->arena, pattern);
		if (list[count - 1] == NULL)
			return mutation_exhausted(m);
	}
	if (old != NULL && *old != '\0')
		list[count++] = old;
	json_object_del(filters, "reference");
	request->references = count > 0 ? list : NULL;
	return old == NULL || query_set(request->arena, &request->query, "filter", "") ||
	       mutation_exhausted(m);
}

static bool rewrite(const struct mutation *m, json_t *filters)
{
	const struct filter_object *filter = filters_objects();

	if (!take_references(m, filters))
		return false;

	for (; filter->operation != NULL; filter++) {
		if (strcmp(filter->operation, m->request->route->operation) == 0 &&
		    !(name_in_filters(m, filter, filters) && name_in_parameter(m, filter)))
			return false;
	}
	return !is_labelled(m) || add_label(m, filters);
}

static bool send(const struct mutation *m, const json_t *filters)
{
	struct request *request = m->request;
	size_t len = 0;
	const char *text = json_print(request->arena, filters, &len);

	return (text != NULL && query_set(request->arena, &request->query, "filters", text)) ||
	       mutation_exhausted(m);
}

/* Totals are added up from lists: where a client wants none, they are asked for all the same. */
static bool ask_for_lists(const struct mutation *m)
{
	struct query *query = &m->request->query;

	return strcmp(m->request->route->operation, "system.df") != 0 ||
	       query_value(query, "verbose") == NULL ||
	       query_set(m->request->arena, query, "verbose", "1") || mutation_exhausted(m);
}

bool mutate_filters(const struct mutation *m)
{
	json_t *filters;
	bool fine, given;

	if (m->facts->world == NULL)
		return true;
	if (route_parameter(m->request->route, "filters") == NULL)
		return ask_for_lists(m);
	filters = filters_of(m->request);
	if (filters == NULL)
		return mutation_exhausted(m);
	given = json_object_size(filters) > 0;
	fine = rewrite(m, filters) && ((json_object_size(filters) == 0 && !given) || send(m, filters));
	json_decref(filters);
	return fine;
}
