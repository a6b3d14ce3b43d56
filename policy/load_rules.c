/* Owns `rules`, the user's own: their reading, and what becomes of a parent's. */
#include "policy/load_parts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/load_keys.h"
#include "policy/predicate.h"
#include "policy/problems.h"
#include "policy/route.h"
#include "policy/text.h"

#include <assert.h>
#include <string.h>

enum { MESSAGE_MAX = 400 };

/* A rule being read: which routes it is for. */
struct reading {
	struct predicate_route routes[RULE_ROUTES_MAX];
	size_t count;
};

static const struct key rule_list[] = {
	{.name = "on", .kind = KEY_ELSEWHERE},      {.name = "when", .kind = KEY_ELSEWHERE},
	{.name = "effect", .kind = KEY_ELSEWHERE},  {.name = "mode", .kind = KEY_ELSEWHERE},
	{.name = "message", .kind = KEY_ELSEWHERE},
};
static const struct keys rule_keys = KEYS(rule_list);

/* ---- on ---- */

/* Where ROUTE is, or is to be put. */
static struct predicate_route *place_for(struct reading *reading, const struct route *route)
{
	size_t i = 0;

	while (i < reading->count && reading->routes[i].route != route)
		i++;
	if (i == reading->count)
		reading->count++;
	assert(i < RULE_ROUTES_MAX); /* the catalogue has fewer */
	return &reading->routes[i];
}

/* Adds the routes of the operations that PATTERN matches. */
static bool add_operations(struct loader *loader, const config_setting_t *setting,
                           struct reading *reading)
{
	const char *pattern = setting_text(loader, setting);
	size_t count;
	const struct route *routes = route_catalogue(&count);
	bool known = false;

	if (pattern == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct predicate_route *route;

		if (!text_matches(pattern, routes[i].operation))
			continue;
		known = true;
		route = place_for(reading, &routes[i]);
		route->route = &routes[i];
		route->named = route->named || strchr(pattern, '*') == NULL;
	}
	return known || operation_unknown(loader, setting, pattern);
}

/* One pattern, or a list of them. */
static bool read_on(struct loader *loader, const config_setting_t *group, struct reading *reading)
{
	const config_setting_t *on = config_setting_get_member(group, "on");
	bool fine = true;

	if (on == NULL)
		return setting_problem(loader, group, "a rule needs `on`, the operations it is for");
	if (config_setting_type(on) == CONFIG_TYPE_STRING)
		return add_operations(loader, on, reading);
	if (!config_setting_is_list(on) && !config_setting_is_array(on))
		return setting_problem(loader, on, "must be an operation or a list of them, not %s",
		                       setting_type_name(on));
	for (int i = 0; i < config_setting_length(on); i++) {
		if (!add_operations(loader, config_setting_get_elem(on, (unsigned)i), reading))
			fine = false;
	}
	if (fine && reading->count == 0)
		return setting_problem(loader, on, "must not be empty");
	return fine;
}

/* ---- the rest of a rule ---- */

static bool read_when(struct loader *loader, const config_setting_t *group, struct reading *reading,
                      struct user_rule *rule)
{
	const config_setting_t *when = config_setting_get_member(group, "when");
	struct predicate *predicate;
	struct error error;

	for (size_t i = 0; when == NULL && i < reading->count; i++)
		reading->routes[i].fits = true;
	if (when == NULL)
		return true;
	rule->text = setting_text(loader, when);
	if (rule->text == NULL)
		return false;
	rule->text = arena_string(loader->arena, rule->text);
	if (rule->text == NULL)
		return setting_exhausted(loader, when);
	predicate = predicate_parse(loader->arena, rule->text, &error);
	if (predicate == NULL ||
	    !predicate_type(loader->arena, predicate, reading->routes, reading->count, &error))
		return setting_problem(loader, when, "%s", error.text);
	rule->when = predicate;
	return true;
}

static bool read_effect(struct loader *loader, const config_setting_t *group,
                        struct user_rule *rule)
{
	const config_setting_t *effect = config_setting_get_member(group, "effect");
	const char *text;

	if (effect == NULL)
		return setting_problem(loader, group, "a rule needs an effect, \"allow\" or \"deny\"");
	text = setting_text(loader, effect);
	if (text == NULL)
		return false;
	rule->effect = strcmp(text, "allow") == 0 ? EFFECT_ALLOW : EFFECT_DENY;
	if (rule->effect == EFFECT_ALLOW || strcmp(text, "deny") == 0)
		return true;
	return setting_problem(loader, effect, "must be \"allow\" or \"deny\"");
}

