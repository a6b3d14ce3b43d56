/* Looks the rules that may match a request up in their index, and evaluates them. */
#include "policy/rule_index.h"

#include "policy/matcher.h"
#include "policy/predicate_parts.h"
#include "policy/schema_register.h"

#include <stdio.h>
#include <string.h>

enum { ENTRY_SIZE = 1024 };

/* One group's turn. */
struct lookup {
	const struct rule_group *group;
	struct rule_search *search;
	bool missing; /* a value was not there */
	bool going;   /* the search wants more */
};

static bool evaluate_rule(const struct user_rule *rule, struct rule_search *search)
{
	enum truth truth;

	/* A denial tells of its own rule; where all that allow have failed, any look-up may be why. */
	if (search->effect == EFFECT_DENY) {
		search->evaluation->lost = NULL;
		search->evaluation->missing = NULL;
	}
	truth = rule->when != NULL ? predicate_evaluate(rule->when, search->evaluation) : TRUTH_TRUE;

	search->rules++;
	if (truth == TRUTH_FALSE || (truth == TRUTH_UNKNOWN && search->effect == EFFECT_ALLOW))
		return true;
	return search->found(search->context, rule, truth);
}

/* Every rule that is filed under a pattern of VALUE. */
static void look_up(struct lookup *lookup, const char *value)
{
	const struct rule_group *group = lookup->group;
	size_t i = 0;

	while (lookup->going) {
		lookup->search->steps++;
		i = matcher_next(group->matcher, value, i);
		if (i == group->count)
			return;
		lookup->going = rule_index_search(group->found[i++], lookup->search);
	}
}

static void look_up_operand(void *context, const struct operand *operand)
{
	struct lookup *lookup = context;
	char number[24];

	if (!operand->given) {
		lookup->missing = true;
	} else if (lookup->group->path->meaning.type == VALUE_NUMBER) {
		snprintf(number, sizeof number, "%lld", operand->number);
		look_up(lookup, number);
	} else {
		look_up(lookup, operand->text);
	}
}

/* One that does not fit is not looked up: everything is looked at then, as if a value were missing. */
static bool look_up_entry(struct lookup *lookup, const char *key, const char *value)
{
	char text[ENTRY_SIZE];
	int len = snprintf(text, sizeof text, "%s=%s", key, value);

	if (len < 0 || (size_t)len >= sizeof text)
		return false;
	look_up(lookup, text);
	return true;
}

/* The entries of a map that rules ask about, and whether there are all of these. */
static bool look_up_map(struct lookup *lookup, const json_t *map)
{
	json_t *entries = map != NULL ? schema_borrow(map) : NULL;
	const struct rule_group *group = lookup->group;
	size_t present = 0;
	const char *key;
	json_t *value;

	json_object_foreach(entries, key, value)
	{
		if (!lookup->going || matcher_next(group->keys, key, 0) == group->key_count)
			continue;
		present++;
		if (!json_is_string(value) || !look_up_entry(lookup, key, json_string_value(value)))
			return false;
	}
	lookup->missing = present < group->key_count;
	return true;
}

static bool search_group(const struct rule_group *group, struct rule_search *search)
{
	struct lookup lookup = {.group = group, .search = search, .going = true};
	const json_t *map = NULL;
	enum reach reach;

	search->steps++;
	if (group->entries)
		reach = predicate_map(search->evaluation, group->path, &map);
	else
		reach = predicate_values(search->evaluation, group->path, NULL, look_up_operand, &lookup);
	if (group->entries && reach == REACH_TOLD && !look_up_map(&lookup, map))
		reach = REACH_LOST;
	if (lookup.going && reach != REACH_TOLD)
		return rule_index_search(group->all, search);
	if (lookup.going && lookup.missing && search->effect == EFFECT_DENY)
		return rule_index_search(group->missing, search);
	return lookup.going;
}

/* Depth was bounded when it was built. */
bool rule_index_search(const struct rule_index *index, struct rule_search *search)
{
	for (size_t i = 0; i < index->plain_count; i++) {
		if (!evaluate_rule(index->plain[i], search))
			return false;
	}
	for (size_t i = 0; i < index->group_count; i++) {
		if (!search_group(&index->groups[i], search))
			return false;
	}
	return true;
}
