/* Two streams of one loop joined by a connection of each kind, each end with a record of what it
 * was told. For tests of what is built on streams. Any failure inside ends the test. */
#ifndef QUAYMASTER_TESTS_ENDS_H
#define QUAYMASTER_TESTS_ENDS_H

#include "proxy/loop.h"
#include "proxy/stream.h"

#include <event2/buffer.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

enum transport { OVER_UNIX, OVER_TCP, OVER_TLS_1_2, OVER_TLS_1_3 };

struct end {
	struct stream *stream; /* NULL once closed */
	/* A letter an event, R D W E T F for READY DATA DRAINED EOF TRUNCATED FAILED; repetitions
	 * once. */
	char told[64];
	struct evbuffer *got; /* what was taken from the input, unless KEEP */
	bool keep;            /* leave the input where it is */
	void (*react)(struct end *end,
	              enum stream_event event); /* after the record was made, or NULL */
	struct ends *ends;
};

struct ends {
	struct loop *loop;
	enum transport transport;
	struct end client, server;
	SSL_CTX *client_context, *server_context;
	struct timer *ticker;
	bool (*until)(struct ends *ends);
	void (*tick)(struct ends *ends); /* each two milliseconds; NULL: nothing */
	uint64_t deadline_ms;
};

/* A test's rows in cmocka's table, one for each transport. */
extern enum transport transports[4];
#define OVER(index, name, test)                                                  \
	{                                                                            \
		"test_" #test " over " name, test_##test, NULL, NULL, &transports[index] \
	}
#define OVER_ALL(test) \
	OVER(0, "unix", test), OVER(1, "tcp", test), OVER(2, "tls 1.2", test), OVER(3, "tls 1.3", test)

bool transport_is_tls(enum transport transport);
/* Both ends connected, neither yet ready. */
void ends_open(struct ends *ends, enum transport transport);
void ends_close(struct ends *ends);
/* Just the loop and the contexts; the streams are the test's to make, with end_event and the ends
 * as owners. */
void ends_prepare(struct ends *ends, enum transport transport);
void ends_join(struct ends *ends, int client_fd, int server_fd);
/* Two connected non-blocking sockets. */
void socket_pair(enum transport transport, int fds[2]);

void end_event(struct stream *stream, enum stream_event event, void *owner);
void end_abort(struct end *end);
void end_send(struct end *end, const char *text);
/* LEN bytes of a pattern that goes on where the last call stopped at OFFSET. */
void end_send_pattern(struct end *end, size_t offset, size_t len);
/* Everything the end got is LEN bytes of that pattern. */
void assert_got_pattern(const struct end *end, size_t len);
void assert_got(const struct end *end, const char *text);
bool was_told(const struct end *end, char letter);

/* Runs the loop until the condition holds; fails after ten seconds. */
void ends_run(struct ends *ends, bool (*until)(struct ends *ends));
/* Runs the loop for so long; returns the milliseconds of processor time it took. */
unsigned ends_run_for(struct ends *ends, unsigned ms);
bool both_ready(struct ends *ends);

#endif
