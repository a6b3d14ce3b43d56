/* What an allowed request becomes: names are ids, paths clean, defaults written out; and where something cannot
 * be said exactly, nothing is sent. More of it in the SENT column of tests/vectors. */
#include "judging.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/mutate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define A16 "aaaaaaaaaaaaaaaa"
#define ID  A16 A16 A16 A16

enum { ARENA_BYTES = 1 << 20 };

static const struct policy bare = {.name = "bare"};
static const struct policy trusting = {.name = "trusting",
                                       .container = {.trust_existing = {.on = true}}};
static const struct policy admin = {.name = "admin", .unrestricted = {.on = true}};

static void know(struct arena *arena, struct facts *facts, enum object_kind kind, const char *name)
{
	struct fact *fact = facts_about(arena, facts, kind, name);

	fact->state = FACT_FOUND;
	fact->id = ID;
}

static void assert_body(const struct request *request, const char *wanted)
{
	size_t len;
	const char *body = request_print_body(request, &len);

	assert_non_null(body);
	assert_string_equal(body, wanted);
}

/* Reads a create, rewrites it under POLICY with web and lan known, and compares what would be sent. */
static void assert_rewritten(const struct policy *policy, const char *target, const char *body,
                             const char *wanted)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct facts facts = {.count = 0};
	struct error error = {""};
	struct request request;

	know(arena, &facts, OBJECT_CONTAINER, "web");
	know(arena, &facts, OBJECT_NETWORK, "lan");
	judging_request(arena, "POST", target, body, &request);
	if (!policy_mutate(policy, NULL, &facts, &request, &error))
		fail_msg("%s: %s", body, error.text);
	assert_body(&request, wanted);
	arena_free(arena);
}

static void references_become_ids(void **state)
{
	(void)state;
	assert_rewritten(
		&bare, "/containers/create",
		"{\"HostConfig\":{\"NetworkMode\":\"container:/web\",\"PidMode\":\"container:web\","
		"\"IpcMode\":\"container:web\",\"VolumesFrom\":[\"web\",\"/web:ro\"],\"Links\":[\"web\"]}}",
		"{\"HostConfig\":{\"IpcMode\":\"container:" ID "\",\"Links\":[\"" ID ":web\"],"
		"\"NetworkMode\":\"container:" ID "\",\"PidMode\":\"container:" ID "\","
		"\"VolumesFrom\":[\"" ID "\",\"" ID ":ro\"],\"CgroupnsMode\":\"private\"}}");
	assert_rewritten(
		&bare, "/containers/create",
		"{\"HostConfig\":{\"NetworkMode\":\"lan\"},\"NetworkingConfig\":{\"EndpointsConfig\":"
		"{\"lan\":{\"Aliases\":[\"a\"]},\"bridge\":{}}}}",
		"{\"HostConfig\":{\"NetworkMode\":\"" ID "\",\"CgroupnsMode\":\"private\"},"
		"\"NetworkingConfig\":{\"EndpointsConfig\":{\"" ID
		"\":{\"Aliases\":[\"a\"]},\"bridge\":{}}}}");
}

static void paths_become_clean_and_volumes_stay_unfilled(void **state)
{
	(void)state;
	assert_rewritten(
		&bare, "/containers/create",
		"{\"HostConfig\":{\"Binds\":[\"//srv/../etc/:/e:ro\",\"vol:/v\",\"/x\",\"/a/.:/b\"],"
		"\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/a//b/..\",\"Target\":\"/t\"},"
		"{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/t\"}]}}",
		"{\"HostConfig\":{\"Binds\":[\"/etc:/e:ro\",\"vol:/v:nocopy\",\"/x\",\"/a:/b\"],"
		"\"Mounts\":[{\"Source\":\"/a\",\"Target\":\"/t\",\"Type\":\"bind\"},"
		"{\"Source\":\"v\",\"Target\":\"/t\",\"Type\":\"volume\",\"VolumeOptions\":{\"NoCopy\":true}}],"
		"\"CgroupnsMode\":\"private\"}}");
}

