/* Which runtime a container is run by, and --privileged, which a policy may map onto a runtime that is a sandbox itself:
 * sysbox-runc, runsc, kata. Such a request becomes an unprivileged one under that runtime
 * (mutate_runtime.c), and everything else in it is judged as ever. */
#include "policy/check.h"

#include "policy/facts.h"
#include "policy/json.h"
#include "policy/query.h"
#include "policy/request.h"
#include "policy/text.h"

#include <string.h>

/* buildx, refused BuildKit's streams, says nothing and starts a builder of its own: the advice belongs
 * to where its user gets to read it. */
static const char *privileged_advice(const struct check *check)
{
	const char *name = query_value(&check->request->query, "name");
	bool buildx = !check->existing && name != NULL && text_starts_with(name, "buildx_buildkit_");

	return buildx ? CHECK_BUILDKIT_ADVICE : "run it without --privileged";
}

/* Asked for with another runtime, it would not be had from the one that stands for it. */
static bool judge_mapped(struct check *check, const json_t *host)
{
	const struct container_rules *rules = &check->policy->container;
	const char *runtime;

	if (!check_text(check, host, "Runtime", &runtime))
		return false;
	if (*runtime == '\0' || strcmp(runtime, rules->privileged_runtime) == 0)
		return true;
	return check_deny(check, check_rule("container.privileged", rules->privileged.place),
	                  "run it without --runtime", "Privileged is true and Runtime '%s', not '%s'",
	                  check_shown(check, runtime), rules->privileged_runtime);
}

bool check_privileged(struct check *check, const json_t *host)
{
	const struct container_rules *rules = &check->policy->container;
	bool privileged;

	if (!check_flag(check, host, "Privileged", &privileged))
		return false;
	if (!privileged || rules->privileged.on)
		return true;
	/* A policy that is only tried out rewrites nothing: there it stays privileged, and that is told. */
	if (!check->existing && rules->privileged_runtime != NULL &&
	    check->policy->mode == MODE_ENFORCE)
		return judge_mapped(check, host);
	return check_deny(check, check_rule("container.privileged", rules->privileged.place),
	                  privileged_advice(check), "Privileged is true");
}

/* What stands for --privileged anyone may have. */
static bool is_allowed(const struct container_rules *rules, const char *runtime)
{
	return selection_allows(&rules->runtime, runtime) ||
	       (rules->privileged_runtime != NULL && strcmp(rules->privileged_runtime, runtime) == 0);
}

/* The daemon's inspection shows its own default by name where a request gave none: "runc", unless it was
 * configured otherwise. A policy with a default leaves nothing to the daemon. */
bool check_runtime(struct check *check, const json_t *host)
{
	const struct container_rules *rules = &check->policy->container;
	const char *runtime;

	if (!check_text(check, host, "Runtime", &runtime))
		return false;
	if (check->existing && *runtime == '\0')
		runtime = "runc";
	if (*runtime == '\0' || is_allowed(rules, runtime) ||
	    (check->existing && rules->runtime.fallback == NULL && strcmp(runtime, "runc") == 0))
		return true;
	struct rule rule = check_list_rule("container.runtime.allow", &rules->runtime.allow, runtime);
	rule.place = selection_place(&rules->runtime);
	return check_deny(check, rule, "run it without --runtime", "Runtime is '%s'",
	                  check_shown(check, runtime));
}

bool check_is_mapped(const struct policy *policy, const json_t *container)
{
	const json_t *host = json_member(container, "HostConfig");
	const char *runtime = json_member_string(host, "Runtime");

	return policy->container.privileged_runtime != NULL && runtime != NULL &&
	       !json_member_true(host, "Privileged") &&
	       strcmp(runtime, policy->container.privileged_runtime) == 0;
}
