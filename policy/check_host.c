/* The parts of a HostConfig that give power over the host: capabilities, devices,
 * masked paths, sysctls, cgroups, logging. Namespaces, mounts, runtimes and security options have
 * files of their own. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/spec.h"
#include "policy/text.h"

#include <string.h>

/* The rules that container.other_properties opens. */
static struct rule other_properties(const struct check *check)
{
	return check_rule("container.other_properties",
	                  check->policy->container.other_properties.place);
}

/* dockerd takes "sys_admin" and "cap_SYS_ADMIN" for SYS_ADMIN; NULL for what cannot be a
 * capability. */
static const char *capability_name(struct arena *arena, const char *given)
{
	char *name = arena_string(arena, given);

	for (char *c = name; c != NULL && *c != '\0'; c++) {
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
		else if (!(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9') && *c != '_')
			return NULL;
	}
	if (name != NULL && text_starts_with(name, "CAP_"))
		name += strlen("CAP_");
	return name;
}

/* ALL is every capability there is and will be, so that only its own name gives it, not "*". */
static bool lists_all(const struct patterns *capabilities)
{
	for (size_t i = 0; i < capabilities->count; i++) {
		if (strcmp(capabilities->list[i], "ALL") == 0)
			return true;
	}
	return false;
}

static bool judge_capability(struct check *check, const char *given)
{
	const struct patterns *allowed = &check->policy->container.capabilities;
	const char *name = capability_name(check->arena, given);

	if (name != NULL && lists_all(allowed))
		return true;
	if (name != NULL && strcmp(name, "ALL") != 0 && check_listed(allowed, name))
		return true;
	return check_deny(check, check_list_rule("container.capabilities", allowed, name),
	                  "run it without this --cap-add", "CapAdd has '%s'",
	                  check_shown(check, given));
}

static bool judge_device(struct check *check, const char *path)
{
	const struct patterns *allowed = &check->policy->container.devices;
	const char *clean = spec_clean_path(check->arena, path);

	if (clean != NULL && strcmp(clean, path) == 0 && check_listed(allowed, path))
		return true;
	return check_deny(check, check_list_rule("container.devices", allowed, clean),
	                  "run it without this --device", "Devices has PathOnHost '%s'",
	                  check_shown(check, path));
}

static bool check_devices(struct check *check, const json_t *host)
{
	const json_t *devices;

	if (!check_list(check, host, "Devices", &devices))
		return false;
	for (size_t i = 0; i < json_array_size(devices); i++) {
		const char *path;
		if (!check_text(check, json_array_get(devices, i), "PathOnHost", &path) ||
		    !judge_device(check, path))
			return false;
	}
	return true;
}

/* These are not patterns: the stars in "c 10:* rwm" are the kernel's. */
static bool judge_device_rule(struct check *check, const char *given)
{
	const struct patterns *allowed = &check->policy->container.device_rules;

	for (size_t i = 0; i < allowed->count; i++) {
		if (strcmp(allowed->list[i], "*") == 0 || strcmp(allowed->list[i], given) == 0)
			return true;
	}
	return check_deny(check, check_list_rule("container.device_rules", allowed, given),
	                  "run it without --device-cgroup-rule", "DeviceCgroupRules has '%s'",
	                  check_shown(check, given));
}

static bool check_device_requests(struct check *check, const json_t *host)
{
	const struct flag *rule = &check->policy->container.device_requests;
	const json_t *requests;

	if (!check_list(check, host, "DeviceRequests", &requests))
		return false;
	if (rule->on || json_array_size(requests) == 0)
		return true;
	return check_deny(check, check_rule("container.device_requests", rule->place),
	                  "run it without --gpus and without devices of a vendor",
	                  "DeviceRequests asks for %zu device(s)", json_array_size(requests));
}

static bool list_holds(const json_t *list, const char *path)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *element = json_string_value(json_array_get(list, i));
		if (element != NULL && strcmp(element, path) == 0)
			return true;
	}
	return false;
}

/* In a request any list, even an empty one, replaces the daemon's own, which null keeps. An
 * existing container always has a list: what betrays it is that the path which matters most is
 * not on it. */
static bool check_path_list(struct check *check, const json_t *host, const char *name,
                            const char *vital)
{
	const struct flag *rule = &check->policy->container.unmasked_paths;
	const json_t *list;

	if (!check_list(check, host, name, &list))
		return false;
	if (rule->on || list == NULL || (check->existing && list_holds(list, vital)))
		return true;
	return check_deny(check, check_rule("container.unmasked_paths", rule->place),
	                  "run it without --security-opt systempaths=unconfined",
	                  check->existing ? "%s lacks %s" : "%s is set, which could leave out %s", name,
	                  vital);
}

