/* Listening sockets: opens them as the configuration says. Owns the socket file of a Unix
 * listener from bind to unlink. Accepting is listener_watch's business. */
#define _GNU_SOURCE /* the strerror_r that returns text */
#include "proxy/listener.h"

#include "policy/error.h"
#include "policy/text.h"
#include "proxy/listen_fds.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ERRNO_TEXT_SIZE = 128 };

/* "SUBJECT: what errno says". Returns false always. */
static bool fail_errno(struct error *error, int number, const char *subject)
{
	char buffer[ERRNO_TEXT_SIZE];

	return error_set(error, "%s: %s", subject, strerror_r(number, buffer, sizeof buffer));
}

/* Takes FD. False, with FD closed, when there is no room. */
static bool keep(struct listener_sockets *sockets, int fd, struct error *error)
{
	if (sockets->count < LISTENER_FDS_MAX) {
		sockets->fds[sockets->count++] = fd;
		return true;
	}
	close(fd);
	return error_set(error, "more than %d sockets for one listener", LISTENER_FDS_MAX);
}

static void close_all(struct listener_sockets *sockets)
{
	while (sockets->count > 0)
		close(sockets->fds[--sockets->count]);
}

/* --- Unix sockets --------------------------------------------------------------------------- */

static bool unix_address(const char *path, struct sockaddr_un *address, struct error *error)
{
	size_t len = strlen(path);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	/* An empty path would be an abstract name or an autobind: no file, no mode, no owner. */
	if (len == 0 || len >= sizeof address->sun_path)
		return error_set(error, "%s: the path of a Unix socket has 1 to %zu bytes", path,
		                 sizeof address->sun_path - 1);
	memcpy(address->sun_path, path, len + 1);
	return true;
}

/* 0 when somebody accepts at ADDRESS, or else the errno of connecting there. */
static int try_connect(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int number = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof *address) != 0)
		number = errno;
	close(fd);
	return number;
}

/* Makes way at PATH: nothing is there, or a socket that nobody listens on. */
static bool remove_stale(const char *path, const struct sockaddr_un *address, struct error *error)
{
	struct stat before, now;
	int number;

	if (lstat(path, &before) != 0)
		return errno == ENOENT || fail_errno(error, errno, path);
	if (S_ISLNK(before.st_mode))
		return error_set(error, "%s: is a symbolic link, which is never followed", path);
	if (!S_ISSOCK(before.st_mode))
		return error_set(error, "%s: exists and is not a socket", path);
	number = try_connect(address);
	if (number == 0 || number == EAGAIN)
		return error_set(error, "%s: another process listens on it", path);
	if (number != ECONNREFUSED)
		return fail_errno(error, number, path);
	/* What was tried is what is removed: another instance may have started meanwhile. */
	if (lstat(path, &now) != 0 || now.st_ino != before.st_ino || now.st_dev != before.st_dev)
		return error_set(error, "%s: was replaced by another process just now", path);
	return unlink(path) == 0 || fail_errno(error, errno, path);
}

/* Until listen() is called nobody can connect, so mode and owner are in place before anybody
 * could. Links are not followed, in case the directory lets another put one there between two
 * calls. */
static bool set_access(const struct listener_spec *spec, struct listener_sockets *sockets,
                       struct error *error)
{
	struct stat status;

	if (lstat(spec->socket, &status) != 0)
		return fail_errno(error, errno, spec->socket);
	if (!S_ISSOCK(status.st_mode))
		return error_set(error, "%s: was replaced by another process just now", spec->socket);
	sockets->device = status.st_dev;
	sockets->inode = status.st_ino;
	return (lchown(spec->socket, spec->owner, spec->group) == 0 &&
	        fchmodat(AT_FDCWD, spec->socket, spec->mode & 0777, AT_SYMLINK_NOFOLLOW) == 0) ||
	       fail_errno(error, errno, spec->socket);
}

/* Only our own file: another instance may have taken the place. */
static void remove_own(const char *path, const struct listener_sockets *sockets)
{
	struct stat status;

	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode) && status.st_dev == sockets->device &&
	    status.st_ino == sockets->inode)
		(void)unlink(path);
}

static bool open_unix(const struct listener_spec *spec, struct listener_sockets *sockets,
                      struct error *error)
{
	struct sockaddr_un address;
	int fd;

	if (!unix_address(spec->socket, &address, error) ||
	    !remove_stale(spec->socket, &address, error))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_errno(error, errno, spec->socket);
	/* Linux gives the new file this mode less the umask: for nobody, until set_access. */
	if (fchmod(fd, 0) != 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
		fail_errno(error, errno, spec->socket);
		close(fd);
		return false;
	}
	if (set_access(spec, sockets, error) &&
	    (listen(fd, SOMAXCONN) == 0 || fail_errno(error, errno, spec->socket)))
		return keep(sockets, fd, error);
	remove_own(spec->socket, sockets);
	close(fd);
	return false;
}

/* --- TCP ------------------------------------------------------------------------------------ */

