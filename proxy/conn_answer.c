/* What a connection says by itself: an answer that is not the daemon's. */
#include "proxy/conn_private.h"

#include "proxy/http_write.h"
#include "proxy/stream.h"

#include <string.h>

/* True when nothing of the client's body is left on the wire. */
static bool body_is_read(const struct turn *turn)
{
	return turn->head.framing == FRAMING_NONE || turn->body_read;
}

enum step conn_answer(struct conn *conn, unsigned status, const char *message)
{
	struct turn *turn = &conn->turn;
	bool reuse = turn->have_head && turn->head.keep_alive && body_is_read(turn) && !conn->leaving;
	bool head_only = turn->have_head && strcmp(turn->head.method, "HEAD") == 0;

	if (!http_write_error(stream_output(conn->client), status, message, head_only, !reuse))
		reuse = false;
	stream_flush(conn->client);
	conn_finish(conn, "refused", status, reuse);
	return STEP_AGAIN;
}

enum step conn_refuse(struct conn *conn, unsigned status, const char *message)
{
	turn_audit(conn, "refuse", status, NULL, message);
	return conn_answer(conn, status, message != NULL ? message : "the request cannot be served");
}

enum step conn_deny(struct conn *conn)
{
	const struct verdict *verdict = &conn->turn.verdict;
	unsigned status = verdict->status != 0 ? verdict->status : 403;
	const char *message = verdict->message != NULL ? verdict->message : "denied by policy";

	turn_audit(conn, "deny", status, verdict->rule, message);
	return conn_answer(conn, status, message);
}
