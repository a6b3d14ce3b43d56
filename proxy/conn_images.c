/* What the daemon's answers tell of images is remembered, for those policies that ask where images came
 * from; an image that was pulled by the digest of its tag gets that tag; and a tenant's images are held by their names, or no
 * longer. The client sees an answer's end when all of it is done. */
#include "proxy/conn_private.h"

#include "policy/arena.h"
#include "policy/hold.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/query.h"
#include "policy/text.h"
#include "policy/world_image.h"
#include "proxy/exchange.h"
#include "proxy/image_tag.h"
#include "proxy/image_watch.h"
#include "proxy/log.h"

#include <string.h>

enum { NAME_SHOWN_MAX = 200 };

static const char no_memory_line[] = "{\"errorDetail\":{\"message\":\"out of memory\"},"
									 "\"error\":\"out of memory\"}\r\n";

/* A message in the stream, as the daemon tells that a pull went wrong; NULL: no memory. */
static const char *error_line(struct arena *arena, const char *message)
{
	json_t *line = json_pack("{s:{s:s},s:s}", "errorDetail", "message", message, "error", message);
	size_t len;
	const char *text = line != NULL ? json_print(arena, line, &len) : NULL;

	json_decref(line);
	return text != NULL ? arena_format(arena, "%s\r\n", text) : NULL;
}

/* The image is there, but not under the name that the client will use: that one may be another's. */
static const char *failure_message(struct turn *turn, const char *failure)
{
	if (turn->request.pinned_tag != NULL)
		return arena_format(
			turn->arena, "the image was pulled by its digest, but cannot be given the tag '%s': %s",
			turn->request.pinned_tag, failure);
	return arena_format(turn->arena, "it was done, but the image's names cannot be kept: %s",
	                    failure);
}

/* A stream tells of it in a line of its own; of anything else the client has heard nothing yet, or sees a cut. */
static void tell_failure(struct conn *conn, const char *failure)
{
	struct turn *turn = &conn->turn;
	const char *message = failure_message(turn, failure);
	const char *line = message != NULL ? error_line(turn->arena, message) : NULL;

	log_line(LOG_WARNING, "%s: %s", conn->identity.listener, message != NULL ? message : failure);
	if (turn->request.route->answer == ANSWER_STREAM)
		exchange_let_answer(conn->exchange, line != NULL ? line : no_memory_line);
	else
		exchange_cut(conn->exchange,
		             &(struct exchange_refusal){500, message != NULL ? message : failure});
}

static void tagged(const char *failure, void *context)
{
	struct conn *conn = context;

	conn->turn.tag = NULL;
	conn->turn.holding = failure != NULL;
	if (failure == NULL)
		exchange_let_answer(conn->exchange, NULL);
	else
		tell_failure(conn, failure);
}

/* ---- what is to be done once the daemon has done its part ---- */

/* By the digest, whatever the tag leads to by now. */
static void give_pinned_tag(struct turn *turn)
{
	const struct query *query = &turn->request.query;
	const char *name = query_value(query, "fromImage"), *digest = query_value(query, "tag");
	const char *image = arena_format(turn->arena, "%s@%s", name, digest);
	const char *tag = arena_format(turn->arena, "%s:%s", name, turn->request.pinned_tag);

	image_tag_give(turn->tag, image != NULL ? image : "", tag != NULL ? tag : "");
}

/* Whoever gave the name to that image meanwhile, it is theirs. */
static void refuse_hold(struct turn *turn, const struct image_arrival *arrival)
{
	const char *name = text_printable(turn->arena, arrival->image->name, NAME_SHOWN_MAX);
	const char *reason =
		arena_format(turn->arena,
	                 "'%s' leads to an image whose id the archive does not tell; if nobody else "
	                 "gives that name, make the archive afresh with docker save",
	                 name);

	image_tag_fail(turn->tag, reason != NULL ? reason : "out of memory");
}

static void hold(struct turn *turn, const struct image_arrival *arrival)
{
	const struct world *world = turn->facts->world;
	char tag[HOLD_SIZE];

	if (arrival->image->state == FACT_MISSING)
		return;
	if (arrival->image->state == FACT_FOUND && !image_watch_is_sure(turn->watch, arrival))
		refuse_hold(turn, arrival);
	else if (arrival->image->state == FACT_FOUND &&
	         hold_make(world->key, world->tenant, arrival->image->id, arrival->name, tag))
		image_tag_give(turn->tag, arrival->image->id, tag);
	else
		image_tag_give(turn->tag, "", "");
}

