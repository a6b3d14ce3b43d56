/* The judgement as a whole: what no vector can say, because it is about policies that are missing, memory that
 * is short, and tables that must be complete. The rules themselves are in tests/vectors. */
#include "judging.h"

#include "policy/arena.h"
#include "policy/decide.h"
#include "policy/facts.h"
#include "policy/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 1 << 20, BODY_SIZE = 8192 };

/* A policy that lets every operation pass and nothing else: zero is safe. */
static const char *allowed[] = {"**"};
static const struct policy bare = {.name = "bare", .allow = {.list = allowed, .count = 1}};

static void judge(const struct policy *policy, const struct request *request,
                  struct verdict *verdict)
{
	struct facts facts = {.count = 0};

	policy_decide(policy, NULL, request, &facts, verdict);
	assert_true((verdict->kind == VERDICT_NEED) == facts_wanted(&facts) ||
	            verdict->kind == VERDICT_DENY);
}

static void assert_denial(const struct verdict *verdict)
{
	assert_int_equal(verdict->kind, VERDICT_DENY);
	assert_true(verdict->status >= 400);
	assert_non_null(verdict->message);
	assert_non_null(verdict->rule);
	assert_null(strchr(verdict->message, '\n'));
}

static void without_a_policy_nothing_is_allowed(void **state)
{
	static const struct policy zero = {.name = "zero"};
	struct identity identity = {.listener = "tls"};
	struct facts facts = {.count = 0};
	struct arena *arena = arena_new(ARENA_BYTES);
	struct request request;
	struct verdict verdict;

	(void)state;
	judging_request(arena, "GET", "/_ping", "", &request);
	policy_decide(NULL, &identity, &request, &facts, &verdict);
	assert_denial(&verdict);
	assert_non_null(strstr(verdict.message, "tls"));
	policy_decide_early(NULL, NULL, &request, &verdict);
	assert_denial(&verdict);
	judge(&zero, &request, &verdict);
	assert_denial(&verdict);
	policy_decide_early(&zero, NULL, &request, &verdict);
	assert_denial(&verdict);
	arena_free(arena);
}

static void a_head_alone_is_never_allowed(void **state)
{
	struct policy_set *set = judging_policies("");
	struct arena *arena = arena_new(ARENA_BYTES);
	struct request request;
	struct verdict verdict;

	(void)state;
	judging_request(arena, "GET", "/_ping", "", &request);
	policy_decide_early(policy_set_find(set, "admin"), NULL, &request, &verdict);
	assert_int_equal(verdict.kind, VERDICT_NEED);
	policy_decide_early(policy_set_find(set, "ci"), NULL, &request, &verdict);
	assert_int_equal(verdict.kind, VERDICT_NEED);
	judging_request(arena, "POST", "/swarm/init", "{}", &request);
	policy_decide_early(policy_set_find(set, "ci"), NULL, &request, &verdict);
	assert_denial(&verdict);
	judging_request(arena, "POST", "/containers/web/start?checkpoint-dir=/etc", "", &request);
	policy_decide_early(policy_set_find(set, "ci"), NULL, &request, &verdict);
	assert_denial(&verdict);
	arena_free(arena);
	policy_set_free(set);
}

/* An unrestricted policy looks nothing up, but what has been looked up counts. */
static void protected_names_bind_the_unrestricted(void **state)
{
	static const char inspected[] =
		"{\"Id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"Name\":\"/web\"}";
	struct policy_set *set =
		judging_policies("policies = { p = { extends = \"admin\"; protected = [\"web\"]; }; };");
	const struct policy *policy = policy_set_find(set, "p");
	struct arena *arena = arena_new(ARENA_BYTES);
	struct facts facts = {.count = 0};
	struct request request;
	struct verdict verdict;

	(void)state;
	judging_request(arena, "DELETE", "/containers/web", "", &request);
	policy_decide_early(policy, NULL, &request, &verdict);
	assert_denial(&verdict);
	judge(policy, &request, &verdict);
	assert_denial(&verdict);
	judging_request(arena, "DELETE", "/containers/aaaa", "", &request);
	policy_decide(policy, NULL, &request, &facts, &verdict);
	assert_int_equal(verdict.kind, VERDICT_ALLOW);
	assert_int_equal(facts.count, 0);
	fact_learn(arena, facts_about(arena, &facts, OBJECT_CONTAINER, "aaaa"), 200, inspected,
	           sizeof inspected - 1);
	policy_decide(policy, NULL, &request, &facts, &verdict);
	assert_denial(&verdict);
	assert_non_null(strstr(verdict.message, "'web' is protected"));
	arena_free(arena);
	policy_set_free(set);
}

