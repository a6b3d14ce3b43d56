/* The pool of daemon connections: what the daemon is asked and when, which connections are used
 * again, and what a restart of the daemon does to all of it. */
#include "tests/unit/bench.h"

#include "policy/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* --- the question ------------------------------------------------------------------------------ */

struct reply {
	unsigned count;
	enum upstream_result result;
	uint64_t generation;
	unsigned oldest, newest;
	char message[512];
};

static struct reply reply;

static void note_info(enum upstream_result result, const struct daemon_info *info,
                      const char *message, void *context)
{
	struct reply *to = context;

	to->count++;
	to->result = result;
	assert_int_equal(info != NULL, result == UPSTREAM_READY);
	if (info != NULL) {
		to->generation = info->generation;
		to->oldest = info->range.oldest.minor;
		to->newest = info->range.newest.minor;
	}
	snprintf(to->message, sizeof to->message, "%s", message != NULL ? message : "");
}

static bool is_answered(struct ends *ends)
{
	(void)ends;
	return reply.count > 0;
}

static void ask(struct bench *bench)
{
	memset(&reply, 0, sizeof reply);
	assert_non_null(upstream_ask(bench->upstream, note_info, &reply));
	ends_run(&bench->ends, is_answered);
	assert_int_equal(reply.count, 1);
}

static void test_the_daemon_is_asked_once(void **state)
{
	struct reply replies[3] = {{0}};
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL);
	assert_null(upstream_known(bench.upstream));
	for (size_t i = 0; i < 3; i++)
		assert_non_null(upstream_ask(bench.upstream, note_info, &replies[i]));
	bench_settle(&bench);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(replies[i].count, 1);
		assert_int_equal(replies[i].result, UPSTREAM_READY);
		assert_int_equal(replies[i].oldest, 24);
		assert_int_equal(replies[i].newest, 41);
	}
	assert_int_equal(fake_daemon_heard(&bench.daemon, "GET /version"), 1);
	assert_int_equal(bench.daemon.connection_count, 1);
	assert_int_equal(upstream_known(bench.upstream)->generation, replies[0].generation);
	bench_close(&bench);
}

#define ENGINE "\"Components\":[{\"Name\":\"Engine\"}]"
#define OK     "HTTP/1.1 200 OK\r\n"

static const struct bad_daemon {
	const char *what, *head, *body; /* a length is told where there is a body */
	enum upstream_result result;
	const char *message; /* a part of it */
} bad_daemons[] = {
	{"podman", OK,
     "{\"Components\":[{\"Name\":\"Podman Engine\"}],\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.24\"}",
     UPSTREAM_REFUSED, "it is not dockerd"},
	{"no components", OK, "{}", UPSTREAM_REFUSED, "it is not dockerd"},
	{"not an object", OK, "[]", UPSTREAM_REFUSED, "it is not dockerd"},
	{"not JSON", OK, "hello", UPSTREAM_REFUSED, "makes no sense"},
	{"no body", OK, "", UPSTREAM_REFUSED, "makes no sense"},
	{"an error", "HTTP/1.1 500 X\r\n", "{}", UPSTREAM_REFUSED, "makes no sense"},
	{"no versions", OK, "{" ENGINE "}", UPSTREAM_REFUSED, "names no API versions"},
	{"versions of another kind", OK,
     "{" ENGINE ",\"ApiVersion\":\"2.0\",\"MinAPIVersion\":\"1.24\"}", UPSTREAM_REFUSED,
     "names no API versions"},
	{"versions past the catalogue", OK,
     "{" ENGINE ",\"ApiVersion\":\"1.99\",\"MinAPIVersion\":\"1.98\"}", UPSTREAM_REFUSED,
     "all unknown"},
	{"versions before the catalogue", OK,
     "{" ENGINE ",\"ApiVersion\":\"1.23\",\"MinAPIVersion\":\"1.12\"}", UPSTREAM_REFUSED,
     "all unknown"},
	{"will not keep the connection", OK "Connection: close\r\n",
     "{" ENGINE ",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.24\"}", UPSTREAM_REFUSED,
     "does not keep connections open"},
	{"malformed", OK "Content-Length: 1\r\n", "{}", UPSTREAM_UNREACHABLE, "malformed"},
	{"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", NULL, UPSTREAM_UNREACHABLE, "malformed"},
	{"switches unasked", "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", NULL,
     UPSTREAM_UNREACHABLE, "malformed"},
};

