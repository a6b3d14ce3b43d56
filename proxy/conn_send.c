/* The last step before the daemon: a request that may go is told to the audit log, and then to an exchange. */
#include "proxy/conn_private.h"

#include "policy/route.h"
#include "proxy/answer_headers.h"
#include "proxy/config.h"
#include "proxy/edition.h"
#include "proxy/exchange.h"
#include "proxy/lookup.h"
#include "proxy/stream.h"
#include "proxy/upstream.h"

const char daemon_restarted[] = "the Docker daemon has just been restarted; try again";

static void exchange_done(const struct exchange_outcome *outcome, void *owner)
{
	struct conn *conn = owner;
	struct turn *turn = &conn->turn;

	turn_note_names(conn, outcome->status);
	turn_settle(conn, outcome->answered);
	turn->body_read = turn->body_read || outcome->request_read;
	lookup_cancel(conn->lookup); /* what is held of a body needs nothing any more */
	conn->lookup = NULL;
	switch (outcome->end) {
	case EXCHANGE_COMPLETE:
		conn_finish(conn, "complete", outcome->status, turn->head.keep_alive);
		break;
	case EXCHANGE_LAST:
		conn_finish(conn, "complete", outcome->status, false);
		break;
	case EXCHANGE_REFUSED:
		conn_answer(conn, outcome->status, outcome->message);
		break;
	case EXCHANGE_BROKEN:
		stream_abort(conn->client);
		conn->client = NULL;
		conn_finish(conn, "broken", outcome->status, false);
		break;
	case EXCHANGE_TUNNELLED:
	case EXCHANGE_CUT:
		conn->client = NULL; /* the tunnel has closed it */
		conn_finish(conn, outcome->end == EXCHANGE_CUT ? "broken" : "complete", outcome->status,
		            false);
		break;
	}
	conn_advance(conn);
}

/* Its decision is written, as far as it has to be. */
static enum step forward(struct conn *conn)
{
	const struct daemon_info *info = upstream_known(conn->context->upstream);
	struct turn *turn = &conn->turn;
	struct exchange_setup setup = {
		.loop = conn->context->loop,
		.upstream = conn->context->upstream,
		.generation = turn->generation,
		.client = conn->client,
		.request = &turn->request,
		.streams_body =
			turn->request.route->body == BODY_STREAM && turn->head.framing != FRAMING_NONE,
		.framing = turn->head.framing,
		.length = turn->head.length,
		.client_minor = turn->head.minor,
		.keep_alive = turn->head.keep_alive,
		.limits = conn->edition->config->limits.head,
		.linger_ms = conn->edition->config->limits.linger_ms,
	};

	if (conn->leaving)
		setup.keep_alive = turn->head.keep_alive = false;
	if (info == NULL)
		return conn_answer(conn, 503, daemon_restarted);
	if (info->capped)
		setup.versions = info->range;
	if (turn_filter_answer(conn, &setup) && turn_watch_images(conn, &setup) &&
	    turn_watch_upload(conn, &setup) &&
	    answer_headers_warn(turn->arena, &turn->verdict, &setup.warnings))
		conn->exchange = exchange_new(&setup, exchange_done, conn);
	if (conn->exchange == NULL || (setup.streams_body && !turn_continue(conn)))
		return conn_answer(conn, 503, "out of memory");
	conn_enter(conn, CONN_EXCHANGE);
	exchange_begin(conn->exchange);
	return STEP_WAIT;
}

void turn_unaudited(struct conn *conn)
{
	conn_answer(conn, 503, unaudited);
	conn_advance(conn);
}

static void decision_written(bool written, void *owner)
{
	struct conn *conn = owner;

	if (!written) {
		turn_unaudited(conn);
		return;
	}
	forward(conn);
	conn_advance(conn);
}

enum step turn_send(struct conn *conn)
{
	if (upstream_known(conn->context->upstream) == NULL)
		return conn_refuse(conn, 503, daemon_restarted);
	switch (turn_audit_allowed(conn, decision_written)) {
	case AUDIT_REFUSED:
		break;
	case AUDIT_WRITTEN:
		return forward(conn);
	case AUDIT_PENDING:
		conn_enter(conn, CONN_AUDIT);
		return STEP_WAIT;
	}
	return conn_answer(conn, 503, unaudited);
}

enum step conn_exchange(struct conn *conn)
{
	exchange_advance(conn->exchange);
	return STEP_WAIT;
}
