/* Listening sockets: made at start (Unix, TCP, passed by systemd), accepted from by every
 * worker. */
#ifndef QUAYMASTER_PROXY_LISTENER_H
#define QUAYMASTER_PROXY_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/un.h>

struct error;
struct loop;
struct listener_watch;

struct listener_spec {
	const char *name;    /* in the configuration; for rules, logs and audit */
	const char *socket;  /* path of a Unix socket, or NULL */
	const char *address; /* "[::]:2376", "127.0.0.1:2375", "*:2376", or NULL */
	const char *systemd; /* FileDescriptorName of a passed socket, or NULL */
	mode_t mode;         /* of a Unix socket */
	uid_t owner;         /* (uid_t)-1 leaves it */
	gid_t group;
};

enum {
	LISTENER_FDS_MAX = 16,
	SOCKET_PATH_LEN_MAX = sizeof((struct sockaddr_un *)0)->sun_path - 1 /* bytes */
};

/* False with ERROR when ADDRESS is none that a listener can have, on whatever machine. */
bool listener_address_check(const char *address, struct error *error);
/* True when not both can be open at once, since they are, or cover, one socket or address. */
bool listener_specs_clash(const struct listener_spec *one, const struct listener_spec *other);

struct listener_sockets {
	int fds[LISTENER_FDS_MAX]; /* an address may resolve to several */
	size_t count;
	dev_t device; /* of a Unix socket's inode, so that only our own is unlinked at the end */
	ino_t inode;
	bool others; /* another process's, too: the file is not this one's to remove */
};

/* Opens what SPEC says. A stale Unix socket (nobody listens) is replaced; a live one, a symlink
 * or another kind of file is an error. Mode and owner are set before anyone can connect. False
 * with ERROR, nothing left open. */
bool listener_open(const struct listener_spec *spec, struct listener_sockets *sockets,
                   struct error *error);
void listener_close(const struct listener_spec *spec, struct listener_sockets *sockets);
/* "socket=/run/x.sock", "address=*:2376", "systemd=name": equal for two that listener_is_same. False when KEY has no room. */
enum { LISTENER_KEY_SIZE = 1280 };
bool listener_key(const struct listener_spec *spec, char key[LISTENER_KEY_SIZE]);
/* True when both say the same socket, address or systemd's name, whatever else they say. */
bool listener_is_same(const struct listener_spec *a, const struct listener_spec *b);

/* --- sockets that an earlier process opened (listener_kept.c); from one thread, and the one that opens listeners --- */

#define LISTENER_BEQUEST "QUAYMASTER_SOCKETS" /* the variable that tells of them */

/* Writes a line of that variable. Its length; 0 when these cannot be told of, -1 when there is no room. */
int listener_bequeath(const struct listener_spec *spec, const struct listener_sockets *sockets,
                      char *line, size_t size);
/* Reads the variable. From then on listener_open takes what is its own; it is another process's, too. */
void listener_inherit(void);
/* Closes what nobody took; REMOVE: Unix sockets' files, too. */
void listener_disinherit(bool remove);
/* What the sockets of SPEC are called in the service manager's store. False: they are none that could be there. */
enum { LISTENER_STORE_NAME_SIZE = 256 };
bool listener_store_name(const struct listener_spec *spec, char name[LISTENER_STORE_NAME_SIZE]);
/* What an earlier process, or the store, has of SPEC. False: nothing. */
bool listener_take_kept(const struct listener_spec *spec, struct listener_sockets *sockets);

/* Accepts on one of them from LOOP and hands over each connection (non-blocking, close-on-exec).
 * Several loops may watch the same descriptor. Out of descriptors it pauses for a moment instead
 * of spinning. */
struct listener_watch *listener_watch_new(struct loop *loop, int fd,
                                          void (*accepted)(int fd, void *owner), void *owner);
void listener_watch_free(struct listener_watch *watch);
/* Calls SHORTAGE(OWNER) before each such pause: true when it has made room, which is tried at once. */
void listener_watch_on_shortage(struct listener_watch *watch, bool (*shortage)(void *owner));
void listener_watch_pause(struct listener_watch *watch, bool paused);

#endif
