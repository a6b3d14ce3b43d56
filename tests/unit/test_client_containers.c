/* Client rules about the container and the address of a client. */
#include "policy/identity.h"
#include "policy/load.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const job_labels[] = {"ci.job=42", "ci.project=team/app", "stage=test"};

static const struct identity people[] = {
	{.listener = "local",
     .address = "unix",
     .peer = {.present = true, .pid = 5, .user = "root"},
     .container = {.state = CONTAINER_PRESENT,
                   .id = "1",
                   .name = "job-42",
                   .image = "docker.io/library/alpine:3",
                   .labels = job_labels,
                   .label_count = 3}},
	{.listener = "local",
     .address = "unix",
     .peer = {.present = true, .pid = 6, .user = "root"},
     .container =
         {.state = CONTAINER_PRESENT, .id = "2", .name = "", .image = "", .tenant = "blue"}},
	{.listener = "local",
     .address = "unix",
     .peer = {.present = true, .pid = 7, .user = "root"},
     .container = {.state = CONTAINER_NONE}},
	{.listener = "local",
     .address = "unix",
     .peer = {.present = true, .pid = 8, .user = "root"},
     .container = {.state = CONTAINER_UNKNOWN, .why = "it has ended"}},
	{.listener = "tls", .address = "10.1.2.3:4000"},
	{.listener = "tls", .address = "[fd00::12]:4000"},
	{.listener = "tls", .address = "10.2.0.1:1"},
	{.listener = "local",
     .address = "unix",
     .peer = {.present = true, .pid = 0, .user = "root"},
     .container = {.state = CONTAINER_UNKNOWN, .why = "it cannot be seen from here"}},
	{.listener = "local",
     .address = "unix",
     .peer = {.present = true, .pid = 9, .user = "root"},
     .container = {.state = CONTAINER_UNKNOWN, .unasked = true}},
};

enum {
	JOB = 1,
	MADE = 2, /* through quaymaster */
	HOST = 4,
	UNKNOWN = 8,
	FOUR = 16,
	SIX = 32,
	OTHER = 64,
	UNSEEN = 128,
	UNASKED = 256,
	KNOWN = JOB | HOST | UNSEEN | UNASKED, /* what is made has its maker's rules alone */
	LOCAL = KNOWN | UNKNOWN,               /* where no rule asks for containers */
	PEOPLE = 9
};

