/* The settings of wollomatic's socket-proxy: which operations its expressions open, what else is printed, and
 * what is told of the rest. */
#include "policy/wollomatic.h"

#include "policy/arena.h"
#include "policy/load.h"
#include "policy/policy.h"
#include "policy/problems.h"
#include "policy/route.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 32 << 20, VARIABLES_MAX = 16 };

struct scene {
	struct arena *arena;
	struct variable list[VARIABLES_MAX];
	struct variables variables;
	struct problems *mistakes, *notes;
	const char *text;
};

/* TEXT is "NAME=VALUE|NAME=VALUE|...". */
static struct scene *convert(const char *text)
{
	static struct scene scene;

	scene = (struct scene){.arena = arena_new(ARENA_BYTES)};
	scene.mistakes = problems_new();
	scene.notes = problems_new();
	scene.variables = (struct variables){.list = scene.list, .chosen = true};
	for (const char *at = text; *at != '\0';) {
		size_t len = strcspn(at, "|");
		char *name = arena_copy(scene.arena, at, len);
		char *value = strchr(name, '=');

		assert_non_null(value);
		*value++ = '\0';
		for (char *c = value; *c != '\0'; c++)
			*c = *c == '!' ? '|' : *c;
		assert_true(scene.variables.count < VARIABLES_MAX);
		scene.list[scene.variables.count++] = (struct variable){name, value};
		at += len + (at[len] == '|');
	}
	scene.text = wollomatic_print(scene.arena, &scene.variables, scene.mistakes, scene.notes);
	assert_true((scene.text == NULL) == (problems_count(scene.mistakes) > 0));
	return &scene;
}

static void end(struct scene *scene)
{
	problems_free(scene->mistakes);
	problems_free(scene->notes);
	arena_free(scene->arena);
}

static bool policy_allows(const struct policy *policy, const char *operation)
{
	return patterns_match(&policy->allow, operation) < policy->allow.count &&
	       patterns_match(&policy->deny, operation) == policy->deny.count;
}

/* Exactly the operations in OPEN, which are separated by one blank each. */
static void assert_open(const struct scene *scene, const char *open)
{
	struct policy_set *set = settings_text_load_fine(scene->text);
	const struct policy *policy = policy_set_find(set, CONVERTED_POLICY);
	size_t count;
	const struct route *routes = route_catalogue(&count);
	char listed[2048], wanted[128];

	assert_true(strlen(open) + 3 < sizeof listed);
	strcat(strcat(strcpy(listed, " "), open), " ");
	for (size_t i = 0; i < count; i++) {
		strcat(strcat(strcpy(wanted, " "), routes[i].operation), " ");
		if (policy_allows(policy, routes[i].operation) != (strstr(listed, wanted) != NULL))
			fail_msg("%s in %s", routes[i].operation, scene->text);
	}
	policy_set_free(set);
}

/* --- expressions ------------------------------------------------------------------------------- */

