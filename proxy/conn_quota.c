/* What a tenant may have, held against what it has and what is under way: between the verdict and the daemon. */
#include "proxy/conn_private.h"

#include "policy/arena.h"
#include "policy/policy.h"
#include "policy/quota.h"
#include "policy/world.h"
#include "proxy/loop.h"
#include "proxy/quota.h"
#include "proxy/tally.h"
#include "proxy/upstream.h"

#include <string.h>

static const struct quota_rules *rules_of(const struct conn *conn)
{
	return &conn->policy->quota;
}

static bool has_world(const struct conn *conn)
{
	return conn->turn.facts != NULL && conn->turn.facts->world != NULL;
}

static enum step deny(struct conn *conn, const struct quota_refusal *refusal)
{
	struct verdict *verdict = &conn->turn.verdict;

	memset(verdict, 0, sizeof *verdict);
	verdict->status = refusal->status;
	verdict->message = refusal->message;
	verdict->rule = refusal->rule;
	return conn_deny(conn);
}

static enum step deny_over(struct conn *conn, const struct quota_outcome *outcome,
                           const struct quota_demand *demand)
{
	struct quota_refusal refusal =
		quota_refuse(conn->turn.arena, rules_of(conn), outcome->over, conn->identity.grant.tenant,
	                 &outcome->use, &demand->amounts);

	return deny(conn, &refusal);
}

static bool asks_for_limited(const struct quota_rules *rules, const struct quota_demand *demand)
{
	for (size_t i = 0; i < QUOTAS; i++) {
		if (rules->limits[i].given && demand->amounts.of[i] > 0)
			return true;
	}
	return false;
}

static const char no_memory[] = "out of memory for the tenant's quota";

/* ---- counting ---- */

void turn_settle(struct conn *conn, bool sure)
{
	tally_cancel(conn->turn.tally);
	conn->turn.tally = NULL;
	quota_settle(conn->turn.ticket, sure);
	conn->turn.ticket = NULL;
}

static void refuse_later(struct conn *conn, unsigned status, const char *message)
{
	turn_settle(conn, true);
	conn_refuse(conn, status, message);
	conn_advance(conn);
}

static void saw(const char *token, void *owner)
{
	const struct conn *conn = owner;

	quota_saw(conn->turn.ticket, token);
}

static void counted(const char *failure, const struct quota_amounts *use, void *owner)
{
	struct conn *conn = owner;
	struct turn *turn = &conn->turn;
	struct quota_outcome outcome;

	turn->tally = NULL;
	if (failure != NULL) {
		refuse_later(conn, 503,
		             arena_format(turn->arena, "quota: what the tenant has cannot be counted: %s",
		                          failure));
		return;
	}
	quota_decide(turn->ticket, use, &outcome);
	switch (outcome.answer) {
	case QUOTA_WAITING:
		return;
	case QUOTA_GRANTED:
		turn_send(conn);
		break;
	case QUOTA_OVER:
		turn_settle(conn, true);
		deny_over(conn, &outcome, turn->demand);
		break;
	}
	conn_advance(conn);
}

static void count(struct conn *conn)
{
	const struct daemon_info *info = upstream_known(conn->context->upstream);
	struct turn *turn = &conn->turn;
	const struct tally_order order = {
		.loop = conn->context->loop,
		.upstream = conn->context->upstream,
		.generation = turn->generation,
		.version = info != NULL ? info->range.engine : turn->request.engine,
		.arena = turn->arena,
		.world = turn->facts->world,
		.rules = rules_of(conn),
		.demand = turn->demand,
		.everything = quota_left(turn->ticket) > 0,
		.saw = saw,
		.done = counted,
		.owner = conn,
	};

	turn->tally = tally_start(&order);
	if (turn->tally == NULL)
		refuse_later(conn, 503, no_memory);
}

static void called(enum quota_call call, void *owner)
{
	struct conn *conn = owner;

	switch (call) {
	case QUOTA_COUNT:
		count(conn);
		break;
	case QUOTA_TIRED:
		refuse_later(conn, 429,
		             "quota: other requests of the tenant have been under way for so long that it "
		             "cannot be told what it has; try again");
		break;
	case QUOTA_UNLOCKABLE:
		refuse_later(conn, 503,
		             "quota: the directory `state` cannot be written, and nothing is counted "
		             "without it");
		break;
	}
}

