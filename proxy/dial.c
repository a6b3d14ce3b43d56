/* Opens one connection to the daemon. Tries a name's addresses one after the other; owns the socket until it is
 * handed over ready. */
#include "proxy/dial.h"

#include "proxy/config.h"
#include "proxy/loop.h"
#include "proxy/resolve.h"
#include "proxy/stream.h"
#include "proxy/tls_context.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { DIAL_MESSAGE_SIZE = 512, DIAL_RETRY_MS = 20 };

struct dial {
	struct deferred deferred;
	struct loop *loop;
	const struct upstream_config *config;
	struct ssl_ctx_st *tls;
	struct resolve *resolve;
	struct addrinfo *addresses, *next;
	struct stream *stream;
	struct timer *deadline, *retry;
	char message[DIAL_MESSAGE_SIZE];
	bool ended;
	void (*done)(struct stream *, const char *, void *);
	void *context;
};

static void dial_next(struct dial *dial);

static void dial_free(void *object)
{
	struct dial *dial = object;

	timer_free(dial->deadline);
	timer_free(dial->retry);
	if (dial->addresses != NULL)
		freeaddrinfo(dial->addresses);
	free(dial);
}

static void dial_release(struct dial *dial)
{
	dial->ended = true;
	timer_stop(dial->deadline);
	timer_stop(dial->retry);
	resolve_cancel(dial->resolve);
	dial->resolve = NULL;
	loop_defer_free(dial->loop, &dial->deferred, dial_free);
}

static void dial_fail(struct dial *dial)
{
	if (dial->stream != NULL)
		stream_abort(dial->stream);
	dial->stream = NULL;
	dial_release(dial);
	dial->done(NULL, dial->message, dial->context);
}

static void explain(struct dial *dial, const char *why)
{
	const struct upstream_config *config = dial->config;

	if (config->socket != NULL)
		snprintf(dial->message, sizeof dial->message,
		         "cannot connect to the Docker daemon at unix://%s: %s", config->socket, why);
	else
		snprintf(dial->message, sizeof dial->message,
		         "cannot connect to the Docker daemon at tcp://%s:%s: %s", config->host,
		         config->port, why);
}

static void dial_event(struct stream *stream, enum stream_event event, void *owner)
{
	struct dial *dial = owner;

	switch (event) {
	case STREAM_READY:
		dial->stream = NULL;
		dial_release(dial);
		dial->done(stream, NULL, dial->context);
		return;
	case STREAM_DATA: /* before READY there is none, and dockerd never speaks first */
	case STREAM_DRAINED:
		return;
	case STREAM_EOF:
	case STREAM_TRUNCATED:
	case STREAM_FAILED:
		explain(dial, stream_error_text(stream));
		dial->stream = NULL;
		stream_abort(stream);
		dial_next(dial);
		return;
	}
}

/* Takes FD, connected or connecting. */
static void dial_attach(struct dial *dial, int fd)
{
	struct ssl_st *ssl = NULL;

	if (dial->tls != NULL && (ssl = tls_connect(dial->tls, dial->config->host)) == NULL)
		close(fd);
	else if (ssl != NULL)
		dial->stream = stream_take_tls(dial->loop, fd, true, ssl, dial_event, dial);
	else
		dial->stream = stream_take(dial->loop, fd, true, dial_event, dial);
	if (dial->stream == NULL) {
		explain(dial, "out of memory");
		dial_fail(dial);
	}
}

/* A Unix socket whose backlog is full says EAGAIN: try again in a moment, until the deadline. */
static void connect_to(struct dial *dial, const struct sockaddr *address, socklen_t len)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0) {
		explain(dial, strerror(errno));
		dial_fail(dial);
		return;
	}
	if (connect(fd, address, len) == 0 || errno == EINPROGRESS) {
		dial_attach(dial, fd);
		return;
	}
	error = errno;
	close(fd);
	explain(dial, strerror(error));
	if (error == EAGAIN)
		timer_start(dial->retry, DIAL_RETRY_MS);
	else
		dial_next(dial);
}

static void connect_unix(struct dial *dial)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(dial->config->socket);

	if (len >= sizeof address.sun_path) {
		explain(dial, "the path is too long for a socket");
		dial_fail(dial);
		return;
	}
	memcpy(address.sun_path, dial->config->socket, len + 1);
	connect_to(dial, (const struct sockaddr *)&address, sizeof address);
}

/* The next address of a name; a Unix socket has one try only. */
static void dial_next(struct dial *dial)
{
	const struct addrinfo *address = dial->next;

	if (address == NULL) {
		dial_fail(dial);
		return;
	}
	dial->next = address->ai_next;
	connect_to(dial, address->ai_addr, address->ai_addrlen);
}

static void resolved(struct addrinfo *list, const char *message, void *context)
{
	struct dial *dial = context;

	dial->resolve = NULL;
	dial->addresses = list;
	dial->next = list;
	if (list == NULL)
		explain(dial, message);
	dial_next(dial);
}

/* Begins, and begins again: also what a retry does. */
static void dial_begin(void *context)
{
	struct dial *dial = context;

	if (dial->config->socket != NULL) {
		connect_unix(dial);
		return;
	}
	if (dial->addresses != NULL) {
		dial->next = dial->addresses;
		dial_next(dial);
		return;
	}
	dial->resolve =
		resolve_start(dial->loop, dial->config->host, dial->config->port, resolved, dial);
	if (dial->resolve == NULL) {
		explain(dial, "out of memory");
		dial_fail(dial);
	}
}

static void dial_timed_out(void *context)
{
	struct dial *dial = context;

	explain(dial, "no answer in time");
	dial_fail(dial);
}

struct dial *dial_start(struct loop *loop, const struct upstream_config *config,
                        struct ssl_ctx_st *tls,
                        void (*done)(struct stream *stream, const char *message, void *context),
                        void *context)
{
	struct dial *dial = calloc(1, sizeof *dial);

	if (dial == NULL)
		return NULL;
	dial->loop = loop;
	dial->config = config;
	dial->tls = tls;
	dial->done = done;
	dial->context = context;
	dial->deadline = timer_new(loop, dial_timed_out, dial);
	dial->retry = timer_new(loop, dial_begin, dial);
	if (dial->deadline == NULL || dial->retry == NULL) {
		dial_free(dial);
		return NULL;
	}
	timer_start(dial->deadline, config->connect_timeout_ms);
	timer_start(dial->retry, 0); /* from the loop, so that DONE never comes before this returns */
	return dial;
}

void dial_cancel(struct dial *dial)
{
	if (dial == NULL || dial->ended)
		return;
	if (dial->stream != NULL)
		stream_abort(dial->stream);
	dial_release(dial);
}
