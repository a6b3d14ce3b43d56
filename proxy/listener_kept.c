/* Sockets that another process opened and left to this one: the one that this one takes the place of, or one before it by way of the
 * service manager's store. Owns how they are told of in the environment, which is read in a process of one thread. */
#define _GNU_SOURCE /* F_DUPFD_CLOEXEC, fdopen's siblings */
#include "proxy/listener.h"

#include "policy/error.h"
#include "policy/text.h"
#include "proxy/listen_fds.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE_PREFIX "quaymaster-"

/* One listener of the process before. */
struct kept {
	struct kept *next;
	char key[LISTENER_KEY_SIZE];
	struct listener_sockets sockets;
};

static struct kept *all;
/* Of the descriptors that the service manager passed: the number may be another file's by now. */
static bool taken[LISTEN_FDS_MAX];

/* --- from the process before ----------------------------------------------------------------------------------- */

int listener_bequeath(const struct listener_spec *spec, const struct listener_sockets *sockets,
                      char *line, size_t size)
{
	char key[LISTENER_KEY_SIZE];
	size_t len = 0;
	int got;

	if (!listener_key(spec, key) || strchr(key, '\n') != NULL)
		return 0;
	for (size_t i = 0; i < sockets->count; i++) {
		got = snprintf(line + len, size - len, "%d%c", sockets->fds[i],
		               i + 1 < sockets->count ? ',' : ' ');
		if (got < 0 || (size_t)got >= size - len)
			return -1;
		len += (size_t)got;
	}
	got = snprintf(line + len, size - len, "%llu %llu %s\n", (unsigned long long)sockets->device,
	               (unsigned long long)sockets->inode, key);
	return got > 0 && (size_t)got < size - len ? (int)len + got : -1;
}

static bool listens(int fd)
{
	int value = 0;
	socklen_t size = sizeof value;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value == 1;
}

/* The number before END, which is stepped over. */
static bool take_number(const char **at, const char *ends, unsigned long long *number, char *end)
{
	size_t len = strcspn(*at, ends);
	char text[24];

	if (len == 0 || len >= sizeof text || (*at)[len] == '\0')
		return false;
	memcpy(text, *at, len);
	text[len] = '\0';
	*end = (*at)[len];
	*at += len + 1;
	return text_to_number(text, UINT64_MAX, number);
}

/* "3,4 DEVICE INODE KEY\n". False when it is not. */
static bool read_line(const char *line, size_t len, struct kept *kept)
{
	unsigned long long number = 0, device, inode;
	const char *at = line;
	char end = ',';

	while (end == ',') {
		if (kept->sockets.count == LISTENER_FDS_MAX || !take_number(&at, ", ", &number, &end) ||
		    number > INT32_MAX || !listens((int)number))
			return false;
		kept->sockets.fds[kept->sockets.count++] = (int)number;
	}
	if (!take_number(&at, " ", &device, &end) || !take_number(&at, " ", &inode, &end) ||
	    at > line + len || (size_t)(line + len - at) >= sizeof kept->key)
		return false;
	memcpy(kept->key, at, (size_t)(line + len - at));
	kept->sockets.device = (dev_t)device;
	kept->sockets.inode = (ino_t)inode;
	return true;
}

static void keep_from_others(const struct kept *kept)
{
	for (size_t i = 0; i < kept->sockets.count; i++)
		(void)fcntl(kept->sockets.fds[i], F_SETFD, FD_CLOEXEC);
}

void listener_inherit(void)
{
	const char *text = getenv(LISTENER_BEQUEST); /* NOLINT(concurrency-mt-unsafe) */

	while (text != NULL && *text != '\0') {
		size_t len = strcspn(text, "\n");
		struct kept *kept = text[len] == '\n' ? calloc(1, sizeof *kept) : NULL;

		if (kept == NULL)
			break;
		if (read_line(text, len, kept)) {
			keep_from_others(kept);
			kept->next = all;
			all = kept;
		} else {
			free(kept);
		}
		text += len + 1;
	}
	(void)unsetenv(LISTENER_BEQUEST); /* NOLINT(concurrency-mt-unsafe) */
}

void listener_disinherit(bool remove)
{
	while (all != NULL) {
		struct kept *kept = all;
		struct listener_spec spec = {.name = ""};

		all = kept->next;
		kept->sockets.others = !remove;
		if (strncmp(kept->key, "socket=", 7) == 0)
			spec.socket = kept->key + 7;
		listener_close(&spec, &kept->sockets);
		free(kept);
	}
}

static bool take_kept(const char *key, struct listener_sockets *sockets)
{
	for (struct kept **at = &all; *at != NULL; at = &(*at)->next) {
		struct kept *kept = *at;

		if (strcmp(kept->key, key) != 0)
			continue;
		*sockets = kept->sockets;
		sockets->others = true;
		*at = kept->next;
		free(kept);
		return true;
	}
	return false;
}

/* --- from the service manager's store -------------------------------------------------------------------------- */

bool listener_store_name(const struct listener_spec *spec, char name[LISTENER_STORE_NAME_SIZE])
{
	int len;

	/* A Unix socket's file goes with its process. */
	if (spec->address == NULL)
		return false;
	len = snprintf(name, LISTENER_STORE_NAME_SIZE, STORE_PREFIX "%s", spec->address);
	for (char *at = name; *at != '\0'; at++)
		if (*at == ':')
			*at = '/';
	return len > 0 && len < LISTENER_STORE_NAME_SIZE;
}

static bool take_stored(const struct listener_spec *spec, struct listener_sockets *sockets)
{
	const struct listen_fds_environment environment = {
		.pid = getenv("LISTEN_PID"),      /* NOLINT(concurrency-mt-unsafe) */
		.fds = getenv("LISTEN_FDS"),      /* NOLINT(concurrency-mt-unsafe) */
		.names = getenv("LISTEN_FDNAMES") /* NOLINT(concurrency-mt-unsafe) */
	};
	char name[LISTENER_STORE_NAME_SIZE];
	struct listen_fds_found found;

	if (!listener_store_name(spec, name) ||
	    !listen_fds_find(&environment, getpid(), name, &found, NULL))
		return false;
	for (size_t i = 0; i < found.count && sockets->count < LISTENER_FDS_MAX; i++) {
		int fd = found.fds[i], flags = fcntl(fd, F_GETFL);

		if (taken[fd - LISTEN_FDS_FIRST] || !listens(fd) || flags < 0 ||
		    fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
			continue;
		taken[fd - LISTEN_FDS_FIRST] = true;
		sockets->fds[sockets->count++] = fd;
	}
	return sockets->count > 0;
}

bool listener_take_kept(const struct listener_spec *spec, struct listener_sockets *sockets)
{
	char key[LISTENER_KEY_SIZE];

	return (all != NULL && listener_key(spec, key) && take_kept(key, sockets)) ||
	       take_stored(spec, sockets);
}
