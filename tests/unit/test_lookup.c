/* Facts from the daemon: what is asked for each kind of object, and what becomes of each answer. */
#include "proxy/lookup.h"

#include "policy/arena.h"
#include "policy/facts.h"
#include "proxy/upstream.h"
#include "tests/unit/bench.h"

#include <event2/buffer.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct scene {
	struct bench bench; /* first, for bench_of */
	struct arena *arena;
	struct facts facts;
	struct lookup *lookup;
	uint64_t generation;
	unsigned done;
	const char *registry_auth;
};

static void note_done(void *context)
{
	struct scene *scene = context;

	scene->done++;
	scene->lookup = NULL;
}

static bool is_done(struct ends *ends)
{
	return ((struct scene *)ends)->done > 0;
}

static void scene_open(struct scene *scene, const struct fake_answer *answers)
{
	memset(scene, 0, sizeof *scene);
	bench_open(&scene->bench, answers);
	scene->arena = arena_new(8 * 1024 * 1024);
	assert_non_null(scene->arena);
	scene->generation = bench_generation(&scene->bench);
}

static void scene_close(struct scene *scene)
{
	bench_close(&scene->bench);
	arena_free(scene->arena);
}

static void want(struct scene *scene, enum object_kind kind, const char *name)
{
	assert_non_null(facts_about(scene->arena, &scene->facts, kind, name));
}

static void start(struct scene *scene)
{
	const struct lookup_source source = {
		.loop = scene->bench.ends.loop,
		.upstream = scene->bench.upstream,
		.generation = scene->generation,
		.version = {1, 41},
		.registry_auth = scene->registry_auth,
	};

	scene->lookup = lookup_start(&source, scene->arena, &scene->facts, note_done, scene);
	assert_non_null(scene->lookup);
	assert_int_equal(scene->done, 0);
}

static void look_up(struct scene *scene)
{
	start(scene);
	ends_run(&scene->bench.ends, is_done);
	assert_int_equal(scene->done, 1);
	assert_false(facts_wanted(&scene->facts));
}

/* --- what is asked ----------------------------------------------------------------------------- */

static void test_one_question_an_object(void **state)
{
	static const struct {
		enum object_kind kind;
		const char *name, *asked;
	} rows[] = {
		{OBJECT_CONTAINER, "web", "GET /v1.41/containers/web/json"},
		{OBJECT_EXEC, ID, "GET /v1.41/exec/" ID "/json"},
		{OBJECT_IMAGE, "registry.example:5000/a/b:1",
	     "GET /v1.41/images/registry.example:5000/a/b:1/json"},
		{OBJECT_VOLUME, "data", "GET /v1.41/volumes/data"},
		{OBJECT_NETWORK, "net", "GET /v1.41/networks/net"},
		{OBJECT_DAEMON, "info", "GET /v1.41/info"},
		{OBJECT_DISTRIBUTION, "registry.example:5000/a/b:1",
	     "GET /v1.41/distribution/registry.example:5000/a/b:1/json"},
		{OBJECT_CONTAINER, "a/b?c#d e%", "GET /v1.41/containers/a%2Fb%3Fc%23d%20e%25/json"},
	};
	enum { ROWS = sizeof rows / sizeof rows[0] };
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL);
	for (size_t i = 0; i < ROWS; i++)
		want(&scene, rows[i].kind, rows[i].name);
	look_up(&scene);
	for (size_t i = 0; i < ROWS; i++) {
		assert_string_equal(scene.bench.daemon.heard[1 + i], rows[i].asked);
		assert_int_equal(scene.facts.list[i].state, FACT_MISSING);
	}
	assert_int_equal(scene.bench.daemon.heard_count, 1 + ROWS);
	assert_int_equal(scene.bench.daemon.connection_count, 2); /* the anchor's and one more */
	scene_close(&scene);
}

/* How many of the connections that were made have heard TEXT. */
static size_t heard(const struct scene *scene, const char *text)
{
	const struct fake_daemon *daemon = &scene->bench.daemon;
	size_t count = 0;

	for (size_t i = 0; i < daemon->connection_count; i++) {
		struct evbuffer *everything = daemon->connections[i]->everything;
		struct evbuffer_ptr at = evbuffer_search(everything, text, strlen(text), NULL);

		for (; at.pos >= 0; count++) {
			if (evbuffer_ptr_set(everything, &at, 1, EVBUFFER_PTR_ADD) != 0)
				break;
			at = evbuffer_search(everything, text, strlen(text), &at);
		}
	}
	return count;
}

static void test_only_registries_get_credentials(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL);
	scene.registry_auth = "e30=";
	want(&scene, OBJECT_IMAGE, "alpine:3");
	want(&scene, OBJECT_DISTRIBUTION, "alpine:3");
	want(&scene, OBJECT_NETWORK, "net");
	look_up(&scene);
	assert_int_equal(heard(&scene, "X-Registry-Auth"), 1);
	assert_int_equal(heard(&scene,
	                       "GET /v1.41/distribution/alpine:3/json HTTP/1.1\r\nHost: docker\r\n"
	                       "X-Registry-Auth: e30=\r\n\r\n"),
	                 1);
	scene_close(&scene);

	scene_open(&scene, NULL);
	want(&scene, OBJECT_DISTRIBUTION, "alpine:3");
	look_up(&scene);
	assert_int_equal(heard(&scene, "X-Registry-Auth"), 0);
	scene_close(&scene);
}

