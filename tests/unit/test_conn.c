/* A connection from its first byte to its end: requests one by one, verdicts, look-ups, and what
 * happens when client or daemon leave. */
#include "tests/unit/conn_scene.h"

#include "proxy/conn_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct fake_answer silent[] = {{.request = "GET /version", .bytes = fake_version},
                                            {.request = ""},
                                            {.request = NULL}};
static const struct fake_answer plain[] = {{.request = "GET /version", .bytes = fake_version},
                                           {.request = "", .bytes = NOTHING_TO_SAY},
                                           {.request = NULL}};

static bool daemon_heard_something(struct ends *ends)
{
	return bench_of(ends)->daemon.heard_count >= 2;
}

/* --- one after the other ----------------------------------------------------------------------- */

static void test_requests_on_one_connection(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, plain, "ci");
	for (unsigned i = 0; i < 3; i++)
		conn_scene_expect(&scene, REQUEST("GET /v1.40/info"), NOTHING_TO_SAY);
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "GET /v1.40/info"), 3);
	assert_int_equal(scene.bench.daemon.connection_count,
	                 2); /* the anchor, and one that is reused */
	assert_non_null(scene.conn);
	conn_scene_close(&scene);
}

static void test_pipelined_requests_are_answered_in_order(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, plain, "ci");
	conn_scene_send(&scene, REQUEST("GET /info") REQUEST("POST /build/prune") REQUEST("HEAD /_ping")
	                            REQUEST("GET /events"));
	conn_scene_expect(&scene, "", NOTHING_TO_SAY);
	conn_scene_expect(&scene, "", "HTTP/1.1 403 Forbidden\r\n");
	conn_scene_expect(&scene, "", NOTHING_TO_SAY);
	conn_scene_expect(&scene, "", NOTHING_TO_SAY);
	assert_int_equal(scene.bench.daemon.heard_count, 4);
	assert_string_equal(scene.bench.daemon.heard[1], "GET /v1.41/info");
	assert_string_equal(scene.bench.daemon.heard[3], "GET /v1.41/events");
	conn_scene_close(&scene);
}

static void test_an_old_client_is_closed_after_its_answer(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, plain, "ci");
	conn_scene_expect(&scene, "GET /info HTTP/1.0\r\n\r\nGET /events HTTP/1.0\r\n\r\n",
	                  "Connection: close\r\n\r\n");
	conn_scene_expect_end(&scene);
	assert_int_equal(scene.bench.daemon.heard_count, 2);
	conn_scene_close(&scene);
}

static void test_a_client_that_wants_to_close_is_closed(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, plain, "ci");
	conn_scene_expect(&scene, "GET /info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	                  "Connection: close\r\n\r\n");
	conn_scene_expect_end(&scene);
	conn_scene_close(&scene);
}

static void test_a_client_that_finished_writing_gets_its_answer(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, plain, "ci");
	conn_scene_send(&scene, REQUEST("GET /info"));
	stream_finish(scene.bench.ends.client.stream);
	conn_scene_expect(&scene, "", NOTHING_TO_SAY);
	conn_scene_expect_end(&scene);
	conn_scene_close(&scene);
}

static void test_a_client_that_says_nothing_and_leaves(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, plain, "ci");
	stream_finish(scene.bench.ends.client.stream);
	conn_scene_expect_end(&scene);
	assert_int_equal(scene.bench.daemon.connection_count, 0);
	conn_scene_close(&scene);
}

/* --- verdicts ---------------------------------------------------------------------------------- */

static const struct verdict_row {
	const char *request, *answer, *words;
	bool kept;
} verdicts[] = {
	{REQUEST("POST /build/prune"), "HTTP/1.1 403 Forbidden\r\n", "does not allow build.prune",
     true},
	{JSON_REQUEST("POST /containers/create", "58",
                  "{\"Image\":\"busybox\",\"HostConfig\":{\"Privileged\":true,\"A\":0}}"),
     "HTTP/1.1 400 Bad Request\r\n", "HostConfig", true},
	{JSON_REQUEST("POST /containers/create", "52",
                  "{\"Image\":\"busybox\",\"HostConfig\":{\"Privileged\":true}}"),
     "HTTP/1.1 403 Forbidden\r\n", "Privileged", true},
	{REQUEST("GET /v1.23/info"), "HTTP/1.1 400 Bad Request\r\n", "1.24", true},
	{REQUEST("GET /nothing"), "HTTP/1.1 404 Not Found\r\n", "", true},
	{REQUEST("GET //info"), "HTTP/1.1 400 Bad Request\r\n", "", true},
	{JSON_REQUEST("POST /containers/create", "2", "{]"), "HTTP/1.1 400 Bad Request\r\n", "JSON",
     true},
	{"GET /info HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n", "", false},
	{"GET /info HTTP/1.1\nHost: x\n\n", "HTTP/1.1 400 Bad Request\r\n", "LF", false},
	{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 ", "", false},
	{"POST /build HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
     "HTTP/1.1 400 Bad Request\r\n", "", false},
	/* What is denied before its body was read closes: the body is still on the wire. */
	{"POST /build/prune HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n",
     "HTTP/1.1 403 Forbidden\r\n", "build.prune", false},
	{"POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
     "Transfer-Encoding: chunked\r\n\r\n2\r\n{}x",
     "HTTP/1.1 400 Bad Request\r\n", "malformed chunked", false},
};

static void test_what_never_reaches_the_daemon(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
		struct conn_scene scene;

		conn_scene_open(&scene, plain, "ci");
		conn_scene_expect(&scene, verdicts[i].request, verdicts[i].answer);
		conn_scene_expect(&scene, "", "{\"message\":");
		conn_scene_expect(&scene, "", verdicts[i].words);
		if (verdicts[i].kept)
			conn_scene_expect(&scene, REQUEST("GET /info"), NOTHING_TO_SAY);
		else
			conn_scene_expect_end(&scene);
		assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "POST"), 0);
		assert_true(scene.bench.daemon.heard_count <= 2);
		conn_scene_close(&scene);
	}
}

