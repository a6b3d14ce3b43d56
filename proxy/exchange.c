/* One request's way to the daemon, and what holds both ways together: connections, retries and the
 * end. Both directions are pumped after every event, whatever it was, since the daemon may answer
 * before it has read the whole body. The answer's way is exchange_answer.c. */
#include "proxy/exchange_private.h"

#include "policy/request.h"
#include "proxy/http_write.h"
#include "proxy/loop.h"
#include "proxy/stream.h"
#include "proxy/tunnel.h"
#include "proxy/upstream.h"

#include <event2/buffer.h>
#include <stdlib.h>

static void daemon_event(struct stream *stream, enum stream_event event, void *owner);
static bool connect_fresh(struct exchange *exchange);

static void exchange_free(void *object)
{
	struct exchange *exchange = object;

	if (exchange->piece != NULL)
		evbuffer_free(exchange->piece);
	if (exchange->held != NULL)
		evbuffer_free(exchange->held);
	if (exchange->answer_end != NULL)
		evbuffer_free(exchange->answer_end);
	free(exchange);
}

static void exchange_release(struct exchange *exchange)
{
	exchange->ended = true;
	if (exchange->setup.client != NULL)
		stream_watch_hangup(exchange->setup.client, false);
	upstream_cancel(exchange->wait);
	exchange->wait = NULL;
	if (exchange->daemon != NULL)
		stream_abort(exchange->daemon);
	exchange->daemon = NULL;
	loop_defer_free(exchange->setup.loop, &exchange->deferred, exchange_free);
}

void exchange_end(struct exchange *exchange, enum exchange_end end, unsigned status,
                  const char *message)
{
	const struct exchange_outcome outcome = {
		.end = end,
		.status = status,
		.message = message,
		.request_read = exchange->request_done,
		.answered = exchange->have_head || exchange->head_sent,
		.bytes_in = exchange->bytes_in,
		.bytes_out = exchange->bytes_out,
	};

	exchange_release(exchange);
	exchange->done(&outcome, exchange->owner);
}

/* The daemon failed us: an honest 502 while the client knows nothing, a visible cut once it does. */
void exchange_daemon_failed(struct exchange *exchange, const char *message)
{
	if (exchange->head_sent)
		exchange_end(exchange, EXCHANGE_BROKEN, exchange->head.status, NULL);
	else
		exchange_end(exchange, EXCHANGE_REFUSED, 502, message);
}

/* --- the request's way ----------------------------------------------------------------------------------------- */

static bool upload_room(const struct exchange *exchange)
{
	return stream_queued(exchange->daemon) < EXCHANGE_QUEUE_LIMIT;
}

/* The daemon's connection is dropped without an end of ours: it must not take what it has for complete. */
static void refuse_body(struct exchange *exchange, unsigned status, const char *message)
{
	if (exchange->head_sent)
		exchange_end(exchange, EXCHANGE_BROKEN, exchange->head.status, NULL);
	else
		exchange_end(exchange, EXCHANGE_REFUSED, status, message);
}

/* Writes PIECE to the daemon. False when the exchange ended. */
static bool pass_piece(struct exchange *exchange, struct evbuffer *piece, bool last)
{
	struct evbuffer *output = stream_output(exchange->daemon);
	bool chunked = exchange->setup.framing == FRAMING_CHUNKED;
	bool passed =
		chunked ? http_write_chunk(output, piece) : evbuffer_add_buffer(output, piece) == 0;

	if (passed && last && chunked)
		passed = http_write_last_chunk(output);
	if (!passed)
		exchange_end(exchange, EXCHANGE_BROKEN, 0, NULL);
	exchange->request_done = last;
	return passed;
}

static bool hold_piece(struct exchange *exchange, bool last)
{
	exchange->held = evbuffer_new();
	if (exchange->held == NULL || evbuffer_add_buffer(exchange->held, exchange->piece) != 0) {
		refuse_body(exchange, 503, "out of memory");
		return false;
	}
	exchange->holding = true;
	exchange->held_last = last;
	return true;
}

/* Asks the gate. False when the exchange ended. */
static bool judge_piece(struct exchange *exchange, bool last)
{
	struct exchange_refusal refusal = {503, "the request cannot be served"};

	switch (exchange->setup.gate(exchange->setup.gatekeeper, exchange->piece, last, &refusal)) {
	case EXCHANGE_PASS:
		return pass_piece(exchange, exchange->piece, last);
	case EXCHANGE_HOLD:
		return hold_piece(exchange, last);
	case EXCHANGE_DENY:
		break;
	}
	refuse_body(exchange, refusal.status, refusal.message);
	return false;
}

