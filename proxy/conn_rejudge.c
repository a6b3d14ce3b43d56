/* What is in force now, for a connection that was let in under something earlier. Its client is judged as one who comes
 * now; a request that has gone to the daemon ends under the edition it began with, unless what is in force would
 * not let it. */
#include "proxy/conn_private.h"

#include "policy/answer_filter.h"
#include "policy/arena.h"
#include "policy/decide.h"
#include "policy/error.h"
#include "policy/load.h"
#include "policy/policy.h"
#include "policy/redact.h"
#include "policy/world.h"
#include "proxy/audit.h"
#include "proxy/config.h"
#include "proxy/edition.h"
#include "proxy/exchange.h"
#include "proxy/identity.h"
#include "proxy/log.h"
#include "proxy/stream.h"
#include "proxy/tls_context.h"

#include <string.h>

enum { JUDGEMENT_BYTES_MAX = 4 << 20 };

/* One judgement: the request's own arena and facts outlive many, and are left alone. */
struct judgement {
	struct arena *arena;
	const struct edition_listener *listener; /* of the edition in force */
	struct identity identity;
	bool identified;     /* false: which container it is in must be asked first */
	struct error why;    /* it may not go on */
	const char *rule;    /* NULL: the client is not allowed at all */
	const char *message; /* for the client, of a request that is denied now; else NULL */
	unsigned status;     /* of that */
};

/* --- the client ------------------------------------------------------------------------------------------------ */

static bool judge_certificate(const struct conn *conn, struct judgement *judgement)
{
	struct ssl_st *ssl = stream_ssl(conn->client);
	struct ssl_ctx_st *tls = judgement->listener->tls;

	if ((ssl != NULL) != (tls != NULL))
		return error_set(&judgement->why, "its listener %s",
		                 tls != NULL ? "asks for a certificate now" : "has no TLS any more");
	return ssl == NULL || tls_peer_is_trusted(tls, ssl, &judgement->why);
}

static const char *fault_text(enum grant_fault fault)
{
	switch (fault) {
	case GRANT_FINE:
		break;
	case GRANT_TENANT_MALFORMED:
	case GRANT_TENANT_FOREIGN:
	case GRANT_TENANT_AMBIGUOUS:
		return "no tenant's name can be made of what it is called";
	case GRANT_CONTAINER_UNKNOWN:
		return "rules of `clients` are about containers, and nobody knows which one it is in";
	}
	return "no rule of `clients` gives it a policy any more";
}

/* Somebody who never had a policy loses none, and goes on being refused. */
static bool judge_grant(const struct conn *conn, struct judgement *judgement)
{
	const struct policy_set *policies = conn->context->edition->config->policies;
	struct grant *grant = &judgement->identity.grant;

	*grant = policy_set_match(policies, &judgement->identity);
	if (grant->policy != NULL || conn->policy == NULL)
		return true;
	return error_set(&judgement->why, "%s", fault_text(grant->fault));
}

static bool judge_client(struct conn *conn, struct judgement *judgement)
{
	*judgement =
		(struct judgement){.arena = arena_new(JUDGEMENT_BYTES_MAX), .identity = conn->identity};
	if (judgement->arena == NULL)
		return error_set(&judgement->why, "out of memory");
	judgement->listener = edition_find(conn->context->edition, conn->listener->config);
	if (judgement->listener == NULL)
		return error_set(&judgement->why, "its listener is no longer in the configuration");
	judgement->identity.listener = judgement->listener->config->spec.name;
	identity_read_names(conn->arena, &judgement->identity);
	judgement->identified =
		conn_identify_at_once(conn, judgement->arena, &judgement->identity.container);
	if (!judge_certificate(conn, judgement))
		return false;
	if (judgement->identified)
		return judge_grant(conn, judgement);
	judgement->identity.grant = (struct grant){.policy = NULL};
	return !conn->turn.typed ||
	       error_set(&judgement->why,
	                 "which container it is in has to be found out anew; ask again");
}

/* --- what is under way ----------------------------------------------------------------------------------------- */

/* Who the daemon's answer is for must not change in the middle of it. */
static bool judge_tenant(const struct conn *conn, struct judgement *judgement)
{
	const char *tenant = judgement->identity.grant.tenant;

	if (strcmp(conn->identity.grant.tenant, tenant) == 0)
		return true;
	return tenant[0] != '\0' ? error_set(&judgement->why, "its tenant is '%s' now", tenant)
	                         : error_set(&judgement->why, "it has no tenant any more");
}

/* Nor must what it tells: the rest would be told under other rules than the beginning. */
static bool judge_redaction(const struct conn *conn, struct judgement *judgement)
{
	const struct request *request = &conn->turn.request;
	const struct redact_rules *before = &conn->policy->redact;
	const struct redact_rules *now = &judgement->identity.grant.policy->redact;
	bool hides =
		answer_is_filtered(request, NULL, before) || answer_is_filtered(request, NULL, now);

	return request->route->answer == ANSWER_PLAIN || !hides || redact_is_same(before, now) ||
	       error_set(&judgement->why, "what answers tell has just changed; ask again");
}

