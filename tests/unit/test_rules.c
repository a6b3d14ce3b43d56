/* Rules of the user's own, where vectors cannot tell: who asks, what is said before a body has come, and what becomes
 * of look-ups that fail. */
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
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 4 << 20 };

/* ---- who asks ---- */

static const struct identity somebody = {
	.listener = "tls",
	.address = "[fd00::7]:5311",
	.peer = {.present = true, .uid = 1000, .gid = 0, .pid = 17, .user = "ci", .group = "root"},
	.certificate = {.present = true,
                    .common_name = "runner-7",
                    .organizations = {{"ci", "example"}, 2},
                    .organizational_units = {{"builds"}, 1},
                    .dns = {{"a.example", "b.example"}, 2},
                    .ip = {{"10.0.0.7"}, 1},
                    .email = {{"ci@example"}, 1},
                    .uri = {{"spiffe://ci.example/team/a"}, 1},
                    .issuer = "CN=ca",
                    .serial = "0AF1",
                    .spki_sha256 = "0af1"},
	.grant = {.tenant = "team-a"},
};

/* What comes of a rule that allows system.info where WHEN is true, and of one that denies it. */
static void judge_info(const char *when, const struct identity *identity, bool *allowed,
                       bool *denied)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct facts facts = {.count = 0};
	struct policy_set *set;
	struct request request;
	struct verdict verdict;
	char text[2048];

	snprintf(text, sizeof text,
	         "policies = { a = { extends = \"deny-all\"; tenancy = { open = true; };\n"
	         "   rules = ( { on = \"system.info\"; effect = \"allow\"; when = \"%s\"; } ); };\n"
	         " d = { extends = \"ci\"; tenancy = { open = true; };\n"
	         "   rules = ( { on = \"system.info\"; effect = \"deny\"; when = \"%s\"; } ); }; };",
	         when, when);
	set = judging_policies(text);
	judging_request(arena, "GET", "/info", "", &request);
	policy_decide(policy_set_find(set, "a"), identity, &request, &facts, &verdict);
	*allowed = verdict.kind == VERDICT_ALLOW;
	policy_decide(policy_set_find(set, "d"), identity, &request, &facts, &verdict);
	*denied = verdict.kind == VERDICT_DENY;
	assert_int_equal(facts.count, 0);
	arena_free(arena);
	policy_set_free(set);
}

static void identities(void **state)
{
	static const struct {
		const char *when, *truth;
	} table[] = {
		{"identity.listener = tls", "true"},
		{"identity.address in fd00::/8", "true"},
		{"identity.address in 10.0.0.0/8", "false"},
		{"identity.address = '[fd00::7]:*'", "true"},
		{"identity.tenant = 'team-*'", "true"},
		{"identity.tenant != team-a", "false"},
		{"identity.uid = 1000", "true"},
		{"identity.uid < 1000", "false"},
		{"identity.gid = 0", "true"},
		{"identity.gid present", "true"},
		{"identity.user = ci", "true"},
		{"identity.group = root", "true"},
		{"identity.common_name = 'runner-*'", "true"},
		{"any identity.organization = example", "true"},
		{"all identity.organization = example", "false"},
		{"any identity.organizational_unit = builds", "true"},
		{"any identity.dns = b.*", "true"},
		{"any identity.ip in 10.0.0.0/24", "true"},
		{"any identity.email = ci@*", "true"},
		{"any identity.uri = 'spiffe://ci.example/**'", "true"},
		{"any identity.uri = 'spiffe://ci.example/*'", "false"},
		{"identity.issuer = 'CN=ca'", "true"},
		{"identity.serial = 0af1", "true"},
		{"identity.spki_sha256 = 0AF1", "true"},
		{"identity.dns present", "true"},
		{"identity.dns absent", "false"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		bool allowed, denied;

		judge_info(table[i].when, &somebody, &allowed, &denied);
		if (allowed != denied || allowed != (strcmp(table[i].truth, "true") == 0))
			fail_msg("%s: allowed %d, denied %d", table[i].when, allowed, denied);
	}
}

/* Nothing is known of this client: what is compared is unknown, so that nothing is allowed, and all is denied. */
static void strangers(void **state)
{
	static const char *const unknown[] = {
		"identity.listener = tls",
		"identity.listener != tls",
		"not identity.listener = tls",
		"identity.address in 10.0.0.0/8",
		"not identity.address in ::/0",
		"identity.tenant != team-b",
		"identity.uid != 0",
		"identity.uid < 1000",
		"not identity.uid = 0",
		"identity.user != root",
		"identity.common_name != guest",
		"not identity.common_name = guest",
		"identity.serial != 00",
		"not (identity.uid = 0 or identity.user = root)",
		"identity.uid = 0 and any identity.dns absent or identity.uid != 0",
	};
	static const char *const false_ones[] = {
		"any identity.common_name = guest",
		"identity.common_name present",
		"any identity.dns = x",
		"identity.uid present",
		"any identity.uid = 0",
		"identity.uid = 0 and identity.user present",
	};
	static const struct identity peers[] = {
		{.address = "unix"},
		{.address = "unix", .peer = {.present = true, .uid = 0, .user = "root", .pid = 0}},
		{.certificate = {.present = false, .common_name = "guest", .dns = {{"x"}, 1}}},
	};
	bool allowed, denied;

	(void)state;
	for (size_t k = 0; k < sizeof peers / sizeof *peers; k++) {
		for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
			judge_info(unknown[i], &peers[k], &allowed, &denied);
			if (allowed || !denied)
				fail_msg("%s: allowed %d, denied %d", unknown[i], allowed, denied);
		}
		for (size_t i = 0; i < sizeof false_ones / sizeof *false_ones; i++) {
			judge_info(false_ones[i], &peers[k], &allowed, &denied);
			if (allowed || denied)
				fail_msg("%s: allowed %d, denied %d", false_ones[i], allowed, denied);
		}
	}
}