static bool judge_sysctl(struct check *check, const char *name, const json_t *value)
{
	const struct patterns *allowed = &check->policy->container.sysctls;

	(void)value;
	if (check_listed(allowed, name))
		return true;
	return check_deny(check, check_list_rule("container.sysctls", allowed, name),
	                  "run it without this --sysctl", "Sysctls has '%s'", check_shown(check, name));
}

static bool check_cgroup_parent(struct check *check, const json_t *host)
{
	const struct patterns *allowed = &check->policy->container.cgroup_parents;
	const char *parent;

	if (!check_text(check, host, "CgroupParent", &parent))
		return false;
	if (*parent == '\0' || check_listed(allowed, parent))
		return true;
	return check_deny(check, check_list_rule("container.cgroup_parents", allowed, parent),
	                  "run it without --cgroup-parent", "CgroupParent is '%s'",
	                  check_shown(check, parent));
}

static bool is_one_of(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i], word) == 0)
			return true;
	}
	return false;
}

static bool judge_log_option(struct check *check, const char *name, const json_t *value)
{
	static const char *const options[] = {"max-size",     "max-file",
	                                      "mode",         "max-buffer-size",
	                                      "compress",     "labels",
	                                      "labels-regex", "env",
	                                      "env-regex",    "tag"};

	(void)value;
	if (check->policy->container.other_properties.on ||
	    is_one_of(options, sizeof options / sizeof options[0], name))
		return true;
	return check_deny(check, other_properties(check), "run it without this --log-opt",
	                  "LogConfig.Config has '%s'", check_shown(check, name));
}

static bool judge_storage_option(struct check *check, const char *name, const json_t *value)
{
	(void)value;
	if (check->policy->container.other_properties.on || strcmp(name, "size") == 0)
		return true;
	return check_deny(check, other_properties(check), "run it without this --storage-opt",
	                  "StorageOpt has '%s'", check_shown(check, name));
}

/* Other drivers make the daemon open sockets and send logs anywhere, and other options make it
 * read files of the host. */
static bool check_log_config(struct check *check, const json_t *host)
{
	static const char *const drivers[] = {"", "json-file", "local", "none"};
	const struct patterns *allowed = &check->policy->container.log_drivers;
	const json_t *config;
	const char *driver;

	if (!check_object(check, host, "LogConfig", &config) ||
	    !check_text(check, config, "Type", &driver))
		return false;
	if (!is_one_of(drivers, sizeof drivers / sizeof drivers[0], driver) &&
	    !check_listed(allowed, driver) &&
	    !check_deny(check, check_list_rule("container.log_drivers", allowed, driver),
	                "use --log-driver json-file, local or none", "LogConfig.Type is '%s'",
	                check_shown(check, driver)))
		return false;
	return check_each_member(check, config, "Config", judge_log_option);
}

static bool check_oom_score(struct check *check, const json_t *host)
{
	json_int_t score = json_integer_value(json_member(host, "OomScoreAdj"));

	if (check->policy->container.other_properties.on || score >= 0)
		return true;
	return check_deny(check, other_properties(check),
	                  "leave --oom-score-adj out or give it 0 or more",
	                  "OomScoreAdj is %" JSON_INTEGER_FORMAT, score);
}

/* What only a new container is asked: none of it gives an existing one power over the host. */
static bool check_new_only(struct check *check, const json_t *host)
{
	if (check->existing)
		return true;
	return check_log_config(check, host) && check_oom_score(check, host) &&
	       check_each_member(check, host, "StorageOpt", judge_storage_option);
}

bool check_host_config(struct check *check, const json_t *host)
{
	return check_privileged(check, host) &&
	       check_each_string(check, host, "CapAdd", judge_capability) &&
	       check_devices(check, host) &&
	       check_each_string(check, host, "DeviceCgroupRules", judge_device_rule) &&
	       check_device_requests(check, host) && check_security(check, host) &&
	       check_path_list(check, host, "MaskedPaths", "/proc/kcore") &&
	       check_path_list(check, host, "ReadonlyPaths", "/proc/sysrq-trigger") &&
	       check_each_member(check, host, "Sysctls", judge_sysctl) && check_runtime(check, host) &&
	       check_cgroup_parent(check, host) && check_new_only(check, host);
}
