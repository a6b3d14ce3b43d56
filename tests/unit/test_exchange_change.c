/* Answers whose bodies are changed on their way: framed anew, as they come, or cut. */
#include "tests/unit/exchange_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Leaves out each 'x', writes 'd' twice, waits at each 'w' and cuts at '!'. */
static struct changer {
	struct evbuffer *rest;
	unsigned asked, lasts;
} changer;

static enum exchange_change change(void *context, struct evbuffer *piece, bool last,
                                   struct exchange_refusal *refusal)
{
	char byte;

	assert_ptr_equal(context, &changer);
	changer.asked++;
	changer.lasts += last;
	evbuffer_add_buffer(changer.rest, piece);
	while (evbuffer_remove(changer.rest, &byte, 1) == 1) {
		if (byte == 'w')
			return EXCHANGE_WAITS;
		if (byte == '!') {
			*refusal = (struct exchange_refusal){404, "not there"};
			return EXCHANGE_CUTS;
		}
		if (byte != 'x')
			evbuffer_add(piece, &byte, 1);
		if (byte == 'd')
			evbuffer_add(piece, &byte, 1);
	}
	return EXCHANGE_CHANGED;
}

static void ask_changed(struct scene *scene, const char *method, const char *target)
{
	changer = (struct changer){.rest = evbuffer_new()};
	scene_open(scene, silent);
	ask_for(scene, method, target, false);
	scene->setup.change = change;
	scene->setup.changer = &changer;
}

static void close_changed(struct scene *scene)
{
	evbuffer_free(changer.rest);
	scene_close(scene);
}

static bool client_heard(struct scene *scene, const char *text)
{
	struct evbuffer *heard = client_of(scene)->got;

	return evbuffer_search(heard, text, strlen(text), NULL).pos >= 0;
}

static void assert_client_heard(struct scene *scene, const char *text)
{
	if (!client_heard(scene, text))
		fail_msg("'%s' is not in '%.*s'", text, (int)evbuffer_get_length(client_of(scene)->got),
		         (const char *)evbuffer_pullup(client_of(scene)->got, -1));
}

static const char *const answers[] = {
	OK "Content-Length: 5\r\n\r\naxbdc",
	OK "Transfer-Encoding: chunked\r\n\r\n3\r\naxb\r\n2\r\ndc\r\n0\r\n\r\n",
	OK "\r\naxbdc",
};

static void a_changed_body_is_framed_anew(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct scene scene;

		ask_changed(&scene, "GET", "/info");
		begin(&scene);
		settle(&scene);
		fake_say(daemon_of(&scene), answers[i]);
		if (i == 2)
			fake_finish(daemon_of(&scene));
		finish(&scene);
		assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
		assert_client_heard(&scene, "Transfer-Encoding: chunked");
		assert_false(client_heard(&scene, "Content-Length"));
		assert_client_heard(&scene, "0\r\n\r\n");
		assert_false(client_heard(&scene, "x"));
		assert_client_heard(&scene, "ddc");
		assert_int_equal(changer.lasts, 1);
		assert_int_equal(pooled(&scene), i == 2 ? 0 : 1);
		close_changed(&scene);
	}
}

static void an_old_client_gets_it_until_the_close(void **state)
{
	struct scene scene;

	(void)state;
	ask_changed(&scene, "GET", "/info");
	scene.setup.client_minor = 0;
	begin(&scene);
	settle(&scene);
	fake_say(daemon_of(&scene), answers[0]);
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_LAST);
	assert_client_heard(&scene, "\r\n\r\nabddc");
	assert_false(client_heard(&scene, "Content-Length"));
	close_changed(&scene);
}

static void nothing_but_successful_bodies_is_changed(void **state)
{
	struct scene scene;

	(void)state;
	ask_changed(&scene, "GET", "/info");
	begin(&scene);
	settle(&scene);
	fake_say(daemon_of(&scene), "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\naxbdc");
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
	assert_client_heard(&scene, "Content-Length: 5");
	assert_client_heard(&scene, "axbdc");
	assert_int_equal(changer.asked, 0);
	close_changed(&scene);
	ask_changed(&scene, "GET", "/info");
	begin(&scene);
	settle(&scene);
	fake_say(daemon_of(&scene), "HTTP/1.1 204 No Content\r\n\r\n");
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
	assert_int_equal(changer.asked, 0);
	close_changed(&scene);
	/* Nor is it told how long one would be. */
	ask_changed(&scene, "HEAD", "/_ping");
	begin(&scene);
	settle(&scene);
	fake_say(daemon_of(&scene), OK "Content-Length: 5\r\n\r\n");
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
	assert_false(client_heard(&scene, "Content-Length"));
	close_changed(&scene);
}

