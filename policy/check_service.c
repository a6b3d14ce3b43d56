/* Services: their tasks are containers and judged as such; here is what else they may ask for. */
#include "policy/check.h"

#include "policy/error.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/private_names.h"
#include "policy/query.h"
#include "policy/reference.h"
#include "policy/request.h"
#include "policy/service_tasks.h"

#include <string.h>

/* A text that may be absent, the one word that says the same, or what service.other_properties opens. */
static bool check_usual(struct check *check, const json_t *object, const char *name,
                        const char *usual)
{
	const struct flag *rule = &check->policy->service.other_properties;
	const char *value;

	if (!check_text(check, object, name, &value))
		return false;
	if (*value == '\0' || strcmp(value, usual) == 0 || rule->on)
		return true;
	return check_deny(check, check_rule("service.other_properties", rule->place),
	                  "leave it at its default", "%s is '%s'", name, check_shown(check, value));
}

static bool judge_constraint(struct check *check, const char *text)
{
	const struct patterns *allowed = &check->policy->service.constraints;

	if (check_listed(allowed, text))
		return true;
	return check_deny(check, check_rule("service.constraints", allowed->place),
	                  "let the swarm choose the node", "Placement.Constraints has '%s'",
	                  check_shown(check, text));
}

/* A secret or a config that the tasks would read: by its id, since that is what the daemon goes by, and
 * by the name it has, since that is what a policy can know. */
struct reference_kind {
	enum object_kind object;
	const char *list, *id, *rule;
};

static const struct reference_kind secrets = {OBJECT_SECRET, "Secrets", "SecretID",
                                              "service.secrets"};
static const struct reference_kind configs = {OBJECT_CONFIG, "Configs", "ConfigID",
                                              "service.configs"};

static bool judge_reference(struct check *check, const struct reference_kind *kind,
                            const struct patterns *allowed, const json_t *reference)
{
	const struct fact *fact;
	const char *id;

	if (!check_text(check, reference, kind->id, &id))
		return false;
	if (*id == '\0')
		return check_deny_malformed(check, "%s has an entry without a %s", kind->list, kind->id);
	if (!check_fact(check, kind->object, id, &fact))
		return false;
	if (fact == NULL)
		return true;
	const char *name = json_member_string(json_member(fact->inspected, "Spec"), "Name");
	if (name != NULL && private_names_are_for(check->facts->world, kind->object))
		name = private_names_shown(check->facts->world, kind->object, name);
	if (name != NULL && check_listed(allowed, name))
		return true;
	return check_deny(check, check_rule(kind->rule, allowed->place),
	                  "use one that the policy lists", "%s has '%s'", kind->list,
	                  check_shown(check, name != NULL ? name : id));
}

static bool check_references(struct check *check, const json_t *container,
                             const struct reference_kind *kind, const struct patterns *allowed)
{
	const json_t *list;

	if (!check_list(check, container, kind->list, &list) ||
	    !check_count(check, container, kind->list))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!judge_reference(check, kind, allowed, json_array_get(list, i)))
			return false;
	}
	return true;
}

static bool check_targets(struct check *check, const json_t *object)
{
	const json_t *list;

	if (!check_list(check, object, "Networks", &list) || !check_count(check, object, "Networks"))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *target;
		if (!check_text(check, json_array_get(list, i), "Target", &target) ||
		    !check_network_word(check, "Networks.Target", target))
			return false;
	}
	return true;
}

/* A mode is chosen by being there. */
static bool check_modes(struct check *check, const json_t *spec)
{
	static const char *const names[] = {"Global", "GlobalJob", "Replicated", "ReplicatedJob"};
	const struct patterns *allowed = &check->policy->service.modes;
	const json_t *mode = json_member(spec, "Mode");

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (json_member(mode, names[i]) != NULL && strcmp(names[i], "Replicated") != 0 &&
		    !check_listed(allowed, names[i]))
			return check_deny(check, check_rule("service.modes", allowed->place),
			                  "make a replicated service", "Mode is %s", names[i]);
	}
	return true;
}

static bool check_replicas(struct check *check, const json_t *spec)
{
	const struct count_cap *cap = &check->policy->service.replicas;
	const json_t *mode = json_member(spec, "Mode"), *job = json_member(mode, "ReplicatedJob");
	const json_t *counts[] = {
		json_member(json_member(mode, "Replicated"), "Replicas"),
		json_member(job, "MaxConcurrent"),
		json_member(job, "TotalCompletions"),
	};

	for (size_t i = 0; cap->given && i < sizeof counts / sizeof counts[0]; i++) {
		json_int_t count = json_integer_value(counts[i]);
		if (count < 0 || count > (json_int_t)cap->most)
			return check_deny(check, check_rule("service.replicas", cap->place),
			                  "ask for fewer replicas", "Mode asks for %" JSON_INTEGER_FORMAT,
			                  count);
	}
	return true;
}

/* A former specification gets nothing written into it: it must have no-new-privileges by itself. */
static bool check_former_privileges(struct check *check, const json_t *container)
{
	const struct flag *rule = &check->policy->container.security.no_new_privileges;

	if (!rule->on || json_member_true(json_member(container, "Privileges"), "NoNewPrivileges"))
		return true;
	return check_deny(check, check_rule("container.security.no_new_privileges", rule->place),
	                  "make it anew", "Privileges.NoNewPrivileges is not set");
}

