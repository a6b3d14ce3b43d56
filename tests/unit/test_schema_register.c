/* The register is well formed and consistent with itself; that it is complete is test_register.c's. */
#include "policy/schema.h"
#include "policy/schema_register.h"
#include "policy/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct schema *const bodies[] = {
	&schema_container_create,
	&schema_container_update,
	&schema_exec_create,
	&schema_exec_start,
	&schema_commit,
	&schema_volume_create,
	&schema_volume_update,
	&schema_network_create,
	&schema_network_connect,
	&schema_network_disconnect,
	&schema_auth,
	&schema_checkpoint_create,
	&schema_swarm_init,
	&schema_swarm_join,
	&schema_swarm_spec,
	&schema_swarm_unlock,
	&schema_service_spec,
	&schema_node_spec,
	&schema_secret_spec,
	&schema_config_spec,
	&schema_plugin_privilege,
};

static bool holds_objects(enum json_kind kind)
{
	return kind == KIND_OBJECT || kind == KIND_OBJECTS || kind == KIND_OBJECT_MAP ||
	       kind == KIND_OBJECTS_MAP;
}

/* A field is found by its name, and by nothing that begins or goes on like it. */
static void check_search(const struct schema *schema, const struct field *field)
{
	char name[64];
	size_t len = strlen(field->name);

	assert_true(len + 2 < sizeof name);
	memcpy(name, field->name, len + 1);
	assert_ptr_equal(schema_find(schema, name), field);
	for (size_t i = 0; i < len; i++) {
		name[i] ^= 1;
		assert_ptr_not_equal(schema_find(schema, name), field);
		name[i] ^= 1;
	}
	memcpy(name + len, "x", 2);
	assert_ptr_not_equal(schema_find(schema, name), field);
	name[len - 1] = '\0';
	assert_ptr_not_equal(schema_find(schema, name), field);
}

static void check_order(const struct schema *schema)
{
	size_t i, j;

	assert_in_range(schema->count, 0, SCHEMA_FIELDS_MAX);
	for (i = 0; i < schema->count; i++)
		check_search(schema, &schema->fields[i]);
	for (i = 1; i < schema->count; i++) {
		if (strcmp(schema->fields[i - 1].name, schema->fields[i].name) >= 0)
			fail_msg("%s: %s is out of order", schema->name, schema->fields[i].name);
		for (j = 0; j < i; j++)
			assert_false(text_equal_folded(schema->fields[j].name, schema->fields[i].name));
	}
}

static void check_field(const char *path, const struct field *field, void *context)
{
	size_t *count = context;

	*count += 1;
	if (holds_objects(field->kind) != (field->of != NULL))
		fail_msg("%s: kind and contents disagree", path);
	if (field->kind == KIND_ANY && field->posture != POSTURE_DROP)
		fail_msg("%s: what nobody looks at must not pass", path);
	if (field->since < 24 || field->since > 56)
		fail_msg("%s: there is no API version 1.%u", path, field->since);
	assert_string_not_equal(json_kind_name(field->kind), "");
	assert_string_not_equal(posture_name(field->posture), "?");
	if (strlen(path) + 64 > SCHEMA_PATH_SIZE)
		fail_msg("%s: too deep for a message", path);
	if (field->of)
		check_order(field->of);
}

static void tables_are_well_formed(void **state)
{
	size_t i, count = 0;

	(void)state;
	for (i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		check_order(bodies[i]);
		schema_each(bodies[i], check_field, &count);
	}
	assert_true(count > 600);
}

static const struct field *find(const struct schema *schema, const char *name)
{
	size_t i;

	for (i = 0; i < schema->count; i++)
		if (text_equal_folded(schema->fields[i].name, name))
			return &schema->fields[i];
	return NULL;
}

/* Else a HostConfig property could be smuggled in at the top level of a create. */
static void no_name_is_in_both_config_and_host_config(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < schema_host_config.count; i++)
		assert_null(find(&schema_container_create, schema_host_config.fields[i].name));
}

