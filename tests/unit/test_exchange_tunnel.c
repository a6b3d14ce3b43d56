/* Exchanges that become tunnels, or should not; and exchanges that are aborted. */
#include "tests/unit/exchange_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* --- tunnels ----------------------------------------------------------------------------------- */

#define SWITCH "HTTP/1.1 101 UPGRADED\r\nContent-Type: x\r\nConnection: Upgrade\r\nUpgrade: "

static const struct {
	const char *what, *said;
	bool upgrade;
	bool becomes_tunnel;
} hijacks[] = {
	{"switched", SWITCH "tcp\r\n\r\n", true, true},
	{"switched, in other letters", SWITCH "TCP\r\n\r\n", true, true},
	{"raw", OK "Content-Type: x\r\n\r\n", false, true},
	{"raw, though asked to switch", OK "Content-Type: x\r\n\r\n", true, true},
	{"to another protocol", SWITCH "h2c\r\n\r\n", true, false},
	{"to no protocol", "HTTP/1.1 101 UPGRADED\r\n\r\n", true, false},
	{"unasked", SWITCH "tcp\r\n\r\n", false, false},
};

static void test_hijacks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hijacks / sizeof hijacks[0]; i++) {
		struct scene scene;

		scene_open(&scene, silent);
		ask_for(&scene, "POST", "/containers/c/attach?stream=1", hijacks[i].upgrade);
		begin(&scene);
		settle(&scene);
		end_send(client_of(&scene), "early"); /* before it was agreed to */
		settle(&scene);
		daemon_of(&scene)->raw = true;
		fake_say(daemon_of(&scene), hijacks[i].said);
		fake_say(daemon_of(&scene), "first words");
		settle(&scene);
		if ((scene.exchange != NULL) != hijacks[i].becomes_tunnel)
			fail_msg("%s: status %u", hijacks[i].what, scene.outcome.status);
		if (!hijacks[i].becomes_tunnel) {
			assert_int_equal(scene.outcome.end, EXCHANGE_REFUSED);
			assert_int_equal(scene.outcome.status, 502);
			assert_heard(client_of(&scene)->got, "");
			scene_close(&scene);
			continue;
		}
		assert_true(exchange_is_tunnel(scene.exchange));
		scene.bench.ends.server.stream = NULL; /* the tunnel's now */
		assert_heard(daemon_of(&scene)->body, "early");
		stream_finish(client_of(&scene)->stream);
		settle(&scene);
		assert_true(daemon_of(&scene)->heard_end);
		fake_say(daemon_of(&scene), " and last");
		fake_drop(daemon_of(&scene));
		finish(&scene);
		assert_int_equal(scene.outcome.end, EXCHANGE_TUNNELLED);
		assert_int_equal(scene.outcome.bytes_in, strlen("early"));
		assert_int_equal(scene.outcome.bytes_out, strlen("first words and last"));
		assert_int_equal(
			evbuffer_search(client_of(&scene)->got, "\r\n\r\nfirst words and last", 24, NULL).pos >
				0,
			1);
		scene_close(&scene);
	}
}

/* A stream's end before the hijack is the tunnel's to pass on: `echo x | docker attach`. */
static void test_an_end_before_the_hijack(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, silent);
	ask_for(&scene, "POST", "/containers/c/attach?stream=1", true);
	end_send(client_of(&scene), "all there is");
	stream_finish(client_of(&scene)->stream);
	begin(&scene);
	settle(&scene);
	assert_false(daemon_of(&scene)->heard_end);
	daemon_of(&scene)->raw = true;
	scene.bench.ends.server.stream = NULL;
	fake_say(daemon_of(&scene), SWITCH "tcp\r\n\r\n");
	settle(&scene);
	assert_heard(daemon_of(&scene)->body, "all there is");
	assert_true(daemon_of(&scene)->heard_end);
	scene_close(&scene);
}

static void test_a_refused_hijack_is_an_answer(void **state)
{
	static const struct fake_answer answers[] = {
		{.request = "POST", .bytes = "HTTP/1.1 409 Conflict\r\nContent-Length: 10\r\n\r\n" TEN},
		{.request = NULL}};
	struct scene scene;

	(void)state;
	scene_open(&scene, answers);
	ask_for(&scene, "POST", "/containers/c/attach?stream=1", true);
	begin(&scene);
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_COMPLETE);
	assert_int_equal(scene.outcome.status, 409);
	assert_int_equal(pooled(&scene), 1);
	scene_close(&scene);
}

static void test_aborted_in_every_moment(void **state)
{
	(void)state;
	exchange_abort(NULL);
	for (unsigned moment = 0; moment < 5; moment++) {
		struct scene scene;

		scene_open(&scene, silent);
		ask_for(&scene, "POST", "/containers/c/attach?stream=1", true);
		prepare(&scene);
		if (moment >= 1)
			exchange_begin(scene.exchange);
		if (moment >= 2)
			settle(&scene);
		if (moment == 3)
			fake_say(daemon_of(&scene), OK "Content-Length: 10\r\n\r\n01234");
		if (moment == 4) {
			fake_say(daemon_of(&scene), SWITCH "tcp\r\n\r\n");
			scene.bench.ends.server.stream = NULL;
		}
		settle(&scene);
		exchange_abort(scene.exchange);
		exchange_abort(scene.exchange);
		scene.exchange = NULL;
		settle(&scene);
		assert_int_equal(scene.done, 0);
		scene_close(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hijacks),
		cmocka_unit_test(test_an_end_before_the_hijack),
		cmocka_unit_test(test_a_refused_hijack_is_an_answer),
		cmocka_unit_test(test_aborted_in_every_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
