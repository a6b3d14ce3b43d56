/* One request on a connection: its head and body are read, it is typed, judged, and handed to an exchange or answered
 * here. Nothing of it reaches the daemon before the verdict. */
#include "proxy/conn_private.h"

#include "policy/arena.h"
#include "policy/decide.h"
#include "policy/error.h"
#include "policy/mutate.h"
#include "policy/policy.h"
#include "proxy/audit.h"
#include "proxy/config.h"
#include "proxy/edition.h"
#include "proxy/exchange.h"
#include "proxy/http_write.h"
#include "proxy/image_tag.h"
#include "proxy/image_watch.h"
#include "proxy/lookup.h"
#include "proxy/stream.h"
#include "proxy/upload_scan.h"
#include "proxy/upstream.h"

#include <event2/buffer.h>
#include <string.h>

enum { ARENA_HEAD_FACTOR = 16, ARENA_BODY_FACTOR = 4, ANSWERS_LIMIT = 256 * 1024 };

/* --- a turn's beginning and end -------------------------------------------------------------------------------- */

static const struct limits_config *limits_of(const struct conn *conn)
{
	return &conn->edition->config->limits;
}

static bool turn_begin(struct conn *conn)
{
	const struct limits_config *limits = limits_of(conn);
	struct turn *turn = &conn->turn;

	turn->arena = arena_new(limits->head.head_bytes * ARENA_HEAD_FACTOR +
	                        limits->json.bytes * ARENA_BODY_FACTOR);
	if (turn->arena == NULL)
		return false;
	turn->id = audit_next_id(conn->context->audit);
	turn->started_ms = loop_now_ms(conn->context->loop);
	return true;
}

void turn_clear(struct conn *conn)
{
	struct turn *turn = &conn->turn;

	if (turn->body != NULL)
		evbuffer_free(turn->body);
	image_watch_free(turn->watch);
	upload_scan_free(turn->scan);
	turn_filter_free(turn->filter);
	edition_release(turn->world_edition);
	if (turn->budgeted > 0)
		atomic_fetch_add(conn->context->body_budget, turn->budgeted);
	arena_free(turn->arena);
	memset(turn, 0, sizeof *turn);
	conn->scanned = 0;
}

void turn_abandon(struct conn *conn)
{
	/* Of a part of a body the daemon makes nothing. */
	turn_settle(conn, conn->exchange == NULL || !exchange_has_sent(conn->exchange));
	audit_desk_cancel(conn->context->desk, &conn->turn.written);
	upstream_cancel(conn->wait);
	lookup_cancel(conn->lookup);
	exchange_abort(conn->exchange);
	image_tag_cancel(conn->turn.tag);
	turn_filter_free(conn->turn.filter);
	conn->turn.tag = NULL;
	conn->turn.filter = NULL;
	conn->wait = NULL;
	conn->lookup = NULL;
	conn->exchange = NULL;
}

/* --- reading --------------------------------------------------------------------------------------------------- */

static enum step refuse_large_body(struct conn *conn)
{
	return conn_refuse(conn, 413, "the request body is larger than limits.body_bytes");
}

/* No head yet, or not all of it. */
static enum step await_head(struct conn *conn)
{
	size_t waiting = evbuffer_get_length(stream_input(conn->client));

	if (stream_peer_finished(conn->client)) {
		conn_close(conn);
		return STEP_AGAIN;
	}
	if (waiting >= STREAM_INPUT_LIMIT)
		return conn_refuse(conn, 431, "the request head is too large");
	if (conn->idle && waiting > 0) {
		conn->idle = false;
		timer_start(conn->timer, limits_of(conn)->head_ms);
	}
	stream_resume(conn->client);
	return STEP_WAIT;
}

enum step conn_read_head(struct conn *conn)
{
	struct turn *turn = &conn->turn;
	struct http_fault fault = {0};

	if (turn->arena == NULL && !conn_catch_up(conn))
		return STEP_AGAIN;
	if (stream_queued(conn->client) >= ANSWERS_LIMIT) {
		stream_pause(conn->client); /* it asks and asks, and reads no answer */
		return STEP_WAIT;
	}
	if (evbuffer_get_length(stream_input(conn->client)) == 0)
		return await_head(conn);
	if (turn->arena == NULL && !turn_begin(conn)) {
		conn_close(conn);
		return STEP_AGAIN;
	}
	switch (http_read_request(stream_input(conn->client), turn->arena, &limits_of(conn)->head,
	                          &conn->scanned, &turn->head, &fault)) {
	case HTTP_MORE:
		return await_head(conn);
	case HTTP_BAD:
		if (!turn_is_within_rates(conn))
			return STEP_AGAIN;
		return conn_refuse(conn, fault.status, fault.message);
	case HTTP_DONE:
		break;
	}
	turn->have_head = true;
	body_reader_start(&turn->reader, turn->head.framing, turn->head.length);
	conn_enter(conn, CONN_DECIDE);
	return STEP_AGAIN;
}