static void test_what_cannot_be_asked_fails(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL);
	want(&scene, OBJECT_CONTAINER, "");
	want(&scene, OBJECT_PLUGIN, "p");
	look_up(&scene);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(scene.facts.list[i].state, FACT_FAILED);
		assert_non_null(scene.facts.list[i].message);
	}
	assert_int_equal(scene.bench.daemon.heard_count, 1);
	scene_close(&scene);
}

/* --- where images are kept ---------------------------------------------------------------------- */

#define IMAGE_FOUND                                                                   \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 80\r\n\r\n" \
	"{\"Id\":\"sha256:" ID "\"}"
#define INFO(length, text) \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " length "\r\n\r\n" text

static void test_an_image_that_is_there_leads_to_its_store(void **state)
{
	static const struct fake_answer answers[] = {
		{.request = "GET /v1.41/images/", .bytes = IMAGE_FOUND, .then = FAKE_KEEP},
		{.request = "GET /v1.41/info",
	     .bytes = INFO("40", "{\"Driver\":\"vfs\",\"DriverStatus\":null    }"),
	     .then = FAKE_KEEP},
		{.request = NULL},
	};
	struct scene scene;

	(void)state;
	scene_open(&scene, answers);
	want(&scene, OBJECT_IMAGE, "a");
	look_up(&scene);
	assert_int_equal(scene.facts.list[0].state, FACT_FOUND);
	assert_int_equal(scene.facts.image_store, IMAGE_STORE_CLASSIC);
	assert_int_equal(scene.bench.daemon.heard_count, 3);

	/* It is asked once a generation. */
	scene.facts = (struct facts){.count = 0};
	scene.done = 0;
	want(&scene, OBJECT_IMAGE, "b");
	look_up(&scene);
	assert_int_equal(scene.facts.image_store, IMAGE_STORE_CLASSIC);
	assert_int_equal(scene.bench.daemon.heard_count, 4);
	assert_int_equal(upstream_image_store(scene.bench.upstream, scene.generation + 1),
	                 IMAGE_STORE_UNKNOWN);
	scene_close(&scene);
}

static void test_a_store_that_is_not_told_stays_unknown(void **state)
{
	static const struct fake_answer answers[] = {
		{.request = "GET /v1.41/images/", .bytes = IMAGE_FOUND, .then = FAKE_KEEP},
		{.request = "GET /v1.41/info", .bytes = NULL, .then = FAKE_DROP},
		{.request = NULL},
	};
	struct scene scene;

	(void)state;
	scene_open(&scene, answers);
	want(&scene, OBJECT_IMAGE, "a");
	want(&scene, OBJECT_IMAGE, "b");
	look_up(&scene);
	assert_int_equal(scene.facts.list[0].state, FACT_FOUND);
	assert_int_equal(scene.facts.list[1].state, FACT_FOUND);
	assert_int_equal(scene.facts.image_store, IMAGE_STORE_UNKNOWN);
	scene_close(&scene);
}

static void test_nothing_wanted_is_done_at_once(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL);
	look_up(&scene);
	assert_int_equal(scene.bench.daemon.heard_count, 1);
	scene_close(&scene);
}

/* --- what is answered -------------------------------------------------------------------------- */

#define JSON(status, length, text)                                                     \
	"HTTP/1.1 " status "\r\nContent-Type: application/json\r\nContent-Length: " length \
	"\r\n\r\n" text
#define FOUND JSON("200 OK", "73", "{\"Id\":\"" ID "\"}")

