/* The sandbox, entered by processes of the test's own, each of which then tries one thing. */
#define _GNU_SOURCE /* unshare, prctl, SOCK_CLOEXEC */
#include "proxy/pidfd_info.h"
#include "proxy/sandbox.h"

#include "policy/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[128], outside[160];

static const char *in_folder(const char *name)
{
	static char path[256];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

/* --- what must work: true when it does ------------------------------------------------------------------------- */

static void *thread(void *object)
{
	return object;
}

static bool starts_threads(void)
{
	pthread_t other;
	void *got = NULL;

	return pthread_create(&other, NULL, thread, folder) == 0 && pthread_join(other, &got) == 0 &&
	       got == folder;
}

/* Of a peer; here of what is no process. */
static bool asks_what_a_handle_is_of(void)
{
	int pid;

	return pidfd_ask(STDIN_FILENO, &pid) == PIDFD_UNSUPPORTED;
}

static bool changes_its_folder(void)
{
	int fd = open(in_folder("file"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	char there[256];

	snprintf(there, sizeof there, "%s", in_folder("other"));
	return fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0 &&
	       rename(in_folder("file"), there) == 0 && unlink(there) == 0;
}

static bool reads_accounts_and_names(void)
{
	struct addrinfo *list = NULL;
	bool found = getpwuid(0) != NULL && getaddrinfo("localhost", "80", NULL, &list) == 0;

	if (list != NULL)
		freeaddrinfo(list);
	return found && getpwnam("nobody-of-that-name") == NULL;
}

static bool reads_other_processes(void)
{
	int fd = open("/proc/1/cgroup", O_RDONLY), own = open("/proc/self/fdinfo/0", O_RDONLY);
	struct stat status;

	return fd >= 0 && own >= 0 && stat("/proc/self/ns/pid", &status) == 0;
}

static bool makes_sockets(void)
{
	static const int families[] = {AF_UNIX, AF_INET, AF_INET6};

	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (socket(families[i], SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 && errno != EAFNOSUPPORT)
			return false;
	return true;
}

static bool has_no_privileges(void)
{
	char line[256], wanted[][24] = {"CapEff:", "CapPrm:", "CapInh:", "CapAmb:"};
	FILE *file = fopen("/proc/self/status", "r");
	unsigned empty = 0;

	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		for (size_t i = 0; i < 4; i++)
			if (strncmp(line, wanted[i], 7) == 0 && strstr(line, "\t0000000000000000\n") != NULL)
				empty++;
	return empty == 4;
}

/* --- what must not: true when it was to be had ----------------------------------------------------------------- */

static bool reads_outside(void)
{
	return open(outside, O_RDONLY) >= 0 || errno != EACCES;
}

static bool writes_where_it_reads(void)
{
	return open("/etc/quaymaster-was-here", O_WRONLY | O_CREAT, 0600) >= 0 || errno != EACCES;
}

static bool lists_the_root(void)
{
	return open("/", O_RDONLY | O_DIRECTORY) >= 0 || errno != EACCES;
}

static bool connects_elsewhere(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 || errno != EACCES;
}

static bool may_be_dumped(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) > 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

/* --- what must kill -------------------------------------------------------------------------------------------- */

static bool forks(void)
{
	return fork() >= 0;
}

static bool executes(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return true;
}

static bool traces(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool mounts(void)
{
	return mount("none", "/mnt", "tmpfs", 0, NULL) == 0;
}

static bool unshares(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static bool kills_its_parent(void)
{
	return kill(getppid(), 0) == 0;
}

/* A signal that the kernel sends is nobody's kill(2). */
static bool has_signals_sent(void)
{
	return fcntl(STDIN_FILENO, F_SETOWN, getppid()) == 0;
}

static bool chooses_the_signal(void)
{
	return fcntl(STDIN_FILENO, F_SETSIG, SIGKILL) == 0;
}

static bool listens(void)
{
	return listen(socket(AF_INET, SOCK_STREAM, 0), 1) == 0;
}

static bool sees_packets(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0;
}

static bool writes_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	            0) != MAP_FAILED;
}

static bool becomes_another(void)
{
	return setuid(65534) == 0;
}

/* --- */

/* Enters the sandbox in a process of its own, which runs TRIED. Returns what waitpid tells. */
static int try_in_sandbox(bool (*tried)(void))
{
	pid_t pid = fork();
	int status = -1;

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct sandbox_path paths[] = {
			{"/etc", SANDBOX_READ},  {"/lib", SANDBOX_READ},   {"/usr/lib", SANDBOX_READ},
			{"/proc", SANDBOX_READ}, {folder, SANDBOX_CHANGE}, {"/no/such/path", SANDBOX_READ},
		};
		const struct sandbox_plan plan = {.paths = paths,
		                                  .path_count = sizeof paths / sizeof *paths};
		struct error error = {0};

		if (!sandbox_enter(&plan, &error)) {
			fprintf(stderr, "%s\n", error.text);
			_exit(3);
		}
		_exit(tried() ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_what_is_needed_works(void **state)
{
	static const struct {
		const char *name;
		bool (*tried)(void);
	} rows[] = {
		{"threads", starts_threads},
		{"its folder", changes_its_folder},
		{"a handle's process", asks_what_a_handle_is_of},
		{"accounts and names", reads_accounts_and_names},
		{"other processes", reads_other_processes},
		{"sockets", makes_sockets},
		{"no privileges", has_no_privileges},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int status = try_in_sandbox(rows[i].tried);

		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("%s: status %#x", rows[i].name, (unsigned)status);
	}
}

static void test_files_and_ports_are_restricted(void **state)
{
	const struct {
		const char *name;
		bool (*tried)(void);
		int version; /* of Landlock, from which it is */
	} rows[] = {
		{"reading outside", reads_outside, 1},
		{"writing where it reads", writes_where_it_reads, 1},
		{"the root", lists_the_root, 1},
		{"connecting", connects_elsewhere, 4},
		{"dumps", may_be_dumped, sandbox_is_widened() ? INT_MAX : 0},
	};
	struct sandbox_means means;

	(void)state;
	sandbox_probe(&means);
	if (means.landlock == 0)
		skip(); /* a kernel that cannot, which the program tells at its start */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int status = rows[i].version <= means.landlock ? try_in_sandbox(rows[i].tried) : 1 << 8;

		if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
			fail_msg("%s: status %#x", rows[i].name, (unsigned)status);
	}
}

static void test_calls_beyond_the_list_kill(void **state)
{
	static const struct {
		const char *name;
		bool (*tried)(void);
		bool widened; /* the sanitizers have it */
	} rows[] = {
		{"fork", forks, true},
		{"execve", executes, false},
		{"ptrace", traces, true},
		{"mount", mounts, false},
		{"unshare", unshares, false},
		{"kill", kills_its_parent, true},
		{"fcntl F_SETOWN", has_signals_sent, true},
		{"fcntl F_SETSIG", chooses_the_signal, true},
		{"listen", listens, false},
		{"a packet socket", sees_packets, false},
		{"writable code", writes_code, true},
		{"setuid", becomes_another, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int status;

		if (rows[i].widened && sandbox_is_widened())
			continue;
		status = try_in_sandbox(rows[i].tried);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: status %#x", rows[i].name, (unsigned)status);
	}
}

static int prepare(void **state)
{
	int fd;

	(void)state;
	snprintf(folder, sizeof folder, "/tmp/quaymaster-sandbox.XXXXXX");
	snprintf(outside, sizeof outside, "/tmp/quaymaster-outside.XXXXXX");
	fd = mkstemp(outside);
	if (fd < 0 || mkdtemp(folder) == NULL)
		return -1;
	close(fd);
	return 0;
}

static int clean_up(void **state)
{
	(void)state;
	unlink(outside);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_needed_works),
		cmocka_unit_test(test_files_and_ports_are_restricted),
		cmocka_unit_test(test_calls_beyond_the_list_kill),
	};

	return cmocka_run_group_tests(tests, prepare, clean_up);
}
