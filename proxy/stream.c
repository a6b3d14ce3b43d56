/* One connected socket as two byte queues and six events. Owns what is due when: which step to
 * try, which readiness to wait for, which event to tell. How a byte gets to the kernel is
 * stream_socket's and stream_tls's business.
 *
 * Everything passes through stream_advance(), from the loop: it does what can be done, tells the
 * owner, and arms what is waited for. The owner's calls only change state, try to write, and ask
 * for a turn. */
#include "proxy/stream.h"

#include "proxy/loop.h"
#include "proxy/stream_ops.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t input_len(const struct stream *stream)
{
	return evbuffer_get_length(stream->input);
}

/* --- what is waited for --------------------------------------------------------------------- */

/* Something can be done without waiting for the kernel. */
static bool needs_turn(const struct stream *stream)
{
	return stream->due != 0 || stream_refusal_is_due(stream) ||
	       (stream_wants_to_read(stream) && stream_wait_is_over(stream, stream->read_wait)) ||
	       (stream_wants_to_write(stream) && stream_wait_is_over(stream, stream->write_wait));
}

static bool waits_for_readable(const struct stream *stream)
{
	switch (stream->phase) {
	case PHASE_CONNECTING:
	case PHASE_ENDED:
		return false;
	case PHASE_HANDSHAKE:
		return stream->read_wait != WAIT_WRITABLE;
	case PHASE_OPEN:
		return (stream_wants_to_read(stream) && stream->read_wait != WAIT_WRITABLE) ||
		       (stream_wants_to_write(stream) && stream->write_wait == WAIT_READABLE);
	}
	return false;
}

static bool waits_for_writable(const struct stream *stream)
{
	switch (stream->phase) {
	case PHASE_CONNECTING:
		return true;
	case PHASE_ENDED:
		return false;
	case PHASE_HANDSHAKE:
		return stream->read_wait == WAIT_WRITABLE;
	case PHASE_OPEN:
		return (stream_wants_to_write(stream) && stream->write_wait == WAIT_WRITABLE) ||
		       (stream_wants_to_read(stream) && stream->read_wait == WAIT_WRITABLE);
	}
	return false;
}

/* An interest that has ended is kept until it fires in vain, so that a pause and a resume soon
 * after, or a queue that is full and empty by turns, cost no system calls. False when the kernel
 * has no memory. */
static bool set_interest(struct event *event, bool wanted, bool *added, bool *fired)
{
	bool in_vain = *fired;

	*fired = false;
	if (wanted && !*added) {
		if (event_add(event, NULL) != 0)
			return false;
		*added = true;
	} else if (!wanted && *added && in_vain) {
		event_del(event);
		*added = false;
	}
	return true;
}

static bool set_hangup(struct stream *stream, bool wanted)
{
	if (wanted == stream->hangup_added)
		return true;
	if (wanted && !loop_hangup_watch(stream->loop, &stream->hangup))
		return false;
	if (!wanted)
		loop_hangup_cancel(stream->loop, &stream->hangup);
	stream->hangup_added = wanted;
	return true;
}

/* The one place that decides what the kernel is asked to tell. */
static void stream_rearm(struct stream *stream)
{
	bool armed = set_interest(&stream->read_event, waits_for_readable(stream), &stream->read_added,
	                          &stream->read_fired) &&
	             set_interest(&stream->write_event, waits_for_writable(stream),
	                          &stream->write_added, &stream->write_fired) &&
	             /* Whoever reads meets the hang-up; whoever has finished expects it. */
	             set_hangup(stream, stream->hangup_wanted && stream->phase == PHASE_OPEN &&
	                                    !stream->finish_sent && !stream->read_added);

	if (!armed) {
		stream_set_error(stream, "out of memory");
		stream_end(stream, STREAM_FAILED);
	}
}

/* After every change of state outside of tell_events(), which ends with this anyhow. */
static void settle(struct stream *stream)
{
	if (stream->telling || stream->dead)
		return;
	stream_rearm(stream);
	if (needs_turn(stream))
		loop_soon(stream->loop, &stream->soon);
}

/* --- telling -------------------------------------------------------------------------------- */

/* What becomes due meanwhile waits for the next turn: an owner that adds more at each
 * STREAM_DRAINED must not keep the loop. */
static void tell_events(struct stream *stream)
{
	unsigned due = stream->due;

	stream->due = 0;
	stream->telling = true;
	for (unsigned event = STREAM_READY; event <= STREAM_FAILED && stream->callback != NULL;
	     event++) {
		if ((due & (1U << event)) == 0)
			continue;
		if (event == STREAM_TRUNCATED || event == STREAM_FAILED)
			stream->failed = true;
		stream->callback(stream, (enum stream_event)event, stream->owner);
	}
	stream->telling = false;
}

