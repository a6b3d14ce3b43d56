/* What a stream does with the kernel's socket: plain reading and writing, options, and who is at
 * the other end. When to do it is stream.c's business. */
#define _GNU_SOURCE /* struct ucred */
#include "proxy/stream_ops.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE_PIECES = 16 };
enum { KEEPALIVE_IDLE_S = 60, KEEPALIVE_INTERVAL_S = 15, KEEPALIVE_PROBES = 6 };

static enum io_result socket_handshake(struct stream *stream)
{
	stream->read_wait = WAIT_READABLE; /* nothing can have been read yet */
	return IO_DONE;
}

static enum io_result read_failed(struct stream *stream, int number)
{
	if (number == EAGAIN) {
		stream->readable = false;
		stream->read_wait = WAIT_READABLE;
		return IO_BLOCKED;
	}
	stream_set_errno(stream, number);
	/* A Unix socket loses nothing: it says ECONNRESET after the last byte, when the peer closed
	 * with bytes of ours unread. Over TCP a reset may have overtaken data. */
	return number == ECONNRESET && stream->local ? IO_REFUSED : IO_FAILED;
}

static enum io_result socket_read(struct stream *stream, size_t room)
{
	struct evbuffer_iovec pieces[2];
	int count = stream_reserve(stream, room, pieces, 2);
	size_t space = 0;
	ssize_t got;

	if (count == 0)
		return IO_FAILED;
	for (int i = 0; i < count; i++)
		space += pieces[i].iov_len;
	do
		got = readv(stream->fd, pieces, count);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return read_failed(stream, errno);
	if (got == 0)
		return IO_EOF;
	/* A short read has emptied the kernel's queue; an end or an error behind it makes the
	 * descriptor readable again, since it is watched by level and not by edge. */
	stream->readable = (size_t)got == space;
	stream->read_wait = stream->readable ? WAIT_NOTHING : WAIT_READABLE;
	stream_commit(stream, pieces, count, (size_t)got);
	return IO_DONE;
}

bool stream_is_refusal(int number)
{
	return number == EPIPE || number == ECONNRESET || number == ENOTCONN;
}

static enum io_result write_failed(struct stream *stream, int number)
{
	if (number == EAGAIN) {
		stream->writable = false;
		stream->write_wait = WAIT_WRITABLE;
		return IO_BLOCKED;
	}
	stream_set_errno(stream, number);
	return stream_is_refusal(number) ? IO_REFUSED : IO_FAILED;
}

static enum io_result socket_write(struct stream *stream)
{
	struct evbuffer_iovec pieces[WRITE_PIECES];
	int count = evbuffer_peek(stream->output, -1, NULL, pieces, WRITE_PIECES);
	struct msghdr message = {.msg_iov = pieces};
	size_t offered = 0;
	ssize_t sent;

	if (count > WRITE_PIECES)
		count = WRITE_PIECES;
	for (int i = 0; i < count; i++)
		offered += pieces[i].iov_len;
	message.msg_iovlen = (size_t)count;
	do
		sent = sendmsg(stream->fd, &message, MSG_NOSIGNAL); /* writev could raise SIGPIPE */
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return write_failed(stream, errno);
	evbuffer_drain(stream->output, (size_t)sent);
	stream->writable = (size_t)sent == offered;
	stream->write_wait = stream->writable ? WAIT_NOTHING : WAIT_WRITABLE;
	return IO_DONE;
}

static enum io_result socket_finish(struct stream *stream)
{
	return shutdown(stream->fd, SHUT_WR) == 0 ? IO_DONE : write_failed(stream, errno);
}

const struct stream_ops stream_socket_ops = {
	.handshake = socket_handshake,
	.read = socket_read,
	.write = socket_write,
	.finish = socket_finish,
};

static void set_option(int fd, int level, int option, int value)
{
	/* All are improvements that a connection can live without. */
	(void)setsockopt(fd, level, option, &value, sizeof value);
}

