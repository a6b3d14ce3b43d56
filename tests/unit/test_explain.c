/* Why a request gets its verdict: which rules it depends on, what changes on the way, and that what would allow it, once
 * written into the policy, does. No secret is told. */
#include "policy/arena.h"
#include "policy/assume.h"
#include "policy/explain.h"
#include "policy/identity.h"
#include "policy/load.h"
#include "policy/policy.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 64 << 20, TEXT_SIZE = 65536 };

/* A request, and who judges it. */
struct scene {
	struct policy_set *set;
	struct arena *arena;
	json_t *told;
};

static void explain_headed(struct scene *scene, const char *settings, struct headers headers,
                           const char *target, const char *body)
{
	static const struct identity identity = {.listener = "test"};
	struct trial_setup setup = {.identity = &identity,
	                            .range = {.oldest = {1, 24}, .newest = {1, 51}},
	                            .limits = {1 << 20, 20000, 64},
	                            .image_store = IMAGE_STORE_CLASSIC,
	                            .answer = assume_answer};
	const struct trial_input input = {.head = {"POST", target, headers, *body != '\0'},
	                                  .body = body,
	                                  .len = strlen(body)};

	scene->set = settings_text_load_fine(settings);
	scene->arena = arena_new(ARENA_BYTES);
	setup.policy = policy_set_find(scene->set, "p");
	memcpy(&setup.context, &setup.policy, sizeof setup.context);
	scene->told = explain_request(scene->arena, &setup, &input, true);
	assert_non_null(scene->told);
}

static void explain(struct scene *scene, const char *settings, const char *target, const char *body)
{
	struct header type = {"Content-Type", "application/json"};

	explain_headed(scene, settings, (struct headers){&type, *body != '\0' ? 1 : 0}, target, body);
}

