/* Which headers of the daemon's answer reach the client. */
#include "proxy/answer_headers.h"

#include "policy/arena.h"
#include "policy/verdict.h"

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

/* Who is only observed is not told; quotes and bytes beyond ASCII cannot end the text, or the line. */
static void test_remarks_become_warnings(void **state)
{
	static const struct verdict verdict = {
		.remarks = {{MODE_WARN, VERDICT_DENY, "a.conf:1 rules", "say \"no\" \\ \xc3\xbc\r\nX: 1"},
	                {MODE_OBSERVE, VERDICT_DENY, "a.conf:2 rules", "silent"},
	                {MODE_WARN, VERDICT_DENY, "a.conf:3 rules", "plain"}},
		.remark_count = 3,
	};
	static const struct verdict silent = {.remark_count = 0};
	const struct headers from = {from_daemon, 1};
	struct arena *arena = arena_new(4096);
	struct headers warnings, to;

	(void)state;
	assert_true(answer_headers_warn(arena, &silent, &warnings));
	assert_int_equal(warnings.count, 0);
	assert_true(answer_headers_warn(arena, &verdict, &warnings));
	assert_int_equal(warnings.count, 2);
	assert_true(answer_headers_select(arena, &from, &warnings, &to));
	assert_int_equal(to.count, 3);
	assert_string_equal(to.list[0].name, "Api-Version");
	assert_string_equal(to.list[1].name, "Warning");
	assert_string_equal(to.list[1].value, "299 quaymaster \"say \\\"no\\\" \\\\ ????X: 1\"");
	assert_string_equal(to.list[2].value, "299 quaymaster \"plain\"");
	arena_free(arena);
	arena = arena_new(1);
	assert_false(answer_headers_warn(arena, &verdict, &warnings));
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
		cmocka_unit_test(test_remarks_become_warnings),
		cmocka_unit_test(test_no_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
