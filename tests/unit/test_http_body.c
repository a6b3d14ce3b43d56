/* Bodies by each framing. Every chunked case is read whole, byte by byte, in scattered pieces and a
 * few bytes at a time on the other side, and must come out the same. */
#include "proxy/http_body.h"

#include <event2/buffer.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(literal) literal, sizeof(literal) - 1
#define COUNT(table)   (sizeof(table) / sizeof *(table))

struct delivery {
	size_t step; /* bytes that arrive at a time */
	size_t max;  /* bytes asked for at a time */
};

static const struct delivery deliveries[] = {
	{SIZE_MAX, SIZE_MAX}, {1, SIZE_MAX}, {7, SIZE_MAX}, {SIZE_MAX, 1}, {3, 2},
};

struct outcome {
	enum body_result result;
	struct evbuffer *output;
	uint64_t received;
	size_t left; /* bytes not taken or not delivered */
};

static void read_all(struct body_reader *reader, const char *bytes, size_t len,
                     const struct delivery *delivery, struct outcome *outcome)
{
	struct evbuffer *input = evbuffer_new();
	size_t sent = 0;
	outcome->output = evbuffer_new();
	outcome->result = BODY_MORE;
	assert_non_null(input);
	assert_non_null(outcome->output);
	while (outcome->result == BODY_MORE && sent < len) {
		size_t step = len - sent < delivery->step ? len - sent : delivery->step;
		assert_int_equal(evbuffer_add_reference(input, bytes + sent, step, NULL, NULL), 0);
		sent += step;
		size_t before, after;
		do {
			before = evbuffer_get_length(input);
			size_t had = evbuffer_get_length(outcome->output);
			outcome->result = body_read(reader, input, outcome->output, delivery->max);
			assert_true(evbuffer_get_length(outcome->output) - had <= delivery->max);
			after = evbuffer_get_length(input);
		} while (outcome->result == BODY_MORE && after < before);
		if (outcome->result == BODY_MORE)
			assert_int_equal(after, 0);
	}
	outcome->received = reader->received;
	outcome->left = evbuffer_get_length(input) + (len - sent);
	evbuffer_free(input);
}

static bool output_is(struct outcome *outcome, const char *body)
{
	size_t len = strlen(body);
	return evbuffer_get_length(outcome->output) == len && outcome->received == len &&
	       memcmp(len > 0 ? (const char *)evbuffer_pullup(outcome->output, -1) : "", body, len) ==
	           0;
}

struct good_case {
	const char *bytes;
	size_t len;
	const char *body;
	size_t left;
};

static const struct good_case good_cases[] = {
	{BYTES("0\r\n\r\n"), "", 0},
	{BYTES("000\r\n\r\n"), "", 0},
	{BYTES("5\r\nhello\r\n0\r\n\r\n"), "hello", 0},
	{BYTES("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), "hello world", 0},
	{BYTES("a\r\n0123456789\r\n0\r\n\r\n"), "0123456789", 0},
	{BYTES("A\r\n0123456789\r\n0\r\n\r\n"), "0123456789", 0},
	{BYTES("0000000000000003\r\nabc\r\n0\r\n\r\n"), "abc", 0},
	{BYTES("3\r\nabc\r\n0000000000000000\r\n\r\n"), "abc", 0},
	{BYTES("1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n"), "abc", 0},
	{BYTES("7\r\n0\r\n\r\nab\r\n0\r\n\r\n"), "0\r\n\r\nab", 0},
	{BYTES("2\r\n\r\n\r\n0\r\n\r\n"), "\r\n", 0},
	{BYTES("10\r\n0123456789abcdef\r\n0\r\n\r\n"), "0123456789abcdef", 0},
	{BYTES("3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n"), "abc", 16},
	{BYTES("0\r\n\r\n\0"), "", 1},
	{BYTES("3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"), "abc", 0},
	{BYTES("0\r\nX-T: a\tb \xff\r\nVary: *\r\nX:\r\n\r\n\r\n"), "", 2},
	{BYTES("0\r\nX-Content-Length: 1\r\nContent-Lengths: 1\r\nContent_Length: 1\r\n\r\n"), "", 0},
	{BYTES("0\r\nTransfer-Encoding-Which-Is-Longer-Than-Any-Name: 1\r\n\r\n"), "", 0},
};

static void reads_chunks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good_cases); i++) {
		for (size_t d = 0; d < COUNT(deliveries); d++) {
			struct body_reader reader;
			struct outcome outcome;
			body_reader_start(&reader, FRAMING_CHUNKED, 0);
			read_all(&reader, good_cases[i].bytes, good_cases[i].len, &deliveries[d], &outcome);
			if (outcome.result != BODY_DONE || !output_is(&outcome, good_cases[i].body) ||
			    outcome.left != good_cases[i].left)
				fail_msg("good_cases[%zu], delivery %zu", i, d);
			evbuffer_free(outcome.output);
		}
	}
}

