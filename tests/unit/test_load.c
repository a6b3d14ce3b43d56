/* Loading policies: the whole language. What is refused is in test_load_mistakes.c. */
#include "policy/identity.h"
#include "policy/load.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_list(const struct patterns *patterns, const char *const *expected)
{
	size_t count = 0;

	for (; expected[count] != NULL; count++) {
		assert_true(count < patterns->count);
		assert_string_equal(patterns->list[count], expected[count]);
	}
	assert_int_equal(patterns->count, count);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void nothing_written_is_fine_and_serves_nobody(void **state)
{
	struct policy_set *set =
		settings_text_load_fine("upstream = { socket = \"/var/run/docker.sock\"; };");
	struct identity identity = {.listener = "local"};

	(void)state;
	assert_null(policy_set_match(set, &identity).policy);
	assert_null(policy_set_find(set, "nobody"));
	policy_set_free(set);
	policy_set_free(NULL);
}

/* What is left of POLICY without the name and place it must have. */
static void assert_nothing_else(struct policy policy)
{
	static const struct policy zero;

	policy.name = NULL;
	policy.sockets = NULL;
	policy.identity_labels = NULL;
	policy.names_are_apart = NULL;
	policy.place.file = NULL; /* one by one: what lies between them is compared as well */
	policy.place.line = 0;
	assert_memory_equal(&policy, &zero, sizeof zero);
}

static struct policy_set *load_one(const char *section, const char *key, const char *value)
{
	char text[512];
	int len = snprintf(text, sizeof text, "policies = { p = {\n%s = {\n%s = %s; }; }; };", section,
	                   key, value);

	assert_in_range(len, 1, sizeof text - 1);
	return settings_text_load_fine(text);
}

#define AT(member) offsetof(struct policy, member)

/* Each setting of this table turns on its own flag, and nothing else. */
static void every_flag(void **state)
{
	static const struct {
		const char *section, *key;
		size_t offset;
	} table[] = {
		{"container", "privileged", AT(container.privileged)},
		{"container", "device_requests", AT(container.device_requests)},
		{"container", "unmasked_paths", AT(container.unmasked_paths)},
		{"container", "volumes_from", AT(container.volumes_from)},
		{"container", "other_properties", AT(container.other_properties)},
		{"container", "trust_existing", AT(container.trust_existing)},
		{"exec", "privileged", AT(exec.privileged)},
		{"build", "buildkit", AT(build.buildkit)},
		{"build", "daemon_defaults", AT(build.daemon_defaults)},
		{"service", "daemon_defaults", AT(service.daemon_defaults)},
		{"build", "other_parameters", AT(build.other_parameters)},
		{"network", "other_properties", AT(network.other_properties)},
		{"images", "import_sources", AT(images.import_sources)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct policy_set *set = load_one(table[i].section, table[i].key, "true");
		struct policy policy = *policy_set_find(set, "p");
		struct flag *flag = (struct flag *)(void *)((char *)&policy + table[i].offset);

		assert_true(flag->on);
		assert_string_equal(flag->place.file, "settings");
		assert_int_equal(flag->place.line, 3);
		*flag = (struct flag){.on = false};
		assert_nothing_else(policy);
		policy_set_free(set);
	}
}

/* Each setting of this table fills its own list, and nothing else. */
static void every_list(void **state)
{
	static const struct {
		const char *section, *key, *written;
		const char *expected[6];
		size_t offset;
	} table[] = {
		{"operations",
	     "allow",
	     "'container.*', 'image.pull'",
	     {"container.*", "image.pull"},
	     AT(allow)},
		{"operations", "deny", "'**'", {"**"}, AT(deny)},
		{"container",
	     "capabilities",
	     "'chown', 'CAP_NET_RAW', 'cap_sys_*', 'ALL'",
	     {"CHOWN", "NET_RAW", "SYS_*", "ALL"},
	     AT(container.capabilities)},
		{"container",
	     "network_modes",
	     "'none', 'bridge', 'named', 'container', 'host'",
	     {"none", "bridge", "named", "container", "host"},
	     AT(container.network_modes)},
		{"container",
	     "pid_modes",
	     "'container', 'host'",
	     {"container", "host"},
	     AT(container.pid_modes)},
		{"container",
	     "ipc_modes",
	     "'none', 'private', 'shareable', 'container', 'host'",
	     {"none", "private", "shareable", "container", "host"},
	     AT(container.ipc_modes)},
		{"container", "uts_modes", "'host'", {"host"}, AT(container.uts_modes)},
		{"container", "user_modes", "'host'", {"host"}, AT(container.user_modes)},
		{"container",
	     "cgroup_modes",
	     "'private', 'host'",
	     {"private", "host"},
	     AT(container.cgroup_modes)},
		{"container", "devices", "'/dev/tty*'", {"/dev/tty*"}, AT(container.devices)},
		{"container", "device_rules", "'c 1:3 rwm'", {"c 1:3 rwm"}, AT(container.device_rules)},
		{"container", "sysctls", "'net.*'", {"net.*"}, AT(container.sysctls)},
		{"container", "cgroup_parents", "'/ci/**'", {"/ci/**"}, AT(container.cgroup_parents)},
		{"container", "volume_drivers", "'nfs'", {"nfs"}, AT(container.volume_drivers)},
		{"container", "log_drivers", "'syslog'", {"syslog"}, AT(container.log_drivers)},
		{"images", "registries", "'docker.io'", {"docker.io"}, AT(images.registries)},
		{"exec", "users", "'root', '1000:*'", {"root", "1000:*"}, AT(exec.users)},
		{"build", "network_modes", "'*'", {"*"}, AT(build.network_modes)},
		{"build", "remotes", "'https://**'", {"https://**"}, AT(build.remotes)},
		{"volume", "drivers", "'nfs'", {"nfs"}, AT(volume.drivers)},
		{"volume", "options", "'size'", {"size"}, AT(volume.options)},
		{"network", "drivers", "'bridge'", {"bridge"}, AT(network.drivers)},
		{"network", "options", "'com.*'", {"com.*"}, AT(network.options)},
		{"container", "sysctls", "", {NULL}, AT(container.sysctls)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct policy_set *set;
		struct policy policy;
		struct patterns *patterns;
		char written[128];

		/* Strings of libconfig have double quotes. */
		snprintf(written, sizeof written, "[\n%s ]", table[i].written);
		for (char *at = strchr(written, '\''); at != NULL; at = strchr(at, '\''))
			*at = '"';
		set = load_one(table[i].section, table[i].key, written);
		policy = *policy_set_find(set, "p");
		patterns = (struct patterns *)(void *)((char *)&policy + table[i].offset);
		assert_list(patterns, table[i].expected);
		assert_int_equal(patterns->place.line, 3);
		for (size_t k = 0; k < patterns->count; k++)
			assert_int_equal(patterns->places[k].line, 4);
		*patterns = (struct patterns){.count = 0};
		assert_nothing_else(policy);
		policy_set_free(set);
	}
}

static void the_other_settings(void **state)
{
	struct policy_set *set =
		settings_text_load_fine("policies = { free = { unrestricted = true; }; p = {\n"
	                            "unrestricted = false;\n"
	                            "unknown_fields = \"drop\";\n"
	                            "images = { use = [\"docker.io/library/*\"]; };\n"
	                            "container = { binds = (\n"
	                            "  { source = \"/srv/ci\"; },\n"
	                            "  { source = \"/var/run/docker.sock\"; write = true; } ); };\n"
	                            "}; };");
	const struct policy *policy = policy_set_find(set, "p");
	const struct bind_rules *binds = &policy->container.binds;

	(void)state;
	assert_string_equal(policy->name, "p");
	assert_int_equal(policy->place.line, 1);
	assert_false(policy->unrestricted.on);
	assert_int_equal(policy->unrestricted.place.line, 2);
	assert_true(policy_set_find(set, "free")->unrestricted.on);
	assert_int_equal(policy->unknown_fields, UNKNOWN_FIELDS_DROP);
	assert_true(policy->images.use.set);
	assert_false(policy->images.produce.set);
	assert_int_equal(policy->images.pin, IMAGE_PIN_NONE);
	assert_list(&policy->images.use.names, LIST("docker.io/library/*"));
	assert_int_equal(binds->place.line, 5);
	assert_int_equal(binds->count, 2);
	assert_string_equal(binds->list[0].path.source, "/srv/ci");
	assert_false(binds->list[0].path.write);
	assert_int_equal(binds->list[0].place.line, 6);
	assert_string_equal(binds->list[1].path.source, "/var/run/docker.sock");
	assert_true(binds->list[1].path.write);
	assert_int_equal(binds->list[1].place.line, 7);
	policy_set_free(set);
}

static void images_are_listed_as_dockerd_would_have_them(void **state)
{
	struct policy_set *set = settings_text_load_fine(
		"policies = { p = { images = {\n"
		" use = [ \"alpine\", \"python:3.*\",\n"
		"         \"docker.io/team/*\", \"reg.example:5000/**\" ];\n"
		" produce = [\"ci/**\", \"ci/fixed:v1\"];\n"
		" pin = \"digest\"; }; };\n"
		" child = { extends = \"p\"; images = { produce = []; pin = \"none\"; }; }; };");
	const struct image_rules *images = &policy_set_find(set, "p")->images;
	const struct image_rules *child = &policy_set_find(set, "child")->images;

	(void)state;
	assert_list(&images->use.names,
	            LIST("docker.io/library/alpine", "docker.io/team/*", "reg.example:5000/**"));
	assert_list(&images->use.tagged, LIST("docker.io/library/python:3.*"));
	assert_int_equal(images->use.place.line, 2);
	assert_int_equal(images->use.names.places[1].line, 3);
	assert_list(&images->produce.names, LIST("docker.io/ci/**"));
	assert_list(&images->produce.tagged, LIST("docker.io/ci/fixed:v1"));
	assert_int_equal(images->pin, IMAGE_PIN_DIGEST);
	assert_int_equal(images->pin_place.line, 5);
	assert_true(child->produce.set);
	assert_int_equal(child->produce.names.count + child->produce.tagged.count, 0);
	assert_int_equal(child->use.names.count, 3);
	assert_int_equal(child->pin, IMAGE_PIN_NONE);
	policy_set_free(set);
}

static void an_empty_policy_allows_nothing(void **state)
{
	struct policy_set *set = settings_text_load_fine("policies = { p = {}; };");

	(void)state;
	assert_nothing_else(*policy_set_find(set, "p"));
	policy_set_free(set);
}

static void children_replace_lists_and_keep_denies(void **state)
{
	struct policy_set *set = settings_text_load_fine(
		"policies = {\n"
		"  child = { extends = \"parent\"; operations = { allow = [\"image.list\"];\n"
		"            deny = [\"image.push\"]; };\n"
		"            container = { privileged = false; capabilities = []; }; };\n"
		"  grandchild = { extends = \"child\"; operations = { deny = []; };\n"
		"               images = { use = []; }; };\n"
		"  parent = {\n"
		"    operations = { allow = [\"image.*\"]; deny = [\"image.load\", \"image.save\"]; };\n"
		"    container = { privileged = true; capabilities = [\"CHOWN\"];\n"
		"                  runtime = { allow = [\"runc\"]; }; };\n"
		"             unknown_fields = \"drop\"; };\n"
		"  plain = { extends = \"parent\"; };\n"
		"};");
	const struct policy *child = policy_set_find(set, "child");
	const struct policy *grandchild = policy_set_find(set, "grandchild");
	const struct policy *plain = policy_set_find(set, "plain");

	(void)state;
	assert_list(&child->allow, LIST("image.list"));
	assert_list(&child->deny, LIST("image.load", "image.save", "image.push"));
	assert_int_equal(child->deny.places[0].line, 8);
	assert_int_equal(child->deny.places[2].line, 3);
	assert_false(child->container.privileged.on);
	assert_int_equal(child->container.privileged.place.line, 4);
	assert_int_equal(child->container.capabilities.count, 0);
	assert_list(&child->container.runtime.allow, LIST("runc"));
	assert_int_equal(child->container.runtime.allow.place.line, 10);
	assert_int_equal(child->unknown_fields, UNKNOWN_FIELDS_DROP);

	assert_string_equal(grandchild->name, "grandchild");
	assert_int_equal(grandchild->place.line, 5);
	assert_list(&grandchild->deny, LIST("image.load", "image.save", "image.push"));
	assert_list(&grandchild->allow, LIST("image.list"));
	assert_true(grandchild->images.use.set);
	assert_int_equal(grandchild->images.use.names.count, 0);

	assert_list(&plain->deny, LIST("image.load", "image.save"));
	assert_true(plain->container.privileged.on);
	assert_false(plain->images.use.set);
	policy_set_free(set);
}

static void children_add_to_what_is_protected(void **state)
{
	struct policy_set *set =
		settings_text_load_fine("policies = {\n"
	                            "  child = { extends = \"parent\"; protected = [\"c\"]; };\n"
	                            "  parent = { protected = [\"a\", \"b\"]; };\n"
	                            "  quiet = { extends = \"child\"; };\n"
	                            "  emptied = { extends = \"child\"; protected = []; };\n"
	                            "};");
	const struct policy *child = policy_set_find(set, "child");

	(void)state;
	assert_list(&child->protected, LIST("a", "b", "c"));
	assert_int_equal(child->protected.places[0].line, 3);
	assert_int_equal(child->protected.places[2].line, 2);
	assert_list(&policy_set_find(set, "quiet")->protected, LIST("a", "b", "c"));
	assert_list(&policy_set_find(set, "emptied")->protected, LIST("a", "b", "c"));
	assert_list(&policy_set_find(set, "parent")->protected, LIST("a", "b"));
	policy_set_free(set);
}

static void what_is_restricted_again_may_have_rules(void **state)
{
	struct policy_set *set = settings_text_load_fine(
		"policies = { p = { extends = \"admin\"; unrestricted = false;\n"
		"  container = { privileged = true; }; }; q = { extends = \"ci\"; unrestricted = true; }; };");

	(void)state;
	assert_true(policy_set_find(set, "p")->container.privileged.on);
	assert_true(policy_set_find(set, "q")->unrestricted.on);
	policy_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_written_is_fine_and_serves_nobody),
		cmocka_unit_test(every_flag),
		cmocka_unit_test(every_list),
		cmocka_unit_test(the_other_settings),
		cmocka_unit_test(images_are_listed_as_dockerd_would_have_them),
		cmocka_unit_test(an_empty_policy_allows_nothing),
		cmocka_unit_test(children_replace_lists_and_keep_denies),
		cmocka_unit_test(children_add_to_what_is_protected),
		cmocka_unit_test(what_is_restricted_again_may_have_rules),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