static void say_version(struct fake_connection *connection, void *context)
{
	const struct bad_daemon *daemon = context;
	char text[64];

	fake_say(connection, daemon->head);
	if (daemon->body == NULL)
		return;
	snprintf(text, sizeof text, "Content-Length: %zu\r\n\r\n", strlen(daemon->body));
	fake_say(connection, text);
	fake_say(connection, daemon->body);
}

static void test_what_is_no_usable_daemon_is_said_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_daemons / sizeof bad_daemons[0]; i++) {
		struct bad_daemon row = bad_daemons[i];
		struct bench bench;

		bench_open(&bench, NULL);
		bench.daemon.asked = say_version;
		bench.daemon.context = &row;
		ask(&bench);
		if (reply.result != row.result || strstr(reply.message, row.message) == NULL)
			fail_msg("%s: result %d, %s", row.what, (int)reply.result, reply.message);
		assert_null(upstream_known(bench.upstream));
		bench_settle(&bench);
		assert_int_equal(fake_daemon_open_connections(&bench.daemon), 0);
		bench_close(&bench);
	}
}

static void test_a_daemon_that_dies_while_asked(void **state)
{
	static const struct fake_answer answers[] = {{.request = "GET /version",
	                                              .bytes = "HTTP/1.1 200 OK\r\nContent-Len",
	                                              .then = FAKE_DROP},
	                                             {.request = NULL}};
	struct bench bench;

	(void)state;
	bench_open(&bench, answers);
	ask(&bench);
	assert_int_equal(reply.result, UPSTREAM_UNREACHABLE);
	bench.daemon.answers = NULL; /* it thinks better of it */
	ask(&bench);
	assert_int_equal(reply.result, UPSTREAM_READY);
	bench_close(&bench);
}

static void test_interim_answers_and_any_engine(void **state)
{
	static const struct fake_answer answers[] = {
		{.request = "GET /version",
	     .bytes =
	         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	         "2e\r\n{\"ApiVersion\":\"1.99\",\"MinAPIVersion\":\"1.12\"}  \r\n0\r\n\r\n"},
		{.request = NULL}};
	struct bench bench;

	(void)state;
	bench_open(&bench, answers);
	bench.config.any_engine = true;
	ask(&bench);
	assert_int_equal(reply.result, UPSTREAM_READY);
	assert_int_equal(reply.oldest, API_MINOR_OLDEST); /* no more than the catalogue knows */
	assert_int_equal(reply.newest, API_MINOR_NEWEST);
	bench_close(&bench);
}

static void test_an_assumed_version_is_not_asked_for(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL);
	upstream_free(bench.upstream);
	bench.config.any_engine = true;
	bench.config.assumed = (struct api_version){1, 40};
	bench.upstream = upstream_new(bench.ends.loop, &bench.config, NULL);
	assert_non_null(upstream_known(bench.upstream));
	assert_int_equal(upstream_known(bench.upstream)->range.newest.minor, 40);
	assert_non_null(bench_pool_one(&bench)->stream);
	assert_int_equal(bench.daemon.heard_count, 0);
	bench_close(&bench);
}

static void test_nobody_is_there(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL);
	fake_daemon_stop(&bench.daemon);
	ask(&bench);
	assert_int_equal(reply.result, UPSTREAM_UNREACHABLE);
	assert_non_null(strstr(reply.message, bench.daemon.path));
	fake_daemon_start(&bench.daemon);
	ask(&bench);
	assert_int_equal(reply.result, UPSTREAM_READY);
	bench_close(&bench);
}

/* --- the pool ---------------------------------------------------------------------------------- */

static void owner_event(struct stream *stream, enum stream_event event, void *owner)
{
	(void)stream;
	(void)event;
	(void)owner;
}

static void test_a_returned_connection_is_used_again(void **state)
{
	struct bench bench;
	struct stream *stream;
	uint64_t generation;

	(void)state;
	bench_open(&bench, NULL);
	generation = bench_generation(&bench);
	assert_null(upstream_reuse(bench.upstream, generation));
	bench_pool_one(&bench);
	assert_null(upstream_reuse(bench.upstream, generation + 1));
	stream = upstream_reuse(bench.upstream, generation);
	assert_non_null(stream);
	assert_null(upstream_reuse(bench.upstream, generation));
	stream_set_owner(stream, owner_event, NULL);
	upstream_return(bench.upstream, generation, stream);
	assert_ptr_equal(upstream_reuse(bench.upstream, generation), stream);
	upstream_return(bench.upstream, generation - 1, stream); /* of another boot: nobody wants it */
	assert_null(upstream_reuse(bench.upstream, generation));
	bench_settle(&bench);
	assert_int_equal(fake_daemon_open_connections(&bench.daemon), 1); /* the anchor */
	bench_close(&bench);
}