struct host_port {
	char host[NI_MAXHOST], port[NI_MAXSERV];
	bool any; /* every address of both families */
};

static bool is_port(const char *port)
{
	unsigned long long number;

	return strlen(port) < NI_MAXSERV && text_to_number(port, 65535, &number);
}

/* "[HOST]:PORT", "HOST:PORT", "*:PORT" or ":PORT"; a host with colons needs the brackets. */
static bool split_address(const char *address, struct host_port *split)
{
	const char *colon = strrchr(address, ':');
	const char *host = address;
	size_t len;

	*split = (struct host_port){0};
	if (colon == NULL || !is_port(colon + 1))
		return false;
	len = (size_t)(colon - address);
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
		if (memchr(host, ':', len) == NULL)
			return false;
	} else if (memchr(host, ':', len) != NULL) {
		return false;
	}
	if (len >= sizeof split->host)
		return false;
	memcpy(split->host, host, len);
	memcpy(split->port, colon + 1, strlen(colon + 1) + 1);
	split->any = len == 0 || strcmp(split->host, "*") == 0 || strcmp(split->host, "::") == 0;
	return true;
}

static bool refuse_address(const char *address, struct error *error)
{
	return error_set(error,
	                 "%s: not an address and port, such as \"127.0.0.1:2375\", \"[::1]:2375\" or "
	                 "\"*:2376\"",
	                 address);
}

static bool refuse_host(const char *address, struct error *error)
{
	return error_set(error, "%s: the host must be a numeric address, \"localhost\" or \"*\"",
	                 address);
}

static bool is_numeric(const char *host)
{
	struct in6_addr number;

	return inet_pton(strchr(host, ':') != NULL ? AF_INET6 : AF_INET, host, &number) == 1;
}

/* An IPv6 address may name its link, "fe80::1%eth0": whether there is one is the machine's to tell. */
bool listener_address_check(const char *address, struct error *error)
{
	struct host_port split;

	if (!split_address(address, &split))
		return refuse_address(address, error);
	return split.any || strcmp(split.host, "localhost") == 0 || strchr(split.host, '%') != NULL ||
	       is_numeric(split.host) || refuse_host(address, error);
}

static bool covers(const struct host_port *wide, const struct host_port *other)
{
	if (wide->any || strcmp(wide->host, other->host) == 0)
		return true;
	if (strcmp(wide->host, "0.0.0.0") == 0)
		return strchr(other->host, ':') == NULL;
	return strcmp(wide->host, "localhost") == 0 &&
	       (strcmp(other->host, "127.0.0.1") == 0 || strcmp(other->host, "::1") == 0);
}

static bool addresses_clash(const char *one, const char *other)
{
	struct host_port first, second;

	/* Port 0 is another one each time. */
	return split_address(one, &first) && split_address(other, &second) &&
	       strcmp(first.port, second.port) == 0 && strcmp(first.port, "0") != 0 &&
	       (covers(&first, &second) || covers(&second, &first));
}

bool listener_specs_clash(const struct listener_spec *one, const struct listener_spec *other)
{
	if (one->socket != NULL && other->socket != NULL)
		return strcmp(one->socket, other->socket) == 0;
	if (one->address != NULL && other->address != NULL)
		return addresses_clash(one->address, other->address);
	return one->systemd != NULL && other->systemd != NULL &&
	       strcmp(one->systemd, other->systemd) == 0;
}

/* IPV6_V6ONLY is set either way: its default is the machine's to choose. */
static int bind_tcp(const struct addrinfo *address, bool both_families)
{
	static const int on = 1;
	const int only_v6 = both_families ? 0 : 1;
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int number;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
	    (address->ai_family != AF_INET6 ||
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof only_v6) == 0) &&
	    bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	number = errno;
	close(fd);
	errno = number;
	return -1;
}

/* One numeric address. Returns 0, or an errno with the descriptor still to be had elsewhere. */
static int open_host(const char *host, const char *port, bool both_families, int *fd)
{
	const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *address = NULL;
	int number = 0;

	if (getaddrinfo(host, port, &hints, &address) != 0)
		return EINVAL;
	*fd = bind_tcp(address, both_families);
	if (*fd < 0)
		number = errno;
	freeaddrinfo(address);
	return number;
}

/* A machine without IPv6, or without an address of that family. */
static bool family_missing(int number)
{
	return number == EAFNOSUPPORT || number == EADDRNOTAVAIL;
}

/* Names are not resolved: what a listener is open to must not depend on who answers for a name.
 * "localhost" means both loopback addresses, as far as the machine has them. */
static bool open_tcp(const struct listener_spec *spec, struct listener_sockets *sockets,
                     struct error *error)
{
	static const char *const everywhere[] = {"::", "0.0.0.0", NULL};
	static const char *const loopback[] = {"127.0.0.1", "::1", NULL};
	struct host_port split;
	const char *one[] = {split.host, NULL};
	const char *const *hosts = one;
	int number = EINVAL, fd;

