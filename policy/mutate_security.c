/* Writes what a policy's security rules say into a new container: its profiles where a request names none, no-new-privileges, and
 * every option in its plainest spelling. */
#include "policy/mutate_parts.h"

#include "policy/arena.h"
#include "policy/policy.h"
#include "policy/request.h"
#include "policy/security_option.h"

#include <string.h>

static bool add(const struct mutation *m, json_t *list, const struct security_option *option)
{
	const char *text = security_option_print(m->request->arena, option);

	return text != NULL && json_array_append_new(list, json_string(text)) == 0;
}

static bool says(const json_t *list, enum security_kind kind, const char *fallback)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const struct security_option option =
			security_option_read(json_string_value(json_array_get(list, i)));

		if (security_option_stands_for(&option, kind, fallback))
			return true;
	}
	return false;
}

static bool add_default(const struct mutation *m, json_t *list, enum security_kind kind,
                        const char *fallback)
{
	const struct security_option option = {.kind = kind, .value = fallback};

	return fallback == NULL || says(list, kind, fallback) || add(m, list, &option);
}

static bool add_defaults(const struct mutation *m, json_t *list)
{
	const struct security_rules *rules = &m->policy->container.security;
	const struct security_option forced = {.kind = SECURITY_NO_NEW_PRIVILEGES, .on = true};

	return add_default(m, list, SECURITY_APPARMOR, rules->apparmor.fallback) &&
	       add_default(m, list, SECURITY_SECCOMP, rules->seccomp.fallback) &&
	       add_default(m, list, SECURITY_LABEL, rules->selinux.fallback) &&
	       (!rules->no_new_privileges.on || says(list, SECURITY_NO_NEW_PRIVILEGES, "") ||
	        add(m, list, &forced));
}

/* A profile without a name is no profile: dockerd takes its own then. */
static bool is_empty(const struct security_option *option)
{
	return option->value != NULL && *option->value == '\0' &&
	       (option->kind == SECURITY_APPARMOR || option->kind == SECURITY_SECCOMP);
}

static bool copy_options(const struct mutation *m, const json_t *given, json_t *list)
{
	for (size_t i = 0; i < json_array_size(given); i++) {
		const struct security_option option =
			security_option_read(json_string_value(json_array_get(given, i)));

		if (!is_empty(&option) && !add(m, list, &option))
			return false;
	}
	return true;
}

bool mutate_security(const struct mutation *m, json_t *host)
{
	json_t *list;

	if (m->policy->mode != MODE_ENFORCE)
		return true;
	list = json_array();
	if (list == NULL || !copy_options(m, json_object_get(host, "SecurityOpt"), list) ||
	    !add_defaults(m, list)) {
		json_decref(list);
		return mutation_exhausted(m);
	}
	if (json_array_size(list) == 0 && json_object_get(host, "SecurityOpt") == NULL) {
		json_decref(list);
		return true;
	}
	return json_object_set_new(host, "SecurityOpt", list) == 0 || mutation_exhausted(m);
}
