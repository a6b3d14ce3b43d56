/* Names of a tenant's own: in by a prefix, out wherever answers have names and nowhere else. */
#include "policy/arena.h"
#include "policy/policy.h"
#include "policy/private_names.h"
#include "policy/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct tenancy_rules private_rules = {.private_names = true};
static const struct tenancy_rules common_rules = {.private_names = false};

static void a_name_goes_out_with_its_tenant(void **state)
{
	struct arena *arena = arena_new(1 << 16);
	struct world world = {.arena = arena, .tenant = "a", .rules = &private_rules};

	(void)state;
	assert_string_equal(private_names_wire(&world, OBJECT_CONTAINER, "db"), "a.db");
	assert_string_equal(private_names_wire(&world, OBJECT_NETWORK, "bridge"), "bridge");
	assert_string_equal(private_names_wire(&world, OBJECT_VOLUME, "a.db"), "a.a.db");
	assert_string_equal(private_names_wire(&world, OBJECT_CONTAINER, "0123456789ab"),
	                    "0123456789ab");
	assert_string_equal(private_names_wire(&world, OBJECT_CONTAINER, "0123456789a"),
	                    "a.0123456789a");
	assert_string_equal(private_names_wire(&world, OBJECT_IMAGE, "db"), "db");
	assert_string_equal(private_names_wire(&world, OBJECT_SERVICE, "web"), "a__web");
	assert_string_equal(private_names_wire(&world, OBJECT_SECRET, "key"), "a.key");
	assert_string_equal(private_names_wire(&world, OBJECT_SERVICE, "0123456789abcdefghijklmno"),
	                    "0123456789abcdefghijklmno");
	world.rules = &common_rules;
	assert_string_equal(private_names_wire(&world, OBJECT_CONTAINER, "db"), "db");
	arena_free(arena);
}

/* A task's container is named by its service, and what looks like the beginning of an id may be one. */
static void a_name_that_is_not_there_is_asked_for_otherwise(void **state)
{
	static const struct {
		enum object_kind kind;
		const char *name, *ways[3];
	} table[] = {
		{OBJECT_CONTAINER, "web", {"a.web", NULL}},
		{OBJECT_CONTAINER, "abc", {"a.abc", "abc", NULL}},
		{OBJECT_CONTAINER, "web.1.x", {"a.web.1.x", "a__web.1.x", NULL}},
		{OBJECT_CONTAINER, "a.c", {"a.a.c", "a__a.c", NULL}},
		{OBJECT_VOLUME, "abc", {"a.abc", NULL}},
		{OBJECT_SERVICE, "web", {"a__web", "web", NULL}},
		{OBJECT_SERVICE, "my-web", {"a__my-web", NULL}},
		{OBJECT_NETWORK, "lan", {"a__lan", "lan", NULL}},
		{OBJECT_SECRET, "x.y", {"a.x.y", NULL}},
	};
	struct arena *arena = arena_new(1 << 16);
	const struct world world = {.arena = arena, .tenant = "a", .rules = &private_rules};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const char *way = private_names_wire(&world, table[i].kind, table[i].name);

		for (size_t j = 0; j < 3 && table[i].ways[j] != NULL; j++) {
			assert_non_null(way);
			assert_string_equal(way, table[i].ways[j]);
			way = private_names_next(&world, table[i].kind, table[i].name, way);
		}
		assert_null(way);
	}
	arena_free(arena);
}

static void a_prefix_tells_whose_a_name_is(void **state)
{
	static const struct {
		const char *name;
		size_t prefix, tenant;
	} table[] = {
		{"a.web", 2, 1},
		{"team-a__web", 8, 6},
		{"web", 0, 3},
		{"my_web_1", 0, 2},
		{"-a.web", 0, 2},
		{"A.web", 0, 0},
		{".x", 0, 0},
		{"a.", 2, 1},
		{"0123456789012345678901234567890123456789012.x", 0, 43},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		size_t tenant;

		assert_int_equal(private_names_prefix(table[i].name, &tenant), table[i].prefix);
		assert_int_equal(tenant, table[i].tenant);
	}
}