struct bad_case {
	const char *bytes; /* up to and with the one that makes it bad */
	size_t len;
	const char *body; /* what had come until then */
};

static const struct bad_case bad_cases[] = {
	/* sizes */
	{BYTES("\r"), ""},
	{BYTES("\n"), ""},
	{BYTES(" "), ""},
	{BYTES("\t"), ""},
	{BYTES("+"), ""},
	{BYTES("-"), ""},
	{BYTES("g"), ""},
	{BYTES("0x"), ""},
	{BYTES("1_"), ""},
	{BYTES("1 "), ""},
	{BYTES("1\t"), ""},
	{BYTES("1,"), ""},
	{BYTES("1\0"), ""},
	{BYTES("\""), ""},
	{BYTES("\xef"), ""},
	{BYTES("\v"), ""},
	{BYTES("/"), ""},
	{BYTES(":"), ""},
	{BYTES("@"), ""},
	{BYTES("`"), ""},
	{BYTES("00000000000000001"), ""},
	{BYTES("00000000000000000"), ""},
	{BYTES("8000000000000000"), ""},
	{BYTES("FFFFFFFFFFFFFFFF"), ""},
	{BYTES("10000000000000000"), ""},
	/* extensions */
	{BYTES("1;"), ""},
	{BYTES("0;"), ""},
	{BYTES("3\r\nabc\r\n0;"), "abc"},
	/* line ends */
	{BYTES("1\n"), ""},
	{BYTES("1\r\r"), ""},
	{BYTES("1\ra"), ""},
	{BYTES("1\r\nab"), "a"},
	{BYTES("1\r\na\n"), "a"},
	{BYTES("1\r\na\rX"), "a"},
	{BYTES("1\r\na\r\r"), "a"},
	{BYTES("1\r\na0"), "a"},
	{BYTES("1\r\na\r\n\r"), "a"},
	{BYTES("0\n"), ""},
	{BYTES("0\r\n\n"), ""},
	{BYTES("0\r\n\rX"), ""},
	{BYTES("0\r\n\r\r"), ""},
	/* trailers */
	{BYTES("0\r\n "), ""},
	{BYTES("0\r\nX-T: 1\r\n "), ""},
	{BYTES("0\r\n:"), ""},
	{BYTES("0\r\nX "), ""},
	{BYTES("0\r\nX("), ""},
	{BYTES("0\r\nX\r"), ""},
	{BYTES("0\r\nX\n"), ""},
	{BYTES("0\r\nX\xe9"), ""},
	{BYTES("0\r\nX: a\n"), ""},
	{BYTES("0\r\nX: a\0"), ""},
	{BYTES("0\r\nX: a\x7f"), ""},
	{BYTES("0\r\nX: a\rb"), ""},
	{BYTES("0\r\nGET "), ""},
	{BYTES("0\r\nContent-Length:"), ""},
	{BYTES("0\r\ntransfer-ENCODING:"), ""},
	{BYTES("0\r\nX-T: 1\r\nHost:"), ""},
	{BYTES("0\r\nConnection:"), ""},
	{BYTES("0\r\nTrailer:"), ""},
	{BYTES("0\r\nUpgrade:"), ""},
	{BYTES("0\r\nContent-Type:"), ""},
	{BYTES("0\r\nAuthorization:"), ""},
	{BYTES("0\r\nX-Registry-Auth:"), ""},
};

