/* One request's way to the daemon and its answer's way back. Takes a connection, sends what was judged, relays the
 * answer, and says how it ended; an upgrade becomes a tunnel. Knows nothing of policies or of the next request. */
#ifndef QUAYMASTER_PROXY_EXCHANGE_H
#define QUAYMASTER_PROXY_EXCHANGE_H

#include "policy/request.h"
#include "proxy/http_read.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;
struct exchange;
struct loop;
struct stream;
struct upstream;

enum exchange_end {
	EXCHANGE_COMPLETE,  /* answered whole; the client's connection may serve another request */
	EXCHANGE_LAST,      /* answered whole; the client's connection must close */
	EXCHANGE_REFUSED,   /* the client was told nothing yet: answer with STATUS and MESSAGE */
	EXCHANGE_BROKEN,    /* the answer was cut, and the client must see that */
	EXCHANGE_TUNNELLED, /* a tunnel ended; the client's stream is gone */
	EXCHANGE_CUT        /* a tunnel was cut; the client's stream is gone */
};

struct exchange_outcome {
	enum exchange_end end;
	unsigned status; /* of the answer, or to answer with */
	const char *message;
	bool request_read; /* the client's body was read whole */
	bool answered;     /* the daemon has said what came of it, whatever became of that */
	uint64_t bytes_in, bytes_out;
};

/* What becomes of a piece of the client's body. */
enum exchange_gate {
	EXCHANGE_PASS,
	EXCHANGE_HOLD, /* until exchange_open_gate or exchange_refuse: with it the daemon could act */
	EXCHANGE_DENY  /* the exchange ends */
};

struct exchange_refusal {
	unsigned status;
	const char *message;
};

/* What becomes of a piece of the answer's body. */
enum exchange_change {
	EXCHANGE_CHANGED, /* what is in it now goes to the client */
	EXCHANGE_WAITS,   /* so does it now; the rest waits for exchange_change_again */
	EXCHANGE_CUTS /* the exchange ends: refused, or cut where the client knows of the answer already */
};

struct exchange_setup {
	struct loop *loop;
	struct upstream *upstream;
	uint64_t generation;
	struct stream *client; /* lent; its events stay the owner's, who calls exchange_advance */
	const struct request *request; /* lives as long as the exchange, as does its arena */
	struct api_range versions;     /* that the answer may tell of; newest {0, 0}: all there are */
	struct headers warnings;       /* for the answer, besides the daemon's own headers */
	bool streams_body;             /* the client's body goes on as it comes, framed so: */
	enum http_framing framing;
	uint64_t length;
	unsigned client_minor; /* HTTP/1.minor of the client */
	bool keep_alive;       /* what the client asked for */
	struct http_limits limits;
	unsigned linger_ms;
	/* Asked about each piece of a streamed body before it goes to the daemon; the LAST one may be empty.
	 * Fills REFUSAL for a denial. NULL: all of it passes. */
	enum exchange_gate (*gate)(void *gatekeeper, struct evbuffer *piece, bool last,
	                           struct exchange_refusal *refusal);
	void *gatekeeper;
	/* Sees each piece of the answer's body before it goes to the client, and changes nothing of it; the
	 * LAST one may be empty. False for the last one: it waits for exchange_let_answer or exchange_cut, and the head with it
	 * where there is nothing before it. NULL: nobody looks. */
	bool (*observe)(void *observer, unsigned status, struct evbuffer *piece, bool last);
	void *observer;
	/* Takes each piece of a successful answer's body and leaves in its place what goes to the client, be it more or
	 * less; the LAST one may be empty. Fills REFUSAL when it cuts. The client gets the answer without a length, and,
	 * but for streams, hears nothing of it before there is something to send. NULL: the body goes as it comes. */
	enum exchange_change (*change)(void *changer, struct evbuffer *piece, bool last,
	                               struct exchange_refusal *refusal);
	void *changer;
	/* Changes the whole body of an error (a status of 400 and above) before it goes to the client. False: it cannot. NULL:
	 * errors go as they come. */
	bool (*retell)(void *teller, struct evbuffer *body);
	void *teller;
};

/* Prepares an exchange; NULL: no memory. DONE is called once: from exchange_begin, exchange_advance or the loop. */
struct exchange *exchange_new(const struct exchange_setup *setup,
                              void (*done)(const struct exchange_outcome *outcome, void *owner),
                              void *owner);
void exchange_begin(struct exchange *exchange);
/* Something happened on the client's stream: data, drained, end of its writing. Not to be called in a tunnel. */
void exchange_advance(struct exchange *exchange);
/* A piece was held: it goes on, and all that follows does without being asked about. */
void exchange_open_gate(struct exchange *exchange);
/* A piece was held: nothing more of the body reaches the daemon, which is told by the cut. */
void exchange_refuse(struct exchange *exchange, const struct exchange_refusal *refusal);
/* Ends it in the middle, whatever it is at: REFUSAL is what to answer where the client was told nothing yet; what it
 * was told in part, and a tunnel, is cut visibly. DONE comes from in here. */
void exchange_cut(struct exchange *exchange, const struct exchange_refusal *refusal);
/* The answer's end was held: it goes to the client, and MORE behind it (NULL: nothing); where the answer has told its
 * length, MORE cannot, and the client sees a cut. */
void exchange_let_answer(struct exchange *exchange, const char *more);
/* A change had to wait: it is asked once more, with an empty piece. */
void exchange_change_again(struct exchange *exchange);
/* The client is gone: drops the daemon's connection. DONE will not come. NULL is fine. */
void exchange_abort(struct exchange *exchange);

/* The client's whole body has gone to the daemon. */
bool exchange_has_sent(const struct exchange *exchange);
bool exchange_is_tunnel(const struct exchange *exchange);
uint64_t exchange_bytes_in(const struct exchange *exchange);
uint64_t exchange_bytes_out(const struct exchange *exchange);

#endif
