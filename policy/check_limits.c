/* Limits: what a new container, an update or a build asks for must be within the policy's. An existing container is not
 * judged by them: it runs already with what it has, whatever is done to it, so that a limit written
 * today does not lock anyone out of what was made yesterday. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/limits.h"
#include "policy/request.h"

static bool deny_excess(void *context, const struct excess *excess)
{
	struct check *check = context;

	return check_deny(check, check_rule(excess->rule, excess->place), excess->advice, "%s",
	                  excess->claim);
}

static bool judge(struct check *check, enum limits_of of, const json_t *body)
{
	return limits_judge(&check->policy->container.limits, of, body, deny_excess, check);
}

bool check_limits_create(struct check *check)
{
	return judge(check, LIMITS_OF_CREATE, check->request->body);
}

/* Whoever may change a container may not lift what it was made with. */
bool check_limits_update(struct check *check)
{
	return judge(check, LIMITS_OF_UPDATE, check->request->body);
}

bool check_limits_build(struct check *check)
{
	struct error error;
	json_t *resources = limits_from_query(&check->request->query, &error);
	bool fine = resources == NULL ? check_deny_malformed(check, "%s", error.text)
	                              : judge(check, LIMITS_OF_BUILD, resources);

	json_decref(resources);
	return fine;
}

bool check_limits_stop(struct check *check)
{
	json_t *resources = limits_from_stop(&check->request->query);
	bool fine = resources != NULL ? judge(check, LIMITS_OF_STOP, resources)
	                              : check_deny_malformed(check, "memory is exhausted");

	json_decref(resources);
	return fine;
}

/* A former specification that would be put in force again must have what would be written into a new one. */
bool check_limits_former(struct check *check, const json_t *host)
{
	const struct limit_rules *rules = &check->policy->container.limits;
	json_t *limited = json_deep_copy(host);
	bool known = limited != NULL && limits_apply(rules, LIMITS_OF_SERVICE, limited);
	bool same = known && json_equal(limited, host);

	json_decref(limited);
	return same || check_deny(check, check_rule("container.limits", rules->memory.place),
	                          "make it anew", "it was made without the policy's limits");
}

bool check_limits_service(struct check *check, const json_t *host)
{
	return judge(check, LIMITS_OF_SERVICE, host);
}