/* Passes on one piece of the client's body. False when the exchange ended. */
static bool upload_piece(struct exchange *exchange)
{
	enum body_result result = body_read(&exchange->upload, stream_input(exchange->setup.client),
	                                    exchange->piece, EXCHANGE_PIECE_LIMIT);

	if (result == BODY_BAD) {
		refuse_body(exchange, 400, "malformed chunked request body");
		return false;
	}
	exchange->bytes_in += evbuffer_get_length(exchange->piece);
	if (exchange->setup.gate != NULL)
		return judge_piece(exchange, result == BODY_DONE);
	return pass_piece(exchange, exchange->piece, result == BODY_DONE);
}

/* What is held may be all of the body. */
static bool body_will_be_whole(const struct exchange *exchange)
{
	struct stream *client = exchange->setup.client;

	return exchange->request_done || (exchange->holding && exchange->held_last) ||
	       !stream_peer_finished(client) || evbuffer_get_length(stream_input(client)) > 0;
}

/* False when the exchange ended. */
static bool pump_request(struct exchange *exchange)
{
	struct stream *client = exchange->setup.client;

	while (!exchange->request_done && !exchange->holding && !exchange->daemon_broken &&
	       upload_room(exchange)) {
		size_t before = evbuffer_get_length(stream_input(client));

		if (!upload_piece(exchange))
			return false;
		if (evbuffer_get_length(stream_input(client)) == before && !exchange->request_done)
			break;
	}
	stream_flush(exchange->daemon);
	if (!body_will_be_whole(exchange)) {
		exchange_end(exchange, EXCHANGE_BROKEN, 0, NULL);
		return false;
	}
	return true;
}

/* A client that has finished writing may wait for its answer; the daemon is told, as it would be without us, so that
 * an endless answer ends when the client has gone. Before a hijack the end belongs to the tunnel. */
static void pass_half_close(struct exchange *exchange)
{
	struct stream *client = exchange->setup.client;

	if (exchange->half_closed || !exchange->request_done || !stream_peer_finished(client) ||
	    evbuffer_get_length(stream_input(client)) > 0 ||
	    exchange->setup.request->route->answer == ANSWER_HIJACK)
		return;
	exchange->half_closed = true;
	stream_finish(exchange->daemon);
}

/* --- both ------------------------------------------------------------------------------------------------------ */

/* A pooled connection may have been closed by the daemon just as it was used again. What cannot have had an effect is
 * sent once more. */
static bool may_retry(const struct exchange *exchange)
{
	return exchange->reused && !exchange->answer_seen && !exchange->setup.streams_body &&
	       (exchange->setup.request->method == METHOD_GET ||
	        exchange->setup.request->method == METHOD_HEAD);
}

static void daemon_closed_early(struct exchange *exchange)
{
	if (!may_retry(exchange)) {
		exchange_daemon_failed(exchange,
		                       "the Docker daemon closed the connection without an answer");
		return;
	}
	stream_abort(exchange->daemon);
	exchange->daemon = NULL;
	exchange->daemon_broken = false;
	if (!connect_fresh(exchange))
		exchange_end(exchange, EXCHANGE_REFUSED, 503, "out of memory");
}

/* What to read next follows from how full the queues are. */
static void rearm(struct exchange *exchange)
{
	if (exchange->request_done || upload_room(exchange))
		stream_resume(exchange->setup.client);
	else
		stream_pause(exchange->setup.client);
	if (!exchange->waits && stream_queued(exchange->setup.client) < EXCHANGE_QUEUE_LIMIT)
		stream_resume(exchange->daemon);
	else
		stream_pause(exchange->daemon);
	/* A client that waits and has gone altogether ends the daemon's work; one that still uploads is heard out. */
	stream_watch_hangup(exchange->setup.client, exchange->request_done);
}

void exchange_advance(struct exchange *exchange)
{
	if (exchange->ended || exchange->daemon == NULL || exchange->tunnel != NULL ||
	    exchange->answer_end != NULL)
		return;
	if (!pump_request(exchange))
		return;
	if (!exchange->have_head && !exchange_read_head(exchange)) {
		if (exchange->ended || exchange->tunnel != NULL)
			return;
		if (exchange->daemon_broken || stream_peer_finished(exchange->daemon)) {
			daemon_closed_early(exchange);
			return;
		}
	}
	if (exchange->have_head && !exchange_pump_answer(exchange))
		return;
	if (exchange->daemon_broken && !exchange->whole) {
		exchange_daemon_failed(exchange, "the connection to the Docker daemon broke");
		return;
	}
	pass_half_close(exchange);
	rearm(exchange);
}

static void daemon_event(struct stream *stream, enum stream_event event, void *owner)
{
	struct exchange *exchange = owner;

	(void)stream;
	switch (event) {
	case STREAM_READY:
	case STREAM_DATA:
	case STREAM_DRAINED:
	case STREAM_EOF:
		break;
	case STREAM_TRUNCATED:
	case STREAM_FAILED:
		exchange->daemon_broken = true; /* what it said before still counts */
		break;
	}
	exchange_advance(exchange);
}

