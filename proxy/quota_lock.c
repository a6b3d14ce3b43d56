/* flock(2) goes with the open file, and ends with the process that has it. A record is QUOTA_RECORD bytes: whether it is used, in
 * one byte, which is all that is ever changed without the lock; and what it says. */
#define _DEFAULT_SOURCE /* flock */
#include "proxy/quota_lock.h"

#include "policy/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	QUOTA_RECORD = QUOTA_RECORD_SIZE + 1,
	PROCESS_FILE_SIZE = QUOTA_PROCESS_SIZE + 1,
	TRIES = 3
};
enum { RECORD_FREE = '\0', RECORD_LIVES = 'L', RECORD_ORPHAN = '?' };

struct quota_ledger {
	int folder;
	int file; /* of this process, locked as long as it lives: */
	char process[QUOTA_PROCESS_SIZE];
};

/* ---- files that go when nobody needs them ---- */

static int open_file(int folder, const char *name)
{
	return openat(folder, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
}

/* False when it has been removed, by whoever had the lock before. */
static bool is_still_there(int folder, const char *name, int fd)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

/* True when FD has no record in use. */
static bool is_empty(int fd)
{
	for (off_t at = 0; at < (off_t)QUOTA_RECORDS * QUOTA_RECORD; at += QUOTA_RECORD) {
		char used = RECORD_FREE;
		ssize_t len = pread(fd, &used, 1, at);

		if (len == 0)
			return true;
		if (len < 0 || used != RECORD_FREE)
			return false;
	}
	return true;
}

static void remove_empty(int folder, const char *name, int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_empty(fd) && is_still_there(folder, name, fd))
		unlinkat(folder, name, 0);
}

void quota_lock_close(const struct quota_ledger *ledger, const char *tenant, int fd)
{
	remove_empty(ledger->folder, tenant, fd);
	close(fd);
}

/* ---- processes ---- */

static void process_file(const char *process, char name[PROCESS_FILE_SIZE])
{
	snprintf(name, PROCESS_FILE_SIZE, ".%s", process);
}

/* What cannot be told lives: its records wait for it, and grant nothing. */
static bool is_alive(const struct quota_ledger *ledger, const char *process)
{
	char name[PROCESS_FILE_SIZE];
	bool alive;
	int fd;

	if (strcmp(process, ledger->process) == 0)
		return true;
	process_file(process, name);
	fd = openat(ledger->folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno != ENOENT;
	alive = flock(fd, LOCK_EX | LOCK_NB) != 0;
	if (!alive)
		unlinkat(ledger->folder, name, 0);
	close(fd);
	return alive;
}

/* Under a name that no process ever had. */
static bool begin_process(struct quota_ledger *ledger)
{
	unsigned char bytes[(QUOTA_PROCESS_SIZE - 1) / 2];
	char name[PROCESS_FILE_SIZE];

	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		return false;
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(ledger->process + 2 * i, 3, "%02x", bytes[i]);
	process_file(ledger->process, name);
	ledger->file = open_file(ledger->folder, name);
	return ledger->file >= 0 && flock(ledger->file, LOCK_EX | LOCK_NB) == 0 &&
	       is_still_there(ledger->folder, name, ledger->file);
}

/* Who cleans up meanwhile may take a file for a dead one's before it is locked. */
static bool join(struct quota_ledger *ledger)
{
	for (unsigned i = 0; i < TRIES; i++) {
		if (begin_process(ledger))
			return true;
		if (ledger->file >= 0)
			close(ledger->file);
		ledger->file = -1;
	}
	return false;
}

/* ---- a process's part ---- */

static void clean_up(const struct quota_ledger *ledger)
{
	int copy = openat(ledger->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = copy >= 0 ? fdopendir(copy) : NULL;

	if (folder == NULL) {
		if (copy >= 0)
			close(copy);
		return;
	}
	/* cppcheck-suppress readdirCalled ; the stream is this thread's alone, and readdir_r is deprecated */
	for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
		int fd = openat(ledger->folder, entry->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

		if (fd < 0)
			continue;
		remove_empty(ledger->folder, entry->d_name, fd);
		close(fd);
	}
	closedir(folder);
}

static int open_folder(const char *state, struct error *error)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof path, "%s/quota", state), fd;

	if (len <= 0 || (size_t)len >= sizeof path) {
		error_set(error, "state: the path is too long");
		return -1;
	}
	if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) {
		error_set(error, "%s: cannot be made: %s", path, strerror(errno));
		return -1;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		error_set(error, "%s: %s", path, strerror(errno));
	return fd;
}

struct quota_ledger *quota_ledger_open(const char *state, struct error *error)
{
	struct quota_ledger *ledger = calloc(1, sizeof *ledger);