/* A body that should be there and is not is denied by every operation that reads one. */
static void a_missing_body_is_denied(void **state)
{
	size_t count;
	const struct route *routes = route_catalogue(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct request request = {.arena = arena, .route = &routes[i], .captures = {.name = "x"}};
		struct verdict verdict;

		judge(&bare, &request, &verdict);
		if (routes[i].body == BODY_JSON || routes[i].body == BODY_JSON_LIST)
			assert_denial(&verdict);
		arena_free(arena);
	}
}

/* An operation on an object without a name cannot be resolved. */
static void a_missing_name_is_denied(void **state)
{
	size_t count;
	const struct route *routes = route_catalogue(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct request request = {.arena = arena, .route = &routes[i]};
		enum object_kind object = routes[i].object;
		struct verdict verdict;

		judge(&bare, &request, &verdict);
		if (object == OBJECT_CONTAINER || object == OBJECT_EXEC || object == OBJECT_NETWORK)
			assert_denial(&verdict);
		arena_free(arena);
	}
}

/* One body for each property that the tables leave to the checks: under a policy without rules each is denied
 * or waits for a fact. A property that is judged by nobody would be allowed. */
struct judged {
	const char *path;
	const char *body;
};

#define HOST(text)    "{\"Image\":\"x\",\"HostConfig\":{" text "}}"
#define MOUNT(text)   HOST("\"Mounts\":[{" text ",\"Target\":\"/t\"}]")
#define VOLUME(text)  MOUNT("\"Type\":\"volume\",\"VolumeOptions\":{\"DriverConfig\":{" text "}}")
#define DEVICE(text)  HOST("\"Devices\":[{" text "}]")
#define REQUEST(text) HOST("\"DeviceRequests\":[{" text "}]")
#define BIND(text) \
	MOUNT("\"Type\":\"bind\",\"Source\":\"/srv\",\"ReadOnly\":true,\"BindOptions\":{" text "}")

