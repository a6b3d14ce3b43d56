/* A daemon that is not there. Each connection reads a head, its body, and has it answered; nothing is relayed. */
#include "proxy/shim.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "proxy/http_body.h"
#include "proxy/http_read.h"
#include "proxy/http_write.h"
#include "proxy/listener.h"
#include "proxy/loop.h"
#include "proxy/stream.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_KEPT = 8 << 20, READ_STEP = 64 * 1024, ARENA_BYTES = 64 << 20, LINGER_MS = 1000 };

static const struct http_limits head_limits = {64 * 1024, 100};

/* One connection. */
struct guest {
	struct deferred deferred;
	struct guest *next, **link;
	struct shim *shim;
	struct stream *stream; /* NULL once it has ended */
	struct arena *arena;   /* of the request being read; NULL between two */
	struct evbuffer *body;
	size_t scanned;
	bool have_head;
	struct http_request_head head;
	struct body_reader reader;
};

struct shim {
	struct loop *loop;
	struct listener_spec spec;
	struct listener_sockets sockets;
	struct listener_watch *watch;
	struct guest *guests;
	shim_callback *callback;
	void *context;
};

static void clear_request(struct guest *guest)
{
	if (guest->body != NULL)
		evbuffer_free(guest->body);
	arena_free(guest->arena);
	guest->body = NULL;
	guest->arena = NULL;
	guest->have_head = false;
	guest->scanned = 0;
}

static void guest_free(void *object)
{
	struct guest *guest = object;

	clear_request(guest);
	free(guest);
}

static void guest_end(struct guest *guest, bool politely)
{
	if (guest->stream == NULL)
		return;
	if (politely)
		stream_close(guest->stream, LINGER_MS);
	else
		stream_abort(guest->stream);
	guest->stream = NULL;
	*guest->link = guest->next;
	if (guest->next != NULL)
		guest->next->link = guest->link;
	loop_defer_free(guest->shim->loop, &guest->deferred, guest_free);
}

/* ---- answering ---- */

static bool write_answer(struct guest *guest, const struct shim_answer *answer)
{
	struct evbuffer *output = stream_output(guest->stream);
	bool bodiless = answer->status == 101 || answer->status == 204 || answer->status == 304;
	const struct http_message message = {.framing = bodiless ? FRAMING_NONE : FRAMING_LENGTH,
	                                     .length = answer->len,
	                                     .upgrade = answer->upgrade,
	                                     .close = !guest->head.keep_alive,
	                                     .headers = answer->headers};

	return http_write_response(output, answer->status, NULL, &message) &&
	       (bodiless || answer->len == 0 || strcmp(guest->head.method, "HEAD") == 0 ||
	        evbuffer_add(output, answer->body, answer->len) == 0);
}

/* False when the connection has ended. */
static bool answer_request(struct guest *guest)
{
	struct shim_answer answer = {.status = 500, .body = ""};
	size_t len = evbuffer_get_length(guest->body);
	const char *bytes = len > 0 ? (const char *)evbuffer_pullup(guest->body, -1) : "";
	const struct trial_input input = {
		.head = {.method = guest->head.method,
	             .target = guest->head.target,
	             .headers = guest->head.headers,
	             .has_body = guest->head.framing == FRAMING_CHUNKED ||
	                         (guest->head.framing == FRAMING_LENGTH && guest->head.length > 0)},
		.body = bytes != NULL ? bytes : "",
		.len = bytes != NULL ? len : 0,
	};
	bool keep = guest->head.keep_alive;

	guest->shim->callback(guest->shim->context, guest->arena, &input, &answer);
	keep = write_answer(guest, &answer) && keep && answer.status != 101;
	stream_flush(guest->stream);
	clear_request(guest);
	if (!keep)
		guest_end(guest, true);
	return keep;
}

/* ---- reading ---- */

