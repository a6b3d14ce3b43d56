/* What a connection says by itself: its decision for the audit log, and an answer that is not the daemon's. */
#include "proxy/conn_private.h"

#include "policy/arena.h"
#include "policy/policy.h"
#include "proxy/audit.h"
#include "proxy/http_write.h"
#include "proxy/stream.h"

#include <string.h>

/* True when nothing of the client's body is left on the wire. */
static bool body_is_read(const struct turn *turn)
{
	return turn->head.framing == FRAMING_NONE || turn->body_read;
}

/* What was not understood may hold a secret anywhere in its query. */
static const char *target_without_query(const struct turn *turn)
{
	const char *target = turn->head.target;

	return target != NULL ? arena_copy(turn->arena, target, strcspn(target, "?")) : NULL;
}

void turn_tell(struct conn *conn)
{
	struct turn *turn = &conn->turn;

	if (turn->told != NULL || !audit_listens(conn->context->audit))
		return;
	turn->told = turn->typed ? request_describe(&turn->request) : target_without_query(turn);
	if (turn->typed)
		turn->told_body = request_describe_body(&turn->request, &turn->told_body_len);
}

bool turn_audit(struct conn *conn, const char *verdict, unsigned status, const char *rule,
                const char *reason)
{
	struct turn *turn = &conn->turn;
	const struct request *request = &turn->request;

	turn_tell(conn);
	const struct audit_decision decision = {
		.id = turn->id,
		.identity = &conn->identity,
		.policy = conn->policy != NULL ? conn->policy->name : NULL,
		.operation = turn->typed ? request->route->operation : NULL,
		.request = turn->told,
		.api_minor = turn->typed ? request->version.minor : 0,
		.body = turn->told_body,
		.body_len = turn->told_body_len,
		.verdict = verdict,
		.status = status,
		.rule = rule,
		.reason = reason,
		.judged = &turn->verdict,
	};

	turn->audited = audit_decide(conn->context->audit, &decision);
	return turn->audited;
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