static void test_nobodys_client_is_told_so(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, plain, "nobody");
	conn_scene_expect(&scene, REQUEST("GET /info"), "HTTP/1.1 403 Forbidden\r\n");
	conn_scene_expect(&scene, "", "no rule of `clients`");
	conn_scene_close(&scene);
}

static void test_a_head_request_is_denied_without_a_body(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, plain, "nobody");
	conn_scene_expect(&scene, REQUEST("HEAD /_ping"), "HTTP/1.1 403 Forbidden\r\n");
	conn_scene_expect(&scene, "", "\r\n\r\n");
	bench_settle(&scene.bench);
	assert_got(&scene.bench.ends.client, "");
	conn_scene_close(&scene);
}

/* --- look-ups ---------------------------------------------------------------------------------- */

static void test_a_name_becomes_an_id(void **state)
{
	static const struct fake_answer answers[] = {
		{.request = "GET /version", .bytes = fake_version},
		{.request = "GET /v1.41/containers/web/json",
	     .bytes =
	         "HTTP/1.1 200 OK\r\nContent-Length: 87\r\n\r\n{\"Id\":\"" ID "\",\"Name\":\"/web\"}"},
		{.request = "POST", .bytes = NOTHING_TO_SAY},
		{.request = NULL}};
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, answers, "ci");
	conn_scene_expect(&scene, REQUEST("POST /containers/web/kill"), NOTHING_TO_SAY);
	assert_string_equal(scene.bench.daemon.heard[2], "POST /v1.41/containers/" ID "/kill");
	conn_scene_close(&scene);
}

static void test_what_is_not_there_is_told_in_the_daemons_words(void **state)
{
	static const struct fake_answer answers[] = {
		{.request = "GET /version", .bytes = fake_version},
		{.request = "GET /v1.41/containers/web/json",
	     .bytes = "HTTP/1.1 404 Not Found\r\nContent-Length: 36\r\n\r\n"
	              "{\"message\":\"No such container: web\"}"},
		{.request = NULL}};
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, answers, "ci");
	conn_scene_expect(&scene, REQUEST("POST /containers/web/kill"), "HTTP/1.1 404 Not Found\r\n");
	conn_scene_expect(&scene, "", "{\"message\":\"No such container: web\"}");
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "POST"), 0);
	conn_scene_close(&scene);
}

static void test_a_look_up_that_fails_refuses(void **state)
{
	static const struct fake_answer answers[] = {{.request = "GET /version", .bytes = fake_version},
	                                             {.request = "GET /v1.41/containers",
	                                              .bytes = "HTTP/1.1 200 OK\r\nContent-Le",
	                                              .then = FAKE_DROP},
	                                             {.request = NULL}};
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, answers, "ci");
	conn_scene_expect(&scene, REQUEST("POST /containers/web/kill"), "HTTP/1.1 50");
	conn_scene_expect(&scene, "", "{\"message\":");
	assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "POST"), 0);
	conn_scene_close(&scene);
}

/* --- the daemon's ends ------------------------------------------------------------------------- */

static void test_no_daemon_then_one_again(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, plain, "ci");
	fake_daemon_stop(&scene.bench.daemon);
	conn_scene_expect(&scene, REQUEST("GET /info"), "HTTP/1.1 503 Service Unavailable\r\n");
	conn_scene_expect(&scene, "", "cannot connect to the Docker daemon");
	fake_daemon_start(&scene.bench.daemon);
	conn_scene_expect(&scene, REQUEST("GET /info"), NOTHING_TO_SAY);
	fake_daemon_stop(&scene.bench.daemon);
	fake_daemon_start(&scene.bench.daemon);
	conn_scene_expect(&scene, REQUEST("GET /info"), "HTTP/1.1 ");
	conn_scene_expect(&scene, REQUEST("GET /info"), NOTHING_TO_SAY);
	conn_scene_close(&scene);
}

