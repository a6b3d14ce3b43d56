/* One request of our own to the daemon. Owns nothing of the connection: it borrows a ready stream for the time of one
 * exchange and says whether it came through clean. */
#include "proxy/fetch.h"

#include "policy/arena.h"
#include "proxy/http_body.h"
#include "proxy/http_read.h"
#include "proxy/http_write.h"
#include "proxy/loop.h"
#include "proxy/stream.h"

#include <event2/buffer.h>
#include <stdlib.h>

enum {
	FETCH_TIMEOUT_MS = 20000,
	FETCH_HEAD_BYTES = 64 * 1024,
	FETCH_HEADERS = 100,
	FETCH_INTERIM_MAX = 8
};

struct fetch {
	struct deferred deferred;
	struct loop *loop;
	struct stream *stream;
	enum method method;
	struct timer *timer;
	struct arena *arena;
	struct evbuffer *body;
	struct body_reader reader;
	struct http_response_head head;
	size_t scanned;
	unsigned interim;
	bool have_head;
	bool ended;
	void (*done)(const struct fetch_answer *, void *);
	void *context;
};

static void fetch_free(void *object)
{
	struct fetch *fetch = object;

	timer_free(fetch->timer);
	arena_free(fetch->arena);
	if (fetch->body != NULL)
		evbuffer_free(fetch->body);
	free(fetch);
}

static void fetch_release(struct fetch *fetch)
{
	fetch->ended = true;
	timer_stop(fetch->timer);
	loop_defer_free(fetch->loop, &fetch->deferred, fetch_free);
}

static void fetch_end(struct fetch *fetch, struct fetch_answer *answer)
{
	stream_set_owner(fetch->stream, NULL, NULL);
	fetch_release(fetch);
	fetch->done(answer, fetch->context);
}

static void fetch_fail(struct fetch *fetch, const char *message)
{
	struct fetch_answer answer = {.message = message};

	fetch_end(fetch, &answer);
}

static void fetch_succeed(struct fetch *fetch)
{
	size_t len = evbuffer_get_length(fetch->body);
	struct fetch_answer answer = {
		.status = fetch->head.status,
		.len = len,
		.body = len > 0 ? (const char *)evbuffer_pullup(fetch->body, -1) : "",
		.reusable = fetch->head.keep_alive && !stream_peer_finished(fetch->stream) &&
	                evbuffer_get_length(stream_input(fetch->stream)) == 0,
	};

	if (answer.body == NULL)
		fetch_fail(fetch, "out of memory");
	else
		fetch_end(fetch, &answer);
}

/* False when the fetch ended or must wait. */
static bool read_head(struct fetch *fetch)
{
	const struct http_limits limits = {.head_bytes = FETCH_HEAD_BYTES, .headers = FETCH_HEADERS};
	struct http_fault fault = {0};

	switch (http_read_response(stream_input(fetch->stream), fetch->arena, &limits, &fetch->scanned,
	                           fetch->method, &fetch->head, &fault)) {
	case HTTP_MORE:
		return false;
	case HTTP_BAD:
		fetch_fail(fetch, "the daemon's answer is malformed");
		return false;
	case HTTP_DONE:
		break;
	}
	fetch->scanned = 0;
	if (fetch->head.status >= 200) {
		fetch->have_head = true;
		body_reader_start(&fetch->reader, fetch->head.framing, fetch->head.length);
		return true;
	}
	if (fetch->head.status == 101 || ++fetch->interim > FETCH_INTERIM_MAX) {
		fetch_fail(fetch, "the daemon's answer is malformed");
		return false;
	}
	return true;
}

/* Reads as much of the body as is there. */
static void read_body(struct fetch *fetch)
{
	enum body_result result =
		body_read(&fetch->reader, stream_input(fetch->stream), fetch->body, FETCH_ANSWER_LIMIT + 1);

	if (evbuffer_get_length(fetch->body) > FETCH_ANSWER_LIMIT)
		fetch_fail(fetch, "the daemon's answer is too large to be judged");
	else if (result == BODY_BAD)
		fetch_fail(fetch, "the daemon's answer is malformed");
	else if (result == BODY_DONE)
		fetch_succeed(fetch);
}

static void fetch_advance(struct fetch *fetch)
{
	while (!fetch->ended && !fetch->have_head && read_head(fetch))
		;
	if (!fetch->ended && fetch->have_head)
		read_body(fetch);
	if (fetch->ended)
		return;
	if (!stream_peer_finished(fetch->stream))
		stream_resume(fetch->stream);
	else if (fetch->have_head && fetch->head.framing == FRAMING_UNTIL_CLOSE)
		fetch_succeed(fetch);
	else
		fetch_fail(fetch, "the daemon closed the connection before its answer was complete");
}

static void fetch_event(struct stream *stream, enum stream_event event, void *owner)
{
	struct fetch *fetch = owner;

	(void)stream;
	switch (event) {
	case STREAM_DATA:
	case STREAM_EOF:
		fetch_advance(fetch);
		return;
	case STREAM_READY:
	case STREAM_DRAINED:
		return;
	case STREAM_TRUNCATED:
	case STREAM_FAILED:
		fetch_fail(fetch, "the connection to the daemon broke");
		return;
	}
}

static void fetch_timed_out(void *context)
{
	fetch_fail(context, "the daemon did not answer in time");
}

/* A POST without a body says so, as clients' do. */
static bool send_question(struct stream *stream, const struct fetch_question *question)
{
	const struct http_message message = {
		.framing = question->method == METHOD_GET ? FRAMING_NONE : FRAMING_LENGTH,
		.headers = question->headers,
	};

	return http_write_request(stream_output(stream), method_name(question->method),
	                          question->target, question->host, &message);
}

struct fetch *fetch_start(struct loop *loop, struct stream *stream,
                          const struct fetch_question *question,
                          void (*done)(const struct fetch_answer *answer, void *context),
                          void *context)
{
	struct fetch *fetch = calloc(1, sizeof *fetch);

	if (fetch == NULL)
		return NULL;
	fetch->loop = loop;
	fetch->stream = stream;
	fetch->method = question->method;
	fetch->done = done;
	fetch->context = context;
	fetch->timer = timer_new(loop, fetch_timed_out, fetch);
	fetch->arena = arena_new(4 * FETCH_HEAD_BYTES);
	fetch->body = evbuffer_new();
	if (fetch->timer == NULL || fetch->arena == NULL || fetch->body == NULL ||
	    !send_question(stream, question)) {
		fetch_free(fetch);
		return NULL;
	}
	stream_set_owner(stream, fetch_event, fetch);
	timer_start(fetch->timer, FETCH_TIMEOUT_MS);
	stream_flush(stream);
	stream_resume(stream);
	return fetch;
}

void fetch_cancel(struct fetch *fetch)
{
	if (fetch == NULL || fetch->ended)
		return;
	stream_set_owner(fetch->stream, NULL, NULL);
	fetch_release(fetch);
}