static void done(struct scene *scene)
{
	json_decref(scene->told);
	arena_free(scene->arena);
	policy_set_free(scene->set);
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static void assert_rule(const struct scene *scene, const char *rule, const char *result)
{
	const json_t *rules = json_object_get(scene->told, "rules");

	for (size_t i = 0; i < json_array_size(rules); i++) {
		if (strcmp(text_of(json_array_get(rules, i), "rule"), rule) == 0) {
			assert_string_equal(text_of(json_array_get(rules, i), "result"), result);
			return;
		}
	}
	fail_msg("%s is not told", rule);
}

static void assert_change(const struct scene *scene, const char *name, const char *before,
                          const char *after)
{
	const json_t *changes = json_object_get(scene->told, "changes");

	for (size_t i = 0; i < json_array_size(changes); i++) {
		const json_t *change = json_array_get(changes, i);

		if (strcmp(text_of(change, "name"), name) == 0) {
			assert_string_equal(text_of(change, "before"), before);
			assert_non_null(strstr(text_of(change, "after"), after));
			return;
		}
	}
	fail_msg("%s is not told", name);
}

#define POLICY(inside) "policies = { p = { extends = \"ci\"; " inside " }; };"
#define CREATE         "/containers/create"

static void what_answers_do_not_tell_is_told(void **state)
{
	const char *hides = POLICY("redact = { mounts = true; host = true; };");
	struct scene scene;
	const json_t *hidden;

	(void)state;
	explain(&scene, hides, "/volumes/create", "{\"Name\":\"v\"}");
	hidden = json_object_get(scene.told, "hidden");
	assert_true(json_array_size(hidden) > 0);
	assert_string_equal(text_of(json_array_get(hidden, 0), "rule"), "redact.mounts");
	assert_string_equal(text_of(json_array_get(hidden, 0), "place"), "settings:1");
	done(&scene);
	explain(&scene, hides, "/containers/x/start", "");
	assert_int_equal(json_array_size(json_object_get(scene.told, "hidden")), 0);
	done(&scene);
}

static void rules_are_told_with_their_result(void **state)
{
	struct scene scene;

	(void)state;
	explain(&scene, POLICY("container = { capabilities = [\"KILL\"]; };"), CREATE,
	        "{\"Image\":\"a\",\"HostConfig\":{\"CapAdd\":[\"KILL\"],\"Privileged\":true}}");
	assert_string_equal(text_of(scene.told, "verdict"), "deny");
	assert_string_equal(text_of(scene.told, "operation"), "container.create");
	assert_int_equal(json_integer_value(json_object_get(scene.told, "status")), 403);
	assert_rule(&scene, "operations.allow", "allowed");
	assert_rule(&scene, "container.capabilities", "allowed");
	assert_rule(&scene, "container.privileged", "denied");
	assert_null(json_object_get(scene.told, "sent"));
	done(&scene);
	explain(&scene, "policies = { p = { extends = \"admin\"; }; };", CREATE,
	        "{\"Image\":\"a\",\"HostConfig\":{\"Privileged\":true}}");
	assert_rule(&scene, "unrestricted", "allowed");
	assert_int_equal(json_array_size(json_object_get(scene.told, "rules")), 2);
	done(&scene);
	explain(&scene, POLICY("mode = \"warn\";"), CREATE,
	        "{\"Image\":\"a\",\"HostConfig\":{\"Privileged\":true}}");
	assert_string_equal(text_of(scene.told, "verdict"), "allow");
	assert_rule(&scene, "container.privileged", "warn");
	done(&scene);
	explain(&scene, POLICY(""), "/nonsense?x=sesame", "");
	assert_string_equal(text_of(scene.told, "verdict"), "refuse");
	assert_string_equal(text_of(scene.told, "request"), "POST /nonsense");
	done(&scene);
	explain(&scene, "", CREATE, "{\"Image\":\"a\"}");
	assert_non_null(strstr(text_of(scene.told, "message"), "no rule of `clients`"));
	done(&scene);
}

static void objects_are_told(void **state)
{
	const json_t *fact;
	struct scene scene;

	(void)state;
	explain(&scene, POLICY(""), "/containers/web/start", "");
	fact = json_array_get(json_object_get(scene.told, "facts"), 0);
	assert_string_equal(text_of(fact, "kind"), "container");
	assert_string_equal(text_of(fact, "name"), "web");
	assert_string_equal(text_of(fact, "state"), "found");
	assert_non_null(strstr(text_of(fact, "assumed"), "no privileges"));
	done(&scene);
}

static void changes_are_told(void **state)
{
	struct header headers[] = {{"content-type", "application/json"},
	                           {"X-Own", "sesame"},
	                           {"X-Registry-Auth", "e30="}};
	struct scene scene;

	(void)state;
	explain_headed(
		&scene, POLICY(""), (struct headers){headers, 3}, CREATE "?name=x&name=",
		"{\"image\":\"a\",\"Env\":[\"K=sesame\"],\"HostConfig\":{\"NetworkMode\":\"lan\"}}");
	assert_string_equal(text_of(scene.told, "verdict"), "refuse"); /* name is given twice */
	done(&scene);
	explain_headed(
		&scene, POLICY(""), (struct headers){headers, 3}, CREATE "?name=x",
		"{\"image\":\"a\",\"env\":[\"K=sesame\"],\"HostConfig\":{\"NetworkMode\":\"lan\"}}");
	assert_string_equal(text_of(json_object_get(scene.told, "sent"), "request"),
	                    "POST /v1.51/containers/create?name=x");
	assert_change(&scene, "path", "/containers/create", "/v1.51/containers/create");
	assert_change(&scene, "image", "\"a\"", "");
	assert_change(&scene, "Image", "", "\"a\"");
	assert_change(&scene, "env[0]", "(hidden)", "");
	assert_change(&scene, "Env[0]", "", "(hidden)");
	assert_change(&scene, "HostConfig.NetworkMode", "\"lan\"", "\"");
	assert_change(&scene, "X-Own", "(hidden)", "");
	done(&scene);
}

static void no_secret_is_told(void **state)
{
	static const struct {
		const char *target, *body;
	} table[] = {
		{CREATE,
	     "{\"Image\":\"a\",\"Env\":[\"sesame\"],\"Cmd\":\"sesame\",\"Labels\":{\"a\":\"sesame\"}}"},
		{CREATE, "{\"image\":\"a\",\"env\":[\"sesame\"],\"labels\":{\"a\":\"sesame\"}}"},
		{CREATE, "{\"Image\":\"a\",\"Nonsense\":\"sesame\"}"},
		{"/build?buildargs=%7B%22a%22:%22sesame%22%7D&nonsense=sesame", ""},
		{"/build?remote=http://u:sesame@a/", ""},
		{"/auth", "{\"username\":\"u\",\"password\":\"sesame\",\"serveraddress\":\"r.example\"}"},
		{"/secrets/create", "{\"Name\":\"x\",\"Data\":\"c2VzYW1l\"}"},
		{"/volumes/create", "{\"DriverOpts\":{\"o\":\"password=sesame\"}}"},
	};
	static const char *const policies[] = {POLICY(""),
	                                       "policies = { p = { extends = \"admin\"; }; };"};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table * 2; i++) {
		struct scene scene;
		char *text;

		explain(&scene, policies[i % 2], table[i / 2].target, table[i / 2].body);
		text = json_dumps(scene.told, 0);
		if (strstr(text, "sesame") != NULL || strstr(text, "c2VzYW1l") != NULL)
			fail_msg("%s", text);
		free(text);
		done(&scene);
	}
}