static void test_a_daemon_of_another_kind(void **state)
{
	static const struct fake_answer answers[] = {
		{.request = "GET /version", .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"},
		{.request = NULL}};
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, answers, "ci");
	conn_scene_expect(&scene, REQUEST("GET /info"), "HTTP/1.1 502 Bad Gateway\r\n");
	conn_scene_expect(&scene, "", "it is not dockerd");
	conn_scene_close(&scene);
}

static void test_an_answer_that_is_cut_is_seen_as_cut(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, silent, "ci");
	conn_scene_send(&scene, REQUEST("GET /info"));
	ends_run(&scene.bench.ends, daemon_heard_something);
	fake_say(fake_daemon_last(&scene.bench.daemon),
	         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
	conn_scene_expect(&scene, "", "abc\r\n");
	fake_drop(fake_daemon_last(&scene.bench.daemon));
	conn_scene_expect_end(&scene);
	assert_got(&scene.bench.ends.client, ""); /* above all no last chunk */
	conn_scene_close(&scene);
}

static void test_a_tunnel_is_the_connections_last(void **state)
{
	static const struct fake_answer answers[] = {
		{.request = "GET /version", .bytes = fake_version},
		{.request = "POST /v1.41/containers/web/attach",
	     .bytes = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello",
	     .then = FAKE_RAW},
		{.request = NULL}};
	struct fake_connection *daemon;
	struct conn_scene scene;

	(void)state;
	conn_scene_open(&scene, answers, "admin");
	conn_scene_expect(&scene,
	                  "POST /containers/web/attach?stream=1 HTTP/1.1\r\nHost: x\r\n"
	                  "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\nGET /forged HTTP/1.1\r\n\r\n",
	                  "\r\n\r\nhello");
	daemon = fake_daemon_last(&scene.bench.daemon);
	bench_settle(&scene.bench);
	assert_int_equal(evbuffer_get_length(daemon->body), strlen("GET /forged HTTP/1.1\r\n\r\n"));
	stream_finish(scene.bench.ends.client.stream);
	bench_settle(&scene.bench);
	assert_true(daemon->heard_end);
	fake_drop(daemon);
	conn_scene_expect_end(&scene);
	conn_scene_close(&scene);
}

/* --- the client's ends ------------------------------------------------------------------------- */

static void test_a_client_that_leaves_in_the_middle(void **state)
{
	static const char *const requests[] = {
		"GET /in",                                         /* of the head */
		JSON_REQUEST("POST /containers/create", "9", "{"), /* of the body */
		REQUEST("POST /containers/web/kill"),              /* of a look-up */
		REQUEST("GET /events"),                            /* of an answer */
	};

	(void)state;
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		struct conn_scene scene;

		conn_scene_open(&scene, silent, "ci");
		conn_scene_send(&scene, requests[i]);
		bench_settle(&scene.bench);
		end_abort(&scene.bench.ends.client);
		bench_settle(&scene.bench);
		if (i == 2) /* which goes on until it is answered, as short as that is */
			fake_daemon_stop(&scene.bench.daemon);
		bench_settle(&scene.bench);
		assert_null(scene.conn);
		assert_int_equal(scene.closed, 1);
		assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "POST"), 0);
		conn_scene_close(&scene);
	}
}

