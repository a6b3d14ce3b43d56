/* Owns the way from a settings tree to the set of policies and client rules in force, and that
 * set. The language itself is in load_policy.c and load_clients.c. */
#include "policy/load.h"

#include "policy/arena.h"
#include "policy/load_parts.h"
#include "policy/presets.h"
#include "policy/problems.h"

#include <stdlib.h>
#include <string.h>

enum { SET_LIMIT_BYTES = 64 * 1024 * 1024 };

/* Lives in its own arena. */
struct policy_set {
	struct arena *arena;
	struct definitions definitions; /* presets first */
	struct socket_paths sockets;
	struct client_rules rules;
	struct asked asked;
	bool names_are_apart;
};

static bool report_exhausted(struct loader *loader)
{
	return problems_add(loader->problems, (struct place){.file = loader->file},
	                    "the policies need too much memory");
}

/* Reads a preset's text. A mistake in one is a mistake in this program, and told the same way. */
static bool add_preset(struct loader *loader, const struct preset *preset, config_t *config,
                       struct definitions *definitions)
{
	struct definition *definition = &definitions->list[definitions->count];
	const char *file =
		arena_format(loader->arena, "%s %s", preset->profile ? "profile" : "preset", preset->name);

	if (file == NULL)
		return report_exhausted(loader);
	if (config_read_string(config, preset->text) != CONFIG_TRUE)
		return problems_add(loader->problems,
		                    (struct place){.file = file,
		                                   .line = (unsigned)config_error_line(config)},
		                    "%s", config_error_text(config));
	*definition = (struct definition){
		.file = file,
		.group = config_root_setting(config),
		.shipped = true,
		.profile = preset->profile,
		.policy = {.name = preset->name, .place = {.file = file, .line = 1}},
	};
	definitions->count++;
	return true;
}

static bool add_written(struct loader *loader, const config_setting_t *group,
                        struct definitions *definitions)
{
	const char *name = config_setting_name(group);
	const struct definition *known = definition_find(definitions, name);
	struct definition *definition = &definitions->list[definitions->count];

	if (known != NULL && known->shipped && !known->profile)
		return setting_problem(loader, group,
		                       "a preset of that name is shipped: choose another name, and "
		                       "write extends = \"%s\" to start from it",
		                       name);
	*definition = (struct definition){
		.file = loader->file,
		.group = group,
		.policy = {.name = arena_string(loader->arena, name),
	               .place = setting_place(loader, group)},
	};
	if (definition->policy.name == NULL)
		return report_exhausted(loader);
	definitions->count++;
	return true;
}

/* Lists everything that can be extended, before anything is read. CONFIGS has room for each
 * preset. */
static bool list_definitions(struct loader *loader, const config_setting_t *policies,
                             config_t *configs, struct definitions *definitions)
{
	size_t written = 0;

	if (policies != NULL && !config_setting_is_group(policies))
		setting_problem(loader, policies, "must be a group { ... }, not %s",
		                setting_type_name(policies));
	else if (policies != NULL)
		written = (size_t)config_setting_length(policies);
	definitions->list =
		arena_calloc(loader->arena, preset_count + written, sizeof *definitions->list);
	if (definitions->list == NULL)
		return report_exhausted(loader);
	for (size_t i = 0; i < preset_count; i++)
		add_preset(loader, &presets[i], &configs[i], definitions);
	for (size_t i = 0; i < written; i++)
		add_written(loader, config_setting_get_elem(policies, (unsigned)i), definitions);
	return true;
}

