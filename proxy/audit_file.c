/* The audit log's file. Another process may append to it as well, the one before or after an upgrade say: in a chain each
 * batch is written under a lock, and hung on the line that the file ends with. */
#define _DEFAULT_SOURCE /* flock */
#include "proxy/audit_sinks.h"

#include "policy/audit_chain.h"
#include "policy/error.h"
#include "policy/seal.h"
#include "proxy/audit_event.h"
#include "proxy/audit_setup.h"
#include "proxy/json_line.h"
#include "proxy/log.h"
#include "proxy/tenancy_key.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	PIECE_BYTES = 4096, /* that a pipe takes without blocking, once it takes any */
	PATIENCE_MS = 1000, /* with who reads a pipe, or holds the lock */
	LOCK_RETRY_MS = 10,
	TAIL_BYTES = 128 * 1024 /* more than the longest line */
};

struct audit_file {
	struct audit_sink sink; /* first */
	const char *path;
	int fd;
	bool sync, chained;
	bool regular;
	bool torn;  /* a line was not written to its end */
	off_t size; /* of a chained file, as this process left it; -1: never seen */
	struct seal_key key;
	struct audit_chain chain;
};

static struct audit_file *file_of(struct audit_sink *sink)
{
	return (struct audit_file *)sink;
}

/* --- bytes ----------------------------------------------------------------------------------------------------- */

/* A regular file takes all there is at once. Anything else is written to as it is read, for who stops reading. */
static ssize_t write_piece(const struct audit_file *file, const char *bytes, size_t len)
{
	struct pollfd poll_fd = {.fd = file->fd, .events = POLLOUT};
	int ready;

	if (file->regular)
		return write(file->fd, bytes, len);
	ready = poll(&poll_fd, 1, PATIENCE_MS);
	if (ready == 0)
		errno = ETIMEDOUT;
	if (ready <= 0)
		return -1;
	return write(file->fd, bytes, len < PIECE_BYTES ? len : PIECE_BYTES);
}

