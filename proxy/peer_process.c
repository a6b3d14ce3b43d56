/* Owns the reading of /proc about a peer. A number may be another process by the time that it is looked up: everything is
 * read through one descriptor of /proc/PID, which is of one process only, and that process is shown to be the peer. */
#define _GNU_SOURCE /* O_PATH */
#include "proxy/peer_process.h"

#include "policy/arena.h"
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/text.h"
#include "proxy/config.h"
#include "proxy/pidfd_info.h"
#include "proxy/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	FILE_BYTES = 16 * 1024,
	STAT_FLAGS = 9,       /* proc(5): fields of /proc/PID/stat */
	STAT_START_TIME = 22, /* in clock ticks since boot */
	EXITING = 0x4         /* the kernel's PF_EXITING */
};

/* include/linux/proc_ns.h: what the first namespaces of a kernel are called. */
static const unsigned long initial_processes = 0xEFFFFFFCU, initial_cgroups = 0xEFFFFFFBU;

static const char gone[] = "its process has ended";
static const char unseen[] =
	"it is in a pid namespace that this process cannot see: quaymaster needs --pid=host";
static const char hidden[] = "/proc does not tell of its process";

static void set_unknown(struct peer_process *peer, const char *why)
{
	*peer = (struct peer_process){.why = why};
}

uint64_t peer_process_clock_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- files of /proc ----------------------------------------------------------------------------- */

/* The whole of a file, of which none that is asked for has more. */
struct file_text {
	char text[FILE_BYTES];
};

/* Reads NAME in FOLDER. False when it cannot be read, or is larger than anything that is expected. */
static bool read_file(int folder, const char *name, struct file_text *file)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got = -1;

	while (fd >= 0 && used < sizeof file->text - 1 && got != 0) {
		got = read(fd, file->text + used, sizeof file->text - 1 - used);
		if (got < 0 && errno != EINTR)
			break;
		used += got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0)
		close(fd);
	file->text[used] = '\0';
	return got == 0 && strlen(file->text) == used;
}

/* The field number INDEX, counted from 1 and beyond the second, of /proc/PID/stat. The second is the command's name, in
 * parentheses, which may have blanks and parentheses itself. */
static bool stat_field(const char *stat, int index, unsigned long long *number)
{
	const char *at = strrchr(stat, ')');
	char field[24];
	size_t len;

	for (int i = 2; at != NULL && i < index; i++) {
		at = strchr(at, ' ');
		at = at != NULL ? at + 1 : NULL;
	}
	len = at != NULL ? strcspn(at, " \n") : 0;
	if (len == 0 || len >= sizeof field)
		return false;
	memcpy(field, at, len);
	field[len] = '\0';
	return text_to_number(field, ~0ULL, number);
}

/* "NSpid:\t311\t1": the process's number in our pid namespace, then in each one below that it is in. */
static bool read_nesting(const char *status, bool *nested)
{
	const char *line = strstr(status, "\nNSpid:\t");
	size_t len = line != NULL ? strcspn(line + 1, "\n") : 0;
	const char *first = line != NULL ? strchr(line, '\t') : NULL;

	if (first == NULL || len == 0)
		return false;
	*nested = memchr(first + 1, '\t', len - (size_t)(first - line)) != NULL;
	return true;
}

/* Reads what is asked about. A task that ends is shown in the root of every hierarchy of cgroups v1, as if it were of no
 * container, while its number lives on in a zombie, or in other threads of its process: what was read counts only if the task
 * was not ending afterwards, and an end is for good. */
static void read_process(struct arena *arena, int folder, struct peer_process *peer)
{
	struct file_text file;
	const char *cgroups =
		read_file(folder, "cgroup", &file) ? arena_string(arena, file.text) : NULL;
	unsigned long long flags;
	bool nested;

	if (cgroups == NULL || !read_file(folder, "status", &file) ||
	    !read_nesting(file.text, &nested) || !read_file(folder, "stat", &file) ||
	    !stat_field(file.text, STAT_FLAGS, &flags))
		set_unknown(peer, hidden);
	else if ((flags & EXITING) != 0)
		set_unknown(peer, gone);
	else
		*peer = (struct peer_process){.cgroups = cgroups, .nested = nested};
}

static int open_process(int pid)
{
	char path[32];

	(void)snprintf(path, sizeof path, "/proc/%d", pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* --- the three ways ------------------------------------------------------------------------------- */

/* Which number the kernel's handle has here: 0 in a pid namespace that we do not see, negative once it has ended. */
static bool pidfd_is_of(int pidfd, int pid)
{
	char path[48], line[256];
	FILE *file;
	int found = -1;

	(void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		unsigned long long number;

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "Pid:\t", 5) == 0 && text_to_number(line + 5, INT32_MAX, &number))
			found = (int)number;
	}
	if (file != NULL)
		(void)fclose(file);
	return found == pid;
}

/* The handle is readable once its process has ended, with all of its threads. */
static bool pidfd_lives(int pidfd)
{
	struct pollfd wait = {.fd = pidfd, .events = POLLIN};

	return poll(&wait, 1, 0) == 0;
}

/* The process that PIDFD and FOLDER are of, if it IS_IT. A number cannot be given to another process before its process has
 * ended: if that lives after the folder was opened by the number, the folder is its own. What ends while it is read has ended. */
