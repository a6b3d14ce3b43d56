/* What exchange.c (the request's way, and the whole) and exchange_answer.c (the answer's way) share,
 * and nobody else. */
#ifndef QUAYMASTER_PROXY_EXCHANGE_PRIVATE_H
#define QUAYMASTER_PROXY_EXCHANGE_PRIVATE_H

#include "proxy/exchange.h"
#include "proxy/http_body.h"
#include "proxy/loop.h"

struct evbuffer;
struct tunnel;
struct upstream_wait;

/* What may wait in a queue before its source is paused, and what is moved at a time. */
enum { EXCHANGE_QUEUE_LIMIT = 256 * 1024, EXCHANGE_PIECE_LIMIT = 64 * 1024 };

struct exchange {
	struct deferred deferred;
	struct exchange_setup setup;
	struct upstream_wait *wait;
	struct stream *daemon;
	struct tunnel *tunnel;
	struct evbuffer *piece; /* body bytes between two queues */
	/* The request's direction. */
	struct body_reader upload;
	struct evbuffer *held;   /* a piece that waits at the gate; NULL: none ever did */
	bool holding, held_last; /* it waits now; and it is the last one */
	bool request_done;
	bool half_closed; /* the client's end of writing was passed on */
	/* The answer's direction. */
	struct http_response_head head;
	struct body_reader download;
	struct evbuffer
		*answer_end; /* the last piece, while it waits for the observer; NULL: it does not */
	enum http_framing answer_framing; /* as told to the client */
	size_t scanned;
	unsigned interim;
	bool reused;
	bool answer_seen; /* the daemon has said anything at all */
	bool have_head;
	bool rewrites; /* the body is collected whole in PIECE, and goes on changed */
	bool changes;  /* the body is changed piece by piece; what is rewritten is so in one */
	bool waits;    /* for exchange_change_again */
	bool whole;    /* all of the body has come from the daemon */
	bool head_sent;
	bool closes; /* the client was told that its connection closes */
	bool daemon_broken;
	bool ended;
	uint64_t bytes_in, bytes_out;
	void (*done)(const struct exchange_outcome *, void *);
	void *owner;
};

/* exchange.c */
void exchange_end(struct exchange *exchange, enum exchange_end end, unsigned status,
                  const char *message);
/* The daemon failed us: an honest 502 while the client knows nothing, a visible cut once it does. */
void exchange_daemon_failed(struct exchange *exchange, const char *message);
/* The protocol that the request asks to upgrade to; NULL when it asks for none. */
const char *exchange_upgrade_protocol(const struct request *request);

/* exchange_answer.c */
/* False when the exchange ended, became a tunnel, or the head is not complete yet. */
bool exchange_read_head(struct exchange *exchange);
/* Passes on what is there of the answer's body. False when the exchange ended. */
bool exchange_pump_answer(struct exchange *exchange);

/* exchange_versions.c: what the daemon tells of its API versions */
/* Whether the answer, whose head is there, must be rewritten. */
bool exchange_tells_versions(const struct exchange *exchange);
/* Rewrites HEADERS, and BODY, which is whole. False when that makes no sense, or there is no memory. */
bool exchange_cap_headers(const struct exchange *exchange, struct headers *headers);
bool exchange_cap_body(const struct exchange *exchange, struct evbuffer *body);

#endif
