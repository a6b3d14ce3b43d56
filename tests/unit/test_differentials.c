/* rule-G: what readers of HTTP/1.1 take differently, over a whole connection: each row is sent to the policy ci
 * and must be answered like this, and the daemon must hear so many requests and no more. The ids are
 * those of tests/differentials.tsv and, with three digits, of tests/bypass.tsv. */
#include "tests/unit/conn_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define D       "Host: d\r\n"
#define PING    "GET /info HTTP/1.1\r\n" D
#define CREATE  "POST /containers/create HTTP/1.1\r\n" D
#define JSON    "Content-Type: application/json\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define END     "\r\n"
#define BODY    "{\"Image\":\"bb:1\"}" /* 16 bytes */
#define HIDDEN \
	"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

static const struct fake_answer plain[] = {{.request = "GET /version", .bytes = fake_version},
                                           {.request = "", .bytes = NOTHING_TO_SAY},
                                           {.request = NULL}};

static const struct row {
	const char *ids, *bytes;
	const char *answer; /* how what comes first begins */
	unsigned heard;     /* requests, besides the one for the version */
} rows[] = {
	/* the first line */
	{"P17", "GET /info x HTTP/1.1\r\n" D END, "HTTP/1.1 400", 0},
	{"M03 M04", "FOO /info HTTP/1.1\r\n" D END, "HTTP/1.1 4", 0},
	{"M07", "GET /info HTTP/1.0\r\n\r\n", "HTTP/1.1 200", 1},
	{"M07b", "GET /info HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "HTTP/1.1 200", 1},
	{"M08", "GET /info\r\n\r\n", "HTTP/1.1 400", 0},
	{"M09", "GET /info HTTP/1.2\r\n" D END, "HTTP/1.1 505", 0},
	{"M10", "GET /info HTTP/2.0\r\n" D END, "HTTP/1.1 505", 0},
	{"M11 207", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 ", 0},
	{"M13", PING END PING END, "HTTP/1.1 200", 2},
	{"M14 M14b", "\r\n" PING END, "HTTP/1.1 200", 1},
	{"M15 217", "GET /info HTTP/1.1\nHost: d\n\n" HIDDEN, "HTTP/1.1 400", 0},
	{"M16", "GET\t/info\tHTTP/1.1\r\n" D END, "HTTP/1.1 400", 0},
	{"M17", "GET  /info HTTP/1.1\r\n" D END, "HTTP/1.1 400", 0},
	{"M18", "GET /info http/1.1\r\n" D END, "HTTP/1.1 400", 0},
	/* headers */
	{"H01", "GET /info HTTP/1.1\r\n\r\n", "HTTP/1.1 400", 0},
	{"H02", "GET /info HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400", 0},
	{"H03", "GET /info HTTP/1.1\r\nHost: %2Fvar%2Frun%2Fdocker.sock\r\n\r\n", "HTTP/1.1 200", 1},
	{"H03b", "GET /info HTTP/1.1\r\nHost: /var/run/docker.sock\r\n\r\n", "HTTP/1.1 400", 0},
	{"H03c", "GET /info HTTP/1.1\r\nHost:\r\n\r\n", "HTTP/1.1 200", 1},
	{"H03d", "GET /info HTTP/1.1\r\nHost: a b\r\n\r\n", "HTTP/1.1 400", 0},
	{"H03e", "GET /info HTTP/1.1\r\nHost: a\xff\r\n\r\n", "HTTP/1.1 400", 0},
	{"H04 216", PING "X: a\r\n b\r\n\r\n", "HTTP/1.1 400", 0},
	{"H05", "GET /info HTTP/1.1\r\nHost : d\r\n\r\n", "HTTP/1.1 400", 0},
	{"H05b", CREATE "Content-Length : 16\r\n\r\n" BODY, "HTTP/1.1 400", 0},
	{"H06", "GET /info HTTP/1.1\r\n Host: d\r\n\r\n", "HTTP/1.1 400", 0},
	{"H07", PING "foo\r\n\r\n", "HTTP/1.1 400", 0},
	{"H08b", PING "X(: a\r\n\r\n", "HTTP/1.1 400", 0},
	{"H08c 219", PING "X: a\rContent-Length: 5\r\n\r\n", "HTTP/1.1 400", 0},
	/* lengths */
	{"B04", CREATE JSON "Content-Length: 16\r\nContent-Length: 16\r\n\r\n" BODY, "HTTP/1.1 400", 0},
	{"B05", CREATE JSON "Content-Length: 16\r\nContent-Length: 5\r\n\r\n" BODY, "HTTP/1.1 400", 0},
	{"B06", CREATE JSON "Content-Length: 16, 16\r\n\r\n" BODY, "HTTP/1.1 400", 0},
	{"B07", CREATE JSON "Content-Length: +16\r\n\r\n" BODY, "HTTP/1.1 400", 0},
	{"B07b", CREATE JSON "Content-Length: 00016\r\n\r\n" BODY, "HTTP/1.1 200", 1},
	{"B07c", CREATE JSON "Content-Length: 0x10\r\n\r\n" BODY, "HTTP/1.1 400", 0},
	{"B07d", CREATE JSON "Content-Length: -1\r\n\r\n" BODY, "HTTP/1.1 400", 0},
	{"B07e", CREATE JSON "Content-Length: \r\n\r\n" BODY, "HTTP/1.1 400", 0},
	{"B19", CREATE JSON END BODY, "HTTP/1.1 403", 0},
	{"B22", CREATE JSON "Content-Length: 0\r\n\r\n", "HTTP/1.1 400", 0},
	{"B29b B29c", "POST /volumes/create HTTP/1.1\r\n" D "Content-Length: 0\r\n\r\n", "HTTP/1.1 400",
     0},
	/* codings */
	{"B01", CREATE JSON CHUNKED "\r\n10\r\n" BODY "\r\n0\r\n\r\n", "HTTP/1.1 200", 1},
	{"B02 B03 210", PING "Content-Length: 0\r\n" CHUNKED "\r\n0\r\n\r\n" HIDDEN, "HTTP/1.1 400", 0},
	{"B08", CREATE JSON "Transfer-Encoding: Chunked\r\n\r\n10\r\n" BODY "\r\n0\r\n\r\n",
     "HTTP/1.1 200", 1},
	{"B09", CREATE JSON "Transfer-Encoding: identity\r\n\r\n", "HTTP/1.1 501", 0},
	{"B10", CREATE JSON "Transfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 501", 0},
	{"B11", CREATE JSON "Transfer-Encoding: chunked, chunked\r\n\r\n", "HTTP/1.1 501", 0},
	{"B12", CREATE JSON CHUNKED CHUNKED "\r\n10\r\n" BODY "\r\n0\r\n\r\n", "HTTP/1.1 ", 0},
	{"B13 213", PING "Transfer-Encoding: xchunked\r\n\r\n" HIDDEN, "HTTP/1.1 501", 0},
	{"B13b", CREATE JSON "Transfer-Encoding: \vchunked\r\n\r\n", "HTTP/1.1 ", 0},
	{"B13c", CREATE JSON "Transfer-Encoding: chunked;q=1\r\n\r\n", "HTTP/1.1 400", 0},
	{"214", PING "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" HIDDEN, "HTTP/1.1 400", 0},
	{"B14", CREATE JSON CHUNKED "\r\n10;foo=bar\r\n" BODY "\r\n0\r\n\r\n", "HTTP/1.1 400", 0},
	{"B15", CREATE JSON CHUNKED "\r\n10\r\n" BODY "\r\n0\r\nX: a\r\n\r\n", "HTTP/1.1 200", 1},
	{"B16", CREATE JSON CHUNKED "\r\n10\n" BODY "\r\n0\r\n\r\n", "HTTP/1.1 400", 0},
	{"B17", CREATE JSON CHUNKED "\r\n0x10\r\n" BODY "\r\n0\r\n\r\n", "HTTP/1.1 400", 0},
	{"B17b", CREATE JSON CHUNKED "\r\n00000010\r\n" BODY "\r\n0\r\n\r\n", "HTTP/1.1 200", 1},
	{"B17c", CREATE JSON CHUNKED "\r\n00000000000000010\r\n" BODY "\r\n0\r\n\r\n", "HTTP/1.1 400",
     0},
	{"B17d", CREATE JSON CHUNKED "\r\n10 \r\n" BODY "\r\n0\r\n\r\n", "HTTP/1.1 400", 0},
	{"B18", CREATE JSON CHUNKED "\r\n10\r\n" BODY "xx0\r\n\r\n", "HTTP/1.1 400", 0},
	{"B23", CREATE JSON CHUNKED "\r\n0\r\n\r\n", "HTTP/1.1 400", 0},
	{"B24", "POST /containers/create HTTP/1.0\r\n" JSON CHUNKED "\r\n10\r\n" BODY "\r\n0\r\n\r\n",
     "HTTP/1.1 400", 0},
	{"B28", "POST /containers/x/start HTTP/1.1\r\n" D CHUNKED "\r\n1\r\nx\r\n0\r\n\r\n",
     "HTTP/1.1 400", 0},
	{"B29", "POST /networks/create HTTP/1.1\r\n" D JSON CHUNKED "\r\n0\r\n\r\n", "HTTP/1.1 400", 0},
	/* expectations */
	{"B20 B20c", CREATE JSON "Expect: 100-Continue\r\nContent-Length: 16\r\n\r\n", "HTTP/1.1 100",
     0},
	{"B20b", CREATE JSON "Expect: foo\r\nContent-Length: 16\r\n\r\n" BODY, "HTTP/1.1 417", 0},
	/* bodies that are not read, or not whole */
	{"B21 A18", CREATE JSON "Content-Length: 18\r\n\r\n" BODY "xx", "HTTP/1.1 400", 0},
	{"B25 B30b",
     "POST /containers/x/start HTTP/1.1\r\n" D "Content-Length: 5\r\n\r\nhello" PING END,
     "HTTP/1.1 400", 1},
	{"B26", PING "Content-Length: 5\r\n\r\nhello" HIDDEN, "HTTP/1.1 400", 0},
	{"B26b L07", PING CHUNKED "\r\n3\r\nabc\r\n0\r\n\r\n" HIDDEN, "HTTP/1.1 400", 0},
	{"B27", "DELETE /containers/x HTTP/1.1\r\n" D "Content-Length: 5\r\n\r\nhello" PING END,
     "HTTP/1.1 400", 0},
	{"L10", CREATE JSON "Content-Length: 16\r\n\r\n" BODY "\r\n" PING END, "HTTP/1.1 200", 2},
	/* hijacks: what does not become one */
	{"A14 A14b", "POST /exec/x/start HTTP/1.1\r\n" D "Content-Length: 0\r\n\r\n", "HTTP/1.1 400",
     0},
	{"A25",
     "POST /containers/x/attach HTTP/1.1\r\n" D
     "Upgrade: tcp\r\nConnection: Upgrade\r\nContent-Length: 5\r\n\r\nhello",
     "HTTP/1.1 400", 0},
	{"A03 A03b A04", "POST /containers/x/attach HTTP/1.1\r\n" D "Upgrade: anything\r\n\r\n",
     "HTTP/1.1 400", 0},
	{"A16", "POST /v1.21/exec/x/start HTTP/1.1\r\n" D "Content-Length: 2\r\n\r\n{}", "HTTP/1.1 400",
     0},
};

static void each_request_has_its_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct conn_scene scene;
		size_t version;

		conn_scene_open(&scene, plain, "ci");
		conn_scene_expect(&scene, rows[i].bytes, rows[i].answer);
		bench_settle(&scene.bench);
		version = fake_daemon_heard(&scene.bench.daemon, "GET /version");
		if (scene.bench.daemon.heard_count - version != rows[i].heard)
			fail_msg("%s: the daemon heard %zu requests", rows[i].ids,
			         scene.bench.daemon.heard_count - version);
		assert_false(scene.bench.daemon.malformed);
		conn_scene_close(&scene);
	}
}