/* By what the daemon's lists will show that it has happened. */
static const char *token_of(const struct turn *turn)
{
	if (turn->demand->starts != NULL)
		return turn->demand->starts;
	return turn->demand->amounts.of[QUOTA_EXECS] > 0 ? NULL : turn->facts->world->nonce;
}

static enum step enter(struct conn *conn)
{
	struct turn *turn = &conn->turn;
	const struct quota_order order = {
		.loop = conn->context->loop,
		.tenant = conn->identity.grant.tenant,
		.rules = rules_of(conn),
		.demand = turn->demand,
		.token = token_of(turn),
		.call = called,
		.owner = conn,
	};
	struct quota_outcome outcome;

	if (conn->context->quotas == NULL)
		return conn_refuse(conn, 503, no_memory);
	turn->ticket = quota_enter(conn->context->quotas, &order, &outcome);
	if (turn->ticket == NULL)
		return conn_refuse(conn, 503, no_memory);
	switch (outcome.answer) {
	case QUOTA_WAITING:
		conn_enter(conn, CONN_QUOTA);
		return STEP_WAIT;
	case QUOTA_GRANTED:
		return turn_send(conn);
	case QUOTA_OVER:
		break;
	}
	turn_settle(conn, true);
	return deny_over(conn, &outcome, turn->demand);
}

enum step turn_ask_quota(struct conn *conn)
{
	struct turn *turn = &conn->turn;
	struct quota_refusal refusal = {.status = 403, .rule = "quota"};

	if (!has_world(conn))
		return turn_send(conn);
	refusal.message = quota_update_excess(rules_of(conn), &turn->request, turn->facts);
	if (refusal.message != NULL)
		return deny(conn, &refusal);
	turn->demand = arena_alloc(turn->arena, sizeof *turn->demand);
	if (turn->demand == NULL)
		return conn_refuse(conn, 503, no_memory);
	quota_demand(&turn->request, turn->facts, turn->demand);
	return asks_for_limited(rules_of(conn), turn->demand) ? enter(conn) : turn_send(conn);
}

/* ---- connections, and how fast requests come ---- */

static const struct quota_demand one_connection = {.amounts.of[QUOTA_CONNECTIONS] = 1};

/* Its rules matter only now, and may be gone before it is. */
static bool connection_is_one_too_many(struct conn *conn, struct quota_outcome *outcome)
{
	const struct quota_order order = {
		.loop = conn->context->loop,
		.tenant = conn->identity.grant.tenant,
		.rules = rules_of(conn),
		.demand = &one_connection,
	};

	if (conn->ticket != NULL || !rules_of(conn)->limits[QUOTA_CONNECTIONS].given)
		return false;
	*outcome = (struct quota_outcome){.over = QUOTA_CONNECTIONS};
	if (conn->context->quotas != NULL)
		conn->ticket = quota_enter(conn->context->quotas, &order, outcome);
	if (outcome->answer == QUOTA_GRANTED)
		return false;
	conn_settle(conn);
	return true;
}

void conn_settle(struct conn *conn)
{
	quota_settle(conn->ticket, true);
	conn->ticket = NULL;
}

/* Told before there is a request that could have a world. */
static bool is_tenants(const struct conn *conn)
{
	return conn->identified && world_is_closed(conn->policy, &conn->identity);
}

bool turn_is_counted(struct conn *conn)
{
	struct quota_outcome outcome;

	if (!is_tenants(conn) || !connection_is_one_too_many(conn, &outcome))
		return true;
	deny_over(conn, &outcome, &one_connection);
	return false;
}

bool turn_is_within_rates(struct conn *conn)
{
	const char *tenant = conn->identity.grant.tenant;
	struct quota_refusal refusal;

	if (!is_tenants(conn))
		return true;
	if (!turn_is_counted(conn))
		return false;
	if (!rules_of(conn)->per_second.given ||
	    (conn->context->quotas != NULL &&
	     quota_take_request(conn->context->quotas, tenant, rules_of(conn),
	                        loop_now_ms(conn->context->loop))))
		return true;
	refusal = quota_refuse_rate(conn->turn.arena, rules_of(conn), tenant);
	deny(conn, &refusal);
	return false;
}
