/* An updater on a connection: what it removes or renames may be created anew as it was, once the daemon has done so, and
 * nothing else. */
#include "tests/unit/conn_scene.h"

#include "policy/load.h"
#include "proxy/former.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

#define POLICIES                                                                                   \
	"policies = { updater = { unrestricted = true; tenancy = { open = true; };\n"                  \
	"   operations = { allow = [\"container.remove\", \"container.rename\", "                      \
	"                           \"container.stop\"]; };\n"                                         \
	"   rules = ( { on = \"container.create\"; when = \"recreate\"; effect = \"allow\"; } ); };\n" \
	"   other = { extends = \"updater\"; }; };\n"

/* conn_scene's "ci" is whoever comes by the listener "local", its "admin" by "tls". */
static const char two_policies[] =
	POLICIES "clients = ( { listener = \"local\"; policy = \"updater\"; },\n"
			 "            { listener = \"tls\"; policy = \"other\"; } );\n";
static const char two_tenants[] =
	POLICIES "clients = ( { listener = \"local\"; policy = \"updater\"; tenant = \"a\"; },\n"
			 "            { listener = \"tls\"; policy = \"updater\"; tenant = \"b\"; } );\n";

#define BODY "{\"Image\":\"x\",\"Cmd\":[\"a\"]}"

/* A daemon of which a test says whether it has the container, and whether it removes itself when it ends. */
static struct world {
	bool gone, removes_itself;
	unsigned status; /* of DELETE, rename and stop */
} world;

static void say_json(struct fake_connection *connection, const char *status, const char *body)
{
	char answer[1024];

	snprintf(answer, sizeof answer,
	         "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	         status, strlen(body), body);
	fake_say(connection, answer);
}

static void asked(struct fake_connection *connection, void *context)
{
	const char *target = connection->head.target;
	char body[512];

	(void)context;
	snprintf(body, sizeof body,
	         "{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Config\":{\"Image\":\"x\",\"Cmd\":[\"a\"]},"
	         "\"HostConfig\":{\"AutoRemove\":%s},\"NetworkSettings\":{\"Networks\":{}}}",
	         world.removes_itself ? "true" : "false");
	if (strstr(target, "/json") != NULL && !world.gone)
		say_json(connection, "200 OK", body);
	else if (strstr(target, "/json") != NULL)
		say_json(connection, "404 Not Found", "{\"message\":\"No such container: web\"}");
	else if (strstr(target, "/create") != NULL)
		say_json(connection, "201 Created", "{\"Id\":\"" ID "\"}");
	else if (strstr(target, "/version") != NULL)
		fake_say(connection, fake_version);
	else if (strcmp(connection->head.method, "GET") == 0)
		fake_say(connection, NOTHING_TO_SAY);
	else
		say_json(connection, world.status == 409 ? "409 Conflict" : "200 OK", "{}");
}

static void open_scene_with(struct conn_scene *scene, const char *settings)
{
	world = (struct world){.gone = false};
	conn_scene_prepare(scene, NULL);
	scene->bench.daemon.asked = asked;
	policy_set_free(scene->config.policies);
	scene->config.policies = settings_text_load_fine(settings);
	scene->context.former = former_new(FORMER_LIFETIME_MS);
	conn_scene_connect(scene, "ci");
}

static void open_scene(struct conn_scene *scene)
{
	open_scene_with(scene, two_policies);
}

static void close_scene(struct conn_scene *scene)
{
	struct former *former = scene->context.former;

	conn_scene_close(scene);
	former_free(former);
}

static void create(struct conn_scene *scene, const char *answer)
{
	conn_scene_expect(scene, JSON_REQUEST("POST /containers/create?name=web", "25", BODY), answer);
}

static void what_was_removed_is_created_anew(void **state)
{
	struct conn_scene scene;

	(void)state;
	open_scene(&scene);
	world.gone = true;
	create(&scene, "no container had that name");
	world.gone = false;
	conn_scene_expect(&scene, REQUEST("DELETE /containers/web"), "HTTP/1.1 200 OK\r\n");
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "DELETE /v1.41/containers/" ID), 1);
	world.gone = true;
	conn_scene_expect(&scene,
	                  JSON_REQUEST("POST /containers/create?name=web", "25",
	                               "{\"Image\":\"x\",\"Cmd\":[\"b\"]}"),
	                  "it recreates no container: Cmd differs");
	conn_scene_expect(&scene, JSON_REQUEST("POST /containers/create?name=wob", "25", BODY),
	                  "no container had that name");
	create(&scene, "HTTP/1.1 201 Created\r\n");
	create(&scene, "no container had that name"); /* the new one had it last */
	close_scene(&scene);
}

/* Nor does another tenant of the same one. */
static void another_policy_knows_nothing_of_it(void **state)
{
	const char *const settings[] = {two_policies, two_tenants};

	(void)state;
	for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
		struct conn_scene scene;

		open_scene_with(&scene, settings[i]);
		conn_scene_expect(&scene, REQUEST("POST /containers/web/rename?name=old"),
		                  "HTTP/1.1 200 OK\r\n");
		world.gone = true;
		conn_abort(scene.conn);
		conn_scene_connect(&scene, "admin");
		create(&scene, "no container had that name");
		conn_abort(scene.conn);
		conn_scene_connect(&scene, "ci");
		create(&scene, "HTTP/1.1 201 Created\r\n");
		close_scene(&scene);
	}
}

static void a_name_that_was_given_again_is_the_newer_containers(void **state)
{
	struct conn_scene scene;

	(void)state;
	open_scene(&scene);
	conn_scene_expect(&scene, REQUEST("POST /containers/web/rename?name=old"),
	                  "HTTP/1.1 200 OK\r\n");
	conn_abort(scene.conn);
	conn_scene_connect(&scene, "admin");
	conn_scene_expect(&scene, REQUEST("DELETE /containers/web"), "HTTP/1.1 200 OK\r\n");
	conn_abort(scene.conn);
	world.gone = true;
	conn_scene_connect(&scene, "ci");
	create(&scene, "no container had that name");
	close_scene(&scene);
}

/* The daemon would not do it: the container has its name still, and nothing is remembered. */
static void what_failed_frees_no_name(void **state)
{
	struct conn_scene scene;

	(void)state;
	open_scene(&scene);
	world.status = 409;
	conn_scene_expect(&scene, REQUEST("DELETE /containers/web"), "HTTP/1.1 409 Conflict\r\n");
	world.gone = true;
	create(&scene, "no container had that name");
	close_scene(&scene);
}

/* A container that removes itself when it ends is gone after a stop, and any other is not. */
static void what_removes_itself(void **state)
{
	(void)state;
	for (int removes = 0; removes < 2; removes++) {
		struct conn_scene scene;

		open_scene(&scene);
		world.removes_itself = removes != 0;
		conn_scene_expect(&scene, REQUEST("POST /containers/web/stop"), "HTTP/1.1 200 OK\r\n");
		world.gone = true;
		conn_scene_expect(&scene,
		                  JSON_REQUEST("POST /containers/create?name=web", "61",
		                               "{\"Image\":\"x\",\"Cmd\":[\"a\"],\"HostConfig\":{"
		                               "\"AutoRemove\":true}}   "),
		                  removes != 0 ? "HTTP/1.1 201 Created\r\n" : "no container had that name");
		close_scene(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_removed_is_created_anew),
		cmocka_unit_test(another_policy_knows_nothing_of_it),
		cmocka_unit_test(a_name_that_was_given_again_is_the_newer_containers),
		cmocka_unit_test(what_failed_frees_no_name),
		cmocka_unit_test(what_removes_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
