/* Answers and their way back, and what happens where none comes: a table file. */
#include "tests/unit/exchange_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- answers ----------------------------------------------------------------------------------- */

static const struct row {
	const char *what, *method, *said;
	enum fake_then then;
	unsigned minor;
	enum exchange_end end;
	unsigned status;
	const char *got; /* by the client; NULL: nothing */
	bool pooled;
} rows[] = {
	{"a length", "GET", OK "Content-Length: 10\r\n\r\n" TEN, FAKE_KEEP, 1, EXCHANGE_COMPLETE, 200,
     OK "Content-Length: 10\r\n\r\n" TEN, true},
	{"a length of nothing", "GET", OK "Content-Length: 0\r\n\r\n", FAKE_KEEP, 1, EXCHANGE_COMPLETE,
     200, OK "Content-Length: 0\r\n\r\n", true},
	{"chunks", "GET", OK "Transfer-Encoding: chunked\r\n\r\nA\r\n" TEN "\r\n0\r\n\r\n", FAKE_KEEP,
     1, EXCHANGE_COMPLETE, 200, OK "Transfer-Encoding: chunked\r\n\r\na\r\n" TEN "\r\n0\r\n\r\n",
     true},
	{"chunks with trailers", "GET",
     OK "Transfer-Encoding: chunked\r\n\r\n0A\r\n" TEN "\r\n0\r\nX-Trailer: secret\r\n\r\n",
     FAKE_KEEP, 1, EXCHANGE_COMPLETE, 200,
     OK "Transfer-Encoding: chunked\r\n\r\na\r\n" TEN "\r\n0\r\n\r\n", true},
	{"until the close", "GET", OK "\r\n" TEN, FAKE_FINISH, 1, EXCHANGE_LAST, 200,
     OK "Connection: close\r\n\r\n" TEN, false},
	{"until the close, of nothing", "GET", OK "\r\n", FAKE_FINISH, 1, EXCHANGE_LAST, 200,
     OK "Connection: close\r\n\r\n", false},
	{"chunks for an old client", "GET",
     OK "Transfer-Encoding: chunked\r\n\r\nA\r\n" TEN "\r\n0\r\n\r\n", FAKE_KEEP, 0, EXCHANGE_LAST,
     200, OK "Connection: close\r\n\r\n" TEN, true},
	{"from an old daemon", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\n" TEN, FAKE_KEEP, 1,
     EXCHANGE_COMPLETE, 200, OK "Content-Length: 10\r\n\r\n" TEN, false},
	{"and then it closes", "GET", OK "Connection: close\r\nContent-Length: 10\r\n\r\n" TEN,
     FAKE_FINISH, 1, EXCHANGE_COMPLETE, 200, OK "Content-Length: 10\r\n\r\n" TEN, false},
	{"a head's length", "HEAD", OK "Content-Length: 10\r\n\r\n", FAKE_KEEP, 1, EXCHANGE_COMPLETE,
     200, OK "Content-Length: 10\r\n\r\n", true},
	{"no content", "POST", "HTTP/1.1 204 No Content\r\n\r\n", FAKE_KEEP, 1, EXCHANGE_COMPLETE, 204,
     "HTTP/1.1 204 No Content\r\n\r\n", true},
	{"not modified", "POST", "HTTP/1.1 304 Not Modified\r\n\r\n", FAKE_KEEP, 1, EXCHANGE_COMPLETE,
     304, "HTTP/1.1 304 Not Modified\r\n\r\n", true},
	{"an error", "GET", "HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\n" TEN, FAKE_KEEP, 1,
     EXCHANGE_COMPLETE, 404, "HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\n" TEN, true},
	{"headers", "GET",
     OK
     "Api-Version: 1.41\r\nSet-Cookie: a=b\r\nServer: Docker\r\nX-Secret: 1\r\nContent-Length: 0\r\n\r\n",
     FAKE_KEEP, 1, EXCHANGE_COMPLETE, 200,
     OK "Content-Length: 0\r\nApi-Version: 1.41\r\nServer: Docker\r\n\r\n", true},
	{"interim answers", "GET",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nLink: x\r\n\r\n" OK
     "Content-Length: 0\r\n\r\n",
     FAKE_KEEP, 1, EXCHANGE_COMPLETE, 200, OK "Content-Length: 0\r\n\r\n", true},

	{"surplus", "GET", OK "Content-Length: 10\r\n\r\n" TEN "x", FAKE_KEEP, 1, EXCHANGE_REFUSED, 502,
     NULL, false},
	{"a second answer", "GET", OK "Content-Length: 0\r\n\r\n" OK "Content-Length: 0\r\n\r\n",
     FAKE_KEEP, 1, EXCHANGE_REFUSED, 502, NULL, false},
	{"surplus chunks", "GET", OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n0\r\n\r\n", FAKE_KEEP,
     1, EXCHANGE_REFUSED, 502, NULL, false},
	{"a head's body", "HEAD", OK "Content-Length: 10\r\n\r\n" TEN, FAKE_KEEP, 1, EXCHANGE_REFUSED,
     502, NULL, false},
	{"no content's content", "POST", "HTTP/1.1 204 No Content\r\n\r\n" TEN, FAKE_KEEP, 1,
     EXCHANGE_REFUSED, 502, NULL, false},
	{"interim answers without end", "GET",
     "HTTP/1.1 103 X\r\n\r\nHTTP/1.1 103 X\r\n\r\nHTTP/1.1 103 X\r\n\r\nHTTP/1.1 103 X\r\n\r\n"
     "HTTP/1.1 103 X\r\n\r\nHTTP/1.1 103 X\r\n\r\nHTTP/1.1 103 X\r\n\r\nHTTP/1.1 103 X\r\n\r\n"
     "HTTP/1.1 103 X\r\n\r\n",
     FAKE_KEEP, 1, EXCHANGE_REFUSED, 502, NULL, false},
	{"another protocol, unasked", "GET",
     "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", FAKE_RAW, 1, EXCHANGE_REFUSED,
     502, NULL, false},
	{"two lengths", "GET", OK "Content-Length: 10\r\nContent-Length: 11\r\n\r\n" TEN, FAKE_KEEP, 1,
     EXCHANGE_REFUSED, 502, NULL, false},
	{"a length and chunks", "GET",
     OK "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n" TEN "\r\n0\r\n\r\n",
     FAKE_KEEP, 1, EXCHANGE_REFUSED, 502, NULL, false},
	{"no HTTP", "GET", "SSH-2.0-OpenSSH_9.2\r\n", FAKE_KEEP, 1, EXCHANGE_REFUSED, 502, NULL, false},
	{"nothing", "POST", NULL, FAKE_FINISH, 1, EXCHANGE_REFUSED, 502, NULL, false},
	{"half a head", "GET", OK "Content-Le", FAKE_FINISH, 1, EXCHANGE_REFUSED, 502, NULL, false},

	{"half a body", "GET", OK "Content-Length: 20\r\n\r\n" TEN, FAKE_FINISH, 1, EXCHANGE_BROKEN,
     200, OK "Content-Length: 20\r\n\r\n" TEN, false},
	{"half the chunks", "GET", OK "Transfer-Encoding: chunked\r\n\r\nA\r\n" TEN "\r\n", FAKE_DROP,
     1, EXCHANGE_BROKEN, 200, OK "Transfer-Encoding: chunked\r\n\r\na\r\n" TEN "\r\n", false},
};