/* Of what runs on, everything that is known is judged, and no objects are looked up: a stream of what was never looked
 * at, and would have to be now, is not let go on. What is over in a moment is judged by its head. */
static bool is_allowed(const struct judgement *judgement, const struct request *request,
                       struct facts *facts, struct verdict *verdict)
{
	const struct policy *policy = judgement->identity.grant.policy;

	policy_decide_early(policy, &judgement->identity, request, verdict);
	if (verdict->kind == VERDICT_DENY || request->route->answer == ANSWER_PLAIN)
		return verdict->kind != VERDICT_DENY;
	policy_decide(policy, &judgement->identity, request, facts, verdict);
	if (verdict->kind == VERDICT_NEED)
		verdict->message = "what it acts on would have to be looked at first; ask again";
	return verdict->kind == VERDICT_ALLOW;
}

static bool judge_asked(struct judgement *judgement, const struct request *asked,
                        struct facts *facts)
{
	struct request request = *asked;
	struct verdict *verdict = arena_alloc(judgement->arena, sizeof *verdict);

	if (verdict == NULL)
		return error_set(&judgement->why, "out of memory");
	request.arena = judgement->arena;
	if (is_allowed(judgement, &request, facts, verdict))
		return true;
	judgement->status = verdict->status;
	judgement->message = verdict->message;
	judgement->rule = verdict->rule != NULL ? verdict->rule : "built-in";
	return error_set(&judgement->why, "%s is no longer allowed: %s", request.route->operation,
	                 verdict->message != NULL ? verdict->message : "denied");
}

/* A copy of the request's facts that takes no memory of the request's own, in the world that its tenant has now; NULL when
 * there is none. */
static struct facts *copy_facts(const struct judgement *judgement, const struct facts *facts)
{
	const struct policy *policy = judgement->identity.grant.policy;
	struct facts *copy = arena_alloc(judgement->arena, sizeof *copy);
	struct world *world = arena_alloc(judgement->arena, sizeof *world);

	if (copy == NULL || world == NULL)
		return NULL;
	*copy = *facts;
	if (facts->world == NULL)
		return copy;
	*world = *facts->world;
	world->arena = judgement->arena;
	if (world_is_closed(policy, &judgement->identity))
		world->rules = &policy->tenancy;
	copy->world = world;
	return copy;
}

/* What has been shared may no longer be; and who is told of objects one by one is told by what is shared. */
static bool judge_shared(const struct conn *conn, struct judgement *judgement,
                         const struct facts *facts)
{
	const struct world *before = conn->turn.facts->world;

	if (before == NULL ||
	    (facts_are_in(facts, facts->world) &&
	     (conn->turn.filter == NULL || world_rules_are_same(before->rules, facts->world->rules))))
		return true;
	return error_set(&judgement->why, "what is shared among tenants has changed; ask again");
}

/* What the daemon was asked is judged as the client had asked it: what the old policy wrote into it is none of the
 * client's doing. */
static bool judge_request(const struct conn *conn, struct judgement *judgement)
{
	struct request asked = conn->turn.asked;
	struct facts *facts = copy_facts(judgement, conn->turn.facts);

	if (!judge_tenant(conn, judgement) || !judge_redaction(conn, judgement))
		return false;
	if (facts == NULL)
		return error_set(&judgement->why, "out of memory");
	asked.upload = conn->turn.request.upload;
	return judge_shared(conn, judgement, facts) && judge_asked(judgement, &asked, facts);
}

static bool is_in_world(const struct conn *conn, const struct judgement *judgement)
{
	const struct turn *turn = &conn->turn;

	return turn->typed && (turn->facts->world != NULL ||
	                       world_is_closed(judgement->identity.grant.policy, &judgement->identity));
}

/* A request that has been typed knows objects as the tenant it came from sees them: it is that tenant's, or nobody's. */
static bool judge_world(const struct conn *conn, struct judgement *judgement)
{
	bool closed = world_is_closed(judgement->identity.grant.policy, &judgement->identity);

	if (closed != (conn->turn.facts->world != NULL))
		return error_set(&judgement->why, "what its tenant sees has just changed; ask again");
	return judge_tenant(conn, judgement);
}

static void free_body(void *body)
{
	json_decref(body);
}