/* A table of settings, what they open, and what is told of them ("" is nothing). */
static void expressions_open_what_they_cover(void **state)
{
	static const char *const table[][3] = {
		{"-allowGET=/version", "system.version", ""},
		{"-allowGET=/version|-allowGET=/_ping", "system.version system.ping", ""},
		{"SP_ALLOW_GET=/version|SP_ALLOW_GET_2=/info", "system.version system.info", ""},
		{"SP_ALLOW_GET=/version|-allowGET=/info", "system.info", ""},
		{"SP_ALLOW_GET=|-allowHEAD=/_ping", "system.ping", ""},
		{"-allowGET=/v1\\..{1,2}/(version!events.*)", "system.version system.events", ""},
		{"-allowGET=(/v[\\d.]+)?/containers/(json!.+/json)", "container.list container.inspect",
	     ""},
		/* What begins with /version, or ends with /info: as there. */
		{"-allowGET=/version!/info", "system.version system.info",
	     "-allowGET=/version|/info: left out: it allows some paths of config.inspect, network.inspect, "
	     "node.inspect, secret.inspect, service.inspect, task.inspect, volume.inspect, but operations "
	     "are about all"},
		{"-allowPOST=.*/containers/[^/]+/(start!stop!restart)",
	     "container.start container.stop container.restart", ""},
		{"-allowPOST=/v1.\\d+/images/create", "image.pull image.import", ""},
		{"-allowGET=/v1.41/images/json", "image.list", ""},
		{"-allowDELETE=/containers/[\\w.-]+", "container.remove", ""},
		{"-allowPUT=/containers/.*/archive", "container.archive.put", ""},
		{"-allowGET=/networks", "network.list", ""},
		{"-allowGET=/images/get", "",
	     "-allowGET=/images/get: left out: it allows some paths of image.save, but operations are "
	     "about all"},
		{"-allowGET=/containers/web/(json!logs)", "",
	     "-allowGET=/containers/web/(json|logs): left out: it allows some paths of "
	     "container.inspect, container.logs, but operations are about all"},
		{"-allowGET=/images/[^/]+/json", "",
	     "-allowGET=/images/[^/]+/json: left out: it allows some paths of image.inspect, but "
	     "operations are about all"},
		{"-allowGET=/containers", "",
	     "-allowGET=/containers: opens nothing: there is no such operation, or it is open already"},
		{"-allowGET=/version|-allowGET=/versions?", "system.version",
	     "-allowGET=/versions?: opens nothing: there is no such operation, or it is open already"},
		{"-allowPOST=/version", "",
	     "-allowPOST=/version: opens nothing: there is no such operation, or it is open already"},
		{"-allowPATCH=.*", "", "-allowPATCH=.*: left out: the Docker API has nothing with PATCH"},
		{"-allowOPTIONS=.*", "",
	     "-allowOPTIONS=.*: left out: the Docker API has nothing with OPTIONS"},
		{"-allowGET=\\b/version", "",
	     "-allowGET=\\b/version: left out: it has \\b, which is not known here"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene *scene = convert(table[i][0]);

		assert_open(scene, table[i][1]);
		assert_int_equal(problems_count(scene->notes), table[i][2][0] != '\0');
		if (table[i][2][0] != '\0')
			assert_string_equal(problems_text(scene->notes, 0), table[i][2]);
		end(scene);
	}
}

static void everything_is_everything(void **state)
{
	struct scene *scene = convert("-allowGET=.*|-allowHEAD=.*|-allowPOST=.*|-allowPUT=.*|"
	                              "-allowDELETE=.*");
	struct policy_set *set = settings_text_load_fine(scene->text);
	const struct policy *policy = policy_set_find(set, CONVERTED_POLICY);
	size_t count;
	const struct route *routes = route_catalogue(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		assert_true(policy_allows(policy, routes[i].operation));
	assert_true(policy->unrestricted.on);
	policy_set_free(set);
	end(scene);
}

static void versions_are_remarked_on(void **state)
{
	struct scene *scene = convert("-allowGET=/v1.41/images/json|-allowGET=/v1\\..{2}/info");

	(void)state;
	assert_non_null(strstr(scene->text, "# -allowGET=/v1.41/images/json\n"));
	assert_non_null(strstr(scene->text, "\"image.list\", # there in some API versions only\n"));
	assert_non_null(strstr(scene->text, "\"system.info\" # may tell secrets\n"));
	end(scene);
}

/* --- the other settings ------------------------------------------------------------------------ */

/* A table of settings and a part of what is printed. */
static void settings_have_their_places(void **state)
{
	static const char *const table[][2] = {
		{"-allowGET=/version", "upstream = { socket = \"/var/run/docker.sock\"; };"},
		{"SP_SOCKETPATH=/run/x.sock", "upstream = { socket = \"/run/x.sock\"; };"},
		{"SP_SOCKETPATH=/a|-socketpath=/b", "upstream = { socket = \"/b\"; };"},
		{"-socketpath=/a|-socketpath=/b", "upstream = { socket = \"/b\"; };"},
		{"-allowGET=/version", "\t{ address = \"127.0.0.1:2375\"; }\n"},
		{"-proxyport=4000", "\t{ address = \"127.0.0.1:4000\"; }\n"},
		{"-listenip=::1", "\t{ address = \"[::1]:2375\"; }\n"},
		{"-listenip=0.0.0.0|-allowfrom=10.0.0.1,0.0.0.0/0",
	     "\t{ address = \"0.0.0.0:2375\"; insecure = true; }\n"},
		{"-proxysocketendpoint=/run/q.sock", "\t{ socket = \"/run/q.sock\"; mode = \"0600\"; }\n"},
		{"SP_PROXYSOCKETENDPOINT=/q|SP_PROXYSOCKETENDPOINTFILEMODE=666", "mode = \"0666\"; }\n"},
		{"-loglevel=warn", "# And run it with --log-level warning.\n"},
		{"-loglevel=DEBUG", "audit = { file = \"-\"; };\n"},
		{"QUAYMASTER_POLICY=read-only|-allowGET=.*", "\t\textends = \"read-only\";\n"},
		{"-allowbindmountfrom=/srv,/data", "\t\textends = \"ci\";\n"},
		{"-allowbindmountfrom=/srv,/data", "{ source = \"/srv\"; write = true; },\n"},
		{"-allowbindmountfrom=/srv,/data", "{ source = \"/data\"; write = true; }\n"},
		{"-allowbindmountfrom=/srv|QUAYMASTER_POLICY=admin", "\t\textends = \"admin\";\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene *scene = convert(table[i][0]);

		assert_non_null(scene->text);
		if (strstr(scene->text, table[i][1]) == NULL)
			fail_msg("%s: no '%s' in %s", table[i][0], table[i][1], scene->text);
		end(scene);
	}
}

/* A table of settings, and what is told of what has no counterpart. */
static void what_has_no_counterpart_is_told(void **state)
{
	static const char *const table[][2] = {
		{"-listenip=0.0.0.0|-allowfrom=traefik",
	     "-allowfrom: 'traefik' has no counterpart: clients are told apart by socket, certificate or "
	     "user, not by address; so only 127.0.0.1 is listened on"},
		{"-listenip=0.0.0.0",
	     "-allowfrom: '127.0.0.1/32' has no counterpart: clients are told apart by socket, "
	     "certificate or user, not by address; so only 127.0.0.1 is listened on"},
		{"-allowbindmountfrom=/srv",
	     "-allowbindmountfrom: everything inside a request is judged with the binds, by the policy "
	     "'ci'"},
		{"SP_PROXYCONTAINERNAME=proxy",
	     "-proxycontainername: left out: labels of containers give no rights"},
		{"-watchdoginterval=60",
	     "-watchdoginterval: left out: a daemon that comes back is found again"},
		{"-allowhealthcheck=true",
	     "-allowhealthcheck: left out: there is no port for health checks"},
		{"-allowhealthcheck=false", ""},
		{"-logjson=true", ""},
		{"SP_NONSENSE=1", "SP_NONSENSE: unknown, and not looked at"},
		{"-lisenip=::1", "-lisenip: unknown, and not looked at (did you mean '-listenip'?)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene *scene = convert(table[i][0]);

		assert_non_null(scene->text);
		assert_int_equal(problems_count(scene->notes), table[i][1][0] != '\0');
		if (table[i][1][0] != '\0')
			assert_string_equal(problems_text(scene->notes, 0), table[i][1]);
		end(scene);
	}
}

/* A table of settings and the one mistake in them. */
static void mistakes_are_told(void **state)
{
	static const char *const table[][2] = {
		{"-listenip=localhost", "-listenip: must be an address, not 'localhost'"},
		{"-proxyport=0", "-proxyport: must be a port, not '0'"},
		{"-proxyport=65536", "-proxyport: must be a port, not '65536'"},
		{"-proxysocketendpoint=q.sock",
	     "-proxysocketendpoint: must be an absolute path, not 'q.sock'"},
		{"-proxysocketendpoint=/q|-proxysocketendpointfilemode=9",
	     "-proxysocketendpointfilemode: must be octal, such as 0600, not '9'"},
		{"-loglevel=loud", "-loglevel: must be DEBUG, INFO, WARN or ERROR, not 'loud'"},
		{"QUAYMASTER_POLICY=cii",
	     "QUAYMASTER_POLICY: no policy is called 'cii' (did you mean 'ci'?)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene *scene = convert(table[i][0]);

		assert_int_equal(problems_count(scene->mistakes), 1);
		assert_string_equal(problems_text(scene->mistakes, 0), table[i][1]);
		end(scene);
	}
}

static void names_are_known_in_both_forms(void **state)
{
	static const char *const known[] = {"-allowGET",   "SP_ALLOW_GET", "SP_ALLOW_DELETE_7",
	                                    "-listenip",   "SP_LISTENIP",  "SP_ALLOWFROM",
	                                    "-allowTRACE", "-logjson"};
	static const char *const unknown[] = {"allowGET",  "-allowGETS",  "SP_ALLOW_GETS",
	                                      "SP_ALLOW_", "sp_listenip", "SP_listenip",
	                                      "LISTENIP",  "CONTAINERS"};

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		assert_true(wollomatic_knows(known[i]));
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		assert_false(wollomatic_knows(unknown[i]));
	assert_true(wollomatic_is_switch("-logjson"));
	assert_false(wollomatic_is_switch("-listenip"));
	assert_false(wollomatic_is_switch("-allowGET"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_open_what_they_cover),
		cmocka_unit_test(everything_is_everything),
		cmocka_unit_test(versions_are_remarked_on),
		cmocka_unit_test(settings_have_their_places),
		cmocka_unit_test(what_has_no_counterpart_is_told),
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(names_are_known_in_both_forms),
	};

	return cmocka_run_group_tests_name("wollomatic", tests, NULL, NULL);
}
