/* What clients hear of the daemon's API versions: no newer ones than they may use. */
#include "tests/unit/exchange_scene.h"

#include <event2/buffer.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct api_range capped = {.oldest = {1, 24}, .newest = {1, 38}};

#define ANSWER   "{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\"}"
#define TOLD     "{\"ApiVersion\":\"1.38\",\"MinAPIVersion\":\"1.24\"}"
#define NO_SENSE "{\"ApiVersion\":}"

/* A table of requests, what the daemon says, and what the client gets; NULL: 502. */
static const struct row {
	const char *method, *target, *said;
	enum fake_then then;
	const char *got;
	size_t pooled;
} rows[] = {
	{"GET", "/version", OK "Api-Version: 1.41\r\nContent-Length: 44\r\n\r\n" ANSWER, FAKE_KEEP,
     OK "Content-Length: 44\r\nApi-Version: 1.38\r\n\r\n" TOLD, 1},
	{"GET", "/version", OK "Content-Length: 48\r\n\r\n" ANSWER "    ", FAKE_KEEP,
     OK "Content-Length: 44\r\n\r\n" TOLD, 1},
	{"GET", "/version",
     OK "Transfer-Encoding: chunked\r\n\r\n10\r\n{\"ApiVersion\":\"1\r\n1c\r\n.41\","
        "\"MinAPIVersion\":\"1.12\"}\r\n0\r\n\r\n",
     FAKE_KEEP, OK "Content-Length: 44\r\n\r\n" TOLD, 1},
	{"GET", "/version", OK "Connection: close\r\n\r\n" ANSWER, FAKE_FINISH,
     OK "Content-Length: 44\r\n\r\n" TOLD, 0},
	{"GET", "/_ping", OK "api-version: 1.41\r\nContent-Length: 2\r\n\r\nOK", FAKE_KEEP,
     OK "Content-Length: 2\r\napi-version: 1.38\r\n\r\nOK", 1},
	{"HEAD", "/_ping", OK "Api-Version: 1.41\r\nContent-Length: 2\r\n\r\n", FAKE_KEEP,
     OK "Content-Length: 2\r\nApi-Version: 1.38\r\n\r\n", 1},
	{"GET", "/info", OK "Api-Version: 1.30\r\nContent-Length: 44\r\n\r\n" ANSWER, FAKE_KEEP,
     OK "Content-Length: 44\r\nApi-Version: 1.30\r\n\r\n" ANSWER, 1},
	{"GET", "/version", "HTTP/1.1 500 X\r\nContent-Length: 15\r\n\r\n" NO_SENSE, FAKE_KEEP,
     "HTTP/1.1 500 X\r\nContent-Length: 15\r\n\r\n" NO_SENSE, 1},
	{"GET", "/version", OK "Content-Length: 15\r\n\r\n" NO_SENSE, FAKE_KEEP, NULL, 0},
	{"GET", "/version", OK "Content-Length: 0\r\n\r\n", FAKE_KEEP, NULL, 0},
	{"GET", "/version", OK "Content-Length: 44\r\n\r\n{\"ApiVersion\":", FAKE_FINISH, NULL, 0},
	{"GET", "/version", OK "Content-Length: 44\r\n\r\n" ANSWER "x", FAKE_KEEP, NULL, 0},
};

static void test_answers_tell_of_no_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		const struct fake_answer answers[] = {
			{.request = row->method, .bytes = row->said, .then = row->then}, {.request = NULL}};
		const struct fake_answer first[] = {{.request = "GET /version", .bytes = fake_version},
		                                    {.request = NULL}};
		struct scene scene;

		scene_open(&scene, first);
		scene.bench.daemon.answers = answers;
		ask_for(&scene, row->method, row->target, false);
		scene.setup.versions = capped;
		begin(&scene);
		finish(&scene);
		if ((scene.outcome.end == EXCHANGE_REFUSED) != (row->got == NULL))
			fail_msg("%s %s: end %d, %s", row->target, row->said, (int)scene.outcome.end,
			         scene.message);
		assert_heard(client_of(&scene)->got, row->got != NULL ? row->got : "");
		assert_int_equal(pooled(&scene), row->pooled);
		scene_close(&scene);
	}
}