static void a_change_may_wait(void **state)
{
	for (unsigned whole = 0; whole < 2; whole++) {
		struct scene scene;

		(void)state;
		ask_changed(&scene, "GET", "/events");
		begin(&scene);
		settle(&scene);
		fake_say(daemon_of(&scene), whole ? OK "Content-Length: 5\r\n\r\nabwwc"
		                                  : OK "Content-Length: 10\r\n\r\nabwwc");
		settle(&scene);
		assert_client_heard(&scene, "2\r\nab\r\n");
		if (!whole)
			fake_say(daemon_of(&scene), "56789");
		else
			fake_drop(daemon_of(&scene));
		settle(&scene);
		assert_false(scene.done);
		assert_int_equal(changer.asked, 1);
		exchange_change_again(scene.exchange);
		settle(&scene);
		assert_int_equal(changer.asked, 2);
		assert_false(scene.done || client_heard(&scene, "c\r\n"));
		exchange_change_again(scene.exchange);
		finish(&scene);
		assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
		assert_client_heard(&scene, "1\r\nc\r\n");
		assert_client_heard(&scene, "0\r\n\r\n");
		close_changed(&scene);
	}
}

static void the_client_of_a_stream_hears_at_once(void **state)
{
	struct scene scene;

	(void)state;
	ask_changed(&scene, "GET", "/events");
	begin(&scene);
	settle(&scene);
	fake_say(daemon_of(&scene), OK "Transfer-Encoding: chunked\r\n\r\n");
	settle(&scene);
	assert_client_heard(&scene, "\r\n\r\n");
	fake_say(daemon_of(&scene), "1\r\na\r\n");
	settle(&scene);
	assert_client_heard(&scene, "\r\n\r\n1\r\na\r\n");
	close_changed(&scene);
}

static void what_is_not_there_may_still_be_refused(void **state)
{
	struct scene scene;

	(void)state;
	ask_changed(&scene, "GET", "/info");
	begin(&scene);
	settle(&scene);
	fake_say(daemon_of(&scene), OK "Content-Length: 10\r\n\r\nxxw");
	settle(&scene);
	assert_int_equal(evbuffer_get_length(client_of(&scene)->got), 0);
	exchange_change_again(scene.exchange);
	fake_say(daemon_of(&scene), "x!");
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_REFUSED);
	assert_int_equal(scene.outcome.status, 404);
	assert_string_equal(scene.message, "not there");
	assert_int_equal(pooled(&scene), 0);
	close_changed(&scene);
	/* What was begun is cut. */
	ask_changed(&scene, "GET", "/info");
	begin(&scene);
	settle(&scene);
	fake_say(daemon_of(&scene), OK "Content-Length: 10\r\n\r\nab");
	settle(&scene);
	fake_say(daemon_of(&scene), "!");
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_BROKEN);
	close_changed(&scene);
}

static void a_daemon_that_breaks_off_is_told(void **state)
{
	struct scene scene;

	(void)state;
	ask_changed(&scene, "GET", "/info");
	begin(&scene);
	settle(&scene);
	fake_say(daemon_of(&scene), OK "Content-Length: 10\r\n\r\nxx");
	settle(&scene);
	fake_drop(daemon_of(&scene));
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_REFUSED);
	assert_int_equal(scene.outcome.status, 502);
	assert_int_equal(changer.lasts, 0);
	close_changed(&scene);
}

/* ---- errors ---- */

static bool retell(void *context, struct evbuffer *body)
{
	assert_ptr_equal(context, &changer);
	changer.asked += (unsigned)evbuffer_get_length(body);
	return evbuffer_drain(body, 2) == 0;
}

static const char *const errors[] = {
	"HTTP/1.1 409 Conflict\r\nContent-Length: 6\r\n\r\n__tell",
	"HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n_\r\n5\r\n_tell\r\n0\r\n\r\n",
};

static void errors_are_told_anew_when_they_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		struct scene scene;

		ask_changed(&scene, "GET", "/info");
		scene.setup.retell = retell;
		scene.setup.teller = &changer;
		begin(&scene);
		settle(&scene);
		fake_say(daemon_of(&scene), errors[i]);
		finish(&scene);
		assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
		assert_client_heard(&scene, "Content-Length: 4\r\n");
		assert_client_heard(&scene, "\r\n\r\ntell");
		assert_int_equal(changer.asked, 6);
		close_changed(&scene);
	}
}

static void an_error_without_end_is_none(void **state)
{
	struct scene scene;
	char piece[4097];

	(void)state;
	memset(piece, 'e', sizeof piece - 1);
	piece[sizeof piece - 1] = '\0';
	ask_changed(&scene, "GET", "/info");
	scene.setup.retell = retell;
	scene.setup.teller = &changer;
	begin(&scene);
	settle(&scene);
	fake_say(daemon_of(&scene), "HTTP/1.1 500 Oh\r\nContent-Length: 1000000\r\n\r\n");
	for (size_t i = 0; i < 17; i++)
		fake_say(daemon_of(&scene), piece);
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_REFUSED);
	assert_int_equal(scene.outcome.status, 502);
	assert_int_equal(changer.asked, 0);
	close_changed(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_changed_body_is_framed_anew),
		cmocka_unit_test(an_old_client_gets_it_until_the_close),
		cmocka_unit_test(nothing_but_successful_bodies_is_changed),
		cmocka_unit_test(a_change_may_wait),
		cmocka_unit_test(the_client_of_a_stream_hears_at_once),
		cmocka_unit_test(what_is_not_there_may_still_be_refused),
		cmocka_unit_test(a_daemon_that_breaks_off_is_told),
		cmocka_unit_test(errors_are_told_anew_when_they_are_whole),
		cmocka_unit_test(an_error_without_end_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
