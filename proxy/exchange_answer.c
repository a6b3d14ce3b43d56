/* The answer's way: the daemon's head is read, judged for form and printed afresh, and its body goes
 * on as it comes; or the connection becomes a tunnel. */
#include "proxy/exchange_private.h"

#include "policy/text.h"
#include "policy/version_answer.h"
#include "proxy/answer_headers.h"
#include "proxy/http_write.h"
#include "proxy/stream.h"
#include "proxy/tunnel.h"
#include "proxy/upstream.h"

#include <event2/buffer.h>
#include <string.h>

enum { INTERIM_MAX = 8 };

static void tunnel_ended(enum tunnel_end how, const struct tunnel_counts *counts, void *owner)
{
	struct exchange *exchange = owner;

	exchange->tunnel = NULL;
	exchange->bytes_in += counts->from_client;
	exchange->bytes_out += counts->to_client;
	exchange_end(exchange, how == TUNNEL_COMPLETE ? EXCHANGE_TUNNELLED : EXCHANGE_CUT,
	             exchange->head.status, NULL);
}

static bool write_tunnel_head(struct exchange *exchange)
{
	const struct http_response_head *head = &exchange->head;
	struct http_message message = {.framing = FRAMING_NONE};

	if (head->status == 101)
		message.upgrade = headers_value(&head->headers, "Upgrade");
	else
		message.framing = FRAMING_UNTIL_CLOSE;
	return answer_headers_select(exchange->setup.request->arena, &head->headers,
	                             &exchange->setup.warnings, &message.headers) &&
	       exchange_cap_headers(exchange, &message.headers) &&
	       http_write_response(stream_output(exchange->setup.client), head->status, head->reason,
	                           &message);
}

static void become_tunnel(struct exchange *exchange)
{
	struct stream *client = exchange->setup.client, *daemon = exchange->daemon;

	if (!write_tunnel_head(exchange)) {
		exchange_daemon_failed(exchange, "out of memory");
		return;
	}
	exchange->head_sent = true;
	stream_watch_hangup(client, false);
	exchange->daemon = NULL; /* both are the tunnel's from here on */
	exchange->setup.client = NULL;
	exchange->tunnel = tunnel_take(exchange->setup.loop, client, daemon, exchange->setup.linger_ms,
	                               tunnel_ended, exchange);
	if (exchange->tunnel == NULL)
		exchange_end(exchange, EXCHANGE_CUT, exchange->head.status, NULL);
	else
		tunnel_start(exchange->tunnel);
}

/* A 101 is taken only where an upgrade was asked for, to the protocol that was asked for. */
static bool upgrade_was_asked(const struct exchange *exchange)
{
	const char *asked = exchange_upgrade_protocol(exchange->setup.request);
	const char *given = headers_value(&exchange->head.headers, "Upgrade");

	return asked != NULL && given != NULL && exchange->request_done &&
	       text_equal_ascii(asked, given);
}

/* attach and exec start may answer 200 and then speak raw until the close. */
static bool is_raw_stream(const struct exchange *exchange)
{
	return exchange->setup.request->route->answer == ANSWER_HIJACK && exchange->request_done &&
	       exchange->head.status == 200 && exchange->head.framing == FRAMING_UNTIL_CLOSE;
}

static bool retells(const struct exchange *exchange)
{
	return exchange->setup.retell != NULL && exchange->head.status >= 400 &&
	       exchange->head.framing != FRAMING_NONE;
}

/* Looks at a final head. False when the exchange ended or became a tunnel. */
static bool take_head(struct exchange *exchange)
{
	const struct http_response_head *head = &exchange->head;

	if (head->status == 101 && !upgrade_was_asked(exchange)) {
		exchange_daemon_failed(exchange, "the daemon switched protocols without being asked");
		return false;
	}
	if (head->status == 101 || is_raw_stream(exchange)) {
		become_tunnel(exchange);
		return false;
	}
	exchange->have_head = true;
	exchange->rewrites = exchange_tells_versions(exchange) || retells(exchange);
	exchange->changes = exchange->setup.change != NULL && head->status / 100 == 2 &&
	                    head->framing != FRAMING_NONE && !exchange->rewrites;
	body_reader_start(&exchange->download, head->framing, head->length);
	return true;
}

/* False when the exchange ended, became a tunnel, or the head is not complete yet. */
bool exchange_read_head(struct exchange *exchange)
{
	const struct request *request = exchange->setup.request;
	struct evbuffer *input = stream_input(exchange->daemon);
	struct http_fault fault = {0};

	exchange->answer_seen = exchange->answer_seen || evbuffer_get_length(input) > 0;
	for (;;) {
		switch (http_read_response(input, request->arena, &exchange->setup.limits,
		                           &exchange->scanned, request->method, &exchange->head, &fault)) {
		case HTTP_MORE:
			return false;
		case HTTP_BAD:
			exchange_daemon_failed(exchange, "the daemon's answer is malformed");
			return false;
		case HTTP_DONE:
			break;
		}
		exchange->scanned = 0;
		if (exchange->head.status >= 200 || exchange->head.status == 101)
			return take_head(exchange);
		if (++exchange->interim > INTERIM_MAX) {
			exchange_daemon_failed(exchange, "the daemon sends interim answers without end");
			return false;
		}
	}
}

