/* Which headers of the daemon's answer reach the client. */
#include "proxy/answer_headers.h"

#include "policy/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct header from_daemon[] = {
	{"Api-Version", "1.41"},
	{"Content-Length", "10"},
	{"content-TYPE", "application/json"},
	{"Transfer-Encoding", "chunked"},
	{"Connection", "keep-alive, X-Secret"},
	{"X-Secret", "1"},
	{"Set-Cookie", "a=b"},
	{"Upgrade", "tcp"},
	{"Keep-Alive", "timeout=5"},
	{"Proxy-Authenticate", "Basic"},
	{"Trailer", "X"},
	{"Access-Control-Allow-Origin", "*"},
	{"Location", "http://elsewhere/"},
	{"X-Docker-Container-Path-Stat", "e30="},
	{"Api-Version-", "1"},
	{"Docker-Experimental", "true"},
};

static void test_the_catalogued_ones_in_order(void **state)
{
	static const char *const passed[] = {"Api-Version", "content-TYPE",
	                                     "X-Docker-Container-Path-Stat", "Docker-Experimental"};
	const struct headers from = {from_daemon, sizeof from_daemon / sizeof from_daemon[0]};
	struct arena *arena = arena_new(4096);
	struct headers to;

	(void)state;
	assert_true(answer_headers_select(arena, &from, NULL, &to));
	assert_int_equal(to.count, sizeof passed / sizeof passed[0]);
	for (size_t i = 0; i < to.count; i++)
		assert_string_equal(to.list[i].name, passed[i]);
	arena_free(arena);
}

static void test_none(void **state)
{
	const struct headers from = {NULL, 0};
	struct arena *arena = arena_new(4096);
	struct headers to;

	(void)state;
	assert_true(answer_headers_select(arena, &from, NULL, &to));
	assert_int_equal(to.count, 0);
	arena_free(arena);
}

static void test_no_memory_is_told(void **state)
{
	const struct headers from = {from_daemon, sizeof from_daemon / sizeof from_daemon[0]};
	struct arena *arena = arena_new(8);
	struct headers to;

	(void)state;
	assert_false(answer_headers_select(arena, &from, NULL, &to));
	assert_int_equal(to.count, 0);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_catalogued_ones_in_order),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_no_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
