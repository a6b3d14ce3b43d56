/* A socket proxy's variables as a whole setting: what each is read as, what is told of it, and that what
 * is printed means what was read. */
#include "policy/drop_in.h"

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

enum { ARENA_BYTES = 1 << 20, VARIABLES_MAX = 40 };

/* One reading, and what came of it. */
struct scene {
	struct arena *arena;
	struct variable list[VARIABLES_MAX];
	struct variables variables;
	struct drop_in drop_in;
	struct problems *mistakes, *notes;
	bool fine;
};

/* TEXT is "NAME=VALUE NAME=VALUE ..."; a blank in a value is written ~. */
static void set_variables(struct scene *scene, const char *text)
{
	scene->variables.list = scene->list;
	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		char *name = arena_copy(scene->arena, text, len);
		char *value = strchr(name, '=');

		assert_non_null(value);
		assert_true(scene->variables.count < VARIABLES_MAX);
		*value++ = '\0';
		for (char *at = value; *at != '\0'; at++)
			*at = *at == '~' ? ' ' : *at;
		scene->list[scene->variables.count++] = (struct variable){name, value};
		text += len + (text[len] == ' ');
	}
}

static struct scene *read_variables(const char *text, bool chosen)
{
	static struct scene scene;

	scene = (struct scene){.arena = arena_new(ARENA_BYTES)};
	scene.mistakes = problems_new();
	scene.notes = problems_new();
	set_variables(&scene, text);
	scene.variables.chosen = chosen;
	scene.fine =
		drop_in_read(scene.arena, &scene.variables, &scene.drop_in, scene.mistakes, scene.notes);
	assert_true(scene.fine == (problems_count(scene.mistakes) == 0));
	return &scene;
}

static void end(struct scene *scene)
{
	problems_free(scene->mistakes);
	problems_free(scene->notes);
	arena_free(scene->arena);
}

static struct scene *read_fine(const char *text)
{
	struct scene *scene = read_variables(text, false);

	if (!scene->fine)
		fail_msg("%s: %s", text, problems_text(scene->mistakes, 0));
	return scene;
}

static bool is_on(const struct scene *scene, const char *name)
{
	size_t index;

	assert_true(compat_find(name, &index));
	return scene->drop_in.compat.on[index];
}

/* --- what is read ------------------------------------------------------------------------------ */

static void nothing_set_is_as_there(void **state)
{
	struct scene *scene = read_fine("");
	const struct drop_in *drop_in = &scene->drop_in;

	(void)state;
	assert_int_equal(drop_in->compat.dialect, COMPAT_TECNATIVA);
	assert_false(drop_in->dialect_chosen);
	assert_string_equal(drop_in->socket, "/var/run/docker.sock");
	assert_null(drop_in->address);
	assert_string_equal(drop_in->listen, "127.0.0.1:2375");
	assert_false(drop_in->insecure);
	assert_null(drop_in->preset);
	assert_string_equal(drop_in->log_level, "info");
	assert_true(drop_in->logs_requests);
	end(scene);
}