bool turn_keep_asked(struct conn *conn)
{
	struct turn *turn = &conn->turn;
	struct request *asked = &turn->asked;
	const struct query *query = &turn->request.query;

	*asked = turn->request;
	asked->body = NULL;
	asked->query.parameters =
		arena_calloc(turn->arena, query->count + 1, sizeof *query->parameters);
	if (asked->query.parameters == NULL)
		return false;
	if (query->count > 0)
		memcpy(asked->query.parameters, query->parameters,
		       query->count * sizeof *query->parameters);
	if (turn->request.body == NULL || turn->request.route->answer == ANSWER_PLAIN)
		return true;
	asked->body = json_deep_copy(turn->request.body);
	return asked->body != NULL && arena_own(turn->arena, free_body, asked->body);
}

/* --- what becomes of it ---------------------------------------------------------------------------------------- */

static void go_over(struct conn *conn, const struct judgement *judgement)
{
	struct edition *before = conn->edition;

	conn_settle(conn);
	conn->edition = edition_retain(conn->context->edition);
	conn->listener = judgement->listener;
	conn->identity = judgement->identity;
	conn->identified = judgement->identified;
	conn->policy = conn->identity.grant.policy;
	edition_release(before);
}

static void tell(const struct conn *conn, const struct judgement *judgement)
{
	const struct turn *turn = &conn->turn;
	const struct audit_revocation revocation = {
		.id = turn->arena != NULL ? turn->id : audit_next_id(conn->context->audit),
		.identity = &conn->identity,
		.policy = conn->policy != NULL ? conn->policy->name : NULL,
		.operation = turn->typed ? turn->request.route->operation : NULL,
		.rule = judgement->rule,
		.reason = judgement->why.text,
	};

	audit_revoke(conn->context->audit, &revocation);
	log_line(LOG_INFO, "%s %s: revoked: %s", conn->identity.listener, conn->identity.address,
	         judgement->why.text);
}

static void revoke(struct conn *conn, const struct judgement *judgement)
{
	const struct exchange_refusal refusal = {
		.status = judgement->status != 0 ? judgement->status : 403,
		.message = judgement->message != NULL ? judgement->message : judgement->why.text,
	};

	tell(conn, judgement);
	conn->revoked = true;
	conn->reuse = false;
	switch (conn->state) {
	case CONN_HANDSHAKE:
	case CONN_DRAIN:
	case CONN_DEAD:
		break;
	case CONN_READ_HEAD:
		conn_close(conn);
		break;
	case CONN_READ_BODY:
	case CONN_DECIDE:
	case CONN_LOOKUP:
	case CONN_QUOTA:
	case CONN_AUDIT:
		turn_abandon(conn);
		conn_refuse(conn, refusal.status, refusal.message);
		break;
	case CONN_EXCHANGE:
		exchange_cut(conn->exchange, &refusal);
		break;
	}
	/* It has what it was told before; it need not have the time to read that for ever. */
	if (conn->state == CONN_DRAIN)
		timer_start(conn->timer, conn->edition->config->limits.linger_ms);
}

/* What is known of objects is known by the rules of the old policy: the world is another one, and they are looked up anew. False
 * when the request has been answered. */
static bool enter_anew(struct conn *conn)
{
	struct turn *turn = &conn->turn;

	*turn->facts = (struct facts){.bytes = turn->facts->bytes};
	memset(&turn->verdict, 0, sizeof turn->verdict);
	edition_release(turn->world_edition);
	turn->world_edition = NULL;
	if (!turn_enter_world(conn)) {
		conn_refuse(conn, 503, "out of memory");
		return false;
	}
	return turn_is_counted(conn);
}

bool conn_catch_up(struct conn *conn)
{
	struct judgement judgement;
	bool allowed, in_world = false;

	if (conn->edition == conn->context->edition)
		return true;
	conn->looked_at = conn->context->edition->serial;
	allowed = judge_client(conn, &judgement);
	if (allowed)
		in_world = is_in_world(conn, &judgement);
	if (in_world)
		allowed = judge_world(conn, &judgement);
	if (allowed)
		go_over(conn, &judgement);
	else
		revoke(conn, &judgement);
	arena_free(judgement.arena);
	return allowed && (!in_world || enter_anew(conn));
}

/* Judged, and rewritten for the daemon: it is not judged again by the way. */
static bool is_sent_or_about_to_be(const struct conn *conn)
{
	return conn->state == CONN_EXCHANGE || conn->state == CONN_QUOTA || conn->state == CONN_AUDIT;
}

bool conn_rejudge(struct conn *conn)
{
	struct judgement judgement;

	if (conn->looked_at == conn->context->edition->serial)
		return false;
	conn->looked_at = conn->context->edition->serial;
	if (conn->state == CONN_HANDSHAKE || conn->revoked)
		return true; /* judged when it is known who comes; or about to end */
	if (!judge_client(conn, &judgement) ||
	    (is_sent_or_about_to_be(conn) && !judge_request(conn, &judgement)))
		revoke(conn, &judgement);
	else if (conn->state == CONN_READ_HEAD && conn->turn.arena == NULL)
		go_over(conn, &judgement);
	arena_free(judgement.arena);
	return true;
}