/* The daemon streams a body; we read one whole when it is judged, or to throw it away. */
static bool wants_body(const struct turn *turn)
{
	return turn->request.route->body != BODY_STREAM && turn->head.framing != FRAMING_NONE;
}

bool turn_take_budget(struct conn *conn, uint64_t bytes)
{
	uint64_t free_bytes = atomic_load(conn->context->body_budget);

	do {
		if (bytes > free_bytes)
			return false;
	} while (
		!atomic_compare_exchange_weak(conn->context->body_budget, &free_bytes, free_bytes - bytes));
	conn->turn.budgeted += bytes;
	return true;
}

/* The body is there: make a tree of it, or throw it away where the route takes none. */
static enum step body_complete(struct conn *conn)
{
	struct turn *turn = &conn->turn;
	struct refusal refusal = {0};
	enum unknown_fields unknown =
		conn->policy != NULL ? conn->policy->unknown_fields : UNKNOWN_FIELDS_REFUSE;
	size_t len = evbuffer_get_length(turn->body);
	const char *bytes = len > 0 ? (const char *)evbuffer_pullup(turn->body, -1) : "";

	turn->body_read = true;
	if (bytes == NULL)
		return conn_refuse(conn, 503, "out of memory for the request body");
	if (!request_read_body(&turn->request, bytes, len, &limits_of(conn)->json, unknown, &refusal))
		return conn_refuse(conn, refusal.status, refusal.message);
	evbuffer_drain(turn->body, len);
	conn_enter(conn, CONN_DECIDE);
	return STEP_AGAIN;
}

enum step conn_read_body(struct conn *conn)
{
	struct turn *turn = &conn->turn;
	struct evbuffer *input = stream_input(conn->client);
	size_t limit = limits_of(conn)->json.bytes, before = evbuffer_get_length(turn->body);
	enum body_result result = body_read(&turn->reader, input, turn->body, limit + 1 - before);
	size_t length = evbuffer_get_length(turn->body);

	if (length > limit)
		return refuse_large_body(conn);
	if (!turn_take_budget(conn, length - before))
		return conn_refuse(conn, 503,
		                   "too many request bodies at once (limits.body_budget); try again");
	switch (result) {
	case BODY_BAD:
		return conn_refuse(conn, 400, "malformed chunked request body");
	case BODY_DONE:
		return body_complete(conn);
	case BODY_MORE:
		break;
	}
	if (stream_peer_finished(conn->client) && evbuffer_get_length(input) == 0) {
		conn_close(conn);
		return STEP_AGAIN;
	}
	stream_resume(conn->client);
	return STEP_WAIT;
}

/* --- judging --------------------------------------------------------------------------------------------------- */

static void continue_after_wait(struct conn *conn)
{
	conn_enter(conn, CONN_DECIDE);
	conn_advance(conn);
}

static void daemon_known(enum upstream_result result, const struct daemon_info *info,
                         const char *message, void *context)
{
	struct conn *conn = context;

	(void)info;
	conn->wait = NULL;
	if (result == UPSTREAM_READY) {
		continue_after_wait(conn);
		return;
	}
	conn_refuse(conn, result == UPSTREAM_REFUSED ? 502 : 503, message);
	conn_advance(conn);
}

static enum step ask_daemon(struct conn *conn)
{
	conn->wait = upstream_ask(conn->context->upstream, daemon_known, conn);
	if (conn->wait == NULL)
		return conn_refuse(conn, 503, "out of memory");
	conn_enter(conn, CONN_LOOKUP);
	return STEP_WAIT;
}

bool turn_pay_facts(struct conn *conn)
{
	uint64_t more = conn->turn.facts->bytes - conn->turn.facts_budgeted;

	conn->turn.facts_budgeted += more;
	return turn_take_budget(conn, more);
}

static void facts_learnt(void *context)
{
	struct conn *conn = context;

	conn->lookup = NULL;
	turn_count_lookup(conn, loop_now_ms(conn->context->loop) - conn->turn.looked_up_ms);
	if (turn_pay_facts(conn)) {
		continue_after_wait(conn);
		return;
	}
	conn_refuse(conn, 503, "too much is being judged at once (limits.body_budget); try again");
	conn_advance(conn);
}

struct api_version turn_engine_version(const struct conn *conn)
{
	const struct daemon_info *info = upstream_known(conn->context->upstream);

	return info != NULL ? info->range.engine : conn->turn.request.engine;
}

/* Objects are inspected in the newest version that the daemon itself speaks, which tells most of them, whatever
 * clients may use. */
struct lookup *turn_look_up_in(struct conn *conn, struct arena *arena, struct facts *facts,
                               void (*done)(void *context), void *context)
{
	const struct lookup_source source = {
		.loop = conn->context->loop,
		.upstream = conn->context->upstream,
		.generation = conn->turn.generation,
		.version = turn_engine_version(conn),
		.provenance = conn->context->provenance,
		.former = conn->context->former,
		.policy = conn->policy != NULL ? conn->policy->name : NULL,
		.tenant = conn->identity.grant.tenant,
		.owners = conn->context->owners,
		.edition = conn->turn.world_edition != NULL ? conn->turn.world_edition->serial : 0,
		.registry_auth = headers_value(&conn->turn.request.headers, "X-Registry-Auth"),
	};

	return lookup_start(&source, arena, facts, done, context);
}

