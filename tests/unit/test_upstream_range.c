/* What of the daemon's API clients may use: the daemon's word, the catalogue's, and the configuration's. */
#include "tests/unit/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct reply {
	unsigned count;
	enum upstream_result result;
	struct daemon_info info;
	char message[512];
};

static struct reply reply;

static void note_info(enum upstream_result result, const struct daemon_info *info,
                      const char *message, void *context)
{
	(void)context;
	reply.count++;
	reply.result = result;
	if (info != NULL)
		reply.info = *info;
	snprintf(reply.message, sizeof reply.message, "%s", message != NULL ? message : "");
}

static bool is_answered(struct ends *ends)
{
	(void)ends;
	return reply.count > 0;
}

/* "1.12", "1.41" and so on. */
struct daemon_words {
	const char *oldest, *newest;
};

static void say_version(struct fake_connection *connection, void *context)
{
	const struct daemon_words *words = context;
	char body[256], head[128];

	snprintf(
		body, sizeof body,
		"{\"Components\":[{\"Name\":\"Engine\"}],\"ApiVersion\":\"%s\",\"MinAPIVersion\":\"%s\"}",
		words->newest, words->oldest);
	snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(body));
	fake_say(connection, head);
	fake_say(connection, body);
}

static void ask(struct daemon_words words, const struct api_config *api)
{
	struct bench bench;

	bench_open(&bench, NULL);
	bench.daemon.asked = say_version;
	bench.daemon.context = &words;
	bench.config.api = *api;
	memset(&reply, 0, sizeof reply);
	assert_non_null(upstream_ask(bench.upstream, note_info, NULL));
	ends_run(&bench.ends, is_answered);
	bench_close(&bench);
}

/* A table of minors: what the daemon says, what is configured, and what comes of it. */
static void test_ranges_are_narrowed(void **state)
{
	static const struct {
		struct daemon_words words;
		struct api_config api;
		unsigned oldest, newest, engine, floor;
		bool capped;
	} table[] = {
		{{"1.12", "1.41"}, {.floor_auto = false}, 24, 41, 41, 0, false},
		{{"1.12", "1.41"}, {.ceiling = {1, 38}}, 24, 38, 41, 0, true},
		{{"1.12", "1.41"}, {.ceiling = {1, 41}}, 24, 41, 41, 0, false},
		{{"1.12", "1.41"}, {.ceiling = {1, 50}}, 24, 41, 41, 0, false},
		{{"1.12", "1.41"}, {.floor_auto = true}, 24, 41, 41, 24, false},
		{{"1.40", "1.52"}, {.floor_auto = true}, 40, 52, 52, 40, false},
		{{"1.40", "1.52"}, {.floor = {1, 44}}, 40, 52, 52, 44, false},
		{{"1.40", "1.52"}, {.floor = {1, 24}}, 40, 52, 52, 24, false},
		{{"1.40", "1.52"}, {.floor_auto = true, .ceiling = {1, 47}}, 40, 47, 52, 40, true},
		/* The catalogue ends somewhere, and clients must not hear of what it does not have. */
		{{"1.44", "1.70"}, {.floor_auto = false}, 44, 56, 56, 0, true},
		{{"1.44", "1.70"}, {.ceiling = {1, 50}}, 44, 50, 56, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		ask(table[i].words, &table[i].api);
		assert_int_equal(reply.result, UPSTREAM_READY);
		assert_int_equal(reply.info.range.oldest.minor, table[i].oldest);
		assert_int_equal(reply.info.range.newest.minor, table[i].newest);
		assert_int_equal(reply.info.range.engine.minor, table[i].engine);
		assert_int_equal(reply.info.range.floor.minor, table[i].floor);
		assert_true(reply.info.capped == table[i].capped);
	}
}

static void test_a_ceiling_below_the_daemon_is_told(void **state)
{
	(void)state;
	ask((struct daemon_words){"1.40", "1.52"}, &(struct api_config){.ceiling = {1, 38}});
	assert_int_equal(reply.result, UPSTREAM_REFUSED);
	assert_string_equal(reply.message, "the Docker daemon is not usable: its oldest API version is "
	                                   "above api.ceiling");
}

/* What is only assumed of a daemon is told to clients, whatever it says itself. */
static void test_an_assumed_version_caps(void **state)
{
	struct bench bench;
	struct upstream *upstream;

	(void)state;
	bench_open(&bench, NULL);
	bench.config.assumed = (struct api_version){1, 40};
	bench.config.api = (struct api_config){.floor_auto = true, .ceiling = {1, 39}};
	upstream = upstream_new(bench.ends.loop, &bench.config, NULL);
	assert_non_null(upstream);
	assert_non_null(upstream_known(upstream));
	assert_int_equal(upstream_known(upstream)->range.newest.minor, 39);
	assert_int_equal(upstream_known(upstream)->range.engine.minor, 40);
	assert_int_equal(upstream_known(upstream)->range.floor.minor, 24);
	assert_true(upstream_known(upstream)->capped);
	upstream_free(upstream);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges_are_narrowed),
		cmocka_unit_test(test_a_ceiling_below_the_daemon_is_told),
		cmocka_unit_test(test_an_assumed_version_caps),
	};

	return cmocka_run_group_tests_name("upstream_range", tests, NULL, NULL);
}
