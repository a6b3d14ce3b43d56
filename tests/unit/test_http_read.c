/* Heads as peers send and mis-send them, mostly a table file: every case is read whole, byte by
 * byte and in scattered pieces, and must come out the same each time. */
#include "proxy/http_read.h"

#include "policy/arena.h"
#include "policy/route.h"

#include <event2/buffer.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(literal) literal, sizeof(literal) - 1
#define COUNT(table)   (sizeof(table) / sizeof *(table))
#define HOST           "Host: docker\r\n"
#define GET            "GET /_ping HTTP/1.1\r\n" HOST
#define POST           "POST /containers/create HTTP/1.1\r\n" HOST
#define OLD            "POST /containers/create HTTP/1.0\r\n"
#define END            "\r\n"
#define OK             "HTTP/1.1 200 OK\r\n"

static const struct http_limits limits = {.head_bytes = 65536, .headers = 100};

/* How the bytes arrive. */
enum delivery { WHOLE, BYTEWISE, SCATTERED, DELIVERIES };

enum { KEEP = 1, UPGRADE = 2, EXPECT = 4 };

struct outcome {
	enum http_result result;
	struct http_fault fault;
	struct http_request_head request;
	struct http_response_head response;
	size_t left;   /* bytes in the input afterwards, and never delivered */
	size_t needed; /* bytes that had arrived when the result was there */
	struct arena *arena;
};

/* Reads one head; ASKED is METHOD_UNKNOWN for a request. */
static void read_one(const char *bytes, size_t len, enum delivery delivery,
                     const struct http_limits *bounds, enum method asked, struct outcome *outcome)
{
	static const size_t steps[DELIVERIES] = {SIZE_MAX, 1, 7};
	struct evbuffer *input = evbuffer_new();
	size_t scanned = 0, sent = 0;
	memset(outcome, 0, sizeof *outcome);
	outcome->arena = arena_new(1 << 20);
	assert_non_null(input);
	assert_non_null(outcome->arena);
	do {
		size_t step = len - sent < steps[delivery] ? len - sent : steps[delivery];
		/* A reference makes a chain of its own. */
		assert_int_equal(evbuffer_add_reference(input, bytes + sent, step, NULL, NULL), 0);
		sent += step;
		outcome->result = asked == METHOD_UNKNOWN
		                      ? http_read_request(input, outcome->arena, bounds, &scanned,
		                                          &outcome->request, &outcome->fault)
		                      : http_read_response(input, outcome->arena, bounds, &scanned, asked,
		                                           &outcome->response, &outcome->fault);
		if (outcome->result == HTTP_MORE)
			assert_int_equal(evbuffer_get_length(input), sent);
	} while (outcome->result == HTTP_MORE && sent < len);
	if (outcome->result == HTTP_DONE)
		assert_int_equal(scanned, 0);
	outcome->needed = sent;
	outcome->left = evbuffer_get_length(input) + (len - sent);
	evbuffer_free(input);
}

struct accepted_request {
	const char *bytes;
	size_t len;
	const char *target;
	size_t headers;
	enum http_framing framing;
	uint64_t length;
	unsigned flags;
	size_t left;
};

