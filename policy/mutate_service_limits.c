/* Writes a policy's limits, and no-new-privileges, into a service. They are found on the HostConfig that its tasks will have
 * (service_tasks.c); what they change there is put back where the service says it. */
#include "policy/mutate_parts.h"

#include "policy/error.h"
#include "policy/json.h"
#include "policy/limits.h"
#include "policy/policy.h"
#include "policy/request.h"
#include "policy/service_tasks.h"

#include <string.h>

/* Where the HostConfig's PROPERTY comes from, objects first, and the API that brought it. */
struct origin {
	const char *property;
	const char *path[4];
	unsigned since;
};

static const struct origin origins[] = {
	{"Memory", {"TaskTemplate", "Resources", "Limits", "MemoryBytes"}, 24},
	{"MemoryReservation", {"TaskTemplate", "Resources", "Reservations", "MemoryBytes"}, 24},
	{"NanoCpus", {"TaskTemplate", "Resources", "Limits", "NanoCPUs"}, 24},
	{"PidsLimit", {"TaskTemplate", "Resources", "Limits", "Pids"}, 41},
	{"Ulimits", {"TaskTemplate", "ContainerSpec", "Ulimits", NULL}, 41},
	{"Mounts", {"TaskTemplate", "ContainerSpec", "Mounts", NULL}, 24},
};

/* The object NAME of PARENT, made when it is missing; NULL without memory. */
static json_t *make_object(json_t *parent, const char *name)
{
	if (!json_is_object(json_object_get(parent, name)) &&
	    json_object_set_new(parent, name, json_object()) != 0)
		return NULL;
	return json_object_get(parent, name);
}

/* Puts VALUE, which is taken, at the end of PATH. */
static bool put_at(const struct mutation *m, const char *const *path, size_t steps, json_t *value)
{
	json_t *object = m->request->body;
	size_t i = 0;

	while (object != NULL && i + 1 < steps && path[i + 1] != NULL)
		object = make_object(object, path[i++]);
	if (object == NULL) {
		json_decref(value);
		return mutation_exhausted(m);
	}
	return json_object_set_new(object, path[i], value) == 0 || mutation_exhausted(m);
}

static bool is_known(const struct mutation *m, unsigned since)
{
	const struct api_version version = {1, since};

	return api_version_compare(m->request->version, version) >= 0;
}

/* AFTER is what BEFORE should have been. */
static bool put_back(const struct mutation *m, const struct origin *origin, const json_t *before,
                     const json_t *after)
{
	json_t *value = json_object_get(after, origin->property);

	if (value == NULL || json_equal(value, json_object_get(before, origin->property)))
		return true;
	/* check_defaults.c has denied it before, unless service.daemon_defaults lets it pass. */
	if (!is_known(m, origin->since))
		return true;
	return put_at(m, origin->path, sizeof origin->path / sizeof *origin->path, json_incref(value));
}

/* A service's swap is without its memory. */
static bool put_back_swap(const struct mutation *m, const json_t *before, const json_t *after)
{
	static const char *const path[] = {"TaskTemplate", "Resources", "SwapBytes"};
	const json_t *swap = json_object_get(after, "MemorySwap");
	long long memory = json_integer_value(json_object_get(after, "Memory"));

	if (swap == NULL ||
	    (json_equal(swap, json_object_get(before, "MemorySwap")) &&
	     json_equal(json_object_get(before, "Memory"), json_object_get(after, "Memory"))))
		return true;
	return put_at(m, path, sizeof path / sizeof *path,
	              json_integer(json_integer_value(swap) - memory));
}

static bool put_back_stop(const struct mutation *m, const json_t *before, const json_t *after)
{
	static const char *const path[] = {"TaskTemplate", "ContainerSpec", "StopGracePeriod"};
	const json_int_t nanoseconds = 1000000000;
	const json_t *seconds = json_object_get(after, "StopTimeout");

	if (seconds == NULL || json_equal(seconds, json_object_get(before, "StopTimeout")))
		return true;
	return put_at(m, path, sizeof path / sizeof *path,
	              json_integer(json_integer_value(seconds) * nanoseconds));
}

/* What a swarm alone knows, the delay, stays. */
static bool put_back_restart(const struct mutation *m, const json_t *before, const json_t *after)
{
	static const char *const condition[] = {"TaskTemplate", "RestartPolicy", "Condition"};
	static const char *const attempts[] = {"TaskTemplate", "RestartPolicy", "MaxAttempts"};
	const json_t *restart = json_object_get(after, "RestartPolicy");
	const char *name = json_member_string(restart, "Name");

	if (name == NULL || json_equal(restart, json_object_get(before, "RestartPolicy")))
		return true;
	if (!put_at(m, condition, sizeof condition / sizeof *condition,
	            json_string(strcmp(name, "no") == 0 ? "none" : name)) ||
	    !put_at(m, attempts, sizeof attempts / sizeof *attempts,
	            json_incref(json_object_get(restart, "MaximumRetryCount"))))
		return false;
	json_t *policy =
		json_object_get(json_object_get(m->request->body, "TaskTemplate"), "RestartPolicy");
	json_object_del(policy, "Window");
	return true;
}

static bool put_back_log(const struct mutation *m, const json_t *before, const json_t *after)
{
	static const char *const path[] = {"TaskTemplate", "LogDriver"};
	const json_t *log = json_object_get(after, "LogConfig");
	json_t *config = json_object_get(log, "Config");

	if (log == NULL || json_equal(log, json_object_get(before, "LogConfig")))
		return true;
	return put_at(m, path, sizeof path / sizeof *path,
	              json_pack("{sssO*}", "Name", json_member_string(log, "Type"), "Options", config));
}

static bool write_limits(const struct mutation *m)
{
	const json_t *before = service_host_config(m->request->arena, m->request->body);
	json_t *after = service_host_config(m->request->arena, m->request->body);

	if (before == NULL || after == NULL ||
	    !limits_apply(&m->policy->container.limits, LIMITS_OF_SERVICE, after))
		return mutation_exhausted(m);
	for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
		if (!put_back(m, &origins[i], before, after))
			return false;
	}
	return put_back_swap(m, before, after) && put_back_stop(m, before, after) &&
	       put_back_restart(m, before, after) && put_back_log(m, before, after);
}

static bool write_no_new_privileges(const struct mutation *m)
{
	static const char *const path[] = {"TaskTemplate", "ContainerSpec", "Privileges",
	                                   "NoNewPrivileges"};
	enum { SINCE = 44 };

	/* check_defaults.c has denied it before, unless service.daemon_defaults lets it pass. */
	if (!m->policy->container.security.no_new_privileges.on || !is_known(m, SINCE))
		return true;
	return put_at(m, path, sizeof path / sizeof *path, json_true());
}

bool mutate_service_limits(const struct mutation *m)
{
	return m->policy->mode != MODE_ENFORCE || (write_limits(m) && write_no_new_privileges(m));
}
