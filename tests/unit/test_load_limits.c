/* Mistakes in `container.limits`: each is told, with its line and what would do. */
#include "policy/load.h"
#include "policy/problems.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_SIZE = 1024 };

static const struct {
	const char *limits;
	const char *problem; /* behind "settings:1: policies.p.container.limits" */
} mistakes[] = {
	{"memory = 4;", ".memory: must be a size like \"512M\" or \"4G\", or \"unlimited\""},
	{"memory = \"4X\";", ".memory: must be a size"},
	{"memory = \"0\";", ".memory: must be a size"},
	{"memory = \"-1\";", ".memory: must be a size"},
	{"memory = [];", ".memory: must be a size"},
	{"memory = { };", ".memory: needs max, default or both"},
	{"memory = { over = \"deny\"; };", ".memory: needs max, default or both"},
	{"memory = { max = \"1G\"; default = \"2G\"; };", ".memory.default: is more than max"},
	{"memory = { max = \"1G\"; default = \"unlimited\"; };", ".memory.default: must be a size"},
	{"memory = { max = 1; };", ".memory.max: must be a size"},
	{"memory = { maximum = \"1G\"; };", ".memory.maximum: unknown setting"},
	{"memory = { max = \"1G\"; over = \"cut\"; };", ".memory.over: must be \"deny\" or \"clamp\""},
	{"over = \"no\";", ".over: must be \"deny\" or \"clamp\""},
	{"over = true;", ".over: must be a string, not true or false"},
	{"memory_swap = \"1G\";", ": memory_swap is limited and memory is not"},
	{"memory = \"2G\"; memory_swap = \"1G\";", ": memory_swap is the sum of both"},
	{"cpus = 0;", ".cpus: must be a number of CPUs from 0.01 to 4096"},
	{"cpus = 0.001;", ".cpus: must be a number of CPUs"},
	{"cpus = 5000;", ".cpus: must be a number of CPUs"},
	{"cpus = \"2\";", ".cpus: must be a number of CPUs"},
	{"cpus = -1.0;", ".cpus: must be a number of CPUs"},
	{"pids = 0;", ".pids: must be a number from 1, or \"unlimited\""},
	{"pids = -1;", ".pids: must be a number from 1"},
	{"pids = 1.5;", ".pids: must be a number from 1"},
	{"pids = \"many\";", ".pids: must be a number from 1"},
	{"cpu_shares = 0;", ".cpu_shares: must be a number from 1"},
	{"stop_timeout = -1;", ".stop_timeout: must be a number from 0"},
	{"stop_timeout = 2000000000;", ".stop_timeout: must be at most 1073741824 seconds"},
	{"cpuset = \"0-\";", ".cpuset: must be like \"0-3,8\", below 1024"},
	{"cpuset = 0;", ".cpuset: must be a string, not a whole number"},
	{"ulimits = [];", ".ulimits: must be a group { ... }, not an array"},
	{"ulimits = { nofiles = 1; };",
     ".ulimits.nofiles: no ulimit is called 'nofiles' (did you mean 'nofile'?)"},
	{"ulimits = { nofile = -1; };", ".ulimits.nofile: must be a number from 0"},
	{"ulimits = { nofile = \"lots\"; };", ".ulimits.nofile: must be a number, a size like \"64M\""},
	{"restart = \"no\";", ".restart: must be a list, not a string"},
	{"restart = [\"never\"];", ".restart[0]: must be \"no\", \"on-failure\""},
	{"restart = [\"on-failure:0\"];", ".restart[0]: must be \"no\""},
	{"restart = [\"on-failure:x\"];", ".restart[0]: must be \"no\""},
	{"restart = [1];", ".restart[0]: must be a string, not a whole number"},
	{"log = 1;", ".log: must be a group { ... }, not a whole number"},
	{"log = { driver = \"journald\"; };",
     ".log.driver: must be \"json-file\", \"local\" or \"none\""},
	{"log = { files = 3; };", ": log.files is limited and log.size is not"},
	{"log = { files = 0; size = \"1M\"; };", ".log.files: must be a number from 1"},
	{"log = { maxsize = \"1M\"; };", ".log.maxsize: unknown setting"},
	{"memoory = \"1G\";", ".memoory: unknown setting (did you mean 'memory'?)"},
};

static void mistakes_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		char text[TEXT_SIZE], wanted[TEXT_SIZE];
		struct problems *problems;

		snprintf(text, sizeof text, "policies = { p = { container = { limits = { %s }; }; }; };",
		         mistakes[i].limits);
		snprintf(wanted, sizeof wanted, "settings:1: policies.p%s%s",
		         mistakes[i].problem[0] == ':' ? "" : ".container.limits", mistakes[i].problem);
		assert_null(settings_text_load(text, &problems));
		if (strncmp(problems_text(problems, 0), wanted, strlen(wanted)) != 0)
			fail_msg("%s\n  wanted %s\n  got    %s", text, wanted, problems_text(problems, 0));
		problems_free(problems);
	}
}

static const struct limit_rules *limits_of_policy(const struct policy_set *set, const char *name)
{
	const struct policy *policy = policy_set_find(set, name);

	assert_non_null(policy);
	return &policy->container.limits;
}

static void values_are_read(void **state)
{
	struct policy_set *set = settings_text_load_fine(
		"policies = { p = { container = { limits = { memory = \"4G\"; cpus = 2; pids = { max = 9; "
		"default = 3; over = \"clamp\"; }; shm = { default = \"1M\"; }; ulimits = { core = 0; memlock "
		"= \"64M\"; nice = \"unlimited\"; }; restart = [\"on-failure:5\", \"always\"]; stop_timeout = "
		"0; }; }; };"
		" child = { extends = \"p\"; container = { limits = { memory = \"unlimited\"; cpus = 0.25; "
		"ulimits = { core = 5; }; }; }; }; };");
	const struct limit_rules *p = limits_of_policy(set, "p"),
							 *child = limits_of_policy(set, "child");

	(void)state;
	assert_true(p->memory.capped && p->memory.max == 4LL << 30 && !p->memory.defaulted);
	assert_int_equal(p->memory.place.line, 1);
	assert_int_equal(p->cpus.max, 2000000000);
	assert_true(p->pids.capped && p->pids.defaulted && p->pids.fallback == 3);
	assert_int_equal(p->pids.over, LIMIT_OVER_CLAMP);
	assert_true(!p->shm.capped && p->shm.defaulted && p->shm.fallback == 1 << 20);
	assert_true(p->ulimits.set && p->ulimits.listed[ULIMIT_CORE] && !p->ulimits.listed[ULIMIT_CPU]);
	assert_int_equal(p->ulimits.list[ULIMIT_MEMLOCK].max, 64 << 20);
	assert_true(p->ulimits.listed[ULIMIT_NICE] && !p->ulimits.list[ULIMIT_NICE].capped);
	assert_true(p->restart.set && p->restart.always && !p->restart.unless_stopped);
	assert_int_equal(p->restart.retries, 5);
	assert_true(p->stop_timeout.capped && p->stop_timeout.max == 0);
	assert_false(child->memory.capped);
	assert_true(child->memory.lifted);
	assert_int_equal(child->cpus.max, 250000000);
	assert_int_equal(child->pids.max, 9);
	assert_int_equal(child->ulimits.list[ULIMIT_CORE].max, 5);
	assert_true(child->ulimits.listed[ULIMIT_MEMLOCK]);
	policy_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(values_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
