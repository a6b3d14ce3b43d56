/* Owns the settings of `container` and `exec`. */
#include "policy/load_keys.h"

#include "policy/arena.h"
#include "policy/text.h"

#include <string.h>

/* capabilities(7), and dockerd's word for all of them. */
static const char *const capability_names[] = {
	"ALL",
	"AUDIT_CONTROL",
	"AUDIT_READ",
	"AUDIT_WRITE",
	"BLOCK_SUSPEND",
	"BPF",
	"CHECKPOINT_RESTORE",
	"CHOWN",
	"DAC_OVERRIDE",
	"DAC_READ_SEARCH",
	"FOWNER",
	"FSETID",
	"IPC_LOCK",
	"IPC_OWNER",
	"KILL",
	"LEASE",
	"LINUX_IMMUTABLE",
	"MAC_ADMIN",
	"MAC_OVERRIDE",
	"MKNOD",
	"NET_ADMIN",
	"NET_BIND_SERVICE",
	"NET_BROADCAST",
	"NET_RAW",
	"PERFMON",
	"SETFCAP",
	"SETGID",
	"SETPCAP",
	"SETUID",
	"SYSLOG",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_CHROOT",
	"SYS_MODULE",
	"SYS_NICE",
	"SYS_PACCT",
	"SYS_PTRACE",
	"SYS_RAWIO",
	"SYS_RESOURCE",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	"WAKE_ALARM",
};

enum { CAPABILITIES = sizeof capability_names / sizeof *capability_names };

static bool matches_capability(const char *pattern)
{
	for (size_t i = 0; i < CAPABILITIES; i++) {
		if (text_matches(pattern, capability_names[i]))
			return true;
	}
	return false;
}

/* "cap_net_raw" and "NET_RAW" are the same to dockerd; the checks compare the latter form. */
static const char *keep_capability(struct loader *loader, const struct key *key,
                                   const config_setting_t *setting, const char *value)
{
	char *kept = arena_string(loader->arena, value);

	(void)key;
	if (kept == NULL) {
		setting_exhausted(loader, setting);
		return NULL;
	}
	for (char *at = kept; *at != '\0'; at++) {
		if (*at >= 'a' && *at <= 'z')
			*at = (char)(*at - ('a' - 'A'));
	}
	if (text_starts_with(kept, "CAP_"))
		kept += strlen("CAP_");
	if (matches_capability(kept))
		return kept;
	setting_problem(loader, setting, "no capability is called '%s'%s",
	                text_printable(loader->arena, value, 100),
	                setting_suggestion(loader, kept, capability_names, CAPABILITIES));
	return NULL;
}

static const char *const network_modes[] = {"none", "bridge", "named", "container", "host", NULL};
static const char *const pid_modes[] = {"container", "host", NULL};
static const char *const ipc_modes[] = {"none", "private", "shareable", "container", "host", NULL};
static const char *const host_only[] = {"host", NULL};
static const char *const cgroup_modes[] = {"private", "host", NULL};

static const struct key container_list[] = {
	{.name = "privileged",
     .kind = KEY_READ,
     .offset = offsetof(struct policy, container),
     .read = read_privileged},
	PATTERNS("capabilities", container.capabilities, keep_capability),
	READ("binds", container.binds, read_binds),
	WORDS("network_modes", container.network_modes, network_modes),
	GROUP("ports", port_keys),
	WORDS("pid_modes", container.pid_modes, pid_modes),
	WORDS("ipc_modes", container.ipc_modes, ipc_modes),
	WORDS("uts_modes", container.uts_modes, host_only),
	WORDS("user_modes", container.user_modes, host_only),
	{.name = "user_namespace",
     .kind = KEY_READ,
     .offset = offsetof(struct policy, container.user_namespace),
     .read = read_user_namespace},
	WORDS("cgroup_modes", container.cgroup_modes, cgroup_modes),
	PATTERNS("devices", container.devices, NULL),
	PATTERNS("device_rules", container.device_rules, NULL),
	FLAG("device_requests", container.device_requests),
	GROUP("security", security_keys),
	FLAG("unmasked_paths", container.unmasked_paths),
	PATTERNS("sysctls", container.sysctls, NULL),
	GROUP("runtime", runtime_keys),
	PATTERNS("cgroup_parents", container.cgroup_parents, NULL),
	PATTERNS("volume_drivers", container.volume_drivers, NULL),
	PATTERNS("log_drivers", container.log_drivers, NULL),
	FLAG("volumes_from", container.volumes_from),
	GROUP("limits", limit_keys),
	FLAG("daemon_races", container.daemon_races),
	FLAG("other_properties", container.other_properties),
	FLAG("trust_existing", container.trust_existing),
};
static const struct key exec_list[] = {
	FLAG("privileged", exec.privileged),
	PATTERNS("users", exec.users, NULL),
};

const struct keys container_keys = KEYS(container_list);
const struct keys exec_keys = KEYS(exec_list);
