/* A Docker daemon for tests, on the test's own loop: says what a table tells it to, and remembers
 * what it heard. Needs no test framework, so that a fuzzer can use it too. */
#ifndef QUAYMASTER_TESTS_FAKE_DAEMON_H
#define QUAYMASTER_TESTS_FAKE_DAEMON_H

#include "proxy/http_body.h"
#include "proxy/http_read.h"

#include <stdbool.h>
#include <stddef.h>

struct fake_daemon;
struct listener_watch;
struct loop;
struct stream;

enum { FAKE_CONNECTIONS_MAX = 256, FAKE_HEARD_MAX = 512, FAKE_LINE_SIZE = 256 };

enum fake_then {
	FAKE_KEEP = 0, /* wait for the next request */
	FAKE_FINISH,   /* finish writing; go on reading */
	FAKE_DROP,     /* close the connection */
	FAKE_RAW       /* what comes from now on is not HTTP */
};

struct fake_answer {
	const char *request; /* what "GET /v1.41/info" must begin with; NULL ends a table */
	const char *bytes;   /* NULL: none */
	enum fake_then then;
	bool early; /* as soon as the head is there */
};

struct fake_connection {
	struct fake_daemon *daemon;
	struct stream *stream;       /* NULL once it is gone */
	struct evbuffer *everything; /* each byte that ever came */
	struct evbuffer *input;      /* of them, those not understood yet */
	struct evbuffer *body;       /* of the last request; or what came raw */
	struct arena *arena;
	struct http_request_head head; /* of the last request */
	struct body_reader reader;
	size_t scanned;
	unsigned asked, answered; /* requests that began, and those that something was said to */
	bool have_head, raw;
	bool heard_end; /* the other side finished writing */
	bool cut;       /* and did so within a request */
};

struct fake_daemon {
	struct loop *loop;
	char directory[64], path[96];
	int fd; /* -1: nobody listens */
	struct listener_watch *watch;
	const struct fake_answer *answers; /* the first that fits; then what every daemon says */
	/* When set it is asked instead of the table, after a whole request, or after its head. */
	bool asks_early;
	void (*asked)(struct fake_connection *connection, void *context);
	void *context;
	struct fake_connection *connections[FAKE_CONNECTIONS_MAX]; /* all that ever were */
	size_t connection_count;
	char heard[FAKE_HEARD_MAX][FAKE_LINE_SIZE]; /* "GET /version", one a request */
	size_t heard_count;
	bool malformed;  /* something came that is no well-formed request */
	bool overlapped; /* a request came before the last one was answered */
};

/* What a daemon with API 1.24 to 1.41 says to GET /version. */
extern const char fake_version[];

void fake_daemon_open(struct fake_daemon *daemon, struct loop *loop,
                      const struct fake_answer *answers);
void fake_daemon_close(struct fake_daemon *daemon);
/* The daemon ends and takes its connections with it; and is there again. */
void fake_daemon_stop(struct fake_daemon *daemon);
void fake_daemon_start(struct fake_daemon *daemon);

/* How many requests began with LINE. */
size_t fake_daemon_heard(const struct fake_daemon *daemon, const char *line);
/* Connections that are still open. */
size_t fake_daemon_open_connections(const struct fake_daemon *daemon);
/* The one that came last, open or not. */
struct fake_connection *fake_daemon_last(const struct fake_daemon *daemon);

/* All do nothing on a connection that is gone. */
void fake_say(struct fake_connection *connection, const char *text);
void fake_say_bytes(struct fake_connection *connection, const void *bytes, size_t len);
void fake_finish(struct fake_connection *connection);
void fake_drop(struct fake_connection *connection);

#endif