static void commit_and_update_agree_with_create(void **state)
{
	/* The daemon does not apply these in an update, so nobody judges them there. */
	static const struct {
		const char *name;
		enum posture posture;
	} differing[] = {
		{"CgroupParent", POSTURE_DENY}, {"DeviceCgroupRules", POSTURE_DENY},
		{"Devices", POSTURE_DENY},      {"DeviceRequests", POSTURE_DENY},
		{"Init", POSTURE_DROP},
	};
	size_t i, j, shared = 0;

	(void)state;
	for (i = 0; i < schema_commit.count; i++) {
		const struct field *other = find(&schema_container_create, schema_commit.fields[i].name);

		shared += other != NULL;
		if (other) {
			assert_int_equal(other->kind, schema_commit.fields[i].kind);
			assert_int_equal(other->posture, schema_commit.fields[i].posture);
			assert_int_equal(other->since, schema_commit.fields[i].since);
			assert_int_equal(other->secret, schema_commit.fields[i].secret);
			assert_ptr_equal(other->of, schema_commit.fields[i].of);
		}
	}
	assert_int_equal(shared, schema_container_create.count - 4); /* HostConfig, name ... */
	for (i = 0; i < schema_container_update.count; i++) {
		const struct field *field = &schema_container_update.fields[i];
		const struct field *other = find(&schema_host_config, field->name);
		enum posture posture = other ? other->posture : POSTURE_DROP;

		assert_non_null(other);
		for (j = 0; j < sizeof differing / sizeof *differing; j++)
			if (strcmp(field->name, differing[j].name) == 0)
				posture = differing[j].posture;
		assert_int_equal(field->posture, posture);
		assert_int_equal(field->kind, other->kind);
		assert_ptr_equal(field->of, other->of);
	}
}

struct tally {
	const char *const *judged;
	size_t count, seen;
};

static void check_judged(const char *path, const struct field *field, void *context)
{
	struct tally *tally = context;
	size_t i;

	if (field->posture != POSTURE_JUDGED && field->posture != POSTURE_OWNED)
		return;
	for (i = 0; i < tally->count; i++)
		if (strcmp(tally->judged[i], path) == 0)
			break;
	if (i == tally->count)
		fail_msg("%s is judged by nobody", path);
	tally->seen++;
}

/* The contract with check_container.c: it looks at these and at nothing else. */
static void judged_properties_of_a_create_are_exactly_these(void **state)
{
	static const char *const judged[] = {
		"HostConfig.Binds",
		"HostConfig.CapAdd",
		"HostConfig.CgroupParent",
		"HostConfig.CgroupnsMode",
		"HostConfig.DeviceCgroupRules",
		"HostConfig.DeviceRequests",
		"HostConfig.DeviceRequests[].Capabilities",
		"HostConfig.DeviceRequests[].Count",
		"HostConfig.DeviceRequests[].DeviceIDs",
		"HostConfig.DeviceRequests[].Driver",
		"HostConfig.DeviceRequests[].Options",
		"HostConfig.Devices",
		"HostConfig.Devices[].PathOnHost",
		"HostConfig.IpcMode",
		"HostConfig.Links",
		"HostConfig.LogConfig",
		"HostConfig.LogConfig.Config",
		"HostConfig.LogConfig.Type",
		"HostConfig.MaskedPaths",
		"HostConfig.Mounts",
		"HostConfig.Mounts[].BindOptions",
		"HostConfig.Mounts[].BindOptions.Propagation",
		"HostConfig.Mounts[].BindOptions.ReadOnlyNonRecursive",
		"HostConfig.Mounts[].ImageOptions.Subpath",
		"HostConfig.Mounts[].Source",
		"HostConfig.Mounts[].TmpfsOptions.Options",
		"HostConfig.Mounts[].Type",
		"HostConfig.Mounts[].VolumeOptions.DriverConfig",
		"HostConfig.Mounts[].VolumeOptions.DriverConfig.Name",
		"HostConfig.Mounts[].VolumeOptions.DriverConfig.Options",
		"HostConfig.Mounts[].VolumeOptions.Subpath",
		"HostConfig.NetworkMode",
		"HostConfig.OomScoreAdj",
		"HostConfig.PidMode",
		"HostConfig.Privileged",
		"HostConfig.ReadonlyPaths",
		"HostConfig.Runtime",
		"HostConfig.SecurityOpt",
		"HostConfig.StorageOpt",
		"HostConfig.Sysctls",
		"HostConfig.Tmpfs",
		"HostConfig.UTSMode",
		"HostConfig.UsernsMode",
		"HostConfig.VolumeDriver",
		"HostConfig.VolumesFrom",
		"Image",
		"MacAddress",
		"NetworkingConfig.EndpointsConfig",
		"NetworkingConfig.EndpointsConfig.*.DriverOpts",
		"NetworkingConfig.EndpointsConfig.*.Links",
		"NetworkingConfig.EndpointsConfig.*.MacAddress",
	};
	struct tally tally = {judged, sizeof judged / sizeof *judged, 0};

	(void)state;
	schema_each(&schema_container_create, check_judged, &tally);
	assert_int_equal(tally.seen, tally.count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_well_formed),
		cmocka_unit_test(no_name_is_in_both_config_and_host_config),
		cmocka_unit_test(commit_and_update_agree_with_create),
		cmocka_unit_test(judged_properties_of_a_create_are_exactly_these),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