/* True when a whole head is there. */
static bool read_head(struct guest *guest)
{
	struct http_fault fault;

	if (guest->arena == NULL) {
		guest->arena = arena_new(ARENA_BYTES);
		guest->body = evbuffer_new();
	}
	if (guest->arena == NULL || guest->body == NULL) {
		guest_end(guest, false);
		return false;
	}
	switch (http_read_request(stream_input(guest->stream), guest->arena, &head_limits,
	                          &guest->scanned, &guest->head, &fault)) {
	case HTTP_MORE:
		return false;
	case HTTP_BAD:
		http_write_error(stream_output(guest->stream), fault.status, fault.message, false, true);
		guest_end(guest, true);
		return false;
	case HTTP_DONE:
		break;
	}
	guest->have_head = true;
	body_reader_start(&guest->reader, guest->head.framing, guest->head.length);
	if (guest->head.expect_continue) {
		const struct http_message message = {.framing = FRAMING_NONE};

		http_write_response(stream_output(guest->stream), 100, NULL, &message);
		stream_flush(guest->stream);
	}
	return true;
}

/* True when the body is complete. What is too much is read and thrown away. */
static bool read_body(struct guest *guest)
{
	struct evbuffer *input = stream_input(guest->stream);
	enum body_result result;

	if (guest->head.framing == FRAMING_NONE)
		return true;
	do {
		size_t kept = evbuffer_get_length(guest->body);

		result = body_read(&guest->reader, input, guest->body, READ_STEP);
		if (evbuffer_get_length(guest->body) > BODY_KEPT)
			evbuffer_drain(guest->body, evbuffer_get_length(guest->body) - kept);
	} while (result == BODY_MORE && evbuffer_get_length(input) > 0);
	if (result == BODY_BAD)
		guest_end(guest, false);
	return result == BODY_DONE;
}

static void guest_advance(struct guest *guest)
{
	while (guest->stream != NULL) {
		if (!guest->have_head &&
		    (evbuffer_get_length(stream_input(guest->stream)) == 0 || !read_head(guest)))
			break;
		if (!read_body(guest) || !answer_request(guest))
			break;
	}
	if (guest->stream == NULL)
		return;
	if (stream_peer_finished(guest->stream))
		guest_end(guest, true);
	else
		stream_resume(guest->stream);
}

static void stream_told(struct stream *stream, enum stream_event event, void *owner)
{
	(void)stream;
	switch (event) {
	case STREAM_READY:
	case STREAM_DATA:
	case STREAM_DRAINED:
	case STREAM_EOF:
		guest_advance(owner);
		return;
	case STREAM_TRUNCATED:
	case STREAM_FAILED:
		guest_end(owner, false);
		return;
	}
}

static void accepted(int fd, void *owner)
{
	struct shim *shim = owner;
	struct guest *guest = calloc(1, sizeof *guest);
	struct stream *stream = stream_take(shim->loop, fd, false, stream_told, guest);

	if (guest == NULL || stream == NULL) {
		if (stream != NULL)
			stream_abort(stream);
		free(guest);
		return;
	}
	guest->shim = shim;
	guest->stream = stream;
	guest->next = shim->guests;
	guest->link = &shim->guests;
	if (guest->next != NULL)
		guest->next->link = &guest->next;
	shim->guests = guest;
}

/* ---- the socket ---- */

struct shim *shim_open(struct loop *loop, const char *path, shim_callback *callback, void *context,
                       struct error *error)
{
	struct shim *shim = calloc(1, sizeof *shim);

	if (shim == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	shim->loop = loop;
	shim->callback = callback;
	shim->context = context;
	shim->spec = (struct listener_spec){
		.name = "shim", .socket = path, .mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1};
	if (!listener_open(&shim->spec, &shim->sockets, error)) {
		free(shim);
		return NULL;
	}
	shim->watch = listener_watch_new(loop, shim->sockets.fds[0], accepted, shim);
	if (shim->watch != NULL)
		return shim;
	error_set(error, "out of memory");
	shim_close(shim);
	return NULL;
}

void shim_close(struct shim *shim)
{
	if (shim == NULL)
		return;
	while (shim->guests != NULL)
		guest_end(shim->guests, false);
	listener_watch_free(shim->watch);
	listener_close(&shim->spec, &shim->sockets);
	free(shim);
}
