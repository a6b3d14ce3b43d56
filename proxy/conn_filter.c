/* An answer that is changed on its way, cut down to a tenant's world or told without what a policy hides: the filter decides
 * (policy/answer_filter.h), and what it asks about is looked up here while the daemon's answer waits. */
#include "proxy/conn_private.h"

#include "policy/answer_error.h"
#include "policy/answer_filter.h"
#include "policy/arena.h"
#include "policy/policy.h"
#include "proxy/ask.h"
#include "proxy/exchange.h"
#include "proxy/lookup.h"
#include "proxy/upstream.h"

#include <event2/buffer.h>
#include <stdlib.h>

enum { QUESTION_BYTES_MAX = 64 * 1024 * 1024 }; /* what a look-up's answer may come to as a tree */

struct turn_filter {
	struct conn *conn;
	struct answer_filter *filter;
	struct evbuffer *rest; /* of the answer, not yet taken */
	struct evbuffer *out;  /* the piece that goes to the client; lent while it is being made */
	/* Of the question that is open. */
	struct arena *arena; /* ends with it: a stream may ask for ever */
	struct world world;  /* with that arena */
	struct facts *facts;
	struct lookup *lookup;
	struct ask *ask;
	uint64_t budgeted; /* bytes taken from the body budget: the most that was held at a time */
	bool overdrawn;
};

static bool put(void *owner, const char *bytes, size_t len)
{
	struct turn_filter *filter = owner;

	return evbuffer_add(filter->out, bytes, len) == 0;
}

/* For what is held now, and ANSWERED bytes of an answer besides. */
static void pay(struct turn_filter *filter, uint64_t answered)
{
	uint64_t held =
		answer_filter_held(filter->filter) + evbuffer_get_length(filter->rest) + answered;

	if (held <= filter->budgeted)
		return;
	if (turn_take_budget(filter->conn, held - filter->budgeted))
		filter->budgeted = held;
	else
		filter->overdrawn = true;
}

/* --- questions ------------------------------------------------------------------------------------------------- */

static void end_question(struct turn_filter *filter)
{
	arena_free(filter->arena);
	filter->arena = NULL;
	filter->facts = NULL;
	exchange_change_again(filter->conn->exchange);
}

/* What is not there for the tenant, and what could not be asked about, is foreign. */
static enum ownership owner_by(const struct fact *fact)
{
	if (fact->state != FACT_FOUND)
		return OWNERSHIP_FOREIGN;
	return fact->shared ? OWNERSHIP_SHARED : OWNERSHIP_OWN;
}

static void looked_up(void *context)
{
	struct turn_filter *filter = context;

	filter->lookup = NULL;
	pay(filter, filter->facts->bytes);
	answer_filter_tell(filter->filter, owner_by(&filter->facts->list[0]));
	end_question(filter);
}

static void listed(const struct fetch_answer *answer, void *context)
{
	struct turn_filter *filter = context;

	filter->ask = NULL;
	pay(filter, answer->len);
	answer_filter_tell_list(filter->filter, answer->status, answer->body, answer->len);
	end_question(filter);
}

/* What the daemon's answer tells of. */
static bool want(struct turn_filter *filter, const struct answer_question *question)
{
	if (fact_id_lasts(question->kind, question->name))
		return facts_about_owner(filter->arena, filter->facts, question->kind, question->name) !=
		       NULL;
	return facts_about_wire(filter->arena, filter->facts, question->kind, question->name) != NULL;
}

static bool look_up(struct turn_filter *filter, const struct answer_question *question)
{
	filter->facts = arena_calloc(filter->arena, 1, sizeof *filter->facts);
	if (filter->facts == NULL)
		return false;
	filter->facts->world = &filter->world;
	if (!want(filter, question))
		return false;
	filter->lookup = turn_look_up_in(filter->conn, filter->arena, filter->facts, looked_up, filter);
	return filter->lookup != NULL;
}

static bool list(struct turn_filter *filter, const struct answer_question *question)
{
	const struct conn *conn = filter->conn;
	const struct api_version version = turn_engine_version(conn);
	const char *target = answer_list_target(filter->arena, &filter->world, question->kind, version);

	if (target == NULL)
		return false;
	filter->ask = ask_start(&(struct ask_setup){.loop = conn->context->loop,
	                                            .upstream = conn->context->upstream,
	                                            .generation = conn->turn.generation,
	                                            .method = METHOD_GET,
	                                            .target = target},
	                        listed, filter);
	return filter->ask != NULL;
}

static bool put_question(struct turn_filter *filter)
{
	const struct answer_question *question = answer_filter_question(filter->filter);

	filter->arena = arena_new(QUESTION_BYTES_MAX);
	if (filter->arena == NULL)
		return false;
	filter->world.arena = filter->arena;
	return question->name != NULL ? look_up(filter, question) : list(filter, question);
}

