/* One client connection: its states, timers and end. What a request means is conn_request.c's business. */
#include "proxy/conn.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "proxy/config.h"
#include "proxy/conn_private.h"
#include "proxy/edition.h"
#include "proxy/exchange.h"
#include "proxy/log.h"
#include "proxy/peer_process.h"
#include "proxy/stream.h"

#include <assert.h>
#include <event2/buffer.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	CONN_ARENA_BYTES = 256 * 1024,
	FRESH_MS = 1000, /* in which a client that was let in may bring its first request */
	AUDIT_PATIENCE_MS = 10000,
	LEAVING_MS = 500 /* for a request that crosses our leaving */
};

static enum step handshake(struct conn *conn);
static enum step drain(struct conn *conn);
static enum step dead(struct conn *conn);

/* A timer for each state that a slow client, or a stuck disk, must not keep for ever; 0 means none. */
enum timeout_kind {
	TIMEOUT_NONE = 0,
	TIMEOUT_HANDSHAKE,
	TIMEOUT_HEAD,
	TIMEOUT_BODY,
	TIMEOUT_AUDIT
};

#define TO(state) (1U << (state))

static const struct state_row {
	const char *name;
	enum step (*handler)(struct conn *conn);
	enum timeout_kind timeout;
	unsigned successors;
} states[] = {
	[CONN_HANDSHAKE] = {"HANDSHAKE", handshake, TIMEOUT_HANDSHAKE,
                        TO(CONN_READ_HEAD) | TO(CONN_DEAD)},
	[CONN_READ_HEAD] = {"READ_HEAD", conn_read_head, TIMEOUT_HEAD, TO(CONN_DECIDE) | TO(CONN_DEAD)},
	[CONN_READ_BODY] = {"READ_BODY", conn_read_body, TIMEOUT_BODY,
                        TO(CONN_DECIDE) | TO(CONN_READ_HEAD) | TO(CONN_DEAD)},
	[CONN_DECIDE] = {"DECIDE", conn_decide, TIMEOUT_NONE,
                     TO(CONN_READ_BODY) | TO(CONN_LOOKUP) | TO(CONN_QUOTA) | TO(CONN_AUDIT) |
                         TO(CONN_EXCHANGE) | TO(CONN_READ_HEAD) | TO(CONN_DEAD)},
	[CONN_LOOKUP] = {"LOOKUP", conn_wait, TIMEOUT_NONE,
                     TO(CONN_DECIDE) | TO(CONN_READ_HEAD) | TO(CONN_DEAD)},
	[CONN_QUOTA] = {"QUOTA", conn_wait, TIMEOUT_NONE,
                    TO(CONN_AUDIT) | TO(CONN_EXCHANGE) | TO(CONN_READ_HEAD) | TO(CONN_DEAD)},
	[CONN_AUDIT] = {"AUDIT", conn_wait, TIMEOUT_AUDIT,
                    TO(CONN_EXCHANGE) | TO(CONN_READ_HEAD) | TO(CONN_DEAD)},
	[CONN_EXCHANGE] = {"EXCHANGE", conn_exchange, TIMEOUT_NONE, TO(CONN_DRAIN) | TO(CONN_DEAD)},
	[CONN_DRAIN] = {"DRAIN", drain, TIMEOUT_NONE, TO(CONN_READ_HEAD) | TO(CONN_DEAD)},
	[CONN_DEAD] = {"DEAD", dead, TIMEOUT_NONE, 0},
};

const char *conn_state_name(enum conn_state state)
{
	return states[state].name;
}

struct conn_links *conn_links(struct conn *conn)
{
	return &conn->links;
}

static unsigned timeout_ms(const struct conn *conn)
{
	const struct limits_config *limits = &conn->edition->config->limits;

	switch (states[conn->state].timeout) {
	case TIMEOUT_NONE:
		return 0;
	case TIMEOUT_HANDSHAKE:
		return limits->handshake_ms;
	case TIMEOUT_HEAD:
		if (!conn->idle)
			return limits->head_ms;
		return conn->leaving ? LEAVING_MS : limits->idle_ms;
	case TIMEOUT_BODY:
		return limits->body_ms;
	case TIMEOUT_AUDIT:
		return AUDIT_PATIENCE_MS;
	}
	return 0;
}

