/* Bodies that are asked about on their way: what is held is not with the daemon, what is refused never gets
 * there, and an answer's end waits for who looks at it. */
#include "tests/unit/exchange_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Holds, or denies, the piece in which '#' comes, or the last one. */
static struct gatekeeper {
	enum exchange_gate decision;
	unsigned asked, lasts;
} keeper;

static enum exchange_gate ask_keeper(void *gatekeeper, struct evbuffer *piece, bool last,
                                     struct exchange_refusal *refusal)
{
	size_t len = evbuffer_get_length(piece);
	const char *bytes = len > 0 ? (const char *)evbuffer_pullup(piece, -1) : "";

	assert_ptr_equal(gatekeeper, &keeper);
	keeper.asked++;
	keeper.lasts += last;
	if (!last && (len == 0 || memchr(bytes, '#', len) == NULL))
		return EXCHANGE_PASS;
	*refusal = (struct exchange_refusal){403, "not this one"};
	return keeper.decision;
}

static void upload(struct scene *scene, enum http_framing framing, uint64_t length,
                   enum exchange_gate decision)
{
	keeper = (struct gatekeeper){.decision = decision};
	scene_open(scene, silent);
	ask_for(scene, "POST", "/images/load", false);
	scene->setup.streams_body = true;
	scene->setup.framing = framing;
	scene->setup.length = length;
	scene->setup.gate = ask_keeper;
	scene->setup.gatekeeper = &keeper;
	begin(scene);
	settle(scene);
}

static void say(struct scene *scene, const char *text)
{
	end_send(client_of(scene), text);
	settle(scene);
}

static const struct {
	enum http_framing framing;
	const char *first, *rest; /* as sent */
	const char *with_daemon;  /* of the body, while the rest is held */
} bodies[] = {
	{FRAMING_LENGTH, "01234", "56789", "01234"},
	{FRAMING_LENGTH, "01234", "5#789", "01234"},
	{FRAMING_LENGTH, "", "0123456789", ""},
	{FRAMING_CHUNKED, "5\r\n01234\r\n", "5\r\n56789\r\n0\r\n\r\n", "01234"},
	{FRAMING_CHUNKED, "5\r\n01234\r\n", "5\r\n5#789\r\n0\r\n\r\n", "01234"},
	{FRAMING_CHUNKED, "a\r\n0123456789\r\n", "0\r\n\r\n", "0123456789"},
};

enum { BODIES = sizeof bodies / sizeof *bodies };

static void what_is_held_is_not_with_the_daemon(void **state)
{
	(void)state;
	for (size_t i = 0; i < BODIES; i++) {
		struct scene scene;

		upload(&scene, bodies[i].framing, 10, EXCHANGE_HOLD);
		say(&scene, bodies[i].first);
		say(&scene, bodies[i].rest);
		assert_heard(daemon_of(&scene)->body, bodies[i].with_daemon);
		assert_int_equal(daemon_of(&scene)->asked, 1);
		assert_false(scene.done);
		exchange_open_gate(scene.exchange);
		settle(&scene);
		assert_int_equal(evbuffer_get_length(daemon_of(&scene)->body), 10);
		assert_true(daemon_of(&scene)->head.framing == bodies[i].framing);
		fake_say(daemon_of(&scene), OK "Content-Length: 0\r\n\r\n");
		finish(&scene);
		assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
		assert_true(scene.outcome.request_read);
		assert_int_equal(pooled(&scene), 1);
		scene_close(&scene);
	}
}

static void what_comes_after_the_gate_is_not_asked_about(void **state)
{
	struct scene scene;

	(void)state;
	upload(&scene, FRAMING_LENGTH, 10, EXCHANGE_HOLD);
	say(&scene, "0#2");
	exchange_open_gate(scene.exchange);
	assert_int_equal(keeper.asked, 1 + 1); /* and once about nothing, before */
	say(&scene, "34#6789");
	assert_int_equal(keeper.asked, 2);
	assert_heard(daemon_of(&scene)->body, "0#234#6789");
	scene_close(&scene);
}

static void what_is_refused_never_gets_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * (size_t)BODIES; i++) {
		bool later = i >= BODIES; /* after it was held */
		struct fake_connection *daemon;
		struct scene scene;

		upload(&scene, bodies[i % BODIES].framing, 10, later ? EXCHANGE_HOLD : EXCHANGE_DENY);
		say(&scene, bodies[i % BODIES].first);
		say(&scene, bodies[i % BODIES].rest);
		daemon = daemon_of(&scene);
		if (later)
			exchange_refuse(scene.exchange, &(struct exchange_refusal){403, "not this one"});
		finish(&scene);
		assert_int_equal(scene.outcome.end, EXCHANGE_REFUSED);
		assert_int_equal(scene.outcome.status, 403);
		assert_string_equal(scene.message, "not this one");
		assert_heard(daemon->body, bodies[i % BODIES].with_daemon);
		assert_true(daemon->cut || daemon->stream == NULL);
		assert_int_equal(pooled(&scene), 0);
		scene_close(&scene);
	}
}

