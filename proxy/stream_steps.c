/* The steps a stream takes when it can: connect, shake hands, read, write, finish. Owns what each
 * outcome means for the stream's state and which event it makes due; telling it, and waiting, is
 * stream.c's business. */
#define _GNU_SOURCE /* the strerror_r that returns text */
#include "proxy/stream_ops.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* No stream keeps the loop to itself. */
enum { READS_A_TURN = 4, WRITES_A_TURN = 16 };
/* Room for a read, as what libevent's allocator makes exactly 4, 16 and 64 KiB of. */
enum { READ_LEAST = STREAM_READ_LEAST, READ_MIDDLE = 16 * 1024 - 64, READ_MOST = 64 * 1024 - 64 };
/* A queue of more pieces than this, and of smaller ones, is made one piece. */
enum { PIECES_MAX = 32, PIECE_LEAST = 512 };

/* --- small questions ------------------------------------------------------------------------ */

static unsigned event_bit(enum stream_event event)
{
	return 1U << event;
}

static size_t input_len(const struct stream *stream)
{
	return evbuffer_get_length(stream->input);
}

bool stream_wait_is_over(const struct stream *stream, enum io_wait wait)
{
	switch (wait) {
	case WAIT_NOTHING:
		return true;
	case WAIT_READABLE:
		return stream->readable;
	case WAIT_WRITABLE:
		return stream->writable;
	}
	return true;
}

bool stream_wants_to_read(const struct stream *stream)
{
	return stream->phase == PHASE_OPEN && !stream->peer_finished && !stream->paused &&
	       input_len(stream) < STREAM_INPUT_LIMIT;
}

static bool finish_is_due(const struct stream *stream)
{
	return stream->finish_wanted && !stream->finish_sent && !stream->refused &&
	       stream_queued(stream) == 0;
}

bool stream_wants_to_write(const struct stream *stream)
{
	return stream->phase == PHASE_OPEN && !stream->refused &&
	       (stream_queued(stream) > 0 || finish_is_due(stream));
}

/* A peer that refused our bytes may have said something before: its leaving is told when that has
 * been taken, unless the owner wants to know at once. */
bool stream_refusal_is_due(const struct stream *stream)
{
	return stream->phase == PHASE_OPEN && stream->refused &&
	       (stream->hangup_wanted || (stream->peer_finished && input_len(stream) == 0));
}

/* --- errors and ends ------------------------------------------------------------------------ */

void stream_set_error(struct stream *stream, const char *text)
{
	(void)snprintf(stream->error, sizeof stream->error, "%s", text);
}

void stream_set_errno(struct stream *stream, int number)
{
	char buffer[sizeof stream->error];

	stream_set_error(stream, strerror_r(number, buffer, sizeof buffer));
}

/* The one end of every stream that broke. */
void stream_end(struct stream *stream, enum stream_event how)
{
	if (stream->phase == PHASE_ENDED)
		return;
	stream->phase = PHASE_ENDED;
	stream->due |= event_bit(how);
	if (how == STREAM_TRUNCATED)
		stream->peer_finished = true;
	evbuffer_drain(stream->output, stream_queued(stream));
}

/* --- the steps ------------------------------------------------------------------------------ */

void stream_step_connect(struct stream *stream)
{
	int number;

	if (!stream->writable)
		return;
	number = stream_socket_error(stream);
	if (number == 0) {
		stream->phase = PHASE_HANDSHAKE;
		return;
	}
	stream_set_errno(stream, number);
	stream_end(stream, STREAM_FAILED);
}

void stream_step_handshake(struct stream *stream)
{
	if (!stream_wait_is_over(stream, stream->read_wait))
		return;
	switch (stream->ops->handshake(stream)) {
	case IO_DONE:
		stream->phase = PHASE_OPEN;
		stream->opened = true;
		stream->due |= event_bit(STREAM_READY);
		return;
	case IO_BLOCKED:
		return;
	case IO_EOF:
	case IO_TRUNCATED:
	case IO_REFUSED:
	case IO_FAILED:
		stream_end(stream, STREAM_FAILED);
		return;
	}
}

int stream_reserve(struct stream *stream, size_t room, struct evbuffer_iovec *pieces, int max)
{
	size_t want = room < stream->read_size ? room : stream->read_size;
	int count = evbuffer_reserve_space(stream->input, (ev_ssize_t)want, pieces, max);

	if (count <= 0) {
		stream_set_error(stream, "out of memory");
		return 0;
	}
	/* Space that was left over may be more than was asked for. */
	if (pieces[0].iov_len > room)
		pieces[0].iov_len = room;
	if (count == 2 && pieces[1].iov_len > room - pieces[0].iov_len)
		pieces[1].iov_len = room - pieces[0].iov_len;
	return count == 2 && pieces[1].iov_len == 0 ? 1 : count;
}