static void read_living(struct arena *arena, int folder, int pidfd, bool is_it,
                        struct peer_process *peer)
{
	if (!is_it || !pidfd_lives(pidfd))
		set_unknown(peer, gone);
	else if (folder < 0)
		set_unknown(peer, hidden);
	else
		read_process(arena, folder, peer);
	if (peer->cgroups == NULL && !pidfd_lives(pidfd))
		set_unknown(peer, gone);
	if (folder >= 0)
		close(folder);
}

bool peer_process_by_info(struct arena *arena, int pidfd, int pid, struct peer_process *peer)
{
	int folder = pid > 0 ? open_process(pid) : -1;
	int found = 0;
	enum pidfd_answer answer = pidfd_ask(pidfd, &found);

	if (answer == PIDFD_TOLD && pid > 0) {
		read_living(arena, folder, pidfd, found == pid, peer);
		return true;
	}
	if (folder >= 0)
		close(folder);
	if (answer != PIDFD_UNSUPPORTED)
		set_unknown(peer, answer == PIDFD_UNSEEN || pid <= 0 ? unseen : gone);
	return answer != PIDFD_UNSUPPORTED;
}

void peer_process_by_fdinfo(struct arena *arena, int pidfd, int pid, struct peer_process *peer)
{
	int folder;

	if (pid <= 0) {
		set_unknown(peer, unseen);
		return;
	}
	folder = open_process(pid);
	read_living(arena, folder, pidfd, pidfd_is_of(pidfd, pid), peer);
}

/* A process that is younger than the connection is not its peer. One that took the number in between, after the peer had
 * connected and ended, cannot be told from it: nothing but the kernel's own handle could. */
static bool is_old_enough(int folder, uint64_t accepted_ms)
{
	struct file_text file;
	long ticks = sysconf(_SC_CLK_TCK);
	unsigned long long start;

	return ticks > 0 && read_file(folder, "stat", &file) &&
	       stat_field(file.text, STAT_START_TIME, &start) &&
	       start <= accepted_ms * (unsigned long long)ticks / 1000;
}

void peer_process_by_number(struct arena *arena, int pid, uint64_t accepted_ms,
                            struct peer_process *peer)
{
	int folder;

	if (pid <= 0) {
		set_unknown(peer, unseen);
		return;
	}
	folder = open_process(pid);
	if (folder < 0 && errno != ENOENT)
		set_unknown(peer, hidden);
	else if (folder < 0 || !is_old_enough(folder, accepted_ms))
		set_unknown(peer, gone);
	else
		read_process(arena, folder, peer);
	if (folder >= 0)
		close(folder);
}

void peer_process_read(struct arena *arena, struct stream *stream, uint64_t accepted_ms,
                       struct peer_process *peer)
{
	unsigned uid, gid;
	int pid, pidfd;

	if (!stream_peer_credentials(stream, &uid, &gid, &pid)) {
		set_unknown(peer, NULL);
		return;
	}
	switch (stream_peer_pidfd(stream, &pidfd)) {
	case PEER_HANDLE_TAKEN:
		if (!peer_process_by_info(arena, pidfd, pid, peer))
			peer_process_by_fdinfo(arena, pidfd, pid, peer);
		close(pidfd);
		break;
	case PEER_HANDLE_UNSUPPORTED:
		peer_process_by_number(arena, pid, accepted_ms, peer);
		break;
	case PEER_HANDLE_REFUSED:
		set_unknown(peer, pid <= 0 ? unseen : gone);
		break;
	}
}

const char *peer_process_cgroups(struct arena *arena, int pid)
{
	struct file_text file;
	int folder = open_process(pid);
	bool read = folder >= 0 && read_file(folder, "cgroup", &file);

	if (folder >= 0)
		close(folder);
	return read ? arena_string(arena, file.text) : NULL;
}

/* --- ourselves ---------------------------------------------------------------------------------- */

static bool is_initial(const char *path, unsigned long inode)
{
	struct stat information;

	return stat(path, &information) != 0 || information.st_ino == inode;
}

unsigned peer_process_namespaces(void)
{
	unsigned own = NAMESPACES_INITIAL;

	if (!is_initial("/proc/self/ns/pid", initial_processes))
		own |= NAMESPACES_PROCESSES;
	if (!is_initial("/proc/self/ns/cgroup", initial_cgroups))
		own |= NAMESPACES_CGROUPS;
	return own;
}

void peer_process_remark(const struct config *config, struct problems *remarks)
{
	unsigned own = policy_set_asks_for_containers(config->policies) ? peer_process_namespaces()
	                                                                : NAMESPACES_INITIAL;
	const struct place place = {.file = config->file};

	if ((own & NAMESPACES_PROCESSES) != 0)
		problems_add(
			remarks, place,
			"quaymaster is in a pid namespace of its own and cannot see who its clients are: rules of "
			"`clients` about containers, users and groups hold for nobody outside of it, and whoever they "
			"are meant for gets what later rules without such conditions give; rules of policies that ask for "
			"containers know of none; run its container with --pid=host --cgroupns=host");
	else if ((own & NAMESPACES_CGROUPS) != 0)
		problems_add(
			remarks, place,
			"quaymaster is in a cgroup namespace of its own and cannot see where its clients are: rules of "
			"`clients` are about containers, and who is outside of it is "
			"refused everything; run its container with --cgroupns=host");
}
