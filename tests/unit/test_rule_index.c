/* Many rules of the user's own: they cost a request no more than few, and none is overlooked. */
#include "judging.h"

#include "policy/arena.h"
#include "policy/decide.h"
#include "policy/facts.h"
#include "policy/identity.h"
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 4 << 20, MANY = 10000 };

#define ID "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const char labelled[] =
	"{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Config\":{\"Labels\":{\"team\":\"t77\"}}}";

static const struct identity somebody = {
	.peer = {.present = true, .uid = 1000, .pid = 17},
	.certificate = {.present = true, .common_name = "runner-7"},
};

/* COUNT rules, each from FORMAT with its number, in a policy that is loaded. */
static struct policy_set *many_rules(const char *parent, const char *format, size_t count)
{
	const size_t room = count * 256 + 1024;
	char *text = malloc(room);
	struct policy_set *set;
	size_t used;

	assert_non_null(text);
	used = (size_t)snprintf(text, room, "policies = { p = { extends = \"%s\"; rules = (\n", parent);
	for (size_t i = 0; i < count; i++) {
		used += (size_t)snprintf(text + used, room - used, i == 0 ? "" : ",\n");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		used += (size_t)snprintf(text + used, room - used, format, i, i, i);
#pragma GCC diagnostic pop
		assert_true(used < room);
	}
	snprintf(text + used, room - used, "); }; };");
	set = judging_policies(text);
	free(text);
	return set;
}

struct cost_row {
	const char *parent, *format;
	const char *method, *target, *body;
	enum verdict_kind kind;
};

static size_t cost(const struct cost_row *row, size_t count)
{
	struct policy_set *set = many_rules(row->parent, row->format, count);
	struct arena *arena = arena_new(ARENA_BYTES);
	struct facts facts = {.count = 0};
	struct request request;
	struct verdict verdict;
	size_t steps = 0;

	judging_request(arena, row->method, row->target, row->body, &request);
	policy_decide(policy_set_find(set, "p"), &somebody, &request, &facts, &verdict);
	steps += verdict.rule_steps;
	for (size_t i = 0; verdict.kind == VERDICT_NEED && i < 4; i++) {
		for (size_t k = 0; k < facts.count; k++)
			fact_learn(arena, &facts.list[k], 200, labelled, sizeof labelled - 1);
		policy_decide(policy_set_find(set, "p"), &somebody, &request, &facts, &verdict);
		steps += verdict.rule_steps;
	}
	if (verdict.kind != row->kind)
		fail_msg("%s with %zu rules: %s: %s", row->format, count, verdict_kind_name(verdict.kind),
		         verdict.message != NULL ? verdict.message : "");
	arena_free(arena);
	policy_set_free(set);
	return steps;
}