void stream_commit(struct stream *stream, struct evbuffer_iovec *pieces, int count, size_t len)
{
	size_t rest = len;
	int committed;

	for (int i = 0; i < count; i++) {
		if (pieces[i].iov_len > rest)
			pieces[i].iov_len = rest;
		rest -= pieces[i].iov_len;
	}
	committed = evbuffer_commit_space(stream->input, pieces, count);
	assert(committed == 0); /* nothing came between */
	if (len >= stream->read_size)
		stream->read_size = stream->read_size == READ_LEAST ? READ_MIDDLE : READ_MOST;
	else if (len < stream->read_size / 8)
		stream->read_size = READ_LEAST;
}

/* False when there is nothing more to read now. */
static bool take_read(struct stream *stream, enum io_result result)
{
	switch (result) {
	case IO_DONE:
		stream->due |= event_bit(STREAM_DATA);
		if (stream->closing)
			evbuffer_drain(stream->input, input_len(stream));
		return true;
	case IO_BLOCKED:
		return false;
	case IO_REFUSED:
		stream->refused = true;
		stream->peer_finished = true;
		stream->due |= event_bit(STREAM_EOF);
		return false;
	case IO_EOF:
		stream->peer_finished = true;
		stream->due |= event_bit(STREAM_EOF);
		return false;
	case IO_TRUNCATED:
		stream_end(stream, STREAM_TRUNCATED);
		return false;
	case IO_FAILED:
		stream_end(stream, STREAM_FAILED);
		return false;
	}
	return false;
}

void stream_step_read(struct stream *stream)
{
	for (unsigned i = 0; i < READS_A_TURN; i++) {
		if (!stream_wants_to_read(stream) || !stream_wait_is_over(stream, stream->read_wait) ||
		    !take_read(stream, stream->ops->read(stream, STREAM_INPUT_LIMIT - input_len(stream))))
			return;
	}
}

/* False when nothing more can be sent now. */
static bool take_write(struct stream *stream, enum io_result result)
{
	switch (result) {
	case IO_DONE:
		if (stream->linger != NULL)
			timer_start(stream->linger, stream->linger_ms);
		return true;
	case IO_BLOCKED:
		return false;
	case IO_REFUSED:
		stream->refused = true;
		return false;
	case IO_EOF:
	case IO_TRUNCATED:
	case IO_FAILED:
		stream_end(stream, STREAM_FAILED);
		return false;
	}
	return false;
}

static void send_finish(struct stream *stream)
{
	if (!take_write(stream, stream->ops->finish(stream)))
		return;
	stream->finish_sent = true;
	stream->due |= event_bit(STREAM_DRAINED);
}

/* The queue's limit counts bytes, but what is moved here from a peer that sends byte by byte
 * comes with a mostly empty block for each. */
static void compact(struct evbuffer *output)
{
	size_t len = evbuffer_get_length(output);
	int pieces = evbuffer_peek(output, (ev_ssize_t)len, NULL, NULL, 0);

	if (pieces > PIECES_MAX && len / (size_t)pieces < PIECE_LEAST)
		(void)evbuffer_pullup(output, -1); /* without memory it stays as it is */
}

static void note_drained(struct stream *stream)
{
	size_t queued = stream_queued(stream);

	if ((stream->owes_low && queued <= STREAM_LOW_WATER) || (stream->owes_empty && queued == 0))
		stream->due |= event_bit(STREAM_DRAINED);
	stream->owes_low = stream->owes_low && queued > STREAM_LOW_WATER;
	stream->owes_empty = queued > 0;
}

void stream_step_write(struct stream *stream)
{
	if (stream_queued(stream) > STREAM_LOW_WATER)
		stream->owes_low = true;
	for (unsigned i = 0; i < WRITES_A_TURN; i++) {
		if (stream_queued(stream) == 0 || stream->refused || stream->phase != PHASE_OPEN ||
		    !stream_wait_is_over(stream, stream->write_wait) ||
		    !take_write(stream, stream->ops->write(stream)))
			break;
	}
	if (stream->refused || stream->phase == PHASE_ENDED)
		evbuffer_drain(stream->output, stream_queued(stream));
	else if (stream_queued(stream) > 0)
		compact(stream->output);
	if (stream->phase == PHASE_OPEN && finish_is_due(stream) &&
	    stream_wait_is_over(stream, stream->write_wait))
		send_finish(stream);
	note_drained(stream);
}