static void read_set(struct loader *loader, const config_setting_t *root,
                     const struct listener_names *listeners, config_t *configs,
                     struct policy_set *set)
{
	if (!list_definitions(loader, config_setting_get_member(root, "policies"), configs,
	                      &set->definitions))
		return;
	if (!socket_paths_read(loader, root, &set->sockets)) {
		report_exhausted(loader);
		return;
	}
	for (size_t i = 0; i < set->definitions.count; i++)
		set->definitions.list[i].policy.sockets = &set->sockets;
	for (size_t i = 0; i < set->definitions.count; i++)
		set->definitions.list[i].policy.identity_labels = &set->asked.labels;
	for (size_t i = 0; i < set->definitions.count; i++)
		set->definitions.list[i].policy.names_are_apart = &set->names_are_apart;
	for (size_t i = 0; i < set->definitions.count; i++)
		definition_read(loader, &set->definitions, &set->definitions.list[i]);
	for (size_t i = 0; i < set->definitions.count; i++)
		set->names_are_apart =
			set->names_are_apart || set->definitions.list[i].policy.tenancy.private_names;
	client_rules_read(loader, config_setting_get_member(root, "clients"), &set->definitions,
	                  listeners, &set->rules);
	if (!asked_read(loader->arena, &set->rules, &set->definitions, &set->asked))
		report_exhausted(loader);
	/* The trees go now. */
	for (size_t i = 0; i < set->definitions.count; i++)
		set->definitions.list[i].group = NULL;
}

struct policy_set *policy_set_load(const config_setting_t *root, const char *const *listeners,
                                   size_t listener_count, struct problems *problems)
{
	const struct listener_names names = {listeners, listener_count};
	struct loader loader = {.arena = arena_new(SET_LIMIT_BYTES),
	                        .problems = problems,
	                        .file = "settings"};
	struct policy_set *set = loader.arena == NULL ? NULL : arena_alloc(loader.arena, sizeof *set);
	config_t *configs = calloc(preset_count, sizeof *configs);
	size_t before = problems_count(problems);

	if (set == NULL || configs == NULL) {
		report_exhausted(&loader);
	} else {
		set->arena = loader.arena;
		for (size_t i = 0; i < preset_count; i++)
			config_init(&configs[i]);
		read_set(&loader, root, &names, configs, set);
		for (size_t i = 0; i < preset_count; i++)
			config_destroy(&configs[i]);
	}
	free(configs);
	if (problems_count(problems) == before)
		return set;
	arena_free(loader.arena);
	return NULL;
}

void policy_set_free(struct policy_set *set)
{
	if (set != NULL)
		arena_free(set->arena);
}

struct grant policy_set_match(const struct policy_set *set, const struct identity *identity)
{
	return clients_match(&set->rules, identity);
}

const struct policy *policy_set_client_policy(const struct policy_set *set, size_t index)
{
	return index < set->rules.count ? set->rules.list[index].policy : NULL;
}

bool policy_set_subject_rule(const struct policy_set *set, const char *listener, size_t *next,
                             struct subject_rule *rule)
{
	const struct client_rules *rules = &set->rules;
	size_t i = *next;

	while (i < rules->count && !clients_go_by_subject(&rules->list[i], listener))
		i++;
	*next = i + 1;
	if (i >= rules->count)
		return false;
	*rule = (struct subject_rule){rules->list[i].place, clients_named_issuer(&rules->list[i])};
	return true;
}

const struct policy *policy_set_find(const struct policy_set *set, const char *name)
{
	const struct definition *definition = definition_find(&set->definitions, name);

	return definition == NULL ? NULL : &definition->policy;
}

bool policy_set_asks_for_containers(const struct policy_set *set)
{
	return set->asked.containers;
}

const struct label_keys *policy_set_labels(const struct policy_set *set)
{
	return &set->asked.labels;
}

bool policy_set_asks_for_origins(const struct policy_set *set)
{
	for (size_t i = 0; i < set->definitions.count; i++) {
		const struct image_rules *images = &set->definitions.list[i].policy.images;

		if (images->use.set || images->pin == IMAGE_PIN_DIGEST)
			return true;
	}
	return false;
}

bool policy_set_has_worlds(const struct policy_set *set)
{
	for (size_t i = 0; i < set->rules.count; i++) {
		const struct client_rule *rule = &set->rules.list[i];

		if ((rule->tenant != NULL || rule->of_containers_tenant) && rule->policy != NULL &&
		    !rule->policy->tenancy.open.on)
			return true;
	}
	return false;
}
