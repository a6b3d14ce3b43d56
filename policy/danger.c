/* Which settings give the host away. A table, but for binds: those depend on the folder. What it does not list is not
 * harmless; it does what it says. */
#include "policy/danger.h"

#include "policy/text.h"

#include <stddef.h>
#include <string.h>

static const char root[] = "whoever may do this is root on the host";
static const char secrets[] = "whoever may do this reads the host's secrets";

/* VALUE NULL: whatever is listed. Of one setting the gravest come first: a pattern may stand for several. */
static const struct {
	const char *setting, *value, *told;
} dangers[] = {
	{"build.network_modes", "host", "this reaches what listens on the host's loopback addresses"},
	{"container.capabilities", "ALL", root},
	{"container.capabilities", "SYS_ADMIN", root},
	{"container.capabilities", "SYS_MODULE", root},
	{"container.capabilities", "SYS_RAWIO", root},
	{"container.capabilities", "BPF", root},
	{"container.capabilities", "DAC_READ_SEARCH",
     "whoever may do this reads every file of the host"},
	{"container.capabilities", "SYS_PTRACE",
     "this reads and changes every process that it sees, under pid_modes \"host\" the host's own"},
	{"container.capabilities", "PERFMON",
     "this watches the kernel and what the host's processes do"},
	{"container.capabilities", "NET_ADMIN",
     "this rules the network that it is in, under network_modes \"host\" the host's own, and opens "
     "much of the kernel to attacks"},
	{"container.capabilities", "MAC_ADMIN", "this changes the host's mandatory access control"},
	{"container.capabilities", "MAC_OVERRIDE",
     "this passes by the host's mandatory access control"},
	{"container.capabilities", "SYS_BOOT", "this may stop the host, or load another kernel"},
	{"container.capabilities", "SYS_TIME", "this sets the host's clock, which has no namespace"},
	{"container.capabilities", "SYSLOG", "this reads and clears the kernel's log"},
	{"container.capabilities", "AUDIT_CONTROL", "this changes what the host's audit log records"},
	{"container.capabilities", "AUDIT_READ", "this reads the host's audit log"},
	{"container.capabilities", "CHECKPOINT_RESTORE",
     "this reads what other processes that it sees have mapped"},
	{"container.capabilities", "SYS_RESOURCE",
     "this passes by limits: of processes, of disk quotas, of what is reserved for root"},
	{"container.capabilities", "SYS_NICE", "this takes the host's processors from everybody else"},
	{"container.capabilities", "SYS_PACCT", "this turns the host's process accounting on and off"},
	{"container.capabilities", "SYS_TTY_CONFIG", "this hangs up and changes the host's terminals"},
	{"container.capabilities", "IPC_LOCK", "this keeps memory from being swapped out"},
	{"container.capabilities", "LINUX_IMMUTABLE",
     "this makes files that nobody without it removes, root on the host included"},
	{"container.capabilities", "NET_RAW",
     "this forges packets to and from its neighbours on a network"},
	{"container.capabilities", "BLOCK_SUSPEND", "this keeps the host from sleeping"},
	{"container.capabilities", "WAKE_ALARM", "this wakes the host up"},
	{"container.daemon_races", NULL,
     "two such requests together may write and read the host's files"},
	{"container.device_rules", NULL, "a device may be the host's disk or memory"},
	{"container.devices", NULL, "a device may be the host's disk or memory"},
	{"container.ipc_modes", "host", "this reaches into the memory that the host's processes share"},
	{"container.network_modes", "host",
     "this reaches what listens on the host's loopback addresses"},
	{"container.other_properties", NULL, "this opens what nobody has thought about"},
	{"container.pid_modes", "host", "this sees the host's processes, and may stop them"},
	{"container.privileged", NULL, root},
	{"container.trust_existing", NULL,
     "whoever may do this uses privileged containers of others as his own"},
	{"container.unmasked_paths", NULL, "whoever may do this changes the host's kernel settings"},
	{"exec.privileged", NULL, root},
	{"plugin.privileges", NULL, "a plugin is root on the host"},
	{"plugin.remotes", NULL, "a plugin is root on the host"},
	{"service.other_properties", NULL, "this opens what nobody has thought about"},
	{"swarm.other_properties", NULL, "whoever may do this rules the cluster"},
	{"volume.options", "device", "such a volume mounts any folder of the host"},
	{"volume.options", "o", "such a volume mounts any folder of the host"},
	{"volume.options", "type", "such a volume mounts any folder of the host"},
};

/* True for PATH itself and all below it. */
static bool is_below(const char *path, const char *source)
{
	size_t len = strlen(path);

	return strncmp(source, path, len) == 0 && (source[len] == '\0' || source[len] == '/');
}

static bool is_below_any(const char *const *paths, const char *source)
{
	for (; *paths != NULL; paths++) {
		if (is_below(*paths, source))
			return true;
	}
	return false;
}

/* A socket that is mounted read-only takes requests all the same. */
static const char *danger_of_bind(const char *source, bool write)
{
	static const char *const sockets[] = {"/run", "/var/run", NULL};
	static const char *const system[] = {"/bin",   "/boot", "/dev",  "/etc",  "/lib",
	                                     "/lib64", "/opt",  "/proc", "/root", "/sbin",
	                                     "/sys",   "/usr",  NULL};
	static const char *const told[] = {
		"/dev", "/etc", "/proc", "/root", "/sys", "/var/lib/docker", "/var/lib/containerd", NULL};
	size_t len = strlen(source);

	if (strcmp(source, "/") == 0 || strcmp(source, "/var") == 0 || strcmp(source, "/var/lib") == 0)
		return write ? root : secrets;
	if (len > 5 && strcmp(source + len - 5, ".sock") == 0)
		return "whoever may do this speaks to that socket past quaymaster";
	if (is_below_any(sockets, source))
		return "whoever may do this speaks to the sockets in it past quaymaster";
	if (write && (is_below_any(system, source) || is_below_any(told, source)))
		return root;
	return is_below_any(told, source) ? secrets : NULL;
}

/* VALUE may be a pattern, or "name=value" of an option. */
static bool stands_for(const char *value, const char *name)
{
	size_t len = strlen(name);

	return text_matches(value, name) || (strncmp(value, name, len) == 0 && value[len] == '=');
}

const char *danger_of(const char *setting, const char *value, bool write)
{
	if (strcmp(setting, "container.binds") == 0)
		return value != NULL ? danger_of_bind(value, write) : NULL;
	for (size_t i = 0; i < sizeof dangers / sizeof *dangers; i++) {
		if (strcmp(dangers[i].setting, setting) != 0)
			continue;
		if (dangers[i].value == NULL || (value != NULL && stands_for(value, dangers[i].value)))
			return dangers[i].told;
	}
	return NULL;
}
