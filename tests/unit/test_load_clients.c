/* Client rules: who gets which policy. Their mistakes are in test_load_mistakes.c. */
#include "policy/identity.h"
#include "policy/load.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct identity someone_local = {
	.listener = "local",
	.address = "unix",
	.peer = {.present = true,
             .uid = 1000,
             .gid = 999,
             .pid = 77,
             .user = "gitlab-runner",
             .group = "docker"},
};
static const struct identity someone_unknown = {
	.listener = "local",
	.address = "unix",
	.peer = {.present = true, .uid = 0, .gid = 0, .pid = 0, .user = "root", .group = "root"},
};
static const struct identity someone_nameless = {
	.listener = "local",
	.address = "unix",
	.peer = {.present = true, .uid = 4294967294u, .gid = 5, .pid = 8},
};
static const struct identity someone_remote = {
	.listener = "tls",
	.address = "127.0.0.1:5311",
	.certificate = {.present = true,
                    .common_name = "traefik",
                    .organizations = {{"Edge", "Web"}, 2},
                    .organizational_units = {{"Proxies"}, 1},
                    .dns = {{"a.example", "b.example"}, 2},
                    .ip = {{"192.0.2.7"}, 1},
                    .email = {{"ops@example.org"}, 1},
                    .uri = {{"spiffe://ci.example/team/app"}, 1},
                    .issuer = "CN=quay CA,O=Example",
                    .serial = "0AB1",
                    .spki_sha256 = "00ff12"},
};
static const struct identity someone_plain = {.listener = "tls", .address = "127.0.0.1:5312"};

/* A table of conditions, and of the people that each holds for. */
static void client_conditions(void **state)
{
	enum { LOCAL = 1, UNKNOWN = 2, NAMELESS = 4, REMOTE = 8, PLAIN = 16, ALL = 31 };
	static const struct identity *const people[] = {&someone_local, &someone_unknown,
	                                                &someone_nameless, &someone_remote,
	                                                &someone_plain};
	static const struct {
		const char *conditions;
		unsigned match;
	} table[] = {
		{"", ALL},
		{"listener = \"local\";", LOCAL | UNKNOWN | NAMELESS},
		{"listener = \"t*\";", REMOTE | PLAIN},
		{"user = \"gitlab-runner\";", LOCAL},
		{"user = \"gitlab-*\";", LOCAL},
		{"user = \"root\";", 0},
		{"user = \"*\";", LOCAL},
		{"group = \"docker\";", LOCAL},
		{"group = \"wheel\";", 0},
		{"uid = 1000;", LOCAL},
		{"uid = 0;", 0}, /* pid 0 is nobody */
		{"gid = 0;", 0},
		{"gid = 5;", NAMELESS},
		{"uid = 4294967294L;", NAMELESS},
		{"uid = 1000; gid = 999; user = \"*runner\"; group = \"docker\";", LOCAL},
		{"uid = 1000; gid = 998;", 0},
		{"uid = 1000; listener = \"tls\";", 0},
		{"certificate = {};", REMOTE},
		{"certificate = { common_name = \"traefik\"; };", REMOTE},
		{"certificate = { common_name = \"Traefik\"; };", 0},
		{"certificate = { dns = \"b.example\"; };", REMOTE},
		{"certificate = { dns = \"*.example\"; };", REMOTE},
		{"certificate = { dns = \"c.example\"; };", 0},
		{"certificate = { ip = \"192.0.2.7\"; };", REMOTE},
		{"certificate = { email = \"*@example.org\"; };", REMOTE},
		{"certificate = { uri = \"spiffe://ci.example/team/*\"; };", REMOTE},
		{"certificate = { uri = \"spiffe://*\"; };", 0}, /* a star stops at a slash */
		{"certificate = { uri = \"spiffe://**\"; };", REMOTE},
		{"certificate = { organization = \"Web\"; };", REMOTE},
		{"certificate = { organization = \"Proxies\"; };", 0},
		{"certificate = { organizational_unit = \"Proxies\"; };", REMOTE},
		{"certificate = { issuer = \"CN=quay CA,*\"; };", REMOTE},
		{"certificate = { serial = \"0ab1\"; };", REMOTE},
		{"certificate = { serial = \"0AB2\"; };", 0},
		{"certificate = { spki_sha256 = \"00FF12\"; };", REMOTE},
		{"certificate = { common_name = \"traefik\"; dns = \"a.example\"; };", REMOTE},
		{"certificate = { common_name = \"traefik\"; dns = \"c.example\"; };", 0},
		{"certificate = { common_name = \"traefik\"; }; uid = 1000;", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char text[256] = "clients = ( { ";
		struct policy_set *set;

		memcpy(text + strlen(text), table[i].conditions, strlen(table[i].conditions) + 1);
		memcpy(text + strlen(text), " policy = \"ci\"; } );", 21);
		set = settings_text_load_fine(text);
		for (unsigned who = 0; who < 5; who++) {
			const struct policy *policy = policy_set_match(set, people[who]).policy;

			if ((policy != NULL) != ((table[i].match >> who & 1u) != 0))
				fail_msg("%s: person %u", table[i].conditions, who);
			if (policy != NULL)
				assert_string_equal(policy->name, "ci");
		}
		policy_set_free(set);
	}
}

static void the_first_client_rule_decides(void **state)
{
	struct policy_set *set =
		settings_text_load_fine("clients = (\n"
	                            " { listener = \"tls\"; policy = \"read-only\"; },\n"
	                            " { uid = 1000; policy = \"mine\"; },\n"
	                            " { policy = \"deny-all\"; }, { policy = \"admin\"; } );\n"
	                            "policies = { mine = { extends = \"ci\"; }; };");

	(void)state;
	assert_string_equal(policy_set_match(set, &someone_remote).policy->name, "read-only");
	assert_string_equal(policy_set_match(set, &someone_local).policy->name, "mine");
	assert_ptr_equal(policy_set_match(set, &someone_local).policy, policy_set_find(set, "mine"));
	assert_string_equal(policy_set_match(set, &someone_unknown).policy->name, "deny-all");
	policy_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_conditions),
		cmocka_unit_test(the_first_client_rule_decides),
	};

	return cmocka_run_group_tests_name("load_clients", tests, NULL, NULL);
}
