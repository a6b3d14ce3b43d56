/* Writes the runtime that a policy chooses into a new container; --privileged becomes the one that stands for it, for the
 * container and for what is run inside. */
#include "policy/mutate_parts.h"

#include "policy/facts.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/request.h"

static bool set_false(const struct mutation *m, json_t *object, const char *name)
{
	return json_object_set_new(object, name, json_false()) == 0 || mutation_exhausted(m);
}

bool mutate_runtime(const struct mutation *m, json_t *host)
{
	const struct container_rules *rules = &m->policy->container;
	const char *runtime = json_member_string(host, "Runtime");

	if (m->policy->mode != MODE_ENFORCE)
		return true;
	if (json_member_true(host, "Privileged") && !rules->privileged.on)
		return set_false(m, host, "Privileged") &&
		       mutation_set_string(m, host, "Runtime", rules->privileged_runtime);
	if (rules->runtime.fallback == NULL || (runtime != NULL && *runtime != '\0'))
		return true;
	return mutation_set_string(m, host, "Runtime", rules->runtime.fallback);
}

/* What was judged: allowed as it is, or in a container under that runtime. */
bool mutate_exec(const struct mutation *m)
{
	if (m->policy->mode != MODE_ENFORCE || m->policy->exec.privileged.on ||
	    !json_member_true(m->request->body, "Privileged"))
		return true;
	return set_false(m, m->request->body, "Privileged");
}
