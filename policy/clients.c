/* Owns the matching of client rules. Each rule is filed under the one of its conditions that the fewest
 * other rules share; an identity's values find the rules filed under them, and of these the first that
 * holds in full decides. Reading the rules is load_clients.c's. */
#include "policy/clients.h"

#include "policy/arena.h"
#include "policy/client_traits.h"
#include "policy/matcher.h"
#include "policy/text.h"

#include <stdlib.h>
#include <string.h>

enum { SCRATCH_LIMIT_BYTES = 64 * 1024 * 1024 };

static bool condition_holds(const struct client_condition *condition, const struct traits *traits)
{
	const struct values *values = &traits->of[condition->attribute];

	for (size_t i = 0; i < values->count; i++) {
		if (text_matches(condition->pattern, values->list[i]))
			return true;
	}
	return false;
}

/* --- the tenant -------------------------------------------------------------------------------- */

/* What the stars of a rule stand for. */
struct captures {
	struct text_run runs[TEXT_RUNS_MAX];
	bool ambiguous[TEXT_RUNS_MAX]; /* another value that matches gives something else */
	size_t count;
};

static bool same_run(const struct text_run *a, const struct text_run *b)
{
	return a->len == b->len && memcmp(a->start, b->start, a->len) == 0;
}

/* The runs of the first value that matches; others that match as well must agree. */
static void capture(const struct client_condition *condition, const struct values *values,
                    struct captures *captures)
{
	size_t base = captures->count;

	for (size_t i = 0; i < values->count; i++) {
		struct text_runs runs;

		if (!text_matches_runs(condition->pattern, values->list[i], &runs))
			continue;
		for (size_t k = 0; k < runs.count && base + k < TEXT_RUNS_MAX; k++) {
			if (captures->count <= base + k)
				captures->runs[captures->count++] = runs.list[k];
			else if (!same_run(&captures->runs[base + k], &runs.list[k]))
				captures->ambiguous[base + k] = true;
		}
	}
}

/* Adds what fits. */
static void add_text(char *text, size_t size, const char *bytes, size_t len)
{
	size_t used = strlen(text);

	for (size_t i = 0; i < len && used + 1 < size; i++)
		text[used++] = bytes[i];
	text[used] = '\0';
}

/* Writes TENANT with its captures filled in; cut, and then too long for a tenant, where SIZE ends.
 * False when a capture that is used is ambiguous. */
static bool fill_in(const char *tenant, const struct captures *captures, char *text, size_t size)
{
	text[0] = '\0';
	for (const char *at = tenant; *at != '\0'; at++) {
		size_t number = at[0] == '$' ? (size_t)(at[1] - '1') : 0;

		if (at[0] != '$') {
			add_text(text, size, at, 1);
		} else if (number >= captures->count || captures->ambiguous[number]) {
			return false;
		} else {
			add_text(text, size, captures->runs[number].start, captures->runs[number].len);
			at++;
		}
	}
	return true;
}

static void grant_tenant(const struct client_rule *rule, const struct traits *traits,
                         struct grant *grant)
{
	struct captures captures = {.count = 0};

	for (size_t i = 0; i < rule->count; i++)
		capture(&rule->conditions[i], &traits->of[rule->conditions[i].attribute], &captures);
	if (!fill_in(rule->tenant, &captures, grant->shown, sizeof grant->shown))
		grant->fault = GRANT_TENANT_AMBIGUOUS;
	else if (!identity_is_tenant(grant->shown))
		grant->fault = GRANT_TENANT_MALFORMED;
	else
		memcpy(grant->tenant, grant->shown, strlen(grant->shown) + 1);
}

/* A rule of such containers need not say whose they are, and cannot make them another's. */
static void grant_containers_tenant(const char *tenant, struct grant *grant)
{
	if (grant->fault != GRANT_FINE)
		return;
	if (!identity_is_tenant(tenant))
		grant->fault = GRANT_TENANT_MALFORMED;
	else if (grant->tenant[0] != '\0' && strcmp(grant->tenant, tenant) != 0)
		grant->fault = GRANT_TENANT_FOREIGN;
	else
		memcpy(grant->tenant, tenant, strlen(tenant) + 1);
}

/* A container that was made through quaymaster acts as its maker: what gives another tenant, or none, is not about it. */
static bool suits_maker(const struct client_rule *rule, const struct traits *traits)
{
	struct grant grant = {.policy = NULL};

	if (traits->tenant == NULL || rule->of_containers_tenant)
		return true;
	if (rule->tenant == NULL)
		return false;
	grant_tenant(rule, traits, &grant);
	return strcmp(grant.tenant, traits->tenant) == 0;
}