/* --- the polite end ------------------------------------------------------------------------- */

/* What comes after our end is thrown away, and need not be deciphered for that. */
static void close_beneath_tls(struct stream *stream)
{
	stream->ops = &stream_socket_ops;
	stream->read_wait = WAIT_NOTHING;
	(void)stream->ops->finish(stream);
}

/* Returns true when the stream is gone. */
static bool closing_is_over(struct stream *stream)
{
	if (!stream->closing)
		return false;
	if (stream->phase == PHASE_ENDED || stream->refused ||
	    (stream->finish_sent && stream->peer_finished)) {
		stream_abort(stream);
		return true;
	}
	if (stream->finish_sent && stream->ops != &stream_socket_ops)
		close_beneath_tls(stream);
	return false;
}

static void linger_over(void *context)
{
	stream_abort(context);
}

/* After a failed handshake the alert is on its way; a close with bytes of the peer's unread would
 * be a reset that overtakes it. */
static void close_failed(struct stream *stream)
{
	if (!stream->socket_usable || stream->socket_eof || stream->refused)
		return;
	stream->phase = PHASE_OPEN;
	stream->finish_sent = true;
	stream->due = 0;
	close_beneath_tls(stream);
}

void stream_close(struct stream *stream, unsigned linger_ms)
{
	if (stream->dead || stream->closing)
		return;
	stream->callback = NULL;
	stream->closing = true;
	stream->paused = false;
	stream->hangup_wanted = false;
	evbuffer_drain(stream->input, input_len(stream));
	if (stream->phase == PHASE_ENDED)
		close_failed(stream);
	else if (stream->phase != PHASE_OPEN)
		stream->phase = PHASE_ENDED; /* nothing was said yet */
	stream->finish_wanted = true;
	if (stream->phase == PHASE_OPEN)
		stream_step_write(stream);
	if (closing_is_over(stream))
		return;
	stream->linger_ms = linger_ms;
	stream->linger = timer_new(stream->loop, linger_over, stream);
	if (stream->linger == NULL) {
		stream_abort(stream);
		return;
	}
	timer_start(stream->linger, linger_ms);
	stream->at_end = (struct soon){.run = linger_over, .object = stream};
	loop_at_end(stream->loop, &stream->at_end);
	settle(stream);
}

/* --- advancing ------------------------------------------------------------------------------ */

static void stream_advance(struct stream *stream)
{
	if (stream->dead)
		return;
	if (stream->phase == PHASE_CONNECTING)
		stream_step_connect(stream);
	if (stream->phase == PHASE_HANDSHAKE)
		stream_step_handshake(stream);
	if (stream->phase == PHASE_OPEN) {
		stream_step_write(stream);
		stream_step_read(stream);
	}
	if (stream_refusal_is_due(stream))
		stream_end(stream, STREAM_FAILED);
	tell_events(stream);
	if (!stream->dead && !closing_is_over(stream))
		settle(stream);
}

static void on_soon(void *object)
{
	stream_advance(object);
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
	struct stream *stream = context;

	(void)fd;
	(void)what;
	stream->readable = true;
	stream->read_fired = true;
	stream_advance(stream);
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
	struct stream *stream = context;

	(void)fd;
	(void)what;
	stream->writable = true;
	stream->write_fired = true;
	stream_advance(stream);
}

static void on_hangup(void *object)
{
	struct stream *stream = object;
	int number;

	if (stream->dead || !stream->hangup_added)
		return;
	number = stream_socket_error(stream);
	if (number != 0)
		stream_set_errno(stream, number);
	else
		stream_set_error(stream, "the peer has closed the connection");
	stream_end(stream, STREAM_FAILED);
	stream_advance(stream);
}

/* --- making and unmaking -------------------------------------------------------------------- */

static void stream_free(void *object)
{
	struct stream *stream = object;

	stream_tls_free(stream->ssl);
	if (stream->input != NULL)
		evbuffer_free(stream->input);
	if (stream->output != NULL)
		evbuffer_free(stream->output);
	free(stream);
}

static struct stream *stream_new(struct loop *loop, int fd, bool connecting,
                                 const struct stream_ops *ops)
{
	struct stream *stream = calloc(1, sizeof *stream);

	if (stream == NULL)
		return NULL;
	stream->loop = loop;
	stream->fd = fd;
	stream->ops = ops;
	stream->phase = connecting ? PHASE_CONNECTING : PHASE_HANDSHAKE;
	stream->writable = !connecting;
	stream->read_size = STREAM_READ_LEAST;
	stream->soon = (struct soon){.run = on_soon, .object = stream};
	stream->hangup = (struct hangup){.fd = fd, .run = on_hangup, .object = stream};
	stream->input = evbuffer_new();
	stream->output = evbuffer_new();
	if (stream->input != NULL && stream->output != NULL &&
	    event_assign(&stream->read_event, loop_base(loop), fd, EV_READ | EV_PERSIST, on_readable,
	                 stream) == 0 &&
	    event_assign(&stream->write_event, loop_base(loop), fd, EV_WRITE | EV_PERSIST, on_writable,
	                 stream) == 0)
		return stream;
	stream_free(stream);
	return NULL;
}

