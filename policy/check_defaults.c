/* What a policy writes into every container cannot be written into a build's: its parameters have no runtime, no profile and no
 * limit of processes, and BuildKit takes none of its limits from them. Whoever may build could run there
 * what no container of theirs may; so builds are denied beside such rules, unless the policy says
 * that dockerd's own settings will do. */
#include "policy/check.h"

#include <string.h>

/* Something of the policy that would not hold. */
struct unheld {
	bool matters;
	const char *rule;
	struct place place;
};

/* dockerd's own is among those that a policy allows. */
static bool suits(const struct selection *selection, const char *usual)
{
	return selection->fallback == NULL || selection_allows(selection, usual);
}

static bool deny_unheld(struct check *check, const struct unheld *list, size_t count,
                        const char *builder)
{
	const struct flag *rule = &check->policy->build.daemon_defaults;

	for (size_t i = 0; i < count; i++) {
		if (list[i].matters && !rule->on &&
		    !check_deny(check, check_rule("build.daemon_defaults", rule->place),
		                "build it elsewhere, or ask for a policy that lets builds run so",
		                "%s would run it without %s (%s:%u)", builder, list[i].rule,
		                list[i].place.file != NULL ? list[i].place.file : "settings",
		                list[i].place.line))
			return false;
	}
	return true;
}

/* All that is asked of a container and that a build has no say in. */
bool check_build_defaults(struct check *check)
{
	const struct container_rules *rules = &check->policy->container;
	const struct security_rules *security = &rules->security;
	const struct unheld list[] = {
		{rules->limits.pids.capped, "container.limits.pids", rules->limits.pids.place},
		{!suits(&rules->runtime, "runc"), "container.runtime.default", rules->runtime.place},
		{!suits(&security->apparmor, "docker-default"), "container.security.apparmor.default",
	     security->apparmor.place},
		{!suits(&security->seccomp, "builtin"), "container.security.seccomp.default",
	     security->seccomp.place},
		{security->selinux.fallback != NULL, "container.security.selinux.default",
	     security->selinux.place},
		{security->no_new_privileges.on, "container.security.no_new_privileges",
	     security->no_new_privileges.place},
	};

	return deny_unheld(check, list, sizeof list / sizeof list[0], "dockerd") &&
	       check_user_namespace(check, NULL);
}

bool check_buildkit_defaults(struct check *check)
{
	const struct limit_rules *limits = &check->policy->container.limits;
	const struct unheld list[] = {
		{limits->memory.capped, "container.limits.memory", limits->memory.place},
		{limits->cpus.capped, "container.limits.cpus", limits->cpus.place},
		{limits->cpu_shares.capped, "container.limits.cpu_shares", limits->cpu_shares.place},
		{limits->cpuset.text != NULL, "container.limits.cpuset", limits->cpuset.place},
	};

	return check_build_defaults(check) &&
	       deny_unheld(check, list, sizeof list / sizeof list[0], "BuildKit");
}
