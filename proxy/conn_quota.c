/* What a tenant may have, held against what it has and what is under way: between the verdict and the daemon. */
#include "proxy/conn_private.h"

#include "policy/arena.h"
#include "policy/hold.h"
#include "policy/policy.h"
#include "policy/quota.h"
#include "policy/world.h"
#include "proxy/exchange.h"
#include "proxy/image_tag.h"
#include "proxy/log.h"
#include "proxy/loop.h"
#include "proxy/quota.h"
#include "proxy/tally.h"
#include "proxy/upstream.h"

#include <string.h>

enum { MENDS_MAX = 3 };

static const struct quota_rules *rules_of(const struct conn *conn)
{
	return &conn->policy->quota;
}

static bool has_world(const struct conn *conn)
{
	return conn->turn.facts != NULL && conn->turn.facts->world != NULL;
}

static void set_verdict(struct conn *conn, const struct quota_refusal *refusal)
{
	struct verdict *verdict = &conn->turn.verdict;

	memset(verdict, 0, sizeof *verdict);
	verdict->status = refusal->status;
	verdict->message = refusal->message;
	verdict->rule = refusal->rule;
}

static enum step deny(struct conn *conn, const struct quota_refusal *refusal)
{
	set_verdict(conn, refusal);
	return conn_deny(conn);
}