bool turn_look_up(struct conn *conn, struct facts *facts, void (*done)(void *context))
{
	conn->lookup = turn_look_up_in(conn, conn->turn.arena, facts, done, conn);
	return conn->lookup != NULL;
}

static enum step ask_facts(struct conn *conn)
{
	conn->turn.looked_up_ms = loop_now_ms(conn->context->loop);
	if (!turn_look_up(conn, conn->turn.facts, facts_learnt))
		return conn_refuse(conn, 503, "out of memory");
	conn_enter(conn, CONN_LOOKUP);
	return STEP_WAIT;
}

/* Makes the head a typed request. False when it was answered instead. */
static bool type_request(struct conn *conn, const struct daemon_info *info)
{
	struct turn *turn = &conn->turn;
	const struct request_head head = {
		.method = turn->head.method,
		.target = turn->head.target,
		.headers = turn->head.headers,
		.has_body = turn->head.framing == FRAMING_CHUNKED ||
	                (turn->head.framing == FRAMING_LENGTH && turn->head.length > 0),
	};
	struct refusal refusal = {0};

	turn->generation = info->generation;
	turn->facts = arena_alloc(turn->arena, sizeof *turn->facts);
	if (turn->facts == NULL || !turn_enter_world(conn)) {
		conn_refuse(conn, 503, "out of memory for the request");
		return false;
	}
	turn->typed = request_read_head(turn->arena, &head, &info->range, &turn->request, &refusal);
	if (!turn_is_within_rates(conn)) /* be it understood, allowed or neither */
		return false;
	if (!turn->typed) {
		conn_refuse(conn, refusal.status != 0 ? refusal.status : 503, refusal.message);
		return false;
	}
	policy_decide_early(conn->policy, &conn->identity, &turn->request, &turn->verdict);
	if (turn->verdict.kind == VERDICT_DENY)
		conn_deny(conn);
	return turn->verdict.kind != VERDICT_DENY;
}

bool turn_continue(struct conn *conn)
{
	const struct http_message message = {.framing = FRAMING_NONE};
	struct turn *turn = &conn->turn;

	if (!turn->head.expect_continue || evbuffer_get_length(stream_input(conn->client)) > 0)
		return true;
	if (!http_write_response(stream_output(conn->client), 100, http_reason(100), &message))
		return false;
	stream_flush(conn->client);
	return true;
}

static enum step begin_body(struct conn *conn)
{
	struct turn *turn = &conn->turn;

	if (turn->head.framing == FRAMING_LENGTH && turn->head.length > limits_of(conn)->json.bytes)
		return refuse_large_body(conn);
	turn->body = evbuffer_new();
	if (turn->body == NULL || !turn_continue(conn))
		return conn_refuse(conn, 503, "out of memory for the request body");
	conn_enter(conn, CONN_READ_BODY);
	return STEP_AGAIN;
}

static enum step begin_exchange(struct conn *conn);

enum step conn_decide(struct conn *conn)
{
	const struct daemon_info *info = upstream_known(conn->context->upstream);
	struct turn *turn = &conn->turn;

	if (!conn_catch_up(conn)) /* it is judged by what is in force now */
		return STEP_AGAIN;
	if (info == NULL)
		return ask_daemon(conn);
	if (!conn->identified)
		return conn_identify(conn, info->generation);
	if (!turn->typed && !type_request(conn, info))
		return STEP_AGAIN;
	if (turn->generation != info->generation)
		return conn_refuse(conn, 503, daemon_restarted);
	if (wants_body(turn) && !turn->body_read)
		return begin_body(conn);
	memset(&turn->verdict, 0, sizeof turn->verdict);
	policy_decide(conn->policy, &conn->identity, &turn->request, turn->facts, &turn->verdict);
	switch (turn->verdict.kind) {
	case VERDICT_DENY:
		return conn_deny(conn);
	case VERDICT_NEED:
		return ask_facts(conn);
	case VERDICT_ALLOW:
		return begin_exchange(conn);
	}
	return conn_refuse(conn, 500, "no verdict");
}

static enum step begin_exchange(struct conn *conn)
{
	struct turn *turn = &conn->turn;
	struct error error = {0};

	turn_tell(conn);
	if (!turn_keep_asked(conn))
		return conn_refuse(conn, 503, "out of memory for the request");
	if (!policy_mutate(conn->policy, &conn->identity, turn->facts, &turn->request, &error))
		return conn_refuse(conn, 403, error.text);
	return turn_ask_quota(conn);
}

enum step conn_wait(struct conn *conn)
{
	stream_resume(conn->client); /* only to notice that the client goes */
	return STEP_WAIT;
}
