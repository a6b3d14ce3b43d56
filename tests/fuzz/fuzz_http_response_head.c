/* Response heads, to a request whose method the first byte chooses: however they arrive they are
 * read as the same, their framing is one that they can have, and what is taken is printed afresh to
 * a head that is read back as the same. */
#include "policy/arena.h"
#include "policy/route.h"
#include "proxy/http_read.h"
#include "proxy/http_write.h"
#include "tests/fuzz/heads.h"

#include <assert.h>
#include <event2/buffer.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits limits = {.head_bytes = 2048, .headers = 20};

struct outcome {
	enum http_result result;
	struct http_fault fault;
	struct http_response_head head;
	struct arena *arena;
	size_t taken;
};

/* STEP bytes at a time, each step a chain of its own. */
static void read_head(const uint8_t *data, size_t size, enum method asked, size_t step,
                      struct outcome *outcome)
{
	struct evbuffer *input = evbuffer_new();
	size_t scanned = 0, sent = 0;

	memset(outcome, 0, sizeof *outcome);
	outcome->arena = arena_new(1 << 20);
	assert(input != NULL && outcome->arena != NULL);
	do {
		sent += deliver(input, data + sent, size - sent, step);
		outcome->result = http_read_response(input, outcome->arena, &limits, &scanned, asked,
		                                     &outcome->head, &outcome->fault);
	} while (outcome->result == HTTP_MORE && sent < size);
	outcome->taken = sent - evbuffer_get_length(input); /* 0 unless it is complete */
	evbuffer_free(input);
}

static void assert_same(const struct outcome *a, const struct outcome *b)
{
	assert(a->result == b->result && a->taken == b->taken);
	assert(a->fault.status == b->fault.status && a->fault.message == b->fault.message);
	if (a->result == HTTP_BAD)
		assert(a->fault.status == 502);
	if (a->result != HTTP_DONE)
		return;
	assert(a->head.status == b->head.status && strcmp(a->head.reason, b->head.reason) == 0);
	assert(a->head.minor == b->head.minor && a->head.framing == b->head.framing);
	assert(a->head.length == b->head.length && a->head.keep_alive == b->head.keep_alive);
	assert_same_headers(&a->head.headers, &b->head.headers);
}

static void check_framing(const struct http_response_head *head, enum method asked)
{
	bool bodiless =
		head->status < 200 || head->status == 204 || head->status == 304 || asked == METHOD_HEAD;

	assert(head->status >= 100 && head->status <= 599);
	assert(bodiless == (head->framing == FRAMING_NONE));
	assert(head->framing != FRAMING_UNTIL_CLOSE || !head->keep_alive);
}

static void check_printed(struct http_response_head *head, enum method asked)
{
	const struct http_limits wide = {.head_bytes = 65536, .headers = 100};
	struct arena *arena = arena_new(1 << 20);
	struct evbuffer *output = evbuffer_new();
	struct http_response_head again;
	struct http_fault fault;
	size_t scanned = 0;
	struct http_message message = {.framing = head->framing, .length = head->length};

	assert(arena != NULL && output != NULL);
	message.close = !head->keep_alive;
	keep_end_to_end(&head->headers);
	message.headers = head->headers;
	assert(http_write_response(output, head->status, head->reason, &message));
	assert(http_read_response(output, arena, &wide, &scanned, asked, &again, &fault) == HTTP_DONE);
	assert(evbuffer_get_length(output) == 0);
	assert(again.status == head->status && again.framing == head->framing);
	assert(head->framing != FRAMING_LENGTH || again.length == head->length);
	assert(again.keep_alive == head->keep_alive);
	assert(strcmp(again.reason, *head->reason != '\0' ? head->reason : http_reason(head->status)) ==
	       0);
	keep_end_to_end(&again.headers);
	assert_same_headers(&again.headers, &head->headers);
	evbuffer_free(output);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, bytewise, pieces;
	enum method asked;

	if (size == 0)
		return 0;
	asked = *data == 'H' ? METHOD_HEAD : METHOD_GET;
	data++;
	size--;
	read_head(data, size, asked, size > 0 ? size : 1, &whole);
	read_head(data, size, asked, 1, &bytewise);
	read_head(data, size, asked, 5, &pieces);
	assert_same(&whole, &pieces);
	assert_same(&whole, &bytewise);
	if (whole.result == HTTP_DONE) {
		check_framing(&whole.head, asked);
		check_printed(&whole.head, asked);
	}
	arena_free(whole.arena);
	arena_free(bytewise.arena);
	arena_free(pieces.arena);
	return 0;
}
