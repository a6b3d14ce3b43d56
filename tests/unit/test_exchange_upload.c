/* Bodies that go to the daemon as they come, and a client that finishes or leaves. */
#include "tests/unit/exchange_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* --- uploads ----------------------------------------------------------------------------------- */

static void upload(struct scene *scene, enum http_framing framing, uint64_t length)
{
	ask_for(scene, "PUT", "/containers/c/archive?path=/", false);
	scene->setup.streams_body = true;
	scene->setup.framing = framing;
	scene->setup.length = length;
	begin(scene);
}

#define PUT_HEAD "PUT /v1.41/containers/c/archive?path=%2F HTTP/1.1\r\nHost: docker\r\n"

static void test_uploads(void **state)
{
	static const struct {
		enum http_framing framing;
		const char *sent, *heard;
	} uploads[] = {
		{FRAMING_LENGTH, TEN, "Content-Length: 10\r\n\r\n" TEN},
		{FRAMING_CHUNKED, "4\r\n0123\r\n6\r\n456789\r\n0\r\nX: y\r\n\r\n",
	     "Transfer-Encoding: chunked\r\n\r\na\r\n" TEN "\r\n0\r\n\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const char *heard;
		struct scene scene;

		scene_open(&scene, silent);
		end_send(client_of(&scene), uploads[i].sent);
		settle(&scene);
		upload(&scene, uploads[i].framing, 10);
		settle(&scene);
		heard = (const char *)evbuffer_pullup(daemon_of(&scene)->everything, -1);
		if (evbuffer_get_length(daemon_of(&scene)->everything) < strlen(uploads[i].heard) ||
		    memcmp(heard + evbuffer_get_length(daemon_of(&scene)->everything) -
		               strlen(uploads[i].heard),
		           uploads[i].heard, strlen(uploads[i].heard)) != 0)
			fail_msg("heard %.*s", (int)evbuffer_get_length(daemon_of(&scene)->everything), heard);
		assert_heard(daemon_of(&scene)->body, TEN);
		fake_say(daemon_of(&scene), OK "Content-Length: 0\r\n\r\n");
		finish(&scene);
		assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
		assert_int_equal(scene.outcome.bytes_in, 10);
		assert_true(scene.outcome.request_read);
		assert_int_equal(pooled(&scene), 1);
		scene_close(&scene);
	}
}

static bool has_heard_it_all(struct ends *ends)
{
	return evbuffer_get_length(fake_daemon_last(&bench_of(ends)->daemon)->body) == 8 * MIB;
}

static void test_much_to_a_slow_daemon(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, silent);
	upload(&scene, FRAMING_LENGTH, 8 * MIB);
	settle(&scene);
	stream_pause(daemon_of(&scene)->stream);
	end_send_pattern(client_of(&scene), 0, 8 * MIB);
	settle(&scene);
	assert_true(stream_queued(client_of(&scene)->stream) > 4 * MIB);
	stream_resume(daemon_of(&scene)->stream);
	ends_run_long(&scene.bench.ends, has_heard_it_all);
	fake_say(daemon_of(&scene), OK "Content-Length: 0\r\n\r\n");
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
	scene_close(&scene);
}

