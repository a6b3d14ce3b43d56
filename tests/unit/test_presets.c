/* The shipped policies: what each allows, and that each is what its comments say. */
#include "policy/load.h"
#include "policy/presets.h"
#include "policy/text.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static bool allows(const struct policy *policy, const char *operation)
{
	for (size_t i = 0; i < policy->deny.count; i++) {
		if (text_matches(policy->deny.list[i], operation))
			return false;
	}
	for (size_t i = 0; i < policy->allow.count; i++) {
		if (text_matches(policy->allow.list[i], operation))
			return true;
	}
	return false;
}

static void presets_remember_where_they_are_from(void **state)
{
	struct policy_set *set = settings_text_load_fine(
		"policies = { mine = { extends = \"ci\"; exec = { users = []; }; }; };");
	const struct policy *mine = policy_set_find(set, "mine");

	(void)state;
	assert_string_equal(mine->place.file, "settings");
	assert_string_equal(mine->container.privileged.place.file, "preset ci");
	assert_true(mine->container.privileged.place.line > 1);
	assert_string_equal(mine->exec.users.place.file, "settings");
	assert_string_equal(mine->deny.places[0].file, "preset ci");
	policy_set_free(set);
}

/* A table of operations, and whether the presets allow each. */
static void shipped_operations(void **state)
{
	static const struct {
		const char *operation;
		bool read_only, ci;
	} table[] = {
		{"system.ping", true, true},
		{"system.version", true, true},
		{"system.info", true, true},
		{"system.events", true, true},
		{"system.df", true, true},
		{"container.list", true, true},
		{"container.stats", true, true},
		{"container.top", true, true},
		{"container.inspect", true, true},
		{"container.logs", false, true},
		{"container.export", false, true},
		{"container.changes", false, true},
		{"container.archive.get", false, true},
		{"container.archive.put", false, true},
		{"container.create", false, true},
		{"container.start", false, true},
		{"container.attach", false, true},
		{"container.attach.websocket", false, true},
		{"container.checkpoint.create", false, false},
		{"container.checkpoint.list", false, false},
		{"container.checkpoint.remove", false, false},
		{"exec.create", false, true},
		{"exec.inspect", false, true},
		{"image.list", true, true},
		{"image.inspect", true, true},
		{"image.history", true, true},
		{"image.pull", false, true},
		{"image.push", false, true},
		{"image.save", false, true},
		{"network.list", true, true},
		{"network.inspect", true, true},
		{"network.create", false, true},
		{"volume.list", true, true},
		{"volume.inspect", true, true},
		{"volume.create", false, true},
		{"build.classic", false, true},
		{"build.cancel", false, true},
		{"build.prune", false, false},
		{"build.session", false, false},
		{"build.grpc", false, false},
		{"registry.auth", false, true},
		{"distribution.inspect", false, true},
		{"swarm.init", false, false},
		{"service.list", false, false},
		{"task.list", false, false},
		{"node.list", false, false},
		{"secret.list", false, false},
		{"config.list", false, false},
		{"plugin.list", false, false},
	};
	struct policy_set *set = settings_text_load_fine("");

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const char *operation = table[i].operation;

		if (allows(policy_set_find(set, "read-only"), operation) != table[i].read_only)
			fail_msg("read-only: %s", operation);
		if (allows(policy_set_find(set, "ci"), operation) != table[i].ci)
			fail_msg("ci: %s", operation);
		assert_true(allows(policy_set_find(set, "admin"), operation));
		assert_int_equal(allows(policy_set_find(set, "deny-all"), operation),
		                 strcmp(operation, "system.ping") == 0);
	}
	policy_set_free(set);
}

