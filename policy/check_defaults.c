/* What a policy writes into every container cannot be written into a build's: its parameters have no runtime, no
 * profile and no limit of processes, and BuildKit takes none of its limits from them; nor has a
 * service a runtime or a profile of its own. Whoever may build or deploy could run there what no
 * container of theirs may; so both are denied beside such rules, unless the policy says that
 * dockerd's own settings will do. */
#include "policy/check.h"

#include "policy/request.h"
#include "policy/service_tasks.h"

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

/* What makes it pass, and who would run it. */
struct side {
	const char *rule;
	const struct flag *flag;
	const char *runner;
};

static bool deny_unheld(struct check *check, const struct side *side, const struct unheld *list,
                        size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].matters && !side->flag->on &&
		    !check_deny(check, check_rule(side->rule, side->flag->place),
		                "ask for a policy that lets it run so",
		                "%s would run it without %s (%s:%u)", side->runner, list[i].rule,
		                list[i].place.file != NULL ? list[i].place.file : "settings",
		                list[i].place.line))
			return false;
	}
	return true;
}

static bool judge_profiles(struct check *check, const struct side *side)
{
	const struct container_rules *rules = &check->policy->container;
	const struct security_rules *security = &rules->security;
	const struct unheld list[] = {
		{!suits(&rules->runtime, "runc"), "container.runtime.default", rules->runtime.place},
		{!suits(&security->apparmor, "docker-default"), "container.security.apparmor.default",
	     security->apparmor.place},
		{!suits(&security->seccomp, "builtin"), "container.security.seccomp.default",
	     security->seccomp.place},
		{security->selinux.fallback != NULL, "container.security.selinux.default",
	     security->selinux.place},
	};

	return deny_unheld(check, side, list, sizeof list / sizeof list[0]);
}

static bool judge_build(struct check *check, const struct side *side)
{
	const struct container_rules *rules = &check->policy->container;
	const struct unheld list[] = {
		{rules->limits.pids.capped, "container.limits.pids", rules->limits.pids.place},
		{rules->security.no_new_privileges.on, "container.security.no_new_privileges",
	     rules->security.no_new_privileges.place},
		{rules->limits.storage.defaulted, "container.limits.storage", rules->limits.storage.place},
	};

	return judge_profiles(check, side) &&
	       deny_unheld(check, side, list, sizeof list / sizeof list[0]) &&
	       check_user_namespace(check, NULL);
}

bool check_build_defaults(struct check *check)
{
	const struct side side = {"build.daemon_defaults", &check->policy->build.daemon_defaults,
	                          "dockerd"};

	return judge_build(check, &side);
}

bool check_buildkit_defaults(struct check *check)
{
	const struct side side = {"build.daemon_defaults", &check->policy->build.daemon_defaults,
	                          "BuildKit"};
	/* Where it has no parameters at all, the client tells BuildKit these within a stream. */
	const bool streams = strcmp(check->request->route->operation, "build.buildkit") != 0;
	const struct limit_rules *limits = &check->policy->container.limits;
	const struct unheld list[] = {
		{limits->memory.capped, "container.limits.memory", limits->memory.place},
		{limits->cpus.capped, "container.limits.cpus", limits->cpus.place},
		{limits->cpu_shares.capped, "container.limits.cpu_shares", limits->cpu_shares.place},
		{limits->cpuset.text != NULL, "container.limits.cpuset", limits->cpuset.place},
		{limits->cpuset_mems.text != NULL, "container.limits.cpuset_mems",
	     limits->cpuset_mems.place},
		{streams && limits->shm.capped, "container.limits.shm", limits->shm.place},
		{streams && limits->ulimits.set, "container.limits.ulimits", limits->ulimits.place},
	};

	return judge_build(check, &side) &&
	       deny_unheld(check, &side, list, sizeof list / sizeof list[0]);
}

/* Limits and no-new-privileges are written into a service, as far as it has words for them. */
bool check_service_defaults(struct check *check)
{
	const struct side side = {"service.daemon_defaults", &check->policy->service.daemon_defaults,
	                          "a swarm"};
	const unsigned minor = check->request->version.minor;
	const long long usual_shm = 64 << 20, usual_shares = 1024, usual_weight = 500; /* dockerd's */
	const struct limit_rules *limits = &check->policy->container.limits;
	const struct flag *forced = &check->policy->container.security.no_new_privileges;
	const struct unheld list[] = {
		{limits->cpuset.text != NULL, "container.limits.cpuset", limits->cpuset.place},
		{limits->cpuset_mems.text != NULL, "container.limits.cpuset_mems",
	     limits->cpuset_mems.place},
		{limits->storage.defaulted, "container.limits.storage", limits->storage.place},
		{limits->shm.capped && limits->shm.max < usual_shm, "container.limits.shm",
	     limits->shm.place},
		{limits->cpu_shares.capped && limits->cpu_shares.max < usual_shares,
	     "container.limits.cpu_shares", limits->cpu_shares.place},
		{limits->blkio_weight.capped && limits->blkio_weight.max < usual_weight,
	     "container.limits.blkio_weight", limits->blkio_weight.place},
		{limits->pids.capped && minor < SERVICE_MINOR_PIDS_AND_ULIMITS, "container.limits.pids",
	     limits->pids.place},
		{limits->ulimits.set && minor < SERVICE_MINOR_PIDS_AND_ULIMITS, "container.limits.ulimits",
	     limits->ulimits.place},
		{forced->on && minor < SERVICE_MINOR_RIGHTS, "container.security.no_new_privileges",
	     forced->place},
	};

	return judge_profiles(check, &side) &&
	       deny_unheld(check, &side, list, sizeof list / sizeof list[0]);
}