void stream_socket_tune(struct stream *stream)
{
	int domain = AF_UNSPEC;
	socklen_t size = sizeof domain;

	if (getsockopt(stream->fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0)
		return;
	stream->local = domain == AF_UNIX;
	if (domain != AF_INET && domain != AF_INET6)
		return;
	set_option(stream->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	/* A quiet stream is never cut; one whose peer's machine is gone must be found out some day. */
	set_option(stream->fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	set_option(stream->fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
	set_option(stream->fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
	set_option(stream->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

int stream_socket_error(const struct stream *stream)
{
	int number = 0;
	socklen_t size = sizeof number;

	return getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &number, &size) == 0 ? number : errno;
}

void stream_socket_close(struct stream *stream)
{
	static const struct linger reset = {.l_onoff = 1, .l_linger = 0};

	/* TLS says by itself what is an end and what is a cut; and a reset would overtake its
	 * alerts. */
	if (stream->opened && !stream->finish_sent && stream->ssl == NULL && !stream->local)
		(void)setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(stream->fd);
	stream->fd = -1;
}

bool stream_socket_is_quiet(const struct stream *stream)
{
	char byte;

	return recv(stream->fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

bool stream_peer_credentials(struct stream *stream, unsigned *uid, unsigned *gid, int *pid)
{
	struct ucred peer = {0};
	socklen_t size = sizeof peer;

	/* TCP sockets answer too, with a uid of -1. */
	if (!stream->local || getsockopt(stream->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
	    size != sizeof peer)
		return false;
	*uid = peer.uid;
	*gid = peer.gid;
	*pid = peer.pid;
	return true;
}

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5; the headers of Debian 12 are older */
#endif

/* Kernels disagree on the error for a process that has ended; an option that they do not know has one of its own. */
enum peer_handle stream_peer_pidfd(struct stream *stream, int *pidfd)
{
	socklen_t size = sizeof *pidfd;

	*pidfd = -1;
	if (!stream->local)
		return PEER_HANDLE_REFUSED;
	if (getsockopt(stream->fd, SOL_SOCKET, SO_PEERPIDFD, pidfd, &size) != 0)
		return errno == ENOPROTOOPT ? PEER_HANDLE_UNSUPPORTED : PEER_HANDLE_REFUSED;
	return *pidfd >= 0 ? PEER_HANDLE_TAKEN : PEER_HANDLE_REFUSED;
}

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage storage;
};

static bool format_v4(struct in_addr address, in_port_t port, char *text, size_t size)
{
	char host[INET_ADDRSTRLEN];
	int len;

	if (inet_ntop(AF_INET, &address, host, sizeof host) == NULL)
		return false;
	len = snprintf(text, size, "%s:%u", host, (unsigned)ntohs(port));
	return len > 0 && (size_t)len < size;
}

static bool format_v6(const struct sockaddr_in6 *address, char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN];
	struct in_addr v4;
	int len;

	if (IN6_IS_ADDR_V4MAPPED(&address->sin6_addr)) {
		memcpy(&v4, &address->sin6_addr.s6_addr[12], sizeof v4);
		return format_v4(v4, address->sin6_port, text, size);
	}
	if (inet_ntop(AF_INET6, &address->sin6_addr, host, sizeof host) == NULL)
		return false;
	len = snprintf(text, size, "[%s]:%u", host, (unsigned)ntohs(address->sin6_port));
	return len > 0 && (size_t)len < size;
}

bool stream_peer_address(struct stream *stream, char *text, size_t size)
{
	union socket_address address = {0};
	socklen_t len = sizeof address;

	if (getpeername(stream->fd, &address.any, &len) != 0)
		return false;
	switch (address.any.sa_family) {
	case AF_UNIX:
		if (size < sizeof "unix")
			return false;
		memcpy(text, "unix", sizeof "unix");
		return true;
	case AF_INET:
		return format_v4(address.v4.sin_addr, address.v4.sin_port, text, size);
	case AF_INET6:
		return format_v6(&address.v6, text, size);
	default:
		return false;
	}
}