static void shipped_ci_keeps_the_host(void **state)
{
	struct policy_set *set = settings_text_load_fine("");
	const struct policy *ci = policy_set_find(set, "ci");
	const struct container_rules *container = &ci->container;

	(void)state;
	assert_false(ci->unrestricted.on);
	assert_int_equal(ci->unknown_fields, UNKNOWN_FIELDS_REFUSE);
	assert_false(container->privileged.on);
	assert_int_equal(container->capabilities.count, 14);
	for (size_t i = 0; i < container->capabilities.count; i++) {
		assert_null(strchr(container->capabilities.list[i], '*'));
		assert_false(text_starts_with(container->capabilities.list[i], "SYS_A"));
		assert_string_not_equal(container->capabilities.list[i], "ALL");
	}
	assert_int_equal(container->binds.count, 0);
	assert_list(&container->network_modes, LIST("none", "bridge", "named", "container"));
	assert_list(&container->pid_modes, LIST("container"));
	assert_list(&container->ipc_modes, LIST("none", "private", "shareable", "container"));
	assert_int_equal(container->uts_modes.count, 0);
	assert_int_equal(container->user_modes.count, 0);
	assert_list(&container->cgroup_modes, LIST("private"));
	assert_int_equal(container->devices.count, 0);
	assert_int_equal(container->device_rules.count, 0);
	assert_false(container->device_requests.on);
	assert_int_equal(container->security.apparmor.allow.count, 0);
	assert_int_equal(container->security.seccomp.allow.count, 0);
	assert_int_equal(container->security.selinux.allow.count, 0);
	assert_false(container->security.writable_cgroups.on);
	assert_false(container->unmasked_paths.on);
	assert_list(&container->sysctls, LIST("net.ipv4.*", "net.ipv6.*", "net.core.somaxconn"));
	assert_list(&container->runtime.allow, LIST("runc", "io.containerd.runc.v2"));
	assert_int_equal(container->cgroup_parents.count, 0);
	assert_int_equal(container->volume_drivers.count, 0);
	assert_int_equal(container->log_drivers.count, 0);
	assert_true(container->volumes_from.on);
	assert_false(container->other_properties.on);
	assert_false(container->trust_existing.on);
	assert_false(ci->exec.privileged.on);
	assert_list(&ci->exec.users, LIST("**"));
	assert_false(ci->build.buildkit.on);
	assert_false(ci->build.other_parameters.on);
	assert_int_equal(ci->build.remotes.count, 0);
	assert_list(&ci->volume.options, LIST("size"));
	assert_int_equal(ci->volume.drivers.count, 0);
	assert_list(&ci->network.drivers, LIST("bridge"));
	assert_list(&ci->network.options, LIST("com.docker.network.driver.mtu"));
	assert_false(ci->images.use.set);
	assert_false(ci->images.produce.set);
	assert_false(ci->images.import_sources.on);
	policy_set_free(set);
}

/* The name of an application is free for a policy of the user's own, which may start from the profile. */
static void written_policy_takes_the_place_of_a_profile(void **state)
{
	struct policy_set *set = settings_text_load_fine(
		"policies = { traefik = { extends = \"traefik\"; operations = { deny = [\"system.events\"]; }; };"
		"other = { extends = \"traefik\"; }; };");
	const struct policy *own = policy_set_find(set, "traefik");

	(void)state;
	assert_string_equal(own->place.file, "settings");
	assert_true(allows(own, "container.list"));
	assert_false(allows(own, "system.events"));
	assert_false(allows(policy_set_find(set, "other"), "system.events"));
	policy_set_free(set);
}

static void profiles_tell_what_their_application_asks(void **state)
{
	struct policy_set *set = settings_text_load_fine("");

	(void)state;
	for (size_t i = 0; i < preset_count; i++) {
		const struct policy *policy = policy_set_find(set, presets[i].name);

		assert_int_equal(policy->application.title != NULL, presets[i].profile);
		if (presets[i].profile)
			assert_true(policy->application.required.count + policy->application.main.count > 0);
	}
	policy_set_free(set);
}

static void only_admin_is_unrestricted(void **state)
{
	struct policy_set *set = settings_text_load_fine("");

	(void)state;
	assert_in_range(preset_count, 5, 100);
	for (size_t i = 0; i < preset_count; i++) {
		const struct policy *policy = policy_set_find(set, presets[i].name);

		assert_non_null(policy);
		if (presets[i].profile && policy->unrestricted.on) /* of updaters: creates by rules alone */
			assert_false(allows(policy, "container.create") || allows(policy, "exec.create"));
		else
			assert_int_equal(policy->unrestricted.on, strcmp(presets[i].name, "admin") == 0);
		assert_int_equal(policy->unknown_fields, UNKNOWN_FIELDS_REFUSE);
	}
	policy_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presets_remember_where_they_are_from),
		cmocka_unit_test(shipped_operations),
		cmocka_unit_test(shipped_ci_keeps_the_host),
		cmocka_unit_test(only_admin_is_unrestricted),
		cmocka_unit_test(written_policy_takes_the_place_of_a_profile),
		cmocka_unit_test(profiles_tell_what_their_application_asks),
	};

	return cmocka_run_group_tests_name("presets", tests, NULL, NULL);
}