/* A HEAD's answer has no body and yet tells the length of one (RFC 9110 §8.6), which is no other's than that of what would be
 * changed. */
static enum http_framing choose_framing(const struct exchange *exchange)
{
	const struct exchange_setup *setup = &exchange->setup;

	if (setup->request->method == METHOD_HEAD && setup->change == NULL &&
	    headers_value(&exchange->head.headers, "Content-Length") != NULL)
		return FRAMING_LENGTH;
	if (exchange->changes)
		return setup->client_minor == 0 ? FRAMING_UNTIL_CLOSE : FRAMING_CHUNKED;
	if (exchange->head.framing == FRAMING_CHUNKED && setup->client_minor == 0)
		return FRAMING_UNTIL_CLOSE;
	return exchange->head.framing;
}

static bool send_answer_head(struct exchange *exchange)
{
	struct http_message message = {.framing = choose_framing(exchange),
	                               .length = exchange->head.length};

	if (exchange->rewrites) {
		message.framing = FRAMING_LENGTH;
		message.length = evbuffer_get_length(exchange->piece);
	}
	exchange->answer_framing = message.framing;
	message.close = !exchange->setup.keep_alive || !exchange->request_done ||
	                message.framing == FRAMING_UNTIL_CLOSE;
	if (!answer_headers_select(exchange->setup.request->arena, &exchange->head.headers,
	                           &exchange->setup.warnings, &message.headers) ||
	    !exchange_cap_headers(exchange, &message.headers) ||
	    !http_write_response(stream_output(exchange->setup.client), exchange->head.status,
	                         exchange->head.reason, &message)) {
		exchange_daemon_failed(exchange, "the daemon's answer cannot be passed on");
		return false;
	}
	exchange->closes = message.close;
	exchange->head_sent = true;
	return true;
}

/* The whole answer has been passed on. */
static void answer_done(struct exchange *exchange)
{
	struct stream *daemon = exchange->daemon;
	bool clean = exchange->head.keep_alive && exchange->request_done && !exchange->half_closed &&
	             !exchange->daemon_broken && stream_queued(daemon) == 0 &&
	             !stream_peer_finished(daemon) && evbuffer_get_length(stream_input(daemon)) == 0;

	if (clean) {
		exchange->daemon = NULL;
		upstream_return(exchange->setup.upstream, exchange->setup.generation, daemon);
	}
	exchange_end(exchange,
	             exchange->closes || !exchange->request_done ? EXCHANGE_LAST : EXCHANGE_COMPLETE,
	             exchange->head.status, NULL);
}

static bool write_piece(struct exchange *exchange, struct evbuffer *piece, bool last)
{
	struct evbuffer *output = stream_output(exchange->setup.client);

	exchange->bytes_out += evbuffer_get_length(piece);
	if (exchange->answer_framing != FRAMING_CHUNKED)
		return evbuffer_add_buffer(output, piece) == 0;
	return http_write_chunk(output, piece) && (!last || http_write_last_chunk(output));
}

/* Shows the piece to who looks; false when it is the last one, and has to wait. */
static bool show_piece(struct exchange *exchange, bool last)
{
	const struct exchange_setup *setup = &exchange->setup;

	return setup->observe == NULL ||
	       setup->observe(setup->observer, exchange->head.status, exchange->piece, last) || !last;
}

/* False when there is no memory. */
static bool hold_end(struct exchange *exchange)
{
	exchange->answer_end = evbuffer_new();
	return exchange->answer_end != NULL &&
	       evbuffer_add_buffer(exchange->answer_end, exchange->piece) == 0;
}

/* Passes PIECE on. False when the exchange ended. */
static bool pass_piece(struct exchange *exchange, struct evbuffer *piece, bool last)
{
	if (!write_piece(exchange, piece, last)) {
		exchange_daemon_failed(exchange, NULL);
		return false;
	}
	if (!last)
		return true;
	stream_flush(exchange->setup.client);
	answer_done(exchange);
	return false;
}

static bool add_more(const struct exchange *exchange, struct evbuffer *end, const char *more)
{
	bool has_room = exchange->answer_framing == FRAMING_CHUNKED ||
	                exchange->answer_framing == FRAMING_UNTIL_CLOSE;

	return more == NULL || (has_room && evbuffer_add(end, more, strlen(more)) == 0);
}

void exchange_let_answer(struct exchange *exchange, const char *more)
{
	struct evbuffer *end = exchange->answer_end;

	exchange->answer_end = NULL;
	if (exchange->head_sent || send_answer_head(exchange)) {
		if (add_more(exchange, end, more))
			pass_piece(exchange, end, true);
		else
			exchange_daemon_failed(exchange, NULL);
	}
	evbuffer_free(end);
}

/* Passes on what was read, once who looks has seen it; where the end waits for that, a head that is not on its way does so
 * too. False when the exchange ended, or the end waits. */
