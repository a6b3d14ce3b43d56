/* Request heads: however they arrive they are read as the same, and what is taken is printed afresh
 * to a head that is read back as the same. */
#include "policy/arena.h"
#include "proxy/http_field.h"
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
	struct http_request_head head;
	struct arena *arena;
	size_t taken;
};

/* STEP bytes at a time, each step a chain of its own. */
static void read_head(const uint8_t *data, size_t size, size_t step, struct outcome *outcome)
{
	struct evbuffer *input = evbuffer_new();
	size_t scanned = 0, sent = 0;

	memset(outcome, 0, sizeof *outcome);
	outcome->arena = arena_new(1 << 20);
	assert(input != NULL && outcome->arena != NULL);
	do {
		sent += deliver(input, data + sent, size - sent, step);
		outcome->result = http_read_request(input, outcome->arena, &limits, &scanned,
		                                    &outcome->head, &outcome->fault);
	} while (outcome->result == HTTP_MORE && sent < size);
	outcome->taken = sent - evbuffer_get_length(input); /* 0 unless it is complete */
	evbuffer_free(input);
}

static void assert_same(const struct outcome *a, const struct outcome *b)
{
	assert(a->result == b->result && a->taken == b->taken);
	assert(a->fault.status == b->fault.status && a->fault.message == b->fault.message);
	if (a->result != HTTP_DONE)
		return;
	assert(strcmp(a->head.method, b->head.method) == 0 &&
	       strcmp(a->head.target, b->head.target) == 0);
	assert(a->head.minor == b->head.minor && a->head.framing == b->head.framing);
	assert(a->head.length == b->head.length && a->head.keep_alive == b->head.keep_alive);
	assert(a->head.upgrade == b->head.upgrade &&
	       a->head.expect_continue == b->head.expect_continue);
	assert_same_headers(&a->head.headers, &b->head.headers);
}

static const char *value_of(const struct headers *headers, const char *name)
{
	for (size_t i = 0; i < headers->count; i++)
		if (http_name_is(headers->list[i].name, strlen(headers->list[i].name), name))
			return headers->list[i].value;
	return NULL;
}

static void check_printed(struct http_request_head *head)
{
	const struct http_limits wide = {.head_bytes = 65536, .headers = 100};
	struct arena *arena = arena_new(1 << 20);
	struct evbuffer *output = evbuffer_new();
	struct http_request_head again;
	struct http_fault fault;
	size_t scanned = 0;
	const char *host = value_of(&head->headers, "Host");
	const char *upgrade = value_of(&head->headers, "Upgrade");
	struct http_message message = {.framing = head->framing, .length = head->length};

	assert(arena != NULL && output != NULL);
	message.close = !head->keep_alive;
	message.upgrade = upgrade != NULL && *upgrade != '\0' ? upgrade : NULL;
	keep_end_to_end(&head->headers);
	message.headers = head->headers;
	assert(
		http_write_request(output, head->method, head->target, host != NULL ? host : "", &message));
	assert(http_read_request(output, arena, &wide, &scanned, &again, &fault) == HTTP_DONE);
	assert(evbuffer_get_length(output) == 0);
	assert(strcmp(again.method, head->method) == 0 && strcmp(again.target, head->target) == 0);
	assert(again.framing == head->framing && again.length == head->length);
	assert(again.upgrade == (message.upgrade != NULL));
	assert(message.upgrade != NULL || again.keep_alive == head->keep_alive);
	keep_end_to_end(&again.headers);
	assert_same_headers(&again.headers, &head->headers);
	evbuffer_free(output);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, bytewise, pieces;

	read_head(data, size, size > 0 ? size : 1, &whole);
	read_head(data, size, 1, &bytewise);
	read_head(data, size, 5, &pieces);
	assert_same(&whole, &pieces);
	assert_same(&whole, &bytewise);
	if (whole.result == HTTP_DONE) {
		assert(whole.head.target[0] == '/' && whole.head.headers.count <= limits.headers);
		check_printed(&whole.head);
	}
	arena_free(whole.arena);
	arena_free(bytewise.arena);
	arena_free(pieces.arena);
	return 0;
}
