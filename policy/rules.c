/* The rules of one policy: which routes each is for, and the way from a route to those that are for it. */
#include "policy/rules.h"

#include "policy/arena.h"
#include "policy/predicate.h"
#include "policy/route.h"
#include "policy/rule_index.h"

#include <assert.h>

enum { BITS = 8 };

void user_rule_add_route(struct user_rule *rule, size_t route)
{
	assert(route < RULE_ROUTES_MAX);
	rule->routes[route / BITS] |= (unsigned char)(1U << route % BITS);
}

bool user_rule_has_route(const struct user_rule *rule, size_t route)
{
	return route < RULE_ROUTES_MAX && (rule->routes[route / BITS] & 1U << route % BITS) != 0;
}

/* The rules of EFFECT for ROUTE, into FOUND, which has room for all. */
static size_t gather(const struct user_rules *rules, enum rule_effect effect, size_t route,
                     const struct user_rule **found)
{
	size_t count = 0;

	for (size_t i = 0; i < rules->count; i++) {
		if (rules->list[i].effect == effect && user_rule_has_route(&rules->list[i], route))
			found[count++] = &rules->list[i];
	}
	return count;
}

/* Routes that the same rules are for share an index. */
static const struct rule_index *find_alike(const struct user_rules *rules, enum rule_effect effect,
                                           size_t route, const struct rule_index *const *indexes)
{
	for (size_t other = 0; other < route; other++) {
		bool alike = indexes[other] != NULL;

		for (size_t i = 0; alike && i < rules->count; i++)
			alike =
				rules->list[i].effect != effect || user_rule_has_route(&rules->list[i], route) ==
													   user_rule_has_route(&rules->list[i], other);
		if (alike)
			return indexes[other];
	}
	return NULL;
}

static bool compile_effect(struct arena *arena, struct user_rules *rules, enum rule_effect effect,
                           const struct user_rule **room)
{
	const struct rule_index **indexes;
	size_t routes;

	route_catalogue(&routes);
	indexes = arena_calloc(arena, routes, sizeof(const struct rule_index *));
	if (indexes == NULL)
		return false;
	rules->by_route[effect] = indexes;
	for (size_t route = 0; route < routes; route++) {
		size_t count = gather(rules, effect, route, room);

		if (count == 0)
			continue;
		indexes[route] = find_alike(rules, effect, route, indexes);
		if (indexes[route] == NULL)
			indexes[route] = rule_index_new(arena, room, count);
		if (indexes[route] == NULL)
			return false;
	}
	return true;
}

static bool asks_to_recreate(const struct predicate *predicate)
{
	if (predicate == NULL || predicate->kind == PREDICATE_RECREATE)
		return predicate != NULL;
	for (const struct predicate *part = predicate->first; part != NULL; part = part->next) {
		if (asks_to_recreate(part))
			return true;
	}
	return false;
}

bool user_rules_compile(struct arena *arena, struct user_rules *rules)
{
	struct arena *scratch;
	const struct user_rule **room;
	bool fine;

	for (size_t i = 0; i < rules->count; i++)
		rules->recreate = rules->recreate || asks_to_recreate(rules->list[i].when);
	if (rules->count == 0)
		return true;
	scratch = arena_new((rules->count + 1) * sizeof(const struct user_rule *) + 4096);
	room = scratch != NULL ? arena_calloc(scratch, rules->count, sizeof(const struct user_rule *))
	                       : NULL;
	fine = room != NULL && compile_effect(arena, rules, EFFECT_DENY, room) &&
	       compile_effect(arena, rules, EFFECT_ALLOW, room);
	arena_free(scratch);
	return fine;
}

void user_rules_search(const struct user_rules *rules, const struct route *route,
                       struct rule_search *search)
{
	const struct rule_index *const *by_route = rules->by_route[search->effect];
	size_t routes;
	const struct route *catalogue = route_catalogue(&routes);

	if (by_route == NULL || route < catalogue || route >= catalogue + routes)
		return;
	search->steps++;
	if (by_route[route - catalogue] != NULL)
		rule_index_search(by_route[route - catalogue], search);
}