static void test_ended_by_its_worker_in_every_state(void **state)
{
	static const struct {
		const char *request, *state;
	} rows[] = {
		{"", "READ_HEAD"},
		{"GET /in", "READ_HEAD"},
		{JSON_REQUEST("POST /containers/create", "9", "{"), "READ_BODY"},
		{REQUEST("POST /containers/web/kill"), "LOOKUP"},
		{REQUEST("GET /events"), "EXCHANGE"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct conn_scene scene;

		conn_scene_open(&scene, silent, "ci");
		conn_scene_send(&scene, rows[i].request);
		bench_settle(&scene.bench);
		assert_string_equal(conn_state_name(scene.conn->state), rows[i].state);
		conn_abort(scene.conn);
		scene.conn = NULL;
		bench_settle(&scene.bench);
		assert_int_equal(scene.closed, 0); /* it knows */
		assert_true(was_told(&scene.bench.ends.client, 'E') ||
		            was_told(&scene.bench.ends.client, 'F'));
		conn_scene_close(&scene);
	}
}

/* --- the audit log ----------------------------------------------------------------------------- */

static void test_without_a_log_nothing_passes(void **state)
{
	struct conn_scene scene;

	(void)state;
	conn_scene_prepare(&scene, plain);
	conn_scene_audit(&scene, "/dev/full");
	conn_scene_connect(&scene, "ci");
	conn_scene_expect(&scene, REQUEST("GET /info"), "HTTP/1.1 503 Service Unavailable\r\n");
	conn_scene_expect(&scene, "", "audit log cannot be written");
	conn_scene_expect(&scene, REQUEST("POST /build/prune"), "HTTP/1.1 403 Forbidden\r\n");
	assert_int_equal(scene.bench.daemon.heard_count, 1); /* its version */
	conn_scene_close(&scene);
}

static void test_the_log_has_pairs_and_no_secret(void **state)
{
	char file[] = "/tmp/test-conn-XXXXXX", *text;
	struct conn_scene scene;

	(void)state;
	close(mkstemp(file));
	conn_scene_prepare(&scene, plain);
	conn_scene_audit(&scene, file);
	conn_scene_connect(&scene, "ci");
	conn_scene_expect(&scene, REQUEST("GET /info"), NOTHING_TO_SAY);
	conn_scene_expect(&scene, REQUEST("POST /build?remote=http://u:hunter2@x/"), "HTTP/1.1 ");
	conn_scene_expect(&scene, REQUEST("POST /build?buildargs=hunter2&nosuch=hunter2"), "HTTP/1.1 ");
	conn_scene_expect(&scene, REQUEST("GET /nothing?secret=hunter2"), "HTTP/1.1 ");
	conn_scene_expect(&scene,
	                  JSON_REQUEST("POST /containers/create", "66",
	                               "{\"Image\":\"a\",\"Env\":[\"K=hunter2\"],\"HostConfig\":"
	                               "{\"Privileged\":true}}"),
	                  "HTTP/1.1 403 ");
	bench_settle(&scene.bench);
	text = conn_scene_log(file);
	assert_null(strstr(text, "hunter2"));
	assert_non_null(strstr(text, "\"verdict\":\"allow\""));
	assert_non_null(strstr(text, "\"outcome\":\"complete\""));
	assert_non_null(strstr(text, "\"request\":\"/nothing\""));
	assert_non_null(strstr(text, "\"body\":{\"Env\":[\"(hidden)\"],\"HostConfig\":{\"Privileged\":"
	                             "true},\"Image\":\"a\"}}\n"));
	conn_scene_close(&scene);
	free(text);
	unlink(file);
}

static void test_each_decision_is_completed(void **state)
{
	char file[] = "/tmp/test-conn-XXXXXX", *text;
	struct conn_scene scene;

	(void)state;
	close(mkstemp(file));
	for (unsigned stopped = 0; stopped < 2; stopped++) {
		conn_scene_prepare(&scene, silent);
		conn_scene_audit(&scene, file);
		conn_scene_connect(&scene, "ci");
		conn_scene_send(&scene, REQUEST("GET /events"));
		bench_settle(&scene.bench);
		if (stopped == 0)
			end_abort(&scene.bench.ends.client);
		bench_settle(&scene.bench);
		conn_scene_close(&scene);
	}
	text = conn_scene_log(file);
	assert_non_null(strstr(text, "\"outcome\":\"client-gone\""));
	assert_non_null(strstr(text, "\"outcome\":\"stopped\""));
	free(text);
	unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_on_one_connection),
		cmocka_unit_test(test_pipelined_requests_are_answered_in_order),
		cmocka_unit_test(test_an_old_client_is_closed_after_its_answer),
		cmocka_unit_test(test_a_client_that_wants_to_close_is_closed),
		cmocka_unit_test(test_a_client_that_finished_writing_gets_its_answer),
		cmocka_unit_test(test_a_client_that_says_nothing_and_leaves),
		cmocka_unit_test(test_what_never_reaches_the_daemon),
		cmocka_unit_test(test_nobodys_client_is_told_so),
		cmocka_unit_test(test_a_head_request_is_denied_without_a_body),
		cmocka_unit_test(test_a_name_becomes_an_id),
		cmocka_unit_test(test_what_is_not_there_is_told_in_the_daemons_words),
		cmocka_unit_test(test_a_look_up_that_fails_refuses),
		cmocka_unit_test(test_no_daemon_then_one_again),
		cmocka_unit_test(test_a_daemon_of_another_kind),
		cmocka_unit_test(test_an_answer_that_is_cut_is_seen_as_cut),
		cmocka_unit_test(test_a_tunnel_is_the_connections_last),
		cmocka_unit_test(test_a_client_that_leaves_in_the_middle),
		cmocka_unit_test(test_ended_by_its_worker_in_every_state),
		cmocka_unit_test(test_without_a_log_nothing_passes),
		cmocka_unit_test(test_the_log_has_pairs_and_no_secret),
		cmocka_unit_test(test_each_decision_is_completed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