static const struct answer_row {
	const char *what;
	struct fake_answer answers[2];
	enum fact_state state;
	const char *message;
	bool reused; /* the connection goes back to the pool */
} rows[] = {
#define ANSWER(text, end)                                           \
	{                                                               \
		{.request = "GET /v1.41/", .bytes = (text), .then = (end)}, \
		{                                                           \
			.request = NULL                                         \
		}                                                           \
	}
	{"found", ANSWER(FOUND, FAKE_KEEP), FACT_FOUND, NULL, true},
	{"missing",
     ANSWER(JSON("404 Not Found", "37", "{\"message\":\"No such container: 0123\"}"), FAKE_KEEP),
     FACT_MISSING, "No such container: 0123", true},
	{"an error",
     ANSWER(JSON("500 Internal Server Error", "18", "{\"message\":\"oops\"}"), FAKE_KEEP),
     FACT_FAILED, "", true},
	{"moved", ANSWER(JSON("301 Moved Permanently", "2", "{}"), FAKE_KEEP), FACT_FAILED, "", true},
	{"another object", ANSWER(JSON("200 OK", "2", "{}"), FAKE_KEEP), FACT_FAILED, "", true},
	{"not JSON", ANSWER(JSON("200 OK", "5", "hello"), FAKE_KEEP), FACT_FAILED, "", true},
	{"twice the key", ANSWER(JSON("200 OK", "19", "{\"Id\":\"a\",\"Id\":\"b\"}"), FAKE_KEEP),
     FACT_FAILED, "", true},
	{"malformed", ANSWER("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}", FAKE_KEEP), FACT_FAILED,
     "malformed", false},
	{"cut", ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", FAKE_DROP), FACT_FAILED,
     "closed", false},
	{"nothing", ANSWER(NULL, FAKE_DROP), FACT_FAILED, "closed", false},
	{"found, and surplus", ANSWER(FOUND "x", FAKE_KEEP), FACT_FOUND, NULL, false},
};

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct fact *fact;
		struct scene scene;
		struct stream *pooled;

		scene_open(&scene, rows[i].answers);
		want(&scene, OBJECT_CONTAINER, "0123");
		look_up(&scene);
		fact = &scene.facts.list[0];
		if (fact->state != rows[i].state || (rows[i].message == NULL) != (fact->message == NULL) ||
		    (fact->message != NULL && strstr(fact->message, rows[i].message) == NULL))
			fail_msg("%s: state %d, %s", rows[i].what, (int)fact->state,
			         fact->message != NULL ? fact->message : "(no message)");
		if (fact->state == FACT_FOUND)
			assert_string_equal(fact->id, ID);
		pooled = upstream_reuse(scene.bench.upstream, scene.generation);
		assert_int_equal(pooled != NULL, rows[i].reused);
		if (pooled != NULL)
			stream_abort(pooled);
		scene_close(&scene);
	}
}

static void say_too_much(struct fake_connection *connection, void *context)
{
	char piece[1000];

	(void)context;
	if (connection->daemon->heard_count == 1) {
		fake_say(connection, fake_version);
		return;
	}
	memset(piece, ' ', sizeof piece);
	fake_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n");
	for (size_t i = 0; i < 5000; i++)
		fake_say_bytes(connection, piece, sizeof piece);
}

static void test_an_answer_too_large_fails(void **state)
{
	struct scene scene;

	(void)state;
	memset(&scene, 0, sizeof scene);
	bench_open(&scene.bench, NULL);
	scene.bench.daemon.asked = say_too_much;
	scene.arena = arena_new(8 * 1024 * 1024);
	scene.generation = bench_generation(&scene.bench);
	want(&scene, OBJECT_VOLUME, "v");
	look_up(&scene);
	assert_int_equal(scene.facts.list[0].state, FACT_FAILED);
	assert_non_null(strstr(scene.facts.list[0].message, "too large"));
	scene_close(&scene);
}

static void test_a_daemon_that_has_gone_fails_them_all(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL);
	fake_daemon_stop(&scene.bench.daemon);
	want(&scene, OBJECT_VOLUME, "v");
	want(&scene, OBJECT_VOLUME, "w");
	look_up(&scene);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(scene.facts.list[i].state, FACT_FAILED);
	scene_close(&scene);
}

/* A fact belongs to one boot of the daemon. */
static void test_another_boot_is_not_asked(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL);
	scene.generation++;
	want(&scene, OBJECT_VOLUME, "v");
	look_up(&scene);
	assert_int_equal(scene.facts.list[0].state, FACT_FAILED);
	assert_int_equal(scene.bench.daemon.heard_count, 1);
	scene_close(&scene);
}

/* --- cancelling -------------------------------------------------------------------------------- */

static void test_cancelled_in_every_moment(void **state)
{
	static const struct fake_answer silent[] = {{.request = "GET /v1.41/"}, {.request = NULL}};

	(void)state;
	lookup_cancel(NULL);
	for (unsigned moment = 0; moment < 3; moment++) {
		struct scene scene;

		scene_open(&scene, silent);
		want(&scene, OBJECT_VOLUME, "v");
		start(&scene);
		if (moment == 1)
			ends_run_for(&scene.bench.ends, 0); /* a turn or two: connecting */
		if (moment == 2)
			bench_settle(&scene.bench); /* asked */
		lookup_cancel(scene.lookup);
		lookup_cancel(scene.lookup);
		bench_settle(&scene.bench);
		assert_int_equal(scene.done, 0);
		/* The daemon may be left with half an exchange, and knows. */
		for (size_t i = 1; i < scene.bench.daemon.connection_count; i++)
			assert_true(scene.bench.daemon.connections[i]->heard_end);
		scene_close(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_question_an_object),
		cmocka_unit_test(test_only_registries_get_credentials),
		cmocka_unit_test(test_what_cannot_be_asked_fails),
		cmocka_unit_test(test_an_image_that_is_there_leads_to_its_store),
		cmocka_unit_test(test_a_store_that_is_not_told_stays_unknown),
		cmocka_unit_test(test_nothing_wanted_is_done_at_once),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_an_answer_too_large_fails),
		cmocka_unit_test(test_a_daemon_that_has_gone_fails_them_all),
		cmocka_unit_test(test_another_boot_is_not_asked),
		cmocka_unit_test(test_cancelled_in_every_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