static bool tell_piece(struct exchange *exchange, bool last)
{
	if (!show_piece(exchange, last)) {
		if (!hold_end(exchange))
			exchange_daemon_failed(exchange, "out of memory");
		return false;
	}
	if (!exchange->head_sent && !send_answer_head(exchange))
		return false;
	return pass_piece(exchange, exchange->piece, last);
}

/* The daemon closed: the end of an answer that runs until then, a cut of any other. */
static enum body_result result_at_close(const struct exchange *exchange, enum body_result result)
{
	bool closed = stream_peer_finished(exchange->daemon) && !exchange->daemon_broken &&
	              evbuffer_get_length(stream_input(exchange->daemon)) == 0;

	if (result != BODY_MORE || !closed)
		return result;
	return exchange->head.framing == FRAMING_UNTIL_CLOSE ? BODY_DONE : BODY_BAD;
}

static bool rewrite_whole(struct exchange *exchange)
{
	const struct exchange_setup *setup = &exchange->setup;
	struct exchange_refusal refusal = {0, NULL};

	if (retells(exchange))
		return setup->retell(setup->teller, exchange->piece);
	return exchange_cap_body(exchange, exchange->piece) &&
	       (setup->change == NULL ||
	        setup->change(setup->changer, exchange->piece, true, &refusal) == EXCHANGE_CHANGED);
}

/* What is rewritten must be there whole. False while it is not, and when the exchange ended. */
static bool rewrite_answer(struct exchange *exchange, bool whole)
{
	bool fits = evbuffer_get_length(exchange->piece) <= VERSION_ANSWER_LIMIT_BYTES;

	if (fits && !whole)
		return false;
	if (fits && rewrite_whole(exchange))
		return true;
	exchange_daemon_failed(exchange, retells(exchange)
	                                     ? "the daemon's error cannot be told"
	                                     : "the daemon's answer about its version makes no sense");
	return false;
}

/* --- a body that is changed on its way --- */

/* The client was told nothing yet, or sees a cut. */
static void cut_answer(struct exchange *exchange, const struct exchange_refusal *refusal)
{
	if (exchange->head_sent)
		exchange_end(exchange, EXCHANGE_BROKEN, exchange->head.status, NULL);
	else
		exchange_end(exchange, EXCHANGE_REFUSED, refusal->status, refusal->message);
}

/* Of an answer that is no stream the client hears when it is clear that it gets one. */
static bool holds_head(const struct exchange *exchange, bool last)
{
	return !exchange->head_sent && !last && evbuffer_get_length(exchange->piece) == 0 &&
	       exchange->setup.request->route->answer != ANSWER_STREAM;
}

/* Passes on what is made of PIECE. False when the exchange ended. */
static bool change_piece(struct exchange *exchange)
{
	struct exchange_refusal refusal = {502, "the daemon's answer makes no sense"};
	const struct exchange_setup *setup = &exchange->setup;

	switch (setup->change(setup->changer, exchange->piece, exchange->whole, &refusal)) {
	case EXCHANGE_CHANGED:
		exchange->waits = false;
		break;
	case EXCHANGE_WAITS:
		exchange->waits = true;
		break;
	case EXCHANGE_CUTS:
		cut_answer(exchange, &refusal);
		return false;
	}
	bool last = exchange->whole && !exchange->waits;
	if (holds_head(exchange, last))
		return true;
	return tell_piece(exchange, last);
}

void exchange_change_again(struct exchange *exchange)
{
	if (!change_piece(exchange))
		return;
	if (exchange->waits)
		stream_flush(exchange->setup.client);
	else
		exchange_advance(exchange);
}

/* Passes on one piece of the answer. False when the exchange ended or nothing more is there. */
static bool download_piece(struct exchange *exchange)
{
	struct evbuffer *input = stream_input(exchange->daemon);
	size_t before = evbuffer_get_length(input);
	enum body_result result =
		body_read(&exchange->download, input, exchange->piece, EXCHANGE_PIECE_LIMIT);
	bool moved = evbuffer_get_length(input) != before;

	result = result_at_close(exchange, result);
	if (result == BODY_BAD ||
	    (result == BODY_DONE && !exchange->head_sent && evbuffer_get_length(input) > 0)) {
		exchange_daemon_failed(exchange, result == BODY_BAD
		                                     ? "the daemon's answer is malformed or was cut"
		                                     : "the daemon said more than its answer");
		return false;
	}
	exchange->whole = result == BODY_DONE;
	if (exchange->changes)
		return change_piece(exchange) && moved && !exchange->waits;
	if (exchange->rewrites && !rewrite_answer(exchange, result == BODY_DONE))
		return moved && !exchange->ended;
	return tell_piece(exchange, result == BODY_DONE) && moved;
}

/* False when the exchange ended. */
bool exchange_pump_answer(struct exchange *exchange)
{
	while (!exchange->waits && stream_queued(exchange->setup.client) < EXCHANGE_QUEUE_LIMIT &&
	       download_piece(exchange))
		;
	if (exchange->ended)
		return false;
	stream_flush(exchange->setup.client);
	return true;
}