static struct quota_refusal refusal_of(const struct conn *conn, const struct quota_outcome *outcome,
                                       const struct quota_demand *demand)
{
	const struct quota_excess excess = {
		.kind = outcome->over,
		.tenant = conn->identity.grant.tenant,
		.use = &outcome->use,
		.demand = &demand->amounts,
		.passes = outcome->passes,
	};

	return quota_refuse(conn->turn.arena, rules_of(conn), &excess);
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

/* ---- the end ---- */

/* Images count once they are held. What is pulled, or built for a client that has gone, is never held then, and nobody's; what
 * is imported or committed shows by its seal (stray). */
static bool is_sure(const struct turn *turn, const struct claim *claim, bool sure)
{
	for (size_t i = 0; i < QUOTA_STANDING; i++) {
		if (i != QUOTA_IMAGES && claim->demand->amounts.of[i] > 0)
			return sure;
	}
	return !turn->holding &&
	       (sure || claim->demand->unsealed || claim->demand->amounts.of[QUOTA_BUILDS] > 0);
}

static void settle(struct turn *turn, struct claim *claim, bool sure)
{
	tally_cancel(claim->tally);
	image_tag_cancel(claim->strays);
	claim->tally = NULL;
	claim->strays = NULL;
	if (claim->ticket != NULL)
		quota_settle(claim->ticket, is_sure(turn, claim, sure));
	claim->ticket = NULL;
}

void turn_settle(struct conn *conn, bool sure)
{
	settle(&conn->turn, &conn->turn.claim, sure);
	settle(&conn->turn, &conn->turn.load_claim, sure);
}

/* What the daemon stops when its client goes ends with the client; the rest it does anyway, soon or late: what it has all of. */
static bool is_done_anyway(const struct conn *conn)
{
	const struct route *route = conn->turn.request.route;

	return strcmp(route->operation, "image.pull") != 0 &&
	       strncmp(route->operation, "build.", strlen("build.")) != 0 &&
	       (route->body != BODY_STREAM || exchange_has_sent(conn->exchange));
}

bool turn_outlives_client(const struct conn *conn)
{
	const struct turn *turn = &conn->turn;

	if (conn->state != CONN_EXCHANGE || exchange_is_tunnel(conn->exchange))
		return false;
	return turn->holding || ((turn->load_claim.ticket != NULL ||
	                          (turn->claim.ticket != NULL &&
	                           quota_is_standing(rules_of(conn), turn->claim.demand))) &&
	                         is_done_anyway(conn));
}

/* ---- what becomes of the request ---- */

static void go_on(struct claim *claim)
{
	struct conn *conn = claim->conn;

	if (claim->at_gate) {
		turn_end_upload(conn, NULL);
		return;
	}
	turn_send(conn);
	conn_advance(conn);
}

static void refuse(struct claim *claim, unsigned status, const char *message)
{
	struct conn *conn = claim->conn;

	settle(&conn->turn, claim, true);
	if (message == NULL)
		message = no_memory;
	if (claim->at_gate) {
		turn_audit(conn, "refuse", status, NULL, message);
		turn_end_upload(conn, &(struct exchange_refusal){status, message});
		return;
	}
	conn_refuse(conn, status, message);
	conn_advance(conn);
}

static void refuse_over(struct claim *claim, const struct quota_outcome *outcome)
{
	struct conn *conn = claim->conn;
	struct quota_refusal refusal = refusal_of(conn, outcome, claim->demand);

	settle(&conn->turn, claim, true);
	if (claim->at_gate) {
		const char *message = refusal.message != NULL ? refusal.message : no_memory;

		set_verdict(conn, &refusal);
		turn_audit(conn, "deny", refusal.status, refusal.rule, message);
		turn_end_upload(conn, &(struct exchange_refusal){refusal.status, message});
		return;
	}
	deny(conn, &refusal);
	conn_advance(conn);
}

/* ---- counting ---- */

static void saw(const char *token, void *owner)
{
	const struct claim *claim = owner;

	quota_saw(claim->ticket, token);
}

static bool is_left(const char *token, void *owner)
{
	const struct claim *claim = owner;

	return quota_is_left(claim->ticket, token);
}

static void count(struct claim *claim);

/* Whatever became of them is seen when it is counted again. */
static void mended(const char *failure, void *owner)
{
	struct claim *claim = owner;

	if (failure != NULL)
		log_line(LOG_WARNING, "quota: an image of the tenant '%s' cannot be held: %s",
		         claim->conn->identity.grant.tenant, failure);
	claim->strays = NULL;
	count(claim);
}

/* Made by a request whose quaymaster died before it could hold it: held now, or it would be nobody's. */
static void stray(const char *id, const char *name, void *owner)
{
	struct claim *claim = owner;
	struct turn *turn = &claim->conn->turn;
	const struct world *world = turn->facts->world;
	const struct image_tag_order order = {
		.loop = claim->conn->context->loop,
		.upstream = claim->conn->context->upstream,
		.generation = turn->generation,
		.request = &turn->request,
	};
	char tag[HOLD_SIZE];

	if (claim->mended == MENDS_MAX || !hold_make(world->key, world->tenant, id, name, tag))
		return;
	if (claim->strays == NULL)
		claim->strays = image_tag_new(&order, mended, claim);
	if (claim->strays != NULL)
		image_tag_give(claim->strays, id, tag);
}

static void counted(const char *failure, const struct quota_amounts *use, void *owner)
{
	struct claim *claim = owner;
	struct quota_outcome outcome;

	claim->tally = NULL;
	if (failure != NULL) {
		refuse(claim, 503,
		       arena_format(claim->conn->turn.arena,
		                    "quota: what the tenant has cannot be counted: %s", failure));
		return;
	}
	if (claim->strays != NULL) {
		claim->mended++;
		image_tag_begin(claim->strays);
		return;
	}
	quota_decide(claim->ticket, use, &outcome);
	switch (outcome.answer) {
	case QUOTA_WAITING:
		break;
	case QUOTA_GRANTED:
		go_on(claim);
		break;
	case QUOTA_OVER:
		refuse_over(claim, &outcome);
		break;
	}
}

static void count(struct claim *claim)
{
	struct conn *conn = claim->conn;
	const struct tally_order order = {
		.loop = conn->context->loop,
		.upstream = conn->context->upstream,
		.generation = conn->turn.generation,
		.version = turn_engine_version(conn),
		.arena = conn->turn.arena,
		.world = conn->turn.facts->world,
		.rules = rules_of(conn),
		.demand = claim->demand,
		.everything = quota_left(claim->ticket) > 0,
		.saw = saw,
		.is_left = is_left,
		.stray = stray,
		.done = counted,
		.owner = claim,
	};

	claim->tally = tally_start(&order);
	if (claim->tally == NULL)
		refuse(claim, 503, no_memory);
}

static void called(enum quota_call call, void *owner)
{
	struct claim *claim = owner;

	switch (call) {
	case QUOTA_COUNT:
		count(claim);
		break;
	case QUOTA_TIRED:
		refuse(claim, 429,
		       "quota: other requests of the tenant have been under way for so long that it "
		       "cannot be told what it has; try again");
		break;
	case QUOTA_UNLOCKABLE:
		refuse(claim, 503,
		       "quota: the directory `state` cannot be written, and nothing is counted without "
		       "it");
		break;
	}
}

/* By what the daemon's lists will show that it has happened; what they do not has a number of its own all the same. */
static const char *token_of(const struct turn *turn, const struct quota_demand *demand)
{
	if (demand->amounts.of[QUOTA_RUNNING] > 0 && demand->already != NULL)
		return demand->already;
	return demand->unsealed ? arena_format(turn->arena, "-%s", turn->facts->world->nonce)
	                        : turn->facts->world->nonce;
}

/* OUTCOME is QUOTA_OVER with a kind of QUOTAS where there is no memory. */
static void enter(struct claim *claim, struct quota_outcome *outcome)
{
	struct conn *conn = claim->conn;
	const struct quota_order order = {
		.loop = conn->context->loop,
		.tenant = conn->identity.grant.tenant,
		.rules = rules_of(conn),
		.demand = claim->demand,
		.token = token_of(&conn->turn, claim->demand),
		.call = called,
		.owner = claim,
	};

	*outcome = (struct quota_outcome){.over = QUOTAS};
	if (conn->context->quotas != NULL)
		claim->ticket = quota_enter(conn->context->quotas, &order, outcome);
	if (claim->ticket == NULL)
		outcome->over = QUOTAS;
}

static enum step enter_request(struct conn *conn)
{
	struct claim *claim = &conn->turn.claim;
	struct quota_refusal refusal;
	struct quota_outcome outcome;

	enter(claim, &outcome);
	if (claim->ticket == NULL)
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
	refusal = refusal_of(conn, &outcome, claim->demand);
	settle(&conn->turn, claim, true);
	return deny(conn, &refusal);
}

static bool make_claim(struct conn *conn, struct claim *claim)
{
	*claim = (struct claim){.conn = conn};
	claim->demand = arena_calloc(conn->turn.arena, 1, sizeof *claim->demand);
	return claim->demand != NULL;
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
	if (!make_claim(conn, &turn->claim))
		return conn_refuse(conn, 503, no_memory);
	quota_demand(&turn->request, turn->facts, turn->claim.demand);
	return asks_for_limited(rules_of(conn), turn->claim.demand) ? enter_request(conn)
	                                                            : turn_send(conn);
}

/* ---- images ---- */

bool turn_ask_load_quota(struct conn *conn, struct exchange_refusal *refusal)
{
	struct turn *turn = &conn->turn;
	struct claim *claim = &turn->load_claim;
	struct quota_outcome outcome;

	*refusal = (struct exchange_refusal){.status = 0};
	if (!has_world(conn) || !rules_of(conn)->limits[QUOTA_IMAGES].given ||
	    strcmp(turn->request.route->operation, "image.load") != 0)
		return false;
	*refusal = (struct exchange_refusal){503, no_memory};
	if (!make_claim(conn, claim))
		return false;
	claim->at_gate = true;
	quota_load_demand(turn->arena, &turn->upload, claim->demand);
	enter(claim, &outcome);
	return claim->ticket != NULL;
}

long long turn_places(const struct conn *conn)
{
	const struct claim *const claims[] = {&conn->turn.claim, &conn->turn.load_claim};
	long long count = 0;

	if (!rules_of(conn)->limits[QUOTA_IMAGES].given)
		return QUOTA_UNBOUNDED;
	for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
		if (claims[i]->ticket != NULL)
			count += claims[i]->demand->amounts.of[QUOTA_IMAGES];
	}
	return count;
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
	struct quota_refusal refusal;

	if (!is_tenants(conn) || !connection_is_one_too_many(conn, &outcome))
		return true;
	refusal = refusal_of(conn, &outcome, &one_connection);
	deny(conn, &refusal);
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
