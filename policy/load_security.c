/* Owns the settings of `container.runtime`, `privileged`, `security` and `user_namespace`. */
#include "policy/load_keys.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/sha256.h"
#include "policy/text.h"

#include <string.h>

/* The name behind "runtime:", in the arena. */
static const char *keep_runtime(struct loader *loader, const config_setting_t *setting)
{
	const char *text = config_setting_get_string(setting);
	const char *kept;

	if (text == NULL || !text_starts_with(text, "runtime:") || text[strlen("runtime:")] == '\0') {
		setting_problem(loader, setting,
		                "must be true, false, or \"runtime:NAME\" for what takes its place");
		return NULL;
	}
	kept = arena_string(loader->arena, text + strlen("runtime:"));
	if (kept == NULL)
		setting_exhausted(loader, setting);
	return kept;
}

/* MEMBER is all of struct container_rules: two of its members are set. */
void read_privileged(struct loader *loader, const struct key *key, const config_setting_t *setting,
                     void *member)
{
	struct container_rules *rules = member;
	const char *runtime = NULL;

	(void)key;
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL) {
		runtime = keep_runtime(loader, setting);
		if (runtime == NULL)
			return;
	}
	rules->privileged.on = runtime == NULL && config_setting_get_bool(setting) == CONFIG_TRUE;
	rules->privileged.place = setting_place(loader, setting);
	rules->privileged_runtime = runtime;
}

void read_user_namespace(struct loader *loader, const struct key *key,
                         const config_setting_t *setting, void *member)
{
	const char *text = config_setting_get_string(setting);
	struct flag *flag = member;

	(void)key;
	if (text == NULL || (strcmp(text, "required") != 0 && strcmp(text, "optional") != 0)) {
		setting_problem(loader, setting, "must be \"required\" or \"optional\"");
		return;
	}
	flag->on = strcmp(text, "required") == 0;
	flag->place = setting_place(loader, setting);
}

static bool is_digest(const char *value)
{
	return text_starts_with(value, "sha256:") &&
	       strlen(value) == strlen("sha256:") + SHA256_DIGITS &&
	       text_is_lower_hex(value + strlen("sha256:"));
}

static const char *keep_text(struct loader *loader, const config_setting_t *setting,
                             const char *value)
{
	const char *kept = arena_string(loader->arena, value);

	if (kept == NULL)
		setting_exhausted(loader, setting);
	return kept;
}

/* A profile in `allow` is named by its digest. */
static const char *keep_seccomp(struct loader *loader, const struct key *key,
                                const config_setting_t *setting, const char *value)
{
	(void)key;
	if (strcmp(value, "unconfined") == 0 || strcmp(value, "builtin") == 0 ||
	    strcmp(value, "*") == 0 || is_digest(value))
		return keep_text(loader, setting, value);
	setting_problem(
		loader, setting,
		"must be \"builtin\", \"unconfined\", or \"sha256:\" and the 64 digits that a denial tells");
	return NULL;
}

static bool is_json_object(const char *text)
{
	static const struct json_limits limits = {1 << 20, 50000, 32};
	struct error error;
	json_t *tree = NULL;
	bool is_object;

	if (json_read(text, strlen(text), &limits, &tree, &error) != JSON_FINE)
		return false;
	is_object = json_is_object(tree);
	json_decref(tree);
	return is_object;
}

static void read_fallback(struct loader *loader, const config_setting_t *setting,
                          struct selection *selection)
{
	const char *text = setting_text(loader, setting);
	const char *kept = text == NULL ? NULL : keep_text(loader, setting, text);

	if (kept == NULL)
		return;
	selection->fallback = kept;
	selection->place = setting_place(loader, setting);
}

static void read_default(struct loader *loader, const struct key *key,
                         const config_setting_t *setting, void *member)
{
	(void)key;
	read_fallback(loader, setting, member);
}

/* A profile that is written into containers is there in full. */
static void read_seccomp_default(struct loader *loader, const struct key *key,
                                 const config_setting_t *setting, void *member)
{
	const char *text = config_setting_get_string(setting);

	(void)key;
	if (text != NULL && strcmp(text, "builtin") != 0 && strcmp(text, "unconfined") != 0 &&
	    !is_json_object(text))
		setting_problem(loader, setting,
		                "must be \"builtin\", \"unconfined\", or a profile's text, { ... }");
	else
		read_fallback(loader, setting, member);
}

static void read_label_default(struct loader *loader, const struct key *key,
                               const config_setting_t *setting, void *member)
{
	const char *text = config_setting_get_string(setting);

	(void)key;
	if (text != NULL && strcmp(text, "disable") != 0 && strchr(text, ':') == NULL)
		setting_problem(loader, setting, "must be \"disable\" or like \"type:container_t\"");
	else
		read_fallback(loader, setting, member);
}

#define ALLOW(member, keeper) PATTERNS("allow", container.member.allow, keeper)
#define DEFAULT(member, reader)                                                                   \
	{                                                                                             \
		.name = "default", .kind = KEY_READ, .offset = offsetof(struct policy, container.member), \
		.read = (reader)                                                                          \
	}

static const struct key runtime_list[] = {
	ALLOW(runtime, NULL),
	DEFAULT(runtime, read_default),
};
const struct keys runtime_keys = KEYS(runtime_list);

static const struct key apparmor_list[] = {
	ALLOW(security.apparmor, NULL),
	DEFAULT(security.apparmor, read_default),
};
static const struct keys apparmor_keys = KEYS(apparmor_list);

static const struct key seccomp_list[] = {
	ALLOW(security.seccomp, keep_seccomp),
	DEFAULT(security.seccomp, read_seccomp_default),
};
static const struct keys seccomp_keys = KEYS(seccomp_list);

static const struct key selinux_list[] = {
	ALLOW(security.selinux, NULL),
	DEFAULT(security.selinux, read_label_default),
};
static const struct keys selinux_keys = KEYS(selinux_list);

static const struct key security_list[] = {
	GROUP("apparmor", apparmor_keys),
	GROUP("seccomp", seccomp_keys),
	GROUP("selinux", selinux_keys),
	FLAG("no_new_privileges", container.security.no_new_privileges),
	FLAG("writable_cgroups", container.security.writable_cgroups),
};
const struct keys security_keys = KEYS(security_list);
