/* A tenant's answers on a whole connection: filtered as they come, and what the filter asks about is looked up meanwhile. */
#include "tests/unit/conn_scene.h"

#include "policy/load.h"
#include "policy/seal.h"
#include "tests/unit/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_SIZE = 4000, BODY_SIZE = 3800, LABELS_SIZE = 256 };

#define NONCE "0123456789abcdef0123456789abcdef"
#define A     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define N     "1111111111111111111111111111111111111111111111111111111111111111"
#define M     "2222222222222222222222222222222222222222222222222222222222222222"

static const char settings[] =
	"policies = { team = { extends = \"ci\"; operations = { allow = [\"*\"]; }; }; };\n"
	"clients = ( { listener = \"local\"; policy = \"team\"; tenant = \"a\"; } );\n";

static struct seal_key key;

/* What the daemon says, once TEXT has its labels and its length. */
struct said {
	char bytes[TEXT_SIZE];
};

static void put_labels(char labels[LABELS_SIZE], const char *kind, char whose)
{
	const char tenant[] = {whose, '\0'};
	char seal[SEAL_SIZE];

	if (strcmp(kind, "container") == 0)
		kind = "container "; /* bound to an image that is not told */
	assert_true(seal_make(&key, &(struct seal_claim){kind, tenant, NONCE}, seal));
	snprintf(labels, LABELS_SIZE, "{\"quaymaster.tenant\":\"%s\",\"quaymaster.seal\":\"%s\"}",
	         tenant, seal);
}

/* @a and @b in TEXT are the labels of an object of KIND, and ' is ". */
static const char *say(struct said *said, const char *kind, const char *text)
{
	char body[BODY_SIZE] = "", labels[LABELS_SIZE];
	size_t len = 0;

	for (; *text != '\0'; text++) {
		labels[0] = *text == '\'' ? '"' : *text;
		labels[1] = '\0';
		if (*text == '@')
			put_labels(labels, kind, *++text);
		len += (size_t)snprintf(body + len, sizeof body - len, "%s", labels);
	}
	assert_true(len < sizeof body);
	snprintf(said->bytes, sizeof said->bytes,
	         "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nContent-Type: application/json\r\n\r\n%s",
	         len, body);
	return said->bytes;
}

static void open_tenant(struct conn_scene *scene, const struct fake_answer *answers)
{
	conn_scene_prepare(scene, answers);
	policy_set_free(scene->config.policies);
	scene->config.policies = settings_text_load_fine(settings);
	scene->edition.key = &key;
	conn_scene_connect(scene, "ci");
}

#define CHUNKED "Transfer-Encoding: chunked\r\n"

static void a_list_holds_the_tenants_alone(void **state)
{
	static struct said list;
	const struct fake_answer answers[] = {
		{.request = "GET /version", .bytes = fake_version},
		{.request =
	         "GET /v1.41/containers/json?filters=%7B%22label%22%3A%7B%22quaymaster.tenant%3Da%22%3Atrue%7D%7D",
	     .bytes = say(&list, "container", "[{'Id':'1','Labels':@a},{'Id':'2','Labels':@b}]")},
		{.request = NULL}};
	struct conn_scene scene;

	(void)state;
	open_tenant(&scene, answers);
	conn_scene_expect(&scene, REQUEST("GET /v1.41/containers/json"), CHUNKED);
	conn_scene_expect(&scene, "", "0\r\n\r\n");
	conn_scene_expect(&scene, REQUEST("GET /v1.41/containers/json"), "\"Id\":\"1\"");
	conn_scene_expect(&scene, "", "0\r\n\r\n");
	assert_int_equal(scene.closed, 0);
	conn_scene_close(&scene);
}

static const char hiding[] =
	"policies = { looking = { extends = \"read-only\"; redact = { host = true; }; }; };\n"
	"clients = ( { listener = \"local\"; policy = \"looking\"; } );\n";

/* To a client without a tenant nothing is left out, and what cannot be read is not told. */
static void what_is_hidden_is_told_to_nobody(void **state)
{
	static struct said list, container, nonsense;
	const struct fake_answer answers[] = {
		{.request = "GET /version", .bytes = fake_version},
		{.request = "GET /v1.41/containers/json",
	     .bytes = say(&list, "container",
	                  "[{'Id':'1','Mounts':[{'Source':'/srv'}],'Labels':@b},{'Id':'2'}]")},
		{.request = "GET /v1.41/containers/" A "/json",
	     .bytes = say(&container, "container", "{'Id':'" A "','Config':{'Env':['A=secret']}}")},
		{.request = "GET /v1.41/info", .bytes = say(&nonsense, "container", "{'Name':'h'")},
		{.request = NULL}};
	struct conn_scene scene;

	(void)state;
	conn_scene_prepare(&scene, answers);
	policy_set_free(scene.config.policies);
	scene.config.policies = settings_text_load_fine(hiding);
	conn_scene_connect(&scene, "ci");
	conn_scene_expect(
		&scene, REQUEST("GET /v1.41/containers/json"),
		"\"Mounts\":[{\"Source\":\"<redacted>\"}],\"Labels\":{\"quaymaster.tenant\":\"b\"");
	conn_scene_expect(&scene, "", "0\r\n\r\n");
	conn_scene_expect(&scene, REQUEST("GET /v1.41/containers/" A "/json"),
	                  "\"Env\":[\"A=<redacted>\"]");
	conn_scene_expect(&scene, "", "0\r\n\r\n");
	conn_scene_expect(&scene, REQUEST("GET /v1.41/info"), "HTTP/1.1 502 Bad Gateway");
	conn_scene_close(&scene);
}

