/* Security options: profiles of AppArmor, seccomp and SELinux, and no-new-privileges. dockerd lets the last of several
 * options win; here each has to be allowed. A policy's default is written into a new container
 * (mutate_security.c) and must be found in an existing one. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/security_option.h"
#include "policy/text.h"

#include <string.h>

/* What an object's options said, all of them. */
struct said {
	bool no_new_privileges; /* the last word about it */
	bool apparmor, seccomp; /* the last word was a profile */
	bool label;             /* one in place of the policy's own, or that there is none */
};

static const char *digest_of(struct check *check, const char *profile)
{
	const char *digest = security_profile_digest(check->arena, profile);

	return digest != NULL ? digest : "(no memory)";
}

static bool deny_value(struct check *check, const char *rule, const struct selection *selection,
                       const char *value, const char *shown)
{
	struct rule told = check_list_rule(rule, &selection->allow, value);

	told.place = selection_place(selection);
	return check_deny(check, told,
	                  selection->fallback != NULL
	                      ? "leave it out: the policy has a profile of its own"
	                      : "run it without this --security-opt",
	                  "SecurityOpt has %s", shown);
}

static const char *shown_as(struct check *check, const char *kind, const char *value)
{
	const char *shown = arena_format(check->arena, "'%s=%s'", kind, check_shown(check, value));

	return shown != NULL ? shown : kind;
}

/* dockerd's own profile is what is had without a word; where a policy has another, only by name. */
static bool judge_apparmor(struct check *check, const char *value)
{
	const struct selection *selection = &check->policy->container.security.apparmor;
	bool usual = *value == '\0' || strcmp(value, "docker-default") == 0;

	if (*value == '\0' || (usual && selection->fallback == NULL) ||
	    selection_allows(selection, value))
		return true;
	return deny_value(check, "container.security.apparmor.allow", selection, value,
	                  shown_as(check, "apparmor", value));
}

/* A profile of the client's own comes as its text, and is named by what is in it; all else is dockerd's words, and
 * what looks like such a name there is none. */
static bool judge_seccomp(struct check *check, const char *value)
{
	const struct selection *selection = &check->policy->container.security.seccomp;
	bool is_text = value[strspn(value, " \t\r\n")] == '{';
	const char *name = is_text ? digest_of(check, value) : value;
	const char *shown = is_text ? arena_format(check->arena, "the seccomp profile %s", name)
	                            : shown_as(check, "seccomp", value);

	if (*value == '\0' ||
	    (selection->fallback != NULL && strcmp(selection->fallback, value) == 0) ||
	    ((is_text || !text_starts_with(value, "sha256:")) && selection_allows(selection, name)))
		return true;
	return deny_value(check, "container.security.seccomp.allow", selection, name,
	                  shown != NULL ? shown : "a seccomp profile");
}

/* dockerd itself adds "disable" to a container in the host's namespaces, which other rules are about. */
static bool is_implied(const struct check *check, const json_t *host, const char *value)
{
	const char *pid = json_string_value(json_object_get(host, "PidMode"));
	const char *ipc = json_string_value(json_object_get(host, "IpcMode"));

	return check->existing && strcmp(value, "disable") == 0 &&
	       (json_is_true(json_object_get(host, "Privileged")) ||
	        (pid != NULL && strcmp(pid, "host") == 0) || (ipc != NULL && strcmp(ipc, "host") == 0));
}

static bool judge_label(struct check *check, const json_t *host, const char *value)
{
	const struct selection *selection = &check->policy->container.security.selinux;

	if (selection_allows(selection, value) || is_implied(check, host, value))
		return true;
	return deny_value(check, "container.security.selinux.allow", selection, value,
	                  shown_as(check, "label", value));
}

/* Turning it off means something only where dockerd has it on for everyone. */
static bool judge_no_new_privileges(struct check *check, bool on)
{
	const struct flag *rule = &check->policy->container.security.no_new_privileges;

	if (on || check->existing)
		return true;
	return check_deny(check, check_rule("container.security.no_new_privileges", rule->place),
	                  "leave it out", "SecurityOpt has 'no-new-privileges=false'");
}

static bool judge_writable_cgroups(struct check *check, bool on)
{
	const struct flag *rule = &check->policy->container.security.writable_cgroups;

	if (!on || rule->on)
		return true;
	return check_deny(check, check_rule("container.security.writable_cgroups", rule->place),
	                  "run it without this --security-opt", "SecurityOpt has 'writable-cgroups'");
}

static bool judge_option(struct check *check, const json_t *host, const char *text,
                         struct said *said)
{
	const struct security_rules *rules = &check->policy->container.security;
	const struct security_option option = security_option_read(text);

	switch (option.kind) {
	case SECURITY_NO_NEW_PRIVILEGES:
		said->no_new_privileges = option.on;
		return judge_no_new_privileges(check, option.on);
	case SECURITY_WRITABLE_CGROUPS:
		return judge_writable_cgroups(check, option.on);
	case SECURITY_LABEL:
		said->label = said->label ||
		              security_option_stands_for(&option, SECURITY_LABEL, rules->selinux.fallback);
		return judge_label(check, host, option.value);
	case SECURITY_APPARMOR:
		said->apparmor = *option.value != '\0';
		return judge_apparmor(check, option.value);
	case SECURITY_SECCOMP:
		said->seccomp = *option.value != '\0';
		return judge_seccomp(check, option.value);
	case SECURITY_UNKNOWN:
		break;
	}
	return check_deny_malformed(check,
	                            "SecurityOpt has '%s', which is no option of dockerd on Linux",
	                            check_shown(check, text));
}

static bool lacks(struct check *check, const char *rule, struct place place, const char *what)
{
	return check_deny(check, check_rule(rule, place), "use a container made within this policy",
	                  "SecurityOpt lacks '%s'", what);
}

/* What the policy writes into a new container an existing one must have. */
static bool judge_defaults(struct check *check, const struct said *said)
{
	const struct security_rules *rules = &check->policy->container.security;

	if (rules->no_new_privileges.on && !said->no_new_privileges &&
	    !lacks(check, "container.security.no_new_privileges", rules->no_new_privileges.place,
	           "no-new-privileges"))
		return false;
	if (rules->apparmor.fallback != NULL && !said->apparmor &&
	    !lacks(check, "container.security.apparmor", rules->apparmor.place,
	           rules->apparmor.fallback))
		return false;
	if (rules->seccomp.fallback != NULL && !said->seccomp &&
	    !lacks(check, "container.security.seccomp", rules->seccomp.place, "seccomp"))
		return false;
	return rules->selinux.fallback == NULL || said->label ||
	       lacks(check, "container.security.selinux", rules->selinux.place,
	             rules->selinux.fallback);
}

bool check_security(struct check *check, const json_t *host)
{
	struct said said = {.label = false};
	const json_t *list;

	if (!check_list(check, host, "SecurityOpt", &list))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text == NULL)
			return check_deny_malformed(check, "SecurityOpt holds something that is not a string");
		if (!judge_option(check, host, text, &said))
			return false;
	}
	return !check->existing || judge_defaults(check, &said);
}
