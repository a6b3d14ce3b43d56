/* What is remembered of owners on whole connections: nothing by a name, nothing that is foreign, and nothing beyond one boot of
 * the daemon or one configuration. */
#include "tests/unit/change_scene.h"

#include "policy/seal.h"
#include "proxy/owners.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NONCE   "0123456789abcdef0123456789abcdef"
#define A       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B       "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define EXEC    REQUEST("GET /exec/" ID "/json")
#define KILL    REQUEST("POST /containers/web/kill")
#define DONE    "HTTP/1.1 200 OK\r\n"
#define MISSING "HTTP/1.1 404 Not Found\r\n"

#define TENANT_AGAIN                                 \
	"policies = { other = { extends = \"ci\"; }; };" \
	"clients = ( { listener = \"local\"; policy = \"other\"; tenant = \"a\"; } );"
#define PROTECTING                                                        \
	"policies = { other = { extends = \"ci\"; protected = [\"x\"]; }; };" \
	"clients = ( { listener = \"local\"; policy = \"other\"; tenant = \"a\"; } );"

/* What the daemon has: the container WEB, and what the exec is in; each by its id, and whose it is. */
static struct {
	struct seal_key key;
	const char *web, *container;
	char web_is, container_is;
	struct owners *owners;
} world;

static void say_container(struct fake_connection *connection, const char *id, char whose)
{
	const char tenant[] = {whose, '\0'};
	const struct seal_claim claim = {"container ", tenant,
	                                 NONCE}; /* of an image that is not told */
	char seal[SEAL_SIZE], body[1024], text[1400];

	assert_true(seal_make(&world.key, &claim, seal));
	snprintf(
		body, sizeof body,
		"{\"Id\":\"%s\",\"Name\":\"/web\",\"Config\":{\"Labels\":{\"quaymaster.tenant\":\"%s\","
		"\"quaymaster.seal\":\"%s\"}}}",
		id, tenant, seal);
	snprintf(text, sizeof text,
	         "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	         strlen(body), body);
	fake_say(connection, text);
}

static void say_exec(struct fake_connection *connection)
{
	char body[512], text[700];

	snprintf(body, sizeof body,
	         "{\"ID\":\"" ID "\",\"ContainerID\":\"%s\",\"Running\":true,\"ProcessConfig\":{}}",
	         world.container);
	snprintf(text, sizeof text,
	         "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	         strlen(body), body);
	fake_say(connection, text);
}

static void answer(struct fake_connection *connection, void *context)
{
	const char *target = connection->head.target;

	(void)context;
	if (strcmp(target, "/version") == 0)
		fake_say(connection, fake_version);
	else if (strstr(target, "/exec/" ID "/json") != NULL)
		say_exec(connection);
	else if (strstr(target, "/containers/web/json") != NULL)
		say_container(connection, world.web, world.web_is);
	else if (strstr(target, "/containers/") != NULL && strstr(target, "/json") != NULL)
		say_container(connection, world.container, world.container_is);
	else
		fake_say(connection, NOTHING_TO_SAY);
}

static void open_scene(struct change *change, const char *settings)
{
	static const struct fake_answer nothing[] = {{.request = NULL}};

	world.web = world.container = A;
	world.web_is = world.container_is = 'a';
	world.owners = owners_new();
	assert_non_null(world.owners);
	change_begin(change, nothing, settings);
	change->scene.bench.daemon.asked = answer;
	change->scene.edition.key = &world.key;
	change->scene.context.owners = world.owners;
}

static void close_scene(struct change *change)
{
	change_end(change);
	owners_free(world.owners);
}

/* Asks TEXT, and tells how often the daemon was asked about a container for that. */
static size_t look_ups(struct change *change, const char *text, const char *expected)
{
	struct fake_daemon *daemon = &change->scene.bench.daemon;
	size_t before = fake_daemon_heard(daemon, "GET /v1.41/containers/");

	conn_scene_expect(&change->scene, text, expected);
	bench_settle(&change->scene.bench);
	return fake_daemon_heard(daemon, "GET /v1.41/containers/") - before;
}

static void the_owner_of_an_id_is_asked_for_once(void **state)
{
	struct change change;

	(void)state;
	open_scene(&change, TENANT);
	assert_int_equal(look_ups(&change, EXEC, DONE), 1);
	assert_int_equal(look_ups(&change, EXEC, DONE), 0);
	world.container = B;
	assert_int_equal(look_ups(&change, EXEC, DONE), 1);
	close_scene(&change);
}

static void another_boot_and_another_configuration_are_asked_again(void **state)
{
	struct change change;

	(void)state;
	open_scene(&change, TENANT);
	assert_int_equal(look_ups(&change, EXEC, DONE), 1);
	fake_daemon_stop(&change.scene.bench.daemon);
	fake_daemon_start(&change.scene.bench.daemon);
	bench_settle(&change.scene.bench);
	assert_int_equal(look_ups(&change, EXEC, DONE), 1);
	assert_int_equal(look_ups(&change, EXEC, DONE), 0);
	change_put_in_force(&change, TENANT_AGAIN);
	assert_int_equal(look_ups(&change, EXEC, DONE), 1);
	assert_int_equal(look_ups(&change, EXEC, DONE), 0);
	close_scene(&change);
}

/* Whose it is that has the name now is asked each time, also when the id of the one before is known. */
static void a_name_that_another_has_by_now_is_foreign(void **state)
{
	struct change change;

	(void)state;
	open_scene(&change, TENANT);
	assert_int_equal(look_ups(&change, KILL, DONE), 1);
	assert_int_equal(look_ups(&change, EXEC, DONE), 0);
	assert_int_equal(look_ups(&change, KILL, DONE), 1);
	world.web = B; /* removed, and made anew by somebody else */
	world.web_is = 'b';
	assert_int_equal(look_ups(&change, KILL, MISSING), 1);
	assert_int_equal(look_ups(&change, KILL, MISSING), 1);
	close_scene(&change);
}

/* What a client calls by an id may be a name. */
static void an_id_that_a_client_names_is_looked_up(void **state)
{
	struct change change;

	(void)state;
	open_scene(&change, TENANT);
	assert_int_equal(look_ups(&change, EXEC, DONE), 1);
	assert_int_equal(look_ups(&change, REQUEST("POST /containers/" A "/kill"), DONE), 1);
	close_scene(&change);
}

/* It is refused in the same time as what is not there. */
static void what_is_foreign_is_not_remembered(void **state)
{
	struct change change;

	(void)state;
	open_scene(&change, TENANT);
	world.container_is = 'b';
	for (unsigned again = 0; again < 3; again++)
		assert_int_equal(look_ups(&change, EXEC, MISSING), 1);
	close_scene(&change);
}

static void what_is_one_tenants_is_not_the_others(void **state)
{
	struct change change;

	(void)state;
	open_scene(&change, TENANT);
	assert_int_equal(look_ups(&change, EXEC, DONE), 1);
	conn_abort(change.scene.conn);
	/* Another client of the same worker, whatever the editions. */
	change_put_in_force(
		&change, "clients = ( { listener = \"local\"; policy = \"ci\"; tenant = \"b\"; } );");
	change.edition.serial = change.scene.edition.serial;
	conn_scene_connect(&change.scene, "ci");
	assert_int_equal(look_ups(&change, EXEC, MISSING), 1);
	close_scene(&change);
}

/* An object's name may change, and is part of what a policy protects. */
static void names_that_are_protected_are_looked_at(void **state)
{
	struct change change;

	(void)state;
	open_scene(&change, PROTECTING);
	assert_int_equal(look_ups(&change, EXEC, DONE), 1);
	assert_int_equal(look_ups(&change, EXEC, DONE), 1);
	close_scene(&change);
}

static int make_key(void **state)
{
	static const char secret[32] = "a secret that only this test has";

	(void)state;
	seal_key_make(secret, sizeof secret, &world.key);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_owner_of_an_id_is_asked_for_once),
		cmocka_unit_test(another_boot_and_another_configuration_are_asked_again),
		cmocka_unit_test(a_name_that_another_has_by_now_is_foreign),
		cmocka_unit_test(an_id_that_a_client_names_is_looked_up),
		cmocka_unit_test(what_is_foreign_is_not_remembered),
		cmocka_unit_test(what_is_one_tenants_is_not_the_others),
		cmocka_unit_test(names_that_are_protected_are_looked_at),
	};

	return cmocka_run_group_tests(tests, make_key, NULL);
}