static const char *target_for(const char *method)
{
	if (strcmp(method, "HEAD") == 0)
		return "/_ping";
	return strcmp(method, "POST") == 0 ? "/containers/c/start" : "/info";
}

/* An answer is cut after its head was passed on, or before, as the kernel and the loop please. */
static bool is_other_form_of_cut(const struct row *row, const struct scene *scene)
{
	return row->end == EXCHANGE_BROKEN && scene->outcome.end == EXCHANGE_REFUSED &&
	       scene->outcome.status == 502;
}

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *row = &rows[i];
		const struct fake_answer answers[] = {{.request = "GET /version", .bytes = fake_version},
		                                      {.request = row->method,
		                                       .bytes = row->said,
		                                       .then = row->then},
		                                      {.request = NULL}};
		struct scene scene;

		scene_open(&scene, answers);
		ask_for(&scene, row->method, target_for(row->method), false);
		scene.setup.client_minor = row->minor;
		begin(&scene);
		finish(&scene);
		if (!is_other_form_of_cut(row, &scene)) {
			if (scene.outcome.end != row->end || scene.outcome.status != row->status)
				fail_msg("%s: end %d, status %u", row->what, (int)scene.outcome.end,
				         scene.outcome.status);
			assert_heard(client_of(&scene)->got, row->got != NULL ? row->got : "");
		}
		assert_int_equal(scene.outcome.end == EXCHANGE_REFUSED, scene.message[0] != '\0');
		assert_int_equal(pooled(&scene), row->pooled);
		scene_close(&scene);
	}
}

static void say_endless_head(struct scene *scene)
{
	struct fake_connection *daemon = daemon_of(scene);

	fake_say(daemon, OK);
	for (unsigned i = 0; i < 3000; i++)
		fake_say(daemon, "X-Filler: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n");
}

static void test_a_head_without_end(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, silent);
	ask_for(&scene, "GET", "/info", false);
	begin(&scene);
	settle(&scene);
	say_endless_head(&scene);
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_REFUSED);
	assert_int_equal(scene.outcome.status, 502);
	scene_close(&scene);
}

/* What comes after the head was passed on can no longer be taken back: the connection is not used
 * again, that is all. */
static void test_late_surplus(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, silent);
	ask_for(&scene, "GET", "/info", false);
	begin(&scene);
	settle(&scene);
	fake_say(daemon_of(&scene), OK "Content-Length: 10\r\n\r\n01234");
	settle(&scene);
	fake_say(daemon_of(&scene), "56789HTTP/1.1 200 OK\r\n");
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
	assert_heard(client_of(&scene)->got, OK "Content-Length: 10\r\n\r\n" TEN);
	assert_int_equal(pooled(&scene), 0);
	scene_close(&scene);
}

