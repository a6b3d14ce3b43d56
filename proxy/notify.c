/* Owns the protocol of sd_notify(3) and of sd_watchdog_enabled(3), of which there is little: no library is needed for it. The
 * variables are read in a process of one thread. */
#define _GNU_SOURCE /* clock_gettime */
#include "proxy/notify.h"

#include "policy/text.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 1024, FDS_A_MESSAGE = 64 };

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * FDS_A_MESSAGE)];
};

/* "/run/..." or "@abstract". */
static bool find_address(struct sockaddr_un *address, socklen_t *len)
{
	const char *path = getenv("NOTIFY_SOCKET"); /* NOLINT(concurrency-mt-unsafe) */
	size_t path_len = path != NULL ? strlen(path) : 0;

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (path_len < 2 || path_len >= sizeof address->sun_path || (path[0] != '/' && path[0] != '@'))
		return false;
	memcpy(address->sun_path, path, path_len);
	if (path[0] == '@')
		address->sun_path[0] = '\0';
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_len);
	return true;
}

static bool send_text(const char *text, const int *fds, size_t count)
{
	struct sockaddr_un address;
	char copy[MESSAGE_SIZE];
	struct iovec piece = {.iov_base = copy, .iov_len = strlen(text)};
	struct msghdr header = {.msg_name = &address, .msg_iov = &piece, .msg_iovlen = 1};
	union control control = {.bytes = {0}};
	bool sent;
	int fd;

	if (piece.iov_len >= sizeof copy || count > FDS_A_MESSAGE ||
	    !find_address(&address, &header.msg_namelen))
		return false;
	memcpy(copy, text, piece.iov_len);
	if (count > 0) {
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		control.align = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
		                                 .cmsg_type = SCM_RIGHTS,
		                                 .cmsg_len = CMSG_LEN(sizeof(int) * count)};
		memcpy(CMSG_DATA(&control.align), fds, sizeof(int) * count);
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	sent = sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)piece.iov_len;
	close(fd);
	return sent;
}

bool notify_send(const char *format, ...)
{
	char text[MESSAGE_SIZE];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return len > 0 && (size_t)len < sizeof text && send_text(text, NULL, 0);
}

bool notify_reloading(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return notify_send("RELOADING=1\nMONOTONIC_USEC=%lld",
	                   (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

bool notify_store(const char *name, const int *fds, size_t count)
{
	char text[MESSAGE_SIZE];
	int len = snprintf(text, sizeof text, "FDSTORE=1\nFDNAME=%s", name);

	return len > 0 && (size_t)len < sizeof text && send_text(text, fds, count);
}

unsigned notify_watchdog_ms(void)
{
	const char *pid = getenv("WATCHDOG_PID");   /* NOLINT(concurrency-mt-unsafe) */
	const char *text = getenv("WATCHDOG_USEC"); /* NOLINT(concurrency-mt-unsafe) */
	unsigned long long number, period;

	if (text == NULL || !text_to_number(text, 1ULL << 40, &period))
		return 0;
	if (pid != NULL &&
	    (!text_to_number(pid, INT_MAX, &number) || number != (unsigned long long)getpid()))
		return 0;
	return period >= 4000 ? (unsigned)(period / 2000) : 2; /* half of it: 2^40 / 2000 fits */
}