/* What is denied, and whether the settings that are told are enough. */
static void the_remedy_works(void **state)
{
	static const struct {
		const char *inside, *target, *body;
	} table[] = {
		{"", CREATE,
	     "{\"Image\":\"a\",\"HostConfig\":{\"Privileged\":true,\"CapAdd\":[\"ALL\"],\"NetworkMode\":\"host\","
	     "\"PidMode\":\"host\",\"Binds\":[\"/srv:/srv\",\"/etc/x:/x:ro\"],\"SecurityOpt\":[\"label:disable\"],"
	     "\"Sysctls\":{\"net.core.somaxconn\":\"1\"},\"Devices\":[{\"PathOnHost\":\"/dev/fuse\"}]}}"},
		{"images = { use = [\"busybox\"]; };", CREATE, "{\"Image\":\"alpine\"}"},
		{"", "/containers/web/exec", "{\"Cmd\":[\"a\"],\"Privileged\":true,\"User\":\"root\"}"},
		{"", "/volumes/create", "{\"Driver\":\"nfs\",\"DriverOpts\":{\"o\":\"x\"}}"},
		{"", "/networks/create",
	     "{\"Name\":\"n\",\"Driver\":\"macvlan\",\"Options\":{\"parent\":\"e\"}}"},
		{"", "/build?networkmode=host", ""},
		{"operations = { allow = []; };", "/containers/web/stop", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		static char first[TEXT_SIZE], second[TEXT_SIZE];
		struct scene scene;

		snprintf(first, sizeof first, "policies = { p = { extends = \"ci\"; %s }; };",
		         table[i].inside);
		explain(&scene, first, table[i].target, table[i].body);
		assert_string_equal(text_of(scene.told, "verdict"), "deny");
		snprintf(second, sizeof second,
		         "policies = { o = { extends = \"ci\"; %s }; p = { extends = \"o\"; %s }; };",
		         table[i].inside, text_of(json_object_get(scene.told, "remedy"), "settings"));
		done(&scene);
		explain(&scene, second, table[i].target, table[i].body);
		if (strcmp(text_of(scene.told, "verdict"), "allow") != 0)
			fail_msg("%s\n%s", second, text_of(scene.told, "message"));
		done(&scene);
	}
}

static void what_has_no_remedy_is_told(void **state)
{
	const json_t *remedy;
	struct scene scene;

	(void)state;
	explain(&scene, POLICY("operations = { deny = [\"container.*\"]; };"), CREATE,
	        "{\"Image\":\"a\",\"HostConfig\":{\"Binds\":[\"/a:/b:shared\"]}}");
	remedy = json_object_get(scene.told, "remedy");
	assert_null(json_object_get(remedy, "settings"));
	assert_int_equal(json_array_size(json_object_get(remedy, "beyond")), 2);
	done(&scene);
}

/* Where variables open the operations, they are what is told, once, and what to set. */
static void variables_do_not_contradict_themselves(void **state)
{
	static const char settings[] =
		"policies = { p = { compat = { dialect = \"tecnativa\"; CONTAINERS = 1; POST = 1; }; "
		"unrestricted = true; }; };";
	const json_t *remedy;
	struct scene scene;

	(void)state;
	explain(&scene, settings, "/containers/web/stop", "");
	assert_string_equal(text_of(scene.told, "verdict"), "allow");
	assert_rule(&scene, "compat", "allowed");
	assert_int_equal(json_array_size(json_object_get(scene.told, "rules")), 2);
	done(&scene);
	explain(&scene, settings, "/networks/prune", "");
	assert_rule(&scene, "compat", "denied");
	assert_int_equal(json_array_size(json_object_get(scene.told, "rules")), 2);
	remedy = json_object_get(scene.told, "remedy");
	assert_string_equal(text_of(remedy, "variables"), "set NETWORKS=1 to allow it");
	assert_int_equal(json_array_size(json_object_get(remedy, "beyond")), 0);
	done(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_do_not_contradict_themselves),
		cmocka_unit_test(rules_are_told_with_their_result),
		cmocka_unit_test(what_answers_do_not_tell_is_told),
		cmocka_unit_test(objects_are_told),
		cmocka_unit_test(changes_are_told),
		cmocka_unit_test(no_secret_is_told),
		cmocka_unit_test(the_remedy_works),
		cmocka_unit_test(what_has_no_remedy_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