static const struct judged judged_in_create[] = {
	{"HostConfig.Binds", HOST("\"Binds\":[\"/:/h\"]")},
	{"HostConfig.CapAdd", HOST("\"CapAdd\":[\"CHOWN\"]")},
	{"HostConfig.CgroupParent", HOST("\"CgroupParent\":\"/x\"")},
	{"HostConfig.CgroupnsMode", HOST("\"CgroupnsMode\":\"host\"")},
	{"HostConfig.DeviceCgroupRules", HOST("\"DeviceCgroupRules\":[\"a\"]")},
	{"HostConfig.DeviceRequests", REQUEST("\"Count\":1")},
	{"HostConfig.DeviceRequests[].Capabilities", REQUEST("\"Capabilities\":[[\"gpu\"]]")},
	{"HostConfig.DeviceRequests[].Count", REQUEST("\"Count\":-1")},
	{"HostConfig.DeviceRequests[].DeviceIDs", REQUEST("\"DeviceIDs\":[\"0\"]")},
	{"HostConfig.DeviceRequests[].Driver", REQUEST("\"Driver\":\"cdi\"")},
	{"HostConfig.DeviceRequests[].Options", REQUEST("\"Options\":{\"a\":\"b\"}")},
	{"HostConfig.Devices", DEVICE("")},
	{"HostConfig.Devices[].PathOnHost", DEVICE("\"PathOnHost\":\"/dev/sda\"")},
	{"HostConfig.IpcMode", HOST("\"IpcMode\":\"host\"")},
	{"HostConfig.Links", HOST("\"Links\":[\"a:b\"]")},
	{"HostConfig.LogConfig", HOST("\"LogConfig\":{\"Type\":\"syslog\"}")},
	{"HostConfig.LogConfig.Config", HOST("\"LogConfig\":{\"Config\":{\"syslog-address\":\"x\"}}")},
	{"HostConfig.LogConfig.Type", HOST("\"LogConfig\":{\"Type\":\"gelf\"}")},
	{"HostConfig.MaskedPaths", HOST("\"MaskedPaths\":[]")},
	{"HostConfig.Mounts", MOUNT("\"Type\":\"\"")},
	{"HostConfig.Mounts[].BindOptions", BIND("")},
	{"HostConfig.Mounts[].BindOptions.Propagation", BIND("\"Propagation\":\"rshared\"")},
	{"HostConfig.Mounts[].BindOptions.ReadOnlyNonRecursive", BIND("")},
	{"HostConfig.Mounts[].ImageOptions.Subpath", NULL}, /* of API 1.48: tests/vectors */
	{"HostConfig.Mounts[].Source", MOUNT("\"Type\":\"bind\",\"Source\":\"/etc\"")},
	{"HostConfig.Mounts[].TmpfsOptions.Options", NULL},
	{"HostConfig.Mounts[].Type", MOUNT("\"Type\":\"npipe\"")},
	{"HostConfig.Mounts[].VolumeOptions.DriverConfig", VOLUME("\"Name\":\"x\"")},
	{"HostConfig.Mounts[].VolumeOptions.DriverConfig.Name", VOLUME("\"Name\":\"x\"")},
	{"HostConfig.Mounts[].VolumeOptions.DriverConfig.Options",
     VOLUME("\"Options\":{\"o\":\"bind\"}")},
	{"HostConfig.Mounts[].VolumeOptions.Subpath", NULL}, /* of API 1.45 */
	{"HostConfig.NetworkMode", HOST("\"NetworkMode\":\"host\"")},
	{"HostConfig.OomScoreAdj", HOST("\"OomScoreAdj\":-1")},
	{"HostConfig.PidMode", HOST("\"PidMode\":\"host\"")},
	{"HostConfig.Privileged", HOST("\"Privileged\":true")},
	{"HostConfig.ReadonlyPaths", HOST("\"ReadonlyPaths\":[]")},
	{"HostConfig.Runtime", HOST("\"Runtime\":\"x\"")},
	{"HostConfig.SecurityOpt", HOST("\"SecurityOpt\":[\"seccomp=unconfined\"]")},
	{"HostConfig.StorageOpt", HOST("\"StorageOpt\":{\"a\":\"b\"}")},
	{"HostConfig.Sysctls", HOST("\"Sysctls\":{\"a\":\"b\"}")},
	{"HostConfig.Tmpfs", HOST("\"Tmpfs\":{\"/t\":\"dev\"}")},
	{"HostConfig.UTSMode", HOST("\"UTSMode\":\"host\"")},
	{"HostConfig.UsernsMode", HOST("\"UsernsMode\":\"host\"")},
	{"HostConfig.VolumeDriver", HOST("\"VolumeDriver\":\"x\"")},
	{"HostConfig.VolumesFrom", HOST("\"VolumesFrom\":[\"x\"]")},
	{"Image", NULL}, /* only where a policy lists images: tests/vectors */
	{"MacAddress", "{\"MacAddress\":\"02:42:ac:11:00:02\"}"},
	{"NetworkingConfig.EndpointsConfig.*.DriverOpts",
     "{\"NetworkingConfig\":{\"EndpointsConfig\":{\"default\":{\"DriverOpts\":{\"a\":\"b\"}}}}}"},
	{"NetworkingConfig.EndpointsConfig.*.MacAddress",
     "{\"NetworkingConfig\":{\"EndpointsConfig\":{\"default\":{\"MacAddress\":\"a\"}}}}"},
	{"NetworkingConfig.EndpointsConfig", "{\"NetworkingConfig\":{\"EndpointsConfig\":{\"x\":{}}}}"},
	{"NetworkingConfig.EndpointsConfig.*.Links",
     "{\"NetworkingConfig\":{\"EndpointsConfig\":{\"default\":{\"Links\":[\"a:b\"]}}}}"},
};

static void look_for_judged(const char *path, const struct field *field, void *context)
{
	size_t *found = context;

	if (field->posture != POSTURE_JUDGED && field->posture != POSTURE_OWNED)
		return;
	for (size_t i = 0; i < sizeof judged_in_create / sizeof *judged_in_create; i++) {
		if (strcmp(judged_in_create[i].path, path) == 0) {
			++*found;
			return;
		}
	}
	fail_msg("%s is left to the checks: show that one looks at it", path);
}

