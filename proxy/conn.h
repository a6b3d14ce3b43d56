/* One client connection from accept to close: a state machine that reads a request, has it judged, lets an exchange
 * carry it to the daemon, and goes on to the next. Lives and dies on one worker. */
#ifndef QUAYMASTER_PROXY_CONN_H
#define QUAYMASTER_PROXY_CONN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct audit;
struct audit_desk;
struct conn;
struct edition;
struct edition_listener;
struct former;
struct loop;
struct metrics_shard;
struct owners;
struct provenance;
struct quota_table;
struct ssl_st;
struct upstream;

/* What every connection of a worker shares. */
struct conn_context {
	struct loop *loop;
	struct upstream *upstream;
	struct edition *edition; /* the one in force; another may take its place between two turns */
	struct audit *audit;
	struct audit_desk *desk; /* where decisions wait to be written; NULL: no log is required */
	struct metrics_shard *metrics;     /* its own; NULL: nothing is counted */
	struct provenance *provenance;     /* NULL: no policy asks where images came from */
	struct former *former;             /* NULL: nobody is remembered */
	struct owners *owners;             /* NULL: nothing is remembered */
	struct quota_table *quotas;        /* NULL: nothing that is limited can be had */
	atomic_uint_fast64_t *body_budget; /* bytes of inspected bodies still free, over all workers */
	void (*closed)(struct conn *conn,
	               void *owner); /* called once as a connection ends, but for conn_abort */
	void *owner;
};

enum conn_state {
	CONN_HANDSHAKE,
	CONN_READ_HEAD,
	CONN_READ_BODY,
	CONN_DECIDE,
	CONN_LOOKUP,   /* the daemon's version or a fact is being asked for */
	CONN_QUOTA,    /* what its tenant has is being counted, or others of its requests come first */
	CONN_AUDIT,    /* its decision is being written, and nothing is done before that */
	CONN_EXCHANGE, /* the exchange has the word: connect, send, read the answer, relay, tunnel */
	CONN_DRAIN, /* the answer is on its way to the client, and the daemon has no more part in it */
	CONN_DEAD
};

const char *conn_state_name(enum conn_state state);

/* Takes FD and, for TLS, SSL (NULL otherwise). LISTENER is one of the edition in force. NULL: everything is closed. */
struct conn *conn_take(const struct conn_context *context, const struct edition_listener *listener,
                       int fd, struct ssl_st *ssl);
/* Ends it at once, without calling back. */
void conn_abort(struct conn *conn);

/* Has it end with what is under way on it. A client that is between two requests may bring one more for an instant, which
 * is answered with "Connection: close": it may have been sent already. */
void conn_leave(struct conn *conn);

/* Cuts it off if its client is between two requests, or has been let in and has had a second to bring one. False: it is not. */
bool conn_shed(struct conn *conn);

/* Judges by the edition in force who its client is and what is under way on it: what is no longer allowed is cut, with a
 * line in the audit log, and the connection closed. False when that was done already. Not from inside a call of its
 * own. */
bool conn_rejudge(struct conn *conn);

/* The links of its worker's list. */
struct conn_links {
	struct conn *previous, *next;
};
struct conn_links *conn_links(struct conn *conn);

#endif
