/* Goes through an answer and has each place that the rules are about dealt with. */
#include "policy/redact.h"

#include "policy/redact_parts.h"
#include "policy/text.h"

#include <string.h>

enum { PLACES_MAX = 160, DEPTH_MAX = 80 };

struct walk {
	const struct redact_rules *rules;
	const struct redact_place *places[PLACES_MAX]; /* those that are looked for */
	size_t count;
	const char *path[DEPTH_MAX]; /* names that lead to what is at hand */
	size_t depth;
};

const struct patterns *redact_names(const struct redact_rules *rules, enum redact_group group)
{
	switch (group) {
	case REDACT_ENV:
		return &rules->env;
	case REDACT_LABELS:
		return &rules->labels;
	case REDACT_OPTIONS:
		return &rules->options;
	case REDACT_COMMANDS:
	case REDACT_MOUNTS:
	case REDACT_HOST:
	case REDACT_REGISTRIES:
	case REDACT_SECRETS:
	case REDACT_GROUPS:
		break;
	}
	return NULL;
}

static bool is_on(const struct redact_rules *rules, enum redact_group group)
{
	switch (group) {
	case REDACT_ENV:
	case REDACT_LABELS:
	case REDACT_OPTIONS:
		return redact_names(rules, group)->count > 0;
	case REDACT_COMMANDS:
		return rules->commands.on;
	case REDACT_MOUNTS:
		return rules->mounts.on;
	case REDACT_HOST:
		return rules->host.on;
	case REDACT_REGISTRIES:
		return rules->registries.on;
	case REDACT_SECRETS:
		return rules->secrets.on;
	case REDACT_GROUPS:
		break;
	}
	return false;
}

static bool is_in(const struct redact_place *place, const char *operation)
{
	return place->operations == NULL || text_matches(place->operations, operation);
}

bool redact_concerns(const struct redact_rules *rules, const char *operation)
{
	for (size_t i = 0; rules != NULL && i < redact_places_count; i++) {
		const struct redact_place *place = &redact_places[i];

		if (is_on(rules, place->group) && is_in(place, operation))
			return true;
	}
	return false;
}

_Static_assert((int)REDACT_SETTINGS == (int)REDACT_GROUPS, "each group is one setting");

static struct place place_of(const struct redact_rules *rules, enum redact_group group)
{
	switch (group) {
	case REDACT_ENV:
	case REDACT_LABELS:
	case REDACT_OPTIONS:
		return redact_names(rules, group)->place;
	case REDACT_COMMANDS:
		return rules->commands.place;
	case REDACT_MOUNTS:
		return rules->mounts.place;
	case REDACT_HOST:
		return rules->host.place;
	case REDACT_REGISTRIES:
		return rules->registries.place;
	case REDACT_SECRETS:
		return rules->secrets.place;
	case REDACT_GROUPS:
		break;
	}
	return (struct place){NULL, 0};
}

const char *redact_setting(const struct redact_rules *rules, const char *operation, size_t index,
                           struct place *place)
{
	static const char *const names[REDACT_GROUPS] = {[REDACT_ENV] = "redact.env",
	                                                 [REDACT_LABELS] = "redact.labels",
	                                                 [REDACT_OPTIONS] = "redact.options",
	                                                 [REDACT_COMMANDS] = "redact.commands",
	                                                 [REDACT_MOUNTS] = "redact.mounts",
	                                                 [REDACT_HOST] = "redact.host",
	                                                 [REDACT_REGISTRIES] = "redact.registries",
	                                                 [REDACT_SECRETS] = "redact.secrets"};
	enum redact_group group = (enum redact_group)index;

	if (!is_on(rules, group))
		return NULL;
	*place = place_of(rules, group);
	for (size_t i = 0; i < redact_places_count; i++) {
		if (redact_places[i].group == group && is_in(&redact_places[i], operation))
			return names[index];
	}
	return NULL;
}

bool redact_hides_label(const struct redact_rules *rules, const char *name, size_t len)
{
	return redact_lists(&rules->labels, name, len);
}

/* False when there are more than there is room for: the table has grown. */
static bool begin(struct walk *walk, const char *operation)
{
	bool on[REDACT_GROUPS];

	for (int group = 0; group < REDACT_GROUPS; group++)
		on[group] = is_on(walk->rules, (enum redact_group)group);
	for (size_t i = 0; i < redact_places_count; i++) {
		const struct redact_place *place = &redact_places[i];

		if (!on[place->group] || !is_in(place, operation))
			continue;
		if (walk->count == PLACES_MAX)
			return false;
		walk->places[walk->count++] = place;
	}
	return true;
}

static bool is_at(const struct walk *walk, const struct redact_place *place)
{
	bool anchored = place->path[0] != NULL && place->path[0][0] == '\0';
	size_t names = place->parts - (anchored ? 1 : 0);

	if (anchored ? names != walk->depth : names > walk->depth)
		return false;
	for (size_t i = 1; i <= names; i++) {
		const char *part = place->path[place->parts - i], *name = walk->path[walk->depth - i];

		if (part != NULL && (part[0] != name[0] || strcmp(part, name) != 0))
			return false;
	}
	return true;
}

/* OWNER's member, whose name is the last on the path. */
static bool hide(const struct walk *walk, json_t *owner)
{
	const char *key = walk->path[walk->depth - 1];

	for (size_t i = 0; i < walk->count; i++) {
		const struct redact_place *place = walk->places[i];

		if (is_at(walk, place) && !place->way(walk->rules, place, owner, key))
			return false;
	}
	return true;
}

static bool go_through(struct walk *walk, json_t *value);

static bool go_into(struct walk *walk, json_t *owner, const char *key)
{
	bool fine;

	if (walk->depth == DEPTH_MAX)
		return false;
	walk->path[walk->depth++] = key;
	fine = hide(walk, owner) && go_through(walk, json_object_get(owner, key));
	walk->depth--;
	return fine;
}

static bool go_through(struct walk *walk, json_t *value)
{
	const char *key;
	json_t *inner;
	size_t i;

	json_array_foreach(value, i, inner)
	{
		if ((json_is_object(inner) || json_is_array(inner)) && !go_through(walk, inner))
			return false;
	}
	json_object_foreach(value, key, inner)
	{
		if (!go_into(walk, value, key))
			return false;
	}
	return true;
}

bool redact_value(const struct redact_rules *rules, const char *operation, const char *key,
                  json_t *value)
{
	struct walk walk = {.rules = rules};
	json_t *owner;
	bool fine;

	if (!begin(&walk, operation))
		return false;
	if (key == NULL)
		return go_through(&walk, value);
	owner = json_pack("{s:O}", key, value);
	fine = owner != NULL && go_into(&walk, owner, key);
	json_decref(owner);
	return fine;
}

bool redact_is_same(const struct redact_rules *a, const struct redact_rules *b)
{
	return patterns_are_same(&a->env, &b->env) && patterns_are_same(&a->labels, &b->labels) &&
	       patterns_are_same(&a->options, &b->options) && a->commands.on == b->commands.on &&
	       a->mounts.on == b->mounts.on && a->host.on == b->host.on &&
	       a->registries.on == b->registries.on && a->secrets.on == b->secrets.on;
}
