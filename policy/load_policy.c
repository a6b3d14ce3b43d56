/* Owns a policy's reading: its groups of settings (load_keys.h), and how one policy extends
 * another. What they lead to is the business of decide.c and check_*.c. */
#include "policy/load_keys.h"
#include "policy/load_parts.h"

#include "policy/arena.h"
#include "policy/text.h"

#include <string.h>

static const struct key policy_list[] = {
	{.name = "extends", .kind = KEY_ELSEWHERE},
	{.name = "unknown_fields", .kind = KEY_ELSEWHERE},
	{.name = "compat", .kind = KEY_ELSEWHERE},
	{.name = "mode", .kind = KEY_ELSEWHERE},
	{.name = "rules", .kind = KEY_ELSEWHERE},
	FLAG("unrestricted", unrestricted),
	PATTERNS("protected", protected, NULL),
	GROUP("application", application_keys),
	GROUP("operations", operation_keys),
	GROUP("container", container_keys),
	GROUP("exec", exec_keys),
	GROUP("build", build_keys),
	GROUP("volume", volume_keys),
	GROUP("network", network_keys),
	GROUP("images", image_keys),
	GROUP("service", service_keys),
	GROUP("swarm", swarm_keys),
	GROUP("plugin", plugin_keys),
	GROUP("tenancy", tenancy_keys),
	GROUP("quota", quota_keys),
	GROUP("redact", redact_keys),
};
const struct keys policy_keys = KEYS(policy_list);

struct definition *definition_find(const struct definitions *definitions, const char *name)
{
	for (size_t i = definitions->count; i > 0; i--) {
		if (strcmp(definitions->list[i - 1].policy.name, name) == 0)
			return &definitions->list[i - 1];
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

/* What DEFINITION extends: under its own name it can only mean the profile whose place it takes. */
static struct definition *find_parent(const struct definitions *definitions,
                                      const struct definition *definition, const char *name)
{
	struct definition *parent = definition_find(definitions, name);

	for (size_t i = 0; parent == definition && i < definitions->count; i++) {
		if (definitions->list[i].profile && strcmp(definitions->list[i].policy.name, name) == 0)
			return &definitions->list[i];
	}
	return parent;
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
	parent = find_parent(definitions, definition, name);
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

void setting_read_mode(struct loader *loader, const config_setting_t *setting, enum rule_mode *mode)
{
	const char *text = setting_text(loader, setting);

	for (int i = MODE_ENFORCE; text != NULL && i <= MODE_OBSERVE; i++) {
		if (strcmp(text, rule_mode_name((enum rule_mode)i)) == 0) {
			*mode = (enum rule_mode)i;
			return;
		}
	}
	if (text != NULL)
		setting_problem(loader, setting, "must be \"enforce\", \"warn\" or \"observe\"");
}

static void read_mode(struct loader *loader, const config_setting_t *group, struct policy *policy)
{
	const config_setting_t *setting = config_setting_get_member(group, "mode");

	if (setting == NULL)
		return;
	policy->mode_place = setting_place(loader, setting);
	setting_read_mode(loader, setting, &policy->mode);
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
	if (!patterns_compile(loader->arena, &all))
		setting_exhausted(loader, group);
	*own = all;
}

/* True for a group of rules about what is inside a request. */
static bool is_about_inside(const char *name)
{
	for (size_t i = 0; i < policy_keys.count; i++) {
		const struct key *key = &policy_list[i];

		if (key->kind == KEY_GROUP && key->keys != &operation_keys &&
		    key->keys != &application_keys && key->keys != &tenancy_keys &&
		    key->keys != &redact_keys && strcmp(key->name, name) == 0)
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
			                "has no effect in an unrestricted policy; say it in `rules`, extend "
			                "another policy, or write unrestricted = false");
	}
}

void definition_read(struct loader *loader, const struct definitions *definitions,
                     struct definition *definition)
{
	struct loader own = *loader;
	struct policy *policy = &definition->policy;
	struct patterns allowed, denied, protected;

	if (definition->state != DEFINITION_UNREAD)
		return;
	own.file = definition->file;
	definition->state = DEFINITION_READING;
	if (config_setting_is_group(definition->group))
		inherit(&own, definitions, definition);
	allowed = policy->allow;
	denied = policy->deny;
	protected = policy->protected;
	setting_read_group(&own, definition->group, &policy_keys, policy);
	keep_inherited(&own, definition->group, &denied, &policy->deny);
	keep_inherited(&own, definition->group, &protected, &policy->protected);
	if (config_setting_is_group(definition->group)) {
		read_unknown_fields(&own, definition->group, policy);
		compat_read(&own, definition->group,
		            config_setting_get_member(definition->group, "extends") != NULL ? &allowed
		                                                                            : NULL,
		            policy);
		read_mode(&own, definition->group, policy);
		user_rules_read(&own, definition->group, policy);
		check_port_rules(&own, definition->group, &policy->container.ports);
		check_limit_rules(&own, definition->group, &policy->container.limits);
		check_quota_rules(&own, definition->group, &policy->quota);
		if (policy->unrestricted.on)
			report_idle_rules(&own, definition->group);
	}
	definition->state = DEFINITION_READ;
}
