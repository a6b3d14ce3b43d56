/* What a seal on an object is bound to: labels travel, by images above all, and own nothing elsewhere. */
#include "policy/world.h"

#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NONCE "0123456789abcdef0123456789abcdef"
#define ONE   "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define TWO   "sha256:2222222222222222222222222222222222222222222222222222222222222222"
#define TASK  "abcdefghij0123456789abcde"

static struct seal_key key;

static struct world world_of(const char *tenant)
{
	static const struct tenancy_rules rules;
	struct world world = {.tenant = tenant, .key = &key, .rules = &rules, .nonce = NONCE};

	seal_key_make("a secret of a tenant's, long enough to be one", 45, &key);
	return world;
}

/* Labels as an object of KIND, bound to BOUND, has them. */
static json_t *labels_of(const char *tenant, enum object_kind kind, const char *bound)
{
	const struct world world = world_of(tenant);
	json_t *labels = json_object();

	assert_true(world_label(&world, kind, bound, labels));
	return labels;
}

static json_t *inspected(const char *name, const char *image, json_t *labels)
{
	return json_pack("{s:s,s:s,s:{s:o}}", "Name", name, "Image", image, "Config", "Labels", labels);
}

static json_t *listed(const char *name, const char *image, json_t *labels)
{
	return json_pack("{s:[s,s],s:s,s:o}", "Names", "/other/alias", name, "ImageID", image, "Labels",
	                 labels);
}

static void assert_owner(enum object_kind kind, json_t *object, const char *tenant)
{
	const struct world own = world_of("a");
	const char *sealed = world_sealed_tenant(&key, kind, object);
	bool owns = tenant != NULL && strcmp(tenant, "a") == 0;

	assert_non_null(object);
	assert_int_equal(sealed != NULL, tenant != NULL);
	if (tenant != NULL)
		assert_string_equal(sealed, tenant);
	assert_int_equal(world_owns(&own, kind, object), owns);
	assert_int_equal(world_owner(&own, kind, object), owns ? OWNERSHIP_OWN : OWNERSHIP_FOREIGN);
	json_decref(object);
}

static void a_containers_seal_is_of_its_image(void **state)
{
	(void)state;
	assert_owner(OBJECT_CONTAINER, inspected("/x", ONE, labels_of("a", OBJECT_CONTAINER, ONE)),
	             "a");
	assert_owner(OBJECT_CONTAINER, listed("/x", ONE, labels_of("a", OBJECT_CONTAINER, ONE)), "a");
	assert_owner(OBJECT_CONTAINER, listed("/x", ONE, labels_of("b", OBJECT_CONTAINER, ONE)), "b");
	/* What is made of an image that was built with the labels of a container. */
	assert_owner(OBJECT_CONTAINER, inspected("/x", TWO, labels_of("a", OBJECT_CONTAINER, ONE)),
	             NULL);
	assert_owner(OBJECT_CONTAINER, listed("/x", TWO, labels_of("a", OBJECT_CONTAINER, ONE)), NULL);
	assert_owner(OBJECT_CONTAINER, listed("/x", "", labels_of("a", OBJECT_CONTAINER, ONE)), NULL);
	assert_owner(OBJECT_CONTAINER, inspected("/x", ONE, labels_of("a", OBJECT_CONTAINER, "")),
	             NULL);
	assert_owner(OBJECT_CONTAINER, inspected("/x", ONE, labels_of("a", OBJECT_IMAGE, ONE)), NULL);
	assert_owner(OBJECT_CONTAINER, inspected("/x", ONE, labels_of("a", OBJECT_TASK, ONE)), NULL);
}

static void a_tasks_seal_is_of_its_service(void **state)
{
	static const struct {
		const char *name;
		bool owned;
	} rows[] = {
		{"/web.1." TASK, true},
		{"/web.nodeid." TASK, true},
		{"/api.1." TASK, false},
		{"/web." TASK, false},
		{"/web", false},
		{"/", false},
		{"", false},
		{"/" TASK, false},
		{"/.1." TASK, false},
		{"/web.1." TASK "x", false},
		{"/x.web.1." TASK, false},
		{"/web..1." TASK, false},
		{"/web.1.ABCDEFGHIJ0123456789abcde", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *tenant = rows[i].owned ? "a" : NULL;
		const char *name = rows[i].name;

		assert_owner(OBJECT_CONTAINER, inspected(name, ONE, labels_of("a", OBJECT_TASK, "web")),
		             tenant);
		assert_owner(OBJECT_CONTAINER, listed(name, ONE, labels_of("a", OBJECT_TASK, "web")),
		             tenant);
	}
}

static void a_task_tells_its_service(void **state)
{
	json_t *other = labels_of("a", OBJECT_TASK, "web");

	(void)state;
	assert_owner(OBJECT_TASK,
	             json_pack("{s:{s:{s:o}}}", "Spec", "ContainerSpec", "Labels",
	                       labels_of("a", OBJECT_TASK, "web")),
	             "a");
	json_object_set_new(other, SEAL_SERVICE_LABEL, json_string("api"));
	assert_owner(OBJECT_TASK, json_pack("{s:{s:{s:o}}}", "Spec", "ContainerSpec", "Labels", other),
	             NULL);
}

static void other_kinds_are_told_apart_as_ever(void **state)
{
	(void)state;
	assert_owner(OBJECT_VOLUME, json_pack("{s:o}", "Labels", labels_of("a", OBJECT_VOLUME, "")),
	             "a");
	assert_owner(OBJECT_VOLUME, json_pack("{s:o}", "Labels", labels_of("a", OBJECT_NETWORK, "")),
	             NULL);
	assert_owner(OBJECT_SERVICE,
	             json_pack("{s:{s:o}}", "Spec", "Labels", labels_of("a", OBJECT_SERVICE, "")), "a");
	assert_owner(OBJECT_VOLUME, json_object(), NULL);
	assert_owner(OBJECT_CONTAINER, json_object(), NULL);
	assert_owner(OBJECT_NODE, json_pack("{s:o}", "Labels", labels_of("a", OBJECT_NODE, "")), NULL);
}

/* What is too long to be an image or a service is neither. */
static void too_long_a_bond_seals_nothing(void **state)
{
	const struct world world = world_of("a");
	json_t *labels = json_object();
	char bound[1024];

	(void)state;
	memset(bound, 'x', sizeof bound - 1);
	bound[sizeof bound - 1] = '\0';
	assert_false(world_label(&world, OBJECT_CONTAINER, bound, labels));
	assert_int_equal(json_object_size(labels), 0);
	json_decref(labels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_containers_seal_is_of_its_image),
		cmocka_unit_test(a_tasks_seal_is_of_its_service),
		cmocka_unit_test(a_task_tells_its_service),
		cmocka_unit_test(other_kinds_are_told_apart_as_ever),
		cmocka_unit_test(too_long_a_bond_seals_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
