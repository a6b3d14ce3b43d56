/* Execs: what is run inside a container must not be more than the container is. */
#include "policy/check.h"

#include "policy/facts.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/spec.h"

/* PRIVILEGED and USER of an exec to be made, or of one that exists. */
static bool judge_exec(struct check *check, bool privileged, const char *user)
{
	const struct exec_rules *rules = &check->policy->exec;

	if (privileged && !rules->privileged.on &&
	    !check_deny(check, check_rule("exec.privileged", rules->privileged.place),
	                "run the exec without --privileged", "Privileged is true"))
		return false;
	if (*user == '\0' || check_listed(&rules->users, user))
		return true;
	return check_deny(check, check_list_rule("exec.users", &rules->users, user),
	                  "run the exec without --user", "User is '%s'", check_shown(check, user));
}

/* In a container under the runtime that stands for --privileged, an exec has what the container has:
 * *PRIVILEGED becomes false, as it will be sent. False when the container cannot be looked up. */
static bool map_privileged(struct check *check, bool *privileged)
{
	const char *name = check->request->captures.name;
	const struct fact *fact;

	if (!*privileged || check->policy->exec.privileged.on ||
	    check->policy->container.privileged_runtime == NULL ||
	    check->policy->container.trust_existing.on || !spec_is_name(name))
		return true;
	if (!check_fact(check, OBJECT_CONTAINER, name, &fact))
		return false;
	*privileged = fact != NULL && !check_is_mapped(check->policy, fact->inspected);
	return true;
}

bool check_exec_create(struct check *check)
{
	const json_t *body = check->request->body;
	bool privileged;
	const char *user;

	return check_flag(check, body, "Privileged", &privileged) &&
	       map_privileged(check, &privileged) && check_text(check, body, "User", &user) &&
	       judge_exec(check, privileged, user);
}

/* Judged again from what its creation said: the exec may be anybody's. */
bool check_exec_start(struct check *check)
{
	const struct fact *exec;
	const json_t *process;
	const char *container, *user;
	bool privileged;

	if (check->policy->container.trust_existing.on)
		return true;
	if (!check_fact(check, OBJECT_EXEC, check->request->captures.name, &exec))
		return false;
	if (exec == NULL)
		return true;
	if (!check_object(check, exec->inspected, "ProcessConfig", &process) ||
	    !check_text(check, exec->inspected, "ContainerID", &container) ||
	    !check_flag(check, process, "privileged", &privileged) ||
	    !check_text(check, process, "user", &user))
		return false;
	if (process == NULL)
		return check_deny_malformed(check, "the exec has no ProcessConfig");
	return judge_exec(check, privileged, user) &&
	       check_container_named(check, "ContainerID", container);
}
