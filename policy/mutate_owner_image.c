/* Images that a tenant makes are sealed as its own, by instructions and labels that win over all others; and a build takes
 * nothing of other tenants, and leaves nothing behind. */
#include "policy/mutate_parts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/query.h"
#include "policy/reference.h"
#include "policy/request.h"
#include "policy/world.h"

#include <string.h>

/* The tenant's labels and nothing else; NULL with the error set. */
static json_t *own_labels(const struct mutation *m)
{
	json_t *labels = json_object();

	if (labels != NULL && world_label(m->facts->world, OBJECT_IMAGE, "", labels))
		return labels;
	json_decref(labels);
	mutation_exhausted(m);
	return NULL;
}

/* The last instruction wins, over those before it and over what the image inherits. Neither value needs quotes. */
bool mutate_own_changes(const struct mutation *m)
{
	json_t *labels = own_labels(m);
	const char *instruction = NULL;

	if (labels == NULL)
		return false;
	instruction = arena_format(m->request->arena, "LABEL %s=%s %s=%s", SEAL_TENANT_LABEL,
	                           json_member_string(labels, SEAL_TENANT_LABEL), SEAL_LABEL,
	                           json_member_string(labels, SEAL_LABEL));
	json_decref(labels);
	return (instruction != NULL &&
	        query_add(m->request->arena, &m->request->query, "changes", instruction)) ||
	       mutation_exhausted(m);
}

static bool set_parameter(const struct mutation *m, const char *name, const char *value)
{
	return (value != NULL && query_set(m->request->arena, &m->request->query, name, value)) ||
	       mutation_exhausted(m);
}

/* What a parameter of JSON says; NULL for nothing. It has been judged: it is short, and makes sense. */
static json_t *json_parameter(const struct mutation *m, const char *name)
{
	static const struct json_limits limits = {1 << 20, 20000, 8};
	const char *text = query_value(&m->request->query, name);
	json_t *tree = NULL;
	struct error error;

	if (text == NULL || *text == '\0' ||
	    json_read(text, strlen(text), &limits, &tree, &error) != JSON_FINE)
		return NULL;
	return tree;
}

static bool print_parameter(const struct mutation *m, const char *name, const json_t *value)
{
	size_t len;

	return set_parameter(m, name, json_print(m->request->arena, value, &len));
}

/* These win over what a Dockerfile says (LABEL), and over what a base image has. */
static bool label_build(const struct mutation *m)
{
	json_t *labels = json_parameter(m, "labels");
	bool fine;

	if (!json_is_object(labels)) {
		json_decref(labels);
		labels = json_object();
	}
	fine = labels != NULL && world_label(m->facts->world, OBJECT_IMAGE, "", labels)
	           ? print_parameter(m, "labels", labels)
	           : mutation_exhausted(m);
	json_decref(labels);
	return fine;
}

/* Where NAME leads to an image that the tenant may use, that goes into the list. */
static bool add_cache(const struct mutation *m, json_t *list, const char *name)
{
	const struct fact *fact = facts_find(m->facts, OBJECT_IMAGE, name);

	return fact == NULL || fact->state != FACT_FOUND ||
	       json_array_append_new(list, json_string(fact->id)) == 0;
}

static bool add_former_builds(const struct mutation *m, json_t *list)
{
	const struct query *query = &m->request->query;
	struct reference reference;
	struct error error;

	for (size_t i = 0; i < query->count; i++) {
		const char *name;

		if (strcmp(query->parameters[i].name, "t") != 0 ||
		    !reference_parse(m->request->arena, query->parameters[i].value, &reference, &error))
			continue;
		name = reference_tagged(m->request->arena, &reference);
		if (name == NULL || !add_cache(m, list, name))
			return false;
	}
	return true;
}

/* The builder would take any image's layers that fit, and with them what others' commands have printed and fetched. */
static bool confine_cache(const struct mutation *m)
{
	json_t *given = json_parameter(m, "cachefrom"), *list = json_array();
	bool fine = list != NULL && add_former_builds(m, list);

	for (size_t i = 0; fine && i < json_array_size(given); i++) {
		const char *text = json_string_value(json_array_get(given, i));

		fine = text == NULL || add_cache(m, list, text);
	}
	if (!fine)
		mutation_exhausted(m);
	else if (json_array_size(list) > 0)
		fine = print_parameter(m, "cachefrom", list);
	else
		fine = set_parameter(m, "cachefrom", "[]") && set_parameter(m, "nocache", "1");
	json_decref(given);
	json_decref(list);
	return fine;
}

/* Containers of a build cannot be labelled: none may be left. */
bool mutate_own_build(const struct mutation *m)
{
	return label_build(m) && confine_cache(m) && set_parameter(m, "rm", "1") &&
	       set_parameter(m, "forcerm", "1");
}
