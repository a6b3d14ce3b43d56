/* What the daemon's answers tell of images is remembered, for those policies that ask where images came
 * from; and an image that was pulled by the digest of its tag gets that tag. The client sees an answer's end when
 * all of it is done. */
#include "proxy/conn_private.h"

#include "policy/arena.h"
#include "policy/json.h"
#include "proxy/exchange.h"
#include "proxy/image_tag.h"
#include "proxy/image_watch.h"
#include "proxy/log.h"

static void loaded_looked_up(void *context)
{
	struct conn *conn = context;

	conn->lookup = NULL;
	image_watch_learn(conn->turn.watch, conn->turn.loaded);
	exchange_let_answer(conn->exchange, NULL);
}

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
static void tagged(const char *failure, void *context)
{
	struct conn *conn = context;
	struct turn *turn = &conn->turn;
	const char *message, *line;

	turn->tag = NULL;
	if (failure == NULL) {
		exchange_let_answer(conn->exchange, NULL);
		return;
	}
	message =
		arena_format(turn->arena,
	                 "the image was pulled by its digest, but cannot be given the tag '%s': %s",
	                 turn->request.pinned_tag, failure);
	line = message != NULL ? error_line(turn->arena, message) : NULL;
	log_line(LOG_WARNING, "%s: %s", conn->identity.listener, message != NULL ? message : failure);
	exchange_let_answer(conn->exchange, line != NULL ? line : no_memory_line);
}

/* Without memory for a look-up nothing is remembered, and what was loaded cannot be used. */
static bool observe(void *observer, unsigned status, struct evbuffer *piece, bool last)
{
	struct conn *conn = observer;
	struct turn *turn = &conn->turn;

	turn->loaded = image_watch_see(turn->watch, status, piece, last);
	if (image_watch_pulled(turn->watch) && turn->tag != NULL) {
		image_tag_begin(turn->tag);
		return false;
	}
	return turn->loaded == NULL || !turn_look_up(conn, turn->loaded, loaded_looked_up);
}

/* True when nobody has to look, or somebody does. */
bool turn_watch_images(struct conn *conn, struct exchange_setup *setup)
{
	struct turn *turn = &conn->turn;
	bool pinned = turn->request.pinned_tag != NULL;
	const struct image_tag_order order = {
		.loop = conn->context->loop,
		.upstream = conn->context->upstream,
		.generation = turn->generation,
		.request = &turn->request,
	};

	if (conn->context->provenance == NULL && !pinned)
		return true;
	turn->watch = image_watch_new(conn->context->provenance, conn->policy, &turn->request);
	if (turn->watch == NULL)
		return !pinned;
	setup->observe = observe;
	setup->observer = conn;
	if (pinned)
		turn->tag = image_tag_new(&order, tagged, conn);
	return !pinned || turn->tag != NULL;
}
