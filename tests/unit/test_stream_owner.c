/* What the owner of a stream may do to it, over each transport: abort it from inside any event,
 * hand it over, and close it politely. */
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

static bool server_heard_the_end(struct ends *ends)
{
	return strpbrk(ends->server.told, "ETF") != NULL;
}

static bool client_heard_the_end(struct ends *ends)
{
	return was_told(&ends->client, 'E');
}

/* --- owners --------------------------------------------------------------------------------- */

static enum stream_event abort_at;

static void abort_on(struct end *end, enum stream_event event)
{
	if (event == abort_at)
		end_abort(end);
}

static bool client_is_gone(struct ends *ends)
{
	return ends->client.stream == NULL;
}

/* Each event is brought about once, and the stream aborted from inside it. */
static void test_abort_inside_every_event(void **state)
{
	bool tls = transport_is_tls(transport_of(state));

	for (unsigned event = STREAM_READY; event <= STREAM_EOF + (tls ? 1U : 0U); event++) {
		struct ends ends;

		abort_at = (enum stream_event)event;
		ends_open(&ends, transport_of(state));
		ends.client.react = abort_on;
		end_send(&ends.server, "hello");
		if (abort_at == STREAM_TRUNCATED) {
			ends_run(&ends, both_ready);
			end_abort(&ends.server);
		} else {
			end_send_pattern(&ends.client, 0, MIB);
			stream_finish(ends.server.stream);
		}
		ends_run(&ends, client_is_gone);
		ends_run_for(&ends, 10);
		ends_close(&ends);
	}
}

static struct end other_owner;

static void note_other_owner(struct stream *stream, enum stream_event event, void *owner)
{
	assert_ptr_equal(owner, &other_owner);
	(void)stream;
	other_owner.told[strlen(other_owner.told)] = "RDWETF"[event];
}

static void hand_over(struct end *end, enum stream_event event)
{
	if (event == STREAM_DATA)
		stream_set_owner(end->stream, note_other_owner, &other_owner);
}

static bool other_owner_heard_the_end(struct ends *ends)
{
	(void)ends;
	return strchr(other_owner.told, 'E') != NULL;
}

static void test_events_go_to_the_new_owner(void **state)
{
	struct ends ends;

	memset(&other_owner, 0, sizeof other_owner);
	ends_open(&ends, transport_of(state));
	ends.server.react = hand_over;
	end_send(&ends.client, "x");
	stream_finish(ends.client.stream);
	ends_run(&ends, other_owner_heard_the_end);
	assert_string_equal(ends.server.told, "RD");
	assert_string_equal(other_owner.told, "E");
	ends_close(&ends);
}

/* --- the polite end ------------------------------------------------------------------------- */

static void close_end(struct end *end, unsigned linger_ms)
{
	stream_close(end->stream, linger_ms);
	end->stream = NULL;
}

static void test_close_sends_what_is_queued(void **state)
{
	struct ends ends;

	ends_open(&ends, transport_of(state));
	ends_run(&ends, both_ready);
	ends.client.keep = true;
	end_send_pattern(&ends.server, 0, 4 * MIB);
	close_end(&ends.server, 2000);
	ends_run_for(&ends, 30);
	ends.client.keep = false;
	end_event(ends.client.stream, STREAM_DATA, &ends.client);
	stream_resume(ends.client.stream);
	end_send(&ends.client, "nobody hears this");
	ends_run(&ends, client_heard_the_end);
	assert_got_pattern(&ends.client, 4 * MIB);
	ends_close(&ends);
}

static bool client_failed_or_ended(struct ends *ends)
{
	return strpbrk(ends->client.told, "TF") != NULL;
}

static void keep_talking(struct ends *ends)
{
	if (!stream_failed(ends->client.stream))
		end_send(&ends->client, "are you there?");
}

static void test_close_gives_up_on_a_peer_that_stays(void **state)
{
	uint64_t before;
	struct ends ends;

	ends_open(&ends, transport_of(state));
	ends_run(&ends, both_ready);
	before = loop_now_ms(ends.loop);
	end_send(&ends.server, "bye");
	close_end(&ends.server, 60);
	ends.tick = keep_talking;
	ends_run(&ends, client_failed_or_ended);
	assert_true(loop_now_ms(ends.loop) >= before + 60);
	assert_got(&ends.client, "bye");
	assert_string_equal(strpbrk(ends.client.told, "ET"), "EF");
	ends_close(&ends);
}

static void test_close_in_every_state_leaves_nothing(void **state)
{
	struct ends ends;

	ends_open(&ends, transport_of(state)); /* before it is ready */
	close_end(&ends.client, 50);
	close_end(&ends.server, 50);
	ends_run_for(&ends, 10);
	ends_close(&ends);

	ends_open(&ends, transport_of(state)); /* after the peer's end: nothing is left to wait for */
	ends_run(&ends, both_ready);
	stream_finish(ends.client.stream);
	ends_run(&ends, server_heard_the_end);
	close_end(&ends.server, 1000000);
	ends_run(&ends, client_heard_the_end);
	close_end(&ends.client, 1000000);
	ends_run_for(&ends, 10);
	ends_close(&ends); /* the leak checker sees whether they are gone */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OVER_ALL(abort_inside_every_event),
		OVER_ALL(events_go_to_the_new_owner),
		OVER_ALL(close_sends_what_is_queued),
		OVER_ALL(close_gives_up_on_a_peer_that_stays),
		OVER_ALL(close_in_every_state_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
