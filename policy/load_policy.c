/* Owns the policy language: which settings a policy has, where each is kept, what it may say,
 * and how one policy extends another. What they lead to is the business of decide.c and
 * check_*.c. */
#include "policy/load_parts.h"

#include "policy/arena.h"
#include "policy/route.h"
#include "policy/text.h"

#include <string.h>

static const char *keep_operation(struct loader *loader, const struct key *key,
                                  const config_setting_t *setting, const char *value)
{
	const char *kept;

	(void)key;
	if (!route_pattern_known(value)) {
		size_t count;
		const struct route *routes = route_catalogue(&count);
		const char **names = arena_calloc(loader->arena, count, sizeof *names);

		for (size_t i = 0; names != NULL && i < count; i++)
			names[i] = routes[i].operation;
		setting_problem(loader, setting, "no operation is called '%s'%s",
		                text_printable(loader->arena, value, 100),
		                names == NULL ? "" : setting_suggestion(loader, value, names, count));
		return NULL;
	}
	kept = arena_string(loader->arena, value);
	if (kept == NULL)
		setting_exhausted(loader, setting);
	return kept;
}

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
static const char *const build_network_modes[] = {"none", "bridge", "host", "container", NULL};
static const char *const host_only[] = {"host", NULL};
static const char *const cgroup_modes[] = {"private", "host", NULL};

#define KEYS(list)                            \
	{                                         \
		(list), sizeof(list) / sizeof *(list) \
	}
#define FLAG(key, member)                                                          \
	{                                                                              \
		.name = (key), .kind = KEY_FLAG, .offset = offsetof(struct policy, member) \
	}
#define PATTERNS(key, member, keeper)                                                   \
	{                                                                                   \
		.name = (key), .kind = KEY_PATTERNS, .offset = offsetof(struct policy, member), \
		.keep = (keeper)                                                                \
	}
#define WORDS(key, member, allowed)                                                     \
	{                                                                                   \
		.name = (key), .kind = KEY_PATTERNS, .offset = offsetof(struct policy, member), \
		.keep = keep_word, .words = (allowed)                                           \
	}
#define GROUP(key, group)                                  \
	{                                                      \
		.name = (key), .kind = KEY_GROUP, .keys = &(group) \
	}

static const struct key operation_list[] = {
	PATTERNS("allow", allow, keep_operation),
	PATTERNS("deny", deny, keep_operation),
};
static const struct key container_list[] = {
	FLAG("privileged", container.privileged),
	PATTERNS("capabilities", container.capabilities, keep_capability),
	{.name = "binds", .kind = KEY_BINDS, .offset = offsetof(struct policy, container.binds)},
	WORDS("network_modes", container.network_modes, network_modes),
	WORDS("pid_modes", container.pid_modes, pid_modes),
	WORDS("ipc_modes", container.ipc_modes, ipc_modes),
	WORDS("uts_modes", container.uts_modes, host_only),
	WORDS("user_modes", container.user_modes, host_only),
	WORDS("cgroup_modes", container.cgroup_modes, cgroup_modes),
	PATTERNS("devices", container.devices, NULL),
	PATTERNS("device_rules", container.device_rules, NULL),
	FLAG("device_requests", container.device_requests),
	PATTERNS("security_options", container.security_options, NULL),
	FLAG("unmasked_paths", container.unmasked_paths),
	PATTERNS("sysctls", container.sysctls, NULL),
	PATTERNS("runtimes", container.runtimes, NULL),
	PATTERNS("cgroup_parents", container.cgroup_parents, NULL),
	PATTERNS("volume_drivers", container.volume_drivers, NULL),
	PATTERNS("log_drivers", container.log_drivers, NULL),
	FLAG("volumes_from", container.volumes_from),
	FLAG("daemon_races", container.daemon_races),
	FLAG("other_properties", container.other_properties),
	FLAG("trust_existing", container.trust_existing),
};
static const struct key exec_list[] = {
	FLAG("privileged", exec.privileged),
	PATTERNS("users", exec.users, NULL),
};
static const struct key build_list[] = {
	WORDS("network_modes", build.network_modes, build_network_modes),
	PATTERNS("remotes", build.remotes, NULL),
	FLAG("buildkit", build.buildkit),
	FLAG("other_parameters", build.other_parameters),
};
static const struct key volume_list[] = {
	PATTERNS("drivers", volume.drivers, NULL),
	PATTERNS("options", volume.options, NULL),
};
static const struct key network_list[] = {
	PATTERNS("drivers", network.drivers, NULL),
	PATTERNS("options", network.options, NULL),
	FLAG("other_properties", network.other_properties),
};
static const struct key image_list[] = {
	PATTERNS("use", images.use, NULL),
	FLAG("import_sources", images.import_sources),
};
static const struct keys operation_keys = KEYS(operation_list);
static const struct keys container_keys = KEYS(container_list);
static const struct keys exec_keys = KEYS(exec_list);
static const struct keys build_keys = KEYS(build_list);
static const struct keys volume_keys = KEYS(volume_list);
static const struct keys network_keys = KEYS(network_list);
static const struct keys image_keys = KEYS(image_list);

static const struct key policy_list[] = {
	{.name = "extends", .kind = KEY_ELSEWHERE},
	{.name = "unknown_fields", .kind = KEY_ELSEWHERE},
	FLAG("unrestricted", unrestricted),
	PATTERNS("protected", protected, NULL),
	GROUP("operations", operation_keys),
	GROUP("container", container_keys),
	GROUP("exec", exec_keys),
	GROUP("build", build_keys),
	GROUP("volume", volume_keys),
	GROUP("network", network_keys),
	GROUP("images", image_keys),
};
static const struct keys policy_keys = KEYS(policy_list);

