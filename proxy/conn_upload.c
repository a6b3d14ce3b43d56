/* An archive that a request streams, where its policy has to know what is in it: it is looked into as it goes
 * by, and its end waits until that is judged. On a denial the daemon is left with a beginning, of which it makes
 * nothing. */
#include "proxy/conn_private.h"

#include "policy/decide.h"
#include "proxy/exchange.h"
#include "proxy/lookup.h"
#include "proxy/upload_scan.h"
#include "proxy/upstream.h"

#include <event2/buffer.h>
#include <string.h>

static void facts_learnt(void *context);

static enum exchange_gate refuse(struct exchange_refusal *refusal, unsigned status,
                                 const char *message)
{
	*refusal = (struct exchange_refusal){status, message};
	return EXCHANGE_DENY;
}

static enum exchange_gate deny(struct conn *conn, struct exchange_refusal *refusal)
{
	const struct verdict *verdict = &conn->turn.verdict;
	unsigned status = verdict->status != 0 ? verdict->status : 403;
	const char *message = verdict->message != NULL ? verdict->message : "denied by policy";

	turn_audit(conn, "deny", status, verdict->rule, message);
	return refuse(refusal, status, message);
}

static void decision_written(bool written, void *owner)
{
	const struct exchange_refusal refusal = {503, unaudited};
	struct conn *conn = owner;

	if (written)
		exchange_open_gate(conn->exchange);
	else
		exchange_refuse(conn->exchange, &refusal);
}

static enum exchange_gate pass(struct conn *conn, struct exchange_refusal *refusal)
{
	switch (turn_audit_allowed(conn, decision_written)) {
	case AUDIT_REFUSED:
		break;
	case AUDIT_WRITTEN:
		return EXCHANGE_PASS;
	case AUDIT_PENDING:
		return EXCHANGE_HOLD;
	}
	return refuse(refusal, 503, unaudited);
}

/* Judges the request once more, now with what is in its archive. */
static enum exchange_gate judge(struct conn *conn, struct exchange_refusal *refusal)
{
	struct turn *turn = &conn->turn;
	struct request asked = turn->asked; /* what was written into it since is not the client's */

	asked.upload = &turn->upload;
	memset(&turn->verdict, 0, sizeof turn->verdict);
	policy_decide(conn->policy, &conn->identity, &asked, turn->facts, &turn->verdict);
	switch (turn->verdict.kind) {
	case VERDICT_DENY:
		return deny(conn, refusal);
	case VERDICT_NEED:
		return turn_look_up(conn, turn->facts, facts_learnt)
		           ? EXCHANGE_HOLD
		           : refuse(refusal, 503, "out of memory");
	case VERDICT_ALLOW:
		break;
	}
	if (turn_ask_load_quota(conn, refusal))
		return EXCHANGE_HOLD;
	return refusal->status != 0 ? EXCHANGE_DENY : pass(conn, refusal);
}

static void open_gate(struct conn *conn, enum exchange_gate gate,
                      const struct exchange_refusal *refusal)
{
	switch (gate) {
	case EXCHANGE_PASS:
		exchange_open_gate(conn->exchange);
		break;
	case EXCHANGE_HOLD:
		break;
	case EXCHANGE_DENY:
		exchange_refuse(conn->exchange, refusal);
		break;
	}
}

static void facts_learnt(void *context)
{
	struct exchange_refusal refusal = {
		503, "too much is being judged at once (limits.body_budget); try again"};
	enum exchange_gate gate = EXCHANGE_DENY;
	struct conn *conn = context;

	conn->lookup = NULL;
	if (turn_pay_facts(conn))
		gate = judge(conn, &refusal);
	open_gate(conn, gate, &refusal);
}

void turn_end_upload(struct conn *conn, const struct exchange_refusal *refusal)
{
	struct exchange_refusal unwritten;

	if (refusal != NULL)
		open_gate(conn, EXCHANGE_DENY, refusal);
	else
		open_gate(conn, pass(conn, &unwritten), &unwritten);
}

static bool pay(struct conn *conn)
{
	struct turn *turn = &conn->turn;
	uint64_t bytes = upload_scan_bytes(turn->scan);
	uint64_t more = bytes > turn->scan_budgeted ? bytes - turn->scan_budgeted : 0;

	turn->scan_budgeted += more;
	return turn_take_budget(conn, more);
}

static enum exchange_gate gate(void *gatekeeper, struct evbuffer *piece, bool last,
                               struct exchange_refusal *refusal)
{
	struct conn *conn = gatekeeper;
	struct turn *turn = &conn->turn;
	size_t len = evbuffer_get_length(piece);
	const char *bytes = len > 0 ? (const char *)evbuffer_pullup(piece, -1) : "";

	if (turn->request.upload != NULL)
		return EXCHANGE_PASS; /* it has been judged, and allowed */
	if (bytes == NULL)
		return refuse(refusal, 503, "out of memory");
	if (upload_scan_feed(turn->scan, bytes, len, last) == UPLOAD_GOES_ON)
		return pay(conn)
		           ? EXCHANGE_PASS
		           : refuse(refusal, 503,
		                    "too much is being judged at once (limits.body_budget); try again");
	upload_scan_tell(turn->scan, &turn->upload);
	turn->request.upload = &turn->upload;
	return judge(conn, refusal);
}

bool turn_watch_upload(struct conn *conn, struct exchange_setup *setup)
{
	struct turn *turn = &conn->turn;
	struct upload_plan plan;

	upload_plan_make(conn->policy, turn->facts->world != NULL, &turn->request, &plan);
	if (plan.count == 0 || !setup->streams_body)
		return true;
	turn->scan = upload_scan_new(&plan);
	setup->gate = gate;
	setup->gatekeeper = conn;
	return turn->scan != NULL;
}