/* The one place where a connection's state changes. */
void conn_enter(struct conn *conn, enum conn_state state)
{
	unsigned timeout;

	assert((states[conn->state].successors & TO(state)) != 0);
	if ((conn->state == CONN_QUOTA || state == CONN_QUOTA) && conn->client != NULL)
		stream_watch_hangup(conn->client, state == CONN_QUOTA); /* nobody else waits for so long */
	conn->state = state;
	conn->idle = state == CONN_READ_HEAD && evbuffer_get_length(stream_input(conn->client)) == 0;
	timeout = timeout_ms(conn);
	if (timeout > 0)
		timer_start(conn->timer, timeout);
	else
		timer_stop(conn->timer);
}

void conn_leave(struct conn *conn)
{
	conn->leaving = true;
	if (conn->state == CONN_READ_HEAD && conn->idle)
		timer_start(conn->timer, LEAVING_MS);
}

static enum step dead(struct conn *conn)
{
	(void)conn;
	return STEP_WAIT;
}

/* Whoever ends a turn inside a handler comes back here by way of a callback: the outer loop goes on for both. */
void conn_advance(struct conn *conn)
{
	if (conn->advancing) {
		conn->again = true;
		return;
	}
	conn->advancing = true;
	do {
		conn->again = false;
		while (states[conn->state].handler(conn) == STEP_AGAIN)
			;
	} while (conn->again);
	conn->advancing = false;
}

/* --- the end --------------------------------------------------------------------------------------------------- */

static void conn_free(void *object)
{
	struct conn *conn = object;

	timer_free(conn->timer);
	arena_free(conn->arena);
	edition_release(conn->edition);
	free(conn);
}

/* Gives up everything but the client's stream, which the caller has dealt with. */
static void conn_release(struct conn *conn)
{
	if (conn->state != CONN_DEAD)
		conn_enter(conn, CONN_DEAD);
	turn_abandon(conn);
	turn_clear(conn);
	conn_settle(conn);
	timer_stop(conn->timer);
	loop_defer_free(conn->context->loop, &conn->deferred, conn_free);
}

static void conn_ended(struct conn *conn)
{
	conn_release(conn);
	conn->context->closed(conn, conn->context->owner);
}

void conn_close(struct conn *conn)
{
	struct stream *client = conn->client;

	if (client != NULL)
		stream_close(client, conn->edition->config->limits.linger_ms);
	conn->state = CONN_DEAD;
	conn->client = NULL;
	conn_ended(conn);
}

/* Drops the connection so that the client sees a cut. */
static void conn_cut(struct conn *conn)
{
	if (conn->client != NULL)
		stream_abort(conn->client);
	conn->state = CONN_DEAD;
	conn->client = NULL;
	conn_ended(conn);
}

void conn_abort(struct conn *conn)
{
	bool tunnelled = conn->exchange != NULL && exchange_is_tunnel(conn->exchange);

	turn_audit_end(conn, "stopped", 0);
	if (conn->client != NULL && !tunnelled) /* a tunnel ends both of its streams itself */
		stream_abort(conn->client);
	conn->client = NULL;
	conn->state = CONN_DEAD;
	conn_release(conn);
}

/* A client takes an answer at its own pace, as a pager does, and is neither timed nor cut for it. Only
 * then it is read from again, or taken leave of. */
static enum step drain(struct conn *conn)
{
	bool draining = stream_queued(conn->client) > 0;

	stream_watch_hangup(conn->client, draining);
	if (draining)
		return STEP_WAIT;
	if (conn->reuse)
		conn_enter(conn, CONN_READ_HEAD);
	else
		conn_close(conn);
	return STEP_AGAIN;
}

void conn_finish(struct conn *conn, const char *outcome, unsigned status, bool reuse)
{
	turn_audit_end(conn, outcome, status);
	turn_abandon(conn);
	turn_clear(conn);
	if (conn->left && conn->client != NULL) {
		stream_abort(conn->client);
		conn->client = NULL;
	}
	reuse = reuse && !conn->revoked;
	conn->reuse = reuse;
	conn->served = true;
	if (conn->client == NULL) {
		conn->state = CONN_DEAD;
		conn_ended(conn);
	} else if (conn->state == CONN_EXCHANGE) {
		conn_enter(conn, CONN_DRAIN);
	} else if (reuse) {
		conn_enter(conn, CONN_READ_HEAD);
	} else {
		conn_close(conn);
	}
}