static bool rule_holds(const struct client_rule *rule, const struct traits *traits)
{
	for (size_t i = 0; i < rule->count; i++) {
		if (!condition_holds(&rule->conditions[i], traits))
			return false;
	}
	return suits_maker(rule, traits);
}

/* --- finding the rules that may hold ----------------------------------------------------------- */

static bool index_open(struct arena *arena, struct client_index *index, size_t room)
{
	index->patterns = arena_calloc(arena, room, sizeof *index->patterns);
	index->rules = arena_calloc(arena, room, sizeof *index->rules);
	index->count = 0;
	return index->patterns != NULL && index->rules != NULL;
}

static void index_add(struct client_index *index, const char *pattern, size_t rule)
{
	index->patterns[index->count] = pattern;
	index->rules[index->count] = rule;
	index->count++;
}

static bool index_close(struct arena *arena, struct client_index *index)
{
	if (index->count > 0)
		index->matcher = matcher_new(arena, index->patterns, index->count);
	return index->count == 0 || index->matcher != NULL;
}

static const struct client_condition *condition_on(const struct client_rule *rule,
                                                   enum attribute attribute)
{
	for (size_t i = 0; i < rule->count; i++) {
		if (rule->conditions[i].attribute == attribute)
			return &rule->conditions[i];
	}
	return NULL;
}

bool clients_go_by_subject(const struct client_rule *rule, const char *listener)
{
	static const enum attribute subjects[] = {
		ATTRIBUTE_COMMON_NAME, ATTRIBUTE_ORGANIZATION, ATTRIBUTE_ORGANIZATIONAL_UNIT,
		ATTRIBUTE_DNS,         ATTRIBUTE_IP,           ATTRIBUTE_EMAIL,
		ATTRIBUTE_URI,         ATTRIBUTE_SERIAL};
	const struct client_condition *of_listener = condition_on(rule, ATTRIBUTE_LISTENER);
	const struct client_condition *key = condition_on(rule, ATTRIBUTE_SPKI_SHA256);

	if ((of_listener != NULL && !text_matches(of_listener->pattern, listener)) ||
	    (key != NULL && strchr(key->pattern, '*') == NULL))
		return false;
	for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
		if (condition_on(rule, subjects[i]) != NULL)
			return true;
	}
	return false;
}

const char *clients_named_issuer(const struct client_rule *rule)
{
	const struct client_condition *issuer = condition_on(rule, ATTRIBUTE_ISSUER);

	return issuer != NULL && strchr(issuer->pattern, '*') == NULL ? issuer->pattern : NULL;
}

/* Which condition each rule is filed under. */
struct choice {
	const struct client_condition *condition; /* NULL: the rule has none */
	size_t cost;
};

static bool gather(struct arena *arena, const struct client_rules *rules, enum attribute attribute,
                   struct client_index *index)
{
	if (!index_open(arena, index, rules->count))
		return false;
	for (size_t i = 0; i < rules->count; i++) {
		const struct client_condition *condition = condition_on(&rules->list[i], attribute);

		if (condition != NULL)
			index_add(index, condition->pattern, i);
	}
	return index_close(arena, index);
}

/* Weighs every condition on ATTRIBUTE as if all of them were filed. */
static bool weigh(const struct client_rules *rules, enum attribute attribute,
                  struct choice *choices)
{
	struct arena *scratch = arena_new(SCRATCH_LIMIT_BYTES);
	struct client_index all = {.count = 0};
	bool done = scratch != NULL && gather(scratch, rules, attribute, &all);

	for (size_t i = 0; done && i < all.count; i++) {
		struct choice *choice = &choices[all.rules[i]];
		size_t cost = matcher_cost(all.matcher, i);

		if (choice->condition == NULL || cost < choice->cost)
			*choice = (struct choice){condition_on(&rules->list[all.rules[i]], attribute), cost};
	}
	arena_free(scratch);
	return done;
}

static bool is_filed(const struct choice *choice, enum attribute attribute)
{
	return choice->condition != NULL && choice->condition->attribute == attribute;
}