static void test_the_pool_is_bounded(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL);
	for (unsigned i = 0; i < 10; i++) {
		struct fake_connection *connection = bench_pool_one(&bench);

		assert_int_equal(connection->stream != NULL, i < bench.config.idle_connections);
	}
	bench_close(&bench);
}

static void surplus(struct fake_connection *connection)
{
	fake_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static void speak_and_leave(struct fake_connection *connection)
{
	surplus(connection);
	fake_drop(connection);
}

static void test_an_idle_connection_that_speaks_or_ends_is_dropped(void **state)
{
	static void (*const spoilers[])(struct fake_connection *) = {surplus, fake_finish, fake_drop,
	                                                             speak_and_leave};

	(void)state;
	for (size_t i = 0; i < sizeof spoilers / sizeof spoilers[0]; i++) {
		for (unsigned settled = 0; settled < 2; settled++) {
			struct bench bench;
			struct fake_connection *connection;

			bench_open(&bench, NULL);
			connection = bench_pool_one(&bench);
			spoilers[i](connection);
			if (settled == 1) /* else the loop has not told anybody yet */
				bench_settle(&bench);
			assert_null(upstream_reuse(bench.upstream, bench_generation(&bench)));
			bench_settle(&bench);
			assert_null(connection->stream);
			assert_non_null(upstream_known(bench.upstream)); /* the daemon itself is fine */
			bench_close(&bench);
		}
	}
}

/* --- generations ------------------------------------------------------------------------------- */

static void test_the_anchors_end_is_the_generations(void **state)
{
	struct bench bench;
	uint64_t before;

	(void)state;
	bench_open(&bench, NULL);
	before = bench_generation(&bench);
	bench_pool_one(&bench);
	fake_drop(bench.daemon.connections[0]);
	bench_settle(&bench);
	assert_null(upstream_known(bench.upstream));
	assert_null(upstream_reuse(bench.upstream, before));
	assert_int_equal(fake_daemon_open_connections(&bench.daemon), 0);
	assert_int_equal(bench_generation(&bench), before + 1);
	assert_int_equal(fake_daemon_heard(&bench.daemon, "GET /version"), 2);
	bench_close(&bench);
}

static void note_stream(enum upstream_result result, struct stream *stream, const char *message,
                        void *context)
{
	note_info(result == UPSTREAM_READY ? UPSTREAM_REFUSED : result, NULL, message, context);
	if (stream != NULL)
		stream_abort(stream);
}

/* The daemon restarts, and the loop has not heard of it when a fresh connection succeeds. */
static void test_a_connection_to_the_next_boot_is_not_lent(void **state)
{
	struct bench bench;
	uint64_t before;

	(void)state;
	bench_open(&bench, NULL);
	before = bench_generation(&bench);
	memset(&reply, 0, sizeof reply);
	assert_non_null(upstream_connect(bench.upstream, before, note_stream, &reply));
	fake_daemon_stop(&bench.daemon);
	fake_daemon_start(&bench.daemon);
	ends_run(&bench.ends, is_answered);
	assert_int_equal(reply.result, UPSTREAM_UNREACHABLE);
	assert_non_null(strstr(reply.message, "restarted"));
	assert_int_equal(bench_generation(&bench), before + 1);
	bench_close(&bench);
}

/* --- cancelling -------------------------------------------------------------------------------- */

enum moment { BEFORE_THE_DIAL, WHILE_ASKED, AT_ONCE_WITH_OTHERS, MOMENTS };

static const struct fake_answer silent[] = {{.request = "GET /version"}, {.request = NULL}};

static void test_a_cancelled_question_is_not_answered(void **state)
{
	(void)state;
	for (unsigned moment = 0; moment < MOMENTS; moment++) {
		struct reply other = {0};
		struct upstream_wait *wait;
		struct bench bench;

		bench_open(&bench, moment == WHILE_ASKED ? silent : NULL);
		memset(&reply, 0, sizeof reply);
		wait = upstream_ask(bench.upstream, note_info, &reply);
		assert_non_null(wait);
		if (moment == AT_ONCE_WITH_OTHERS)
			assert_non_null(upstream_ask(bench.upstream, note_info, &other));
		if (moment == WHILE_ASKED)
			bench_settle(&bench);
		upstream_cancel(wait);
		upstream_cancel(wait);
		bench_settle(&bench);
		assert_int_equal(reply.count, 0);
		assert_int_equal(other.count, moment == AT_ONCE_WITH_OTHERS);
		bench_close(&bench); /* with a cancelled question still unanswered, once */
	}
}

static void test_a_cancelled_connection_does_not_come(void **state)
{
	struct upstream_wait *wait;
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL);
	memset(&reply, 0, sizeof reply);
	wait = upstream_connect(bench.upstream, bench_generation(&bench), note_stream, &reply);
	upstream_cancel(wait);
	upstream_cancel(wait);
	upstream_cancel(NULL);
	bench_settle(&bench);
	assert_int_equal(reply.count, 0);
	assert_int_equal(fake_daemon_open_connections(&bench.daemon), 1);
	bench_close(&bench);
}