static void what_is_left_to_the_checks_is_checked(void **state)
{
	size_t found = 0;

	(void)state;
	schema_each(&schema_container_create, look_for_judged, &found);
	assert_int_equal(found, sizeof judged_in_create / sizeof *judged_in_create);
	for (size_t i = 0; i < sizeof judged_in_create / sizeof *judged_in_create; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct request request;
		struct verdict verdict;

		if (judged_in_create[i].body != NULL) {
			judging_request(arena, "POST", "/containers/create", judged_in_create[i].body,
			                &request);
			judge(&bare, &request, &verdict);
			if (verdict.kind == VERDICT_ALLOW)
				fail_msg("%s: %s is allowed", judged_in_create[i].path, judged_in_create[i].body);
		}
		arena_free(arena);
	}
}

/* Parameters that the catalogue leaves to the checks, by operation. */
static const char *const judged_parameters[] = {
	"build.buildkit buildid",
	"build.buildkit networkmode",
	"build.buildkit cpuperiod",
	"build.buildkit cpuquota",
	"build.buildkit cpusetcpus",
	"build.buildkit cpusetmems",
	"build.buildkit cpushares",
	"build.buildkit memory",
	"build.buildkit memswap",
	"build.buildkit shmsize",
	"build.buildkit ulimits",
	"build.classic cpuperiod",
	"build.classic cpuquota",
	"build.classic cpusetcpus",
	"build.classic cpusetmems",
	"build.classic cpushares",
	"build.classic memory",
	"build.classic memswap",
	"build.classic shmsize",
	"build.classic ulimits",
	"build.buildkit remote",
	"build.buildkit session",
	"build.buildkit version",
	"build.classic buildid",
	"build.classic networkmode",
	"build.classic remote",
	"build.classic session",
	"build.classic version",
	"container.create name",
	"container.rename name",
	"container.restart t",
	"container.stop t",
	"build.buildkit t",
	"build.buildkit cachefrom",
	"build.classic t",
	"build.classic cachefrom",
	"image.commit repo",
	"image.commit tag",
	"image.import repo",
	"image.import tag",
	"image.push tag",
	"image.tag repo",
	"image.tag tag",
	"image.commit container",
	"image.import fromSrc",
	"image.pull fromImage",
	"image.save names",
	"image.search term",
	"image.pull tag",
	"plugin.pull remote",
	"plugin.upgrade remote",
	"service.update rollback",
};

enum { JUDGED_PARAMETERS = sizeof judged_parameters / sizeof *judged_parameters };

static void judged_parameters_have_a_judge(void **state)
{
	size_t count;
	const struct route *routes = route_catalogue(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < routes[i].parameter_count; j++) {
			char name[128];
			size_t k = 0;

			if (!posture_is_delegated(routes[i].parameters[j].posture))
				continue;
			snprintf(name, sizeof name, "%s %s", routes[i].operation, routes[i].parameters[j].name);
			while (k < JUDGED_PARAMETERS && strcmp(judged_parameters[k], name) != 0)
				k++;
			if (k == JUDGED_PARAMETERS)
				fail_msg("%s is left to the checks: show that one looks at it", name);
		}
	}
}

/* A parameter nobody judges is denied, should the catalogue ever leave one to nobody. */
static void a_parameter_without_a_judge_is_denied(void **state)
{
	static const struct parameter_def orphan = {.name = "x", .posture = POSTURE_JUDGED};
	static const struct route route = {.operation = "system.info",
	                                   .parameters = &orphan,
	                                   .parameter_count = 1};
	struct parameter given[] = {{"x", "1"}, {"y", "1"}};
	struct arena *arena = arena_new(ARENA_BYTES);
	struct request request = {.arena = arena, .route = &route, .query = {given, 1}};
	struct verdict verdict;

	(void)state;
	judge(&bare, &request, &verdict);
	assert_denial(&verdict);
	given[0].value = "";
	judge(&bare, &request, &verdict);
	assert_int_equal(verdict.kind, VERDICT_ALLOW);
	request.query.count = 2;
	judge(&bare, &request, &verdict);
	assert_denial(&verdict);
	arena_free(arena);
}

static void too_many_objects_are_denied(void **state)
{
	char body[BODY_SIZE];
	size_t used =
		(size_t)snprintf(body, sizeof body, "{\"Image\":\"x\",\"HostConfig\":{\"Binds\":[");
	struct arena *arena = arena_new(ARENA_BYTES);
	struct request request;
	struct verdict verdict;

	(void)state;
	for (int i = 0; i <= FACTS_MAX; i++)
		used += (size_t)snprintf(body + used, sizeof body - used, "%s\"v%d:/v%d\"",
		                         i > 0 ? "," : "", i, i);
	snprintf(body + used, sizeof body - used, "]}}");
	judging_request(arena, "POST", "/containers/create", body, &request);
	judge(&bare, &request, &verdict);
	assert_denial(&verdict);
	assert_non_null(strstr(verdict.message, "64"));
	arena_free(arena);
}

