/* The audit log's lines as datagrams: to a syslog daemon, in the form that syslog(3) gives them, and to systemd's journal
 * in its own (systemd.io/JOURNAL_NATIVE_PROTOCOL). Neither needs a library, and neither of those that there are says
 * when nobody listens. */
#define _GNU_SOURCE /* localtime_r and struct timeval's members everywhere */
#include "proxy/audit_sinks.h"

#include "policy/error.h"
#include "proxy/audit_setup.h"
#include "proxy/json_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_SECONDS = 1, SEVERITY_NOTICE = 5, FACILITY_SHIFT = 3, HEAD_SIZE = 512 };

struct datagram {
	struct audit_sink sink; /* first */
	struct sockaddr_un address;
	unsigned priority;
	bool native; /* the journal's own form */
	int fd;      /* -1: to be opened with the next line */
};

static struct datagram *datagram_of(struct audit_sink *sink)
{
	return (struct datagram *)sink;
}

static bool connect_to(struct datagram *datagram)
{
	const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};

	datagram->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return datagram->fd >= 0 &&
	       setsockopt(datagram->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
	       connect(datagram->fd, (const struct sockaddr *)&datagram->address,
	               sizeof datagram->address) == 0;
}

static void disconnect(struct datagram *datagram)
{
	int number = errno;

	if (datagram->fd >= 0)
		close(datagram->fd);
	datagram->fd = -1;
	errno = number;
}

/* --- the two forms --------------------------------------------------------------------------------------------- */

/* The time is the local one, in English: so syslog(3) has it. */
static size_t put_syslog_head(const struct datagram *datagram, char head[static HEAD_SIZE])
{
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm local = {0};
	time_t now = time(NULL);

	localtime_r(&now, &local);
	return (size_t)snprintf(head, HEAD_SIZE,
	                        "<%u>%s %2d %02d:%02d:%02d quaymaster[%ld]: ", datagram->priority,
	                        months[local.tm_mon % 12], local.tm_mday, local.tm_hour, local.tm_min,
	                        local.tm_sec, (long)getpid());
}

/* Adds NAME's value to HEAD as the journal's FIELD; where LINE has it among those that come first, which
 * are texts of ours. */
static size_t put_field(char *head, size_t len, const char *field, const char *name,
                        const char *line)
{
	enum { BEGINNING = 160, ROOM = HEAD_SIZE - sizeof "MESSAGE=" };
	char key[24];
	const char *value;
	int more;

	snprintf(key, sizeof key, "\"%s\":\"", name);
	value = strstr(line, key);
	if (value == NULL || value - line > BEGINNING)
		return len;
	value += strlen(key);
	more = snprintf(head + len, ROOM - len, "%s=%.*s\n", field, (int)strcspn(value, "\""), value);
	return more > 0 && (size_t)more < ROOM - len ? len + (size_t)more : len;
}

/* LINE is terminated. */
static size_t put_journal_head(const struct datagram *datagram, const char *line,
                               char head[static HEAD_SIZE])
{
	size_t len = (size_t)snprintf(head, HEAD_SIZE, "PRIORITY=%u\nSYSLOG_IDENTIFIER=quaymaster\n",
	                              datagram->priority);

	len = put_field(head, len, "QUAYMASTER_EVENT", "event", line);
	len = put_field(head, len, "QUAYMASTER_ID", "id", line);
	len = put_field(head, len, "QUAYMASTER_VERDICT", "verdict", line);
	memcpy(head + len, "MESSAGE=", sizeof "MESSAGE=" - 1);
	return len + sizeof "MESSAGE=" - 1;
}

static bool send_line(struct datagram *datagram, char *line, size_t len)
{
	char head[HEAD_SIZE], newline[] = "\n";
	struct iovec pieces[] = {{.iov_base = head}, {line, len}, {newline, 1}};
	const struct msghdr message = {.msg_iov = pieces, .msg_iovlen = datagram->native ? 3 : 2};
	ssize_t n;

	pieces[0].iov_len =
		datagram->native ? put_journal_head(datagram, line, head) : put_syslog_head(datagram, head);
	do
		n = sendmsg(datagram->fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n >= 0;
}

/* A daemon that has been started anew has another socket under the same name: that is no failure yet. */
static bool deliver(struct datagram *datagram, char *line, size_t len)
{
	bool connected = datagram->fd >= 0;

	if (connected && send_line(datagram, line, len))
		return true;
	if (connected && (errno == EAGAIN || errno == EMSGSIZE))
		return false;
	disconnect(datagram);
	if (connect_to(datagram) && send_line(datagram, line, len))
		return true;
	disconnect(datagram);
	return false;
}

/* --- the sink -------------------------------------------------------------------------------------------------- */

static size_t datagram_write(struct audit_sink *sink, const char *lines, size_t len,
                             struct error *error)
{
	struct datagram *datagram = datagram_of(sink);
	char line[JSON_LINE_SIZE + 1];

	for (size_t at = 0, n; at < len; at += n + 1) {
		n = (size_t)((const char *)memchr(lines + at, '\n', len - at) - (lines + at));
		if (n >= sizeof line)
			continue; /* nobody makes such lines */
		memcpy(line, lines + at, n);
		line[n] = '\0';
		if (!deliver(datagram, line, n)) {
			error_set(error, "%s", strerror(errno));
			return at;
		}
	}
	return len;
}

static void datagram_close(struct audit_sink *sink)
{
	disconnect(datagram_of(sink));
	free(sink);
}

static const struct audit_sink_ops datagram_ops = {datagram_write, NULL, datagram_close};

/* A daemon that is not there yet may come: it is looked for again with the first line. */
static struct audit_sink *open_datagram(const char *path, struct error *error)
{
	struct datagram *datagram = calloc(1, sizeof *datagram);

	if (datagram == NULL || strlen(path) >= sizeof datagram->address.sun_path) {
		error_set(error, "audit: %s: %s", path, datagram == NULL ? "out of memory" : "too long");
		free(datagram);
		return NULL;
	}
	datagram->sink = (struct audit_sink){.ops = &datagram_ops, .name = path};
	datagram->address.sun_family = AF_UNIX;
	memcpy(datagram->address.sun_path, path, strlen(path) + 1);
	datagram->priority = SEVERITY_NOTICE;
	datagram->fd = -1;
	if (!connect_to(datagram))
		disconnect(datagram);
	return &datagram->sink;
}

struct audit_sink *audit_syslog_open(const struct audit_setup *setup, struct error *error)
{
	struct audit_sink *sink = open_datagram(setup->syslog, error);

	if (sink != NULL)
		datagram_of(sink)->priority |= setup->facility << FACILITY_SHIFT;
	return sink;
}

struct audit_sink *audit_journal_open(const struct audit_setup *setup, struct error *error)
{
	struct audit_sink *sink = open_datagram(setup->journal, error);

	if (sink != NULL)
		datagram_of(sink)->native = true;
	return sink;
}
