/* Managed plugins: root on the host with what their configuration asks for. Which may be installed, with
 * which privileges, and what may be set of them. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/query.h"
#include "policy/reference.h"
#include "policy/request.h"

static bool judge_remote(struct check *check)
{
	const struct patterns *allowed = &check->policy->plugin.remotes;
	const char *remote = query_value(&check->request->query, "remote");
	struct reference reference;
	struct error error;

	if (remote == NULL || !reference_parse(check->arena, remote, &reference, &error))
		return check_deny_malformed(check, "remote is '%s', which is no plugin's name",
		                            remote != NULL ? check_shown(check, remote) : "");
	if (check_listed(allowed, reference.name))
		return true;
	return check_deny(check, check_rule("plugin.remotes", allowed->place),
	                  "ask the administrator to install it", "remote is '%s'",
	                  check_shown(check, reference.name));
}

static bool judge_privilege(struct check *check, const char *name, const char *value)
{
	const struct patterns *allowed = &check->policy->plugin.privileges;
	const char *privilege = arena_format(check->arena, "%s=%s", name, value);

	if (privilege != NULL && check_listed(allowed, privilege))
		return true;
	return check_deny(check, check_rule("plugin.privileges", allowed->place),
	                  "use a plugin that asks for less", "it is granted '%s'",
	                  privilege != NULL ? check_shown(check, privilege) : name);
}

/* The daemon installs a plugin only when the list is exactly what the plugin asks for. */
static bool judge_privileges(struct check *check, const json_t *entry)
{
	const char *name;
	const json_t *values;

	if (!check_text(check, entry, "Name", &name) || !check_list(check, entry, "Value", &values))
		return false;
	for (size_t i = 0; i < json_array_size(values); i++) {
		const char *value = json_string_value(json_array_get(values, i));
		if (value == NULL)
			return check_deny_malformed(check, "Value has something that is no text");
		if (!judge_privilege(check, name, value))
			return false;
	}
	return json_array_size(values) > 0 || judge_privilege(check, name, "");
}

bool check_plugin_install(struct check *check)
{
	const json_t *list = check->request->body;

	if (!judge_remote(check))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!judge_privileges(check, json_array_get(list, i)))
			return false;
	}
	return true;
}

bool check_plugin_set(struct check *check)
{
	const struct patterns *allowed = &check->policy->plugin.settings;
	const json_t *list = check->request->body;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *setting = json_string_value(json_array_get(list, i));
		if (setting == NULL)
			return check_deny_malformed(check, "the body has something that is no text");
		if (!check_listed(allowed, setting))
			return check_deny(check, check_rule("plugin.settings", allowed->place),
			                  "leave this setting as it is", "it sets '%s'",
			                  check_shown(check, setting));
	}
	return true;
}
