/* Streams between two ends over a Unix socket, TCP, TLS 1.2 and TLS 1.3: the same behaviour is
 * asked of all. What only one of them has is in test_stream_ends.c. */
#include "tests/unit/ends.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MIB = 1024 * 1024 };

static enum transport transport_of(void **state)
{
	return *(const enum transport *)*state;
}

static bool both_finished(struct ends *ends)
{
	return was_told(&ends->client, 'E') && was_told(&ends->server, 'E');
}

static bool server_heard_the_end(struct ends *ends)
{
	return strpbrk(ends->server.told, "ETF") != NULL;
}

static bool client_heard_the_end(struct ends *ends)
{
	return was_told(&ends->client, 'E');
}

static bool server_got_something(struct ends *ends)
{
	return evbuffer_get_length(ends->server.got) > 0;
}

/* --- the five behaviours -------------------------------------------------------------------- */

static void answer_the_end(struct end *end, enum stream_event event)
{
	if (event != STREAM_EOF)
		return;
	end_send(end, "answer");
	stream_finish(end->stream);
}

static void test_the_client_finishes_first(void **state)
{
	struct ends ends;

	ends_open(&ends, transport_of(state));
	ends.server.react = answer_the_end;
	end_send(&ends.client, "question"); /* before it is ready */
	stream_finish(ends.client.stream);
	ends_run(&ends, both_finished);
	assert_got(&ends.server, "question");
	assert_got(&ends.client, "answer");
	assert_true(stream_finish_sent(ends.client.stream));
	assert_true(stream_finish_sent(ends.server.stream));
	assert_true(stream_peer_finished(ends.client.stream));
	assert_false(stream_failed(ends.client.stream));
	ends_close(&ends);
}

static void test_the_other_side_finishes_first(void **state)
{
	struct ends ends;

	ends_open(&ends, transport_of(state));
	ends_run(&ends, both_ready);
	end_send(&ends.server, "that is all");
	stream_finish(ends.server.stream);
	ends_run(&ends, client_heard_the_end);
	assert_got(&ends.client, "that is all");
	end_send_pattern(&ends.client, 0, MIB);
	stream_finish(ends.client.stream);
	ends_run(&ends, both_finished);
	assert_got_pattern(&ends.server, MIB);
	ends_close(&ends);
}

enum { PUMPED = 16 * MIB, PUMP_PIECE = 64 * 1024, PUMP_LIMIT = 128 * 1024 };

static size_t pumped;

static void pump(struct end *end, enum stream_event event)
{
	(void)event;
	while (pumped < PUMPED && stream_queued(end->stream) < PUMP_LIMIT) {
		end_send_pattern(end, pumped, PUMP_PIECE);
		pumped += PUMP_PIECE;
	}
	assert_true(stream_queued(end->stream) < PUMP_LIMIT + PUMP_PIECE);
	if (pumped == PUMPED && !stream_finished(end->stream))
		stream_finish(end->stream);
}

/* A peer that looks now and then, and takes what is there. */
static void take_slowly(struct ends *ends)
{
	struct evbuffer *input = stream_input(ends->server.stream);

	assert_true(evbuffer_get_length(input) <= STREAM_INPUT_LIMIT);
	evbuffer_add_buffer(ends->server.got, input);
	stream_resume(ends->server.stream);
}

static void test_much_to_a_slow_peer_in_bounded_queues(void **state)
{
	struct ends ends;

	pumped = 0;
	ends_open(&ends, transport_of(state));
	ends.client.react = pump;
	ends.server.keep = true;
	ends.tick = take_slowly;
	ends_run(&ends, server_heard_the_end);
	take_slowly(&ends);
	assert_got_pattern(&ends.server, PUMPED);
	assert_true(stream_finish_sent(ends.client.stream));
	ends_close(&ends);
}

static bool server_got_something_and_client_is_idle(struct ends *ends)
{
	return evbuffer_get_length(ends->server.got) > 0 && stream_is_idle(ends->client.stream);
}

static const char *sight_of_a_cut(enum transport transport)
{
	switch (transport) {
	case OVER_UNIX:
		return "RDE"; /* nobody can tell it from a clean end */
	case OVER_TCP:
		return "RDF";
	case OVER_TLS_1_2:
	case OVER_TLS_1_3:
		return "RDT";
	}
	return "";
}

