/* One message is one packet of a SOCK_SEQPACKET pair: its kind, then its text. Owns that form; nothing of a client's is ever
 * in it. */
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */
#include "proxy/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* As it travels; text that is shorter is sent shorter. */
struct packet {
	unsigned char kind;
	char text[CHANNEL_TEXT_SIZE];
};

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * LISTENER_FDS_MAX)];
};

bool channel_open(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0;
}

static void attach(struct msghdr *header, union control *control,
                   const struct listener_sockets *sockets)
{
	struct cmsghdr *rights = &control->align;
	size_t len = sizeof(int) * sockets->count;

	memset(control, 0, sizeof *control);
	header->msg_control = control->bytes;
	header->msg_controllen = CMSG_SPACE(len);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(rights), sockets->fds, len);
}

static bool transmit(int fd, enum channel_kind kind, const char *text,
                     const struct listener_sockets *sockets)
{
	struct packet packet = {.kind = (unsigned char)kind};
	size_t len = text != NULL ? strnlen(text, sizeof packet.text - 1) : 0;
	struct iovec piece = {.iov_base = &packet, .iov_len = offsetof(struct packet, text) + len};
	struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
	union control control;
	ssize_t sent;

	if (len > 0)
		memcpy(packet.text, text, len);
	if (sockets != NULL && sockets->count > 0)
		attach(&header, &control, sockets);
	do {
		sent = sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)piece.iov_len;
}

bool channel_send(int fd, enum channel_kind kind, const char *text)
{
	return transmit(fd, kind, text, NULL);
}

bool channel_send_sockets(int fd, const char *text, const struct listener_sockets *sockets)
{
	return transmit(fd, CHANNEL_LISTENER, text, sockets);
}

static void take_sockets(struct msghdr *header, struct listener_sockets *sockets)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
	     part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		sockets->count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(sockets->fds, CMSG_DATA(part), sockets->count * sizeof(int));
	}
}

void channel_receive(int fd, bool sockets, struct channel_message *message)
{
	struct packet packet = {.kind = CHANNEL_NOTHING};
	struct iovec piece = {.iov_base = &packet, .iov_len = sizeof packet};
	union control control;
	struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
	size_t len;
	ssize_t got;

	*message = (struct channel_message){.kind = CHANNEL_CLOSED};
	if (sockets) {
		header.msg_control = control.bytes;
		header.msg_controllen = sizeof control.bytes;
	}
	do {
		got = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EAGAIN)
		message->kind = CHANNEL_NOTHING;
	if (got <= 0)
		return;
	if (sockets)
		take_sockets(&header, &message->sockets);
	len = (size_t)got - offsetof(struct packet, text);
	if (packet.kind > CHANNEL_CLOSED && packet.kind < CHANNEL_KINDS && len < sizeof message->text) {
		memcpy(message->text, packet.text, len);
		message->kind = (enum channel_kind)packet.kind;
	}
}