static bool check_as_container(struct check *check, const json_t *spec, const json_t *container,
                               bool written)
{
	json_t *host = service_host_config(check->arena, spec);
	const char *image;

	if (host == NULL)
		return check_deny_malformed(check, "memory is exhausted");
	if (!check_text(check, container, "Image", &image))
		return false;
	const char *outer = check_enter(check, "TaskTemplate.ContainerSpec.");
	bool fine = check_image_of_service(check, "Image", image, written) &&
	            (!written || check_world_image_volumes(check, image));
	check_leave(check, outer);
	outer = check_enter(check, "a task's HostConfig.");
	fine = fine && check_new_host_config(check, host) && check_limits_service(check, host);
	check_leave(check, outer);
	if (!fine || !check_service_defaults(check))
		return false;
	return written ||
	       (check_limits_former(check, host) && check_former_privileges(check, container));
}

/* swarmkit expands Go templates in mounts on the node where a task runs, long after the verdict. Compact JSON has two
 * braces side by side only inside of a text. */
static bool check_templates(struct check *check, const json_t *container)
{
	const json_t *mounts = json_member(container, "Mounts");
	const char *text;
	size_t len;

	if (mounts == NULL)
		return true;
	text = json_print(check->arena, mounts, &len);
	if (text != NULL && strstr(text, "{{") == NULL)
		return true;
	return check_deny_malformed(check, "Mounts has a template, which nobody can judge");
}

/* What dockerd leaves out at older API versions would be judged, and then not be there. */
static bool check_brought(struct check *check, const json_t *object, const char *name,
                          unsigned since)
{
	const json_t *value = json_member(object, name);

	if (value == NULL || check->request->version.minor >= since)
		return true;
	return check_deny_malformed(check, "%s needs API version 1.%u, the request uses 1.%u", name,
	                            since, check->request->version.minor);
}

static bool check_all_brought(struct check *check, const json_t *task, const json_t *container)
{
	const json_t *resources = json_member(task, "Resources");

	return check_brought(check, container, "Ulimits", SERVICE_MINOR_PIDS_AND_ULIMITS) &&
	       check_brought(check, json_member(resources, "Limits"), "Pids",
	                     SERVICE_MINOR_PIDS_AND_ULIMITS) &&
	       check_brought(check, resources, "SwapBytes", SERVICE_MINOR_SWAP) &&
	       check_brought(check, resources, "MemorySwappiness", SERVICE_MINOR_SWAP);
}

/* What is judged is WRITTEN out before it is sent, unless the daemon has it already. */
static bool judge_spec(struct check *check, const json_t *spec, bool written)
{
	const struct service_rules *rules = &check->policy->service;
	const json_t *task, *container, *placement;
	const char *name;

	if (!check_text(check, spec, "Name", &name) || !check_protected(check, name) ||
	    (written && !check_world_new_name(check, "Name", OBJECT_SERVICE, name)) ||
	    !check_object(check, spec, "TaskTemplate", &task) ||
	    !check_object(check, task, "ContainerSpec", &container) ||
	    !check_object(check, task, "Placement", &placement) ||
	    !check_usual(check, task, "Runtime", "container") ||
	    !check_usual(check, container, "Isolation", "default"))
		return false;
	return check_templates(check, container) && check_world_service(check, spec) &&
	       (!written || check_all_brought(check, task, container)) &&
	       check_as_container(check, spec, container, written) &&
	       check_each_string(check, placement, "Constraints", judge_constraint) &&
	       check_references(check, container, &secrets, &rules->secrets) &&
	       check_references(check, container, &configs, &rules->configs) &&
	       check_targets(check, task) && check_targets(check, spec) &&
	       (!written || check_world_targets(check, spec)) && check_modes(check, spec) &&
	       check_replicas(check, spec);
}

bool check_service_create(struct check *check)
{
	return judge_spec(check, check->request->body, true);
}

/* A rollback puts the service's own former specification in force, and not the body. */
static bool judge_rollback(struct check *check, const char *word)
{
	const struct fact *fact;

	if (strcmp(word, "previous") != 0)
		return check_deny_malformed(check, "rollback is '%s'", check_shown(check, word));
	if (!check_fact(check, OBJECT_SERVICE, check->request->captures.name, &fact))
		return false;
	if (fact == NULL)
		return true;
	const json_t *previous = json_member(fact->inspected, "PreviousSpec");
	if (!json_is_object(previous))
		return check_deny_malformed(check, "the service has no former specification");
	const char *outer = check_enter(check, "PreviousSpec: ");
	bool fine = judge_spec(check, previous, false) && check_world_former_service(check, previous);
	check_leave(check, outer);
	return fine;
}

bool check_service_update(struct check *check)
{
	const char *rollback = query_value(&check->request->query, "rollback");

	return judge_spec(check, check->request->body, true) &&
	       (rollback == NULL || *rollback == '\0' || judge_rollback(check, rollback));
}