static const struct accepted_request accepted_requests[] = {
	{BYTES(GET END), "/_ping", 1, FRAMING_NONE, 0, KEEP, 0},
	{BYTES("HEAD /_ping HTTP/1.1\r\nHost:\r\n\r\n"), "/_ping", 1, FRAMING_NONE, 0, KEEP, 0},
	{BYTES("GET / HTTP/1.1\r\nHost: \t \r\n\r\n"), "/", 1, FRAMING_NONE, 0, KEEP, 0},
	{BYTES("GET /a?b=c&d=%2F HTTP/1.1\r\nHost: %2Fvar%2Frun%2Fdocker.sock\r\n\r\n"), "/a?b=c&d=%2F",
     1, FRAMING_NONE, 0, KEEP, 0},
	{BYTES("GET /a HTTP/1.1\r\nHost: [::1]:2376\r\n\r\n"), "/a", 1, FRAMING_NONE, 0, KEEP, 0},
	{BYTES("GET /a HTTP/1.1\r\nhOsT: d\r\n\r\n"), "/a", 1, FRAMING_NONE, 0, KEEP, 0},
	{BYTES("DELETE /containers/x?force=1 HTTP/1.1\r\n" HOST END), "/containers/x?force=1", 1,
     FRAMING_NONE, 0, KEEP, 0},
	{BYTES("PUT /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"), "/a", 2, FRAMING_LENGTH, 3,
     KEEP, 3},
	{BYTES("OPTIONS /a HTTP/1.1\r\n" HOST END), "/a", 1, FRAMING_NONE, 0, KEEP, 0},
	{BYTES("CONNECT /a HTTP/1.1\r\n" HOST END), "/a", 1, FRAMING_NONE, 0, KEEP, 0},
	{BYTES("GET /!\"$%&'()*+,-./:;<=>?@[\\]^_`{|}~ HTTP/1.1\r\n" HOST END),
     "/!\"$%&'()*+,-./:;<=>?@[\\]^_`{|}~", 1, FRAMING_NONE, 0, KEEP, 0},
	{BYTES("GET //a/../b HTTP/1.1\r\n" HOST END), "//a/../b", 1, FRAMING_NONE, 0, KEEP, 0},
	/* values */
	{BYTES(GET "X-A:b\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(GET "X-A:\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(GET "X-A: \t\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(GET "X-A: \t b\tc  d \t\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(GET "X-A: caf\xc3\xa9 \xff\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(GET "X-A: b: c\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(GET "X-A: b\r\nX-A: b\r\nx-a: c\r\n\r\n"), "/_ping", 4, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(GET "!#$%&'*+-.^_`|~0aZ: b\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, KEEP, 0},
	/* lookalikes of framing headers frame nothing */
	{BYTES(POST "Content_Length: 5\r\nTransfer_Encoding: chunked\r\n\r\n"), "/containers/create", 3,
     FRAMING_NONE, 0, KEEP, 0},
	{BYTES(POST "X-Content-Length: 5\r\nContent-Length: 6\r\n\r\n"), "/containers/create", 3,
     FRAMING_LENGTH, 6, KEEP, 0},
	{BYTES(POST "Transfer-Encodin: chunked\r\nTransfer-Encodingg: x\r\n\r\n"), "/containers/create",
     3, FRAMING_NONE, 0, KEEP, 0},
	/* lengths */
	{BYTES(POST "Content-Length: 0\r\n\r\n"), "/containers/create", 2, FRAMING_LENGTH, 0, KEEP, 0},
	{BYTES(POST "content-LENGTH:42\r\n\r\n"), "/containers/create", 2, FRAMING_LENGTH, 42, KEEP, 0},
	{BYTES(POST "Content-Length: \t 42  \r\n\r\n"), "/containers/create", 2, FRAMING_LENGTH, 42,
     KEEP, 0},
	{BYTES(POST "Content-Length: 00031\r\n\r\n"), "/containers/create", 2, FRAMING_LENGTH, 31, KEEP,
     0},
	{BYTES(POST "Content-Length: 4294967296\r\n\r\n"), "/containers/create", 2, FRAMING_LENGTH,
     4294967296, KEEP, 0},
	{BYTES(POST "Content-Length: 999999999999999999\r\n\r\n"), "/containers/create", 2,
     FRAMING_LENGTH, 999999999999999999, KEEP, 0},
	{BYTES(GET "Content-Length: 5\r\n\r\nhello"), "/_ping", 2, FRAMING_LENGTH, 5, KEEP, 5},
	/* chunked */
	{BYTES(POST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "/containers/create", 2,
     FRAMING_CHUNKED, 0, KEEP, 5},
	{BYTES(POST "transfer-encoding: CHUNKED\r\n\r\n"), "/containers/create", 2, FRAMING_CHUNKED, 0,
     KEEP, 0},
	{BYTES(POST "Transfer-Encoding:\tchunked \r\n\r\n"), "/containers/create", 2, FRAMING_CHUNKED,
     0, KEEP, 0},
	{BYTES(GET "Transfer-Encoding: chunked\r\n\r\n"), "/_ping", 2, FRAMING_CHUNKED, 0, KEEP, 0},
	{BYTES(POST "Trailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n"), "/containers/create", 3,
     FRAMING_CHUNKED, 0, KEEP, 0},
	/* persistence */
	{BYTES(GET "Connection: close\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, 0, 0},
	{BYTES(GET "Connection: CLOSE\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, 0, 0},
	{BYTES(GET "Connection: keep-alive, close\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, 0, 0},
	{BYTES(GET "Connection: keep-alive\r\nConnection: close\r\n\r\n"), "/_ping", 3, FRAMING_NONE, 0,
     0, 0},
	{BYTES(GET "Connection: , ,close,\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, 0, 0},
	{BYTES(GET "Connection:\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(GET "Connection: closed\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(GET "Connection: X-Absent\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(GET "Connection: Keep-Alive\r\nKeep-Alive: timeout=5\r\n\r\n"), "/_ping", 3,
     FRAMING_NONE, 0, KEEP, 0},
	{BYTES(GET "Connection: TE\r\nTE: trailers\r\n\r\n"), "/_ping", 3, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(OLD END), "/containers/create", 0, FRAMING_NONE, 0, 0, 0},
	{BYTES(OLD HOST END), "/containers/create", 1, FRAMING_NONE, 0, 0, 0},
	{BYTES(OLD "Connection: keep-alive\r\n\r\n"), "/containers/create", 1, FRAMING_NONE, 0, KEEP,
     0},
	{BYTES(OLD "Connection: keep-alive, close\r\n\r\n"), "/containers/create", 1, FRAMING_NONE, 0,
     0, 0},
	{BYTES(OLD "Content-Length: 5\r\n\r\nhello"), "/containers/create", 1, FRAMING_LENGTH, 5, 0, 5},
	/* upgrades */
	{BYTES(POST "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly"), "/containers/create", 3,
     FRAMING_NONE, 0, KEEP | UPGRADE, 5},
	{BYTES(POST "Upgrade: tcp\r\n\r\n"), "/containers/create", 2, FRAMING_NONE, 0, KEEP | UPGRADE,
     0},
	{BYTES(POST "Upgrade:\r\n\r\n"), "/containers/create", 2, FRAMING_NONE, 0, KEEP | UPGRADE, 0},
	{BYTES(POST "Connection: keep-alive, upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}"),
     "/containers/create", 4, FRAMING_LENGTH, 2, KEEP | UPGRADE, 2},
	{BYTES(POST "Connection: Upgrade\r\nUpgrade: tcp\r\nTransfer-Encoding: chunked\r\n\r\n"),
     "/containers/create", 4, FRAMING_CHUNKED, 0, KEEP | UPGRADE, 0},
	{BYTES(POST "Connection: Upgrade\r\n\r\n"), "/containers/create", 2, FRAMING_NONE, 0, KEEP, 0},
	/* expectations */
	{BYTES(POST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"), "/containers/create", 3,
     FRAMING_LENGTH, 5, KEEP | EXPECT, 0},
	{BYTES(POST "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n"), "/containers/create",
     3, FRAMING_CHUNKED, 0, KEEP | EXPECT, 0},
	{BYTES(POST "Expect: 100-continue\r\n\r\n"), "/containers/create", 2, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(POST "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n"), "/containers/create", 3,
     FRAMING_LENGTH, 0, KEEP, 0},
	{BYTES(OLD "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"), "/containers/create", 2,
     FRAMING_LENGTH, 5, 0, 0},
	{BYTES(OLD "Expect: miracles\r\n\r\n"), "/containers/create", 1, FRAMING_NONE, 0, 0, 0},
	/* codings */
	{BYTES(POST "Content-Encoding: identity\r\n\r\n"), "/containers/create", 2, FRAMING_NONE, 0,
     KEEP, 0},
	{BYTES(GET "TE: trailers\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(GET "Accept-Encoding: gzip\r\n\r\n"), "/_ping", 2, FRAMING_NONE, 0, KEEP, 0},
	/* what is around a head */
	{BYTES("\r\n" GET END), "/_ping", 1, FRAMING_NONE, 0, KEEP, 0},
	{BYTES(GET END "GET /two HTTP/1.1\r\n" HOST END), "/_ping", 1, FRAMING_NONE, 0, KEEP, 35},
	{BYTES(GET END "\r\n"), "/_ping", 1, FRAMING_NONE, 0, KEEP, 2},
	{BYTES(GET END "\0\n\r\xff"), "/_ping", 1, FRAMING_NONE, 0, KEEP, 4},
};

static void fail_case(const char *table, size_t number, enum delivery delivery, const char *what)
{
	fail_msg("%s[%zu], delivery %d: %s", table, number, (int)delivery, what);
}

static void check_accepted(size_t number, enum delivery delivery, const struct outcome *outcome)
{
	const struct accepted_request *want = &accepted_requests[number];
	const struct http_request_head *head = &outcome->request;
	unsigned flags = (head->keep_alive ? KEEP : 0U) | (head->upgrade ? UPGRADE : 0U) |
	                 (head->expect_continue ? EXPECT : 0U);
	if (outcome->result != HTTP_DONE)
		fail_case("accepted_requests", number, delivery,
		          outcome->result == HTTP_BAD ? outcome->fault.message : "not complete");
	if (strcmp(head->target, want->target) != 0)
		fail_case("accepted_requests", number, delivery, head->target);
	if (head->headers.count != want->headers)
		fail_case("accepted_requests", number, delivery, "headers");
	if (head->framing != want->framing || head->length != want->length)
		fail_case("accepted_requests", number, delivery, "framing");
	if (flags != want->flags)
		fail_case("accepted_requests", number, delivery, "flags");
	if (outcome->left != want->left)
		fail_case("accepted_requests", number, delivery, "what is left");
}

static void accepts_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(accepted_requests); i++) {
		for (enum delivery delivery = WHOLE; delivery < DELIVERIES; delivery++) {
			struct outcome outcome;
			read_one(accepted_requests[i].bytes, accepted_requests[i].len, delivery, &limits,
			         METHOD_UNKNOWN, &outcome);
			check_accepted(i, delivery, &outcome);
			arena_free(outcome.arena);
		}
	}
}

struct refused {
	const char *bytes;
	size_t len;
	unsigned status;
	const char *message; /* a part of it */
};

static const struct refused refused_requests[] = {
	/* line ends */
	{BYTES("GET /_ping HTTP/1.1\n"), 400, "LF without CR"},
	{BYTES("GET /_ping HTTP/1.1\r\nHost: d\n"), 400, "LF without CR"},
	{BYTES(GET "X-A: b\n"), 400, "LF without CR"},
	{BYTES(GET "X-A: b\n\nGET /x HTTP/1.1\r\n"), 400, "LF without CR"},
	{BYTES(GET "\n"), 400, "LF without CR"},
	{BYTES("\n"), 400, "LF without CR"},
	{BYTES("\r\n\n"), 400, "LF without CR"},
	{BYTES("GET /_ping HTTP/1.1\rH"), 400, "not followed by LF"},
	{BYTES("GET /_ping HTTP/1.1\r\r\n"), 400, "not followed by LF"},
	{BYTES(GET "X-A: a\rb\r\n\r\n"), 400, "not followed by LF"},
	{BYTES(GET "X-A: a\r\rGET /x HTTP/1.1\r\n\r\n"), 400, "not followed by LF"},
	{BYTES(GET "X-A: a\r\r\n"), 400, "not followed by LF"},
	{BYTES(GET "\r\r\n"), 400, "not followed by LF"},
	{BYTES(GET "\rX"), 400, "not followed by LF"},
	{BYTES("\rGET"), 400, "not followed by LF"},
	{BYTES("\r\n\r\n"), 400, "empty line"},
	{BYTES("\r\n\r\nGET / HTTP/1.1\r\n" HOST END), 400, "empty line"},
	/* bytes that no head has */
	{BYTES("\x16\x03\x01\x02"), 400, "control"},
	{BYTES("\0"), 400, "control"}, /* H08 */
	{BYTES("G\0T / HTTP/1.1\r\n"), 400, "control"},
	{BYTES("GET /_ping\0 HTTP/1.1\r\n"), 400, "control"},
	{BYTES(GET "X-A: a\0b\r\n"), 400, "control"},
	{BYTES(GET "X-A: a\x01"
               "b\r\n"),
     400, "control"},
	{BYTES(GET "X-A: \x0b\r\n"), 400, "control"},
	{BYTES(GET "X-A: \x1b[31m\r\n"), 400, "control"},
	{BYTES(GET "X-A: \x7f\r\n"), 400, "control"},
	{BYTES(GET "X\0: a\r\n"), 400, "control"},
	{BYTES(GET "Transfer-Encoding: \x0c"
               "chunked\r\n"),
     400, "control"},
	/* request lines, refused before the rest of the head is there */
	{BYTES("get /_ping HTTP/1.1\r\n"), 400, "method"},
	{BYTES("Get /_ping HTTP/1.1\r\n"), 400, "method"},
	{BYTES(" GET /_ping HTTP/1.1\r\n"), 400, "method"},
	{BYTES("\tGET /_ping HTTP/1.1\r\n"), 400, "method"},
	{BYTES("G(T /_ping HTTP/1.1\r\n"), 400, "method"},
	{BYTES("M-SEARCH /_ping HTTP/1.1\r\n"), 400, "method"},
	{BYTES("G\xc3\x89T /_ping HTTP/1.1\r\n"), 400, "method"},
	{BYTES("GET\t/_ping\tHTTP/1.1\r\n"), 400, "method"},
	{BYTES("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n"), 400, "method"},
	{BYTES("SSH-2.0-OpenSSH_9.2\r\n"), 400, "method"},
	{BYTES("GET\r\n"), 400, "METHOD /path"},
	{BYTES("GET \r\n"), 400, "METHOD /path"},
	{BYTES("GET /_ping\r\n"), 400, "METHOD /path"},
	{BYTES("PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n"), 400, "version"},
	{BYTES("GET /_ping \r\n"), 400, "version"},
	{BYTES("GET  /_ping HTTP/1.1\r\n"), 400, "version"},
	{BYTES("GET /_ping  HTTP/1.1\r\n"), 400, "version"},
	{BYTES("GET /_ping HTTP/1.1 \r\n"), 400, "version"},
	{BYTES("GET /_ping HTTP/1.1\t\r\n"), 400, "version"},
	{BYTES("GET /_ping x HTTP/1.1\r\n"), 400, "version"},
	{BYTES("GET /_ping http/1.1\r\n"), 400, "version"},
	{BYTES("GET /_ping HTTX/1.1\r\n"), 400, "version"},
	{BYTES("GET /_ping ICE/1.0\r\n"), 400, "version"},
	{BYTES("GET /_ping HTTP/1\r\n"), 400, "version"},
	{BYTES("GET /_ping HTTP/3\r\n"), 400, "version"},
	{BYTES("GET /_ping HTTP/\r\n"), 400, "version"},
	{BYTES("GET /_ping HTTP/1,1\r\n"), 400, "version"},
	{BYTES("GET /_ping HTTP/01.1\r\n"), 400, "version"},
	{BYTES("GET /_ping HTTP/1.01\r\n"), 400, "version"},
	{BYTES("GET /_ping HTTP/1.x\r\n"), 400, "version"},
	{BYTES("GET /_ping HTTP/1.\xb1\r\n"), 400, "version"},
	{BYTES("GET /_ping HTTP/1.2\r\n"), 505, "HTTP/1.1"},
	{BYTES("GET /_ping HTTP/0.9\r\n"), 505, "HTTP/1.1"},
	{BYTES("GET /_ping HTTP/2.0\r\n"), 505, "HTTP/1.1"},
	{BYTES("GET /_ping HTTP/9.9\r\n"), 505, "HTTP/1.1"},
	{BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505, "HTTP/2 is not spoken"},
	{BYTES("PRI * HTTP/1.1\r\n"), 400, "target"},
	/* targets */
	{BYTES("GET  HTTP/1.1\r\n"), 400, "target"},
	{BYTES("OPTIONS * HTTP/1.1\r\n"), 400, "target"},
	{BYTES("GET _ping HTTP/1.1\r\n"), 400, "target"},
	{BYTES("GET ?a HTTP/1.1\r\n"), 400, "target"},
	{BYTES("GET \\_ping HTTP/1.1\r\n"), 400, "target"},
	{BYTES("GET http://docker/_ping HTTP/1.1\r\n"), 400, "target"},
	{BYTES("GET http:/_ping HTTP/1.1\r\n"), 400, "target"},
	{BYTES("CONNECT docker:80 HTTP/1.1\r\n"), 400, "target"},
	{BYTES("GET /_ping#x HTTP/1.1\r\n"), 400, "target"},
	{BYTES("GET /_ping?a#/../x HTTP/1.1\r\n"), 400, "target"},
	{BYTES("GET /_ping\t HTTP/1.1\r\n"), 400, "target"},
	{BYTES("GET /\xc3\xa9 HTTP/1.1\r\n"), 400, "target"},
	{BYTES("GET /a\xff HTTP/1.1\r\n"), 400, "target"},
	/* a method that the second reader does not know */
	{BYTES("BREW /pot HTTP/1.1\r\n" HOST END), 400, "two ways"},
	/* header lines */
	{BYTES("GET / HTTP/1.1\r\n Host: d\r\n\r\n"), 400, "white space"},
	{BYTES(GET "X-A: a\r\n b\r\n\r\n"), 400, "white space"},
	{BYTES(GET "X-A: a\r\n\tb\r\n\r\n"), 400, "white space"},
	{BYTES(GET "X-A:\r\n \r\n\r\n"), 400, "white space"},
	{BYTES(POST "Content-Length:\r\n 71\r\n\r\n"), 400, "white space"},
	{BYTES(GET "X-A : b\r\n\r\n"), 400, "white space"},
	{BYTES(GET "X-A\t: b\r\n\r\n"), 400, "white space"},
	{BYTES(GET "X A: b\r\n\r\n"), 400, "white space"},
	{BYTES(POST "Transfer-Encoding : chunked\r\n\r\n"), 400, "white space"},
	{BYTES(GET ": b\r\n\r\n"), 400, "no name"},
	{BYTES(GET ":\r\n\r\n"), 400, "no name"},
	{BYTES(GET "X-A\r\n\r\n"), 400, "no colon"},
	{BYTES(GET "Content-Length 10\r\n\r\n"), 400, "white space"},
	{BYTES(GET "X(A): b\r\n\r\n"), 400, "no name may have"},
	{BYTES(GET "\"X\": b\r\n\r\n"), 400, "no name may have"},
	{BYTES(GET "X@: b\r\n\r\n"), 400, "no name may have"},
	{BYTES(GET "X-\xc3\xa9: b\r\n\r\n"), 400, "no name may have"},
	{BYTES(POST "Transfer-Encoding\xa0: chunked\r\n\r\n"), 400, "no name may have"},
	{BYTES(POST "Transfer-\r\nEncoding: chunked\r\n\r\n"), 400, "no colon"},
	/* Host */
	{BYTES("GET / HTTP/1.1\r\n\r\n"), 400, "Host header is missing"},
	{BYTES(GET "Host: docker\r\n\r\n"), 400, "Host is given"},
	{BYTES(GET "host: evil\r\n\r\n"), 400, "Host is given"},
	{BYTES(OLD HOST HOST END), 400, "Host is given"},
	{BYTES("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400, "Host is malformed"},
	{BYTES("GET / HTTP/1.1\r\nHost: /var/run/docker.sock\r\n\r\n"), 400, "Host is malformed"},
	{BYTES("GET / HTTP/1.1\r\nHost: a\\b\r\n\r\n"), 400, "Host is malformed"},
	{BYTES("GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"), 400, "Host is malformed"},
	{BYTES("GET / HTTP/1.1\r\nHost: a\"b\r\n\r\n"), 400, "Host is malformed"},
	{BYTES("GET / HTTP/1.1\r\nHost: a<b\r\n\r\n"), 400, "Host is malformed"},
	{BYTES("GET / HTTP/1.1\r\nHost: a>b\r\n\r\n"), 400, "Host is malformed"},
	{BYTES("GET / HTTP/1.1\r\nHost: a?b\r\n\r\n"), 400, "Host is malformed"},
	{BYTES("GET / HTTP/1.1\r\nHost: a#b\r\n\r\n"), 400, "Host is malformed"},
	{BYTES("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400, "Host is malformed"},
	{BYTES("GET / HTTP/1.1\r\nHost: a\tb\r\n\r\n"), 400, "Host is malformed"},
	{BYTES("GET / HTTP/1.1\r\nHost: \xff"
           "a\r\n\r\n"),
     400, "Host is malformed"},
	{BYTES("GET / HTTP/1.0\r\nHost: a/b\r\n\r\n"), 400, "Host is malformed"},
	/* framing */
	{BYTES(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), 400, "together"},
	{BYTES(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"), 400, "together"},
	{BYTES(POST "Transfer-Encoding: nonsense\r\nContent-Length: 0\r\n\r\n"), 400, "together"},
	{BYTES(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), 400,
     "more than once"},
	{BYTES(POST "Transfer-Encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n"), 400,
     "more than once"},
	{BYTES(POST "Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n\r\n"), 400, "more than once"},
	{BYTES(OLD "Transfer-Encoding: chunked\r\n\r\n"), 400, "HTTP/1.0"},
	{BYTES(POST "Transfer-Encoding: gzip\r\n\r\n"), 501, "chunked"},
	{BYTES(POST "Transfer-Encoding: identity\r\n\r\n"), 501, "chunked"},
	{BYTES(POST "Transfer-Encoding: xchunked\r\n\r\n"), 501, "chunked"},
	{BYTES(POST "Transfer-Encoding: chunk\r\n\r\n"), 501, "chunked"},
	{BYTES(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501, "chunked"},
	{BYTES(POST "Transfer-Encoding: chunked, chunked\r\n\r\n"), 501, "chunked"},
	{BYTES(POST "Transfer-Encoding: chunked, gzip\r\n\r\n"), 501, "chunked"},
	{BYTES(POST "Transfer-Encoding: ,chunked\r\n\r\n"), 501, "chunked"},
	{BYTES(POST "Transfer-Encoding: chunked,\r\n\r\n"), 501, "chunked"},
	{BYTES(POST "Transfer-Encoding:\r\n\r\n"), 400, "malformed"},
	{BYTES(POST "Transfer-Encoding: ,\r\n\r\n"), 400, "malformed"},
	{BYTES(POST "Transfer-Encoding: \"chunked\"\r\n\r\n"), 400, "malformed"},
	{BYTES(POST "Transfer-Encoding: chunked;q=1\r\n\r\n"), 400, "malformed"},
	{BYTES(POST "Transfer-Encoding: [chunked]\r\n\r\n"), 400, "malformed"},
	{BYTES(POST "Transfer-Encoding: chu nked\r\n\r\n"), 400, "malformed"},
	{BYTES(POST "Transfer-Encoding: chunked \xa0\r\n\r\n"), 400, "malformed"},
	{BYTES(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), 400, "more than once"},
	{BYTES(POST "Content-Length: 5\r\ncontent-length: 6\r\n\r\n"), 400, "more than once"},
	{BYTES(POST "Content-Length:\r\nContent-Length: 43\r\n\r\n"), 400, "more than once"},
	{BYTES(POST "Content-Length: 5, 5\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length:\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: +5\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: -1\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: -0\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: 0x10\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: 5.0\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: 5e0\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: 1_0\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: 4 2\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: \"5\"\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: five\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: \xd9\xa5\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: 9223372036854775808\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: 1000000000000000000\r\n\r\n"), 400, "decimal"},
	{BYTES(POST "Content-Length: 0000000000000000005\r\n\r\n"), 400, "decimal"},
	/* a TAB behind the number is white space to us and a fault to the second reader */
	{BYTES(POST "Content-Length: 5\t\r\n\r\n"), 400, "two ways"},
	{BYTES(POST "Transfer-Encoding: chunked\t\r\n\r\n"), 400, "two ways"},
	/* expectations, upgrades, codings, connection */
	{BYTES(POST "Expect: 200-ok\r\n\r\n"), 417, "100-continue"},
	{BYTES(POST "Expect:\r\n\r\n"), 417, "100-continue"},
	{BYTES(POST "Expect: 100-continue, x\r\n\r\n"), 417, "100-continue"},
	{BYTES(POST "Expect: y 100-continue\r\n\r\n"), 417, "100-continue"},
	{BYTES(POST "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n"), 417, "100-continue"},
	{BYTES(POST "Upgrade: tcp\r\nUpgrade: tcp\r\n\r\n"), 400, "Upgrade is given more"},
	{BYTES(OLD "Upgrade: tcp\r\nConnection: Upgrade\r\n\r\n"), 400, "HTTP/1.0"},
	{BYTES(
		 GET
		 "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"),
     400, "Connection names"},
	{BYTES(GET "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"), 400, "HTTP2-Settings"},
	{BYTES(GET "HTTP2-Settings:\r\n\r\n"), 400, "HTTP2-Settings"},
	{BYTES(POST "Content-Encoding: gzip\r\n\r\n"), 400, "Content-Encoding"},
	{BYTES(POST "Content-Encoding:\r\n\r\n"), 400, "Content-Encoding"},
	{BYTES(POST "Content-Encoding: identity, gzip\r\n\r\n"), 400, "Content-Encoding"},
	{BYTES(POST "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n\r\n"), 400,
     "Content-Encoding"},
	{BYTES(POST "Connection: close, Content-Length\r\nContent-Length: 5\r\n\r\n"), 400,
     "Connection names"},
	{BYTES(POST "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n"), 400,
     "Connection names"},
	{BYTES(POST "Connection: content-type\r\nContent-Type: application/json\r\n\r\n"), 400,
     "Connection names"},
	{BYTES(POST "X-Registry-Auth: abc\r\nConnection: x-registry-auth\r\n\r\n"), 400,
     "Connection names"},
	{BYTES(POST "Connection: host\r\n\r\n"), 400, "Connection names"},
	{BYTES(POST "Connection: connection\r\n\r\n"), 400, "Connection names"},
	{BYTES(GET "Connection: close keep-alive\r\n\r\n"), 400, "Connection is malformed"},
	{BYTES(GET "Connection: close;x\r\n\r\n"), 400, "Connection is malformed"},
	{BYTES(GET "Connection: \"close\"\r\n\r\n"), 400, "Connection is malformed"},
	{BYTES(GET "Connection: caf\xe9\r\n\r\n"), 400, "Connection is malformed"},
};

static void check_refused(const char *table, const struct refused *cases, size_t count,
                          enum method asked)
{
	for (size_t i = 0; i < count; i++) {
		size_t needed = 0;
		for (enum delivery delivery = BYTEWISE; delivery < DELIVERIES; delivery++) {
			struct outcome outcome;
			read_one(cases[i].bytes, cases[i].len, delivery, &limits, asked, &outcome);
			if (outcome.result != HTTP_BAD)
				fail_case(table, i, delivery,
				          outcome.result == HTTP_MORE ? "not refused" : "accepted");
			if (strstr(outcome.fault.message, cases[i].message) == NULL)
				fail_case(table, i, delivery, outcome.fault.message);
			if (outcome.fault.status != cases[i].status)
				fail_case(table, i, delivery, "status");
			if (delivery == BYTEWISE)
				needed = outcome.needed;
			arena_free(outcome.arena);
		}
		/* Nothing less is enough, and the rest of the bytes changes nothing. */
		struct outcome whole, less;
		read_one(cases[i].bytes, cases[i].len, WHOLE, &limits, asked, &whole);
		read_one(cases[i].bytes, needed - 1, WHOLE, &limits, asked, &less);
		if (whole.result != HTTP_BAD || whole.fault.status != cases[i].status ||
		    less.result != HTTP_MORE)
			fail_case(table, i, WHOLE, "depends on how it arrives");
		arena_free(whole.arena);
		arena_free(less.arena);
	}
}

static void refuses_requests(void **state)
{
	(void)state;
	check_refused("refused_requests", refused_requests, COUNT(refused_requests), METHOD_UNKNOWN);
}

/* Malformed bytes and first lines are refused when they come, not when the head ends. */
static void refuses_at_once(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t needed;
	} cases[] = {
		{"GET / HTTP/1.1\nHost: d\r\n\r\n", sizeof "GET / HTTP/1.1\n" - 1},
		{"GET / HTTP/1.1\rHost: d\r\n\r\n", sizeof "GET / HTTP/1.1\rH" - 1},
		{"GET / HTTP/1.1\r\nX:\x01 d\r\n\r\n", sizeof "GET / HTTP/1.1\r\nX:\x01" - 1},
		{"GET / HTTP/1.1\r\n X: d\r\n\r\n", sizeof "GET / HTTP/1.1\r\n " - 1},
		{"GET / HTTP/1.1\r\nX: d\r\n\te\r\n\r\n", sizeof "GET / HTTP/1.1\r\nX: d\r\n\t" - 1},
		{"GET / HTTP/2.0\r\nHost: d\r\n\r\n", sizeof "GET / HTTP/2.0\r\n" - 1},
		{"\r\nget / HTTP/1.1\r\nHost: d\r\n\r\n", sizeof "\r\nget / HTTP/1.1\r\n" - 1},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", sizeof "PRI * HTTP/2.0\r\n" - 1},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct outcome outcome;
		read_one(cases[i].bytes, strlen(cases[i].bytes), BYTEWISE, &limits, METHOD_UNKNOWN,
		         &outcome);
		assert_int_equal(outcome.result, HTTP_BAD);
		assert_int_equal(outcome.needed, cases[i].needed);
		arena_free(outcome.arena);
	}
}

static void wants_more(void **state)
{
	(void)state;
	static const char whole[] = "\r\nPOST /a HTTP/1.1\r\nHost: d\r\nX-A: b\r\n\r\n";
	for (size_t len = 0; len < sizeof whole - 1; len++) {
		struct outcome outcome;
		read_one(whole, len, WHOLE, &limits, METHOD_UNKNOWN, &outcome);
		assert_int_equal(outcome.result, HTTP_MORE);
		arena_free(outcome.arena);
	}
}

static void keeps_what_was_sent(void **state)
{
	(void)state;
	static const char bytes[] =
		"POST /a?b HTTP/1.1\r\nhOST: D\r\nX-Empty:\r\nX-Long: \t a  b\t c \r\n\r\n";
	struct outcome outcome;
	read_one(BYTES(bytes), SCATTERED, &limits, METHOD_UNKNOWN, &outcome);
	assert_int_equal(outcome.result, HTTP_DONE);
	assert_string_equal(outcome.request.method, "POST");
	assert_string_equal(outcome.request.target, "/a?b");
	assert_int_equal(outcome.request.minor, 1);
	assert_int_equal(outcome.request.headers.count, 3);
	const struct header *list = outcome.request.headers.list;
	assert_string_equal(list[0].name, "hOST");
	assert_string_equal(list[0].value, "D");
	assert_string_equal(list[1].name, "X-Empty");
	assert_string_equal(list[1].value, "");
	assert_string_equal(list[2].name, "X-Long");
	assert_string_equal(list[2].value, "a  b\t c");
	arena_free(outcome.arena);
}

static void reads_pipelined_requests(void **state)
{
	(void)state;
	struct evbuffer *input = evbuffer_new();
	struct arena *arena = arena_new(1 << 20);
	size_t scanned = 0;
	char target[] = "/0";
	for (int i = 0; i < 10; i++)
		evbuffer_add_printf(input, "\r\nGET /%d HTTP/1.1\r\nHost: d\r\n\r\n", i);
	for (int i = 0; i < 10; i++, target[1]++) {
		struct http_request_head head;
		struct http_fault fault;
		assert_int_equal(http_read_request(input, arena, &limits, &scanned, &head, &fault),
		                 HTTP_DONE);
		assert_string_equal(head.target, target);
	}
	assert_int_equal(evbuffer_get_length(input), 0);
	arena_free(arena);
	evbuffer_free(input);
}

/* FORMAT with LEN bytes of 'a' for its %s. */
static char *stretched(const char *format, size_t len)
{
	const char *hole = strstr(format, "%s");
	assert_non_null(hole);
	size_t before = (size_t)(hole - format), after = strlen(hole + 2);
	char *text = malloc(before + len + after + 1);
	assert_non_null(text);
	memcpy(text, format, before);
	memset(text + before, 'a', len);
	memcpy(text + before + len, hole + 2, after + 1);
	return text;
}

static void bounds_the_head(void **state)
{
	(void)state;
	static const struct {
		const char *format;
		size_t total; /* to be stretched to */
		enum http_result result;
		unsigned status;
	} cases[] = {
		{"GET /%s HTTP/1.1\r\nHost: d\r\n\r\n", 200, HTTP_DONE, 0},
		{"GET /%s HTTP/1.1\r\nHost: d\r\n\r\n", 201, HTTP_BAD, 431},
		{"GET / HTTP/1.1\r\nHost: d\r\nX:%s\r\n\r\n", 200, HTTP_DONE, 0},
		{"GET / HTTP/1.1\r\nHost: d\r\nX:%s\r\n\r\n", 201, HTTP_BAD, 431},
		{"GET / HTTP/1.1\r\nHost: d\r\nX:%s", 199, HTTP_MORE, 0},
		{"GET / HTTP/1.1\r\nHost: d\r\nX:%s", 200, HTTP_BAD, 431},
		{"GET /%s HTTP/1.1\r\n", 199, HTTP_MORE, 0},
		{"GET /%s HTTP/1.1\r\n", 200, HTTP_BAD, 431},
		{"GET /%s HTTP/1.1\r\n", 201, HTTP_BAD, 414},
		{"GET /%s HTTP/1.1\r\n", 1000, HTTP_BAD, 414},
		{"GET /%s", 199, HTTP_MORE, 0},
		{"GET /%s", 200, HTTP_BAD, 414},
		{"%s", 1000, HTTP_BAD, 414},
		{"\r\n%s", 1000, HTTP_BAD, 414},
	};
	const struct http_limits small = {.head_bytes = 200, .headers = 100};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *bytes = stretched(cases[i].format, cases[i].total + 2 - strlen(cases[i].format));
		for (enum delivery delivery = WHOLE; delivery < DELIVERIES; delivery++) {
			struct outcome outcome;
			read_one(bytes, strlen(bytes), delivery, &small, METHOD_UNKNOWN, &outcome);
			if (outcome.result != cases[i].result || outcome.fault.status != cases[i].status)
				fail_case("bounds", i, delivery, "result or status");
			arena_free(outcome.arena);
		}
		free(bytes);
	}
}

static void bounds_the_headers(void **state)
{
	(void)state;
	const struct http_limits few = {.head_bytes = 65536, .headers = 2};
	struct outcome outcome;
	read_one(BYTES(GET "X-A: b\r\n\r\n"), WHOLE, &few, METHOD_UNKNOWN, &outcome);
	assert_int_equal(outcome.result, HTTP_DONE);
	arena_free(outcome.arena);
	read_one(BYTES(GET "X-A: b\r\nX-B: c\r\n\r\n"), WHOLE, &few, METHOD_UNKNOWN, &outcome);
	assert_int_equal(outcome.result, HTTP_BAD);
	assert_int_equal(outcome.fault.status, 431);
	assert_int_equal(arena_used(outcome.arena), 0);
	arena_free(outcome.arena);
}

/* http-parser's own limit of 80 KiB is not in the way of a larger one of ours. */
static void reads_a_large_head(void **state)
{
	(void)state;
	const struct http_limits large = {.head_bytes = 1 << 20, .headers = 100};
	char *bytes = stretched("GET / HTTP/1.1\r\nHost: d\r\nX:%s\r\n\r\n", 500000);
	struct outcome outcome;
	read_one(bytes, strlen(bytes), WHOLE, &large, METHOD_UNKNOWN, &outcome);
	assert_int_equal(outcome.result, HTTP_DONE);
	arena_free(outcome.arena);
	free(bytes);
}

static void refuses_without_memory(void **state)
{
	(void)state;
	struct evbuffer *input = evbuffer_new();
	struct arena *arena = arena_new(16);
	struct http_request_head head;
	struct http_fault fault = {0, NULL};
	size_t scanned = 0;
	evbuffer_add(input, BYTES(GET END));
	assert_int_equal(http_read_request(input, arena, &limits, &scanned, &head, &fault), HTTP_BAD);
	assert_int_equal(fault.status, 503);
	arena_free(arena);
	evbuffer_free(input);
}

struct accepted_response {
	const char *bytes;
	size_t len;
	enum method asked;
	unsigned status;
	const char *reason;
	enum http_framing framing;
	uint64_t length;
	bool keep_alive;
	size_t left;
};

static const struct accepted_response accepted_responses[] = {
	{BYTES(OK "Content-Length: 2\r\n\r\n{}"), METHOD_GET, 200, "OK", FRAMING_LENGTH, 2, true, 2},
	{BYTES(OK "Content-Length: 0\r\n\r\n"), METHOD_POST, 200, "OK", FRAMING_LENGTH, 0, true, 0},
	{BYTES(OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), METHOD_GET, 200, "OK",
     FRAMING_CHUNKED, 0, true, 5},
	{BYTES(OK "Transfer-Encoding: Chunked\r\nTrailer: X-T\r\n\r\n"), METHOD_GET, 200, "OK",
     FRAMING_CHUNKED, 0, true, 0},
	{BYTES(OK END "raw"), METHOD_POST, 200, "OK", FRAMING_UNTIL_CLOSE, 0, false, 3},
	{BYTES(OK "Content-Type: application/vnd.docker.raw-stream\r\n\r\n"), METHOD_POST, 200, "OK",
     FRAMING_UNTIL_CLOSE, 0, false, 0},
	{BYTES(OK "Connection: close\r\nContent-Length: 2\r\n\r\n"), METHOD_GET, 200, "OK",
     FRAMING_LENGTH, 2, false, 0},
	{BYTES("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n"), METHOD_GET, 200, "OK", FRAMING_LENGTH,
     2, false, 0},
	{BYTES("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n"), METHOD_GET,
     200, "OK", FRAMING_LENGTH, 2, true, 0},
	{BYTES("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n"), METHOD_GET, 200, "OK",
     FRAMING_UNTIL_CLOSE, 0, false, 0},
	{BYTES("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nraw"), METHOD_POST,
     101, "UPGRADED", FRAMING_NONE, 0, true, 3},
	{BYTES("HTTP/1.1 100 Continue\r\n\r\n" OK), METHOD_POST, 100, "Continue", FRAMING_NONE, 0, true,
     sizeof OK - 1},
	{BYTES("HTTP/1.1 100 \r\n\r\n"), METHOD_POST, 100, "", FRAMING_NONE, 0, true, 0},
	{BYTES("HTTP/1.1 204 No Content\r\n\r\n"), METHOD_POST, 204, "No Content", FRAMING_NONE, 0,
     true, 0},
	{BYTES("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"), METHOD_POST, 204, "No Content",
     FRAMING_NONE, 0, true, 0},
	{BYTES("HTTP/1.1 304 Not Modified\r\n\r\n"), METHOD_GET, 304, "Not Modified", FRAMING_NONE, 0,
     true, 0},
	{BYTES("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"), METHOD_GET, 304,
     "Not Modified", FRAMING_NONE, 9, true, 0},
	{BYTES("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"), METHOD_GET, 304,
     "Not Modified", FRAMING_NONE, 0, true, 0},
	{BYTES(OK "Content-Length: 42\r\n\r\n"), METHOD_HEAD, 200, "OK", FRAMING_NONE, 42, true, 0},
	{BYTES(OK "Transfer-Encoding: chunked\r\n\r\n"), METHOD_HEAD, 200, "OK", FRAMING_NONE, 0, true,
     0},
	{BYTES(OK END), METHOD_HEAD, 200, "OK", FRAMING_NONE, 0, true, 0},
	{BYTES("HTTP/1.1 404 Not Found\r\nContent-Length: 20\r\n\r\n"), METHOD_GET, 404, "Not Found",
     FRAMING_LENGTH, 20, true, 0},
	{BYTES("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"), METHOD_GET, 500,
     "Internal Server Error", FRAMING_LENGTH, 0, true, 0},
	{BYTES("HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n"), METHOD_GET, 599, "", FRAMING_LENGTH, 0,
     true, 0},
	{BYTES("HTTP/1.1 200 caf\xe9  \tok\r\nContent-Length: 0\r\n\r\n"), METHOD_GET, 200,
     "caf\xe9  \tok", FRAMING_LENGTH, 0, true, 0},
	{BYTES(OK "X-A: a\tb \xff\r\nX-B:\r\nContent-Length: 0\r\n\r\n"), METHOD_GET, 200, "OK",
     FRAMING_LENGTH, 0, true, 0},
	{BYTES(OK "Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\n"), METHOD_GET, 200, "OK",
     FRAMING_LENGTH, 7, true, 0},
};

static void check_response(size_t number, enum delivery delivery, const struct outcome *outcome)
{
	const struct accepted_response *want = &accepted_responses[number];
	const struct http_response_head *head = &outcome->response;
	if (outcome->result != HTTP_DONE)
		fail_case("accepted_responses", number, delivery,
		          outcome->result == HTTP_BAD ? outcome->fault.message : "not complete");
	if (head->status != want->status || strcmp(head->reason, want->reason) != 0)
		fail_case("accepted_responses", number, delivery, "status or reason");
	if (head->framing != want->framing || head->length != want->length)
		fail_case("accepted_responses", number, delivery, "framing");
	if (head->keep_alive != want->keep_alive)
		fail_case("accepted_responses", number, delivery, "keep_alive");
	if (outcome->left != want->left)
		fail_case("accepted_responses", number, delivery, "what is left");
}

static void accepts_responses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(accepted_responses); i++) {
		for (enum delivery delivery = WHOLE; delivery < DELIVERIES; delivery++) {
			struct outcome outcome;
			read_one(accepted_responses[i].bytes, accepted_responses[i].len, delivery, &limits,
			         accepted_responses[i].asked, &outcome);
			check_response(i, delivery, &outcome);
			arena_free(outcome.arena);
		}
	}
}

static const struct refused refused_responses[] = {
	{BYTES("hello this is not http\r\n"), 502, "status line"},
	{BYTES("HTTP/1.1\r\n"), 502, "status line"},
	{BYTES("HTTP/1.1 \r\n"), 502, "status line"},
	{BYTES("HTTP/1.1 200\r\n"), 502, "status line"},
	{BYTES("HTTP/1.1  200 OK\r\n"), 502, "status line"},
	{BYTES("HTTP/1.1 99 Odd\r\n"), 502, "status line"},
	{BYTES("HTTP/1.1 1000 Odd\r\n"), 502, "status line"},
	{BYTES("HTTP/1.1 20x OK\r\n"), 502, "not a number"},
	{BYTES("HTTP/1.1 -20 OK\r\n"), 502, "not a number"},
	{BYTES("HTTP/1.1 099 OK\r\n"), 502, "100 and 599"},
	{BYTES("HTTP/1.1 600 OK\r\n"), 502, "100 and 599"},
	{BYTES("HTTP/1.1 000 OK\r\n"), 502, "100 and 599"},
	{BYTES("HTTP/2.0 200 OK\r\n"), 502, "HTTP/1.1"},
	{BYTES("HTTP/1.2 200 OK\r\n"), 502, "HTTP/1.1"},
	{BYTES("HTTX/1.1 200 OK\r\n"), 502, "version"},
	{BYTES("http/1.1 200 OK\r\n"), 502, "version"},
	{BYTES("ICY  200 OK extra\r\n"), 502, "status line"},
	{BYTES("GET / HTTP/1.1\r\n"), 502, "status line"},
	{BYTES(" HTTP/1.1 200 OK\r\n"), 502, "status line"},
	{BYTES("\r\nHTTP/1.1 200 OK\r\n"), 502, "empty line"},
	{BYTES("\r\n\r\n"), 502, "empty line"},
	{BYTES("HTTP/1.1 200 OK\n"), 502, "LF without CR"},
	{BYTES(OK "X-A: 1\n"), 502, "LF without CR"},
	{BYTES(OK "X-A: a\rSet-Cookie: b\r\n\r\n"), 502, "not followed by LF"},
	{BYTES(OK "X-A: a\0b\r\n\r\n"), 502, "control"},
	{BYTES("HTTP/1.1 200 O\0K\r\n"), 502, "control"},
	{BYTES("HTTP/1.1 200 \x1b[2J\r\n"), 502, "control"},
	{BYTES(OK "X-A: a\r\n b\r\n\r\n"), 502, "white space"},
	{BYTES(OK "Content-Length : 2\r\n\r\n"), 502, "white space"},
	{BYTES(OK "X-A\r\n\r\n"), 502, "no colon"},
	{BYTES(OK ": a\r\n\r\n"), 502, "no name"},
	{BYTES(OK "X(: a\r\n\r\n"), 502, "no name may have"},
	{BYTES(OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), 502, "together"},
	{BYTES(OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), 502, "more than once"},
	{BYTES(OK "Content-Length: 5\r\nContent-Length: 150\r\n\r\n"), 502, "more than once"},
	{BYTES(OK "Content-Length: 5, 5\r\n\r\n"), 502, "decimal"},
	{BYTES(OK "Content-Length: -1\r\n\r\n"), 502, "decimal"},
	{BYTES(OK "Content-Length:\r\n\r\n"), 502, "decimal"},
	{BYTES(OK "Content-Length: 99999999999999999999999\r\n\r\n"), 502, "decimal"},
	{BYTES(OK "Transfer-Encoding: gzip, chunked\r\n\r\n"), 502, "chunked"},
	{BYTES(OK "Transfer-Encoding: xchunked\r\n\r\n"), 502, "chunked"},
	{BYTES(OK "Transfer-Encoding: identity\r\n\r\n"), 502, "chunked"},
	{BYTES(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), 502,
     "more than once"},
	{BYTES("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), 502, "HTTP/1.0"},
	{BYTES("HTTP/1.1 204 No Content\r\nContent-Length: 143\r\n\r\n"), 502, "cannot have a body"},
	{BYTES("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"), 502,
     "cannot have a body"},
	{BYTES("HTTP/1.1 100 Continue\r\nContent-Length: 1\r\n\r\n"), 502, "cannot have a body"},
	{BYTES("HTTP/1.1 101 UPGRADED\r\nTransfer-Encoding: chunked\r\n\r\n"), 502,
     "cannot have a body"},
	{BYTES(OK "Connection: close, Content-Length\r\nContent-Length: 2\r\n\r\n"), 502,
     "Connection names"},
	{BYTES(OK "Connection: clo se\r\n\r\n"), 502, "Connection is malformed"},
};

static void refuses_responses(void **state)
{
	(void)state;
	check_refused("refused_responses", refused_responses, COUNT(refused_responses), METHOD_GET);
}

static void bounds_responses(void **state)
{
	(void)state;
	const struct http_limits small = {.head_bytes = 200, .headers = 1};
	char *bytes = stretched("HTTP/1.1 200 OK\r\nX-Pad: %s", 3000);
	struct outcome outcome;
	read_one(bytes, strlen(bytes), BYTEWISE, &small, METHOD_GET, &outcome);
	assert_int_equal(outcome.result, HTTP_BAD);
	assert_int_equal(outcome.fault.status, 502);
	assert_int_equal(outcome.needed, 200);
	arena_free(outcome.arena);
	free(bytes);
	read_one(BYTES(OK "X-1: v\r\nX-2: v\r\n\r\n"), WHOLE, &small, METHOD_GET, &outcome);
	assert_int_equal(outcome.result, HTTP_BAD);
	assert_int_equal(outcome.fault.status, 502);
	arena_free(outcome.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_requests),    cmocka_unit_test(refuses_requests),
		cmocka_unit_test(refuses_at_once),     cmocka_unit_test(wants_more),
		cmocka_unit_test(keeps_what_was_sent), cmocka_unit_test(reads_pipelined_requests),
		cmocka_unit_test(bounds_the_head),     cmocka_unit_test(bounds_the_headers),
		cmocka_unit_test(reads_a_large_head),  cmocka_unit_test(refuses_without_memory),
		cmocka_unit_test(accepts_responses),   cmocka_unit_test(refuses_responses),
		cmocka_unit_test(bounds_responses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