/* --- addresses --------------------------------------------------------------------------------- */

static void test_the_host_header(void **state)
{
	static const struct {
		const char *host, *header;
	} rows[] = {{NULL, "docker"},
	            {"dind.example", "dind.example"},
	            {"127.0.0.1", "127.0.0.1"},
	            {"fd00::1", "[fd00::1]"}};
	struct loop *loop = loop_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct upstream_config config = {.host = rows[i].host, .port = "2376"};
		struct upstream *upstream = upstream_new(loop, &config, NULL);

		assert_string_equal(upstream_host(upstream), rows[i].header);
		upstream_free(upstream);
	}
	loop_free(loop);
}

/* Names are resolved on threads that may outlive the pool, and its loop. */
static void test_a_pool_that_ends_while_a_name_is_resolved(void **state)
{
	const struct upstream_config config = {.host = "localhost",
	                                       .port = "1",
	                                       .connect_timeout_ms = 1000};

	(void)state;
	for (unsigned turns = 0; turns < 20; turns++) {
		struct ends ends;
		struct upstream *upstream;
		struct upstream_wait *wait;

		ends_prepare(&ends, OVER_TCP);
		upstream = upstream_new(ends.loop, &config, NULL);
		memset(&reply, 0, sizeof reply);
		wait = upstream_ask(upstream, note_info, &reply);
		ends_run_for(&ends, turns % 4);
		if (reply.count == 0)
			upstream_cancel(wait);
		upstream_free(upstream);
		ends_close(&ends);
	}
}

static void test_a_name_leads_to_nobody(void **state)
{
	static const char *const hosts[] = {"localhost", "127.0.0.1", "::1", "no.such.name.invalid"};

	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		struct bench bench;

		bench_open(&bench, NULL);
		upstream_free(bench.upstream);
		bench.config =
			(struct upstream_config){.host = hosts[i], .port = "1", .connect_timeout_ms = 5000};
		bench.upstream = upstream_new(bench.ends.loop, &bench.config, NULL);
		ask(&bench);
		assert_int_equal(reply.result, UPSTREAM_UNREACHABLE);
		assert_true(
			text_starts_with(reply.message, "cannot connect to the Docker daemon at tcp://"));
		bench_close(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_daemon_is_asked_once),
		cmocka_unit_test(test_what_is_no_usable_daemon_is_said_so),
		cmocka_unit_test(test_a_daemon_that_dies_while_asked),
		cmocka_unit_test(test_interim_answers_and_any_engine),
		cmocka_unit_test(test_an_assumed_version_is_not_asked_for),
		cmocka_unit_test(test_nobody_is_there),
		cmocka_unit_test(test_a_returned_connection_is_used_again),
		cmocka_unit_test(test_the_pool_is_bounded),
		cmocka_unit_test(test_an_idle_connection_that_speaks_or_ends_is_dropped),
		cmocka_unit_test(test_the_anchors_end_is_the_generations),
		cmocka_unit_test(test_a_connection_to_the_next_boot_is_not_lent),
		cmocka_unit_test(test_a_cancelled_question_is_not_answered),
		cmocka_unit_test(test_a_cancelled_connection_does_not_come),
		cmocka_unit_test(test_the_host_header),
		cmocka_unit_test(test_a_pool_that_ends_while_a_name_is_resolved),
		cmocka_unit_test(test_a_name_leads_to_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
