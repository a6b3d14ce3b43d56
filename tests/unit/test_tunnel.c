/* Two connections joined by a tunnel: a client and a daemon at the outer ends, over a Unix socket and
 * over TLS. */
#include "proxy/tunnel.h"

#include "tests/unit/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

enum { MIB = 1024 * 1024, LINGER_MS = 60 };

/* The client's connection in CLIENT, the daemon's in DAEMON; the tunnel's ends are CLIENT.server and
 * DAEMON.client. Both are on one loop, CLIENT's. */
struct scene {
	struct ends client; /* first, for conditions */
	struct ends daemon;
	struct loop *daemon_loop;
	struct tunnel *tunnel;
	unsigned ended;
	enum tunnel_end how;
	struct tunnel_counts counts;
};

static struct scene *scene_of(struct ends *ends)
{
	return (struct scene *)ends;
}

static void note_end(enum tunnel_end how, const struct tunnel_counts *counts, void *owner)
{
	struct scene *scene = owner;

	scene->ended++;
	scene->how = how;
	scene->counts = *counts;
	scene->tunnel = NULL;
}

static bool has_ended(struct ends *ends)
{
	return scene_of(ends)->ended > 0;
}

static bool all_ready(struct ends *ends)
{
	struct scene *scene = scene_of(ends);

	return both_ready(&scene->client) && both_ready(&scene->daemon);
}

static struct end *client_of(struct scene *scene)
{
	return &scene->client.client;
}

static struct end *daemon_of(struct scene *scene)
{
	return &scene->daemon.server;
}

/* Everything connected; nothing joined yet. */
static void scene_prepare(struct scene *scene, enum transport client, enum transport daemon)
{
	int fds[2];

	memset(scene, 0, sizeof *scene);
	ends_prepare(&scene->client, client);
	ends_prepare(&scene->daemon, daemon);
	scene->daemon_loop = scene->daemon.loop;
	scene->daemon.loop = scene->client.loop;
	socket_pair(client, fds);
	ends_join(&scene->client, fds[0], fds[1]);
	socket_pair(daemon, fds);
	ends_join(&scene->daemon, fds[0], fds[1]);
	scene->client.server.keep = true;
	scene->daemon.client.keep = true;
	ends_run(&scene->client, all_ready);
}

static void scene_join(struct scene *scene)
{
	struct stream *client = scene->client.server.stream, *daemon = scene->daemon.client.stream;

	scene->client.server.stream = scene->daemon.client.stream = NULL;
	scene->tunnel = tunnel_take(scene->client.loop, client, daemon, LINGER_MS, note_end, scene);
	assert_non_null(scene->tunnel);
	tunnel_start(scene->tunnel);
}

static void scene_open(struct scene *scene, enum transport client, enum transport daemon)
{
	scene_prepare(scene, client, daemon);
	scene_join(scene);
}

static void scene_close(struct scene *scene)
{
	scene->client.tick = NULL;
	tunnel_abort(scene->tunnel);
	end_abort(&scene->daemon.client);
	end_abort(&scene->daemon.server);
	end_abort(&scene->client.client);
	end_abort(&scene->client.server);
	ends_run_for(&scene->client, 0);
	scene->daemon.loop = scene->daemon_loop;
	ends_close(&scene->daemon);
	ends_close(&scene->client);
}

static void settle(struct scene *scene)
{
	ends_settle(&scene->client);
}

static enum transport transport_of(void **state)
{
	return *(const enum transport *)*state;
}

/* --- the five behaviours ----------------------------------------------------------------------- */

static void answer_the_end(struct end *end, enum stream_event event)
{
	if (event != STREAM_EOF)
		return;
	end_send(end, "answer");
	stream_finish(end->stream);
}

static void test_the_client_finishes_first(void **state)
{
	struct scene scene;

	scene_open(&scene, transport_of(state), OVER_UNIX);
	daemon_of(&scene)->react = answer_the_end;
	end_send(client_of(&scene), "question");
	stream_finish(client_of(&scene)->stream);
	ends_run(&scene.client, has_ended);
	settle(&scene);
	assert_int_equal(scene.how, TUNNEL_COMPLETE);
	assert_int_equal(scene.counts.from_client, strlen("question"));
	assert_int_equal(scene.counts.to_client, strlen("answer"));
	assert_got(daemon_of(&scene), "question");
	assert_got(client_of(&scene), "answer");
	assert_string_equal(client_of(&scene)->told, "RWDE");
	scene_close(&scene);
}

static void test_the_daemon_finishes_first(void **state)
{
	struct scene scene;

	scene_open(&scene, OVER_UNIX, transport_of(state));
	client_of(&scene)->react = answer_the_end;
	end_send(daemon_of(&scene), "question");
	stream_finish(daemon_of(&scene)->stream);
	ends_run(&scene.client, has_ended);
	settle(&scene);
	assert_int_equal(scene.how, TUNNEL_COMPLETE);
	assert_got(client_of(&scene), "question");
	assert_got(daemon_of(&scene), "answer");
	scene_close(&scene);
}