static void refuses_chunks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_cases); i++) {
		for (size_t d = 0; d < COUNT(deliveries); d++) {
			struct body_reader reader;
			struct outcome outcome, after;
			body_reader_start(&reader, FRAMING_CHUNKED, 0);
			read_all(&reader, bad_cases[i].bytes, bad_cases[i].len - 1, &deliveries[d], &outcome);
			if (outcome.result != BODY_MORE || !output_is(&outcome, bad_cases[i].body))
				fail_msg("bad_cases[%zu], delivery %zu: bad too early", i, d);
			evbuffer_free(outcome.output);

			body_reader_start(&reader, FRAMING_CHUNKED, 0);
			read_all(&reader, bad_cases[i].bytes, bad_cases[i].len, &deliveries[d], &outcome);
			if (outcome.result != BODY_BAD || !output_is(&outcome, bad_cases[i].body))
				fail_msg("bad_cases[%zu], delivery %zu: not refused", i, d);
			evbuffer_free(outcome.output);
			/* and there is no way back */
			read_all(&reader, BYTES("1\r\na\r\n0\r\n\r\n"), &deliveries[d], &after);
			assert_int_equal(after.result, BODY_BAD);
			assert_int_equal(evbuffer_get_length(after.output), 0);
			evbuffer_free(after.output);
		}
	}
}

static void wants_more_of_a_chunked_body(void **state)
{
	(void)state;
	static const char whole[] = "5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n";
	for (size_t len = 0; len < sizeof whole - 1; len++) {
		struct body_reader reader;
		struct outcome outcome;
		body_reader_start(&reader, FRAMING_CHUNKED, 0);
		read_all(&reader, whole, len, &deliveries[0], &outcome);
		assert_int_equal(outcome.result, BODY_MORE);
		evbuffer_free(outcome.output);
	}
}

/* The largest size that int64 holds is a size; nobody waits for all of it here. */
static void takes_the_largest_chunk(void **state)
{
	(void)state;
	struct body_reader reader;
	struct outcome outcome;
	body_reader_start(&reader, FRAMING_CHUNKED, 0);
	read_all(&reader, BYTES("7fffffffffffffff\r\nabc"), &deliveries[0], &outcome);
	assert_int_equal(outcome.result, BODY_MORE);
	assert_true(output_is(&outcome, "abc"));
	assert_true(reader.left == INT64_MAX - 3);
	evbuffer_free(outcome.output);
}

/* COUNT times LINE behind the last chunk. */
static enum body_result read_trailers(const char *line, size_t count)
{
	struct evbuffer *input = evbuffer_new();
	struct evbuffer *output = evbuffer_new();
	struct body_reader reader;
	evbuffer_add(input, "0\r\n", 3);
	for (size_t i = 0; i < count; i++)
		evbuffer_add(input, line, strlen(line));
	evbuffer_add(input, "\r\n", 2);
	body_reader_start(&reader, FRAMING_CHUNKED, 0);
	enum body_result result = body_read(&reader, input, output, SIZE_MAX);
	evbuffer_free(input);
	evbuffer_free(output);
	return result;
}

