/* One GET after the other. What cannot be counted has not been: the first failure ends it. */
#include "proxy/tally.h"

#include "policy/answer_filter.h"
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/quota_list.h"
#include "proxy/ask.h"
#include "proxy/loop.h"

#include <stdlib.h>

enum { STATUS_FINE = 200, STATUS_MISSING = 404, STATUS_CONFLICT = 409, KINDS = 5 };

struct tally {
	struct deferred deferred;
	struct tally_order order;
	struct quota_list list;
	struct tally_list {
		enum object_kind kind;
		bool strays; /* are looked for: nothing of it is counted */
	} lists[KINDS];
	size_t list_count, listed;
	bool execs;
	size_t inspected; /* of the list's running containers */
	struct timer *begin;
	struct ask *ask;
};

static void next(void *context);

static void tally_free(void *object)
{
	struct tally *tally = object;

	timer_free(tally->begin);
	free(tally);
}

static void release(struct tally *tally)
{
	timer_stop(tally->begin);
	loop_defer_free(tally->order.loop, &tally->deferred, tally_free);
}

static void finish(struct tally *tally, const char *failure)
{
	struct quota_amounts use = tally->list.use;

	release(tally);
	tally->order.done(failure, &use, tally->order.owner);
}

/* ---- answers ---- */

static bool count_execs(struct tally *tally, const struct fetch_answer *answer)
{
	static const struct json_limits limits = {FETCH_ANSWER_LIMIT, 50000, 64};
	json_t *inspected = NULL;
	struct error error;
	bool fine = json_read(answer->body, answer->len, &limits, &inspected, &error) == JSON_FINE;

	if (fine)
		quota_count_execs(inspected, &tally->list.use);
	json_decref(inspected);
	return fine;
}

static bool take_list(struct tally *tally, const struct fetch_answer *answer)
{
	const struct tally_list *list = &tally->lists[tally->listed++];

	tally->list.is_left = list->strays ? tally->order.is_left : NULL;
	return quota_list_read(&tally->list, list->kind, answer->body, answer->len);
}

/* What has gone meanwhile runs no execs. */
static bool take_answer(struct tally *tally, const struct fetch_answer *answer)
{
	if (tally->listed < tally->list_count)
		return answer->status == STATUS_FINE && take_list(tally, answer);
	tally->inspected++;
	return answer->status == STATUS_MISSING || answer->status == STATUS_CONFLICT ||
	       (answer->status == STATUS_FINE && count_execs(tally, answer));
}

static void answered(const struct fetch_answer *answer, void *context)
{
	struct tally *tally = context;

	tally->ask = NULL;
	if (answer->status == 0)
		finish(tally, answer->message);
	else if (!take_answer(tally, answer))
		finish(tally, "the daemon's answer cannot be counted");
	else
		next(tally);
}

/* ---- questions ---- */

static const char *list_target(const struct tally *tally)
{
	const struct tally_order *order = &tally->order;
	const struct tally_list *list = &tally->lists[tally->listed];

	if (list->strays)
		return answer_made_target(order->arena, order->world, order->version);
	if (list->kind == OBJECT_IMAGE)
		return answer_held_target(order->arena, order->world, order->version);
	return answer_list_target(order->arena, order->world, list->kind, order->version);
}

static const char *target(const struct tally *tally)
{
	const struct tally_order *order = &tally->order;

	if (tally->listed < tally->list_count)
		return list_target(tally);
	return arena_format(order->arena, "/v%u.%u/containers/%s/json", order->version.major,
	                    order->version.minor, tally->list.running[tally->inspected]);
}

static bool is_counted(const struct tally *tally)
{
	return tally->listed == tally->list_count &&
	       (!tally->execs || tally->inspected == tally->list.running_count);
}

static void next(void *context)
{
	struct tally *tally = context;
	const struct tally_order *order = &tally->order;

	if (is_counted(tally)) {
		finish(tally, NULL);
		return;
	}
	const struct ask_setup question = {.loop = order->loop,
	                                   .upstream = order->upstream,
	                                   .generation = order->generation,
	                                   .method = METHOD_GET,
	                                   .target = target(tally)};
	if (question.target != NULL)
		tally->ask = ask_start(&question, answered, tally);
	if (tally->ask == NULL)
		finish(tally, "out of memory");
}

/* ---- the beginning ---- */

static bool matters(const struct tally_order *order, enum quota_kind first, enum quota_kind last)
{
	for (size_t i = first; i <= (size_t)last; i++) {
		if (order->rules->limits[i].given && order->demand->amounts.of[i] > 0)
			return true;
	}
	return false;
}

static void add_list(struct tally *tally, enum object_kind kind, bool strays)
{
	tally->lists[tally->list_count++] = (struct tally_list){kind, strays};
}

static void plan(struct tally *tally)
{
	const struct tally_order *order = &tally->order;
	bool all = order->everything;

	tally->execs = matters(order, QUOTA_EXECS, QUOTA_EXECS);
	if (all)
		add_list(tally, OBJECT_IMAGE, true);
	if (all || tally->execs || matters(order, QUOTA_CONTAINERS, QUOTA_PORTS))
		add_list(tally, OBJECT_CONTAINER, false);
	if (all || matters(order, QUOTA_VOLUMES, QUOTA_VOLUMES))
		add_list(tally, OBJECT_VOLUME, false);
	if (all || matters(order, QUOTA_NETWORKS, QUOTA_NETWORKS))
		add_list(tally, OBJECT_NETWORK, false);
	if (all || matters(order, QUOTA_IMAGES, QUOTA_IMAGES))
		add_list(tally, OBJECT_IMAGE, false);
}

struct tally *tally_start(const struct tally_order *order)
{
	struct tally *tally = calloc(1, sizeof *tally);

	if (tally == NULL)
		return NULL;
	tally->order = *order;
	plan(tally);
	tally->list = (struct quota_list){.arena = tally->execs ? order->arena : NULL,
	                                  .world = order->world,
	                                  .already = order->demand->already,
	                                  .saw = order->saw,
	                                  .stray = order->stray,
	                                  .owner = order->owner};
	tally->begin = timer_new(order->loop, next, tally);
	if (tally->begin == NULL) {
		free(tally);
		return NULL;
	}
	timer_start(tally->begin, 0);
	return tally;
}

void tally_cancel(struct tally *tally)
{
	if (tally == NULL)
		return;
	ask_cancel(tally->ask);
	release(tally);
}