static void defaults_are_written_out(void **state)
{
	static const char *words[] = {"host", "shareable"};
	struct policy wide = {.name = "wide"};

	(void)state;
	wide.container.cgroup_modes = (struct patterns){.list = words, .count = 1};
	wide.container.ipc_modes = (struct patterns){.list = words + 1, .count = 1};
	assert_rewritten(&bare, "/v1.39/containers/create", "{}",
	                 "{\"HostConfig\":{\"IpcMode\":\"private\",\"CgroupnsMode\":\"private\"}}");
	assert_rewritten(&wide, "/v1.39/containers/create", "{}",
	                 "{\"HostConfig\":{\"IpcMode\":\"shareable\"}}");
	assert_rewritten(&wide, "/v1.41/containers/create", "{}", "{\"HostConfig\":{}}");
	assert_rewritten(&bare, "/v1.40/containers/create", "{\"HostConfig\":{\"IpcMode\":\"none\"}}",
	                 "{\"HostConfig\":{\"IpcMode\":\"none\",\"CgroupnsMode\":\"private\"}}");
}

static void trust_leaves_names_alone(void **state)
{
	(void)state;
	assert_rewritten(
		&trusting, "/containers/create",
		"{\"HostConfig\":{\"Binds\":[\"/a/../b:/c\"],\"PidMode\":\"container:other\"}}",
		"{\"HostConfig\":{\"Binds\":[\"/b:/c\"],\"PidMode\":\"container:other\","
		"\"CgroupnsMode\":\"private\"}}");
	assert_rewritten(
		&admin, "/containers/create",
		"{\"HostConfig\":{\"Binds\":[\"/a/../b:/c\"],\"PidMode\":\"container:other\"}}",
		"{\"HostConfig\":{\"Binds\":[\"/a/../b:/c\"],\"PidMode\":\"container:other\"}}");
}

/* Each names an object that no fact is about. */
static void what_is_not_known_is_not_sent(void **state)
{
	static const struct {
		const char *target, *body;
	} rows[] = {
		{"/containers/create", "{\"HostConfig\":{\"PidMode\":\"container:other\"}}"},
		{"/containers/create", "{\"HostConfig\":{\"IpcMode\":\"container:other\"}}"},
		{"/containers/create", "{\"HostConfig\":{\"NetworkMode\":\"container:other\"}}"},
		{"/containers/create", "{\"HostConfig\":{\"NetworkMode\":\"other\"}}"},
		{"/containers/create", "{\"HostConfig\":{\"VolumesFrom\":[\"other\"]}}"},
		{"/containers/create", "{\"HostConfig\":{\"Links\":[\"other:x\"]}}"},
		{"/containers/create", "{\"HostConfig\":{\"Binds\":[\"a:b:c:d\"]}}"},
		{"/containers/create", "{\"NetworkingConfig\":{\"EndpointsConfig\":{\"other\":{}}}}"},
		{"/containers/other/start", ""},
		{"/containers/other/exec", "{\"Cmd\":[\"x\"]}"},
		{"/exec/" ID "/start", "{}"},
		{"/commit?container=other", ""},
		{"/commit", ""},
		{"/build?networkmode=container:other", ""},
		{"/networks/other/connect", "{\"Container\":\"web\"}"},
		{"/networks/lan/connect", "{\"Container\":\"other\"}"},
		{"/networks/lan/connect", "{}"},
		{"/networks/lan/disconnect", "{\"Container\":\"other\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct facts facts = {.count = 0};
		struct error error = {""};
		struct request request;

		know(arena, &facts, OBJECT_CONTAINER, "web");
		know(arena, &facts, OBJECT_NETWORK, "lan");
		facts_about(arena, &facts, OBJECT_CONTAINER, "other");
		judging_request(arena, "POST", rows[i].target, rows[i].body, &request);
		if (policy_mutate(&bare, NULL, &facts, &request, &error))
			fail_msg("%s %s was rewritten", rows[i].target, rows[i].body);
		assert_string_not_equal(error.text, "");
		arena_free(arena);
	}
}

static void without_memory_nothing_is_sent(void **state)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct facts facts = {.count = 0};
	struct error error = {""};
	struct request request;

	(void)state;
	judging_request(arena, "POST", "/containers/create", "{\"HostConfig\":{\"Binds\":[\"/a:/b\"]}}",
	                &request);
	request.arena = arena_new(0);
	assert_false(policy_mutate(&bare, NULL, &facts, &request, &error));
	assert_non_null(strstr(error.text, "out of memory"));
	assert_false(policy_mutate(NULL, NULL, &facts, &request, &error));
	arena_free(request.arena);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_become_ids),
		cmocka_unit_test(paths_become_clean_and_volumes_stay_unfilled),
		cmocka_unit_test(defaults_are_written_out),
		cmocka_unit_test(trust_leaves_names_alone),
		cmocka_unit_test(what_is_not_known_is_not_sent),
		cmocka_unit_test(without_memory_nothing_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
