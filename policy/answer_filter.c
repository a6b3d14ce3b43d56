/* How an answer goes through: taken apart, each value read, judged by its kind's answer_*.c, and printed. */
#include "policy/answer_filter.h"

#include "policy/answer_parts.h"
#include "policy/arena.h"
#include "policy/json.h"
#include "policy/json_split.h"
#include "policy/owner_cache.h"
#include "policy/private_names.h"
#include "policy/redact.h"
#include "policy/request.h"

#include <stdlib.h>
#include <string.h>

enum {
	VALUE_BYTES_MAX = 4 << 20,
	VALUE_NODES_MAX = 100000,
	VALUE_DEPTH_MAX = 64,
	VALUE_ARENA_BYTES = 3 * VALUE_BYTES_MAX,
	VALUE_EXPECTED_BYTES = 2048,
	OWNERS_MAX = 4096,
	TREE_BYTES = 16 /* of a tree for a byte of its text, about */
};

struct answer_filter {
	const struct answer_plan *plan;
	const struct redact_rules *redact; /* NULL: nothing is hidden */
	bool closed;                       /* there is a world that the answer is cut down to */
	struct answer_sink sink;
	struct json_split *split;
	struct answer answer;
	struct json_part part; /* the one at hand; its place and key live until the next */
	json_t *pending;       /* the value that waits for an answer; NULL: none does */
	size_t pending_len;    /* of its text */
	bool asking;
	bool between; /* something stands before the next element or member */
	bool began;   /* something was put out */
	bool missing, broken;
	char *asked; /* the question's name */
};

static bool is_cut_down(const struct answer_plan *plan, const struct world *world)
{
	return plan != NULL && plan->judge != NULL && world != NULL;
}

bool answer_is_filtered(const struct request *request, const struct world *world,
                        const struct redact_rules *redact)
{
	const struct answer_plan *plan = answer_plan_find(request);

	return plan != NULL && (is_cut_down(plan, world) || redact_concerns(redact, plan->operation));
}

struct answer_filter *answer_filter_new(const struct request *request, const struct world *world,
                                        const struct redact_rules *redact,
                                        const struct answer_sink *sink)
{
	const struct answer_plan *plan = answer_plan_find(request);
	struct answer_filter *filter = plan != NULL ? calloc(1, sizeof *filter) : NULL;

	if (filter == NULL)
		return NULL;
	filter->plan = plan;
	filter->sink = *sink;
	filter->answer.request = request;
	filter->closed = is_cut_down(plan, world);
	if (filter->closed)
		filter->answer.world = *world;
	if (redact_concerns(redact, plan->operation))
		filter->redact = redact;
	filter->answer.owners = owner_cache_new(OWNERS_MAX);
	filter->split = json_split_new(&(struct json_split_plan){.opened = answer_plan_opened(plan),
	                                                         .many = plan->form == ANSWER_MANY,
	                                                         .bytes = VALUE_BYTES_MAX,
	                                                         .depth = VALUE_DEPTH_MAX});
	if (filter->split != NULL && filter->answer.owners != NULL)
		return filter;
	answer_filter_free(filter);
	return NULL;
}

void answer_filter_free(struct answer_filter *filter)
{
	if (filter == NULL)
		return;
	json_decref(filter->pending);
	answer_forget_unheld(&filter->answer);
	json_split_free(filter->split);
	owner_cache_free(filter->answer.owners);
	free(filter->asked);
	free(filter);
}

/* --- questions --------------------------------------------------------------------------------- */

/* The question outlives the value that it was put for. */
static enum answer_step ask(struct answer_filter *filter)
{
	const char *name = filter->answer.question.name;

	free(filter->asked);
	filter->asked = name != NULL ? strdup(name) : NULL;
	if (name != NULL && filter->asked == NULL)
		return ANSWER_IS_BROKEN;
	filter->answer.question.name = filter->asked;
	filter->asking = true;
	return ANSWER_ASKS;
}

/* Of a stream whose later values tell of objects that are gone by then. */
static enum answer_step prime(struct answer_filter *filter)
{
	static const enum object_kind kinds[] = {OBJECT_CONTAINER, OBJECT_NETWORK, OBJECT_VOLUME,
	                                         OBJECT_IMAGE,     OBJECT_SERVICE, OBJECT_SECRET,
	                                         OBJECT_CONFIG};

	for (size_t i = 0;
	     filter->closed && filter->plan->form == ANSWER_MANY && i < sizeof kinds / sizeof *kinds;
	     i++) {
		if (!answer_listed(&filter->answer, kinds[i]))
			return ask(filter);
	}
	return ANSWER_GOES_ON;
}

const struct answer_question *answer_filter_question(const struct answer_filter *filter)
{
	return &filter->answer.question;
}

