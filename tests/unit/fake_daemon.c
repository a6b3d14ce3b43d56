/* A Docker daemon for tests. Owns its socket's directory and every connection that was ever made
 * to it. Reads requests with the project's own strict reader: what that refuses no proxy of ours
 * may have sent. */
#include "tests/unit/fake_daemon.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/text.h"
#include "proxy/listener.h"
#include "proxy/loop.h"
#include "proxy/stream.h"

#include <assert.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARENA_BYTES = 1024 * 1024, BODY_PIECE = 64 * 1024 };

const char fake_version[] =
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 77\r\n\r\n"
	"{\"Components\":[{\"Name\":\"Engine\"}],\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.24\"}";

static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 28\r\n"
								"Content-Type: application/json\r\n\r\n"
								"{\"message\":\"page not found\"}";

/* --- saying ------------------------------------------------------------------------------------ */

void fake_say_bytes(struct fake_connection *connection, const void *bytes, size_t len)
{
	if (connection->stream == NULL)
		return;
	assert(evbuffer_add(stream_output(connection->stream), bytes, len) == 0);
	if (len > 0)
		connection->answered = connection->asked;
	stream_flush(connection->stream);
}

void fake_say(struct fake_connection *connection, const char *text)
{
	fake_say_bytes(connection, text, strlen(text));
}

void fake_finish(struct fake_connection *connection)
{
	if (connection->stream != NULL && !stream_finished(connection->stream))
		stream_finish(connection->stream);
}

void fake_drop(struct fake_connection *connection)
{
	if (connection->stream != NULL)
		stream_abort(connection->stream);
	connection->stream = NULL;
}

static void give(struct fake_connection *connection, const struct fake_answer *answer)
{
	if (answer->bytes != NULL)
		fake_say(connection, answer->bytes);
	switch (answer->then) {
	case FAKE_KEEP:
		break;
	case FAKE_FINISH:
		fake_finish(connection);
		break;
	case FAKE_DROP:
		fake_drop(connection);
		break;
	case FAKE_RAW:
		connection->raw = true;
		evbuffer_drain(connection->body, evbuffer_get_length(connection->body));
		break;
	}
}

static const struct fake_answer *find_answer(const struct fake_daemon *daemon, const char *line)
{
	static const struct fake_answer always[] = {
		{.request = "GET /version", .bytes = fake_version},
		{.request = "", .bytes = not_found},
	};
	const struct fake_answer *answer = daemon->answers;

	for (; answer != NULL && answer->request != NULL; answer++)
		if (text_starts_with(line, answer->request))
			return answer;
	return text_starts_with(line, always[0].request) ? &always[0] : &always[1];
}

/* --- hearing ----------------------------------------------------------------------------------- */

static void remember(struct fake_connection *connection)
{
	struct fake_daemon *daemon = connection->daemon;
	char *line = daemon->heard[daemon->heard_count % FAKE_HEARD_MAX];

	(void)snprintf(line, FAKE_LINE_SIZE, "%s %s", connection->head.method, connection->head.target);
	daemon->heard_count++;
	daemon->overlapped = daemon->overlapped || connection->asked != connection->answered;
	connection->asked++;
}

/* Called twice a request: when the head is there, and when all of it is. */
static void answer(struct fake_connection *connection, bool early)
{
	struct fake_daemon *daemon = connection->daemon;
	const char *line = daemon->heard[(daemon->heard_count - 1) % FAKE_HEARD_MAX];
	const struct fake_answer *found = find_answer(daemon, line);

	if (daemon->asked != NULL && early == daemon->asks_early)
		daemon->asked(connection, daemon->context);
	else if (daemon->asked == NULL && found->early == early)
		give(connection, found);
}

static bool hear_head(struct fake_connection *connection)
{
	const struct http_limits limits = {.head_bytes = 64 * 1024, .headers = 100};
	struct http_fault fault = {0};

	arena_free(connection->arena);
	connection->arena = arena_new(ARENA_BYTES);
	assert(connection->arena != NULL);
	switch (http_read_request(connection->input, connection->arena, &limits, &connection->scanned,
	                          &connection->head, &fault)) {
	case HTTP_MORE:
		return false;
	case HTTP_BAD:
		connection->daemon->malformed = true;
		return false;
	case HTTP_DONE:
		break;
	}
	connection->scanned = 0;
	connection->have_head = true;
	evbuffer_drain(connection->body, evbuffer_get_length(connection->body));
	body_reader_start(&connection->reader, connection->head.framing, connection->head.length);
	remember(connection);
	answer(connection, true);
	return true;
}

/* True when a request was completed. */
static bool hear_body(struct fake_connection *connection)
{
	enum body_result result;
	size_t before;

	do {
		before = evbuffer_get_length(connection->input);
		result = body_read(&connection->reader, connection->input, connection->body, BODY_PIECE);
	} while (result == BODY_MORE && evbuffer_get_length(connection->input) != before);
	if (result == BODY_BAD)
		connection->daemon->malformed = true;
	if (result != BODY_DONE)
		return false;
	connection->have_head = false;
	answer(connection, false);
	return true;
}