/* A body that will never be whole, in each of its forms: the daemon never gets an end for it. */
static void test_a_cut_upload_never_ends_for_the_daemon(void **state)
{
	static const struct {
		enum http_framing framing;
		const char *sent;
		bool leaves; /* altogether */
		enum exchange_end end;
	} cuts[] = {
		{FRAMING_LENGTH, "01234", false, EXCHANGE_BROKEN},
		{FRAMING_LENGTH, "01234", true, EXCHANGE_BROKEN},
		{FRAMING_LENGTH, "", false, EXCHANGE_BROKEN},
		{FRAMING_CHUNKED, "5\r\n01234\r\n", false, EXCHANGE_BROKEN},
		{FRAMING_CHUNKED, "5\r\n01234\r\n0\r\n", false, EXCHANGE_BROKEN},
		{FRAMING_CHUNKED, "5\r\n012", true, EXCHANGE_BROKEN},
		{FRAMING_CHUNKED, "5\r\n01234\r\nx\r\n", false, EXCHANGE_REFUSED},
		{FRAMING_CHUNKED, "5\r\n012345\r\n0\r\n\r\n", false, EXCHANGE_REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		struct scene scene;

		scene_open(&scene, silent);
		upload(&scene, cuts[i].framing, 10);
		settle(&scene);
		end_send(client_of(&scene), cuts[i].sent);
		settle(&scene);
		if (cuts[i].leaves)
			end_abort(client_of(&scene));
		else
			stream_finish(client_of(&scene)->stream);
		finish(&scene);
		assert_int_equal(scene.outcome.end, cuts[i].end);
		if (cuts[i].end == EXCHANGE_REFUSED)
			assert_int_equal(scene.outcome.status, 400);
		assert_false(scene.outcome.request_read);
		assert_true(daemon_of(&scene)->have_head); /* and nothing after it: it waits for the rest */
		assert_true(daemon_of(&scene)->cut);
		scene_close(&scene);
	}
}

static void test_an_early_answer_while_the_client_uploads(void **state)
{
	static const char answer[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
	struct scene scene;

	(void)state;
	scene_open(&scene, silent);
	upload(&scene, FRAMING_LENGTH, 100);
	end_send(client_of(&scene), TEN);
	settle(&scene);
	fake_say(daemon_of(&scene), answer);
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_LAST);
	assert_false(scene.outcome.request_read);
	assert_heard(client_of(&scene)->got,
	             "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	assert_int_equal(pooled(&scene), 0);
	scene_close(&scene);
}

static void test_progress_is_told_while_the_client_uploads(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, silent);
	upload(&scene, FRAMING_LENGTH, 10);
	end_send(client_of(&scene), "01234");
	settle(&scene);
	fake_say(daemon_of(&scene), OK "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
	settle(&scene);
	assert_heard(client_of(&scene)->got,
	             OK "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\nhalf\r\n");
	end_send(client_of(&scene), "56789");
	settle(&scene);
	assert_heard(daemon_of(&scene)->body, TEN);
	fake_say(daemon_of(&scene), "5\r\nwhole\r\n0\r\n\r\n");
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_LAST);
	assert_true(scene.outcome.request_read);
	scene_close(&scene);
}

/* The daemon says why and closes, while bytes are still on their way to it. */
static void test_a_daemon_that_answers_and_hangs_up(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, silent);
	upload(&scene, FRAMING_LENGTH, 8 * MIB);
	settle(&scene);
	stream_pause(daemon_of(&scene)->stream);
	end_send_pattern(client_of(&scene), 0, 8 * MIB);
	settle(&scene);
	fake_say(daemon_of(&scene),
	         "HTTP/1.1 500 X\r\nConnection: close\r\nContent-Length: 10\r\n\r\n" TEN);
	fake_drop(daemon_of(&scene));
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_LAST);
	assert_int_equal(scene.outcome.status, 500);
	scene_close(&scene);
}

/* --- the client's ends ------------------------------------------------------------------------- */

static void test_a_half_close_is_passed_on(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, silent);
	ask_for(&scene, "GET", "/events", false);
	begin(&scene);
	settle(&scene);
	fake_say(daemon_of(&scene), OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
	settle(&scene);
	assert_false(daemon_of(&scene)->heard_end);
	stream_finish(client_of(&scene)->stream);
	settle(&scene);
	assert_false(scene.gone);
	assert_true(daemon_of(&scene)->heard_end);
	scene_close(&scene);
}

static void test_a_client_that_hangs_up_ends_the_daemons_work(void **state)
{
	static const char *const said[] = {"", OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n"};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct scene scene;

		scene_open(&scene, silent);
		ask_for(&scene, "GET", "/events", false);
		begin(&scene);
		settle(&scene);
		fake_say(daemon_of(&scene), said[i / 2]);
		if (i % 2 == 1) { /* it had asked for something else already */
			end_send(client_of(&scene), "GET /info HTTP/1.1\r\nHost: x\r\n\r\n");
			settle(&scene);
		}
		end_abort(client_of(&scene));
		settle(&scene);
		assert_true(scene.gone);
		assert_true(daemon_of(&scene)->heard_end);
		scene_close(&scene);
	}
}

/* The next request waits, and stays where it is. */
static void test_pipelined_bytes_are_left_alone(void **state)
{
	static const char next[] = "GET /info HTTP/1.1\r\nHost: x\r\n\r\n";
	struct scene scene;

	(void)state;
	scene_open(&scene, silent);
	end_send(client_of(&scene), TEN);
	end_send(client_of(&scene), next);
	upload(&scene, FRAMING_LENGTH, 10);
	settle(&scene);
	assert_heard(daemon_of(&scene)->body, TEN);
	fake_say(daemon_of(&scene), OK "Content-Length: 0\r\n\r\n");
	finish(&scene);
	assert_heard(stream_input(scene.bench.ends.server.stream), next);
	scene_close(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uploads),
		cmocka_unit_test(test_much_to_a_slow_daemon),
		cmocka_unit_test(test_a_cut_upload_never_ends_for_the_daemon),
		cmocka_unit_test(test_an_early_answer_while_the_client_uploads),
		cmocka_unit_test(test_progress_is_told_while_the_client_uploads),
		cmocka_unit_test(test_a_daemon_that_answers_and_hangs_up),
		cmocka_unit_test(test_a_half_close_is_passed_on),
		cmocka_unit_test(test_a_client_that_hangs_up_ends_the_daemons_work),
		cmocka_unit_test(test_pipelined_bytes_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
