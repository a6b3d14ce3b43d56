/* One connected socket, plain or TLS, as two byte queues and six events. Code above never sees a
 * descriptor or an SSL object. What to wait for is computed from state in one function; events
 * are told from the loop, never from inside a call of the owner's, and none come after
 * stream_abort or stream_close. */
#ifndef QUAYMASTER_PROXY_STREAM_H
#define QUAYMASTER_PROXY_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct evbuffer;
struct loop;
struct ssl_st;
struct stream;

enum stream_event {
	STREAM_READY,     /* connected and, with TLS, the handshake is done */
	STREAM_DATA,      /* bytes were added to the input */
	STREAM_DRAINED,   /* the output queue fell far enough, see below */
	STREAM_EOF,       /* the peer finished writing (FIN, or close_notify); we may go on */
	STREAM_TRUNCATED, /* TLS only: an end without close_notify; the last event, like FAILED */
	STREAM_FAILED     /* error; stream_error_text says which; the last event */
};

/* STREAM_DRAINED is told each time that
 * - a queue of more than STREAM_LOW_WATER bytes has fallen to the mark or below, or
 * - a queue that a stream_flush could not send whole has become empty, or
 * - what stream_finish promised has left (once, and later than stream_finish itself).
 *
 * So whoever stops adding because of what stream_queued says will hear when to go on.
 *
 * A peer that takes no more bytes (EPIPE, ECONNRESET on writing) may have said something before
 * it left, and that is not lost: the output is thrown away, reading goes on to the end, and
 * STREAM_FAILED comes when the owner has taken the input. stream_watch_hangup changes that. */

/* The owner may call anything on the stream from here, stream_abort included. */
typedef void stream_callback(struct stream *stream, enum stream_event event, void *owner);

enum {
	STREAM_INPUT_LIMIT = 64 * 1024, /* reading pauses by itself while the input holds this much */
	STREAM_LOW_WATER = 64 * 1024
};

/* Takes FD (non-blocking, connected or connecting). NULL when there is no memory; FD is then
 * closed. */
struct stream *stream_take(struct loop *loop, int fd, bool connecting, stream_callback *callback,
                           void *owner);
/* Takes FD and SSL (fresh, in accept or connect state); both are gone when it returns NULL. */
struct stream *stream_take_tls(struct loop *loop, int fd, bool connecting, struct ssl_st *ssl,
                               stream_callback *callback, void *owner);
/* Hands the stream's events to another owner; a NULL callback lets them pass unheard. */
void stream_set_owner(struct stream *stream, stream_callback *callback, void *owner);

struct evbuffer *stream_input(struct stream *stream);
/* Bytes added here are sent; call stream_flush after adding. */
struct evbuffer *stream_output(struct stream *stream);
/* Tries to write now what is queued, so that a small answer costs no extra turn. Tells no event
 * itself. */
void stream_flush(struct stream *stream);
size_t stream_queued(const struct stream *stream); /* bytes not yet taken by the kernel */

/* While paused nothing is read. Streams start resumed. After taking from the input outside of an
 * event of this stream call stream_resume, so that reading goes on. */
void stream_pause(struct stream *stream);
void stream_resume(struct stream *stream);

/* For a peer whose going away matters more than what it still sent, as a client's that waits for
 * an answer: that it has closed both directions, or takes no more bytes, is told as STREAM_FAILED
 * at once, even while reading is paused or after STREAM_EOF. A mere half-close is not a hang-up.
 * Over TCP a peer that closes without a reset looks like one that half-closed, until something is
 * sent to it. Off at the start. */
void stream_watch_hangup(struct stream *stream, bool watch);

/* After the queue has drained: SHUT_WR, or close_notify then nothing more. Reading goes on. */
void stream_finish(struct stream *stream);
bool stream_finished(const struct stream *stream);      /* stream_finish was called */
bool stream_finish_sent(const struct stream *stream);   /* and everything has left */
bool stream_peer_finished(const struct stream *stream); /* what will ever come is in the input */
bool stream_failed(const struct stream *stream); /* STREAM_FAILED or STREAM_TRUNCATED was told */
bool stream_ready(const struct stream *stream);

/* Ends it at once: no more events; freed at the end of the loop's turn. The pointer is dead for
 * the caller. Before stream_finish has had its effect it is a cut that the peer sees as one: TLS
 * without close_notify, TCP with a reset (which overtakes what was sent last). A Unix socket has
 * no way to say so. */
void stream_abort(struct stream *stream);
/* Ends it politely: sends what is queued, finishes, then discards what the peer still sends until
 * it closes. It is given up when nothing could be sent for LINGER_MS, or the peer stays LINGER_MS
 * after the finish. After a failed handshake it lets the peer read the alert. No more events. The
 * pointer is dead for the caller. */
void stream_close(struct stream *stream, unsigned linger_ms);

/* True when the peer has neither closed nor sent anything: an idle pooled connection that may be
 * used. */
bool stream_is_idle(struct stream *stream);

const char *stream_error_text(const struct stream *stream);
struct ssl_st *stream_ssl(struct stream *stream); /* NULL for plain; for identity only */
/* Unix peer credentials, if the socket has them. */
bool stream_peer_credentials(struct stream *stream, unsigned *uid, unsigned *gid, int *pid);
/* The kernel's handle on the process that they are of, a pidfd, which is the caller's to close. */
enum peer_handle { PEER_HANDLE_REFUSED, PEER_HANDLE_TAKEN, PEER_HANDLE_UNSUPPORTED };
enum peer_handle stream_peer_pidfd(struct stream *stream, int *pidfd);
/* "127.0.0.1:5311", "[::1]:5311" or "unix"; an IPv4 peer of a dual-stack socket is written as
 * IPv4. */
bool stream_peer_address(struct stream *stream, char *text, size_t size);

#endif
