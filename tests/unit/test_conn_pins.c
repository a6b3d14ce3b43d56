/* Tags that become digests, on a whole connection: what the daemon hears, in which order, and what the client does. */
#include "tests/unit/conn_scene.h"

#include "policy/arena.h"
#include "policy/facts.h"
#include "policy/load.h"
#include "proxy/provenance.h"
#include "tests/unit/settings_text.h"

#include <event2/buffer.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEX    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST "sha256:" HEX
#define FOUND  "{\"Descriptor\":{\"digest\":\"" DIGEST "\"},\"Platforms\":[]}"

/* conn_scene's "ci" is whoever comes by the listener "local". */
static const char settings[] =
	"policies = { pinned = { extends = \"ci\"; images = { pin = \"digest\"; }; };\n"
	"   pinned-here = { extends = \"pinned\"; images = { registries = [\"docker.io\"]; }; }; };\n"
	"clients = ( { listener = \"local\"; policy = \"pinned\"; },\n"
	"            { listener = \"tls\"; policy = \"pinned-here\"; } );\n";

/* What the daemon says of a tag, to a pull and to what tags; NULL: nothing. */
static struct world {
	const char *told_status, *told;
	const char *pulled;
	const char *tagged_status, *tagged;
} world;

static const char in_chunks[] =
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
	"1b\r\n{\"status\":\"Status: done\"}\r\n\r\n0\r\n\r\n";
static const char with_error[] =
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
	"d\r\n{\"error\":\"x\"}\r\n0\r\n\r\n";
static const char with_length[] =
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

static void say_json(struct fake_connection *connection, const char *status, const char *body)
{
	char answer[1024];

	if (status == NULL)
		return;
	snprintf(answer, sizeof answer,
	         "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	         status, strlen(body), body);
	fake_say(connection, answer);
}

static void asked(struct fake_connection *connection, void *context)
{
	const char *target = connection->head.target;

	(void)context;
	if (strstr(target, "/version") != NULL)
		fake_say(connection, fake_version);
	else if (strstr(target, "/distribution/") != NULL)
		say_json(connection, world.told_status, world.told);
	else if (strstr(target, "/images/create") != NULL)
		fake_say(connection, world.pulled);
	else if (strstr(target, "/tag?") != NULL)
		say_json(connection, world.tagged_status, world.tagged);
	else
		fake_say(connection, NOTHING_TO_SAY);
}

static void open_scene(struct conn_scene *scene, const char *client)
{
	world = (struct world){"200 OK", FOUND, in_chunks, "201 Created", ""};
	conn_scene_prepare(scene, NULL);
	scene->bench.daemon.asked = asked;
	policy_set_free(scene->config.policies);
	scene->config.policies = settings_text_load_fine(settings);
	conn_scene_connect(scene, client);
}

#define PULL                                                                          \
	"POST /images/create?fromImage=docker.io/library/alpine&tag=3 HTTP/1.1\r\nHost: " \
	"x\r\nX-Registry-Auth: e30=\r\n\r\n"

static const char ask_line[] = "GET /v1.41/distribution/alpine:3/json";
static const char pull_line[] = "POST /v1.41/images/create?fromImage=alpine&tag=sha256%3A" HEX;
static const char tag_line[] = "POST /v1.41/images/alpine@" DIGEST "/tag?repo=alpine&tag=3";

/* Behind the daemon's own version, which is asked for first. */
static void assert_heard_lines(const struct conn_scene *scene, const char *const *lines,
                               size_t count)
{
	const struct fake_daemon *daemon = &scene->bench.daemon;

	for (size_t i = 0; i < count; i++)
		assert_string_equal(daemon->heard[1 + i], lines[i]);
	assert_int_equal(daemon->heard_count, 1 + count);
	assert_false(daemon->malformed);
	assert_false(daemon->overlapped);
}

static bool any_heard(const struct conn_scene *scene, const char *text)
{
	const struct fake_daemon *daemon = &scene->bench.daemon;

	for (size_t i = 0; i < daemon->connection_count; i++) {
		struct evbuffer *everything = daemon->connections[i]->everything;

		if (evbuffer_search(everything, text, strlen(text), NULL).pos >= 0)
			return true;
	}
	return false;
}

static void what_the_registry_has_is_pulled_and_gets_its_tag(void **state)
{
	const char *const lines[] = {ask_line, pull_line, tag_line};
	struct conn_scene scene;

	(void)state;
	open_scene(&scene, "ci");
	conn_scene_expect(&scene, PULL, "Status: done\"}\r\n\r\n0\r\n\r\n");
	assert_heard_lines(&scene, lines, 3);
	assert_true(any_heard(&scene, "/distribution/alpine:3/json HTTP/1.1\r\nHost: docker\r\n"
	                              "X-Registry-Auth: e30=\r\n"));
	/* And the connection goes on. */
	conn_scene_expect(&scene, REQUEST("GET /_ping"), "200 OK");
	conn_scene_close(&scene);
}

static void the_record_knows_the_tag(void **state)
{
	const struct image_origin *origins;
	struct conn_scene scene;
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	open_scene(&scene, "ci");
	scene.context.provenance = provenance_open(NULL, NULL);
	world.pulled = "HTTP/1.1 200 OK\r\nContent-Length: 93\r\n\r\n"
				   "{\"status\":\"Digest: " DIGEST "\"}\n";
	conn_scene_expect(&scene, PULL, DIGEST "\"}\n");
	assert_int_equal(provenance_find(scene.context.provenance, arena, DIGEST, &origins), 1);
	assert_string_equal(origins[0].name, "docker.io/library/alpine");
	assert_string_equal(origins[0].tag, "3");
	conn_scene_close(&scene);
	provenance_close(scene.context.provenance);
	arena_free(arena);
}

static void what_a_registry_does_not_tell_is_not_pulled(void **state)
{
	static const struct {
		const char *told_status, *told, *answer;
	} table[] = {
		{"404 Not Found", "{\"message\":\"manifest unknown\"}", "404 Not Found"},
		{"401 Unauthorized", "{\"message\":\"authentication required\"}", "403 Forbidden"},
		{"500 Internal Server Error", "{\"message\":\"no route to host\"}", "502 Bad Gateway"},
		{"200 OK", "{\"Descriptor\":{\"digest\":\"sha256:12\"}}", "502 Bad Gateway"},
		{"200 OK", "nonsense", "502 Bad Gateway"},
		{"204 No Content", "", "502 Bad Gateway"},
	};
	const char *const lines[] = {ask_line};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct conn_scene scene;

		open_scene(&scene, "ci");
		world.told_status = table[i].told_status;
		world.told = table[i].told;
		conn_scene_expect(&scene, PULL, table[i].answer);
		conn_scene_expect(&scene, "", "the registry does not tell the digest of fromImage");
		conn_scene_expect(&scene, "", "images.pin");
		assert_heard_lines(&scene, lines, 1);
		conn_scene_close(&scene);
	}
}

