/* Joins a client and a daemon stream after an upgrade. Everything is decided in tunnel_advance() from what the
 * two streams say of themselves, never from which event called it. */
#include "proxy/tunnel.h"

#include "proxy/loop.h"
#include "proxy/stream.h"

#include <event2/buffer.h>
#include <stdlib.h>

enum { TUNNEL_QUEUE_LIMIT = 256 * 1024 };

struct direction {
	struct stream *from, *to;
	uint64_t bytes;
};

struct tunnel {
	struct deferred deferred;
	struct loop *loop;
	struct stream *client, *daemon;
	struct direction up, down; /* client to daemon, daemon to client */
	struct timer *linger;
	unsigned linger_ms;
	bool lingering;
	bool ended;
	void (*ended_callback)(enum tunnel_end, const struct tunnel_counts *, void *);
	void *owner;
};

static void tunnel_free(void *object)
{
	struct tunnel *tunnel = object;

	timer_free(tunnel->linger);
	free(tunnel);
}

static void tunnel_release(struct tunnel *tunnel)
{
	tunnel->ended = true;
	timer_stop(tunnel->linger);
	loop_defer_free(tunnel->loop, &tunnel->deferred, tunnel_free);
}

static void tunnel_end(struct tunnel *tunnel, enum tunnel_end how)
{
	const struct tunnel_counts counts = {.from_client = tunnel->up.bytes,
	                                     .to_client = tunnel->down.bytes};

	tunnel_release(tunnel);
	if (how == TUNNEL_COMPLETE)
		stream_close(tunnel->client, tunnel->linger_ms);
	else
		stream_abort(tunnel->client); /* a cut stream must not look like an ended one */
	stream_abort(tunnel->daemon);
	tunnel->ended_callback(how, &counts, tunnel->owner);
}

static bool all_read(const struct direction *direction)
{
	return stream_peer_finished(direction->from) &&
	       evbuffer_get_length(stream_input(direction->from)) == 0;
}

static bool finished(const struct direction *direction)
{
	return all_read(direction) && stream_finish_sent(direction->to);
}

static void pour(struct direction *direction)
{
	struct evbuffer *input = stream_input(direction->from);
	size_t len = evbuffer_get_length(input);

	if (len == 0 || stream_queued(direction->to) >= TUNNEL_QUEUE_LIMIT)
		return;
	/* Without memory nothing moves; the stream's own limit stops the reading. */
	if (evbuffer_add_buffer(stream_output(direction->to), input) == 0)
		direction->bytes += len;
	stream_flush(direction->to);
}

static void move_bytes(struct direction *direction)
{
	pour(direction);
	if (all_read(direction) && !stream_finished(direction->to))
		stream_finish(direction->to);
	if (stream_queued(direction->to) < TUNNEL_QUEUE_LIMIT)
		stream_resume(direction->from);
	else
		stream_pause(direction->from);
}

/* Only a client that stays after the daemon has finished is timed. */
static void watch_linger(struct tunnel *tunnel)
{
	if (tunnel->lingering || !finished(&tunnel->down))
		return;
	tunnel->lingering = true;
	timer_start(tunnel->linger, tunnel->linger_ms);
}

static void tunnel_advance(struct tunnel *tunnel)
{
	move_bytes(&tunnel->up);
	move_bytes(&tunnel->down);
	watch_linger(tunnel);
	/* A client that was heard out to the end and then leaves altogether ends the daemon's work. */
	stream_watch_hangup(tunnel->client, finished(&tunnel->up));
	if (finished(&tunnel->up) && finished(&tunnel->down))
		tunnel_end(tunnel, TUNNEL_COMPLETE);
}

static void client_event(struct stream *stream, enum stream_event event, void *owner)
{
	struct tunnel *tunnel = owner;

	(void)stream;
	switch (event) {
	case STREAM_READY:
	case STREAM_DATA:
	case STREAM_DRAINED:
	case STREAM_EOF:
		tunnel_advance(tunnel);
		return;
	case STREAM_TRUNCATED:
	case STREAM_FAILED:
		tunnel_end(tunnel, finished(&tunnel->down) ? TUNNEL_COMPLETE : TUNNEL_CLIENT_GONE);
		return;
	}
}

/* What the daemon said before its connection broke still belongs to the client. */
static void daemon_event(struct stream *stream, enum stream_event event, void *owner)
{
	struct tunnel *tunnel = owner;

	(void)stream;
	switch (event) {
	case STREAM_READY:
	case STREAM_DATA:
	case STREAM_DRAINED:
	case STREAM_EOF:
		tunnel_advance(tunnel);
		return;
	case STREAM_TRUNCATED: /* more was to come, and the client must not take this for the end */
		pour(&tunnel->down);
		tunnel_end(tunnel, TUNNEL_DAEMON_GONE);
		return;
	case STREAM_FAILED:
		move_bytes(&tunnel->down);
		tunnel_end(tunnel, all_read(&tunnel->down) ? TUNNEL_COMPLETE : TUNNEL_DAEMON_GONE);
		return;
	}
}

static void linger_ended(void *context)
{
	tunnel_end(context, TUNNEL_COMPLETE);
}

struct tunnel *tunnel_take(struct loop *loop, struct stream *client, struct stream *daemon,
                           unsigned linger_ms,
                           void (*ended)(enum tunnel_end how, const struct tunnel_counts *counts,
                                         void *owner),
                           void *owner)
{
	struct tunnel *tunnel = calloc(1, sizeof *tunnel);

	if (tunnel != NULL) {
		tunnel->loop = loop;
		tunnel->client = client;
		tunnel->daemon = daemon;
		tunnel->up = (struct direction){.from = client, .to = daemon};
		tunnel->down = (struct direction){.from = daemon, .to = client};
		tunnel->linger_ms = linger_ms;
		tunnel->ended_callback = ended;
		tunnel->owner = owner;
		tunnel->linger = timer_new(loop, linger_ended, tunnel);
	}
	if (tunnel == NULL || tunnel->linger == NULL) {
		free(tunnel);
		stream_abort(client);
		stream_abort(daemon);
		return NULL;
	}
	stream_set_owner(client, client_event, tunnel);
	stream_set_owner(daemon, daemon_event, tunnel);
	return tunnel;
}

void tunnel_start(struct tunnel *tunnel)
{
	if (stream_failed(tunnel->client))
		tunnel_end(tunnel, TUNNEL_CLIENT_GONE);
	else if (stream_failed(tunnel->daemon))
		daemon_event(tunnel->daemon, STREAM_FAILED, tunnel);
	else
		tunnel_advance(tunnel);
}

void tunnel_cut(struct tunnel *tunnel)
{
	tunnel_end(tunnel, TUNNEL_CUT);
}

void tunnel_abort(struct tunnel *tunnel)
{
	if (tunnel == NULL || tunnel->ended)
		return;
	tunnel_release(tunnel);
	stream_abort(tunnel->client);
	stream_abort(tunnel->daemon);
}

const char *tunnel_end_name(enum tunnel_end how)
{
	switch (how) {
	case TUNNEL_COMPLETE:
		return "complete";
	case TUNNEL_CLIENT_GONE:
		return "client-gone";
	case TUNNEL_DAEMON_GONE:
		return "daemon-gone";
	case TUNNEL_CUT:
		return "cut";
	}
	return "unknown";
}