bool conn_shed(struct conn *conn)
{
	bool fresh = !conn->served && peer_process_clock_ms() - conn->accepted_ms < FRESH_MS;

	if (conn->state != CONN_READ_HEAD || !conn->idle || fresh)
		return false;
	conn_cut(conn); /* a farewell would keep the descriptor */
	return true;
}

/* --- events ---------------------------------------------------------------------------------------------------- */

static void client_gone(struct conn *conn)
{
	turn_audit_end(conn, "client-gone", 0);
	conn_cut(conn);
}

static void client_event(struct stream *stream, enum stream_event event, void *owner)
{
	struct conn *conn = owner;

	switch (event) {
	case STREAM_READY:
	case STREAM_DATA:
	case STREAM_DRAINED:
	case STREAM_EOF:
		conn_advance(conn);
		return;
	case STREAM_TRUNCATED: /* most TLS clients end so */
	case STREAM_FAILED:
		if (conn->state == CONN_HANDSHAKE) {
			log_line(LOG_INFO, "%s: TLS handshake failed: %s", conn->identity.listener,
			         stream_error_text(stream));
			conn_count_failure(conn, stream_error_text(stream));
			conn_close(conn); /* lets the client read the alert that says why */
		} else if (turn_outlives_client(conn)) {
			conn->left = true; /* its stream takes what it is told, and throws it away */
		} else {
			client_gone(conn);
		}
		return;
	}
}

static void timed_out(void *context)
{
	struct conn *conn = context;

	if (conn->leaving && conn->state == CONN_READ_HEAD && conn->idle) {
		conn_close(conn);
		return;
	}
	log_line(LOG_DEBUG, "%s %s: timed out in %s", conn->identity.listener, conn->identity.address,
	         conn_state_name(conn->state));
	if (conn->state == CONN_AUDIT)
		turn_unaudited(conn);
	else
		client_gone(conn);
}

/* Who is asking is fixed before the first request is judged. */
static enum step handshake(struct conn *conn)
{
	const char *listener = conn->identity.listener;
	struct error error = {0};

	if (!stream_ready(conn->client))
		return STEP_WAIT;
	conn_count_handshake(conn);
	if (!conn_meet(conn, &error)) {
		log_line(LOG_WARNING, "%s: connection refused: %s", listener, error.text);
		conn_cut(conn);
		return STEP_WAIT;
	}
	conn_enter(conn, CONN_READ_HEAD);
	return STEP_AGAIN;
}

static struct conn *conn_new(const struct conn_context *context,
                             const struct edition_listener *listener)
{
	struct conn *conn = calloc(1, sizeof *conn);

	if (conn == NULL)
		return NULL;
	conn->context = context;
	conn->edition = edition_retain(context->edition);
	conn->listener = listener;
	conn->looked_at = conn->edition->serial;
	conn->identity.listener = listener->config->spec.name;
	conn->identity.address = "";
	conn->accepted_ms = peer_process_clock_ms();
	conn->arena = arena_new(CONN_ARENA_BYTES);
	conn->timer = timer_new(context->loop, timed_out, conn);
	if (conn->arena != NULL && conn->timer != NULL)
		return conn;
	conn_free(conn);
	return NULL;
}

struct conn *conn_take(const struct conn_context *context, const struct edition_listener *listener,
                       int fd, struct ssl_st *ssl)
{
	struct conn *conn = conn_new(context, listener);

	if (conn == NULL) {
		close(fd);
		SSL_free(ssl);
		return NULL;
	}
	conn->client = ssl != NULL ? stream_take_tls(context->loop, fd, false, ssl, client_event, conn)
	                           : stream_take(context->loop, fd, false, client_event, conn);
	if (conn->client == NULL) {
		conn_free(conn);
		return NULL;
	}
	timer_start(conn->timer, conn->edition->config->limits.handshake_ms);
	return conn;
}