static void test_bytes_one_by_one(void **state)
{
	const char *text = "HTTP/1.1 100 Continue\r\n\r\n" OK
					   "Transfer-Encoding: chunked\r\n\r\nA\r\n" TEN "\r\n0\r\n\r\n";
	struct scene scene;

	(void)state;
	scene_open(&scene, silent);
	ask_for(&scene, "GET", "/info", false);
	begin(&scene);
	settle(&scene);
	for (; *text != '\0'; text++) {
		fake_say_bytes(daemon_of(&scene), text, 1);
		ends_run_for(&scene.bench.ends, 1);
	}
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
	assert_int_equal(scene.outcome.bytes_out, 10);
	scene_close(&scene);
}

static void take_slowly(struct ends *ends)
{
	evbuffer_add_buffer(ends->client.got, stream_input(ends->client.stream));
	stream_resume(ends->client.stream);
}

static void test_much_to_a_slow_client(void **state)
{
	static const char head[] = OK "Content-Length: 8388608\r\n\r\n";
	struct scene scene;
	char *bytes = calloc(1, 8 * MIB);

	(void)state;
	assert_non_null(bytes);
	scene_open(&scene, silent);
	client_of(&scene)->keep = true;
	ask_for(&scene, "GET", "/info", false);
	begin(&scene);
	settle(&scene);
	fake_say(daemon_of(&scene), head);
	fake_say_bytes(daemon_of(&scene), bytes, 8 * MIB);
	settle(&scene);
	assert_in_range(stream_queued(scene.setup.client), 1, 512 * 1024);
	assert_true(stream_queued(daemon_of(&scene)->stream) > 4 * MIB);
	scene.bench.ends.tick = take_slowly;
	ends_run_long(&scene.bench.ends, is_done);
	settle(&scene);
	assert_int_equal(evbuffer_get_length(client_of(&scene)->got), strlen(head) + 8 * MIB);
	scene.bench.ends.tick = NULL;
	scene_close(&scene);
	free(bytes);
}

/* --- pooled connections ------------------------------------------------------------------------ */

static void drop_first(struct fake_connection *connection, void *context)
{
	(void)context;
	if (connection->daemon->connections[1] == connection)
		fake_drop(connection);
	else
		fake_say(connection, OK "Content-Length: 0\r\n\r\n");
}

static void test_what_is_sent_twice_and_what_is_not(void **state)
{
	static const struct {
		const char *method;
		bool again;
	} methods[] = {{"GET", true}, {"HEAD", true}, {"POST", false}};

	(void)state;
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		struct scene scene;

		scene_open(&scene, NULL);
		bench_pool_one(&scene.bench);
		scene.bench.daemon.asked = drop_first;
		ask_for(&scene, methods[i].method, target_for(methods[i].method), false);
		begin(&scene);
		finish(&scene);
		assert_int_equal(scene.outcome.end,
		                 methods[i].again ? EXCHANGE_COMPLETE : EXCHANGE_REFUSED);
		assert_int_equal(scene.outcome.status, methods[i].again ? 200 : 502);
		assert_int_equal(fake_daemon_heard(&scene.bench.daemon, methods[i].method),
		                 (methods[i].again ? 2U : 1U) + (strcmp(methods[i].method, "GET") == 0));
		scene_close(&scene);
	}
}

/* Once only, and not when it had begun to answer. */
static void drop_each(struct fake_connection *connection, void *context)
{
	if (context != NULL)
		fake_say(connection, context);
	fake_drop(connection);
}

static void test_a_second_try_is_the_last(void **state)
{
	static char begun[] = "HTTP";
	char *said[] = {NULL, begun};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct scene scene;

		scene_open(&scene, NULL);
		bench_pool_one(&scene.bench);
		scene.bench.daemon.asked = drop_each;
		scene.bench.daemon.context = said[i];
		ask_for(&scene, "GET", "/info", false);
		begin(&scene);
		finish(&scene);
		assert_int_equal(scene.outcome.status, 502);
		assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "GET /v1.41/info"), i == 0 ? 2 : 1);
		scene_close(&scene);
	}
}

static void test_nobody_is_there(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL);
	ask_for(&scene, "GET", "/info", false);
	fake_daemon_stop(&scene.bench.daemon);
	begin(&scene);
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_REFUSED);
	assert_int_equal(scene.outcome.status, 503);
	assert_non_null(strstr(scene.message, "cannot connect to the Docker daemon"));
	scene_close(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_a_head_without_end),
		cmocka_unit_test(test_late_surplus),
		cmocka_unit_test(test_bytes_one_by_one),
		cmocka_unit_test(test_much_to_a_slow_client),
		cmocka_unit_test(test_what_is_sent_twice_and_what_is_not),
		cmocka_unit_test(test_a_second_try_is_the_last),
		cmocka_unit_test(test_nobody_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
