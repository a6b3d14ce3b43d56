/* Mistakes in policies and client rules: each is told, with its line and what may have been
 * meant. */
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/text.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Each text of this table has one mistake. */
static void mistakes(void **state)
{
	static const struct {
		const char *text;
		const char *problem;
	} table[] = {
		{"policies = 1;", "settings:1: policies: must be a group { ... }, not a whole number"},
		{"policies = { p = true; };",
	     "settings:1: policies.p: must be a group { ... }, not true or false"},
		{"policies = { p = { allof = []; }; };", "settings:1: policies.p.allof: unknown setting"},
		{"policies = { p = { mode = \"watch\"; }; };",
	     "settings:1: policies.p.mode: must be \"enforce\", \"warn\" or \"observe\""},
		{"policies = { p = { mode = true; }; };",
	     "settings:1: policies.p.mode: must be a string, not true or false"},
		{"policies = { p = { contaner = {}; }; };",
	     "settings:1: policies.p.contaner: unknown setting (did you mean 'container'?)"},
		{"policies = { p = { operations = { allof = []; }; }; };",
	     "settings:1: policies.p.operations.allof: unknown setting (did you mean 'allow'?)"},
		{"policies = { p = { container = { Privileged = true; }; }; };",
	     "settings:1: policies.p.container.Privileged: unknown setting "
	     "(did you mean 'privileged'?)"},
		{"policies = { p = { container = { privileged = \"yes\"; }; }; };",
	     "settings:1: policies.p.container.privileged: must be true, false, or \"runtime:NAME\""},
		{"policies = { p = { container = { privileged = 1; }; }; };",
	     "settings:1: policies.p.container.privileged: must be true, false, or \"runtime:NAME\""},
		{"policies = { p = { container = { sysctls = \"x\"; }; }; };",
	     "settings:1: policies.p.container.sysctls: must be a list, not a string"},
		{"policies = { p = { container = { sysctls = { }; }; }; };",
	     "settings:1: policies.p.container.sysctls: must be a list, not a group"},
		{"policies = { p = { container = { sysctls = [1]; }; }; };",
	     "settings:1: policies.p.container.sysctls[0]: must be a string, not a whole number"},
		{"policies = { p = { container = { sysctls = [\"\"]; }; }; };",
	     "settings:1: policies.p.container.sysctls[0]: must not be empty"},
		{"policies = { p = { container = { sysctls = [\"\\xff\"]; }; }; };",
	     "settings:1: policies.p.container.sysctls[0]: is not UTF-8"},
		{"policies = { p = { container = 5; }; };",
	     "settings:1: policies.p.container: must be a group { ... }, not a whole number"},
		{"policies = { p = { container = { capabilities = [\"NET_ROW\"]; }; }; };",
	     "settings:1: policies.p.container.capabilities[0]: no capability is called 'NET_ROW' "
	     "(did you mean 'NET_RAW'?)"},
		{"policies = { p = { container = { network_modes = [\"hots\"]; }; }; };",
	     "settings:1: policies.p.container.network_modes[0]: unknown value 'hots' "
	     "(did you mean 'host'?)"},
		{"policies = { p = { container = { uts_modes = [\"container\"]; }; }; };",
	     "settings:1: policies.p.container.uts_modes[0]: unknown value 'container'"},
		{"policies = { p = { operations = { allow = [\"container.createe\"]; }; }; };",
	     "settings:1: policies.p.operations.allow[0]: no operation is called 'container.createe' "
	     "(did you mean 'container.create'?)"},
		{"policies = { p = { operations = { deny = [\"nothing.*\"]; }; }; };",
	     "settings:1: policies.p.operations.deny[0]: no operation is called 'nothing.*'"},
		{"policies = { p = { operations = { deny = [\"\\x1b[0m\"]; }; }; };",
	     "settings:1: policies.p.operations.deny[0]: no operation is called '\\x1b[0m'"},
		{"policies = { p = { unknown_fields = \"ignore\"; }; };",
	     "settings:1: policies.p.unknown_fields: must be \"refuse\" or \"drop\""},
		{"policies = { p = { unknown_fields = true; }; };",
	     "settings:1: policies.p.unknown_fields: must be a string, not true or false"},
		{"policies = { p = { redact = { envs = [\"*\"]; }; }; };",
	     "settings:1: policies.p.redact.envs: unknown setting (did you mean 'env'?)"},
		{"policies = { p = { redact = { env = true; }; }; };",
	     "settings:1: policies.p.redact.env: must be a list, not true or false"},
		{"policies = { p = { redact = { mounts = [\"*\"]; }; }; };",
	     "settings:1: policies.p.redact.mounts: must be true or false, not an array [ ... ]"},
		{"policies = { p = { extends = \"cj\"; }; };",
	     "settings:1: policies.p.extends: no policy is called 'cj' (did you mean 'ci'?)"},
		{"policies = { p = { extends = 5; }; };",
	     "settings:1: policies.p.extends: must be a string, not a whole number"},
		{"policies = { p = { extends = \"p\"; }; };",
	     "settings:1: policies.p.extends: extends itself, by way of 'p'"},
		{"policies = {\n a = { extends = \"b\"; };\n b = { extends = \"c\"; };\n"
	     " c = { extends = \"a\"; };\n};",
	     "settings:4: policies.c.extends: extends itself, by way of 'a'"},
		{"policies = { p = { build = { network_modes = [\"named\"]; }; }; };",
	     "settings:1: policies.p.build.network_modes[0]: unknown value 'named'"},
		{"policies = { p = {\n extends = \"admin\";\n protected = [\"web\"];\n"
	     " container = { privileged = false; }; }; };",
	     "settings:4: policies.p.container: has no effect in an unrestricted policy"},
		{"policies = {\n p = { unrestricted = true; operations = { allow = []; }; };\n"
	     " q = { extends = \"p\"; unknown_fields = \"drop\"; build = { }; }; };",
	     "settings:3: policies.q.build: has no effect in an unrestricted policy"},
		{"policies = { p = { extends = \"ci\";\n images = { use = []; };\n unrestricted = true; }; };",
	     "settings:2: policies.p.images: has no effect in an unrestricted policy"},
		{"policies = { ci = {}; };", "settings:1: policies.ci: a preset of that name is shipped"},
		{"clients = 1;",
	     "settings:1: clients: must be a list ( { ... }, ... ), not a whole number"},
		{"clients = [];",
	     "settings:1: clients: must be a list ( { ... }, ... ), not an array [ ... ]"},
		{"clients = { x = 1; };",
	     "settings:1: clients: must be a list ( { ... }, ... ), not a group"},
		{"clients = ( 5 );", "settings:1: clients[0]: must be a group { ... }, not a whole number"},
		{"clients = ( { } );", "settings:1: clients[0]: a client rule needs a policy"},
		{"clients = ( { policy = \"cii\"; } );",
	     "settings:1: clients[0].policy: no policy is called 'cii' (did you mean 'ci'?)"},
		{"clients = ( { policy = 5; } );",
	     "settings:1: clients[0].policy: must be a string, not a whole number"},
		{"clients = ( { polcy = \"ci\"; policy = \"ci\"; } );",
	     "settings:1: clients[0].polcy: unknown setting (did you mean 'policy'?)"},
		{"clients = ( { listener = \"tsl\"; policy = \"ci\"; } );",
	     "settings:1: clients[0].listener: no listener is called 'tsl' (did you mean 'tls'?)"},
		{"clients = ( { uid = -1; policy = \"ci\"; } );",
	     "settings:1: clients[0].uid: must be from 0 to 4294967294"},
		{"clients = ( { gid = 4294967295L; policy = \"ci\"; } );",
	     "settings:1: clients[0].gid: must be from 0 to 4294967294"},
		{"clients = ( { container = \"yes\"; policy = \"ci\"; } );",
	     "settings:1: clients[0].container: must be \"present\", for a client in a container, or "
	     "\"none\", for a process of the host"},
		{"clients = ( { container_label = \"job\"; policy = \"ci\"; } );",
	     "settings:1: clients[0].container_label: 'job' is no label: it must be KEY=VALUE, and a `*` "
	     "can stand in the value only"},
		{"clients = ( { container_label = [ \"a=1\", \"jo*=1\" ]; policy = \"ci\"; } );",
	     "settings:1: clients[0].container_label[1]: 'jo*=1' is no label: it must be KEY=VALUE, and "
	     "a `*` can stand in the value only"},
		{"clients = ( { container_label = []; policy = \"ci\"; } );",
	     "settings:1: clients[0].container_label: must not be empty"},
		{"clients = ( { container_label = 5; policy = \"ci\"; } );",
	     "settings:1: clients[0].container_label: must be a list, not a whole number"},
		{"clients = ( { address = \"10.0.0.1/8\"; policy = \"ci\"; } );",
	     "settings:1: clients[0].address: '10.0.0.1/8' has bits set beyond its /8"},
		{"clients = ( { uid = \"root\"; policy = \"ci\"; } );",
	     "settings:1: clients[0].uid: must be a whole number, not a string"},
		{"clients = ( { uid = 1.5; policy = \"ci\"; } );",
	     "settings:1: clients[0].uid: must be a whole number, not a fraction"},
		{"clients = ( { user = 1000; policy = \"ci\"; } );",
	     "settings:1: clients[0].user: must be a string, not a whole number"},
		{"clients = ( { user = \"\"; policy = \"ci\"; } );",
	     "settings:1: clients[0].user: must not be empty"},
		{"clients = ( { certificate = \"x\"; policy = \"ci\"; } );",
	     "settings:1: clients[0].certificate: must be a group { ... }, not a string"},
		{"clients = ( { certificate = { cn = \"x\"; }; policy = \"ci\"; } );",
	     "settings:1: clients[0].certificate.cn: unknown setting"},
		{"clients = ( { certificate = { comon_name = \"x\"; }; policy = \"ci\"; } );",
	     "settings:1: clients[0].certificate.comon_name: unknown setting "
	     "(did you mean 'common_name'?)"},
		{"clients = ( { policy = \"ci\"; tenant = \"Team\"; } );",
	     "settings:1: clients[0].tenant: 'Team' is no tenant's name"},
		{"clients = ( { policy = \"ci\"; tenant = \"-x\"; } );",
	     "settings:1: clients[0].tenant: '-x' is no tenant's name"},
		{"clients = ( { policy = \"ci\"; tenant = \"a$\"; } );",
	     "settings:1: clients[0].tenant: 'a$' is no tenant's name"},
		{"clients = ( { policy = \"ci\"; user = \"*\"; tenant = \"$0\"; } );",
	     "settings:1: clients[0].tenant: '$0' is no tenant's name"},
		{"clients = ( { policy = \"ci\"; tenant = \"a23456789-123456789-123456789-123456789-1x\"; } );",
	     "settings:1: clients[0].tenant: 'a23456789-123456789-123456789-123456789-1x' is no tenant's"},
		{"clients = ( { policy = \"ci\"; user = \"a**b\"; listener = \"t*\"; tenant = \"$1$2\"; } );",
	     "settings:1: clients[0].tenant: there is no $2: the conditions of this rule have 1 `*`"},
		{"clients = ( { policy = \"ci\"; tenant = 5; } );",
	     "settings:1: clients[0].tenant: must be a string, not a whole number"},
		{"clients = ( { certificate = { serial = \"01:AB\"; }; policy = \"ci\"; } );",
	     "settings:1: clients[0].certificate.serial: must be hexadecimal digits"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct problems *problems;
		struct policy_set *set = settings_text_load(table[i].text, &problems);

		if (set != NULL)
			fail_msg("nothing found in: %s", table[i].text);
		if (problems_count(problems) != 1 ||
		    !text_starts_with(problems_text(problems, 0), table[i].problem))
			fail_msg("%s\n%zu: %s\nnot: %s", table[i].text, problems_count(problems),
			         problems_text(problems, 0), table[i].problem);
		problems_free(problems);
	}
}

static void bind_sources(void **state)
{
	static const struct {
		const char *bind;
		const char *words; /* of the problem; NULL: fine */
	} table[] = {
		{"{ source = \"/srv\"; write = true; }", NULL},
		{"{ source = \"/var/run/docker.sock\"; }", NULL},
		{"{ source = \"/run/docker.sock\"; }", NULL},
		{"{ source = \"/var/run/docker.sock.d\"; }", NULL},
		{"{ source = \"/var/lib/ci\"; }", NULL},
		{"{ source = \"/run/user\"; }", NULL},
		{"{ source = \"/ru\"; }", NULL},
		{"{ source = \"/srv/..a/.b/c.\"; }", NULL},
		{"{ source = \"/\"; }", "holds the daemon's socket"},
		{"{ source = \"/var\"; }", "holds the daemon's socket"},
		{"{ source = \"/var/run\"; }", "holds the daemon's socket"},
		{"{ source = \"/run\"; }", "holds the daemon's socket"},
		{"{ source = \"srv\"; }", "not an absolute path"},
		{"{ source = \"/srv/\"; }", "not an absolute path"},
		{"{ source = \"//srv\"; }", "not an absolute path"},
		{"{ source = \"/a//b\"; }", "not an absolute path"},
		{"{ source = \"/a/./b\"; }", "not an absolute path"},
		{"{ source = \"/a/../b\"; }", "not an absolute path"},
		{"{ source = \"/a/.\"; }", "not an absolute path"},
		{"{ source = \"/..\"; }", "not an absolute path"},
		{"{ source = \"/srv/*\"; }", "is no pattern"},
		{"{ source = \"\"; }", "must not be empty"},
		{"{ source = 1; }", "must be a string"},
		{"{ }", "needs a source"},
		{"{ write = true; }", "needs a source"},
		{"{ source = \"/srv\"; write = 1; }", "must be true or false"},
		{"{ source = \"/srv\"; write = true; create = false; propagation = \"shared\"; }", NULL},
		{"{ source = \"/srv/$tenant\"; create = true; propagation = \"private\"; }", NULL},
		{"{ source = \"/srv/a-$uid.$user/$$x\"; }", NULL},
		{"{ source = \"/srv/$group\"; }", "'/srv/$group' has the variable '$group'"},
		{"{ source = \"$tenant\"; }", "not an absolute path"},
		{"{ source = \"/srv\"; create = 1; }", "must be true or false"},
		{"{ source = \"/srv\"; propagation = \"rshared\"; }",
	     "must be \"private\", \"slave\" or \"shared\""},
		{"{ source = \"/srv\"; propagation = true; }", "must be a string"},
		{"{ source = \"/srv\"; target = \"/x\"; }", "unknown setting"},
		{"\"/srv\"", "must be a group"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char text[256] = "policies = { p = { container = { binds = ( ";
		struct problems *problems;
		struct policy_set *set;

		memcpy(text + strlen(text), table[i].bind, strlen(table[i].bind) + 1);
		memcpy(text + strlen(text), " ); }; }; };", 13);
		set = settings_text_load(text, &problems);
		assert_int_equal(set != NULL, table[i].words == NULL);
		assert_int_equal(problems_count(problems), table[i].words != NULL);
		if (table[i].words != NULL && strstr(problems_text(problems, 0), table[i].words) == NULL)
			fail_msg("%s: %s", table[i].bind, problems_text(problems, 0));
		policy_set_free(set);
		problems_free(problems);
	}
}

static void ten_mistakes_are_told_each_with_its_line(void **state)
{
	static const char *const expected[] = {
		"settings:3: policies.one.unrestricted: ",
		"settings:5: policies.one.operations.allow[1]: ",
		"settings:6: policies.one.operations.permit: ",
		"settings:9: policies.one.container.binds[0].source: ",
		"settings:12: policies.one.container.capabilities[0]: ",
		"settings:14: policies.one.images.use: ",
		"settings:17: policies.two.extends: ",
		"settings:20: policies.read-only: ",
		"settings:23: clients[0].uid: ",
		"settings:24: clients[1].policy: ",
	};
	bool told[sizeof expected / sizeof *expected] = {false};
	struct problems *problems;

	(void)state;
	assert_null(settings_text_load("policies = {\n"
	                               " one = {\n"
	                               "  unrestricted = \"no\";\n"
	                               "  operations = {\n"
	                               "   allow = [\"image.list\", \"image.lost\"];\n"
	                               "   permit = [];\n"
	                               "  };\n"
	                               "  container = {\n"
	                               "   binds = ( { source = \"/var\"; },\n"
	                               "             { source = \"/srv\"; } );\n"
	                               "   privileged = false;\n"
	                               "   capabilities = [ \"FLY\" ];\n"
	                               "  };\n"
	                               "  images = { use = \"docker.io/library/alpine\"; };\n"
	                               " };\n"
	                               " two = {\n"
	                               "  extends = \"three\";\n"
	                               " };\n"
	                               "\n"
	                               " read-only = {};\n"
	                               "};\n"
	                               "clients = (\n"
	                               " { uid = \"1000\"; policy = \"one\"; },\n"
	                               " { policy = \"four\"; }\n"
	                               ");\n",
	                               &problems));
	assert_int_equal(problems_count(problems), 10);
	for (size_t i = 0; i < 10; i++) {
		for (size_t k = 0; k < 10; k++)
			told[k] = told[k] || text_starts_with(problems_text(problems, i), expected[k]);
	}
	for (size_t k = 0; k < 10; k++) {
		if (!told[k])
			fail_msg("not told: %s", expected[k]);
	}
	problems_free(problems);
}

static void a_parent_is_read_and_told_once(void **state)
{
	struct problems *problems;

	(void)state;
	assert_null(
		settings_text_load("policies = { a = { extends = \"p\"; }; b = { extends = \"p\"; };\n"
	                       "p = { unrestricted = 1; }; };",
	                       &problems));
	assert_int_equal(problems_count(problems), 1);
	assert_true(
		text_starts_with(problems_text(problems, 0), "settings:2: policies.p.unrestricted: "));
	problems_free(problems);
}

static void every_idle_group_is_told(void **state)
{
	struct problems *problems;

	(void)state;
	assert_null(settings_text_load("policies = { p = { extends = \"admin\";\n container = { };\n"
	                               " exec = { };\n build = { };\n volume = { };\n network = { };\n"
	                               " images = { };\n}; };",
	                               &problems));
	assert_int_equal(problems_count(problems), 6);
	problems_free(problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes),
		cmocka_unit_test(bind_sources),
		cmocka_unit_test(ten_mistakes_are_told_each_with_its_line),
		cmocka_unit_test(a_parent_is_read_and_told_once),
		cmocka_unit_test(every_idle_group_is_told),
	};

	return cmocka_run_group_tests_name("load_mistakes", tests, NULL, NULL);
}