void answer_filter_tell(struct answer_filter *filter, enum ownership owner)
{
	struct answer *answer = &filter->answer;

	owner_cache_put(answer->owners, answer->question.kind, answer->question.name, owner);
	filter->asking = false;
}

void answer_filter_tell_list(struct answer_filter *filter, unsigned status, const char *bytes,
                             size_t len)
{
	struct answer *answer = &filter->answer;

	answer->listed |= 1U << answer->question.kind;
	if (status == 200)
		answer_learn_list(answer, bytes, len);
	filter->asking = false;
}

size_t answer_filter_held(const struct answer_filter *filter)
{
	return json_split_held(filter->split) + owner_cache_bytes(filter->answer.owners) +
	       (filter->pending != NULL ? filter->pending_len * TREE_BYTES : 0);
}

/* --- putting out ------------------------------------------------------------------------------- */

static bool put(struct answer_filter *filter, const char *bytes, size_t len)
{
	filter->began = true;
	return filter->sink.put(filter->sink.owner, bytes, len);
}

/* What stands before a value or an opening bracket. */
static bool put_before(struct answer_filter *filter, const char *key)
{
	bool comma = filter->between;

	filter->between = true;
	if (comma && !put(filter, ",", 1))
		return false;
	return key == NULL ||
	       (put(filter, "\"", 1) && put(filter, key, strlen(key)) && put(filter, "\":", 2));
}

static bool put_value(struct answer_filter *filter, const json_t *value)
{
	size_t len = 0;
	const char *text = json_print(filter->answer.world.arena, value, &len);

	return text != NULL && put_before(filter, filter->part.key) && put(filter, text, len);
}

/* The members of OBJECT, into the one that is open. */
static bool put_members(struct answer_filter *filter, struct arena *arena, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		size_t len = 0;
		const char *text = json_print(arena, value, &len);

		if (text == NULL || !put_before(filter, key) || !put(filter, text, len))
			return false;
	}
	return true;
}

/* Behind a whole text. */
static bool put_end(struct answer_filter *filter)
{
	filter->between = false;
	return put(filter, "\n", 1);
}

static bool put_open(struct answer_filter *filter)
{
	const struct json_part *part = &filter->part;
	bool fine = put_before(filter, part->key) && put(filter, part->is_list ? "[" : "{", 1);

	filter->between = false;
	return fine;
}

static bool put_totals(struct answer_filter *filter)
{
	struct arena *arena = arena_new(VALUE_ARENA_BYTES);
	json_t *totals = filter->plan->close(&filter->answer);
	bool fine = arena != NULL && totals != NULL && put_members(filter, arena, totals);

	json_decref(totals);
	arena_free(arena);
	return fine;
}

static bool put_close(struct answer_filter *filter)
{
	const struct json_part *part = &filter->part;

	filter->answer.place = part->place;
	if (!part->is_list && filter->closed && filter->plan->close != NULL && !put_totals(filter))
		return false;
	filter->between = true;
	return put(filter, part->is_list ? "]" : "}", 1) && (part->place[0] != '\0' || put_end(filter));
}

/* --- judging ----------------------------------------------------------------------------------- */

/* Leaves nothing of quaymaster's and nothing that is hidden. */
static bool clean(struct answer_filter *filter, json_t *value)
{
	const struct answer *answer = &filter->answer;

	if (filter->closed) {
		world_hide_labels(value);
		if (!private_names_show(&answer->world, value))
			return false;
	}
	return filter->redact == NULL ||
	       redact_value(filter->redact, filter->plan->operation, answer->key, value);
}

static bool keep_value(struct answer_filter *filter, json_t *value)
{
	return clean(filter, value) && put_value(filter, value) &&
	       (filter->part.place != NULL || put_end(filter));
}

/* What is left out of a list is just not in it; what is the whole of an answer is not there. */
static enum answer_step leave_out(struct answer_filter *filter)
{
	if (filter->part.place != NULL || filter->plan->form == ANSWER_MANY)
		return ANSWER_GOES_ON;
	filter->missing = true;
	return ANSWER_IS_MISSING;
}

/* What is the whole of an answer that should be a list, or have lists, says nothing or makes no sense; and a list has no keys. */
static bool is_misplaced(const struct answer_filter *filter)
{
	const struct json_part *part = &filter->part;

	switch (filter->plan->form) {
	case ANSWER_WHOLE:
	case ANSWER_MANY:
		return false;
	case ANSWER_LIST:
		return part->place == NULL || part->key != NULL;
	case ANSWER_VOLUMES:
	case ANSWER_USAGE:
		break;
	}
	return part->place == NULL;
}