static void conditions(void **state)
{
	static const struct {
		const char *conditions;
		unsigned match;
	} table[] = {
		{"", LOCAL | FOUR | SIX | OTHER},
		{"listener = \"local\";", LOCAL},
		{"container = \"present\";", JOB},
		{"container = \"none\";", HOST},
		{"container_name = \"job-42\";", JOB},
		{"container_name = \"job-*\";", JOB},
		{"container_name = \"job\";", 0},
		{"container_name = \"**\";", JOB},
		{"container_image = \"docker.io/library/*\";", JOB},
		{"container_image = \"*alpine*\";", 0},
		{"container_label = \"ci.job=*\";", JOB},
		{"container_label = \"ci.job=42\";", JOB},
		{"container_label = \"ci.job=4\";", 0},
		{"container_label = \"ci.jo=*\";", 0},
		{"container_label = \"ci.project=*\";", 0}, /* a star stops at a slash */
		{"container_label = \"ci.project=**\";", JOB},
		{"container_label = [\"ci.job=*\", \"stage=test\"];", JOB},
		{"container_label = (\"ci.job=*\", \"stage=deploy\");", 0},
		{"container_label = \"ci.job=42\"; container = \"none\";", 0},
		{"container_tenant = \"*\";", MADE},
		{"container_tenant = \"b*\";", MADE},
		{"container_tenant = \"red\";", 0},
		{"container_tenant = \"*\"; container = \"present\"; user = \"root\";", MADE},
		{"container_tenant = \"*\"; container_name = \"*\";", 0},
		{"listener = \"local\"; tenant = \"blue\";", MADE | KNOWN},
		{"listener = \"local\"; tenant = \"red\";", KNOWN},
		{"container = \"present\"; tenant = \"blue\";", MADE | JOB},
		{"address = \"10.1.2.3\";", FOUR},
		{"address = \"10.1.0.0/16\";", FOUR},
		{"address = \"10.0.0.0/8\";", FOUR | OTHER},
		{"address = \"0.0.0.0/0\";", FOUR | OTHER},
		{"address = \"10.1.*\";", FOUR},
		{"address = \"*\";", FOUR | SIX | OTHER},
		{"address = \"::/0\";", SIX},
		{"address = \"fd00:0::12\";", SIX},
		{"address = \"fd00::12\"; listener = \"local\";", 0},
		{"address = \"fd00::10/124\";", SIX},
		{"address = \"fd00::*\";", SIX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char text[256];
		struct policy_set *set;

		(void)snprintf(text, sizeof text, "clients = ( { %s policy = \"ci\"; } );",
		               table[i].conditions);
		set = settings_text_load_fine(text);
		for (unsigned who = 0; who < PEOPLE; who++) {
			bool matched = policy_set_match(set, &people[who]).policy != NULL;

			if (matched != ((table[i].match >> who & 1U) != 0))
				fail_msg("%s: person %u", table[i].conditions, who);
		}
		policy_set_free(set);
	}
}

static void tenants(void **state)
{
	static const struct {
		const char *rule;
		unsigned who;
		const char *tenant; /* NULL: everything is refused */
		enum grant_fault fault;
	} table[] = {
		{"container_label = \"ci.job=*\"; tenant = \"job-$1\";", 0, "job-42", GRANT_FINE},
		{"container_label = [\"stage=*\", \"ci.job=*\"]; tenant = \"$1-$2\";", 0, "test-42",
	     GRANT_FINE},
		{"user = \"r*\"; container_label = [\"ci.project=*/*\"]; tenant = \"$3-$2\";", 0,
	     "app-team", GRANT_FINE},
		{"container_label = \"ci.project=**\"; tenant = \"x\";", 0, "x", GRANT_FINE},
		{"container_label = \"ci.job=*\";", 3, NULL, GRANT_CONTAINER_UNKNOWN},
		{"listener = \"local\"; tenant = \"x\";", 3, NULL, GRANT_CONTAINER_UNKNOWN},
		{"container_tenant = \"*\"; tenant = \"$1\";", 1, "blue", GRANT_FINE},
		{"container_tenant = \"*\";", 1, "blue", GRANT_FINE},
		{"container_tenant = \"*\"; tenant = \"red\";", 1, NULL, GRANT_TENANT_FOREIGN},
		{"container_tenant = \"*\"; tenant = \"x$1\";", 1, NULL, GRANT_TENANT_FOREIGN},
		{"address = \"10.*.*.3\"; tenant = \"t$1-$2\";", 4, "t1-2", GRANT_FINE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char text[256];
		struct policy_set *set;
		struct grant grant;

		(void)snprintf(text, sizeof text,
		               "clients = ( { %s policy = \"ci\"; }, { policy = \"admin\"; } );",
		               table[i].rule);
		set = settings_text_load_fine(text);
		grant = policy_set_match(set, &people[table[i].who]);
		if (grant.fault != table[i].fault || (grant.policy != NULL) != (table[i].tenant != NULL) ||
		    strcmp(grant.tenant, table[i].tenant != NULL ? table[i].tenant : grant.tenant) != 0)
			fail_msg("%s: '%s', fault %d", table[i].rule, grant.tenant, (int)grant.fault);
		policy_set_free(set);
	}
}

static void what_has_to_be_found_out(void **state)
{
	struct policy_set *none = settings_text_load_fine(
		"clients = ( { user = \"a\"; policy = \"ci\"; }, { address = \"10.*\"; policy = \"ci\"; } );");
	struct policy_set *some = settings_text_load_fine(
		"clients = ( { container_label = [\"b=*\", \"a=1\"]; policy = \"ci\"; },\n"
		" { container_label = \"b=2=3\"; policy = \"ci\"; } );");
	struct policy_set *tenant = settings_text_load_fine(
		"clients = ( { user = \"a\"; policy = \"ci\"; tenant = \"a\"; } );");
	struct policy_set *state_only =
		settings_text_load_fine("clients = ( { container = \"none\"; policy = \"ci\"; } );");
	struct policy_set *rules = settings_text_load_fine(
		"policies = { x = { extends = \"ci\"; rules = (\n"
		" { on = \"system.info\"; effect = \"deny\"; when = \"not (identity.uid = 1 or\n"
		"identity.container.label.b.c = 1 or identity.container.label.'a d' present)\"; } ); }; };\n"
		"clients = ( { container_label = \"c=1\"; policy = \"ci\"; } );");
	struct policy_set *rule = settings_text_load_fine(
		"policies = { x = { extends = \"ci\"; rules = ( { on = \"system.info\"; effect = \"deny\";\n"
		" when = \"identity.container absent\"; } ); }; };\n"
		"clients = ( { user = \"a\"; policy = \"x\"; } );");
	const struct label_keys *labels = policy_set_labels(some);

	(void)state;
	assert_false(policy_set_asks_for_containers(none));
	assert_true(policy_set_asks_for_containers(tenant));
	policy_set_free(tenant);
	assert_true(policy_set_asks_for_containers(some));
	assert_true(policy_set_asks_for_containers(state_only));
	assert_int_equal(policy_set_labels(state_only)->count, 0);
	assert_int_equal(labels->count, 2);
	assert_true(label_keys_have(labels, "a") && label_keys_have(labels, "b"));
	assert_false(label_keys_have(labels, "b=2") || label_keys_have(labels, "c"));
	assert_true(policy_set_asks_for_containers(rule));
	assert_int_equal(policy_set_labels(rule)->count, 0);
	labels = policy_set_labels(rules);
	assert_int_equal(labels->count, 3);
	assert_true(label_keys_have(labels, "a d") && label_keys_have(labels, "b.c") &&
	            label_keys_have(labels, "c"));
	policy_set_free(none);
	policy_set_free(rules);
	policy_set_free(rule);
	policy_set_free(some);
	policy_set_free(state_only);
}

/* Ten thousand rules with one key, of which the last matches: by its value it is found at once. */
static void many_labels(void **state)
{
	enum { RULES = 10000, RULE_SIZE = 80 };
	char *text = malloc((size_t)RULES * RULE_SIZE);
	size_t len = 0;
	struct policy_set *set;

	(void)state;
	assert_non_null(text);
	len += (size_t)snprintf(text, RULE_SIZE, "clients = (\n");
	for (int i = RULES; i > 0; i--)
		len += (size_t)snprintf(text + len, RULE_SIZE,
		                        " { container_label = \"ci.job=%d\"; policy = \"ci\"; }%s\n",
		                        i + 41, i > 1 ? "," : " );");
	set = settings_text_load_fine(text);
	assert_int_equal(policy_set_match(set, &people[0]).place.line, RULES + 1);
	assert_null(policy_set_match(set, &people[2]).policy);
	assert_int_equal(policy_set_labels(set)->count, 1);
	policy_set_free(set);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions),
		cmocka_unit_test(tenants),
		cmocka_unit_test(what_has_to_be_found_out),
		cmocka_unit_test(many_labels),
	};

	return cmocka_run_group_tests_name("client_containers", tests, NULL, NULL);
}