/* Changes the whole of an answer as *REFUSED says. */
static enum exchange_change change_whole(void *refused, struct evbuffer *piece, bool last,
                                         struct exchange_refusal *refusal)
{
	assert_true(last);
	refusal->status = 502;
	if (*(const bool *)refused)
		return EXCHANGE_CUTS;
	evbuffer_add(piece, "!", 1);
	return EXCHANGE_CHANGED;
}

/* What is hidden in it is so behind the cap. */
static void test_a_capped_answer_is_changed_as_well(void **state)
{
	static const struct fake_answer answers[] = {{.request = "GET /v",
	                                              .bytes = OK "Content-Length: 44\r\n\r\n" ANSWER},
	                                             {.request = NULL}};
	static const struct fake_answer first[] = {{.request = "GET /version", .bytes = fake_version},
	                                           {.request = NULL}};

	(void)state;
	for (int i = 0; i < 2; i++) {
		bool refused = i == 1;
		struct scene scene;

		scene_open(&scene, first);
		scene.bench.daemon.answers = answers;
		ask_for(&scene, "GET", "/version", false);
		scene.setup.versions = capped;
		scene.setup.change = change_whole;
		scene.setup.changer = &refused;
		begin(&scene);
		finish(&scene);
		assert_heard(client_of(&scene)->got,
		             refused ? "" : OK "Content-Length: 45\r\n\r\n" TOLD "!");
		if (refused)
			assert_int_equal(scene.outcome.status, 502);
		scene_close(&scene);
	}
}

/* Without a cap the daemon's own bytes go on. */
static void test_nothing_is_touched_unasked(void **state)
{
	static const struct fake_answer answers[] = {
		{.request = "GET /v",
	     .bytes = OK "Api-Version: 1.41\r\nContent-Length: 15\r\n\r\n" NO_SENSE},
		{.request = NULL}};
	static const struct fake_answer first[] = {{.request = "GET /version", .bytes = fake_version},
	                                           {.request = NULL}};
	struct scene scene;

	(void)state;
	scene_open(&scene, first);
	scene.bench.daemon.answers = answers;
	ask_for(&scene, "GET", "/version", false);
	begin(&scene);
	finish(&scene);
	assert_heard(client_of(&scene)->got,
	             OK "Content-Length: 15\r\nApi-Version: 1.41\r\n\r\n" NO_SENSE);
	scene_close(&scene);
}

/* It is kept whole, so it must not be large. */
static void test_an_endless_answer_is_given_up(void **state)
{
	static const struct fake_answer first[] = {{.request = "GET /version", .bytes = fake_version},
	                                           {.request = NULL}};
	struct scene scene;
	char piece[4096];

	(void)state;
	scene_open(&scene, first);
	scene.bench.daemon.answers = silent;
	ask_for(&scene, "GET", "/version", false);
	scene.setup.versions = capped;
	begin(&scene);
	settle(&scene);
	memset(piece, ' ', sizeof piece);
	fake_say(daemon_of(&scene), OK "Content-Length: 1048576\r\n\r\n");
	for (size_t i = 0; i < 17; i++)
		fake_say_bytes(daemon_of(&scene), piece, sizeof piece);
	finish(&scene);
	assert_int_equal(scene.outcome.end, EXCHANGE_REFUSED);
	assert_int_equal(scene.outcome.status, 502);
	assert_string_equal(scene.message, "the daemon's answer about its version makes no sense");
	scene_close(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_tell_of_no_more),
		cmocka_unit_test(test_a_capped_answer_is_changed_as_well),
		cmocka_unit_test(test_nothing_is_touched_unasked),
		cmocka_unit_test(test_an_endless_answer_is_given_up),
	};

	return cmocka_run_group_tests_name("exchange_versions", tests, NULL, NULL);
}