static void bounds_trailers(void **state)
{
	(void)state;
	/* a line of 256 bytes: 64 of them are 16 KiB, the final CRLF comes on top */
	char line[257];
	memset(line, 'x', sizeof line);
	line[1] = ':';
	memcpy(line + 254, "\r\n", 3);
	assert_int_equal(read_trailers(line, 63), BODY_DONE);
	assert_int_equal(read_trailers(line, 64), BODY_BAD);
	assert_int_equal(read_trailers("X: 1\r\n", 100), BODY_DONE);
	assert_int_equal(read_trailers("X: 1\r\n", 101), BODY_BAD);
}

static void reads_by_length(void **state)
{
	(void)state;
	for (size_t d = 0; d < COUNT(deliveries); d++) {
		struct body_reader reader;
		struct outcome outcome;
		body_reader_start(&reader, FRAMING_LENGTH, 5);
		read_all(&reader, BYTES("helloGET /"), &deliveries[d], &outcome);
		assert_int_equal(outcome.result, BODY_DONE);
		assert_true(output_is(&outcome, "hello"));
		assert_int_equal(outcome.left, 5);
		evbuffer_free(outcome.output);

		body_reader_start(&reader, FRAMING_LENGTH, 5);
		read_all(&reader, BYTES("hell"), &deliveries[d], &outcome);
		assert_int_equal(outcome.result, BODY_MORE);
		assert_true(output_is(&outcome, "hell"));
		evbuffer_free(outcome.output);
	}
}

static void reads_until_close(void **state)
{
	(void)state;
	for (size_t d = 0; d < COUNT(deliveries); d++) {
		struct body_reader reader;
		struct outcome outcome;
		body_reader_start(&reader, FRAMING_UNTIL_CLOSE, 0);
		read_all(&reader, BYTES("0\r\n\r\nall of it"), &deliveries[d], &outcome);
		assert_int_equal(outcome.result, BODY_MORE);
		assert_true(output_is(&outcome, "0\r\n\r\nall of it"));
		evbuffer_free(outcome.output);
	}
}

static void is_done_without_a_body(void **state)
{
	(void)state;
	struct evbuffer *input = evbuffer_new();
	struct evbuffer *output = evbuffer_new();
	struct body_reader reader;
	evbuffer_add(input, "next", 4);
	body_reader_start(&reader, FRAMING_NONE, 0);
	assert_int_equal(body_read(&reader, input, output, SIZE_MAX), BODY_DONE);
	body_reader_start(&reader, FRAMING_LENGTH, 0);
	assert_int_equal(body_read(&reader, input, output, SIZE_MAX), BODY_DONE);
	assert_int_equal(evbuffer_get_length(input), 4);
	assert_int_equal(evbuffer_get_length(output), 0);
	evbuffer_free(input);
	evbuffer_free(output);
}

/* Nothing is moved with MAX 0, but what frames the body is taken. */
static void takes_framing_without_data(void **state)
{
	(void)state;
	struct evbuffer *input = evbuffer_new();
	struct evbuffer *output = evbuffer_new();
	struct body_reader reader;
	evbuffer_add(input, BYTES("3\r\nabc"));
	body_reader_start(&reader, FRAMING_CHUNKED, 0);
	assert_int_equal(body_read(&reader, input, output, 0), BODY_MORE);
	assert_int_equal(evbuffer_get_length(input), 3);
	assert_int_equal(body_read(&reader, input, output, 3), BODY_MORE);
	evbuffer_add(input, BYTES("\r\n0\r\n\r\n"));
	assert_int_equal(body_read(&reader, input, output, 0), BODY_DONE);
	assert_int_equal(evbuffer_get_length(output), 3);
	evbuffer_free(input);
	evbuffer_free(output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_chunks),
		cmocka_unit_test(refuses_chunks),
		cmocka_unit_test(wants_more_of_a_chunked_body),
		cmocka_unit_test(takes_the_largest_chunk),
		cmocka_unit_test(bounds_trailers),
		cmocka_unit_test(reads_by_length),
		cmocka_unit_test(reads_until_close),
		cmocka_unit_test(is_done_without_a_body),
		cmocka_unit_test(takes_framing_without_data),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