	if (!split_address(spec->address, &split))
		return refuse_address(spec->address, error);
	if (split.any)
		hosts = everywhere;
	else if (strcmp(split.host, "localhost") == 0)
		hosts = loopback;
	for (; *hosts != NULL; hosts++) {
		number = open_host(*hosts, split.port, split.any, &fd);
		if (number == 0 && !keep(sockets, fd, error))
			return false;
		if (number != 0 && !family_missing(number))
			break;
		if (number == 0 && split.any)
			break; /* "::" serves both families */
	}
	if (number == EINVAL)
		return refuse_host(spec->address, error);
	return (sockets->count > 0 && family_missing(number)) || number == 0 ||
	       fail_errno(error, number, spec->address);
}

/* --- systemd -------------------------------------------------------------------------------- */

static int socket_option(int fd, int option)
{
	int value = -1;
	socklen_t size = sizeof value;

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

static bool is_listening_stream(int fd)
{
	int domain = socket_option(fd, SO_DOMAIN);

	return (domain == AF_UNIX || domain == AF_INET || domain == AF_INET6) &&
	       socket_option(fd, SO_TYPE) == SOCK_STREAM && socket_option(fd, SO_ACCEPTCONN) == 1;
}

static bool set_flags(int fd)
{
	int status = fcntl(fd, F_GETFL), flags = fcntl(fd, F_GETFD);

	return status >= 0 && flags >= 0 && fcntl(fd, F_SETFL, status | O_NONBLOCK) == 0 &&
	       fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == 0;
}

/* Keeps a copy, so that the listener can be closed and opened again. */
static bool open_passed(const struct listener_spec *spec, int fd, struct listener_sockets *sockets,
                        struct error *error)
{
	int copy;

	if (!is_listening_stream(fd))
		return error_set(error,
		                 "%s: descriptor %d passed by systemd is not a listening stream socket "
		                 "(Accept= must be no)",
		                 spec->systemd, fd);
	copy = set_flags(fd) ? fcntl(fd, F_DUPFD_CLOEXEC, LISTEN_FDS_FIRST) : -1;
	if (copy < 0)
		return fail_errno(error, errno, spec->systemd);
	return keep(sockets, copy, error);
}

static bool open_systemd(const struct listener_spec *spec, struct listener_sockets *sockets,
                         struct error *error)
{
	/* Listeners are opened before there is a second thread. */
	const struct listen_fds_environment environment = {
		.pid = getenv("LISTEN_PID"),      /* NOLINT(concurrency-mt-unsafe) */
		.fds = getenv("LISTEN_FDS"),      /* NOLINT(concurrency-mt-unsafe) */
		.names = getenv("LISTEN_FDNAMES") /* NOLINT(concurrency-mt-unsafe) */
	};
	struct listen_fds_found found;

	if (!listen_fds_find(&environment, getpid(), spec->systemd, &found, error))
		return false;
	if (found.count == 0)
		return error_set(error, "systemd passed no socket named '%s' (FileDescriptorName=)",
		                 spec->systemd);
	for (size_t i = 0; i < found.count; i++) {
		if (!open_passed(spec, found.fds[i], sockets, error))
			return false;
	}
	return true;
}

/* --- opening and closing -------------------------------------------------------------------- */

static bool open_any(const struct listener_spec *spec, struct listener_sockets *sockets,
                     struct error *error)
{
	if (spec->socket != NULL)
		return open_unix(spec, sockets, error);
	if (spec->address != NULL)
		return open_tcp(spec, sockets, error);
	if (spec->systemd != NULL)
		return open_systemd(spec, sockets, error);
	return error_set(error, "a listener needs a socket, an address or a systemd name");
}

bool listener_open(const struct listener_spec *spec, struct listener_sockets *sockets,
                   struct error *error)
{
	*sockets = (struct listener_sockets){0};
	if (listener_take_kept(spec, sockets) || open_any(spec, sockets, error))
		return true;
	close_all(sockets);
	return false;
}

void listener_close(const struct listener_spec *spec, struct listener_sockets *sockets)
{
	if (spec->socket != NULL && sockets->count > 0 && !sockets->others)
		remove_own(spec->socket, sockets);
	close_all(sockets);
}

bool listener_key(const struct listener_spec *spec, char key[LISTENER_KEY_SIZE])
{
	const char *kind = spec->socket != NULL ? "socket" : "address", *place = spec->socket;
	int len;

	if (place == NULL)
		place = spec->address;
	if (place == NULL) {
		kind = "systemd";
		place = spec->systemd;
	}
	len = place != NULL ? snprintf(key, LISTENER_KEY_SIZE, "%s=%s", kind, place) : -1;
	return len > 0 && len < LISTENER_KEY_SIZE;
}

static bool is_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool listener_is_same(const struct listener_spec *a, const struct listener_spec *b)
{
	return is_same_text(a->socket, b->socket) && is_same_text(a->address, b->address) &&
	       is_same_text(a->systemd, b->systemd);
}