/* --- the answer ------------------------------------------------------------------------------------------------ */

/* Takes what it can of the rest. */
static enum answer_step feed(struct turn_filter *filter)
{
	enum answer_step step = ANSWER_GOES_ON;

	do {
		size_t len = evbuffer_get_contiguous_space(filter->rest), taken = 0;
		const char *bytes =
			len > 0 ? (const char *)evbuffer_pullup(filter->rest, (ev_ssize_t)len) : "";

		if (bytes == NULL)
			return ANSWER_IS_BROKEN;
		step = answer_filter_feed(filter->filter, bytes, len, &taken);
		evbuffer_drain(filter->rest, taken);
	} while (step == ANSWER_GOES_ON && evbuffer_get_length(filter->rest) > 0);
	return step;
}

static enum exchange_change refuse(struct exchange_refusal *refusal, unsigned status,
                                   const char *message)
{
	*refusal = (struct exchange_refusal){status, message != NULL
	                                                 ? message
	                                                 : "out of memory for the daemon's answer"};
	return EXCHANGE_CUTS;
}

static const char *missing_message(const struct turn_filter *filter)
{
	const struct request *request = &filter->conn->turn.request;
	const char *name = request->captures.name;

	return world_missing(request->arena, request->route->object, name != NULL ? name : "");
}

/* What was made and is not the tenant's was there already, and has come to be since that was looked for. */
static enum exchange_change refuse_missing(const struct turn_filter *filter,
                                           struct exchange_refusal *refusal)
{
	if (filter->conn->turn.request.captures.name == NULL)
		return refuse(refusal, 409, "Name: that name is taken");
	return refuse(refusal, 404, missing_message(filter));
}

static enum exchange_change change(void *changer, struct evbuffer *piece, bool last,
                                   struct exchange_refusal *refusal)
{
	struct turn_filter *filter = changer;
	enum answer_step step;

	if (evbuffer_add_buffer(filter->rest, piece) != 0)
		return refuse(refusal, 503, NULL);
	filter->out = piece;
	step = feed(filter);
	if (step == ANSWER_GOES_ON && last)
		step = answer_filter_end(filter->filter);
	filter->out = NULL;
	pay(filter, 0);
	if (filter->overdrawn)
		return refuse(refusal, 503,
		              "too much is being judged at once (limits.body_budget); try again");
	switch (step) {
	case ANSWER_GOES_ON:
		return EXCHANGE_CHANGED;
	case ANSWER_ASKS:
		return put_question(filter) ? EXCHANGE_WAITS : refuse(refusal, 503, NULL);
	case ANSWER_IS_MISSING:
		return refuse_missing(filter, refusal);
	case ANSWER_IS_BROKEN:
		break;
	}
	return refuse(refusal, 502,
	              "the daemon's answer makes no sense, and is not for everybody to hear");
}

void turn_filter_free(struct turn_filter *filter)
{
	if (filter == NULL)
		return;
	lookup_cancel(filter->lookup);
	ask_cancel(filter->ask);
	answer_filter_free(filter->filter);
	if (filter->rest != NULL)
		evbuffer_free(filter->rest);
	arena_free(filter->arena);
	free(filter);
}

/* An error may tell of what is in the way. */
static bool retell(void *teller, struct evbuffer *body)
{
	const struct turn *turn = teller;
	size_t len = evbuffer_get_length(body), kept;
	char *text = arena_alloc(turn->arena, len + 1);

	if (text == NULL || evbuffer_remove(body, text, len) != (int)len)
		return false;
	kept = answer_error_strip(turn->facts, text, len);
	return evbuffer_add(body, text, kept) == 0;
}

bool turn_filter_answer(struct conn *conn, struct exchange_setup *setup)
{
	struct turn *turn = &conn->turn;
	const struct world *world = turn->facts->world;
	const struct redact_rules *redact = &conn->policy->redact;
	struct turn_filter *filter;

	if (world != NULL) {
		setup->retell = retell;
		setup->teller = turn;
	}
	if (!answer_is_filtered(&turn->request, world, redact))
		return true;
	filter = calloc(1, sizeof *filter);
	if (filter == NULL)
		return false;
	turn->filter = filter;
	filter->conn = conn;
	if (world != NULL)
		filter->world = *world;
	filter->rest = evbuffer_new();
	filter->filter =
		answer_filter_new(&turn->request, world, redact, &(struct answer_sink){put, filter});
	setup->change = change;
	setup->changer = filter;
	return filter->rest != NULL && filter->filter != NULL;
}
