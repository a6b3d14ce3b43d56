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
	world.rules = &common_rules;
	assert_string_equal(private_names_wire(&world, OBJECT_CONTAINER, "db"), "db");
	arena_free(arena);
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
		cmocka_unit_test(what_comes_back_has_lost_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