	if (ledger == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	ledger->file = -1;
	ledger->folder = open_folder(state, error);
	if (ledger->folder >= 0 && join(ledger)) {
		clean_up(ledger);
		return ledger;
	}
	if (ledger->folder >= 0)
		error_set(error, "%s/quota: no file can be made and locked there", state);
	quota_ledger_close(ledger);
	return NULL;
}

void quota_ledger_close(struct quota_ledger *ledger)
{
	char name[PROCESS_FILE_SIZE];

	if (ledger == NULL)
		return;
	process_file(ledger->process, name);
	if (ledger->file >= 0) {
		unlinkat(ledger->folder, name, 0);
		close(ledger->file);
	}
	if (ledger->folder >= 0)
		close(ledger->folder);
	free(ledger);
}

/* ---- records ---- */

/* What makes no sense may have come to anything: it is waited for as long as there is to wait. */
static void take_record(const struct quota_ledger *ledger, size_t index, char *bytes,
                        struct quota_found *found)
{
	struct quota_record record;
	bool sound = quota_record_read(bytes + 1, &record);
	struct quota_orphan *orphan;

	if (sound && bytes[0] == RECORD_LIVES && is_alive(ledger, record.process)) {
		if (strcmp(record.process, ledger->process) != 0)
			quota_add(&found->others, &record.amounts);
		return;
	}
	orphan = &found->orphans[found->orphan_count++];
	orphan->record = index;
	snprintf(orphan->token, sizeof orphan->token, "%s", sound ? record.token : "-");
}

static bool read_records(const struct quota_ledger *ledger, int fd, struct quota_found *found)
{
	*found = (struct quota_found){.free_record = QUOTA_RECORDS};
	for (size_t i = 0; i < QUOTA_RECORDS; i++) {
		char bytes[QUOTA_RECORD + 1] = "";
		ssize_t len = pread(fd, bytes, QUOTA_RECORD, (off_t)(i * QUOTA_RECORD));

		if (len < 0)
			return false;
		if (bytes[0] != RECORD_FREE)
			take_record(ledger, i, bytes, found);
		else if (found->free_record == QUOTA_RECORDS)
			found->free_record = i;
		if (len == 0)
			break;
	}
	return true;
}

bool quota_lock_note(const struct quota_ledger *ledger, int fd, size_t record, const char *token,
                     const struct quota_amounts *amounts)
{
	struct quota_record noted = {.amounts = *amounts};
	char bytes[QUOTA_RECORD] = {RECORD_LIVES};

	snprintf(noted.process, sizeof noted.process, "%s", ledger->process);
	snprintf(noted.token, sizeof noted.token, "%s", token);
	return quota_record_print(&noted, bytes + 1) &&
	       pwrite(fd, bytes, sizeof bytes, (off_t)(record * QUOTA_RECORD)) == sizeof bytes;
}

static bool mark(int fd, size_t record, char used)
{
	return pwrite(fd, &used, 1, (off_t)(record * QUOTA_RECORD)) == 1;
}

bool quota_lock_wipe(int fd, size_t record)
{
	return mark(fd, record, RECORD_FREE);
}

bool quota_lock_orphan(int fd, size_t record)
{
	return mark(fd, record, RECORD_ORPHAN);
}

/* ---- the lock ---- */

static enum quota_lock_result take(const struct quota_ledger *ledger, const char *tenant, int *fd,
                                   struct quota_found *found)
{
	if (flock(*fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK || errno == EINTR ? QUOTA_LOCK_BUSY : QUOTA_LOCK_BROKEN;
	if (!is_still_there(ledger->folder, tenant, *fd)) {
		close(*fd);
		*fd = -1;
		return QUOTA_LOCK_BUSY;
	}
	if (read_records(ledger, *fd, found))
		return QUOTA_LOCK_TAKEN;
	flock(*fd, LOCK_UN);
	return QUOTA_LOCK_BROKEN;
}

enum quota_lock_result quota_lock_take(const struct quota_ledger *ledger, const char *tenant,
                                       int *fd, struct quota_found *found)
{
	enum quota_lock_result result = QUOTA_LOCK_BUSY;

	for (unsigned i = 0; i < TRIES && result == QUOTA_LOCK_BUSY; i++) {
		if (*fd < 0)
			*fd = open_file(ledger->folder, tenant);
		if (*fd < 0)
			return QUOTA_LOCK_BROKEN;
		result = take(ledger, tenant, fd, found);
		if (result == QUOTA_LOCK_BUSY && *fd >= 0)
			break; /* another has it */
	}
	return result;
}

void quota_lock_release(int fd)
{
	flock(fd, LOCK_UN);
}