static bool client_has_all(struct ends *ends)
{
	return evbuffer_get_length(ends->client.got) == 16 * MIB;
}

static void take_slowly(struct ends *ends)
{
	struct end *client = &ends->client;

	evbuffer_add_buffer(client->got, stream_input(client->stream));
	stream_resume(client->stream);
}

static void test_much_to_a_slow_client_through_bounded_queues(void **state)
{
	struct scene scene;

	scene_open(&scene, transport_of(state), transport_of(state));
	client_of(&scene)->keep = true;
	end_send_pattern(daemon_of(&scene), 0, 16 * MIB);
	settle(&scene);
	/* What is not in a kernel's queue or the tunnel's is still the daemon's; TCP's are large. */
	assert_true(stream_queued(daemon_of(&scene)->stream) >
	            (transport_of(state) == OVER_UNIX ? 12 * MIB : 0));
	end_send(client_of(&scene), "still heard");
	settle(&scene);
	assert_got(daemon_of(&scene), "still heard");
	scene.client.tick = take_slowly;
	ends_run_long(&scene.client, client_has_all);
	assert_got_pattern(client_of(&scene), 16 * MIB);
	assert_int_equal(scene.ended, 0);
	scene_close(&scene);
}

static void test_a_client_that_vanishes(void **state)
{
	enum transport transport = transport_of(state);
	struct scene scene;

	scene_open(&scene, transport, OVER_UNIX);
	end_send(client_of(&scene), "half a senten");
	settle(&scene);
	end_abort(client_of(&scene));
	ends_run(&scene.client,
	         has_ended); /* a Unix socket's end looks clean; that nobody is there shows */
	settle(&scene);
	assert_int_equal(scene.how, TUNNEL_CLIENT_GONE);
	assert_got(daemon_of(&scene), "half a senten");
	assert_true(was_told(daemon_of(&scene), 'E')); /* and its work is over */
	scene_close(&scene);
}

static void test_a_daemon_that_vanishes(void **state)
{
	enum transport transport = transport_of(state);
	struct scene scene;

	scene_open(&scene, OVER_TLS_1_3, transport);
	end_send(daemon_of(&scene), "half a senten");
	settle(&scene);
	end_abort(daemon_of(&scene));
	if (transport == OVER_UNIX) {
		settle(&scene); /* nobody can tell it from a clean end: the client may still speak */
		assert_string_equal(client_of(&scene)->told, "RDE");
	} else {
		ends_run(&scene.client, has_ended);
		settle(&scene);
		assert_int_equal(scene.how, TUNNEL_DAEMON_GONE);
		assert_true(was_told(client_of(&scene), 'T')); /* not an end: a cut */
	}
	assert_got(client_of(&scene), "half a senten");
	scene_close(&scene);
}

static bool client_heard_the_end(struct ends *ends)
{
	return was_told(&ends->client, 'E');
}

static void test_an_end_comes_while_output_is_queued(void **state)
{
	struct scene scene;

	scene_open(&scene, transport_of(state), OVER_UNIX);
	stream_pause(client_of(&scene)->stream);
	end_send_pattern(daemon_of(&scene), 0, 8 * MIB);
	stream_finish(daemon_of(&scene)->stream);
	ends_run_for(&scene.client,
	             3 * LINGER_MS); /* a client that reads late is not one that lingers */
	assert_int_equal(scene.ended, 0);
	stream_resume(client_of(&scene)->stream);
	ends_run_long(&scene.client, client_heard_the_end);
	assert_got_pattern(client_of(&scene), 8 * MIB);
	scene_close(&scene);
}

/* --- more ends --------------------------------------------------------------------------------- */

static void test_what_was_there_before_goes_first(void **state)
{
	struct scene scene;

	scene_prepare(&scene, transport_of(state), OVER_UNIX);
	end_send(client_of(&scene), "early from the client");
	end_send(daemon_of(&scene), "early from the daemon");
	stream_finish(client_of(&scene)->stream);
	stream_finish(daemon_of(&scene)->stream);
	settle(&scene);
	scene_join(&scene);
	ends_run(&scene.client, has_ended);
	settle(&scene);
	assert_int_equal(scene.how, TUNNEL_COMPLETE);
	assert_got(daemon_of(&scene), "early from the client");
	assert_got(client_of(&scene), "early from the daemon");
	scene_close(&scene);
}

static void test_a_client_that_stays_is_timed(void **state)
{
	struct scene scene;
	uint64_t before;

	scene_open(&scene, transport_of(state), OVER_UNIX);
	end_send(daemon_of(&scene), "the end");
	stream_finish(daemon_of(&scene)->stream);
	ends_run(&scene.client, client_heard_the_end);
	before = loop_now_ms(scene.client.loop);
	ends_run(&scene.client, has_ended);
	assert_in_range(loop_now_ms(scene.client.loop) - before, LINGER_MS / 2, 20 * LINGER_MS);
	assert_int_equal(scene.how, TUNNEL_COMPLETE);
	scene_close(&scene);
}