/* Returns how many bytes were written: LEN, or fewer with errno. */
static size_t write_bytes(const struct audit_file *file, const char *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write_piece(file, bytes + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static size_t whole_lines(const char *lines, size_t len)
{
	while (len > 0 && lines[len - 1] != '\n')
		len--;
	return len;
}

/* A line after one that was cut short, by a full disk say, begins on a line of its own. */
static size_t write_plain(struct audit_file *file, const char *lines, size_t len,
                          struct error *error)
{
	size_t done, whole;

	if (file->torn && write_bytes(file, "\n", 1) < 1) {
		error_set(error, "%s", strerror(errno));
		return 0;
	}
	done = write_bytes(file, lines, len);
	if (done < len)
		error_set(error, "%s", strerror(errno));
	whole = whole_lines(lines, done);
	file->torn = whole < done;
	return whole;
}

/* --- the chain ------------------------------------------------------------------------------------------------- */

static bool lock(const struct audit_file *file, struct error *error)
{
	static const struct timespec pause = {.tv_nsec = LOCK_RETRY_MS * 1000 * 1000L};

	for (unsigned waited = 0; flock(file->fd, LOCK_EX | LOCK_NB) != 0; waited += LOCK_RETRY_MS) {
		if (errno != EWOULDBLOCK || waited >= PATIENCE_MS)
			return error_set(error, "cannot be locked: %s", strerror(errno));
		nanosleep(&pause, NULL);
	}
	return true;
}

static bool read_at(int fd, char *bytes, size_t len, off_t offset)
{
	while (len > 0) {
		ssize_t n = pread(fd, bytes, len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
		offset += n;
	}
	return true;
}

/* Whoever died in the middle of a line has left one that says nothing. *SIZE is without it from then on. */
static bool cut_torn_line(const struct audit_file *file, off_t *size, size_t torn,
                          struct error *error)
{
	if (torn == 0)
		return true;
	if (ftruncate(file->fd, *size - (off_t)torn) != 0)
		return error_set(error, "its last line is not whole, and cannot be cut off: %s",
		                 strerror(errno));
	log_line(LOG_WARNING, "audit log: %s: the last line was not whole, %zu bytes were cut off",
	         file->path, torn);
	*size -= (off_t)torn;
	return true;
}

/* Takes up the chain at TAIL, the LEN bytes that the file ends with. */
static bool resume_at(struct audit_file *file, const char *tail, size_t len, off_t *size,
                      struct error *error)
{
	size_t whole = whole_lines(tail, len), last;

	if (whole == 0 && (off_t)len < *size)
		return error_set(error, "its last line is too long to be one of ours");
	if (!cut_torn_line(file, size, len - whole, error) || whole == 0)
		return whole == 0 && *size == 0;
	last = whole_lines(tail, whole - 1);
	if (audit_chain_resume(&file->chain, tail + last, whole - 1 - last))
		return true;
	return error_set(error, "its last line is none of a chain: move it out of the way");
}

static bool read_tail(struct audit_file *file, off_t *size, struct error *error)
{
	size_t len = *size < TAIL_BYTES ? (size_t)*size : TAIL_BYTES;
	char *tail = malloc(len + 1);
	bool fine = tail != NULL;

	if (!fine)
		error_set(error, "out of memory");
	if (fine && !read_at(file->fd, tail, len, *size - (off_t)len))
		fine = error_set(error, "cannot be read: %s", strerror(errno));
	fine = fine && resume_at(file, tail, len, size, error);
	free(tail);
	return fine;
}

/* Learns what the file ends with, where that is not what this process has written last. The chain of a file that is empty
 * goes on from the one before. */
static bool catch_up(struct audit_file *file, struct error *error)
{
	struct stat status;

	if (fstat(file->fd, &status) != 0)
		return error_set(error, "%s", strerror(errno));
	if (status.st_size > 0 && status.st_size != file->size &&
	    !read_tail(file, &status.st_size, error))
		return false;
	file->size = status.st_size;
	return true;
}

/* Returns the length of what LINES are in the chain. */
static size_t hang(struct audit_chain *chain, const char *lines, size_t len, char *out)
{
	size_t total = 0;

	for (size_t at = 0, line; at < len; at += line + 1) {
		line = (size_t)((const char *)memchr(lines + at, '\n', len - at) - (lines + at));
		total += audit_chain_add(chain, lines + at, line, out + total);
		out[total++] = '\n';
	}
	return total;
}

static size_t count_lines(const char *lines, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += lines[i] == '\n';
	return count;
}

/* All or nothing: what was written of a batch that does not fit is taken back. */
static bool write_hung(struct audit_file *file, const char *lines, size_t len, struct error *error)
{
	struct audit_chain chain = file->chain;
	char *out = malloc(len + count_lines(lines, len) * AUDIT_CHAIN_GROWTH + 1);
	size_t total, done;

	if (out == NULL)
		return error_set(error, "out of memory");
	total = hang(&chain, lines, len, out);
	done = write_bytes(file, out, total);
	free(out);
	if (done == total) {
		file->chain = chain;
		file->size += (off_t)total;
		return true;
	}
	error_set(error, "%s", strerror(errno));
	if (done > 0 && ftruncate(file->fd, file->size) != 0)
		file->size = -1; /* found out, and mended, next time */
	return false;
}

/* Each file begins with a line that says which one it follows. */
static bool write_opened(struct audit_file *file, struct error *error)
{
	struct json_line line;

	audit_event_begin(&line, "opened", 0);
	json_line_string(&line, "previous", file->chain.value);
	json_line_end(&line);
	return write_hung(file, line.text, line.len, error);
}

static size_t write_chained(struct audit_file *file, const char *lines, size_t len,
                            struct error *error)
{
	bool written;

	if (!lock(file, error))
		return 0;
	written = catch_up(file, error) && (file->size > 0 || write_opened(file, error)) &&
	          (len == 0 || write_hung(file, lines, len, error));
	flock(file->fd, LOCK_UN);
	return written ? len : 0;
}

/* --- the sink -------------------------------------------------------------------------------------------------- */

/* What could not be synced is written once more: the kernel tells of a failure once, and forgets the bytes. */
static size_t file_write(struct audit_sink *sink, const char *lines, size_t len,
                         struct error *error)
{
	struct audit_file *file = file_of(sink);
	size_t done = file->chained ? write_chained(file, lines, len, error)
	                            : write_plain(file, lines, len, error);

	if (done > 0 && file->sync && file->regular && fdatasync(file->fd) != 0) {
		error_set(error, "cannot be synced: %s", strerror(errno));
		return 0;
	}
	return done;
}

/* The descriptor, or -1 with ERROR. */
static int open_path(const struct audit_file *file, bool *regular, struct error *error)
{
	struct stat status;
	int flags = (file->chained ? O_RDWR : O_WRONLY) | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
	            O_NONBLOCK | O_NOCTTY;
	int fd = strcmp(file->path, "-") == 0 ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
	                                      : open(file->path, flags, 0600);

	if (fd < 0 || fstat(fd, &status) != 0) {
		error_set(error, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*regular = S_ISREG(status.st_mode);
	if (*regular || !file->chained)
		return fd;
	error_set(error, "only a regular file can hold a chain");
	close(fd);
	return -1;
}

/* A chain is taken up at once, so that the new file says what it follows whatever happens next. */
static bool file_reopen(struct audit_sink *sink, struct error *error)
{
	struct audit_file *file = file_of(sink);
	bool regular;
	int fd;

	if (strcmp(file->path, "-") == 0)
		return true;
	fd = open_path(file, &regular, error);
	if (fd < 0)
		return false;
	close(file->fd);
	file->fd = fd;
	file->regular = regular;
	file->torn = false;
	file->size = -1;
	if (!file->chained)
		return true;
	error->text[0] = '\0';
	write_chained(file, "", 0, error);
	return error->text[0] == '\0';
}

static void file_close(struct audit_sink *sink)
{
	struct audit_file *file = file_of(sink);

	if (file->fd >= 0)
		close(file->fd);
	free(file);
}

static const struct audit_sink_ops file_ops = {file_write, file_reopen, file_close};

static bool take_up(struct audit_file *file, const struct audit_setup *setup, struct error *error)
{
	struct seal_key *key = setup->chain_key != NULL ? &file->key : NULL;

	if (key != NULL && !seal_key_read(setup->chain_key, key, error))
		return error_prefix(error, "audit.chain_key ");
	audit_chain_begin(&file->chain, key);
	if (lock(file, error) && catch_up(file, error)) {
		flock(file->fd, LOCK_UN);
		return true;
	}
	return error_prefix(error, "audit.file \"%s\": ", setup->file);
}

static bool open_file(struct audit_file *file, const struct audit_setup *setup, struct error *error)
{
	file->fd = open_path(file, &file->regular, error);
	if (file->fd < 0)
		return error_prefix(error, "audit.file \"%s\": ", setup->file);
	return !file->chained || take_up(file, setup, error);
}

struct audit_sink *audit_file_open(const struct audit_setup *setup, struct error *error)
{
	struct audit_file *file = calloc(1, sizeof *file);
	struct audit_sink *sink = (struct audit_sink *)file; /* its first member */

	if (file == NULL) {
		error_set(error, "audit: out of memory");
		return NULL;
	}
	*sink = (struct audit_sink){.ops = &file_ops, .name = setup->file};
	file->path = setup->file;
	file->sync = setup->sync;
	file->chained = setup->chain;
	file->size = -1;
	file->fd = -1;
	if (open_file(file, setup, error))
		return sink;
	file_close(sink);
	return NULL;
}