/* True for the last of the arrivals of that image. */
static bool is_last_of_image(const struct image_arrival *arrivals, size_t count, size_t index)
{
	for (size_t i = index + 1; i < count; i++) {
		if (arrivals[i].image == arrivals[index].image ||
		    (arrivals[i].image->id != NULL && arrivals[index].image->id != NULL &&
		     strcmp(arrivals[i].image->id, arrivals[index].image->id) == 0))
			return false;
	}
	return true;
}

/* What has come besides: the base that a build had to pull anew, since it was removed meanwhile. */
static void refuse_place(struct turn *turn, const struct image_arrival *arrival)
{
	if (!world_holds_image(turn->facts->world, arrival->image->inspected))
		image_tag_fail(turn->tag, "quota: more images have come than the request had a place for");
}

/* From the last one on, which is what a build was for. An image with several names needs one place; shared
 * names are held by nobody: they are everybody's. */
static void order_arrivals(struct conn *conn, const struct image_arrival *arrivals, size_t count)
{
	const struct world *world = conn->turn.facts->world;
	long long places = turn_places(conn);

	for (size_t i = count; i > 0; i--) {
		const struct image_arrival *arrival = &arrivals[i - 1];
		bool found = arrival->image->state == FACT_FOUND;

		if (world_shares(world, OBJECT_IMAGE, arrival->name))
			continue;
		if (found && is_last_of_image(arrivals, count, i - 1))
			places--;
		if (found && places < 0)
			refuse_place(&conn->turn, arrival);
		else
			hold(&conn->turn, arrival);
	}
}

static void order_holds(struct conn *conn)
{
	struct turn *turn = &conn->turn;
	size_t count;
	const struct image_arrival *arrivals = image_watch_arrivals(turn->watch, &count);

	if (arrivals == NULL)
		image_tag_give(turn->tag, "", ""); /* which fails */
	else
		order_arrivals(conn, arrivals, count);
	for (size_t i = 0; turn->request.releases != NULL && turn->request.releases[i] != NULL; i++)
		image_tag_take(turn->tag, turn->request.releases[i]);
}

/* False when there is nothing to wait for. */
static bool begin_tagging(struct conn *conn)
{
	struct turn *turn = &conn->turn;

	if (turn->tag == NULL || !image_watch_is_done(turn->watch))
		return false;
	if (image_watch_pulled(turn->watch))
		give_pinned_tag(turn);
	if (turn->facts->world != NULL)
		order_holds(conn);
	turn->holding = turn->facts->world != NULL;
	image_tag_begin(turn->tag);
	return true;
}

static void looked_up(void *context)
{
	struct conn *conn = context;

	conn->lookup = NULL;
	image_watch_learn(conn->turn.watch, conn->turn.loaded);
	if (!begin_tagging(conn))
		exchange_let_answer(conn->exchange, NULL);
}

/* Without memory for a look-up nothing is remembered, and what has come cannot be used. */
static bool observe(void *observer, unsigned status, struct evbuffer *piece, bool last)
{
	struct conn *conn = observer;
	struct turn *turn = &conn->turn;

	turn->loaded = image_watch_see(turn->watch, status, piece, last);
	if (turn->loaded != NULL && turn_look_up(conn, turn->loaded, looked_up))
		return false;
	return !last || !begin_tagging(conn);
}

/* True when nobody has to look, or somebody does. */
bool turn_watch_images(struct conn *conn, struct exchange_setup *setup)
{
	struct turn *turn = &conn->turn;
	bool tags = turn->request.pinned_tag != NULL || turn->facts->world != NULL;
	const struct image_watch_setup watch = {
		.provenance = conn->context->provenance,
		.policy = conn->policy,
		.request = &turn->request,
		.tells_names = turn->facts->world != NULL,
	};
	const struct image_tag_order order = {
		.loop = conn->context->loop,
		.upstream = conn->context->upstream,
		.generation = turn->generation,
		.request = &turn->request,
	};

	if (!image_watch_is_for(&turn->request) || (watch.provenance == NULL && !tags))
		return true;
	turn->watch = image_watch_new(&watch);
	if (turn->watch == NULL)
		return !tags;
	setup->observe = observe;
	setup->observer = conn;
	if (tags)
		turn->tag = image_tag_new(&order, tagged, conn);
	return !tags || turn->tag != NULL;
}
