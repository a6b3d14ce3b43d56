/* What a connection bounds, in bytes and in time, and what it must not: a client that takes an answer
 * slowly. */
#include "tests/unit/conn_scene.h"

#include "proxy/conn_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SHORT_MS = 40 };

static const struct fake_answer plain[] = {{.request = "GET /version", .bytes = fake_version},
                                           {.request = "", .bytes = NOTHING_TO_SAY},
                                           {.request = NULL}};
static const struct fake_answer silent[] = {{.request = "GET /version", .bytes = fake_version},
                                            {.request = ""},
                                            {.request = NULL}};

#define CREATE(framing)                                                                         \
	"POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" framing \
	"\r\n\r\n"

#define FIFTY "01234567890123456789012345678901234567890123456789"

/* --- bytes ------------------------------------------------------------------------------------- */

/* H09 H09b H09c H09d H09e */
static void test_a_head_that_is_too_large(void **state)
{
	static const struct {
		size_t head_bytes, headers;
		const char *request, *answer;
	} rows[] = {
		{60, 100, "GET /info HTTP/1.1\r\nHost: x\r\nX-Filler: xxxxxxxxxxxxxxxxxxxxxxxxxx",
	     "HTTP/1.1 431 "},
		{60, 100, "GET /infoooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo",
	     "HTTP/1.1 414 "},
		{60000, 2, "GET /info HTTP/1.1\r\nHost: x\r\nA: a\r\nB: b\r\n\r\n", "HTTP/1.1 431 "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct conn_scene scene;

		conn_scene_prepare(&scene, plain);
		scene.config.limits.head.head_bytes = rows[i].head_bytes;
		scene.config.limits.head.headers = rows[i].headers;
		conn_scene_connect(&scene, "ci");
		conn_scene_expect(&scene, rows[i].request, rows[i].answer);
		conn_scene_expect_end(&scene);
		conn_scene_close(&scene);
	}
}

/* The largest head there may be is as large as all that is read ahead. */
static void test_a_head_without_end(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, plain, "ci");
	conn_scene_send(&scene, "GET /info HTTP/1.1\r\n");
	for (unsigned i = 0; i < 3000; i++)
		conn_scene_send(&scene, "X-Filler: xxxxxxxxxxxxxxxxxxxxx\r\n");
	conn_scene_expect(&scene, "", "HTTP/1.1 431 ");
	conn_scene_expect_end(&scene);
	conn_scene_close(&scene);
}

static void test_a_body_that_is_too_large(void **state)
{
	static const char *const requests[] = {
		CREATE("Content-Length: 101"),
		/* Nobody asks for what is too large. */
		CREATE("Content-Length: 101\r\nExpect: 100-continue"),
		CREATE("Content-Length: 100000000000"),
		CREATE("Transfer-Encoding: chunked") "65\r\n" FIFTY FIFTY "1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		const unsigned char *got;
		struct conn_scene scene;

		conn_scene_prepare(&scene, plain);
		scene.config.limits.json.bytes = 100;
		conn_scene_connect(&scene, "ci");
		conn_scene_send(&scene, requests[i]);
		bench_settle(&scene.bench);
		got = evbuffer_pullup(scene.bench.ends.client.got, -1);
		if (got == NULL || memcmp(got, "HTTP/1.1 413 ", 13) != 0)
			fail_msg("%s: %.20s", requests[i], got != NULL ? (const char *)got : "nothing");
		conn_scene_expect_end(&scene);
		conn_scene_close(&scene);
	}
}

static void test_bodies_share_a_budget(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_prepare(&scene, plain);
	atomic_store(&scene.budget, 10);
	conn_scene_connect(&scene, "ci");
	conn_scene_send(&scene, CREATE("Content-Length: 12") "0123456789");
	bench_settle(&scene.bench);
	assert_int_equal(atomic_load(&scene.budget), 0);
	conn_scene_expect(&scene, "ab", "HTTP/1.1 503 ");
	conn_scene_expect(&scene, "", "limits.body_budget");
	conn_scene_expect_end(&scene);
	assert_int_equal(atomic_load(&scene.budget), 10);
	atomic_store(&scene.budget, SCENE_BUDGET);
	conn_scene_close(&scene);
}

/* B30: a body that is thrown away counts while it is there, and the connection goes on after it. */
static void test_an_unread_body_is_thrown_away(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, plain, "admin");
	conn_scene_expect(&scene,
	                  "POST /containers/c/start HTTP/1.1\r\nHost: x\r\n"
	                  "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
	                  NOTHING_TO_SAY);
	conn_scene_expect(&scene, REQUEST("GET /info"), NOTHING_TO_SAY);
	conn_scene_close(&scene);
}