static void stream_start(struct stream *stream, stream_callback *callback, void *owner)
{
	stream_set_owner(stream, callback, owner);
	stream_socket_tune(stream);
	loop_soon(stream->loop, &stream->soon);
}

struct stream *stream_take(struct loop *loop, int fd, bool connecting, stream_callback *callback,
                           void *owner)
{
	struct stream *stream = stream_new(loop, fd, connecting, &stream_socket_ops);

	if (stream == NULL) {
		close(fd);
		return NULL;
	}
	stream_start(stream, callback, owner);
	return stream;
}

struct stream *stream_take_tls(struct loop *loop, int fd, bool connecting, struct ssl_st *ssl,
                               stream_callback *callback, void *owner)
{
	struct stream *stream = stream_new(loop, fd, connecting, &stream_tls_ops);

	if (stream == NULL || !stream_tls_join(stream, ssl)) {
		if (stream != NULL)
			stream_free(stream);
		stream_tls_free(ssl);
		close(fd);
		return NULL;
	}
	stream_start(stream, callback, owner);
	return stream;
}

void stream_abort(struct stream *stream)
{
	if (stream->dead)
		return;
	stream->dead = true;
	stream->callback = NULL;
	stream->phase = PHASE_ENDED;
	loop_soon_cancel(&stream->soon);
	loop_soon_cancel(&stream->at_end);
	event_del(&stream->read_event);
	event_del(&stream->write_event);
	(void)set_hangup(stream, false);
	timer_free(stream->linger);
	stream->linger = NULL;
	stream_socket_close(stream);
	loop_defer_free(stream->loop, &stream->deferred, stream_free);
}

/* --- the owner's calls ---------------------------------------------------------------------- */

void stream_set_owner(struct stream *stream, stream_callback *callback, void *owner)
{
	stream->callback = callback;
	stream->owner = owner;
}

struct evbuffer *stream_input(struct stream *stream)
{
	return stream->input;
}

struct evbuffer *stream_output(struct stream *stream)
{
	return stream->output;
}

void stream_flush(struct stream *stream)
{
	if (stream->phase == PHASE_OPEN)
		stream_step_write(stream);
	else if (stream->phase == PHASE_ENDED)
		evbuffer_drain(stream->output, stream_queued(stream));
	settle(stream);
}

size_t stream_queued(const struct stream *stream)
{
	return evbuffer_get_length(stream->output);
}

void stream_pause(struct stream *stream)
{
	stream->paused = true;
}

void stream_resume(struct stream *stream)
{
	stream->paused = false;
	settle(stream);
}

void stream_watch_hangup(struct stream *stream, bool watch)
{
	stream->hangup_wanted = watch;
	settle(stream);
}

void stream_finish(struct stream *stream)
{
	stream->finish_wanted = true;
	stream_flush(stream);
}

bool stream_finished(const struct stream *stream)
{
	return stream->finish_wanted;
}

bool stream_finish_sent(const struct stream *stream)
{
	return stream->finish_sent;
}

bool stream_peer_finished(const struct stream *stream)
{
	return stream->peer_finished;
}

bool stream_failed(const struct stream *stream)
{
	return stream->failed;
}

bool stream_ready(const struct stream *stream)
{
	return stream->opened;
}

bool stream_is_idle(struct stream *stream)
{
	if (stream->phase != PHASE_OPEN || stream->paused || stream->refused || input_len(stream) > 0 ||
	    stream_queued(stream) > 0)
		return false;
	if (!stream->peer_finished && stream_socket_is_quiet(stream))
		return stream->ssl == NULL || !stream_tls_holds_bytes(stream);
	if (stream->ssl == NULL)
		return false;
	/* It may be but a session ticket, which is none of the owner's business. */
	stream->readable = true;
	stream_step_read(stream);
	settle(stream);
	return stream->phase == PHASE_OPEN && !stream->peer_finished && input_len(stream) == 0 &&
	       !stream_tls_holds_bytes(stream);
}

const char *stream_error_text(const struct stream *stream)
{
	return stream->error;
}

struct ssl_st *stream_ssl(struct stream *stream)
{
	return stream->ssl;
}
