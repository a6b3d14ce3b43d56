/* What a connection tells the audit log, and how it waits for that to be written. */
#include "proxy/conn_private.h"

#include "policy/arena.h"
#include "policy/policy.h"
#include "proxy/audit.h"
#include "proxy/exchange.h"

#include <string.h>

const char unaudited[] = "the audit log cannot be written, and no request passes without it";

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
	turn_count_decision(conn, verdict, rule);
	return turn->audited;
}

enum audit_answer turn_audit_allowed(struct conn *conn, void (*done)(bool written, void *conn))
{
	struct audit_wait *wait = &conn->turn.written;

	if (!turn_audit(conn, "allow", 0, conn->turn.verdict.rule, NULL))
		return AUDIT_REFUSED;
	if (audit_waited_for(conn->context->audit) == NULL)
		return AUDIT_WRITTEN;
	if (conn->context->desk == NULL)
		return AUDIT_REFUSED;
	wait->done = done;
	wait->owner = conn;
	return audit_desk_await(conn->context->desk, wait);
}

void turn_audit_end(struct conn *conn, const char *outcome, unsigned status)
{
	const struct turn *turn = &conn->turn;
	const struct audit_completion completion = {
		.id = turn->id,
		.status = status,
		.bytes_in = turn->reader.received +
	                (conn->exchange != NULL ? exchange_bytes_in(conn->exchange) : 0),
		.bytes_out = conn->exchange != NULL ? exchange_bytes_out(conn->exchange) : 0,
		.milliseconds = loop_now_ms(conn->context->loop) - turn->started_ms,
		.outcome = conn->revoked ? "revoked"
	               : conn->left  ? "client-gone"
	                             : outcome,
	};

	turn_count_end(conn, status, completion.bytes_in, completion.bytes_out,
	               completion.milliseconds);
	if (turn->audited)
		audit_complete(conn->context->audit, &completion);
	conn->turn.audited = false;
}