static void test_quiet_is_no_reason_to_end(void **state)
{
	struct scene scene;

	scene_open(&scene, transport_of(state), OVER_UNIX);
	stream_finish(client_of(&scene)->stream); /* waits, as `docker attach` without stdin does */
	assert_in_range(ends_run_for(&scene.client, 4 * LINGER_MS), 0, 2 * LINGER_MS);
	assert_int_equal(scene.ended, 0);
	end_send(daemon_of(&scene), "at last");
	settle(&scene);
	assert_got(client_of(&scene), "at last");
	scene_close(&scene);
}

/* dockerd closes a container's connection although the client still sends: what it said before is
 * delivered, and the end is an end. */
static void test_a_daemon_that_closes_while_it_is_sent_to(void **state)
{
	struct scene scene;

	scene_open(&scene, transport_of(state), OVER_UNIX);
	daemon_of(&scene)->keep = true;
	stream_pause(daemon_of(&scene)->stream);
	end_send_pattern(client_of(&scene), 0, 2 * MIB);
	end_send(daemon_of(&scene), "last words");
	settle(&scene);
	end_abort(daemon_of(&scene));
	ends_run(&scene.client, has_ended);
	settle(&scene);
	assert_int_equal(scene.how, TUNNEL_COMPLETE);
	assert_got(client_of(&scene), "last words");
	assert_false(was_told(client_of(&scene), 'T'));
	scene_close(&scene);
}

/* All that the client sent before it left is the daemon's, however slow that is. */
static void test_a_client_that_leaves_is_heard_out(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, OVER_UNIX, OVER_UNIX);
	stream_pause(daemon_of(&scene)->stream);
	end_send_pattern(client_of(&scene), 0, 600 * 1024);
	while (stream_queued(client_of(&scene)->stream) > 0)
		settle(&scene);
	end_abort(client_of(&scene));
	settle(&scene);
	assert_int_equal(scene.ended, 0);
	stream_resume(daemon_of(&scene)->stream);
	ends_run(&scene.client, has_ended);
	settle(&scene);
	assert_int_equal(scene.how, TUNNEL_CLIENT_GONE);
	assert_got_pattern(daemon_of(&scene), 600 * 1024);
	scene_close(&scene);
}

static void test_broken_before_it_began(void **state)
{
	struct scene scene;

	(void)state;
	scene_prepare(&scene, OVER_TCP, OVER_UNIX);
	end_abort(client_of(&scene));
	settle(&scene);
	assert_true(stream_failed(scene.client.server.stream));
	scene_join(&scene);
	assert_int_equal(scene.ended, 1);
	assert_int_equal(scene.how, TUNNEL_CLIENT_GONE);
	scene_close(&scene);

	scene_prepare(&scene, OVER_UNIX, OVER_TCP);
	end_abort(daemon_of(&scene));
	settle(&scene);
	scene_join(&scene);
	assert_int_equal(scene.ended, 1);
	assert_int_equal(scene.how, TUNNEL_DAEMON_GONE);
	scene_close(&scene);
}

static void test_abort_ends_both_silently(void **state)
{
	struct scene scene;

	scene_open(&scene, transport_of(state), transport_of(state));
	end_send_pattern(client_of(&scene), 0, MIB);
	settle(&scene);
	tunnel_abort(scene.tunnel);
	tunnel_abort(scene.tunnel);
	tunnel_abort(NULL);
	scene.tunnel = NULL;
	settle(&scene);
	assert_int_equal(scene.ended, 0);
	assert_non_null(strpbrk(client_of(&scene)->told, "ETF"));
	assert_non_null(strpbrk(daemon_of(&scene)->told, "ETF"));
	scene_close(&scene);
}

static void test_every_end_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(tunnel_end_name(TUNNEL_COMPLETE), "complete");
	assert_string_equal(tunnel_end_name(TUNNEL_CLIENT_GONE), "client-gone");
	assert_string_equal(tunnel_end_name(TUNNEL_DAEMON_GONE), "daemon-gone");
}

static enum transport over_unix = OVER_UNIX, over_tls = OVER_TLS_1_3;

#define OVER_BOTH(test)                                                \
	{"test_" #test " over unix", test_##test, NULL, NULL, &over_unix}, \
	{                                                                  \
		"test_" #test " over tls", test_##test, NULL, NULL, &over_tls  \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OVER_BOTH(the_client_finishes_first),
		OVER_BOTH(the_daemon_finishes_first),
		OVER_BOTH(much_to_a_slow_client_through_bounded_queues),
		OVER_BOTH(a_client_that_vanishes),
		OVER_BOTH(a_daemon_that_vanishes),
		OVER_BOTH(an_end_comes_while_output_is_queued),
		OVER_BOTH(what_was_there_before_goes_first),
		OVER_BOTH(a_client_that_stays_is_timed),
		OVER_BOTH(quiet_is_no_reason_to_end),
		OVER_BOTH(a_daemon_that_closes_while_it_is_sent_to),
		cmocka_unit_test(test_a_client_that_leaves_is_heard_out),
		cmocka_unit_test(test_broken_before_it_began),
		OVER_BOTH(abort_ends_both_silently),
		cmocka_unit_test(test_every_end_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
