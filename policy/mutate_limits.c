/* Writes the policy's limits into what is sent: defaults for what was not said, and the most there is for what was too
 * much and may be clamped. */
#include "policy/mutate_parts.h"

#include "policy/error.h"
#include "policy/limits.h"
#include "policy/policy.h"
#include "policy/request.h"

/* A policy that is tried out changes nothing. */
static bool is_enforced(const struct mutation *m)
{
	return m->policy->mode == MODE_ENFORCE;
}

bool mutate_limits(const struct mutation *m)
{
	return !is_enforced(m) ||
	       limits_apply(&m->policy->container.limits, LIMITS_OF_CREATE, m->request->body) ||
	       mutation_exhausted(m);
}

bool mutate_update(const struct mutation *m)
{
	return !is_enforced(m) ||
	       limits_apply(&m->policy->container.limits, LIMITS_OF_UPDATE, m->request->body) ||
	       mutation_exhausted(m);
}

bool mutate_build_limits(const struct mutation *m)
{
	json_t *resources;
	bool fine;

	if (!is_enforced(m))
		return true;
	resources = limits_from_query(&m->request->query, m->error);
	if (resources == NULL)
		return m->error->text[0] != '\0' ? false : mutation_exhausted(m);
	fine = limits_apply(&m->policy->container.limits, LIMITS_OF_BUILD, resources) &&
	       limits_to_query(m->request->arena, resources, &m->request->query);
	json_decref(resources);
	return fine || mutation_exhausted(m);
}

bool mutate_stop(const struct mutation *m)
{
	json_t *resources;
	bool fine;

	if (!is_enforced(m))
		return true;
	resources = limits_from_stop(&m->request->query);
	fine = resources != NULL &&
	       limits_apply(&m->policy->container.limits, LIMITS_OF_STOP, resources) &&
	       limits_to_stop(m->request->arena, resources, &m->request->query);
	json_decref(resources);
	return fine || mutation_exhausted(m);
}