const char *exchange_upgrade_protocol(const struct request *request)
{
	if (!request->upgrade)
		return NULL;
	switch (request->route->answer) {
	case ANSWER_HIJACK:
		return "tcp";
	case ANSWER_H2C:
		return "h2c";
	case ANSWER_WEBSOCKET:
		return "websocket";
	case ANSWER_PLAIN:
	case ANSWER_STREAM:
		return NULL;
	}
	return NULL;
}

/* Prints the request from its typed form onto a ready connection. */
static bool write_request(struct exchange *exchange)
{
	const struct request *request = exchange->setup.request;
	struct evbuffer *output = stream_output(exchange->daemon);
	struct http_message message = {.headers = request->headers, .framing = FRAMING_NONE};
	const char *target = request_print_target(request);
	const char *body = NULL;
	size_t len = 0;

	if (exchange->setup.streams_body) {
		message.framing = exchange->setup.framing;
		message.length = exchange->setup.length;
	} else if (request->body != NULL) {
		body = request_print_body(request, &len);
		message.framing = FRAMING_LENGTH;
		message.length = len;
		if (body == NULL)
			return false;
	} else if (request->method == METHOD_POST || request->method == METHOD_PUT) {
		message.framing = FRAMING_LENGTH;
	}
	message.upgrade = exchange_upgrade_protocol(request);
	return target != NULL &&
	       http_write_request(output, method_name(request->method), target,
	                          upstream_host(exchange->setup.upstream), &message) &&
	       (body == NULL || evbuffer_add(output, body, len) == 0);
}

static void use_connection(struct exchange *exchange, struct stream *daemon, bool reused)
{
	exchange->daemon = daemon;
	exchange->reused = reused;
	stream_set_owner(daemon, daemon_event, exchange);
	if (!write_request(exchange)) {
		exchange_end(exchange, EXCHANGE_REFUSED, 503, "out of memory for the request");
		return;
	}
	exchange_advance(exchange);
}

static void connected(enum upstream_result result, struct stream *stream, const char *message,
                      void *context)
{
	struct exchange *exchange = context;

	exchange->wait = NULL;
	if (result == UPSTREAM_READY)
		use_connection(exchange, stream, false);
	else
		exchange_end(exchange, EXCHANGE_REFUSED, result == UPSTREAM_REFUSED ? 502 : 503, message);
}

static bool connect_fresh(struct exchange *exchange)
{
	exchange->wait =
		upstream_connect(exchange->setup.upstream, exchange->setup.generation, connected, exchange);
	return exchange->wait != NULL;
}

void exchange_begin(struct exchange *exchange)
{
	struct stream *pooled = upstream_reuse(exchange->setup.upstream, exchange->setup.generation);

	if (pooled != NULL)
		use_connection(exchange, pooled, true);
	else if (!connect_fresh(exchange))
		exchange_end(exchange, EXCHANGE_REFUSED, 503, "out of memory");
}

struct exchange *exchange_new(const struct exchange_setup *setup,
                              void (*done)(const struct exchange_outcome *outcome, void *owner),
                              void *owner)
{
	struct exchange *exchange = calloc(1, sizeof *exchange);

	if (exchange == NULL)
		return NULL;
	exchange->setup = *setup;
	exchange->done = done;
	exchange->owner = owner;
	exchange->request_done = !setup->streams_body;
	exchange->piece = evbuffer_new();
	if (exchange->piece == NULL) {
		exchange_free(exchange);
		return NULL;
	}
	body_reader_start(&exchange->upload, setup->framing, setup->length);
	return exchange;
}

void exchange_open_gate(struct exchange *exchange)
{
	exchange->setup.gate = NULL;
	exchange->holding = false;
	if (pass_piece(exchange, exchange->held, exchange->held_last))
		exchange_advance(exchange);
}

void exchange_refuse(struct exchange *exchange, const struct exchange_refusal *refusal)
{
	refuse_body(exchange, refusal->status, refusal->message);
}

void exchange_cut(struct exchange *exchange, const struct exchange_refusal *refusal)
{
	if (exchange->tunnel != NULL)
		tunnel_cut(exchange->tunnel);
	else
		refuse_body(exchange, refusal->status, refusal->message);
}

void exchange_abort(struct exchange *exchange)
{
	if (exchange == NULL || exchange->ended)
		return;
	tunnel_abort(exchange->tunnel);
	exchange->tunnel = NULL;
	exchange_release(exchange);
}

bool exchange_has_sent(const struct exchange *exchange)
{
	return exchange->request_done;
}

bool exchange_is_tunnel(const struct exchange *exchange)
{
	return exchange->tunnel != NULL;
}

uint64_t exchange_bytes_in(const struct exchange *exchange)
{
	return exchange->bytes_in;
}

uint64_t exchange_bytes_out(const struct exchange *exchange)
{
	return exchange->bytes_out;
}