/* A table. Counted, not timed: rules that were evaluated, and look-ups that found them. */
static void ten_thousand_rules_cost_no_more_than_ten(void **state)
{
#define CREATE      "POST", "/containers/create?name=n77"
#define DENY(when)  "{ on = \"container.*\"; effect = \"deny\"; when = \"" when "\"; }"
#define ALLOW(when) "{ on = \"container.*\"; effect = \"allow\"; when = \"" when "\"; }"
	static const struct cost_row table[] = {
		{"ci", DENY("any User = u%zu"), CREATE, "{\"Image\":\"x\",\"User\":\"other\"}",
	     VERDICT_ALLOW},
		{"ci", DENY("any User = u%zu"), CREATE, "{\"Image\":\"x\"}", VERDICT_ALLOW},
		{"ci", DENY("User = u%zu"), CREATE, "{\"Image\":\"x\",\"User\":\"other\"}", VERDICT_ALLOW},
		{"ci", DENY("User = u%zu"), CREATE, "{\"Image\":\"x\"}", VERDICT_DENY},
		{"ci", DENY("User = u%zu and any label.a = b%zu"), CREATE, "{\"Image\":\"x\"}",
	     VERDICT_ALLOW},
		{"ci", DENY("User = u%zu and not Image = x"), CREATE,
	     "{\"Image\":\"x\",\"User\":\"other\"}", VERDICT_ALLOW},
		{"ci", DENY("any Env = 'V%zu=*'"), CREATE, "{\"Image\":\"x\",\"Env\":[\"A=1\",\"B=2\"]}",
	     VERDICT_ALLOW},
		{"ci", DENY("any User = '*-%zu'"), CREATE, "{\"Image\":\"x\",\"User\":\"a-b\"}",
	     VERDICT_ALLOW},
		{"ci", DENY("label.team = t%zu"), CREATE, "{\"Image\":\"x\",\"Labels\":{\"team\":\"x\"}}",
	     VERDICT_ALLOW},
		{"ci", DENY("any label.k%zu = v"), CREATE,
	     "{\"Image\":\"x\",\"Labels\":{\"a\":\"b\",\"c\":\"d\"}}", VERDICT_ALLOW},
		{"ci", DENY("label.k%zu present"), CREATE,
	     "{\"Image\":\"x\",\"Labels\":{\"a\":\"b\",\"c\":\"d\"}}", VERDICT_ALLOW},
		{"ci", DENY("HostConfig.RestartPolicy.Name = always and any label.team = t%zu"), CREATE,
	     "{\"Image\":\"x\",\"HostConfig\":{\"RestartPolicy\":{\"Name\":\"always\"}}}",
	     VERDICT_ALLOW},
		{"ci", DENY("any identity.uid = 5%zu and User = root"), CREATE, "{\"Image\":\"x\"}",
	     VERDICT_ALLOW},
		{"deny-all", ALLOW("User = u%zu"), CREATE, "{\"Image\":\"x\"}", VERDICT_DENY},
		{"deny-all", ALLOW("identity.common_name = c%zu"), CREATE, "{\"Image\":\"x\"}",
	     VERDICT_DENY},
		{"deny-all", ALLOW("target.label.team = t-%zu"), "POST", "/containers/web/stop", "",
	     VERDICT_DENY},
		{"ci", DENY("any target.label.team = t-%zu"), "POST", "/containers/web/stop", "",
	     VERDICT_ALLOW},
		{"ci", DENY("any target.label.k%zu = x"), "POST", "/containers/web/stop", "",
	     VERDICT_ALLOW},
		{"ci", DENY("any query.name = n-%zu and any target.label.x = y"), CREATE,
	     "{\"Image\":\"x\"}", VERDICT_ALLOW},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const struct cost_row *row = &table[i];
		size_t ten = cost(row, 10), many = cost(row, MANY);

		/* Ten may be walked where that is the cheaper way. */
		if (many > ten + 10)
			fail_msg("%s: %zu steps for ten, %zu for %d", row->format, ten, many, MANY);
	}
}

