/* Chunked bodies: however they arrive and are taken the same bytes come out, which are those that a
 * plain decoder of the grammar finds; and they are encoded to a body that is decoded to the same.
 * */
#include "proxy/http_body.h"
#include "proxy/http_write.h"

#include <assert.h>
#include <event2/buffer.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	enum body_result result;
	struct evbuffer *body;
	size_t taken;
};

/* STEP bytes arrive at a time, each step a chain of its own; MAX are taken at a time. */
static void decode(const uint8_t *data, size_t size, size_t step, size_t max,
                   struct outcome *outcome)
{
	struct evbuffer *input = evbuffer_new();
	struct body_reader reader;
	size_t sent = 0, before;

	outcome->body = evbuffer_new();
	assert(input != NULL && outcome->body != NULL);
	body_reader_start(&reader, FRAMING_CHUNKED, 0);
	do {
		size_t len = size - sent < step ? size - sent : step;
		assert(evbuffer_add_reference(input, data + sent, len, NULL, NULL) == 0);
		sent += len;
		do {
			before = evbuffer_get_length(input);
			outcome->result = body_read(&reader, input, outcome->body, max);
		} while (outcome->result == BODY_MORE && evbuffer_get_length(input) < before);
	} while (outcome->result == BODY_MORE && sent < size);
	assert(reader.received == evbuffer_get_length(outcome->body));
	outcome->taken = sent - evbuffer_get_length(input);
	evbuffer_free(input);
}

static bool same_bytes(struct evbuffer *a, struct evbuffer *b)
{
	size_t len = evbuffer_get_length(a);

	if (len != evbuffer_get_length(b))
		return false;
	return len == 0 || memcmp(evbuffer_pullup(a, -1), evbuffer_pullup(b, -1), len) == 0;
}

/* A second decoder, of whole chunks in one array. It knows no trailers: it stops before them. */
static void check_data(const uint8_t *data, size_t size, struct outcome *outcome)
{
	const uint8_t *body = evbuffer_pullup(outcome->body, -1);
	size_t left = evbuffer_get_length(outcome->body), at = 0;

	while (left > 0) {
		char digits[17] = {0};
		size_t count = 0;
		while (at < size && count < 16 && data[at] != '\r')
			digits[count++] = (char)data[at++];
		char *end;
		unsigned long long len = strtoull(digits, &end, 16);
		assert(count > 0 && *end == '\0' && len > 0);
		assert(at + 2 <= size && data[at] == '\r' && data[at + 1] == '\n');
		at += 2;
		size_t part = len < left ? (size_t)len : left;
		assert(part <= size - at && memcmp(body, data + at, part) == 0);
		at += part;
		body += part;
		left -= part;
		if (left == 0)
			break;
		assert(at + 2 <= size && data[at] == '\r' && data[at + 1] == '\n');
		at += 2;
	}
}

static void check_encoded(struct evbuffer *body)
{
	struct evbuffer *output = evbuffer_new(), *copy = evbuffer_new();
	size_t len = evbuffer_get_length(body);
	struct outcome again;

	assert(output != NULL && copy != NULL);
	assert(len == 0 || evbuffer_add(copy, evbuffer_pullup(body, -1), len) == 0);
	assert(http_write_chunk(output, copy) && http_write_last_chunk(output));
	size_t encoded = evbuffer_get_length(output);
	decode(evbuffer_pullup(output, -1), encoded, encoded, SIZE_MAX, &again);
	assert(again.result == BODY_DONE && again.taken == encoded && same_bytes(again.body, body));
	evbuffer_free(again.body);
	evbuffer_free(output);
	evbuffer_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		size_t step, max;
	} deliveries[] = {{1, SIZE_MAX}, {5, SIZE_MAX}, {SIZE_MAX, 1}, {3, 2}};
	struct outcome whole;

	if (size == 0)
		return 0;
	decode(data, size, size, SIZE_MAX, &whole);
	check_data(data, size, &whole);
	for (size_t i = 0; i < sizeof deliveries / sizeof *deliveries; i++) {
		struct outcome other;
		decode(data, size, deliveries[i].step, deliveries[i].max, &other);
		assert(other.result == whole.result && same_bytes(other.body, whole.body));
		assert(other.taken == whole.taken);
		evbuffer_free(other.body);
	}
	check_encoded(whole.body);
	evbuffer_free(whole.body);
	return 0;
}
