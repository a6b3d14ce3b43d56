/* The program's own log. Owns how a line looks and that it leaves in one write(2), so that lines of
 * several threads never mix; says nothing of requests, which are the audit log's business. */
#define _GNU_SOURCE /* clock_gettime, gmtime_r */
#include "proxy/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 1024, STAMP_SIZE = 48, LINE_SIZE = STAMP_SIZE + 4 * MESSAGE_SIZE + 1 };

static const char *const level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARNING] = "warning",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static atomic_int shown = LOG_INFO;

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&shown, (int)level, memory_order_relaxed);
}

bool log_level_from_text(const char *text, enum log_level *level)
{
	for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
		if (strcmp(text, level_names[i]) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* "2026-01-31T23:59:59.123Z warning "; returns its length. */
static size_t write_stamp(char line[static STAMP_SIZE], enum log_level level)
{
	struct timespec now = {0};
	struct tm utc = {0};
	char seconds[sizeof "2026-01-31T23:59:59"];
	int len;

	clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &utc) == NULL ||
	    strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc) == 0)
		seconds[0] = '\0';
	len = snprintf(line, STAMP_SIZE, "%s.%03ldZ %s ", seconds, now.tv_nsec / 1000000,
	               level_names[level]);
	return len > 0 && len < STAMP_SIZE ? (size_t)len : 0;
}

/* Only printable ASCII is written as it is: a peer's text can neither begin a line of its own nor
 * speak to the reader's terminal. LINE has room for four bytes a byte. */
static size_t escape(char *line, const char *message)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = 0;

	for (; *message != '\0'; message++) {
		unsigned char byte = (unsigned char)*message;

		if (byte >= 0x20 && byte < 0x7f) {
			line[len++] = *message;
			continue;
		}
		line[len++] = '\\';
		line[len++] = 'x';
		line[len++] = digits[byte >> 4];
		line[len++] = digits[byte & 15];
	}
	return len;
}

static void write_line(enum log_level level, const char *message)
{
	char line[LINE_SIZE];
	size_t len = write_stamp(line, level);

	len += escape(line + len, message);
	line[len++] = '\n';
	/* Nobody can be told when this fails, and a log that is not read must not stop the program. */
	while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR)
		;
}

void log_line(enum log_level level, const char *format, ...)
{
	char message[MESSAGE_SIZE];
	int saved = errno;
	va_list arguments;

	if ((int)level > atomic_load_explicit(&shown, memory_order_relaxed))
		return;
	va_start(arguments, format);
	if (vsnprintf(message, sizeof message, format, arguments) >= 0)
		write_line(level, message);
	va_end(arguments);
	errno = saved;
}
