/* Few among many: the rules of one effect and one route, filed under what they compare a text with. Inside
 * policy/rule*.c only. */
#ifndef QUAYMASTER_POLICY_RULE_INDEX_H
#define QUAYMASTER_POLICY_RULE_INDEX_H

#include "policy/rules.h"

struct matcher;
struct predicate_path;

/* Rules that compare the same path. */
struct rule_group {
	const struct predicate_path *path;
	bool entries; /* of a map: patterns are "KEY=VALUE" */
	const struct matcher *matcher;
	const struct rule_index **found; /* by pattern */
	size_t count;
	const struct matcher *keys; /* of a map: which keys are asked for, */
	size_t key_count;           /* and how many different ones */
	/* Found by their other parts: the rules for which no value means "unknown", and all of them. */
	const struct rule_index *missing, *all;
};

struct rule_index {
	const struct user_rule **plain; /* always looked at */
	size_t plain_count;
	struct rule_group *groups;
	size_t group_count;
};

/* NULL when ARENA is exhausted. The rules must live as long as the result. */
const struct rule_index *rule_index_new(struct arena *arena, const struct user_rule *const *rules,
                                        size_t count);

/* False once SEARCH wants no more. */
bool rule_index_search(const struct rule_index *index, struct rule_search *search);

#endif
