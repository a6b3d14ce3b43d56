/* Rewrites an allowed request so that it says what was judged: full ids for names, clean paths,
 * and defaults that would otherwise depend on the API version. Judges nothing: whatever it
 * cannot resolve makes it fail. The bodies are rewritten in mutate_*.c. */
#include "policy/mutate.h"

#include "policy/arena.h"
#include "policy/check.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/identity.h"
#include "policy/mutate_parts.h"
#include "policy/policy.h"
#include "policy/request.h"
#include "policy/text.h"

#include <string.h>

bool mutation_exhausted(const struct mutation *m)
{
	return error_set(m->error, "out of memory");
}

const char *mutation_full_id(const struct mutation *m, enum object_kind kind, const char *name)
{
	const struct fact *fact = facts_find(m->facts, kind, name);

	/* A rule of the user's own may have asked where the policy asks for nothing. */
	if (fact != NULL && fact->state == FACT_FOUND)
		return fact->id;
	/* Where a denial is only remarked on, what would have been looked up behind it may be unknown. */
	if (m->facts->world == NULL && (m->policy->container.trust_existing.on ||
	                                m->policy->unrestricted.on || m->policy->mode != MODE_ENFORCE))
		return name;
	error_set(m->error, "%s '%s' has not been looked up", object_kind_name(kind),
	          text_printable(m->request->arena, name, 100));
	return NULL;
}

bool mutation_enforces(const struct mutation *m)
{
	return m->policy->mode == MODE_ENFORCE;
}

bool mutation_races_matter(const struct mutation *m)
{
	return mutation_enforces(m) && !m->policy->container.daemon_races.on;
}

bool mutation_set_string(const struct mutation *m, json_t *object, const char *name,
                         const char *value)
{
	if (value == NULL || json_object_set_new(object, name, json_string(value)) != 0)
		return mutation_exhausted(m);
	return true;
}

bool mutation_rewrite_list(const struct mutation *m, json_t *object, const char *name,
                           const char *(*rewrite)(const struct mutation *m, const char *text))
{
	json_t *list = json_object_get(object, name);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		const char *changed = text != NULL ? rewrite(m, text) : NULL;
		if (changed == NULL && (m->error == NULL || m->error->text[0] == '\0'))
			return mutation_exhausted(m);
		if (changed == NULL)
			return error_prefix(m->error, "%s: ", name);
		if (json_array_set_new(list, i, json_string(changed)) != 0)
			return mutation_exhausted(m);
	}
	return true;
}

/* An image has as many as tags, and which one a request means says more than its id. */
static bool has_one_name(enum object_kind kind)
{
	return kind != OBJECT_NONE && kind != OBJECT_IMAGE;
}

static bool mutate_object(const struct mutation *m)
{
	enum object_kind kind = m->request->route->object;

	if (!check_is_resolved(kind) && (m->facts->world == NULL || !has_one_name(kind)))
		return true;
	m->request->object_id = mutation_full_id(m, kind, m->request->captures.name);
	return m->request->object_id != NULL;
}

static bool mutate_inside(const struct mutation *m)
{
	static const struct {
		const char *operation;
		bool (*mutate)(const struct mutation *m);
	} table[] = {
		{"build.buildkit", mutate_build},
		{"build.classic", mutate_build},
		{"container.create", mutate_create},
		{"container.restart", mutate_stop},
		{"container.stop", mutate_stop},
		{"container.update", mutate_update},
		{"exec.create", mutate_exec},
		{"image.commit", mutate_commit},
		{"image.pull", mutate_pull},
		{"image.remove", mutate_remove},
		{"image.save", mutate_save},
		{"image.tag", mutate_tag},
		{"network.connect", mutate_connection},
		{"network.create", mutate_network_create},
		{"network.disconnect", mutate_connection},
		{"service.create", mutate_service},
		{"service.update", mutate_service},
	};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (strcmp(table[i].operation, m->request->route->operation) == 0)
			return table[i].mutate(m);
	}
	return true;
}

/* What a rule of the user's own was told about has its id, even where nothing else is looked at. */
static bool mutate_named(const struct mutation *m)
{
	const char *operation = m->request->route->operation;

	if (strcmp(operation, "network.connect") == 0 || strcmp(operation, "network.disconnect") == 0)
		return mutate_connection(m);
	return strcmp(operation, "image.commit") != 0 || mutate_commit(m);
}

bool policy_mutate(const struct policy *policy, const struct identity *identity,
                   const struct facts *facts, struct request *request, struct error *error)
{
	static const struct identity nobody = {.listener = NULL};
	const struct mutation mutation = {
		.policy = policy,
		.identity = identity != NULL ? identity : &nobody,
		.facts = facts,
		.request = request,
		.error = error,
	};

	if (policy == NULL || request->route == NULL)
		return error_set(error, "no policy");
	if (policy->unrestricted.on)
		return facts->count == 0 || (mutate_object(&mutation) && mutate_named(&mutation));
	return mutate_object(&mutation) && mutate_inside(&mutation) && mutate_filters(&mutation) &&
	       mutate_owner(&mutation) && mutate_names(&mutation);
}