/* One line, for a client to read. */
static bool read_message(struct loader *loader, const config_setting_t *group,
                         struct user_rule *rule)
{
	const config_setting_t *message = config_setting_get_member(group, "message");
	const char *text = message != NULL ? setting_text(loader, message) : NULL;

	if (message == NULL)
		return true;
	if (text == NULL)
		return false;
	rule->message = text_printable(loader->arena, text, MESSAGE_MAX);
	if (strcmp(rule->message, text) == 0)
		return true;
	return setting_problem(loader, message, "must be one line of text, of %d bytes at the most",
	                       MESSAGE_MAX);
}

static bool read_rule(struct loader *loader, const config_setting_t *group, struct user_rule *rule)
{
	struct reading reading = {.count = 0};
	struct user_rule none = {.when = NULL}; /* no key has a member */
	const size_t before = problems_count(loader->problems);
	const config_setting_t *mode;
	size_t count;

	setting_read_group(loader, group, &rule_keys, &none);
	if (!config_setting_is_group(group))
		return false;
	*rule = (struct user_rule){.place = setting_place(loader, group)};
	mode = config_setting_get_member(group, "mode");
	if (mode != NULL)
		setting_read_mode(loader, mode, &rule->mode);
	read_effect(loader, group, rule);
	read_message(loader, group, rule);
	if (!read_on(loader, group, &reading) || !read_when(loader, group, &reading, rule))
		return false;
	for (size_t i = 0; i < reading.count; i++) {
		if (reading.routes[i].fits)
			user_rule_add_route(rule, (size_t)(reading.routes[i].route - route_catalogue(&count)));
	}
	return problems_count(loader->problems) == before;
}

/* ---- all of them ---- */

static size_t copy_denials(const struct user_rules *parent, struct user_rule *list)
{
	size_t count = 0;

	for (size_t i = 0; i < parent->count; i++) {
		if (parent->list[i].effect == EFFECT_DENY)
			list[count++] = parent->list[i];
	}
	return count;
}

/* A rule that could never have an effect must not look as if it had one. */
static void report_idle_rule(struct loader *loader, const config_setting_t *group,
                             const struct policy *policy, const struct user_rule *rule)
{
	size_t count, denied = policy->deny.count;
	const struct route *routes = route_catalogue(&count);

	if (rule->effect != EFFECT_ALLOW)
		return;
	for (size_t i = 0; i < count; i++) {
		if (!user_rule_has_route(rule, i))
			continue;
		denied = patterns_match(&policy->deny, routes[i].operation);
		if (denied == policy->deny.count)
			return;
	}
	if (denied < policy->deny.count)
		setting_problem(loader, group,
		                "allows what operations.deny denies, which no rule can lift");
}

static void read_rules(struct loader *loader, const config_setting_t *setting,
                       const struct policy *policy, struct user_rules *rules)
{
	const size_t length = (size_t)config_setting_length(setting);
	struct user_rule *list = arena_calloc(loader->arena, length + rules->count + 1, sizeof *list);
	size_t count;

	if (list == NULL) {
		setting_exhausted(loader, setting);
		return;
	}
	count = copy_denials(rules, list);
	for (size_t i = 0; i < length; i++) {
		const config_setting_t *group = config_setting_get_elem(setting, (unsigned)i);

		if (read_rule(loader, group, &list[count]))
			report_idle_rule(loader, group, policy, &list[count++]);
	}
	*rules = (struct user_rules){.list = list, .count = count};
}

void user_rules_read(struct loader *loader, const config_setting_t *group, struct policy *policy)
{
	const config_setting_t *setting = config_setting_get_member(group, "rules");
	const size_t before = problems_count(loader->problems);

	if (setting == NULL)
		return;
	if (!config_setting_is_list(setting)) {
		setting_problem(loader, setting, "must be a list ( { ... }, ... ), not %s",
		                setting_type_name(setting));
		return;
	}
	read_rules(loader, setting, policy, &policy->rules);
	if (problems_count(loader->problems) == before &&
	    !user_rules_compile(loader->arena, &policy->rules))
		setting_exhausted(loader, setting);
}