static void no_other_registry_hears_anything(void **state)
{
	struct conn_scene scene;

	(void)state;
	open_scene(&scene, "admin");
	conn_scene_expect(&scene, REQUEST("POST /images/create?fromImage=evil.example/x&tag=1"),
	                  "images.registries");
	assert_heard_lines(&scene, NULL, 0);
	conn_scene_close(&scene);
}

/* A pull that fails gives no tag to anything. */
static void what_was_not_pulled_gets_no_tag(void **state)
{
	static const char *const answers[] = {with_error,
	                                      "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"};
	const char *const lines[] = {ask_line, pull_line};

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct conn_scene scene;

		open_scene(&scene, "ci");
		world.pulled = answers[i];
		conn_scene_expect(&scene, PULL, i == 0 ? "0\r\n\r\n" : "{}");
		bench_settle(&scene.bench);
		assert_heard_lines(&scene, lines, 2);
		conn_scene_close(&scene);
	}
}

static void a_tag_that_cannot_be_given_is_told(void **state)
{
	static const struct {
		const char *status, *body, *told;
	} table[] = {
		{"404 Not Found", "{\"message\":\"No such image: \\\"x\\\"\"}",
	     "the tag '3': No such image: \\\"x\\\"\"},\"error\":\""},
		{"500 Internal Server Error", "nonsense", "the daemon gave no reason"},
		{"200 OK", "{}", "the daemon gave no reason"},
		{"201 Created\r\nTransfer-Encoding: gzip", "", "malformed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct conn_scene scene;

		open_scene(&scene, "ci");
		world.tagged_status = table[i].status;
		world.tagged = table[i].body;
		conn_scene_expect(&scene, PULL, "{\"errorDetail\":{\"message\":\"the image was pulled");
		conn_scene_expect(&scene, "", table[i].told);
		conn_scene_expect(&scene, "", "\"}\r\n\r\n0\r\n\r\n");
		conn_scene_close(&scene);
	}
}

/* There is no room for words: the client sees that the answer is not whole. */
static void an_answer_of_known_length_is_cut(void **state)
{
	struct conn_scene scene;

	(void)state;
	open_scene(&scene, "ci");
	world.pulled = with_length;
	world.tagged_status = "404 Not Found";
	world.tagged = "{\"message\":\"no\"}";
	conn_scene_send(&scene, PULL);
	conn_scene_expect_end(&scene);
	conn_scene_close(&scene);
}

static bool tag_was_asked_for(struct ends *ends)
{
	return fake_daemon_heard(&bench_of(ends)->daemon, tag_line) > 0;
}

/* The client's going, the daemon's end and a stop of quaymaster, while the tag is being given. */
static void whoever_goes_meanwhile_does_no_harm(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct conn_scene scene;

		open_scene(&scene, "ci");
		world.tagged_status = NULL;
		conn_scene_send(&scene, PULL);
		ends_run(&scene.bench.ends, tag_was_asked_for);
		if (i == 0) {
			end_abort(&scene.bench.ends.client);
			bench_settle(&scene.bench);
			assert_null(scene.conn);
		} else if (i == 1) {
			fake_daemon_stop(&scene.bench.daemon);
			conn_scene_expect(&scene, "", "cannot be given the tag '3'");
		}
		conn_scene_close(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_registry_has_is_pulled_and_gets_its_tag),
		cmocka_unit_test(the_record_knows_the_tag),
		cmocka_unit_test(what_a_registry_does_not_tell_is_not_pulled),
		cmocka_unit_test(no_other_registry_hears_anything),
		cmocka_unit_test(what_was_not_pulled_gets_no_tag),
		cmocka_unit_test(a_tag_that_cannot_be_given_is_told),
		cmocka_unit_test(an_answer_of_known_length_is_cut),
		cmocka_unit_test(whoever_goes_meanwhile_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