static void test_a_peer_that_vanishes(void **state)
{
	enum transport transport = transport_of(state);
	struct ends ends;

	ends_open(&ends, transport);
	end_send(&ends.client, "half a senten");
	ends_run(&ends, server_got_something_and_client_is_idle);
	end_abort(&ends.client);
	ends_run(&ends, server_heard_the_end);
	assert_got(&ends.server, "half a senten");
	assert_string_equal(ends.server.told, sight_of_a_cut(transport));
	assert_int_equal(stream_failed(ends.server.stream), transport != OVER_UNIX);
	if (transport_is_tls(transport)) {
		assert_true(stream_peer_finished(ends.server.stream));
		assert_non_null(strstr(stream_error_text(ends.server.stream), "close_notify"));
	}
	ends_close(&ends);
}

static void queue_much_when_ready(struct end *end, enum stream_event event)
{
	if (event == STREAM_READY)
		end_send_pattern(end, 0, 4 * MIB);
	if (event == STREAM_EOF)
		stream_finish(end->stream);
}

static void test_an_end_comes_while_output_is_queued(void **state)
{
	struct ends ends;

	ends_open(&ends, transport_of(state));
	ends.server.react = queue_much_when_ready;
	stream_pause(ends.client.stream);
	stream_finish(ends.client.stream);
	ends_run(&ends, server_heard_the_end);
	assert_true(stream_queued(ends.server.stream) > 0);
	assert_false(stream_finish_sent(ends.server.stream));
	stream_resume(ends.client.stream);
	ends_run(&ends, client_heard_the_end);
	assert_got_pattern(&ends.client, 4 * MIB);
	assert_int_equal(stream_queued(ends.server.stream), 0);
	ends_close(&ends);
}

/* --- sending -------------------------------------------------------------------------------- */

static void test_a_small_answer_leaves_at_once_and_drains_silently(void **state)
{
	struct ends ends;

	ends_open(&ends, transport_of(state));
	ends_run(&ends, both_ready);
	end_send(&ends.client, "hello");
	assert_int_equal(stream_queued(ends.client.stream), 0);
	ends_run(&ends, server_got_something);
	assert_got(&ends.server, "hello");
	assert_string_equal(ends.client.told, "R");
	ends_close(&ends);
}

static bool client_drained(struct ends *ends)
{
	return was_told(&ends->client, 'W');
}

static void test_finish_waits_for_the_queue_and_is_told(void **state)
{
	struct ends ends;

	ends_open(&ends, transport_of(state));
	ends_run(&ends, both_ready);
	stream_pause(ends.server.stream);
	end_send_pattern(&ends.client, 0, 8 * MIB);
	stream_finish(ends.client.stream);
	stream_finish(ends.client.stream); /* twice is once */
	ends_run_for(&ends, 20);
	assert_true(stream_finished(ends.client.stream));
	assert_false(stream_finish_sent(ends.client.stream));
	stream_resume(ends.server.stream);
	ends_run(&ends, server_heard_the_end);
	ends_run(&ends, client_drained);
	assert_true(stream_finish_sent(ends.client.stream));
	assert_got_pattern(&ends.server, 8 * MIB);
	ends_close(&ends);
}

static void test_an_empty_finish_is_told_from_the_loop(void **state)
{
	struct ends ends;

	ends_open(&ends, transport_of(state));
	ends_run(&ends, both_ready);
	stream_finish(ends.client.stream);
	assert_true(stream_finish_sent(ends.client.stream));
	assert_string_equal(ends.client.told, "R");
	ends_run(&ends, client_drained);
	ends_run(&ends, server_heard_the_end);
	ends_close(&ends);
}

/* Until the kernel's queues are full too. */
static void run_until_stuck(struct ends *ends)
{
	size_t before;

	do {
		before = stream_queued(ends->client.stream);
		ends_run_for(ends, 50);
	} while (stream_queued(ends->client.stream) != before);
}