static bool file_on(struct arena *arena, struct client_rules *rules, enum attribute attribute,
                    const struct choice *choices)
{
	struct client_index *index = &rules->index[attribute];
	size_t room = 0;

	for (size_t i = 0; i < rules->count; i++)
		room += is_filed(&choices[i], attribute) ? 1 : 0;
	if (!index_open(arena, index, room))
		return false;
	for (size_t i = 0; i < rules->count; i++) {
		if (is_filed(&choices[i], attribute))
			index_add(index, choices[i].condition->pattern, i);
	}
	return index_close(arena, index);
}

static bool file_rules(struct arena *arena, struct client_rules *rules, struct choice *choices)
{
	for (size_t i = 0; i < ATTRIBUTES; i++) {
		if (!weigh(rules, (enum attribute)i, choices))
			return false;
	}
	for (size_t i = 0; i < ATTRIBUTES; i++) {
		if (!file_on(arena, rules, (enum attribute)i, choices))
			return false;
	}
	rules->anyone = 0;
	while (rules->anyone < rules->count && choices[rules->anyone].condition != NULL)
		rules->anyone++;
	return true;
}

/* What the rules ask of containers. */
static void note_conditions(struct client_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		struct client_rule *rule = &rules->list[i];

		if (rule->tenant != NULL)
			rules->ask_for_containers = true;
		for (size_t k = 0; k < rule->count; k++) {
			enum attribute attribute = rule->conditions[k].attribute;

			if (attribute >= ATTRIBUTE_CONTAINER)
				rules->ask_for_containers = true;
			if (attribute == ATTRIBUTE_CONTAINER_TENANT)
				rule->of_containers_tenant = true;
		}
	}
}

bool clients_compile(struct arena *arena, struct client_rules *rules)
{
	struct choice *choices = calloc(rules->count + 1, sizeof *choices);
	bool done = choices != NULL && file_rules(arena, rules, choices);

	note_conditions(rules);

	free(choices);
	return done;
}

/* The place in INDEX of the first rule from FROM on. */
static size_t place_from(const struct client_index *index, size_t from)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->rules[middle] < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t candidate_in(const struct client_index *index, const struct values *values,
                           size_t from, size_t best)
{
	size_t start = place_from(index, from);

	for (size_t i = 0; i < values->count; i++) {
		size_t found = matcher_next(index->matcher, values->list[i], start);

		if (found < index->count && index->rules[found] < best)
			best = index->rules[found];
	}
	return best;
}

/* The first rule from FROM on that is filed under a value of TRAITS, or under none; the count of rules
 * when there is none. */
static size_t next_candidate(const struct client_rules *rules, const struct traits *traits,
                             size_t from)
{
	size_t best = rules->anyone >= from ? rules->anyone : rules->count;

	for (size_t i = 0; i < ATTRIBUTES; i++) {
		if (rules->index[i].matcher != NULL)
			best = candidate_in(&rules->index[i], &traits->of[i], from, best);
	}
	return best;
}

static const struct client_rule *find_rule(const struct client_rules *rules,
                                           const struct traits *traits)
{
	size_t i = next_candidate(rules, traits, 0);

	while (i < rules->count && !rule_holds(&rules->list[i], traits))
		i = next_candidate(rules, traits, i + 1);
	return i < rules->count ? &rules->list[i] : NULL;
}

/* --- whom no rule can be about ------------------------------------------------------------------ */

/* A client that hides which container it is in would leave the rules about it for those behind them. One without a number is in a
 * pid namespace that cannot be seen from here, as all are: no rule about containers or users holds then. */
static bool is_hiding(const struct client_rules *rules, const struct identity *identity)
{
	const struct container_identity *container = &identity->container;

	return rules->ask_for_containers && identity->peer.present && identity->peer.pid > 0 &&
	       container->state == CONTAINER_UNKNOWN && !container->unasked;
}

/* --- the match ---------------------------------------------------------------------------------- */

struct grant clients_match(const struct client_rules *rules, const struct identity *identity)
{
	struct grant grant = {.policy = NULL};
	const struct client_rule *rule;
	struct traits traits;

	if (is_hiding(rules, identity)) {
		grant.fault = GRANT_CONTAINER_UNKNOWN;
		return grant;
	}
	traits_read(&traits, identity);
	rule = find_rule(rules, &traits);
	if (rule == NULL)
		return grant;
	grant.place = rule->place;
	if (rule->tenant != NULL)
		grant_tenant(rule, &traits, &grant);
	if (traits.tenant != NULL)
		grant_containers_tenant(traits.tenant, &grant);
	if (grant.fault == GRANT_FINE)
		grant.policy = rule->policy;
	return grant;
}