/* ---- before the body has come ---- */

static void early_verdicts(void **state)
{
	struct policy_set *set = judging_policies(
		"policies = { p = { extends = \"deny-all\"; rules = (\n"
		" { on = \"container.create\"; effect = \"allow\";\n"
		"   when = \"any query.name = 'a*' and User = app\"; },\n"
		" { on = \"container.stop\"; effect = \"allow\"; when = \"target.label.x = y\"; },\n"
		" { on = \"container.create\"; effect = \"deny\";\n"
		"   when = \"any query.name = ab or User = root\"; } ); }; };");
	const struct policy *policy = policy_set_find(set, "p");
	struct arena *arena = arena_new(ARENA_BYTES);
	static const struct {
		const char *method, *target;
		enum verdict_kind kind;
	} table[] = {
		{"POST", "/containers/create?name=a", VERDICT_NEED},  /* the body may say User */
		{"POST", "/containers/create?name=ab", VERDICT_DENY}, /* no body could help */
		{"POST", "/containers/create?name=b", VERDICT_DENY},
		{"POST", "/containers/create", VERDICT_DENY},
		{"POST", "/containers/x/stop", VERDICT_NEED},
		{"POST", "/containers/x/kill", VERDICT_DENY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct request request;
		struct verdict verdict;

		judging_request(arena, table[i].method, table[i].target,
		                strstr(table[i].target, "create") != NULL ? "{\"Image\":\"x\"}" : "",
		                &request);
		request.body = NULL;
		policy_decide_early(policy, NULL, &request, &verdict);
		if (verdict.kind != table[i].kind)
			fail_msg("%s: %s", table[i].target, verdict_kind_name(verdict.kind));
	}
	arena_free(arena);
	policy_set_free(set);
}

/* ---- look-ups that fail ---- */

/* Whatever a rule asks of an object that cannot be looked up is unknown; what was looked up has its id sent. */
static void failed_lookups_deny(void **state)
{
	static const char *const whens[] = {
		"target.label.keep present",
		"target.label.keep absent",
		"any target.label.keep = yes",
		"all target.network = lan",
		"target.HostConfig.Privileged = true",
		"not target.name = web",
		"any target.HostConfig.Mounts (Type = bind)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof whens / sizeof *whens; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct facts facts = {.count = 0};
		struct policy_set *set;
		struct request request;
		struct verdict verdict;
		char text[1024];

		snprintf(text, sizeof text,
		         "policies = { p = { extends = \"admin\"; rules = ( { on = \"container.*\";\n"
		         "effect = \"deny\"; when = \"%s\"; } ); }; };",
		         whens[i]);
		set = judging_policies(text);
		judging_request(arena, "DELETE", "/containers/web", "", &request);
		policy_decide(policy_set_find(set, "p"), NULL, &request, &facts, &verdict);
		assert_int_equal(verdict.kind, VERDICT_NEED);
		assert_int_equal(facts.count, 1);
		facts.list[0].state = FACT_FAILED;
		facts.list[0].message = "the daemon is gone";
		policy_decide(policy_set_find(set, "p"), NULL, &request, &facts, &verdict);
		assert_int_equal(verdict.kind, VERDICT_DENY);
		assert_int_equal(verdict.status, 502);
		arena_free(arena);
		policy_set_free(set);
	}
}

/* No fact is asked for where the rest of the rule does not hold. */
static void facts_are_asked_for_last(void **state)
{
	struct policy_set *set = judging_policies(
		"policies = { p = { extends = \"admin\"; rules = (\n"
		" { on = \"container.stop\"; effect = \"deny\";\n"
		"   when = \"target.label.keep present and any query.t > 60\"; } ); }; };");
	struct arena *arena = arena_new(ARENA_BYTES);
	struct facts facts = {.count = 0};
	struct request request;
	struct verdict verdict;

	(void)state;
	judging_request(arena, "POST", "/containers/web/stop?t=5", "", &request);
	policy_decide(policy_set_find(set, "p"), NULL, &request, &facts, &verdict);
	assert_int_equal(verdict.kind, VERDICT_ALLOW);
	assert_int_equal(facts.count, 0);
	judging_request(arena, "POST", "/containers/web/stop?t=61", "", &request);
	policy_decide(policy_set_find(set, "p"), NULL, &request, &facts, &verdict);
	assert_int_equal(verdict.kind, VERDICT_NEED);
	assert_int_equal(facts.count, 1);
	arena_free(arena);
	policy_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identities),
		cmocka_unit_test(strangers),
		cmocka_unit_test(early_verdicts),
		cmocka_unit_test(failed_lookups_deny),
		cmocka_unit_test(facts_are_asked_for_last),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