/* What a peer sends byte by byte is moved here block by block; neither side may pile up blocks. */
static void test_many_small_pieces_take_little_room(void **state)
{
	enum { PIECES = 20000, ONE_IN = 512, A_FEW = 33 };
	struct evbuffer *piece = evbuffer_new();
	struct evbuffer *output;
	struct ends ends;
	size_t first;
	int pieces;

	ends_open(&ends, transport_of(state));
	ends_run(&ends, both_ready);
	stream_pause(ends.server.stream);
	end_send_pattern(&ends.client, 0, 8 * MIB); /* more than the kernel takes */
	run_until_stuck(&ends);
	first = stream_queued(ends.client.stream);
	assert_true(first > 0);
	output = stream_output(ends.client.stream);
	for (int i = 0; i < PIECES; i++) {
		evbuffer_add(piece, "x", 1);
		evbuffer_add_buffer(output, piece);
		stream_flush(ends.client.stream);
	}
	assert_true(stream_queued(ends.client.stream) >= PIECES);
	pieces = evbuffer_peek(output, (ev_ssize_t)evbuffer_get_length(output), NULL, NULL, 0);
	assert_in_range(pieces, 1, (first + PIECES) / ONE_IN + A_FEW);
	evbuffer_free(piece);
	ends_close(&ends);
}

/* --- receiving ------------------------------------------------------------------------------ */

static void test_paused_is_quiet_and_costs_nothing(void **state)
{
	struct ends ends;

	ends_open(&ends, transport_of(state));
	ends_run(&ends, both_ready);
	stream_pause(ends.server.stream);
	end_send(&ends.client, "later");
	stream_finish(ends.client.stream);
	assert_in_range(ends_run_for(&ends, 200), 0,
	                100); /* readable all the time, and the loop sleeps */
	assert_string_equal(ends.server.told, "R");
	stream_resume(ends.server.stream);
	ends_run(&ends, server_heard_the_end);
	assert_string_equal(ends.server.told, "RDE");
	assert_got(&ends.server, "later");
	assert_in_range(ends_run_for(&ends, 200), 0,
	                100); /* nor does an end that was told keep it awake */
	ends_close(&ends);
}

static void test_a_full_input_stops_the_peer_and_costs_nothing(void **state)
{
	struct ends ends;

	ends_open(&ends, transport_of(state));
	ends.server.keep = true;
	end_send_pattern(&ends.client, 0, 8 * MIB);
	stream_finish(ends.client.stream);
	run_until_stuck(&ends);
	assert_in_range(ends_run_for(&ends, 200), 0, 100);
	assert_int_equal(evbuffer_get_length(stream_input(ends.server.stream)), STREAM_INPUT_LIMIT);
	ends.tick = take_slowly;
	ends_run(&ends, server_heard_the_end);
	take_slowly(&ends);
	assert_got_pattern(&ends.server, 8 * MIB);
	ends_close(&ends);
}

static void test_an_idle_connection_is_known(void **state)
{
	struct ends ends;

	ends_open(&ends, transport_of(state));
	assert_false(stream_is_idle(ends.client.stream)); /* not yet ready */
	ends_run(&ends, both_ready);
	assert_true(
		stream_is_idle(ends.client.stream)); /* the server's session tickets make no difference */
	assert_true(stream_is_idle(ends.server.stream));
	end_send(&ends.server, "surprise");
	assert_false(stream_is_idle(ends.client.stream));
	ends_run_for(&ends, 20);
	assert_got(&ends.client, "surprise");
	assert_true(stream_is_idle(ends.client.stream));
	stream_finish(ends.server.stream);
	assert_false(stream_is_idle(ends.client.stream));
	ends_run(&ends, client_heard_the_end);
	assert_false(stream_is_idle(ends.client.stream));
	ends_close(&ends);
}

/* --- all of them, over each transport ------------------------------------------------------- */

int main(void)
{
	const struct CMUnitTest tests[] = {
		OVER_ALL(the_client_finishes_first),
		OVER_ALL(the_other_side_finishes_first),
		OVER_ALL(much_to_a_slow_peer_in_bounded_queues),
		OVER_ALL(a_peer_that_vanishes),
		OVER_ALL(an_end_comes_while_output_is_queued),
		OVER_ALL(a_small_answer_leaves_at_once_and_drains_silently),
		OVER_ALL(finish_waits_for_the_queue_and_is_told),
		OVER_ALL(an_empty_finish_is_told_from_the_loop),
		OVER_ALL(many_small_pieces_take_little_room),
		OVER_ALL(paused_is_quiet_and_costs_nothing),
		OVER_ALL(a_full_input_stops_the_peer_and_costs_nothing),
		OVER_ALL(an_idle_connection_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
