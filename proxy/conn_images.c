/* What the daemon's answers tell of images is remembered, for those policies that ask where images came
 * from. The client sees an answer's end when all of it is. */
#include "proxy/conn_private.h"

#include "proxy/exchange.h"
#include "proxy/image_watch.h"

static void loaded_looked_up(void *context)
{
	struct conn *conn = context;

	conn->lookup = NULL;
	image_watch_learn(conn->turn.watch, conn->turn.loaded);
	exchange_let_answer(conn->exchange);
}

/* Without memory for a look-up nothing is remembered, and what was loaded cannot be used. */
static bool observe(void *observer, unsigned status, struct evbuffer *piece, bool last)
{
	struct conn *conn = observer;

	conn->turn.loaded = image_watch_see(conn->turn.watch, status, piece, last);
	return conn->turn.loaded == NULL || !turn_look_up(conn, conn->turn.loaded, loaded_looked_up);
}

void turn_watch_images(struct conn *conn, struct exchange_setup *setup)
{
	struct turn *turn = &conn->turn;

	if (conn->context->provenance == NULL)
		return;
	turn->watch = image_watch_new(conn->context->provenance, conn->policy, &turn->request);
	if (turn->watch == NULL)
		return;
	setup->observe = observe;
	setup->observer = conn;
}