static void what_comes_back_has_lost_it(void **state)
{
	static const struct {
		const char *given, *shown;
	} table[] = {
		{"{\"Names\":[\"/a.web\",\"/a.web/a.db\"]}", "{\"Names\":[\"/web\",\"/web/db\"]}"},
		{"{\"Name\":\"/a.web\",\"Config\":{\"Env\":[\"X=a.web\"],\"Labels\":{\"Name\":\"a.web\"}}}",
	     "{\"Name\":\"/web\",\"Config\":{\"Env\":[\"X=a.web\"],\"Labels\":{\"Name\":\"a.web\"}}}"},
		{"{\"NetworkSettings\":{\"Networks\":{\"a.lan\":{\"Aliases\":[\"a.web\",\"web\"]},\"bridge\":{}}}}",
	     "{\"NetworkSettings\":{\"Networks\":{\"lan\":{\"Aliases\":[\"web\",\"web\"]},\"bridge\":{}}}}"},
		{"{\"Mounts\":[{\"Name\":\"a.data\",\"Source\":\"/var/lib/docker/volumes/a.data/_data\"}]}",
	     "{\"Mounts\":[{\"Name\":\"data\",\"Source\":\"/var/lib/docker/volumes/a.data/_data\"}]}"},
		{"{\"HostConfig\":{\"Binds\":[\"a.data:/x\",\"/srv/a.x:/y\"]}}",
	     "{\"HostConfig\":{\"Binds\":[\"data:/x\",\"/srv/a.x:/y\"]}}"},
		{"{\"Actor\":{\"ID\":\"a.data\",\"Attributes\":{\"name\":\"a.web\"}}}",
	     "{\"Actor\":{\"ID\":\"data\",\"Attributes\":{\"name\":\"web\"}}}"},
		{"{\"Spec\":{\"Name\":\"a__web\",\"TaskTemplate\":{\"ContainerSpec\":{\"Secrets\":[{\"File\":{"
	     "\"Name\":\"a.key\"},\"SecretName\":\"a.key\"}]}},\"EndpointSpec\":{\"Ports\":[{\"Name\":\"a.x\"}]}}}",
	     "{\"Spec\":{\"Name\":\"web\",\"TaskTemplate\":{\"ContainerSpec\":{\"Secrets\":[{\"File\":{"
	     "\"Name\":\"a.key\"},\"SecretName\":\"key\"}]}},\"EndpointSpec\":{\"Ports\":[{\"Name\":\"a.x\"}]}}}"},
		{"{\"Labels\":{\"com.docker.swarm.service.name\":\"a__web\",\"x\":\"a__web\"}}",
	     "{\"Labels\":{\"com.docker.swarm.service.name\":\"web\",\"x\":\"a__web\"}}"},
		{"{\"Services\":{\"a__web\":{\"Tasks\":[{\"Name\":\"a__web.1.x\"}]}}}",
	     "{\"Services\":{\"web\":{\"Tasks\":[{\"Name\":\"web.1.x\"}]}}}"},
		{"{\"VolumesDeleted\":[\"a.data\",\"b.data\"]}",
	     "{\"VolumesDeleted\":[\"data\",\"b.data\"]}"},
	};
	struct arena *arena = arena_new(1 << 16);
	const struct world world = {.arena = arena, .tenant = "a", .rules = &private_rules};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		json_t *value = json_loads(table[i].given, 0, NULL);
		char *text;

		assert_true(private_names_show(&world, value));
		text = json_dumps(value, JSON_COMPACT);
		assert_string_equal(text, table[i].shown);
		free(text);
		json_decref(value);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_goes_out_with_its_tenant),
		cmocka_unit_test(a_name_that_is_not_there_is_asked_for_otherwise),
		cmocka_unit_test(a_prefix_tells_whose_a_name_is),
		cmocka_unit_test(what_comes_back_has_lost_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
