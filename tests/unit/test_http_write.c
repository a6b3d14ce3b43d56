/* What is printed, byte for byte; what is not printed at all; and that a printed head is read back
 * as it was. */
#include "proxy/http_write.h"

#include "policy/arena.h"
#include "policy/route.h"

#include <event2/buffer.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static struct evbuffer *output;

static int open_output(void **state)
{
	(void)state;
	output = evbuffer_new();
	return output != NULL ? 0 : -1;
}

static int close_output(void **state)
{
	(void)state;
	evbuffer_free(output);
	return 0;
}

/* Compares what was printed since the last time. */
static void assert_printed(const char *expected)
{
	size_t len = evbuffer_get_length(output);
	char *text = malloc(len + 1);
	assert_non_null(text);
	assert_int_equal(evbuffer_remove(output, text, len), (int)len);
	text[len] = '\0';
	assert_string_equal(text, expected);
	free(text);
}

static struct header some_headers[] = {{"X-Registry-Auth", "abc"}, {"X-Empty", ""}};

static void prints_requests(void **state)
{
	(void)state;
	struct http_message message = {0};
	assert_true(http_write_request(output, "GET", "/v1.41/info", "docker", &message));
	assert_printed("GET /v1.41/info HTTP/1.1\r\nHost: docker\r\n\r\n");

	assert_true(http_write_request(output, "GET", "/", "", &message));
	assert_printed("GET / HTTP/1.1\r\nHost: \r\n\r\n");

	message.framing = FRAMING_LENGTH;
	message.length = UINT64_MAX;
	message.headers = (struct headers){some_headers, COUNT(some_headers)};
	assert_true(http_write_request(output, "POST", "/a?b=c", "d:1", &message));
	assert_printed("POST /a?b=c HTTP/1.1\r\nHost: d:1\r\nContent-Length: 18446744073709551615\r\n"
	               "X-Registry-Auth: abc\r\nX-Empty: \r\n\r\n");

	message.framing = FRAMING_CHUNKED;
	message.close = true;
	message.headers.count = 0;
	assert_true(http_write_request(output, "PUT", "/a", "d", &message));
	assert_printed(
		"PUT /a HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");

	message.framing = FRAMING_LENGTH;
	message.length = 0;
	message.upgrade = "tcp";
	assert_true(http_write_request(output, "POST", "/a", "d", &message));
	assert_printed("POST /a HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n"
	               "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
}

static void prints_responses(void **state)
{
	(void)state;
	struct http_message message = {.framing = FRAMING_LENGTH, .length = 20};
	assert_true(http_write_response(output, 404, NULL, &message));
	assert_printed("HTTP/1.1 404 Not Found\r\nContent-Length: 20\r\n\r\n");

	message.headers = (struct headers){some_headers, 1};
	assert_true(http_write_response(output, 200, "Fine, caf\xe9", &message));
	assert_printed(
		"HTTP/1.1 200 Fine, caf\xe9\r\nContent-Length: 20\r\nX-Registry-Auth: abc\r\n\r\n");

	message = (struct http_message){.framing = FRAMING_UNTIL_CLOSE, .close = true};
	assert_true(http_write_response(output, 599, "", &message));
	assert_printed("HTTP/1.1 599 Unknown\r\nConnection: close\r\n\r\n");

	message = (struct http_message){.upgrade = "tcp"};
	assert_true(http_write_response(output, 101, "UPGRADED", &message));
	assert_printed("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");

	message = (struct http_message){0};
	assert_true(http_write_response(output, 100, NULL, &message));
	assert_true(http_write_response(output, 204, NULL, &message));
	assert_printed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");

	message.framing = FRAMING_LENGTH;
	message.length = 7;
	assert_true(http_write_response(output, 304, NULL, &message));
	assert_printed("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
}

static void refuses_request_lines(void **state)
{
	(void)state;
	static const struct {
		const char *method, *target, *host;
	} cases[] = {
		{"", "/", "d"},
		{"get", "/", "d"},
		{"GET /x", "/", "d"},
		{"GET\r\n", "/", "d"},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG", "/", "d"},
		{"GET", "", "d"},
		{"GET", "*", "d"},
		{"GET", "http://d/", "d"},
		{"GET", "/a b", "d"},
		{"GET", "/a HTTP/1.1\r\nX: y", "d"},
		{"GET", "/a#b", "d"},
		{"GET", "/a\xc3\xa9", "d"},
		{"GET", "/a\t", "d"},
		{"GET", "/", "d\r\nX: y"},
		{"GET", "/", "a b"},
		{"GET", "/", "/var/run/docker.sock"},
	};
	const struct http_message message = {0};
	for (size_t i = 0; i < COUNT(cases); i++)
		if (http_write_request(output, cases[i].method, cases[i].target, cases[i].host, &message))
			fail_msg("case %zu was printed", i);
	assert_int_equal(evbuffer_get_length(output), 0);
}

static void refuses_headers(void **state)
{
	(void)state;
	static struct header cases[] = {
		{"", "a"},
		{"X A", "a"},
		{"X:", "a"},
		{"X\r\nY", "a"},
		{"X\xe9", "a"},
		{"X", "a\r\nY: b"},
		{"X", "a\nb"},
		{"X", "a\r"},
		{"X", "a\x01"},
		{"X", "a\x7f"},
		{"X", "\x1b[2J"},
		/* these are printed from the message or not at all */
		{"Content-Length", "1"},
		{"content-length", "1"},
		{"Transfer-Encoding", "chunked"},
		{"Connection", "close"},
		{"Keep-Alive", "timeout=1"},
		{"Upgrade", "tcp"},
		{"Host", "d"},
		{"TE", "trailers"},
		{"Trailer", "X"},
		{"Proxy-Connection", "close"},
		{"HTTP2-Settings", "AAMAAABk"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct header pair[2] = {{"X-Good", "a\tb \xff"}, cases[i]};
		const struct http_message message = {.headers = {pair, 2}};
		if (http_write_request(output, "GET", "/", "d", &message) ||
		    http_write_response(output, 200, "OK", &message))
			fail_msg("case %zu was printed", i);
	}
	assert_int_equal(evbuffer_get_length(output), 0);
}

static void refuses_messages(void **state)
{
	(void)state;
	static const struct {
		unsigned status;
		const char *reason;
		struct http_message message;
	} cases[] = {
		{0, "OK", {0}},
		{99, "OK", {0}},
		{600, "OK", {0}},
		{200, "OK\r\nX: y", {0}},
		{200, "O\x01K", {0}},
		{100, "Continue", {.framing = FRAMING_LENGTH}},
		{101, "UPGRADED", {.framing = FRAMING_CHUNKED, .upgrade = "tcp"}},
		{204, "No Content", {.framing = FRAMING_LENGTH}},
		{204, "No Content", {.framing = FRAMING_UNTIL_CLOSE}},
		{101, "UPGRADED", {.upgrade = ""}},
		{101, "UPGRADED", {.upgrade = "tcp\r\nX: y"}},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		if (http_write_response(output, cases[i].status, cases[i].reason, &cases[i].message))
			fail_msg("case %zu was printed", i);
	const struct http_message endless = {.framing = FRAMING_UNTIL_CLOSE};
	assert_false(http_write_request(output, "GET", "/", "d", &endless));
	assert_int_equal(evbuffer_get_length(output), 0);
}

static void prints_chunks(void **state)
{
	(void)state;
	struct evbuffer *data = evbuffer_new();
	assert_true(http_write_chunk(output, data));
	assert_int_equal(evbuffer_get_length(output), 0);

	evbuffer_add(data, "hello", 5);
	assert_true(http_write_chunk(output, data));
	assert_int_equal(evbuffer_get_length(data), 0);
	evbuffer_add(data, "0123456789abcdef", 16);
	evbuffer_add_reference(data, "ghij", 4, NULL, NULL);
	assert_true(http_write_chunk(output, data));
	assert_true(http_write_last_chunk(output));
	assert_printed("5\r\nhello\r\n14\r\n0123456789abcdefghij\r\n0\r\n\r\n");
	evbuffer_free(data);
}

static void prints_errors(void **state)
{
	(void)state;
	assert_true(http_write_error(output, 403, "no \"privileged\" here", false, true));
	assert_printed(
		"HTTP/1.1 403 Forbidden\r\nContent-Length: 37\r\nConnection: close\r\n"
		"Content-Type: application/json\r\n\r\n{\"message\":\"no \\\"privileged\\\" here\"}\n");
	assert_true(http_write_error(output, 404, "page not found", true, false));
	assert_printed(
		"HTTP/1.1 404 Not Found\r\nContent-Length: 29\r\nContent-Type: application/json\r\n\r\n");
	assert_false(http_write_error(output, 200, "fine", false, false));
	assert_false(http_write_error(output, 600, "worse", false, false));
	assert_int_equal(evbuffer_get_length(output), 0);
}

static void escapes_messages(void **state)
{
	(void)state;
	static const struct {
		const char *message, *json;
	} cases[] = {
		{"", ""},
		{"plain <html> & 'quotes' /", "plain <html> & 'quotes' /"},
		{"\" \\", "\\\" \\\\"},
		{"\n\r\t", "\\n\\r\\t"},
		{"\x01\x08\x0c\x1f\x7f", "\\u0001\\u0008\\u000c\\u001f\x7f"},
		{"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xb3", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xb3"},
		{"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", "\\u2028\\u2029\xe2\x80\xaa"},
		/* malformed: cut short, overlong, surrogate, beyond U+10FFFF, stray continuation */
		{"\xc3", "\\ufffd"},
		{"\xe2\x82", "\\ufffd\\ufffd"},
		{"\xf0\x9f\x90", "\\ufffd\\ufffd\\ufffd"},
		{"\xc0\x80"
	     "a",
	     "\\ufffd\\ufffda"},
		{"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},
		{"\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
		{"a\x80z\xff", "a\\ufffdz\\ufffd"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(http_write_error(output, 400, cases[i].message, false, false));
		size_t len = evbuffer_get_length(output);
		char *text = (char *)evbuffer_pullup(output, -1);
		char *body = memchr(text, '{', len);
		size_t body_len = len - (size_t)(body - text), want = strlen(cases[i].json);
		if (body_len != want + 15 || memcmp(body, "{\"message\":\"", 12) != 0 ||
		    memcmp(body + 12, cases[i].json, want) != 0 ||
		    memcmp(body + 12 + want, "\"}\n", 3) != 0)
			fail_msg("case %zu: %.*s", i, (int)body_len, body);
		evbuffer_drain(output, len);
	}
}

static void names_statuses(void **state)
{
	(void)state;
	assert_string_equal(http_reason(200), "OK");
	assert_string_equal(http_reason(431), "Request Header Fields Too Large");
	assert_string_equal(http_reason(505), "HTTP Version Not Supported");
	assert_string_equal(http_reason(299), "Unknown");
	assert_string_equal(http_reason(0), "Unknown");
}

static const struct http_limits limits = {.head_bytes = 65536, .headers = 100};

static void is_read_back(void **state)
{
	(void)state;
	struct arena *arena = arena_new(1 << 20);
	struct http_request_head request;
	struct http_response_head response;
	struct http_fault fault;
	size_t scanned = 0;
	struct http_message message = {.framing = FRAMING_LENGTH,
	                               .length = 12,
	                               .upgrade = "h2c",
	                               .headers = {some_headers, 2}};
	assert_true(http_write_request(output, "POST", "/grpc?a=b", "", &message));
	assert_int_equal(http_read_request(output, arena, &limits, &scanned, &request, &fault),
	                 HTTP_DONE);
	assert_string_equal(request.method, "POST");
	assert_string_equal(request.target, "/grpc?a=b");
	assert_int_equal(request.framing, FRAMING_LENGTH);
	assert_int_equal(request.length, 12);
	assert_true(request.upgrade);
	assert_int_equal(request.headers.count, 6);

	assert_true(http_write_response(output, 200, "OK", &message));
	assert_int_equal(http_read_response(output, arena, &limits, &scanned, METHOD_GET, &response,
	                                    &fault),
	                 HTTP_DONE);
	assert_int_equal(response.status, 200);
	assert_int_equal(response.length, 12);

	assert_true(http_write_error(output, 403, "no", false, true));
	assert_int_equal(http_read_response(output, arena, &limits, &scanned, METHOD_GET, &response,
	                                    &fault),
	                 HTTP_DONE);
	assert_int_equal(response.status, 403);
	assert_false(response.keep_alive);
	assert_int_equal(evbuffer_get_length(output), response.length);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(prints_requests, open_output, close_output),
		cmocka_unit_test_setup_teardown(prints_responses, open_output, close_output),
		cmocka_unit_test_setup_teardown(refuses_request_lines, open_output, close_output),
		cmocka_unit_test_setup_teardown(refuses_headers, open_output, close_output),
		cmocka_unit_test_setup_teardown(refuses_messages, open_output, close_output),
		cmocka_unit_test_setup_teardown(prints_chunks, open_output, close_output),
		cmocka_unit_test_setup_teardown(prints_errors, open_output, close_output),
		cmocka_unit_test_setup_teardown(escapes_messages, open_output, close_output),
		cmocka_unit_test(names_statuses),
		cmocka_unit_test_setup_teardown(is_read_back, open_output, close_output),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