/* Among the many, the one that matches is found. */
static void the_one_among_many_is_found(void **state)
{
	static const struct cost_row table[] = {
		{"ci", DENY("User = u%zu"), CREATE, "{\"Image\":\"x\",\"User\":\"u9876\"}", VERDICT_DENY},
		{"ci", DENY("any Env = 'V%zu=*'"), CREATE,
	     "{\"Image\":\"x\",\"Env\":[\"A=1\",\"V9876=2\"]}", VERDICT_DENY},
		{"ci", DENY("label.k%zu = v"), CREATE,
	     "{\"Image\":\"x\",\"Labels\":{\"a\":\"b\",\"k9876\":\"v\"}}", VERDICT_DENY},
		{"deny-all", ALLOW("identity.common_name = runner-%zu"), "GET", "/containers/json", "",
	     VERDICT_ALLOW},
		{"ci", DENY("any query.name = n%zu"), CREATE, "{\"Image\":\"x\"}", VERDICT_DENY},
		{"ci", DENY("any target.label.team = t%zu"), "POST", "/containers/web/stop", "",
	     VERDICT_DENY},
		{"ci", DENY("any identity.uid = %zu"), CREATE, "{\"Image\":\"x\"}", VERDICT_DENY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_true(cost(&table[i], MANY) < 30);
}

/* ---- the index leaves out nothing that it should not ---- */

static unsigned long long seed = 1;

static unsigned chance(unsigned of)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(seed >> 33) % of;
}

/* One comparison, about one of few values, so that many rules match many requests. */
static int put_part(char *text, size_t room)
{
	static const char *const paths[] = {
		"User",
		"label.a",
		"label.b",
		"label.c.d",
		"query.name",
		"Hostname",
		"HostConfig.PidsLimit",
		"identity.uid",
		"identity.common_name",
		"WorkingDir",
	};
	static const char *const operators[] = {"= ", "= ", "= ", "!= ", "present ", "absent "};
	static const char *const prefixes[] = {"", "", "any ", "not ", "not any ", "all "};
	static const char *const texts[] = {"1", "2", "3", "'*'", "'1*'", "'*2'"};
	const unsigned path = chance(10), kind = chance(6);
	const bool number = path == 6 || path == 7;

	return snprintf(text, room, "%s%s %s%s", prefixes[chance(6)], paths[path], operators[kind],
	                kind >= 4 ? "" : texts[chance(number ? 3 : 6)]);
}

static struct policy_set *random_rules(size_t count)
{
	static char text[64 * 1024];
	size_t used =
		(size_t)snprintf(text, sizeof text, "policies = { p = { extends = \"ci\"; rules = (");

	for (size_t i = 0; i < count; i++) {
		used += (size_t)snprintf(text + used, sizeof text - used,
		                         "%s\n{ on = \"container.create\"; effect = \"%s\"; when = \"",
		                         i == 0 ? "" : ",", chance(2) == 0 ? "deny" : "allow");
		for (unsigned parts = 1 + chance(4); parts > 0; parts--) {
			used += (size_t)put_part(text + used, sizeof text - used);
			if (parts > 1)
				used += (size_t)snprintf(text + used, sizeof text - used, " %s ",
				                         chance(5) == 0 ? "or" : "and");
		}
		used += (size_t)snprintf(text + used, sizeof text - used, "\"; }");
	}
	snprintf(text + used, sizeof text - used, "); }; };");
	return judging_policies(text);
}

static const char *random_value(const char *name)
{
	static char texts[8][64];
	static unsigned next;
	char *text = texts[next++ % 8];

	snprintf(text, sizeof texts[0], ",\"%s\":\"%u\"", name, chance(13));
	return chance(3) == 0 ? "" : text;
}

static void random_request(struct arena *arena, struct request *request)
{
	char target[64], body[512], pids[32] = "";

	snprintf(target, sizeof target,
	         chance(2) == 0 ? "/containers/create" : "/containers/create?name=%u", 1 + chance(13));
	if (chance(2) == 0)
		snprintf(pids, sizeof pids, "\"PidsLimit\":%d", (int)chance(5) - 1);
	snprintf(body, sizeof body,
	         "{\"Image\":\"x\"%s%s,\"Labels\":{\"z\":\"\"%s%s%s},\"HostConfig\":{%s}}",
	         random_value("User"), random_value("Hostname"), random_value("a"), random_value("b"),
	         random_value("c.d"), pids);
	judging_request(arena, "POST", target, body, request);
}

struct found {
	const struct user_rules *rules;
	bool rule[512];
};

static bool note_found(void *context, const struct user_rule *rule, enum truth truth)
{
	struct found *found = context;

	(void)truth;
	found->rule[rule - found->rules->list] = true;
	return true;
}

/* Every rule that comes to something by itself is found, and no other. */
static void assert_same(const struct user_rules *rules, const struct request *request,
                        const struct identity *identity, enum rule_effect effect)
{
	struct evaluation evaluation = {.arena = request->arena,
	                                .identity = identity,
	                                .request = request};
	struct found found = {.rules = rules};
	struct rule_search search = {.evaluation = &evaluation,
	                             .effect = effect,
	                             .found = note_found,
	                             .context = &found};

	user_rules_search(rules, request->route, &search);
	for (size_t i = 0; i < rules->count; i++) {
		enum truth truth = predicate_evaluate(rules->list[i].when, &evaluation);
		bool expected = rules->list[i].effect == effect &&
		                (truth == TRUTH_TRUE || (truth == TRUTH_UNKNOWN && effect == EFFECT_DENY));

		if (found.rule[i] != expected)
			fail_msg("'%s' is %s: found %d", rules->list[i].text, truth_name(truth), found.rule[i]);
	}
}

static void the_index_finds_what_walking_finds(void **state)
{
	static const struct identity identities[] = {
		{.listener = "x"},
		{.peer = {.present = true, .uid = 2, .pid = 1}},
		{.certificate = {.present = true, .common_name = "12"}},
	};

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		struct policy_set *set = random_rules(20 + chance(200));
		const struct policy *policy = policy_set_find(set, "p");

		for (unsigned i = 0; i < 30; i++) {
			struct arena *arena = arena_new(ARENA_BYTES);
			struct request request;

			random_request(arena, &request);
			assert_same(&policy->rules, &request, &identities[chance(3)], EFFECT_DENY);
			assert_same(&policy->rules, &request, &identities[chance(3)], EFFECT_ALLOW);
			arena_free(arena);
		}
		policy_set_free(set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_thousand_rules_cost_no_more_than_ten),
		cmocka_unit_test(the_one_among_many_is_found),
		cmocka_unit_test(the_index_finds_what_walking_finds),
	};

	return cmocka_run_group_tests_name("rule_index", tests, NULL, NULL);
}
