/* Private to the stream's four files: what a stream is made of, and the steps in which a plain
 * and a TLS one differ. */
#ifndef QUAYMASTER_PROXY_STREAM_OPS_H
#define QUAYMASTER_PROXY_STREAM_OPS_H

#include "proxy/loop.h"
#include "proxy/stream.h"

#include <event2/buffer.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	STREAM_RECORD = 16 * 1024, /* one TLS record's worth */
	STREAM_READ_LEAST = 4096 - 64
};

enum io_result {
	IO_DONE,      /* bytes moved, or the step is complete */
	IO_BLOCKED,   /* read_wait or write_wait says for what */
	IO_EOF,       /* reading: the clean end */
	IO_TRUNCATED, /* reading: an end that TLS did not announce */
	IO_REFUSED, /* the peer takes no more bytes, and what it sent before can still be read (writing)
	               * or has all been read (reading) */
	IO_FAILED   /* the error text says why; nothing more works */
};

/* What the next attempt waits for. TLS may have to read in order to write, and the reverse. */
enum io_wait { WAIT_NOTHING, WAIT_READABLE, WAIT_WRITABLE };

struct stream_ops {
	enum io_result (*handshake)(struct stream *stream); /* sets read_wait when blocked */
	/* Moves some bytes, at most ROOM, to the input; sets read_wait. */
	enum io_result (*read)(struct stream *stream, size_t room);
	/* Sends some of the output, which is not empty; sets write_wait. */
	enum io_result (*write)(struct stream *stream);
	enum io_result (*finish)(struct stream *stream); /* called once, but for IO_BLOCKED */
};

extern const struct stream_ops stream_socket_ops, stream_tls_ops;

enum stream_phase { PHASE_CONNECTING, PHASE_HANDSHAKE, PHASE_OPEN, PHASE_ENDED };

struct stream {
	struct deferred deferred; /* first, for loop_defer_free */
	struct loop *loop;
	const struct stream_ops *ops;
	struct ssl_st *ssl;
	int fd;
	bool local; /* a Unix socket */
	enum stream_phase phase;
	stream_callback *callback; /* NULL: nobody listens */
	void *owner;
	struct evbuffer *input, *output;

	/* What is known of the kernel's queues: true until an attempt shows that it is no longer so. */
	bool readable, writable;
	enum io_wait read_wait, write_wait;
	size_t read_size; /* room that the next read makes: follows what the last ones brought */

	struct event read_event, write_event;
	bool read_added, write_added; /* libevent watches for it */
	bool read_fired, write_fired; /* since stream_rearm last looked */
	struct hangup hangup;
	bool hangup_wanted, hangup_added;

	struct soon soon;
	unsigned due; /* events not told yet, one bit each */
	bool telling;

	bool paused;
	bool opened;
	bool peer_finished;
	bool finish_wanted, finish_sent;
	bool refused;              /* an attempt to send met EPIPE or the like */
	bool owes_low, owes_empty; /* STREAM_DRAINED is to be told when the queue gets there */
	bool failed;               /* and the owner knows */
	bool socket_usable;        /* although ended: TLS failed, not the connection beneath */
	bool socket_eof;           /* TLS: the kernel has nothing more, whatever OpenSSL still holds */
	unsigned fetches;          /* TLS: reads from the kernel in the current call */
	bool closing, dead;
	unsigned linger_ms;
	struct timer *linger;
	struct soon at_end; /* lingering, it is nobody's but the loop's */
	char error[128];
};

/* --- stream_steps.c ------------------------------------------------------------------------- */

bool stream_wait_is_over(const struct stream *stream, enum io_wait wait);
bool stream_wants_to_read(const struct stream *stream);
bool stream_wants_to_write(const struct stream *stream);
bool stream_refusal_is_due(const struct stream *stream);

/* Each does what can be done without waiting, changes the state, and makes events due. */
void stream_step_connect(struct stream *stream);
void stream_step_handshake(struct stream *stream);
void stream_step_read(struct stream *stream);
void stream_step_write(struct stream *stream); /* and the finish behind it */
void stream_end(struct stream *stream, enum stream_event how);

void stream_set_error(struct stream *stream, const char *text);
void stream_set_errno(struct stream *stream, int number);

/* Makes room for a read of at most ROOM bytes, in at most MAX (1 or 2) pieces; returns how many,
 * 0 without memory. */
int stream_reserve(struct stream *stream, size_t room, struct evbuffer_iovec *pieces, int max);
/* Puts what was read into them at the input's end. */
void stream_commit(struct stream *stream, struct evbuffer_iovec *pieces, int count, size_t len);

/* --- stream_tls.c --------------------------------------------------------------------------- */

/* Puts a BIO of ours between SSL and the socket, and takes SSL. False without memory: nothing was
 * taken. */
bool stream_tls_join(struct stream *stream, struct ssl_st *ssl);
void stream_tls_free(struct ssl_st *ssl); /* NULL is fine */
/* Bytes that came from the kernel and have not become input yet. */
bool stream_tls_holds_bytes(const struct stream *stream);

/* --- stream_socket.c ------------------------------------------------------------------------ */

/* True for the errors by which the kernel says that the peer takes no more bytes. */
bool stream_is_refusal(int number);
/* TCP_NODELAY and keep-alive probes where the socket is TCP; learns whether it is a Unix socket. */
void stream_socket_tune(struct stream *stream);
/* The outcome of a connect that was in progress, or what broke the connection: 0 or an errno. */
int stream_socket_error(const struct stream *stream);
void stream_socket_close(struct stream *stream);
/* The kernel has nothing for us: no byte, no end, no error. */
bool stream_socket_is_quiet(const struct stream *stream);

#endif
