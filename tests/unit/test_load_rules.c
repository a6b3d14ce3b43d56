/* Rules of the user's own: what is read, and which mistakes are told, each with its line and place. */
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/text.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SETTINGS_SIZE = 4096 };

static const char *settings_with(const char *rules)
{
	static char text[SETTINGS_SIZE];
	int len = snprintf(text, sizeof text, "policies = { p = { extends = \"ci\"; rules =\n%s; }; };",
	                   rules);

	assert_in_range(len, 1, sizeof text - 1);
	return text;
}

/* Mistakes in the rules themselves; they begin on line 2. */
static void mistakes_of_rules(void **state)
{
	static const struct {
		const char *rules, *problem;
	} table[] = {
		{"{ }", "settings:1: policies.p.rules: must be a list ( { ... }, ... ), not a group"},
		{"[ ]", "settings:1: policies.p.rules: must be a list ( { ... }, ... ), not an array"},
		{"( 1 )", "settings:2: policies.p.rules[0]: must be a group { ... }, not a whole number"},
		{"( { effect = \"deny\"; } )",
	     "settings:2: policies.p.rules[0]: a rule needs `on`, the operations it is for"},
		{"( { on = \"image.list\"; } )",
	     "settings:2: policies.p.rules[0]: a rule needs an effect, \"allow\" or \"deny\""},
		{"( { on = \"image.list\"; effect = \"refuse\"; } )",
	     "settings:2: policies.p.rules[0].effect: must be \"allow\" or \"deny\""},
		{"( { on = \"image.list\"; effect = true; } )",
	     "settings:2: policies.p.rules[0].effect: must be a string, not true or false"},
		{"( { on = \"image.lost\"; effect = \"deny\"; } )",
	     "settings:2: policies.p.rules[0].on: no operation is called 'image.lost' (did you mean "
	     "'image.list'?)"},
		{"( { on = [\"image.list\", \"nothing.*\"]; effect = \"deny\"; } )",
	     "settings:2: policies.p.rules[0].on[1]: no operation is called 'nothing.*'"},
		{"( { on = []; effect = \"deny\"; } )",
	     "settings:2: policies.p.rules[0].on: must not be empty"},
		{"( { on = 1; effect = \"deny\"; } )",
	     "settings:2: policies.p.rules[0].on: must be an operation or a list of them, not a whole "
	     "number"},
		{"( { on = \"image.list\"; effect = \"deny\"; mode = \"loud\"; } )",
	     "settings:2: policies.p.rules[0].mode: must be \"enforce\", \"warn\" or \"observe\""},
		{"( { on = \"image.list\"; effect = \"deny\"; massage = \"x\"; } )",
	     "settings:2: policies.p.rules[0].massage: unknown setting (did you mean 'message'?)"},
		{"( { on = \"image.list\"; effect = \"deny\"; message = \"a\\nb\"; } )",
	     "settings:2: policies.p.rules[0].message: must be one line of text"},
		{"( { on = \"image.list\"; effect = \"deny\"; when = 1; } )",
	     "settings:2: policies.p.rules[0].when: must be a string, not a whole number"},
		{"(\n { on = \"image.list\"; effect = \"deny\"; },\n { on = \"image.pull\";\n effect = \"deny\";\n "
	     "when = \"x ~ y\"; } )",
	     "settings:6: policies.p.rules[1].when: at character 3, '~': expected =, !="},
		{"( { on = \"build.prune\"; effect = \"allow\"; } )",
	     "settings:2: policies.p.rules[0]: allows what operations.deny denies, which no rule can lift"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct problems *problems;

		if (settings_text_load(settings_with(table[i].rules), &problems) != NULL)
			fail_msg("%s was loaded", table[i].rules);
		if (problems_count(problems) != 1 ||
		    !text_starts_with(problems_text(problems, 0), table[i].problem))
			fail_msg("%s: %s", table[i].rules, problems_text(problems, 0));
		problems_free(problems);
	}
}

/* Mistakes that only the register can tell, what there is and of which type: a table. */
static void mistakes_of_predicates(void **state)
{
	static const struct {
		const char *on, *when, *told;
	} table[] = {
		{"container.create", "HostConfig.Memry = 1",
	     "at character 1: container.create has no 'HostConfig.Memry' (did you mean 'HostConfig.Memory'?)"},
		{"container.create", "hostConfig.Memory = 1",
	     "container.create has no 'hostConfig.Memory' (did you mean 'HostConfig.Memory'?)"},
		{"container.create", "Memory = 1", "container.create has no 'Memory'"},
		{"container.create", "User.name = x", "container.create has no 'User.name'"},
		{"container.create", "HostConfig.CpuCount = 1",
	     "container.create has no 'HostConfig.CpuCount'"},
		{"container.create", "any HostConfig.Mounts.Typ = bind",
	     "container.create has no 'HostConfig.Mounts.Typ' (did you mean 'HostConfig.Mounts.Type'?)"},
		{"container.create", "any HostConfig.Mounts (Typ = bind)",
	     "at character 24: container.create has no 'Typ'"},
		{"container.create", "query.naame = x",
	     "container.create has no 'query.naame' (did you mean 'query.name'?)"},
		{"container.create", "identity.commonname = x",
	     "container.create has no 'identity.commonname' (did you mean 'identity.common_name'?)"},
		{"container.create", "target.label.x = y", "container.create has no 'target.label.x'"},
		{"container.list", "target.label.x = y", "container.list has no 'target.label.x'"},
		{"container.stop", "target.labl.x = y", "container.stop has no 'target.labl.x'"},
		{"container.stop", "target.stat = running",
	     "container.stop has no 'target.stat' (did you mean 'target.state'?)"},
		{"container.stop", "target = x", "container.stop has no 'target'"},
		{"container.stop", "container.label.x = y", "container.stop has no 'container.label.x'"},
		{"volume.remove", "target.image = x", "volume.remove has no 'target.image'"},
		{"container.*", "HostConfig.Memry = 1",
	     "at character 1: no operation of `on` has 'HostConfig.Memry' (did you mean 'HostConfig.Memory'?)"},
		{"container.*", "User = x and target.label.y = z",
	     "policies.p.rules[0].when: no operation of `on` has all of its paths"},
		{"container.stop", "recreate", "at character 1: `recreate` is for container.create alone"},
		{"container.create", "any HostConfig.Mounts (recreate)",
	     "at character 24: `recreate` is for container.create alone"},
		{"build.classic", "query.buildargs.x = y", "build.classic has no 'query.buildargs.x'"},
		{"container.create", "name = x", "container.create has no 'name'"},

		{"container.create", "HostConfig.Privileged = 512M",
	     "at character 1: 'HostConfig.Privileged' is true or false, and nothing else"},
		{"container.create", "HostConfig.Privileged < 5",
	     "'HostConfig.Privileged' is true or false: compare it by = or !="},
		{"container.create", "HostConfig.Privileged present",
	     "'HostConfig.Privileged' is false where it is not given: write = true or = false"},
		{"container.create", "HostConfig.Memory = lots",
	     "'HostConfig.Memory' is a number, and 'lots' is none: write 5, -1 or a size like 512M"},
		{"container.create", "HostConfig.Memory > 512X", "'512X' is none"},
		{"container.create", "HostConfig.Memory > 99999999999999999999", "is none"},
		{"container.create", "HostConfig.Memory = '5*'", "'5*' is none"},
		{"container.create", "HostConfig.Memory = 0",
	     "'HostConfig.Memory' of 0 is how clients leave it out: write `absent` or `present`"},
		{"container.create", "HostConfig.Memory under /x",
	     "'HostConfig.Memory' is a number: compare it by =, !=, <, <=, >, >=, present or absent"},
		{"container.create", "User < 5",
	     "'User' is a text: compare it by =, !=, under, image, in, present or absent"},
		{"container.create", "User = ''",
	     "'User' of \"\" is how clients leave it out: write `absent` or `present`"},
		{"container.create", "HostConfig = x",
	     "'HostConfig' can be `present` or `absent`, and no more"},
		{"container.create", "any HostConfig.Mounts = x",
	     "'HostConfig.Mounts' can be `present` or `absent`, and no more"},
		{"container.create", "Env = x",
	     "'Env' may have many values: write `any` or `all` before it"},
		{"container.create", "HostConfig.Mounts.Type = bind", "may have many values"},
		{"container.create", "HostConfig.Mounts.Type present", "may have many values"},
		{"container.create", "any Env (x = y)",
	     "'Env' has no properties that parentheses could be about"},
		{"container.create", "identity.dns = x", "'identity.dns' may have many values"},
		{"system.info", "identity.container = none",
	     "'identity.container' can be `present` or `absent`"},
		{"system.info", "identity.container.nme = x",
	     "no 'identity.container.nme' (did you mean 'identity.container.name'?)"},
		{"system.info", "identity.container.name.x = x", "no 'identity.container.name.x'"},
		{"system.info", "identity.'container.name' = x", "no 'identity.\"container.name\"'"},
		{"system.info", "identity.container.label = x", "no 'identity.container.label'"},
		{"system.info", "any identity.container.label.* = x", "no 'identity.container.label.*'"},
		{"system.info", "identity.container.label.'a*' = x", "no 'identity.container.label"},
		{"system.info", "identity.container.label.'a=b' = x", "no 'identity.container.label"},
		{"system.info", "identity.container.label.'' = x", "no 'identity.container.label"},
		{"container.create", "WorkingDir under srv",
	     "`under` wants an absolute path in its shortest form, without stars, not 'srv'"},
		{"container.create", "WorkingDir under /srv/", "not '/srv/'"},
		{"container.create", "WorkingDir under '/srv/*'", "not '/srv/*'"},
		{"container.create", "WorkingDir under /srv/../etc", "not '/srv/../etc'"},
		{"container.create", "Image image 'UPPER'",
	     "`image` wants a name like registry.example/team/*"},
		{"container.create", "Image image ''", "`image` wants a name"},
		{"system.info", "identity.address in 10.0.0.0/33", "`in` wants a range like 10.0.0.0/8"},
		{"system.info", "identity.address in 10.0.0.1/8", "`in` wants a range like 10.0.0.0/8"},
		{"system.info", "identity.uid = root", "'identity.uid' is a number, and 'root' is none"},
		{"build.classic", "query.labels = x", "'query.labels' can be `present` or `absent`"},
		{"container.create", "User = root and", "it ends where there should be a path"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char rules[SETTINGS_SIZE / 2];
		struct problems *problems;

		snprintf(rules, sizeof rules, "( { on = \"%s\"; effect = \"deny\"; when = \"%s\"; } )",
		         table[i].on, table[i].when);
		if (settings_text_load(settings_with(rules), &problems) != NULL)
			fail_msg("%s was loaded", rules);
		if (problems_count(problems) != 1 ||
		    strstr(problems_text(problems, 0), table[i].told) == NULL)
			fail_msg("%s: %s", rules, problems_text(problems, 0));
		problems_free(problems);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_of_rules),
		cmocka_unit_test(mistakes_of_predicates),
	};

	return cmocka_run_group_tests_name("load_rules", tests, NULL, NULL);
}