static void what_is_foreign_is_not_there(void **state)
{
	static struct said volume;
	const struct fake_answer answers[] = {{.request = "GET /version", .bytes = fake_version},
	                                      {.request = "GET /v1.41/volumes/v",
	                                       .bytes =
	                                           say(&volume, "volume", "{'Name':'v','Labels':@b}")},
	                                      {.request = NULL}};
	struct conn_scene scene;

	(void)state;
	open_tenant(&scene, answers);
	conn_scene_expect(&scene, REQUEST("GET /v1.41/volumes/v"), "HTTP/1.1 404 Not Found");
	conn_scene_expect(&scene, "", "get v: no such volume");
	conn_scene_close(&scene);
}

/* An element that does not come to its end, of SIZE bytes. */
static char *long_element(size_t size)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
							   "Transfer-Encoding: chunked\r\n\r\n";
	char *text = malloc(size + 256);
	int len;

	assert_non_null(text);
	len = snprintf(text, 256, "%s%zx\r\n[{\"Id\":\"", head, size + 8);
	memset(text + len, 'x', size);
	text[(size_t)len + size] = '\0';
	return text;
}

/* Whoever has the daemon say long things cannot take more memory than there is for all requests. */
static void what_is_held_of_answers_is_counted(void **state)
{
	static const size_t sizes[] = {SCENE_BUDGET / 4, 2 * SCENE_BUDGET};
	struct fake_answer answers[] = {{.request = "GET /version", .bytes = fake_version},
	                                {.request = "GET /v1.41/containers/json"},
	                                {.request = NULL}};
	struct conn_scene scene;

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char *element = long_element(sizes[i]);

		answers[1].bytes = element;
		open_tenant(&scene, answers);
		conn_scene_send(&scene, REQUEST("GET /v1.41/containers/json"));
		bench_settle(&scene.bench);
		if (i == 0)
			assert_in_range(atomic_load(&scene.budget), 1, SCENE_BUDGET - sizes[i]);
		else
			conn_scene_expect_end(&scene); /* in the middle of its answer */
		conn_scene_close(&scene);          /* all of it is given back */
		free(element);
	}
}

#define CREATE                                                \
	"POST /v1.41/volumes/create HTTP/1.1\r\nHost: docker\r\n" \
	"Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"Name\":\"v\"}"

static void what_another_made_in_the_same_moment_is_taken(void **state)
{
	static struct said volume;
	const struct fake_answer answers[] = {
		{.request = "GET /version", .bytes = fake_version},
		{.request = "GET /v1.41/volumes/v",
	     .bytes =
	         "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n"
	         "{\"message\":\"get v: no such volume here\"}"},
		{.request = "POST /v1.41/volumes/create",
	     .bytes = say(&volume, "volume", "{'Name':'v','Mountpoint':'/secret','Labels':@b}")},
		{.request = NULL}};
	struct conn_scene scene;

	(void)state;
	open_tenant(&scene, answers);
	conn_scene_expect(&scene, CREATE, "HTTP/1.1 409 Conflict");
	conn_scene_expect(&scene, "", "that name is taken");
	conn_scene_close(&scene);
}

static void an_error_tells_no_id(void **state)
{
	const struct fake_answer answers[] = {
		{.request = "GET /version", .bytes = fake_version},
		{.request = "GET /v1.41/volumes/v",
	     .bytes =
	         "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n"
	         "{\"message\":\"get v: no such volume here\"}"},
		{.request = "POST /v1.41/volumes/create",
	     .bytes = "HTTP/1.1 409 Conflict\r\nContent-Length: 72\r\n\r\nused by " B},
		{.request = NULL}};
	struct conn_scene scene;

	(void)state;
	open_tenant(&scene, answers);
	conn_scene_expect(&scene, CREATE, "Content-Length: 8\r\n");
	conn_scene_expect(&scene, "", "\r\nused by ");
	assert_int_equal(scene.closed, 0);
	conn_scene_close(&scene);
}