static void test_continue_is_said_where_it_is_awaited(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, plain, "admin");
	conn_scene_expect(&scene, CREATE("Content-Length: 15\r\nExpect: 100-continue"),
	                  "HTTP/1.1 100 Continue\r\n\r\n");
	assert_int_equal(scene.bench.daemon.heard_count, 1);
	conn_scene_expect(&scene, "{\"Image\":\"i:1\"}", NOTHING_TO_SAY);
	conn_scene_expect(
		&scene,
		"PUT /containers/c/archive?path=/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
		"Content-Type: application/x-tar\r\nExpect: 100-continue\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\n");
	conn_scene_expect(&scene, "tar", NOTHING_TO_SAY);
	/* The body is there already: nobody waits. */
	conn_scene_send(&scene,
	                CREATE("Content-Length: 15\r\nExpect: 100-continue") "{\"Image\":\"i:1\"}");
	bench_settle(&scene.bench);
	assert_got(&scene.bench.ends.client, NOTHING_TO_SAY);
	conn_scene_close(&scene);
}

/* Who asks without end and reads no answer is not answered without end. */
static void test_pipelined_denials_are_bounded(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, plain, "ci");
	scene.bench.ends.client.keep = true;
	stream_pause(scene.bench.ends.client.stream);
	for (unsigned i = 0; i < 30000; i++)
		conn_scene_send(&scene, REQUEST("POST /build/prune"));
	for (unsigned i = 0; i < 20; i++) {
		bench_settle(&scene.bench);
		assert_true(stream_queued(scene.conn->client) < 300 * 1024);
	}
	assert_true(stream_queued(scene.bench.ends.client.stream) > 0);
	conn_scene_close(&scene);
}

/* --- time -------------------------------------------------------------------------------------- */