/* A table of variables and the dialect they are taken for. */
static void dialect_is_chosen_or_told_by_what_is_set(void **state)
{
	static const struct {
		const char *text;
		enum compat_dialect dialect;
		bool chosen;
	} table[] = {
		{"CONTAINERS=1", COMPAT_TECNATIVA, false},
		{"CONTAINERS=1 ALLOW_RESTARTS=1 GRPC=1", COMPAT_TECNATIVA, false},
		{"CONTAINERS=1 ALLOW_LOGS=0", COMPAT_LINUXSERVER, false},
		{"LIBPOD_PING=1", COMPAT_LINUXSERVER, false},
		{"ALLOW_TOP=", COMPAT_LINUXSERVER, false},
		{"QUAYMASTER_COMPAT=linuxserver", COMPAT_LINUXSERVER, true},
		{"QUAYMASTER_COMPAT=tecnativa ALLOW_LOGS=1", COMPAT_TECNATIVA, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene *scene = read_fine(table[i].text);

		assert_int_equal(scene->drop_in.compat.dialect, table[i].dialect);
		assert_true(scene->drop_in.dialect_chosen == table[i].chosen);
		end(scene);
	}
}

static void openings_are_read_as_haproxy_reads_them(void **state)
{
	struct scene *scene = read_fine("CONTAINERS=1 POST=yes EVENTS=0 IMAGES=2 PATH=/bin HOME=/root");

	(void)state;
	assert_true(is_on(scene, "CONTAINERS"));
	assert_false(is_on(scene, "POST"));
	assert_false(is_on(scene, "EVENTS"));
	assert_true(is_on(scene, "IMAGES"));
	assert_true(is_on(scene, "PING"));
	assert_int_equal(problems_count(scene->notes), 2);
	assert_string_equal(problems_text(scene->notes, 0),
	                    "POST: 'yes' counts as 0, as it does for HAProxy: write 0 or 1");
	assert_string_equal(problems_text(scene->notes, 1),
	                    "IMAGES: '2' counts as 1, as it does for HAProxy: write 0 or 1");
	end(scene);
}

/* A table of variables and where the listener is. */
static void listeners_are_loopback_unless_said_otherwise(void **state)
{
	static const struct {
		const char *text;
		const char *listen;
		bool insecure;
	} table[] = {
		{"QUAYMASTER_INSECURE=0", "127.0.0.1:2375", false},
		{"DISABLE_IPV6=1", "127.0.0.1:2375", false},
		{"QUAYMASTER_INSECURE=1", "[::]:2375", true},
		{"QUAYMASTER_INSECURE=1 DISABLE_IPV6=0", "[::]:2375", true},
		{"QUAYMASTER_INSECURE=1 DISABLE_IPV6=1", "0.0.0.0:2375", true},
		{"QUAYMASTER_INSECURE=1 DISABLE_IPV6=YES", "0.0.0.0:2375", true},
		{"QUAYMASTER_INSECURE=1 DISABLE_IPV6=true", "0.0.0.0:2375", true},
		{"QUAYMASTER_INSECURE=1 DISABLE_IPV6=true ALLOW_LOGS=1", "[::]:2375", true},
		{"QUAYMASTER_INSECURE=1 DISABLE_IPV6=1 ALLOW_LOGS=1", "0.0.0.0:2375", true},
		{"BIND_CONFIG=127.0.0.1:4000", "127.0.0.1:4000", false},
		{"BIND_CONFIG=[::1]:2375~v4v6", "[::1]:2375", false},
		{"BIND_CONFIG=:2375 QUAYMASTER_INSECURE=1", "0.0.0.0:2375", true},
		{"BIND_CONFIG=*:2375 QUAYMASTER_INSECURE=1", "0.0.0.0:2375", true},
		{"BIND_CONFIG=[::]:2375~v4v6 QUAYMASTER_INSECURE=1", "[::]:2375", true},
		{"BIND_CONFIG=/run/qm/docker.sock", "/run/qm/docker.sock", false},
		{"BIND_CONFIG=unix@/run/qm/docker.sock", "/run/qm/docker.sock", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene *scene = read_fine(table[i].text);

		assert_string_equal(scene->drop_in.listen, table[i].listen);
		assert_true(scene->drop_in.insecure == table[i].insecure);
		end(scene);
	}
}

/* A table of variables and where the daemon is. */
static void daemon_is_where_socket_path_says(void **state)
{
	static const struct {
		const char *text, *socket, *address;
	} table[] = {
		{"SOCKET_PATH=/var/run/balena-engine.sock", "/var/run/balena-engine.sock", NULL},
		{"SOCKET_PATH=unix@/run/x.sock", "/run/x.sock", NULL},
		{"SOCKET_PATH=dind:2375", NULL, "dind:2375"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene *scene = read_fine(table[i].text);

		if (table[i].socket != NULL)
			assert_string_equal(scene->drop_in.socket, table[i].socket);
		else
			assert_null(scene->drop_in.socket);
		if (table[i].address != NULL)
			assert_string_equal(scene->drop_in.address, table[i].address);
		end(scene);
	}
}

/* A table of HAProxy's levels and ours; requests are told of from "info" down. */
static void log_levels_are_translated(void **state)
{
	static const char *const table[][3] = {
		{"LOG_LEVEL=debug", "debug", "yes"}, {"LOG_LEVEL=info", "info", "yes"},
		{"LOG_LEVEL=notice", "info", "no"},  {"LOG_LEVEL=warning", "warning", "no"},
		{"LOG_LEVEL=err", "error", "no"},    {"LOG_LEVEL=crit", "error", "no"},
		{"LOG_LEVEL=alert", "error", "no"},  {"LOG_LEVEL=emerg", "error", "no"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene *scene = read_fine(table[i][0]);

		assert_string_equal(scene->drop_in.log_level, table[i][1]);
		assert_true(scene->drop_in.logs_requests == (table[i][2][0] == 'y'));
		end(scene);
	}
}

/* --- what is told ------------------------------------------------------------------------------ */

/* A table of variables and the one mistake in them. */
static void mistakes_are_told(void **state)
{
	static const char *const table[][2] = {
		{"QUAYMASTER_COMPAT=lsio",
	     "QUAYMASTER_COMPAT: must be tecnativa or linuxserver, not 'lsio'"},
		{"QUAYMASTER_COMPAT=", "QUAYMASTER_COMPAT: must be tecnativa or linuxserver, not ''"},
		{"QUAYMASTER_POLICY=c", "QUAYMASTER_POLICY: no policy is called 'c' (did you mean 'ci'?)"},
		{"QUAYMASTER_POLICY=", "QUAYMASTER_POLICY: no policy is called ''"},
		{"QUAYMASTER_POLCY=ci",
	     "QUAYMASTER_POLCY: unknown variable (did you mean 'QUAYMASTER_POLICY'?)"},
		{"QUAYMASTER_INSECURE=yes", "QUAYMASTER_INSECURE: must be 0 or 1, not 'yes'"},
		{"BIND_CONFIG=:2375",
	     "BIND_CONFIG: 0.0.0.0:2375 is plain TCP, and open to the network: set "
	     "QUAYMASTER_INSECURE=1 if everyone who can reach it may be your client"},
		{"BIND_CONFIG=127.0.0.1:2375~ssl~crt~x",
	     "BIND_CONFIG: must be an address such as '[::]:2375 v4v6' or ':2375', or the path of a "
	     "Unix socket, not '127.0.0.1:2375 ssl crt x'"},
		{"BIND_CONFIG=", "BIND_CONFIG: must be an address such as '[::]:2375 v4v6' or ':2375', or "
	                     "the path of a Unix socket, not ''"},
		{"BIND_CONFIG=127.0.0.1:1,127.0.0.1:2",
	     "BIND_CONFIG: must be an address such as '[::]:2375 v4v6' or ':2375', or the path of a "
	     "Unix socket, not '127.0.0.1:1,127.0.0.1:2'"},
		{"SOCKET_PATH=docker.sock",
	     "SOCKET_PATH: must be an absolute path, or host:port, not 'docker.sock'"},
		{"SOCKET_PATH=", "SOCKET_PATH: must be an absolute path, or host:port, not ''"},
		{"SOCKET_PATH=/run/\n\";x", "SOCKET_PATH: has bytes that no path should have"},
		{"LOG_LEVEL=INFO", "LOG_LEVEL: must be debug, info, notice, warning, err, crit, alert or "
	                       "emerg, not 'INFO'"},
		{"POST=0 POST=1", "POST: is given twice"},
		{"SOCKET_PATH=/a SOCKET_PATH=/b", "SOCKET_PATH: is given twice"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene *scene = read_variables(table[i][0], false);

		assert_int_equal(problems_count(scene->mistakes), 1);
		assert_string_equal(problems_text(scene->mistakes, 0), table[i][1]);
		end(scene);
	}
}

/* A table of variables in an environment, and what is told of them; "" is nothing. */
static void slips_are_told_and_strangers_left_alone(void **state)
{
	static const char *const table[][2] = {
		{"CONTAINER=1",
	     "CONTAINER: unknown variable, and not looked at (did you mean 'CONTAINERS'?)"},
		{"LOGS=1", "LOGS: unknown variable, and not looked at (did you mean 'ALLOW_LOGS'?)"},
		{"BUILDS=0", "BUILDS: unknown variable, and not looked at (did you mean 'BUILD'?)"},
		{"ALLOW_RESTART=yes",
	     "ALLOW_RESTART: unknown variable, and not looked at (did you mean 'ALLOW_RESTARTS'?)"},
		{"ALLOW_EVERYTHING_AT_ONCE=1",
	     "ALLOW_EVERYTHING_AT_ONCE: unknown variable, and not looked at"},
		{"LIBPOD_IMAGE=1",
	     "LIBPOD_IMAGE: unknown variable, and not looked at (did you mean 'LIBPOD_IMAGES'?)"},
		{"LIBPOD_IMAGES=1", "LIBPOD_IMAGES: opens nothing: quaymaster speaks the Docker API only"},
		{"LIBPOD_IMAGES=0", ""},
		{"QUAYMASTER_COMPAT=tecnativa ALLOW_LOGS=1",
	     "ALLOW_LOGS: is LinuxServer's, and Tecnativa's proxy does not look at it: nor is it looked "
	     "at here; QUAYMASTER_COMPAT=linuxserver would"},
		{"CONTAINER=podman", ""},
		{"QUAYMASTER_PORT_2375_TCP_ADDR=10.0.0.1", ""},
		{"QUAYMASTER_SERVICE_HOST=10.0.0.1", ""},
		{"PORT=1", ""},
		{"SHLVL=1", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene *scene = read_fine(table[i][0]);

		assert_int_equal(problems_count(scene->notes), table[i][1][0] != '\0');
		if (problems_count(scene->notes) > 0)
			assert_string_equal(problems_text(scene->notes, 0), table[i][1]);
		end(scene);
	}
}

static void nothing_is_a_stranger_among_chosen_ones(void **state)
{
	struct scene *scene = read_variables("CONTANERS=1 SOKET_PATH=/x", true);

	(void)state;
	assert_int_equal(problems_count(scene->notes), 2);
	assert_string_equal(
		problems_text(scene->notes, 0),
		"CONTANERS: unknown variable, and not looked at (did you mean 'CONTAINERS'?)");
	assert_string_equal(
		problems_text(scene->notes, 1),
		"SOKET_PATH: unknown variable, and not looked at (did you mean 'SOCKET_PATH'?)");
	end(scene);
}

/* A table of environments, and whether they are a socket proxy's. */
static void an_environment_is_meant_or_not(void **state)
{
	static const struct {
		const char *text;
		bool meant;
	} table[] = {
		{"", false},
		{"PATH=/bin HOME=/root LOG_LEVEL=info", false},
		{"VERSION=1.2.3 BUILD=4711 POST=office", false},
		{"SOCKET_PATH=/x DISABLE_IPV6=1", false},
		{"POST=0", true},
		{"PATH=/bin CONTAINERS=1", true},
		{"ALLOW_LOGS=0", true},
		{"QUAYMASTER_COMPAT=tecnativa", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene *scene = read_variables(table[i].text, false);

		assert_true(drop_in_wanted(&scene->variables) == table[i].meant);
		end(scene);
	}
}

/* --- what is printed --------------------------------------------------------------------------- */

static bool policy_allows(const struct policy *policy, const char *operation)
{
	return patterns_match(&policy->allow, operation) < policy->allow.count &&
	       patterns_match(&policy->deny, operation) == policy->deny.count;
}

/* Both forms, loaded, open what was read; in all else as well they are the same. */
static void assert_both_forms_mean(struct scene *scene)
{
	struct policy_set *sets[2];
	const struct policy *policies[2];
	size_t count;
	const struct route *routes = route_catalogue(&count);

	for (int form = 0; form < 2; form++) {
		const char *text = drop_in_print(scene->arena, &scene->drop_in, (enum drop_in_form)form);

		assert_non_null(text);
		sets[form] = settings_text_load_fine(text);
		policies[form] = policy_set_find(sets[form], CONVERTED_POLICY);
		assert_non_null(policies[form]);
	}
	assert_true(policies[0]->unrestricted.on == policies[1]->unrestricted.on);
	for (size_t i = 0; i < count; i++) {
		const char *operation = routes[i].operation;
		bool open = policy_allows(policies[0], operation);

		assert_true(open == policy_allows(policies[1], operation));
		if (scene->drop_in.preset == NULL)
			assert_true(open == compat_allows(&scene->drop_in.compat, &routes[i]));
		else
			assert_true(open == (compat_allows(&scene->drop_in.compat, &routes[i]) &&
			                     policy_allows(policy_set_find(sets[0], scene->drop_in.preset),
			                                   operation)));
	}
	policy_set_free(sets[0]);
	policy_set_free(sets[1]);
}

static void both_forms_mean_the_same(void **state)
{
	static const char *const table[] = {
		"",
		"CONTAINERS=1 POST=0",
		"EVENTS=0 PING=0 VERSION=0",
		"EVENTS=0 PING=0 VERSION=0 QUAYMASTER_COMPAT=linuxserver",
		"CONTAINERS=1 IMAGES=1 NETWORKS=1 VOLUMES=1 POST=1",
		"CONTAINERS=1 ALLOW_LOGS=1 ALLOW_RESTARTS=1 LIBPOD_INFO=1",
		"CONTAINERS=1 SWARM=1 POST=1 BUILD=1 QUAYMASTER_POLICY=ci",
		"CONTAINERS=1 SWARM=1 POST=1 QUAYMASTER_POLICY=admin",
		"CONTAINERS=1 QUAYMASTER_POLICY=deny-all",
		"SOCKET_PATH=/odd\\name\"x.sock BIND_CONFIG=/run/\"q\".sock LOG_LEVEL=err",
		"SOCKET_PATH=dind:2375 QUAYMASTER_INSECURE=1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene *scene = read_fine(table[i]);

		assert_both_forms_mean(scene);
		end(scene);
	}
}

static void operations_stand_under_their_variables(void **state)
{
	struct scene *scene = read_fine("CONTAINERS=1 POST=0 EVENTS=0 PING=1 LOG_LEVEL=warning");
	const char *text = drop_in_print(scene->arena, &scene->drop_in, DROP_IN_OPERATIONS);

	(void)state;
	assert_non_null(strstr(text, "#  POST=0 CONTAINERS=1 EVENTS=0 PING=1\n"));
	assert_non_null(strstr(text, "\t\t\t\t# CONTAINERS=1\n\t\t\t\t\"container.list\",\n"));
	assert_non_null(strstr(text, "\"container.logs\", # may tell secrets\n"));
	assert_non_null(strstr(text, "\"container.attach.websocket\", # a GET that writes\n"));
	assert_non_null(strstr(text, "\t\t\t\t# PING=1\n\t\t\t\t\"system.ping\",\n"));
	assert_non_null(
		strstr(text, "\t\t\t\t# VERSION=1, where it is not set\n\t\t\t\t\"system.version\"\n"));
	assert_null(strstr(text, "system.events"));
	assert_null(strstr(text, "audit"));
	assert_non_null(strstr(text, "# And run it with --log-level warning.\n"));
	end(scene);
}

static void printing_needs_memory(void **state)
{
	struct scene *scene = read_fine("CONTAINERS=1");
	struct arena *small = arena_new(256);

	(void)state;
	assert_null(drop_in_print(small, &scene->drop_in, DROP_IN_OPERATIONS));
	assert_null(drop_in_print(small, &scene->drop_in, DROP_IN_VARIABLES));
	arena_free(small);
	end(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_set_is_as_there),
		cmocka_unit_test(dialect_is_chosen_or_told_by_what_is_set),
		cmocka_unit_test(openings_are_read_as_haproxy_reads_them),
		cmocka_unit_test(listeners_are_loopback_unless_said_otherwise),
		cmocka_unit_test(daemon_is_where_socket_path_says),
		cmocka_unit_test(log_levels_are_translated),
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(slips_are_told_and_strangers_left_alone),
		cmocka_unit_test(nothing_is_a_stranger_among_chosen_ones),
		cmocka_unit_test(an_environment_is_meant_or_not),
		cmocka_unit_test(both_forms_mean_the_same),
		cmocka_unit_test(operations_stand_under_their_variables),
		cmocka_unit_test(printing_needs_memory),
	};

	return cmocka_run_group_tests_name("drop_in", tests, NULL, NULL);
}