static void a_body_that_is_cut_while_held_is_broken(void **state)
{
	struct scene scene;

	(void)state;
	upload(&scene, FRAMING_LENGTH, 10, EXCHANGE_HOLD);
	say(&scene, "01#34");
	stream_finish(client_of(&scene)->stream);
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_BROKEN);
	scene_close(&scene);
	/* But a whole one, whose client has finished writing, only waits. */
	upload(&scene, FRAMING_LENGTH, 10, EXCHANGE_HOLD);
	say(&scene, TEN);
	stream_finish(client_of(&scene)->stream);
	settle(&scene);
	assert_false(scene.done);
	exchange_open_gate(scene.exchange);
	settle(&scene);
	assert_heard(daemon_of(&scene)->body, TEN);
	scene_close(&scene);
}

static void a_daemon_may_answer_while_the_body_is_held(void **state)
{
	struct scene scene;

	(void)state;
	upload(&scene, FRAMING_LENGTH, 10, EXCHANGE_HOLD);
	say(&scene, "01#34");
	fake_say(daemon_of(&scene), OK "Content-Length: 2\r\n\r\nno");
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_LAST);
	assert_int_equal(pooled(&scene), 0);
	scene_close(&scene);
	/* What it has begun to say can only be cut when the rest is refused then. */
	upload(&scene, FRAMING_LENGTH, 10, EXCHANGE_HOLD);
	say(&scene, "01#34");
	fake_say(daemon_of(&scene), OK "Content-Length: 20\r\n\r\nworking");
	settle(&scene);
	exchange_refuse(scene.exchange, &(struct exchange_refusal){403, "not this one"});
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_BROKEN);
	scene_close(&scene);
}

/* --- the answer's end -------------------------------------------------------------------------- */

static struct watcher {
	struct evbuffer *seen;
	unsigned status;
	bool holds;
} watcher;

static bool watch(void *observer, unsigned status, struct evbuffer *piece, bool last)
{
	assert_ptr_equal(observer, &watcher);
	watcher.status = status;
	evbuffer_add(watcher.seen, evbuffer_pullup(piece, -1), evbuffer_get_length(piece));
	return !(last && watcher.holds);
}

static void ask_watched(struct scene *scene, bool holds)
{
	watcher = (struct watcher){.seen = evbuffer_new(), .holds = holds};
	scene_open(scene, silent);
	ask_for(scene, "POST", "/images/create?fromImage=a", false);
	scene->setup.observe = watch;
	scene->setup.observer = &watcher;
	begin(scene);
	settle(scene);
}

static void close_watched(struct scene *scene)
{
	evbuffer_free(watcher.seen);
	scene_close(scene);
}

static const char *const answers[] = {
	OK "Content-Length: 10\r\n\r\n" TEN,
	OK "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n",
};

static void an_answer_is_seen_as_it_passes(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct scene scene;

		ask_watched(&scene, false);
		fake_say(daemon_of(&scene), answers[i]);
		finish(&scene);
		assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
		assert_heard(watcher.seen, TEN);
		assert_int_equal(watcher.status, 200);
		close_watched(&scene);
	}
}

static void an_answers_end_may_be_held(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct scene scene;

		ask_watched(&scene, true);
		fake_say(daemon_of(&scene), answers[i]);
		settle(&scene);
		assert_false(scene.done);
		exchange_advance(scene.exchange);
		settle(&scene);
		assert_false(scene.done);
		exchange_let_answer(scene.exchange, NULL);
		finish(&scene);
		assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
		assert_heard(watcher.seen, TEN);
		assert_int_equal(pooled(&scene), 1);
		close_watched(&scene);
	}
}

/* An answer whose length was told has no room for more: the client sees that it is not whole. */
static void more_may_stand_behind_an_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct scene scene;

		ask_watched(&scene, true);
		fake_say(daemon_of(&scene), answers[i]);
		settle(&scene);
		exchange_let_answer(scene.exchange, "more");
		finish(&scene);
		assert_int_equal(scene.outcome.end, i == 1 ? EXCHANGE_COMPLETE : EXCHANGE_BROKEN);
		assert_int_equal(scene.outcome.bytes_out, i == 1 ? strlen(TEN "more") : 0);
		close_watched(&scene);
	}
}

static void a_daemon_that_goes_meanwhile_does_no_harm(void **state)
{
	struct scene scene;

	(void)state;
	ask_watched(&scene, true);
	fake_say(daemon_of(&scene), answers[0]);
	settle(&scene);
	fake_drop(daemon_of(&scene));
	settle(&scene);
	assert_false(scene.done);
	exchange_let_answer(scene.exchange, NULL);
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
	assert_int_equal(pooled(&scene), 0);
	close_watched(&scene);
	/* A client that goes takes everything with it. */
	ask_watched(&scene, true);
	fake_say(daemon_of(&scene), answers[0]);
	settle(&scene);
	exchange_abort(scene.exchange);
	scene.exchange = NULL;
	settle(&scene);
	assert_false(scene.done);
	close_watched(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_held_is_not_with_the_daemon),
		cmocka_unit_test(what_comes_after_the_gate_is_not_asked_about),
		cmocka_unit_test(what_is_refused_never_gets_there),
		cmocka_unit_test(a_body_that_is_cut_while_held_is_broken),
		cmocka_unit_test(a_daemon_may_answer_while_the_body_is_held),
		cmocka_unit_test(an_answer_is_seen_as_it_passes),
		cmocka_unit_test(an_answers_end_may_be_held),
		cmocka_unit_test(more_may_stand_behind_an_answer),
		cmocka_unit_test(a_daemon_that_goes_meanwhile_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
