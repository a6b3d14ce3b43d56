/* What the supervisor and the gateway's process say to each other: short messages over a socket pair, and listening sockets with
 * those of the supervisor. */
#ifndef QUAYMASTER_PROXY_CHANNEL_H
#define QUAYMASTER_PROXY_CHANNEL_H

#include "proxy/listener.h"

#include <stdbool.h>

enum channel_kind {
	CHANNEL_NOTHING = 0, /* nothing has come */
	CHANNEL_CLOSED,      /* the other one has gone, or makes no sense */

	/* from the supervisor */
	CHANNEL_LISTENER,  /* TEXT: listener_key; with its sockets, for the reload that follows */
	CHANNEL_REOPEN,    /* the audit log's file has been given another name */
	CHANNEL_RELOAD,    /* to be answered by TAKEN or REFUSED */
	CHANNEL_YIELD,     /* close the admin listener: another process opens it */
	CHANNEL_HAND_OVER, /* accept no more, and end with what is under way */
	CHANNEL_LEAVE,     /* the same, in limits.drain_ms */
	CHANNEL_STOP,      /* end now */

	/* from the gateway */
	CHANNEL_READY,   /* it serves */
	CHANNEL_ALIVE,   /* every worker has come round, and so many connections are open: TEXT */
	CHANNEL_TAKEN,   /* the new configuration is in force */
	CHANNEL_REFUSED, /* the old one stays: TEXT says why */
	CHANNEL_KINDS
};

enum { CHANNEL_TEXT_SIZE = LISTENER_KEY_SIZE };

struct channel_message {
	enum channel_kind kind;
	char text[CHANNEL_TEXT_SIZE];
	struct listener_sockets sockets; /* with LISTENER only */
};

/* Both ends, neither of which blocks. False with errno. */
bool channel_open(int ends[2]);
/* False when it cannot be sent: the other end has gone, or does not read. TEXT may be NULL, and is cut to what fits. */
bool channel_send(int fd, enum channel_kind kind, const char *text);
bool channel_send_sockets(int fd, const char *text, const struct listener_sockets *sockets);
/* Takes one message; never waits. SOCKETS says whether descriptors are taken: then they are the caller's. Without, they are
 * dropped by the kernel. */
void channel_receive(int fd, bool sockets, struct channel_message *message);

#endif