static void test_slow_clients_are_cut(void **state)
{
	static const struct {
		const char *request;
		size_t limit; /* where it is in the limits */
	} rows[] = {
		{"", offsetof(struct limits_config, idle_ms)},
		{REQUEST("GET /info"), offsetof(struct limits_config, idle_ms)},
		{"G", offsetof(struct limits_config, head_ms)},
		{REQUEST("GET /info") "GET /info HTTP/1.1\r\nHost: x\r\n",
	     offsetof(struct limits_config, head_ms)},
		{CREATE("Content-Length: 10") "{", offsetof(struct limits_config, body_ms)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct conn_scene scene;
		unsigned limit = SHORT_MS;
		uint64_t before;

		conn_scene_prepare(&scene, plain);
		memcpy((char *)&scene.config.limits + rows[i].limit, &limit, sizeof limit);
		conn_scene_connect(&scene, "ci");
		before = loop_now_ms(scene.bench.ends.loop);
		conn_scene_send(&scene, rows[i].request);
		conn_scene_expect_end(&scene);
		assert_in_range(loop_now_ms(scene.bench.ends.loop) - before, SHORT_MS - 10, 4900);
		conn_scene_close(&scene);
	}
}

/* A byte now and then does not buy a head more time. */
static void trickle(struct ends *ends)
{
	if (ends->client.stream != NULL && !stream_failed(ends->client.stream))
		end_send(&ends->client, "x");
}

static void test_a_trickle_is_slow(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_prepare(&scene, plain);
	scene.config.limits.head_ms = SHORT_MS;
	conn_scene_connect(&scene, "ci");
	conn_scene_send(&scene, "GET /");
	scene.bench.ends.tick = trickle;
	conn_scene_expect_end(&scene);
	scene.bench.ends.tick = NULL;
	conn_scene_close(&scene);
}

static void test_no_idle_limit_at_all(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_prepare(&scene, plain);
	scene.config.limits.idle_ms = 0;
	scene.config.limits.head_ms = SHORT_MS;
	conn_scene_connect(&scene, "ci");
	assert_in_range(ends_run_for(&scene.bench.ends, 5 * SHORT_MS), 0, 2 * SHORT_MS);
	conn_scene_expect(&scene, REQUEST("GET /info"), NOTHING_TO_SAY);
	conn_scene_close(&scene);
}

static void all_short(struct limits_config *limits)
{
	limits->handshake_ms = limits->head_ms = limits->body_ms = limits->idle_ms = limits->linger_ms =
		SHORT_MS;
}

static bool daemon_heard_something(struct ends *ends)
{
	return bench_of(ends)->daemon.heard_count >= 2;
}

static void test_a_quiet_stream_is_not_cut(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_prepare(&scene, silent);
	all_short(&scene.config.limits);
	conn_scene_connect(&scene, "ci");
	conn_scene_send(&scene, REQUEST("GET /events"));
	ends_run(&scene.bench.ends, daemon_heard_something);
	ends_run_for(&scene.bench.ends, 5 * SHORT_MS);
	fake_say(fake_daemon_last(&scene.bench.daemon), NOTHING_TO_SAY);
	conn_scene_expect(&scene, "", NOTHING_TO_SAY);
	conn_scene_close(&scene);
}

static void test_a_slow_upload_is_not_cut(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_prepare(&scene, plain);
	all_short(&scene.config.limits);
	conn_scene_connect(&scene, "admin");
	conn_scene_send(&scene, "PUT /containers/c/archive?path=/ HTTP/1.1\r\nHost: x\r\n"
	                        "Content-Type: application/x-tar\r\nContent-Length: 6\r\n\r\ntar");
	ends_run_for(&scene.bench.ends, 5 * SHORT_MS);
	conn_scene_expect(&scene, "rat", NOTHING_TO_SAY);
	conn_scene_close(&scene);
}

enum { LARGE = 500000 };

static bool has_it_all(struct ends *ends)
{
	return evbuffer_get_length(ends->client.got) > LARGE;
}

/* `docker logs | less`: the daemon has long finished, and the client takes its time, whether its
 * connection is to be kept or not, and whether it has asked for more or not. */
static void test_a_client_that_reads_slowly_is_not_cut(void **state)
{
	static const struct {
		const char *request;
		bool kept;
	} rows[] = {
		{REQUEST("GET /info"), true},
		{REQUEST("GET /info") REQUEST("GET /info"), true},
		{REQUEST("GET /info") "GET /in", true},
		{"GET /info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false},
	};
	char *bytes = calloc(1, LARGE);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct end *client;
		struct conn_scene scene;

		conn_scene_prepare(&scene, silent);
		all_short(&scene.config.limits);
		conn_scene_connect(&scene, "ci");
		client = &scene.bench.ends.client;
		conn_scene_send(&scene, rows[i].request);
		ends_run(&scene.bench.ends, daemon_heard_something);
		stream_pause(client->stream);
		fake_say(fake_daemon_last(&scene.bench.daemon),
		         "HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n");
		fake_say_bytes(fake_daemon_last(&scene.bench.daemon), bytes, LARGE);
		ends_run_for(&scene.bench.ends, 6 * SHORT_MS);
		assert_non_null(scene.conn);
		assert_string_equal(conn_state_name(scene.conn->state), "DRAIN");
		assert_int_equal(scene.bench.daemon.heard_count, 2); /* the next waits until it was read */
		stream_resume(client->stream);
		ends_run(&scene.bench.ends, has_it_all);
		if (rows[i].kept)
			assert_int_equal(scene.closed, 0); /* yet: now it is idle */
		else
			conn_scene_expect_end(&scene);
		conn_scene_close(&scene);
	}
	free(bytes);
}

static void test_a_slow_client_that_leaves_is_noticed(void **state)
{
	char *bytes = calloc(1, LARGE);
	struct conn_scene scene;

	(void)state;
	assert_non_null(bytes);
	conn_scene_open(&scene, silent, "ci");
	conn_scene_send(&scene, REQUEST("GET /info"));
	ends_run(&scene.bench.ends, daemon_heard_something);
	stream_pause(scene.bench.ends.client.stream);
	fake_say(fake_daemon_last(&scene.bench.daemon),
	         "HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n");
	fake_say_bytes(fake_daemon_last(&scene.bench.daemon), bytes, LARGE);
	bench_settle(&scene.bench);
	assert_string_equal(conn_state_name(scene.conn->state), "DRAIN");
	end_abort(&scene.bench.ends.client);
	bench_settle(&scene.bench);
	assert_null(scene.conn);
	conn_scene_close(&scene);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_head_that_is_too_large),
		cmocka_unit_test(test_a_head_without_end),
		cmocka_unit_test(test_a_body_that_is_too_large),
		cmocka_unit_test(test_bodies_share_a_budget),
		cmocka_unit_test(test_an_unread_body_is_thrown_away),
		cmocka_unit_test(test_continue_is_said_where_it_is_awaited),
		cmocka_unit_test(test_pipelined_denials_are_bounded),
		cmocka_unit_test(test_slow_clients_are_cut),
		cmocka_unit_test(test_a_trickle_is_slow),
		cmocka_unit_test(test_no_idle_limit_at_all),
		cmocka_unit_test(test_a_quiet_stream_is_not_cut),
		cmocka_unit_test(test_a_slow_upload_is_not_cut),
		cmocka_unit_test(test_a_client_that_reads_slowly_is_not_cut),
		cmocka_unit_test(test_a_slow_client_that_leaves_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
