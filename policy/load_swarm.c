/* Owns the settings of `service`, `swarm` and `plugin`. */
#include "policy/load_keys.h"

#include <stdint.h>

static void read_count(struct loader *loader, const struct key *key,
                       const config_setting_t *setting, void *member)
{
	struct count_cap *cap = member;
	int type = config_setting_type(setting);
	long long most = config_setting_get_int64(setting);

	(void)key;
	if ((type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) || most < 0 || most > INT32_MAX)
		setting_problem(loader, setting, "must be a whole number from 0 to %d", INT32_MAX);
	else
		*cap = (struct count_cap){true, (unsigned)most, setting_place(loader, setting)};
}

static const char *const service_modes[] = {"Global", "GlobalJob", "ReplicatedJob", NULL};

static const struct key service_list[] = {
	WORDS("modes", service.modes, service_modes),
	{.name = "replicas",
     .kind = KEY_READ,
     .read = read_count,
     .offset = offsetof(struct policy, service.replicas)},
	PATTERNS("constraints", service.constraints, NULL),
	PATTERNS("secrets", service.secrets, NULL),
	PATTERNS("configs", service.configs, NULL),
	FLAG("daemon_defaults", service.daemon_defaults),
	FLAG("other_properties", service.other_properties),
};
static const struct key swarm_list[] = {
	FLAG("other_properties", swarm.other_properties),
};
static const struct key plugin_list[] = {
	PATTERNS("remotes", plugin.remotes, NULL),
	PATTERNS("privileges", plugin.privileges, NULL),
	PATTERNS("settings", plugin.settings, NULL),
};

const struct keys service_keys = KEYS(service_list);
const struct keys swarm_keys = KEYS(swarm_list);
const struct keys plugin_keys = KEYS(plugin_list);
