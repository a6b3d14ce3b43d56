/* What a policy holds against a request, all of it: each objection with the setting that would lift it and what that
 * would have to say. */
#include "judging.h"

#include "policy/arena.h"
#include "policy/decide.h"
#include "policy/facts.h"
#include "policy/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 4 << 20, LIST_SIZE = 65536 };

static const char every_operation[] =
	"policies = { bare = { operations = { allow = [\"**\"]; }; images = { use = [\"docker.io/library/busybox\"]; }; }; };";

/* "rule=value" of each objection, in order, parted by blanks; "!" marks writing. */
static const char *told(const struct trace *trace)
{
	static char text[LIST_SIZE];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < trace->count; i++) {
		const struct objection *objection = &trace->list[i];

		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s%s%s", i > 0 ? " " : "",
		                         objection->rule != NULL ? objection->rule : "?",
		                         objection->value != NULL ? "=" : "",
		                         objection->value != NULL ? objection->value : "",
		                         objection->write ? "!" : "");
		assert_true(used < sizeof text);
	}
	return text;
}

static void trace(const struct policy *policy, struct arena *arena, const char *target,
                  const char *body, struct trace *trace)
{
	struct facts facts = {.count = 0};
	struct request request;
	struct verdict verdict, plain;

	*trace = (struct trace){.arena = arena};
	judging_request(arena, "POST", target, body, &request);
	policy_decide_traced(policy, NULL, &request, &facts, &verdict, trace);
	facts = (struct facts){.count = 0};
	policy_decide(policy, NULL, &request, &facts, &plain);
	assert_int_equal(verdict.kind, plain.kind);
	if (plain.message != NULL)
		assert_string_equal(verdict.message, plain.message);
}

static void every_objection_is_told(void **state)
{
	static const struct {
		const char *target, *body, *told;
	} table[] = {
		{"/containers/create", "{\"Image\":\"busybox\"}", ""},
		{"/containers/create", "{\"Image\":\"alpine\"}", "images.use=docker.io/library/alpine"},
		{"/containers/create",
	     "{\"Image\":\"busybox\",\"HostConfig\":{\"Privileged\":true,\"CapAdd\":[\"cap_sys_admin\",\"KILL\"],"
	     "\"Binds\":[\"/srv:/a\",\"/etc:/b:ro\",\"cache:/c\"],\"NetworkMode\":\"host\"}}",
	     "container.privileged container.capabilities=SYS_ADMIN container.capabilities=KILL "
	     "container.network_modes=host container.binds=/srv! container.binds=/etc"},
		{"/containers/create",
	     "{\"Image\":\"busybox\",\"HostConfig\":{\"Devices\":[{\"PathOnHost\":\"/dev/fuse\"}],"
	     "\"DeviceCgroupRules\":[\"c 1:1 r\"],\"SecurityOpt\":[\"seccomp:unconfined\"],"
	     "\"Sysctls\":{\"net.x\":\"1\"},\"Runtime\":\"runsc\",\"CgroupParent\":\"x\"}}",
	     "container.devices=/dev/fuse container.device_rules=c 1:1 r "
	     "container.security.seccomp.allow=unconfined container.sysctls=net.x "
	     "container.runtime.allow=runsc container.cgroup_parents=x"},
		{"/containers/create",
	     "{\"Image\":\"busybox\",\"HostConfig\":{\"PidMode\":\"container:x\",\"IpcMode\":\"host\","
	     "\"UTSMode\":\"container:x\",\"NetworkMode\":\"lan\",\"LogConfig\":{\"Type\":\"syslog\"}}}",
	     "container.log_drivers=syslog container.pid_modes=container container.ipc_modes=host "
	     "container.uts_modes container.network_modes=named"},
		{"/containers/create",
	     "{\"Image\":\"busybox\",\"HostConfig\":{\"Binds\":[\"/srv:/a:shared\"]}}",
	     "container.binds"},
		/* The same twice is told once; what is malformed ends it. */
		{"/containers/create",
	     "{\"Image\":\"busybox\",\"HostConfig\":{\"CapAdd\":[\"KILL\",\"CAP_KILL\"],\"Binds\":[\"x\"],"
	     "\"VolumesFrom\":[\"a\"]}}",
	     "container.capabilities=KILL ?"},
		{"/volumes/create", "{\"Driver\":\"nfs\",\"DriverOpts\":{\"o\":\"x\"}}",
	     "volume.drivers=nfs volume.options=o"},
		{"/networks/create",
	     "{\"Name\":\"n\",\"Driver\":\"macvlan\",\"Options\":{\"parent\":\"eth0\"}}",
	     "network.drivers=macvlan network.options=parent"},
		{"/build?remote=http://x&networkmode=host&cgroupparent=y", "",
	     "build.other_parameters build.remotes build.network_modes=host images.use"},
	};
	struct policy_set *set = judging_policies(every_operation);
	const struct policy *policy = policy_set_find(set, "bare");

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct trace found;

		trace(policy, arena, table[i].target, table[i].body, &found);
		assert_string_equal(told(&found), table[i].told);
		arena_free(arena);
	}
	policy_set_free(set);
}

static void an_operation_is_one_of_them(void **state)
{
	struct policy_set *set =
		judging_policies("policies = { p = { operations = { deny = [\"volume.*\"]; }; }; };");
	struct arena *arena = arena_new(ARENA_BYTES);
	struct trace found;

	(void)state;
	trace(policy_set_find(set, "p"), arena, "/containers/create",
	      "{\"Image\":\"a\",\"HostConfig\":{\"Privileged\":true}}", &found);
	assert_string_equal(told(&found), "operations.allow=container.create container.privileged");
	trace(policy_set_find(set, "p"), arena, "/volumes/create", "{}", &found);
	assert_string_equal(told(&found), "operations.deny");
	assert_int_equal(found.list[0].place.line, 1);
	arena_free(arena);
	policy_set_free(set);
}

static void an_objection_says_where_and_why(void **state)
{
	struct policy_set *set = judging_policies(every_operation);
	struct arena *arena = arena_new(ARENA_BYTES);
	struct trace found;

	(void)state;
	trace(policy_set_find(set, "bare"), arena, "/containers/create",
	      "{\"Image\":\"busybox\",\"HostConfig\":{\"Privileged\":true}}", &found);
	assert_int_equal(found.count, 1);
	assert_string_equal(found.list[0].claim, "HostConfig.Privileged is true");
	assert_string_equal(found.list[0].advice, "run it without --privileged");
	assert_non_null(found.list[0].place.file);
	arena_free(arena);
	policy_set_free(set);
}

static void there_may_be_too_many(void **state)
{
	static struct trace trace;
	struct arena *arena = arena_new(ARENA_BYTES), *tiny = arena_new(16);
	struct objection objection = {.rule = "container.sysctls"};
	char name[32];

	(void)state;
	trace.arena = arena;
	for (unsigned i = 0; i <= TRACE_MAX; i++) {
		assert_false(trace.cut);
		snprintf(name, sizeof name, "net.%u", i);
		objection.value = name;
		trace_add(&trace, &objection);
	}
	assert_true(trace.cut);
	assert_int_equal(trace.count, TRACE_MAX);
	trace = (struct trace){.arena = tiny};
	objection.value = "much too long for so little memory";
	trace_add(&trace, &objection);
	assert_true(trace.cut);
	arena_free(arena);
	arena_free(tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_objection_is_told),
		cmocka_unit_test(an_operation_is_one_of_them),
		cmocka_unit_test(an_objection_says_where_and_why),
		cmocka_unit_test(there_may_be_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