static void who_is_on_a_network_is_looked_up(void **state)
{
	static struct said network, containers;
	const struct fake_answer answers[] = {
		{.request = "GET /version", .bytes = fake_version},
		{.request = "GET /v1.41/networks/",
	     .bytes = say(&network, "network",
	                  "{'Id':'" N "','Name':'bridge','Containers':{'" A "':{'Name':'mine'},'" B
	                  "':{'Name':'theirs'}}}")},
		{.request = "GET /v1.41/containers/json?all=1&filters=",
	     .bytes = say(&containers, "container", "[{'Id':'" A "','Labels':@a}]")},
		{.request = NULL}};
	struct conn_scene scene;

	(void)state;
	open_tenant(&scene, answers);
	conn_scene_expect(&scene, REQUEST("GET /v1.41/networks/bridge"),
	                  "\"Containers\":{\"" A "\":{\"Name\":\"mine\"}}}");
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "GET /v1.41/containers/json"), 1);
	conn_scene_close(&scene);
}

/* The daemon of a stream: its events come when the test says so. */
static struct said replies[4];

static void answer_stream(struct fake_connection *connection, void *context)
{
	const char *target = connection->head.target;

	(void)context;
	if (strcmp(target, "/version") == 0)
		fake_say(connection, fake_version);
	else if (strncmp(target, "/v1.41/events", 13) == 0)
		fake_say(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	else if (strstr(target, "/networks/" N) != NULL)
		fake_say(connection, say(&replies[0], "network", "{'Id':'" N "','Name':'n','Labels':@a}"));
	else if (strstr(target, "/networks/" M) != NULL)
		fake_say(connection, say(&replies[1], "network", "{'Id':'" M "','Name':'m','Labels':@b}"));
	else
		fake_say(
			connection,
			"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 16\r\n\r\n{\"message\":\"no\"}");
}

static struct fake_connection *stream_of(struct conn_scene *scene)
{
	struct fake_daemon *daemon = &scene->bench.daemon;

	for (size_t i = 0; i < daemon->connection_count; i++) {
		struct fake_connection *connection = daemon->connections[i];

		if (connection->stream != NULL && connection->head.target != NULL &&
		    strncmp(connection->head.target, "/v1.41/events", 13) == 0)
			return connection;
	}
	fail_msg("nobody follows events");
	return NULL;
}

static void event(struct conn_scene *scene, const char *id, const char *name)
{
	char text[512], chunk[600];
	int len = snprintf(
		text, sizeof text,
		"{\"Type\":\"network\",\"Action\":\"create\",\"Actor\":{\"ID\":\"%s\",\"Attributes\":{\"name\":\"%s\"}}}\n",
		id, name);

	snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n", (unsigned)len, text);
	fake_say(stream_of(scene), chunk);
}

static void open_stream(struct conn_scene *scene)
{
	static const struct fake_answer nothing[] = {{.request = NULL}};

	open_tenant(scene, nothing);
	scene->bench.daemon.asked = answer_stream;
	conn_scene_expect(scene, REQUEST("GET /v1.41/events"), CHUNKED);
	bench_settle(&scene->bench);
}

static void a_stream_stays_live_while_it_asks(void **state)
{
	struct conn_scene scene;

	(void)state;
	open_stream(&scene);
	event(&scene, M, "theirs");
	event(&scene, N, "first");
	conn_scene_expect(&scene, "", "\"name\":\"first\"");
	event(&scene, M, "theirs");
	event(&scene, N, "second");
	conn_scene_expect(&scene, "", "\"name\":\"second\"");
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "GET /v1.41/networks/" N), 1);
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "GET /v1.41/networks/" M), 1);
	conn_scene_close(&scene);
}

static void a_client_that_goes_ends_the_question(void **state)
{
	struct conn_scene scene;

	(void)state;
	open_stream(&scene);
	event(&scene, N, "first");
	bench_settle(&scene.bench);
	conn_scene_close(&scene);
}

static void garbage_cuts_a_stream(void **state)
{
	struct conn_scene scene;

	(void)state;
	open_stream(&scene);
	fake_say(stream_of(&scene), "2\r\n}\n\r\n");
	conn_scene_expect_end(&scene);
	conn_scene_close(&scene);
}

static int make_key(void **state)
{
	static const char secret[32] = "a secret that only this test has";

	(void)state;
	seal_key_make(secret, sizeof secret, &key);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_holds_the_tenants_alone),
		cmocka_unit_test(what_is_held_of_answers_is_counted),
		cmocka_unit_test(what_is_hidden_is_told_to_nobody),
		cmocka_unit_test(what_is_foreign_is_not_there),
		cmocka_unit_test(what_another_made_in_the_same_moment_is_taken),
		cmocka_unit_test(an_error_tells_no_id),
		cmocka_unit_test(who_is_on_a_network_is_looked_up),
		cmocka_unit_test(a_stream_stays_live_while_it_asks),
		cmocka_unit_test(a_client_that_goes_ends_the_question),
		cmocka_unit_test(garbage_cuts_a_stream),
	};

	return cmocka_run_group_tests(tests, make_key, NULL);
}