struct definition *definition_find(const struct definitions *definitions, const char *name)
{
	for (size_t i = 0; i < definitions->count; i++) {
		if (strcmp(definitions->list[i].policy.name, name) == 0)
			return &definitions->list[i];
	}
	return NULL;
}

const char *const *definition_names(struct loader *loader, const struct definitions *definitions,
                                    size_t *count)
{
	const char **names = arena_calloc(loader->arena, definitions->count, sizeof *names);

	*count = names == NULL ? 0 : definitions->count;
	for (size_t i = 0; i < *count; i++)
		names[i] = definitions->list[i].policy.name;
	return names;
}

/* Starts a policy off as what it extends; without a parent it starts off allowing nothing. */
static void inherit(struct loader *loader, const struct definitions *definitions,
                    struct definition *definition)
{
	const config_setting_t *setting = config_setting_get_member(definition->group, "extends");
	const char *name = setting == NULL ? NULL : setting_text(loader, setting);
	struct policy own = definition->policy;
	struct definition *parent;
	size_t count;

	if (name == NULL)
		return;
	parent = definition_find(definitions, name);
	if (parent == NULL) {
		const char *const *names = definition_names(loader, definitions, &count);

		setting_problem(loader, setting, "no policy is called '%s'%s",
		                text_printable(loader->arena, name, 100),
		                setting_suggestion(loader, name, names, count));
		return;
	}
	if (parent->state == DEFINITION_READING) {
		setting_problem(loader, setting, "extends itself, by way of '%s'", name);
		return;
	}
	definition_read(loader, definitions, parent);
	definition->policy = parent->policy;
	definition->policy.name = own.name;
	definition->policy.place = own.place;
}

static void read_unknown_fields(struct loader *loader, const config_setting_t *group,
                                struct policy *policy)
{
	const config_setting_t *setting = config_setting_get_member(group, "unknown_fields");
	const char *text = setting == NULL ? NULL : setting_text(loader, setting);

	if (text == NULL)
		return;
	if (strcmp(text, "refuse") == 0)
		policy->unknown_fields = UNKNOWN_FIELDS_REFUSE;
	else if (strcmp(text, "drop") == 0)
		policy->unknown_fields = UNKNOWN_FIELDS_DROP;
	else
		setting_problem(loader, setting, "must be \"refuse\" or \"drop\"");
}

/* Puts the parents' patterns in front of the child's OWN: no child lifts one. */
static void keep_inherited(struct loader *loader, const config_setting_t *group,
                           const struct patterns *inherited, struct patterns *own)
{
	struct patterns all = *own;

	if (inherited->count == 0 || inherited->list == own->list)
		return;
	all.count = inherited->count + own->count;
	all.list = arena_calloc(loader->arena, all.count, sizeof *all.list);
	all.places = arena_calloc(loader->arena, all.count, sizeof *all.places);
	if (all.list == NULL || all.places == NULL) {
		setting_exhausted(loader, group);
		return;
	}
	memcpy(all.list, inherited->list, inherited->count * sizeof *all.list);
	memcpy(all.places, inherited->places, inherited->count * sizeof *all.places);
	if (own->count > 0) {
		memcpy(all.list + inherited->count, own->list, own->count * sizeof *all.list);
		memcpy(all.places + inherited->count, own->places, own->count * sizeof *all.places);
	}
	*own = all;
}

/* True for a group of rules about what is inside a request. */
static bool is_about_inside(const char *name)
{
	for (size_t i = 0; i < policy_keys.count; i++) {
		const struct key *key = &policy_list[i];

		if (key->kind == KEY_GROUP && key->keys != &operation_keys && strcmp(key->name, name) == 0)
			return true;
	}
	return false;
}

/* Rules that nothing is judged by must not look as if they held. */
static void report_idle_rules(struct loader *loader, const config_setting_t *group)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);

		if (is_about_inside(config_setting_name(setting)))
			setting_problem(loader, setting,
			                "has no effect in an unrestricted policy; extend another one, or "
			                "write unrestricted = false");
	}
}

void definition_read(struct loader *loader, const struct definitions *definitions,
                     struct definition *definition)
{
	struct loader own = *loader;
	struct policy *policy = &definition->policy;
	const config_setting_t *images;
	struct patterns denied, protected;

	if (definition->state != DEFINITION_UNREAD)
		return;
	own.file = definition->file;
	definition->state = DEFINITION_READING;
	if (config_setting_is_group(definition->group))
		inherit(&own, definitions, definition);
	denied = policy->deny;
	protected = policy->protected;
	setting_read_group(&own, definition->group, &policy_keys, policy);
	keep_inherited(&own, definition->group, &denied, &policy->deny);
	keep_inherited(&own, definition->group, &protected, &policy->protected);
	if (config_setting_is_group(definition->group)) {
		read_unknown_fields(&own, definition->group, policy);
		if (policy->unrestricted.on)
			report_idle_rules(&own, definition->group);
		images = config_setting_get_member(definition->group, "images");
		if (images != NULL && config_setting_is_group(images) &&
		    config_setting_get_member(images, "use") != NULL)
			policy->images.use_set = true;
	}
	definition->state = DEFINITION_READ;
}
