/* What a `*` of each trait captures for a tenant's name: one component, and nothing that is no tenant's name. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "policy/identity_text.h"
#include "policy/load.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A trait, of those that are no number and no name of the configuration: what a rule has around the pattern, and the word of
 * identity_from_text. */
static const struct trait {
	const char *rule, *end, *word;
} traits[] = {
	{"user = \"", "\";", "user="},
	{"group = \"", "\";", "group="},
	{"certificate = { common_name = \"", "\"; };", "cn="},
	{"certificate = { organization = \"", "\"; };", "o="},
	{"certificate = { organizational_unit = \"", "\"; };", "ou="},
	{"certificate = { dns = \"", "\"; };", "dns="},
	{"certificate = { ip = \"", "\"; };", "ip="},
	{"certificate = { email = \"", "\"; };", "email="},
	{"certificate = { uri = \"", "\"; };", "uri="},
	{"certificate = { issuer = \"", "\"; };", "issuer="},
	{"container_name = \"", "\";", "container.name="},
	{"container_image = \"", "\";", "container.image="},
	{"container_label = \"k=", "\";", "label.k="},
};

enum { TRAITS = sizeof traits / sizeof *traits };

static struct grant match(const struct trait *trait, const char *pattern, const char *value)
{
	struct arena *arena = arena_new(64 * 1024);
	char rule[400], who[200];
	struct policy_set *set;
	struct identity identity;
	struct error error = {.text = ""};
	struct grant grant;

	snprintf(
		rule, sizeof rule,
		"clients = ( { %s%s%s policy = \"ci\"; tenant = \"t$1\"; }, { policy = \"ci\"; tenant = "
		"\"other\"; } );",
		trait->rule, pattern, trait->end);
	snprintf(who, sizeof who, "%s%s%s", trait->word, value,
	         strncmp(trait->word, "container", 9) == 0 || strncmp(trait->word, "label", 5) == 0
	             ? ""
	             : " container=none");
	set = settings_text_load_fine(rule);
	if (!identity_from_text(arena, who, &identity, &error))
		fail_msg("%s: %s", who, error.text);
	grant = policy_set_match(set, &identity);
	policy_set_free(set);
	arena_free(arena);
	return grant;
}

static void each_trait_names_a_tenant(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRAITS; i++) {
		struct grant grant = match(&traits[i], "x-*-y", "x-blue-y");

		if (grant.policy == NULL || strcmp(grant.tenant, "tblue") != 0)
			fail_msg("%s: '%s'", traits[i].rule, grant.tenant);
	}
}

/* A star ends at a slash, wherever that comes from: the rule does not hold, and what is behind it is not the tenant's. */
static void no_star_crosses_a_slash(void **state)
{
	static const char *const values[] = {"x-blue/red-y", "x-/-y", "x-blue-y/x-red-y", "x-/etc-y"};

	(void)state;
	for (size_t i = 0; i < TRAITS; i++) {
		for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
			struct grant grant = match(&traits[i], "x-*-y", values[k]);

			if (strcmp(grant.tenant, "other") != 0)
				fail_msg("%s, %s: '%s'", traits[i].rule, values[k], grant.tenant);
		}
	}
}

/* What comes out is looked at, not what went in: the client gets nothing, and no later rule. */
static void no_name_but_a_tenants(void **state)
{
	static const char *const values[] = {
		"x-Blue-y", "x-b.e-y", "x-b_e-y",      "x-b:e-y",
		"x-b$1-y",  "x-*-y",   "x-\xc3\xa4-y", "x-0123456789012345678901234567890123456789a-y",
	};

	(void)state;
	for (size_t i = 0; i < TRAITS; i++) {
		for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
			struct grant grant = match(&traits[i], "x-*-y", values[k]);

			if (grant.policy != NULL || grant.tenant[0] != '\0' ||
			    grant.fault != GRANT_TENANT_MALFORMED)
				fail_msg("%s, %s: '%s'", traits[i].rule, values[k], grant.tenant);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_trait_names_a_tenant),
		cmocka_unit_test(no_star_crosses_a_slash),
		cmocka_unit_test(no_name_but_a_tenants),
	};

	return cmocka_run_group_tests_name("client_captures", tests, NULL, NULL);
}
