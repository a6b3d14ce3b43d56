/* The work that one request can make of a judgement: counted, never timed. */
#include "judging.h"

#include "policy/arena.h"
#include "policy/decide.h"
#include "policy/facts.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 4 << 20, ROUNDS_MAX = 8, ID_LENGTH = 64, BODY_SIZE = 1024 };

/* A container that shares three namespaces with the next one: "a" with bbb..., and so on to "d", which leans on
 * nobody. Without a memory that is 1 + 3 + 9 + 27 judgements for each mention of "a". */
static void learn_link(struct arena *arena, struct fact *fact)
{
	char id[ID_LENGTH + 1] = "", next[ID_LENGTH + 1] = "", modes[BODY_SIZE] = "",
						body[BODY_SIZE * 2];
	char letter = fact->name[0];

	memset(id, letter, ID_LENGTH);
	memset(next, letter + 1, ID_LENGTH);
	if (letter != 'd')
		snprintf(modes, sizeof modes,
		         "\"PidMode\":\"container:%s\",\"IpcMode\":\"container:%s\","
		         "\"NetworkMode\":\"container:%s\"",
		         next, next, next);
	snprintf(body, sizeof body,
	         "{\"Id\":\"%s\",\"HostConfig\":{%s},\"Mounts\":[],\"NetworkSettings\":{}}", id, modes);
	fact_learn(arena, fact, 200, body, strlen(body));
	assert_int_equal(fact->state, FACT_FOUND);
}

/* Judges BODY, which it takes, as the proxy does. */
static void judge_body(const char *target, json_t *body, struct arena *arena, struct facts *facts,
                       struct verdict *verdict)
{
	struct policy_set *set = judging_policies("");
	const struct policy *ci = policy_set_find(set, "ci");
	char *text = json_dumps(body, 0);
	struct request request;

	assert_non_null(text);
	judging_request(arena, "POST", target, text, &request);
	policy_decide(ci, NULL, &request, facts, verdict);
	for (int round = 0; round < ROUNDS_MAX && verdict->kind == VERDICT_NEED; round++) {
		for (size_t i = 0; i < facts->count; i++) {
			if (facts->list[i].state == FACT_WANTED)
				learn_link(arena, &facts->list[i]);
		}
		policy_decide(ci, NULL, &request, facts, verdict);
	}
	policy_set_free(set);
	free(text);
	json_decref(body);
}

static void judge_create(json_t *body, struct arena *arena, struct facts *facts,
                         struct verdict *verdict)
{
	judge_body("/containers/create", body, arena, facts, verdict);
}

static json_t *list_of(const char *text, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		assert_int_equal(json_array_append_new(list, json_string(text)), 0);
	return list;
}

static json_t *networks(size_t count)
{
	json_t *endpoints = json_object();

	for (size_t i = 0; i < count; i++) {
		char name[16];

		snprintf(name, sizeof name, "n%zu", i);
		assert_int_equal(json_object_set_new(endpoints, name, json_object()), 0);
	}
	return endpoints;
}

static json_t *with_host(const char *property, json_t *value)
{
	return json_pack("{s:s,s:{s:o}}", "Image", "x", "HostConfig", property, value);
}

static json_t *with_endpoints(json_t *endpoints)
{
	return json_pack("{s:s,s:{s:o}}", "Image", "x", "NetworkingConfig", "EndpointsConfig",
	                 endpoints);
}

static void a_container_is_judged_once_in_a_decision(void **state)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct facts facts = {.count = 0};
	struct verdict verdict;

	(void)state;
	judge_create(with_host("VolumesFrom", list_of("a", FACTS_MAX)), arena, &facts, &verdict);
	assert_int_equal(verdict.kind, VERDICT_ALLOW);
	assert_int_equal(facts.count, 4);
	assert_int_equal(facts.judgements, 4);
	arena_free(arena);
}

/* What was judged fine is so for one decision only: here a fact has become another by the next. */
static void a_container_is_judged_anew_in_the_next(void **state)
{
	static const char privileged[] =
		"{\"Id\":\"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\","
		"\"HostConfig\":{\"Privileged\":true},\"Mounts\":[],\"NetworkSettings\":{}}";
	struct arena *arena = arena_new(ARENA_BYTES);
	struct facts facts = {.count = 0};
	struct verdict verdict;

	(void)state;
	judge_create(with_host("VolumesFrom", list_of("d", 2)), arena, &facts, &verdict);
	assert_int_equal(verdict.kind, VERDICT_ALLOW);
	assert_int_equal(facts.judgements, 1);
	fact_learn(arena, &facts.list[0], 200, privileged, sizeof privileged - 1);
	judge_create(with_host("VolumesFrom", list_of("d", 2)), arena, &facts, &verdict);
	assert_int_equal(verdict.kind, VERDICT_DENY);
	arena_free(arena);
}

static void assert_too_many(const char *target, json_t *body, const char *property)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct facts facts = {.count = 0};
	struct verdict verdict;
	char claim[64];

	snprintf(claim, sizeof claim, "%s has %d entries; it may have %d", property, FACTS_MAX + 1,
	         FACTS_MAX);
	judge_body(target, body, arena, &facts, &verdict);
	assert_int_equal(verdict.kind, VERDICT_DENY);
	if (strstr(verdict.message, claim) == NULL)
		fail_msg("'%s' is not in: %s", claim, verdict.message);
	arena_free(arena);
}

static void long_lists_are_denied(void **state)
{
	static const char create[] = "/containers/create";
	const size_t many = FACTS_MAX + 1;
	json_t *endpoints, *connection;

	(void)state;
	assert_too_many(create, with_host("VolumesFrom", list_of("d", many)), "VolumesFrom");
	assert_too_many(create, with_host("Links", list_of("d:db", many)), "Links");
	assert_too_many(create, with_endpoints(networks(many)), "EndpointsConfig");
	endpoints = json_pack("{s:{s:o}}", "default", "Links", list_of("d:db", many));
	assert_too_many(create, with_endpoints(endpoints), "Links");
	connection = json_pack("{s:s,s:{s:o}}", "Container", "d", "EndpointConfig", "Links",
	                       list_of("d:db", many));
	assert_too_many("/networks/lan/connect", connection, "Links");
}

static void a_list_of_the_longest_is_judged(void **state)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct facts facts = {.count = 0};
	struct verdict verdict;

	(void)state;
	judge_create(with_host("Links", list_of("d:db", FACTS_MAX)), arena, &facts, &verdict);
	assert_int_equal(verdict.kind, VERDICT_ALLOW);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_container_is_judged_once_in_a_decision),
		cmocka_unit_test(a_container_is_judged_anew_in_the_next),
		cmocka_unit_test(long_lists_are_denied),
		cmocka_unit_test(a_list_of_the_longest_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
