/* One GET of our own: what is asked, and which answers are taken. */
#include "proxy/fetch.h"

#include "tests/unit/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct {
	unsigned count, status;
	char body[64], message[128];
	size_t len;
	bool reusable;
} got;

static void note(const struct fetch_answer *answer, void *context)
{
	(void)context;
	got.count++;
	got.status = answer->status;
	got.len = answer->len;
	got.reusable = answer->reusable;
	assert_int_equal(answer->status == 0, answer->message != NULL);
	snprintf(got.message, sizeof got.message, "%s", answer->message != NULL ? answer->message : "");
	snprintf(got.body, sizeof got.body, "%.*s", (int)answer->len,
	         answer->body != NULL ? answer->body : "");
}

static bool is_answered(struct ends *ends)
{
	(void)ends;
	return got.count > 0;
}

static bool request_came(struct ends *ends)
{
	return evbuffer_get_length(ends->server.got) > 0;
}

static struct fetch *begin(struct ends *ends, enum transport transport)
{
	const struct fetch_question question = {METHOD_GET, "/v1.41/volumes/v", "docker", {NULL, 0}};
	struct fetch *fetch;

	memset(&got, 0, sizeof got);
	ends_open(ends, transport);
	ends_run(ends, both_ready);
	fetch = fetch_start(ends->loop, ends->client.stream, &question, note, NULL);
	assert_non_null(fetch);
	ends_run(ends, request_came);
	assert_got(&ends->server, "GET /v1.41/volumes/v HTTP/1.1\r\nHost: docker\r\n\r\n");
	return fetch;
}

enum then { STAY, FINISH, VANISH };

#define OK       "HTTP/1.1 200 OK\r\n"
#define LENGTH_2 "Content-Length: 2\r\n\r\n"

static const struct row {
	const char *said;
	enum then then;
	unsigned status;
	const char *body, *message;
	bool reusable;
} rows[] = {
	{OK LENGTH_2 "{}", STAY, 200, "{}", "", true},
	{OK "Content-Length: 0\r\n\r\n", STAY, 200, "", "", true},
	{OK "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", STAY, 200, "{}", "", true},
	{"HTTP/1.1 204 No Content\r\n\r\n", STAY, 204, "", "", true},
	{"HTTP/1.1 404 Not Found\r\n" LENGTH_2 "{}", STAY, 404, "{}", "", true},
	{OK "Connection: close\r\n" LENGTH_2 "{}", STAY, 200, "{}", "", false},
	{"HTTP/1.0 200 OK\r\n" LENGTH_2 "{}", STAY, 200, "{}", "", false},
	{OK LENGTH_2 "{}", FINISH, 200, "{}", "", false},
	{OK LENGTH_2 "{}surplus", STAY, 200, "{}", "", false},
	{"HTTP/1.1 100 Continue\r\n\r\n" OK LENGTH_2 "{}", STAY, 200, "{}", "", true},
	{OK "\r\nuntil the end", FINISH, 200, "until the end", "", false},

	{OK "Content-Length: 3\r\n\r\n{}", FINISH, 0, "", "closed the connection before", false},
	{OK "Content-Length: 3\r\n\r\n{}", VANISH, 0, "", "", false},
	{OK "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", FINISH, 0, "", "closed", false},
	{OK "Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n", STAY, 0, "", "malformed", false},
	{OK "Content-Len", FINISH, 0, "", "closed the connection before", false},
	{"", FINISH, 0, "", "closed the connection before", false},
	{"", VANISH, 0, "", "", false},
	{"hello\r\n", STAY, 0, "", "malformed", false},
	{"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", STAY, 0, "", "malformed",
     false},
};

static void answer_with(struct ends *ends, const struct row *row)
{
	end_send(&ends->server, row->said);
	if (row->then == FINISH)
		stream_finish(ends->server.stream);
	if (row->then == VANISH)
		end_abort(&ends->server);
}

static void test_answers(void **state)
{
	enum transport transport = *(const enum transport *)*state;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ends ends;

		begin(&ends, transport);
		answer_with(&ends, &rows[i]);
		ends_run(&ends, is_answered);
		ends_settle(&ends);
		if (got.status != rows[i].status || strcmp(got.body, rows[i].body) != 0 ||
		    strstr(got.message, rows[i].message) == NULL)
			fail_msg("row %zu: %u '%s' '%s'", i, got.status, got.body, got.message);
		assert_int_equal(got.count, 1);
		/* Its end may come a moment later than the answer: what is idle is watched by its next
		 * owner. */
		if (rows[i].then == STAY)
			assert_int_equal(got.reusable, rows[i].reusable);
		ends_close(&ends);
	}
}

static void test_an_answer_until_close_that_tls_cuts_is_none(void **state)
{
	const struct row row = {OK "\r\nhalf of i", VANISH, 0, "", "", false};
	struct ends ends;

	(void)state;
	begin(&ends, OVER_TLS_1_3);
	end_send(&ends.server, row.said);
	ends_settle(&ends);
	end_abort(&ends.server);
	ends_run(&ends, is_answered);
	assert_int_equal(got.status, 0);
	ends_close(&ends);
}