static void hear(struct fake_connection *connection)
{
	struct evbuffer *came = stream_input(connection->stream);
	size_t len = evbuffer_get_length(came);

	if (len > 0)
		evbuffer_add(connection->everything, evbuffer_pullup(came, -1), len);
	evbuffer_add_buffer(connection->input, came);
	stream_resume(connection->stream);
	while (!connection->raw && evbuffer_get_length(connection->input) > 0 &&
	       !connection->daemon->malformed && connection->stream != NULL &&
	       (connection->have_head || hear_head(connection)) && hear_body(connection))
		;
	if (connection->raw)
		evbuffer_add_buffer(connection->body, connection->input);
}

static void hear_end(struct fake_connection *connection)
{
	connection->heard_end = true;
	connection->cut =
		!connection->raw && (connection->have_head || evbuffer_get_length(connection->input) > 0);
	/* As dockerd: an idle connection that was finished is over. */
	if (!connection->raw && connection->asked == connection->answered)
		fake_drop(connection);
}

static void on_event(struct stream *stream, enum stream_event event, void *owner)
{
	struct fake_connection *connection = owner;

	assert(stream == connection->stream);
	switch (event) {
	case STREAM_DATA:
		hear(connection);
		return;
	case STREAM_EOF:
		hear_end(connection);
		return;
	case STREAM_READY:
	case STREAM_DRAINED:
		return;
	case STREAM_TRUNCATED:
	case STREAM_FAILED:
		hear_end(connection);
		fake_drop(connection);
		return;
	}
}

static void on_accept(int fd, void *owner)
{
	struct fake_daemon *daemon = owner;
	struct fake_connection *connection = calloc(1, sizeof *connection);

	assert(connection != NULL && daemon->connection_count < FAKE_CONNECTIONS_MAX);
	daemon->connections[daemon->connection_count++] = connection;
	connection->daemon = daemon;
	connection->everything = evbuffer_new();
	connection->input = evbuffer_new();
	connection->body = evbuffer_new();
	connection->stream = stream_take(daemon->loop, fd, false, on_event, connection);
	assert(connection->everything != NULL && connection->input != NULL &&
	       connection->body != NULL && connection->stream != NULL);
}

/* --- being there ------------------------------------------------------------------------------- */

static struct listener_spec spec_of(const struct fake_daemon *daemon)
{
	return (struct listener_spec){.name = "fake",
	                              .socket = daemon->path,
	                              .mode = 0600,
	                              .owner = (uid_t)-1,
	                              .group = (gid_t)-1};
}

void fake_daemon_start(struct fake_daemon *daemon)
{
	const struct listener_spec spec = spec_of(daemon);
	struct listener_sockets sockets = {0};
	struct error error = {0};
	bool opened = listener_open(&spec, &sockets, &error);

	assert(opened);
	daemon->fd = sockets.fds[0];
	daemon->watch = listener_watch_new(daemon->loop, daemon->fd, on_accept, daemon);
	assert(daemon->watch != NULL);
}

void fake_daemon_stop(struct fake_daemon *daemon)
{
	for (size_t i = 0; i < daemon->connection_count; i++)
		fake_drop(daemon->connections[i]);
	if (daemon->fd < 0)
		return;
	listener_watch_free(daemon->watch);
	close(daemon->fd);
	unlink(daemon->path);
	daemon->fd = -1;
}

void fake_daemon_open(struct fake_daemon *daemon, struct loop *loop,
                      const struct fake_answer *answers)
{
	const char *parent = getenv("TMPDIR");

	*daemon = (struct fake_daemon){.loop = loop, .fd = -1, .answers = answers};
	(void)snprintf(daemon->directory, sizeof daemon->directory, "%s/fake-daemon-XXXXXX",
	               parent != NULL && strlen(parent) < 40 ? parent : "/tmp");
	if (mkdtemp(daemon->directory) == NULL)
		abort();
	(void)snprintf(daemon->path, sizeof daemon->path, "%s/docker.sock", daemon->directory);
	fake_daemon_start(daemon);
}

void fake_daemon_close(struct fake_daemon *daemon)
{
	fake_daemon_stop(daemon);
	for (size_t i = 0; i < daemon->connection_count; i++) {
		struct fake_connection *connection = daemon->connections[i];

		evbuffer_free(connection->everything);
		evbuffer_free(connection->input);
		evbuffer_free(connection->body);
		arena_free(connection->arena);
		free(connection);
	}
	rmdir(daemon->directory);
}

/* --- what it knows ----------------------------------------------------------------------------- */

size_t fake_daemon_heard(const struct fake_daemon *daemon, const char *line)
{
	size_t count = 0;

	assert(daemon->heard_count <= FAKE_HEARD_MAX);
	for (size_t i = 0; i < daemon->heard_count; i++)
		count += text_starts_with(daemon->heard[i], line);
	return count;
}

size_t fake_daemon_open_connections(const struct fake_daemon *daemon)
{
	size_t count = 0;

	for (size_t i = 0; i < daemon->connection_count; i++)
		count += daemon->connections[i]->stream != NULL;
	return count;
}

struct fake_connection *fake_daemon_last(const struct fake_daemon *daemon)
{
	assert(daemon->connection_count > 0);
	return daemon->connections[daemon->connection_count - 1];
}
