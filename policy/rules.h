/* Rules of the user's own (docs/rules.md), as loaded: what each asks, and what follows. Immutable once
 * loaded, part of their policy. */
#ifndef QUAYMASTER_POLICY_RULES_H
#define QUAYMASTER_POLICY_RULES_H

#include "policy/mode.h"
#include "policy/place.h"
#include "policy/predicate_evaluate.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct predicate;
struct route;
struct rule_index;

enum rule_effect { EFFECT_DENY = 0, EFFECT_ALLOW };

enum { RULE_EFFECTS = 2, RULE_ROUTES_MAX = 256 };

struct user_rule {
	enum rule_effect effect;
	enum rule_mode mode;
	const struct predicate *when; /* NULL: always */
	const char *text;             /* WHEN as it was written; NULL like it */
	const char *message;          /* what a client is told; NULL: TEXT */
	struct place place;
	unsigned char routes[RULE_ROUTES_MAX / 8]; /* bits, by their place in the catalogue */
};

struct user_rules {
	const struct user_rule *list;
	size_t count;
	bool recreate; /* one asks for it, so that who had a name last is to be remembered */
	/* For each effect and route of the catalogue; NULL where there is no rule. */
	const struct rule_index *const *by_route[RULE_EFFECTS];
};

void user_rule_add_route(struct user_rule *rule, size_t route);
bool user_rule_has_route(const struct user_rule *rule, size_t route);

/* To be called once LIST is complete: makes finding the few that may match as fast among many as among few.
 * False when ARENA is exhausted. */
bool user_rules_compile(struct arena *arena, struct user_rules *rules);

/* Rules of one effect being looked for. */
struct rule_search {
	struct evaluation *evaluation;
	enum rule_effect effect;
	/* RULE has come to TRUTH, which for a rule that denies is not false, for one that allows not false and not
	 * unknown. Returns whether to go on. */
	bool (*found)(void *context, const struct user_rule *rule, enum truth truth);
	void *context;
	/* Answers. */
	size_t rules; /* how many were evaluated */
	size_t steps; /* how many look-ups found them */
};

/* Evaluates every rule of ROUTE that could come to something. Those about an object are the last, and the first of
 * them that is pending is told alone: once its fact is known, everything is asked again. */
void user_rules_search(const struct user_rules *rules, const struct route *route,
                       struct rule_search *search);

#endif
