/* Client rules: the same first rule as a walk over them finds, and the tenant it makes. What each condition
 * means is in test_load_clients.c. */
#include "policy/arena.h"
#include "policy/decide.h"
#include "policy/facts.h"
#include "policy/identity.h"
#include "policy/load.h"
#include "policy/text.h"
#include "tests/unit/judging.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct identity someone = {
	.listener = "tls",
	.certificate = {.present = true,
                    .common_name = "runner-7",
                    .dns = {{"a.example", "b.example", "b.example.org"}, 3},
                    .uri = {{"spiffe://ci.example/team/blue/app"}, 1},
                    .serial = "0AB1"},
};

/* Conditions and tenant of a rule, and what comes out; NULL for a refusal. */
static void tenants(void **state)
{
	static const struct {
		const char *rule;
		const char *tenant;
		enum grant_fault fault;
		const char *shown;
	} table[] = {
		{"", "", GRANT_FINE, ""},
		{"tenant = \"gitlab\";", "gitlab", GRANT_FINE, "gitlab"},
		{"tenant = \"0\";", "0", GRANT_FINE, "0"},
		{"certificate = { uri = \"spiffe://ci.example/team/*/*\"; }; tenant = \"$1\";", "blue",
	     GRANT_FINE, "blue"},
		{"certificate = { uri = \"spiffe://*/team/*/*\"; }; tenant = \"$2-$3-x\";", "blue-app-x",
	     GRANT_FINE, "blue-app-x"},
		{"certificate = { uri = \"spiffe://**/*\"; }; tenant = \"$1\";", "app", GRANT_FINE, "app"},
		{"certificate = { common_name = \"*-*\"; }; listener = \"t*\"; tenant = \"$3$2$1\";",
	     "ls7runner", GRANT_FINE, "ls7runner"},
		{"listener = \"t*\"; certificate = { common_name = \"*-*\"; }; tenant = \"$3$2$1\";",
	     "7runnerls", GRANT_FINE, "7runnerls"},
		{"certificate = { uri = \"spiffe://*/**\"; }; tenant = \"$1\";", NULL,
	     GRANT_TENANT_MALFORMED, "ci.example"},
		{"certificate = { serial = \"*\"; }; tenant = \"t-$1\";", NULL, GRANT_TENANT_MALFORMED,
	     "t-0AB1"},
		{"listener = \"tls*\"; tenant = \"$1\";", NULL, GRANT_TENANT_MALFORMED, ""},
		{"listener = \"tls*\"; tenant = \"$1a\";", "a", GRANT_FINE, "a"},
		{"listener = \"*\"; tenant = \"$1$1$1$1$1$1$1$1$1$1$1$1$1$1\";", NULL,
	     GRANT_TENANT_MALFORMED, "tlstlstlstlstlstlstlstlstlstlstlstlstlstls"},
		{"listener = \"*\"; tenant = \"$1$1$1$1$1$1$1$1$1$1$1$1$1xx\";",
	     "tlstlstlstlstlstlstlstlstlstlstlstlstlsxx", GRANT_FINE,
	     "tlstlstlstlstlstlstlstlstlstlstlstlstlsxx"},
		/* Two names that match, and no telling which is meant; unless it makes no difference. */
		{"certificate = { dns = \"*.example\"; }; tenant = \"$1\";", NULL, GRANT_TENANT_AMBIGUOUS,
	     ""},
		{"certificate = { dns = \"*.example\"; common_name = \"*-7\"; }; tenant = \"$2\";",
	     "runner", GRANT_FINE, "runner"},
		{"certificate = { dns = \"b.*\"; }; tenant = \"x$1\";", NULL, GRANT_TENANT_AMBIGUOUS, "x"},
		{"certificate = { dns = \"b*.example**\"; }; tenant = \"b$1\";", "b", GRANT_FINE, "b"},
		{"certificate = { dns = \"b.*.org\"; }; tenant = \"$1\";", "example", GRANT_FINE,
	     "example"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char text[256];
		struct policy_set *set;
		struct grant grant;

		snprintf(text, sizeof text,
		         "clients = (\n { %s policy = \"ci\"; }, { policy = \"admin\"; } );",
		         table[i].rule);
		set = settings_text_load_fine(text);
		grant = policy_set_match(set, &someone);
		if (grant.fault != table[i].fault || (grant.policy != NULL) != (table[i].tenant != NULL) ||
		    strcmp(grant.tenant, table[i].tenant != NULL ? table[i].tenant : "") != 0 ||
		    strcmp(grant.shown, table[i].shown) != 0)
			fail_msg("%s: '%s', shown '%s', %s", table[i].rule, grant.tenant, grant.shown,
			         grant.policy != NULL ? grant.policy->name : "no policy");
		assert_int_equal(grant.place.line, 2);
		policy_set_free(set);
	}
}

static void what_a_long_capture_shows_is_cut(void **state)
{
	struct policy_set *set = settings_text_load_fine(
		"clients = ( { certificate = { common_name = \"*\"; }; policy = \"ci\"; tenant = \"$1$1\"; } );");
	struct identity identity = {.certificate = {.present = true}};
	char name[200];
	struct grant grant;

	(void)state;
	memset(name, 'a', sizeof name);
	name[sizeof name - 1] = '\0';
	identity.certificate.common_name = name;
	grant = policy_set_match(set, &identity);
	assert_null(grant.policy);
	assert_int_equal(grant.fault, GRANT_TENANT_MALFORMED);
	assert_int_equal(strlen(grant.shown), TENANT_SHOWN_SIZE - 1);
	policy_set_free(set);
}

static void tenant_names(void **state)
{
	static const char *const good[] = {"a", "0", "a-", "a-b",
	                                   "0123456789-0123456789-0123456789-01234567"};
	static const char *const bad[] = {
		"",    "-",   "-a",  "A",        "a_b", "a.b",
		"a/b", "a b", "a\n", "\xc3\xa9", "$1",  "0123456789-0123456789-0123456789-012345678"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(identity_is_tenant(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(identity_is_tenant(bad[i]));
}

static void assert_denied(const struct identity *identity, const char *rule, const char *message)
{
	struct arena *arena = arena_new(1 << 20);
	struct facts facts = {.count = 0};
	struct verdict verdict, early;
	struct request request;

	judging_request(arena, "GET", "/containers/json", "", &request);
	policy_decide(identity->grant.policy, identity, &request, &facts, &verdict);
	policy_decide_early(identity->grant.policy, identity, &request, &early);
	assert_int_equal(verdict.kind, VERDICT_DENY);
	assert_int_equal(verdict.status, 403);
	assert_string_equal(verdict.rule, rule);
	assert_string_equal(verdict.message, message);
	assert_string_equal(early.message, message);
	arena_free(arena);
}

static void a_rule_without_a_sound_tenant_refuses_everything(void **state)
{
	struct policy_set *set = settings_text_load_fine(
		"clients = (\n"
		" { certificate = { serial = \"*\"; }; policy = \"ci\"; tenant = \"t-$1\"; },\n"
		" { policy = \"admin\"; } );");
	struct policy_set *other = settings_text_load_fine(
		"clients = ( { certificate = { dns = \"*.example\"; }; policy = \"ci\"; tenant = \"$1\"; } );");
	struct identity identity = someone;

	(void)state;
	identity.grant = policy_set_match(set, &identity);
	assert_denied(
		&identity, "built-in clients.tenant",
		"the rule of `clients` at settings:2 would make you the tenant 't-0AB1', which is no "
		"tenant's name: it has 1 to 41 of a-z, 0-9 and '-', not '-' first; use another "
		"certificate or user");
	identity.grant = policy_set_match(other, &identity);
	assert_denied(
		&identity, "built-in clients.tenant",
		"the rule of `clients` at settings:1 cannot tell which tenant you are: several names "
		"of your certificate match it; use a certificate with one of them");
	policy_set_free(set);
	policy_set_free(other);
}

static void who_hides_its_container_is_refused_everything(void **state)
{
	struct policy_set *set = settings_text_load_fine(
		"clients = ( { container_label = \"ci.job=*\"; policy = \"ci\"; },\n"
		" { user = \"root\"; policy = \"admin\"; } );");
	struct identity identity = {.listener = "local",
	                            .peer = {.present = true, .pid = 8, .user = "root"},
	                            .container = {.why = "its process has ended"}};

	(void)state;
	identity.grant = policy_set_match(set, &identity);
	assert_int_equal(identity.grant.fault, GRANT_CONTAINER_UNKNOWN);
	assert_denied(
		&identity, "built-in clients.container",
		"rules of `clients` are about containers, and nobody knows which one you are in: its "
		"process has ended; let the process that connects live until it is answered, on the host "
		"or in a container that Docker tells of (docs/identity.md)");
	policy_set_free(set);
}

/* --- the same as a walk ------------------------------------------------------------------------ */

enum { CONDITIONS = 6, RULES_MAX = 60, PEOPLE = 12, TEXT_SIZE = 16, SETTINGS_SIZE = 16384 };

static const char *const subjects[CONDITIONS] = {"listener",    "user", "uid",
                                                 "common_name", "dns",  "uri"};

struct random_rule {
	char patterns[CONDITIONS][TEXT_SIZE]; /* "": not asked */
};

struct random_person {
	char values[CONDITIONS][TEXT_SIZE], second_dns[TEXT_SIZE];
	struct identity identity;
};

static unsigned chance(uint64_t *seed, unsigned range)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % range;
}

static void random_text(uint64_t *seed, const char *letters, char text[TEXT_SIZE])
{
	size_t len = 1 + chance(seed, 3);

	for (size_t i = 0; i < len; i++)
		text[i] = letters[chance(seed, (unsigned)strlen(letters))];
	text[len] = '\0';
}

static void random_rule(uint64_t *seed, struct random_rule *rule)
{
	memset(rule, 0, sizeof *rule);
	for (size_t i = 1; i < CONDITIONS; i++) {
		if (chance(seed, 3) != 0)
			continue;
		if (i == 2)
			snprintf(rule->patterns[i], TEXT_SIZE, "%u", chance(seed, 4));
		else
			random_text(seed, "ab*", rule->patterns[i]);
	}
	if (chance(seed, 4) == 0)
		snprintf(rule->patterns[0], TEXT_SIZE, "%s", chance(seed, 2) == 0 ? "tls" : "*l*");
}

static void random_person(uint64_t *seed, struct random_person *person)
{
	memset(person, 0, sizeof *person);
	for (size_t i = 0; i < CONDITIONS; i++)
		random_text(seed, "ab", person->values[i]);
	random_text(seed, "ab/", person->second_dns);
	person->identity.listener = chance(seed, 2) == 0 ? "tls" : "local";
	snprintf(person->values[0], TEXT_SIZE, "%s", person->identity.listener);
	person->identity.peer.uid = chance(seed, 4);
	snprintf(person->values[2], TEXT_SIZE, "%u", person->identity.peer.uid);
	person->identity.peer.pid = 1;
	person->identity.peer.present = chance(seed, 3) != 0;
	person->identity.peer.user = person->values[1];
	person->identity.certificate.present = chance(seed, 3) != 0;
	person->identity.certificate.common_name = person->values[3];
	person->identity.certificate.dns =
		(struct name_list){{person->values[4], person->second_dns}, 1 + chance(seed, 2)};
	person->identity.certificate.uri = (struct name_list){{person->values[5]}, 1};
}

static bool condition_holds(const char *pattern, size_t subject, const struct random_person *person)
{
	const struct identity *identity = &person->identity;
	bool there =
		subject == 0 || (subject < 3 ? identity->peer.present : identity->certificate.present);

	if (*pattern == '\0')
		return true;
	return there && (text_matches(pattern, person->values[subject]) ||
	                 (subject == 4 && identity->certificate.dns.count == 2 &&
	                  text_matches(pattern, person->second_dns)));
}

/* The line of the first rule that holds: the first is on line 2. 0 for none. */
static unsigned walk(const struct random_rule *rules, size_t count,
                     const struct random_person *person)
{
	for (size_t i = 0; i < count; i++) {
		size_t held = 0;

		while (held < CONDITIONS && condition_holds(rules[i].patterns[held], held, person))
			held++;
		if (held == CONDITIONS)
			return (unsigned)i + 2;
	}
	return 0;
}

/* Conditions FIRST up to END. */
static size_t write_conditions(const struct random_rule *rule, size_t first, size_t end, char *text,
                               size_t size)
{
	size_t len = 0;

	for (size_t i = first; i < end; i++) {
		const char *quote = i == 2 ? "" : "\"";

		if (*rule->patterns[i] != '\0')
			len += (size_t)snprintf(text + len, size - len, "%s = %s%s%s; ", subjects[i], quote,
			                        rule->patterns[i], quote);
	}
	return len;
}

/* An empty group of conditions would ask for a certificate, and is not written. */
static size_t write_rule(const struct random_rule *rule, char *text, size_t size)
{
	char outer[256] = "", inner[256] = "";
	bool certificate;

	write_conditions(rule, 0, 3, outer, sizeof outer);
	certificate = write_conditions(rule, 3, CONDITIONS, inner, sizeof inner) > 0;
	return (size_t)snprintf(text, size, " { %s%s%s%s policy = \"ci\"; },\n", outer,
	                        certificate ? "certificate = { " : "", inner, certificate ? "};" : "");
}

static void the_first_rule_of_random_ones(void **state)
{
	enum { ROUNDS = 400 };
	static char text[SETTINGS_SIZE];
	struct random_rule rules[RULES_MAX];
	uint64_t seed = 3;
	unsigned matched = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		size_t count = 1 + chance(&seed, RULES_MAX);
		size_t len = (size_t)snprintf(text, sizeof text, "clients = (\n");
		struct policy_set *set;

		for (size_t i = 0; i < count; i++) {
			random_rule(&seed, &rules[i]);
			len += write_rule(&rules[i], text + len, sizeof text - len);
		}
		snprintf(text + len - 2, sizeof text - len + 2, " );"); /* over the last comma */
		set = settings_text_load_fine(text);
		for (int i = 0; i < PEOPLE; i++) {
			struct random_person person;
			unsigned line;

			random_person(&seed, &person);
			line = walk(rules, count, &person);
			matched += line > 0 ? 1 : 0;
			if (policy_set_match(set, &person.identity).place.line != line)
				fail_msg("line %u, not %u, in round %d, of\n%s", line,
				         policy_set_match(set, &person.identity).place.line, round, text);
		}
		policy_set_free(set);
	}
	assert_true(matched > ROUNDS && matched < ROUNDS * PEOPLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tenants),
		cmocka_unit_test(what_a_long_capture_shows_is_cut),
		cmocka_unit_test(tenant_names),
		cmocka_unit_test(a_rule_without_a_sound_tenant_refuses_everything),
		cmocka_unit_test(who_hides_its_container_is_refused_everything),
		cmocka_unit_test(the_first_rule_of_random_ones),
	};

	return cmocka_run_group_tests_name("clients", tests, NULL, NULL);
}