static void test_bytes_one_by_one(void **state)
{
	const char *text = OK "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
	struct ends ends;

	(void)state;
	begin(&ends, OVER_UNIX);
	for (; *text != '\0'; text++) {
		const char byte[2] = {*text, '\0'};

		assert_int_equal(got.count, 0);
		end_send(&ends.server, byte);
		ends_run_for(&ends, 1);
	}
	ends_run(&ends, is_answered);
	assert_string_equal(got.body, "{}");
	assert_true(got.reusable);
	ends_close(&ends);
}

#define SIXTY_FOUR "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MANY       SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR

/* What is said again and again. */
static const char *saying;
static size_t saying_count;

static void keep_talking(struct ends *ends)
{
	for (size_t i = 0; i < saying_count && ends->server.stream != NULL; i++)
		end_send(&ends->server, saying);
}

/* A head, interim heads, and a body of more than is ever judged. */
static void test_endless_answers_are_bounded(void **state)
{
	static const struct {
		const char *first, *then, *message;
	} endless[] = {
		{OK, "X-Filler: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n", "malformed"},
		{OK "X-Filler: ", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "malformed"},
		{"HTTP/1.1 ", "2222222222222222222222222222222222222222", "malformed"},
		{"", "HTTP/1.1 103 Early Hints\r\n\r\n", "malformed"},
		{OK "Transfer-Encoding: chunked\r\n\r\n", "100\r\n" MANY "\r\n", "too large"},
		{OK "\r\n", MANY, "too large"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof endless / sizeof endless[0]; i++) {
		struct ends ends;

		begin(&ends, OVER_UNIX);
		end_send(&ends.server, endless[i].first);
		saying = endless[i].then;
		saying_count = i < 4 ? 100 : 1000;
		ends.tick = keep_talking;
		ends_run(&ends, is_answered);
		assert_int_equal(got.status, 0);
		if (strstr(got.message, endless[i].message) == NULL)
			fail_msg("%zu: %s", i, got.message);
		ends_close(&ends);
	}
}

static void test_the_largest_answer(void **state)
{
	struct ends ends;
	char head[80];

	(void)state;
	begin(&ends, OVER_UNIX);
	snprintf(head, sizeof head, OK "Content-Length: %d\r\n\r\n", (int)FETCH_ANSWER_LIMIT);
	end_send(&ends.server, head);
	end_send_pattern(&ends.server, 0, FETCH_ANSWER_LIMIT);
	ends_run(&ends, is_answered);
	assert_int_equal(got.status, 200);
	assert_int_equal(got.len, FETCH_ANSWER_LIMIT);
	assert_true(got.reusable);
	ends_close(&ends);
}

static void test_cancelled_in_every_moment(void **state)
{
	static const char *const said[] = {"", "HTTP/1.1 2", OK "Content-Length: 5\r\n\r\n12"};

	(void)state;
	fetch_cancel(NULL);
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		struct ends ends;
		struct fetch *fetch = begin(&ends, OVER_UNIX);

		end_send(&ends.server, said[i]);
		ends_settle(&ends);
		fetch_cancel(fetch);
		fetch_cancel(fetch);
		end_send(&ends.server, "345");
		ends_settle(&ends);
		assert_int_equal(got.count, 0);
		ends_close(&ends);
	}
}

static enum transport over_unix = OVER_UNIX, over_tls = OVER_TLS_1_3;

static void test_a_post_has_no_body_and_says_so(void **state)
{
	enum transport transport = *(const enum transport *)*state;
	struct header extra[] = {{"X-Registry-Auth", "e30="}, {"X-Other", "a\r\nb"}};
	struct fetch_question question = {METHOD_POST,
	                                  "/v1.41/images/x/tag?repo=y",
	                                  "docker",
	                                  {extra, 1}};
	struct fetch *fetch;
	struct ends ends;

	memset(&got, 0, sizeof got);
	ends_open(&ends, transport);
	ends_run(&ends, both_ready);
	fetch = fetch_start(ends.loop, ends.client.stream, &question, note, NULL);
	assert_non_null(fetch);
	ends_run(&ends, request_came);
	assert_got(&ends.server, "POST /v1.41/images/x/tag?repo=y HTTP/1.1\r\nHost: docker\r\n"
	                         "Content-Length: 0\r\nX-Registry-Auth: e30=\r\n\r\n");
	end_send(&ends.server, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
	ends_run(&ends, is_answered);
	assert_int_equal(got.status, 201);
	assert_true(got.reusable);
	question.headers.count = 2; /* what could break out of a header is not sent */
	assert_null(fetch_start(ends.loop, ends.client.stream, &question, note, NULL));
	ends_close(&ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"test_answers over unix", test_answers, NULL, NULL, &over_unix},
		{"test_answers over tls", test_answers, NULL, NULL, &over_tls},
		{"test_a_post_has_no_body_and_says_so", test_a_post_has_no_body_and_says_so, NULL, NULL,
	     &over_unix},
		cmocka_unit_test(test_an_answer_until_close_that_tls_cuts_is_none),
		cmocka_unit_test(test_bytes_one_by_one),
		cmocka_unit_test(test_endless_answers_are_bounded),
		cmocka_unit_test(test_the_largest_answer),
		cmocka_unit_test(test_cancelled_in_every_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