static void a_failed_look_up_is_denied(void **state)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct facts facts = {.count = 0};
	struct request request;
	struct verdict verdict;

	(void)state;
	judging_request(arena, "GET", "/containers/ab/json", "", &request);
	policy_decide(&bare, NULL, &request, &facts, &verdict);
	assert_int_equal(verdict.kind, VERDICT_NEED);
	facts.list[0].state = FACT_FAILED;
	policy_decide(&bare, NULL, &request, &facts, &verdict);
	assert_denial(&verdict);
	assert_int_equal(verdict.status, 502);
	facts.list[0].status = 400;
	facts.list[0].message = "multiple IDs found with provided prefix: ab";
	policy_decide(&bare, NULL, &request, &facts, &verdict);
	assert_denial(&verdict);
	assert_int_equal(verdict.status, 403);
	assert_non_null(strstr(verdict.message, "multiple IDs found"));
	facts.list[0].state = FACT_MISSING;
	policy_decide(&bare, NULL, &request, &facts, &verdict);
	assert_denial(&verdict);
	assert_int_equal(verdict.status, 404);
	assert_string_equal(verdict.message, "multiple IDs found with provided prefix: ab");
	arena_free(arena);
}

/* No memory anywhere: a denial stays one, with words, and nothing forbidden passes. */
static void without_memory_the_answer_is_no(void **state)
{
	static const char *const bodies[] = {
		HOST("\"Privileged\":true"),           HOST("\"Binds\":[\"/etc:/h\"]"),
		HOST("\"CapAdd\":[\"SYS_ADMIN\"]"),    HOST("\"SecurityOpt\":[\"seccomp:unconfined\"]"),
		HOST("\"PidMode\":\"host\""),          MOUNT("\"Type\":\"bind\",\"Source\":\"/etc\""),
		DEVICE("\"PathOnHost\":\"/dev/sda\""),
	};

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct request request;

		judging_request(arena, "POST", "/containers/create", bodies[i], &request);
		for (size_t limit = 0; limit < 1024; limit += 16) {
			struct verdict verdict;

			request.arena = arena_new(limit);
			assert_non_null(request.arena);
			judge(&bare, &request, &verdict);
			assert_denial(&verdict);
			arena_free(request.arena);
		}
		arena_free(arena);
	}
}

static void secrets_are_not_quoted(void **state)
{
	static const struct {
		const char *target, *body;
	} rows[] = {
		{"/secrets/create", "{\"Driver\":{\"Options\":{\"key\":\"aHVudGVyMg==\"}}}"},
		{"/swarm/join", "{\"JoinToken\":\"aHVudGVyMg==\"}"},
		{"/volumes/create", "{\"DriverOpts\":{\"o\":\"password=aHVudGVyMg==\"}}"},
		{"/build?remote=https://u:aHVudGVyMg==@git.example/x", ""},
		{"/images/create?fromSrc=https://u:aHVudGVyMg==@git.example/x", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct request request;
		struct verdict verdict;

		judging_request(arena, "POST", rows[i].target, rows[i].body, &request);
		judge(&bare, &request, &verdict);
		assert_denial(&verdict);
		if (strstr(verdict.message, "aHVudGVyMg") != NULL)
			fail_msg("%s", verdict.message);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_policy_nothing_is_allowed),
		cmocka_unit_test(a_head_alone_is_never_allowed),
		cmocka_unit_test(protected_names_bind_the_unrestricted),
		cmocka_unit_test(a_missing_body_is_denied),
		cmocka_unit_test(a_missing_name_is_denied),
		cmocka_unit_test(what_is_left_to_the_checks_is_checked),
		cmocka_unit_test(judged_parameters_have_a_judge),
		cmocka_unit_test(a_parameter_without_a_judge_is_denied),
		cmocka_unit_test(too_many_objects_are_denied),
		cmocka_unit_test(a_failed_look_up_is_denied),
		cmocka_unit_test(without_memory_the_answer_is_no),
		cmocka_unit_test(secrets_are_not_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