/* 107, L04, rule-A9: what is judged is the whole body, however much stands before what matters. */
static void a_padded_body_is_read_to_its_end(void **state)
{
	static const char before[] = "{\"Image\":\"bb:1\",\"Labels\":{\"p\":\"";
	static const char behind[] = "\"},\"HostConfig\":{\"Privileged\":true}}";
	static const struct {
		size_t padding;
		const char *answer;
	} sizes[] = {{1 << 20, "HTTP/1.1 403"}, {3 << 20, "HTTP/1.1 403"}, {5 << 20, "HTTP/1.1 413"}};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		size_t len = sizeof before + sizeof behind - 2 + sizes[i].padding;
		char *request = calloc(1, len + 200);
		int head = snprintf(request, 200, CREATE JSON "Content-Length: %zu\r\n\r\n", len);
		char *at = request + head;
		struct conn_scene scene;

		assert_non_null(request);
		memcpy(at, before, sizeof before - 1);
		memset(at + sizeof before - 1, 'A', sizes[i].padding);
		memcpy(at + sizeof before - 1 + sizes[i].padding, behind, sizeof behind);
		conn_scene_prepare(&scene, plain);
		scene.config.limits.json.bytes = 4 << 20;
		atomic_store(&scene.budget, 64 << 20);
		conn_scene_connect(&scene, "ci");
		conn_scene_expect(&scene, request, sizes[i].answer);
		bench_settle(&scene.bench);
		assert_int_equal(fake_daemon_heard(&scene.bench.daemon, "POST"), 0);
		assert_int_equal(atomic_load(&scene.budget), 64 << 20);
		atomic_store(&scene.budget, SCENE_BUDGET);
		conn_scene_close(&scene);
		free(request);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_request_has_its_answer),
		cmocka_unit_test(a_padded_body_is_read_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