static enum answer_fate judge(struct answer_filter *filter, json_t *value)
{
	if (filter->answer.world.arena == NULL)
		return ANSWER_BREAK;
	if (is_misplaced(filter))
		return json_is_null(value) && filter->part.place == NULL ? ANSWER_KEEP : ANSWER_BREAK;
	return filter->closed ? filter->plan->judge(&filter->answer, value) : ANSWER_KEEP;
}

/* Judges VALUE, which is taken. */
static enum answer_step judge_taken(struct answer_filter *filter, json_t *value)
{
	struct answer *answer = &filter->answer;
	enum answer_step step = ANSWER_IS_BROKEN;

	answer->place = filter->part.place;
	answer->key = filter->part.key;
	answer->world.arena = arena_new_for(VALUE_ARENA_BYTES, VALUE_EXPECTED_BYTES);
	switch (judge(filter, value)) {
	case ANSWER_LEAVE_OUT:
		step = leave_out(filter);
		break;
	case ANSWER_KEEP:
		step = keep_value(filter, value) ? ANSWER_GOES_ON : ANSWER_IS_BROKEN;
		break;
	case ANSWER_WAIT:
		step = ask(filter);
		filter->pending = step == ANSWER_ASKS ? json_incref(value) : NULL;
		filter->pending_len = filter->part.len;
		break;
	case ANSWER_BREAK:
		break;
	}
	arena_free(answer->world.arena);
	answer->world.arena = NULL;
	json_decref(value);
	return step;
}

/* An element that cannot be read is nobody's: whoever can make the daemon say such a thing must not keep others from their
 * lists. */
static enum answer_step judge_unreadable(const struct answer_filter *filter)
{
	return filter->part.place != NULL || filter->plan->form == ANSWER_MANY ? ANSWER_GOES_ON
	                                                                       : ANSWER_IS_BROKEN;
}

static enum answer_step judge_part(struct answer_filter *filter)
{
	static const struct json_limits limits = {VALUE_BYTES_MAX, VALUE_NODES_MAX, VALUE_DEPTH_MAX};
	const struct json_part *part = &filter->part;
	json_t *value = NULL;

	switch (part->kind) {
	case JSON_PART_OPEN:
		if (filter->plan->form == ANSWER_LIST && !part->is_list)
			return ANSWER_IS_BROKEN;
		return put_open(filter) ? ANSWER_GOES_ON : ANSWER_IS_BROKEN;
	case JSON_PART_CLOSE:
		return put_close(filter) ? ANSWER_GOES_ON : ANSWER_IS_BROKEN;
	case JSON_PART_VALUE:
		break;
	}
	if (part->bytes == NULL ||
	    json_read(part->bytes, part->len, &limits, &value, NULL) != JSON_FINE)
		return judge_unreadable(filter);
	filter->answer.waits = 0;
	return judge_taken(filter, value);
}

/* What waits for an answer is judged first. */
static enum answer_step judge_pending(struct answer_filter *filter)
{
	json_t *value = filter->pending;
	enum answer_step step;

	if (filter->broken)
		return ANSWER_IS_BROKEN;
	if (filter->missing)
		return ANSWER_IS_MISSING;
	if (filter->asking)
		return ANSWER_ASKS;
	step = prime(filter);
	if (step != ANSWER_GOES_ON || value == NULL)
		return step;
	filter->pending = NULL;
	filter->answer.waits++;
	return judge_taken(filter, value);
}

/* A question that was put in vain, or an answer that is broken, is remembered. */
static enum answer_step settle(struct answer_filter *filter, enum answer_step step)
{
	filter->broken = filter->broken || step == ANSWER_IS_BROKEN;
	return step;
}

static enum answer_step step_of(struct answer_filter *filter, enum json_split_result result)
{
	switch (result) {
	case JSON_SPLIT_MORE:
		return ANSWER_GOES_ON;
	case JSON_SPLIT_PART:
		return judge_part(filter);
	case JSON_SPLIT_BROKEN:
		break;
	}
	return ANSWER_IS_BROKEN;
}

enum answer_step answer_filter_feed(struct answer_filter *filter, const char *bytes, size_t len,
                                    size_t *taken)
{
	enum answer_step step = judge_pending(filter);
	enum json_split_result result = JSON_SPLIT_PART;

	*taken = 0;
	while (step == ANSWER_GOES_ON && result == JSON_SPLIT_PART) {
		size_t more = 0;

		result = json_split_next(filter->split, bytes + *taken, len - *taken, &more, &filter->part);
		*taken += more;
		step = step_of(filter, result);
	}
	return settle(filter, step);
}

enum answer_step answer_filter_end(struct answer_filter *filter)
{
	enum answer_step step = judge_pending(filter);
	enum json_split_result result = JSON_SPLIT_PART;

	while (step == ANSWER_GOES_ON && result == JSON_SPLIT_PART) {
		result = json_split_end(filter->split, &filter->part);
		step = step_of(filter, result);
	}
	return settle(filter, step);
}
