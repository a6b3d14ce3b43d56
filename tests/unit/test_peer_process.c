/* Which process is at the other end of a socket: by either way, alive, ending, ended, and in a pid namespace of its own. */
#define _GNU_SOURCE /* unshare */
#include "policy/arena.h"
#include "proxy/loop.h"
#include "proxy/peer_process.h"
#include "proxy/pidfd_info.h"
#include "proxy/stream.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

enum { ARENA_LIMIT = 256 * 1024 };

static int open_pidfd(pid_t pid)
{
	long fd = syscall(SYS_pidfd_open, pid, 0);

	assert_true(fd >= 0);
	return (int)fd;
}

static void short_sleep(void)
{
	const struct timespec time = {.tv_nsec = 5000000};

	nanosleep(&time, NULL);
}

/* A child that waits to be killed. */
static pid_t start_child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

static void end_child(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static const char *own_cgroups(void)
{
	static char text[16384];
	FILE *file = fopen("/proc/self/cgroup", "re");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, sizeof text - 1, file);
	text[len] = '\0';
	(void)fclose(file);
	return text;
}

typedef void handle_way(struct arena *arena, int pidfd, int pid, struct peer_process *peer);

/* On a kernel before 6.13 there is the other way alone, and that is tried twice. */
static void by_info(struct arena *arena, int pidfd, int pid, struct peer_process *peer)
{
	if (!peer_process_by_info(arena, pidfd, pid, peer))
		peer_process_by_fdinfo(arena, pidfd, pid, peer);
}

/* Both ways to ask the handle. */
static handle_way *const ways[] = {by_info, peer_process_by_fdinfo};

enum { WAYS = sizeof ways / sizeof *ways };

static void assert_unknown(const struct peer_process *peer, const char *why)
{
	assert_null(peer->cgroups);
	assert_non_null(peer->why);
	if (strstr(peer->why, why) == NULL)
		fail_msg("not '%s' but '%s'", why, peer->why);
}

static void a_live_process_is_known_by_either_way(void **state)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	pid_t pid = start_child();
	int pidfd = open_pidfd(pid);
	struct peer_process peer;

	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		ways[i](arena, pidfd, pid, &peer);
		assert_string_equal(peer.cgroups, own_cgroups());
		assert_false(peer.nested);
	}
	peer_process_by_number(arena, pid, peer_process_clock_ms(), &peer);
	assert_string_equal(peer.cgroups, own_cgroups());
	assert_string_equal(peer_process_cgroups(arena, pid), own_cgroups());
	end_child(pid);
	(void)close(pidfd);
	arena_free(arena);
}

/* Linux 6.13 and later answer. */
static bool kernel_tells(void)
{
	struct utsname system;
	unsigned long major, minor;
	char *rest;

	assert_int_equal(uname(&system), 0);
	major = strtoul(system.release, &rest, 10);
	minor = *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;
	return major > 6 || (major == 6 && minor >= 13);
}

/* What the handle itself answers, where the kernel can. */
static void what_the_kernel_tells_of_a_handle(void **state)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	pid_t pid = start_child();
	int pidfd = open_pidfd(pid), no_pidfd = dup(STDERR_FILENO), found = 0;
	struct peer_process peer;

	(void)state;
	assert_int_equal(pidfd_ask(pidfd, &found), kernel_tells() ? PIDFD_TOLD : PIDFD_UNSUPPORTED);
	assert_int_equal(found, kernel_tells() ? pid : 0);
	assert_int_equal(peer_process_by_info(arena, pidfd, pid, &peer), kernel_tells());
	end_child(pid);
	assert_int_equal(pidfd_ask(pidfd, &found), kernel_tells() ? PIDFD_ENDED : PIDFD_UNSUPPORTED);
	assert_int_equal(pidfd_ask(no_pidfd, &found), PIDFD_UNSUPPORTED);
	assert_int_equal(pidfd_ask(-1, &found), PIDFD_UNSUPPORTED);
	assert_false(peer_process_by_info(arena, no_pidfd, pid, &peer));
	(void)close(pidfd);
	(void)close(no_pidfd);
	arena_free(arena);
}

static void an_ended_process_is_unknown(void **state)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	pid_t pid = start_child();
	int pidfd = open_pidfd(pid);
	struct peer_process peer;

	(void)state;
	end_child(pid);
	for (size_t i = 0; i < WAYS; i++) {
		ways[i](arena, pidfd, pid, &peer);
		assert_unknown(&peer, "has ended");
	}
	peer_process_by_number(arena, pid, peer_process_clock_ms(), &peer);
	assert_unknown(&peer, "has ended");
	assert_null(peer_process_cgroups(arena, pid));
	(void)close(pidfd);
	arena_free(arena);
}

/* A zombie has a number, and in cgroups v1 it is shown in the root. */
static void a_zombie_is_unknown(void **state)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	pid_t pid = start_child();
	int pidfd = open_pidfd(pid);
	siginfo_t information;
	struct peer_process peer;

	(void)state;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &information, WEXITED | WNOWAIT), 0);
	for (size_t i = 0; i < WAYS; i++) {
		ways[i](arena, pidfd, pid, &peer);
		assert_unknown(&peer, "has ended");
	}
	peer_process_by_number(arena, pid, peer_process_clock_ms(), &peer);
	assert_unknown(&peer, "has ended");
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(pidfd);
	arena_free(arena);
}

static void *wait_for_ever(void *nothing)
{
	(void)nothing;
	for (;;)
		pause();
	return NULL;
}

/* The first thread has ended, and others go on: the process lives, and its handle is not readable, but what is told of its
 * number is told of a zombie. */
static void a_process_without_its_first_thread_is_unknown(void **state)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	pid_t pid = fork();
	struct peer_process peer = {.cgroups = "?"};
	int pidfd;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
			_exit(1);
		(void)syscall(SYS_exit, 0); /* of this thread alone */
	}
	pidfd = open_pidfd(pid);
	for (int i = 0; i < 400 && peer.cgroups != NULL; i++) {
		short_sleep();
		by_info(arena, pidfd, pid, &peer);
	}
	assert_unknown(&peer, "has ended");
	peer_process_by_fdinfo(arena, pidfd, pid, &peer);
	assert_unknown(&peer, "has ended");
	peer_process_by_number(arena, pid, peer_process_clock_ms(), &peer);
	assert_unknown(&peer, "has ended");
	end_child(pid);
	(void)close(pidfd);
	arena_free(arena);
}

/* A number that has come again: a process that did not exist when the connection was accepted. */
static void a_younger_process_is_not_the_peer(void **state)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	uint64_t accepted = peer_process_clock_ms();
	struct peer_process peer;
	pid_t pid;

	(void)state;
	for (int i = 0; i < 10; i++)
		short_sleep(); /* longer than a clock tick */
	pid = start_child();
	peer_process_by_number(arena, pid, accepted, &peer);
	assert_unknown(&peer, "has ended");
	peer_process_by_number(arena, pid, peer_process_clock_ms(), &peer);
	assert_non_null(peer.cgroups);
	end_child(pid);
	arena_free(arena);
}

static void a_handle_on_another_process_tells_nothing(void **state)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	int pidfd = open_pidfd(getpid()), no_pidfd = dup(STDERR_FILENO);
	pid_t pid = start_child();
	struct peer_process peer;

	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		ways[i](arena, pidfd, pid, &peer);
		assert_unknown(&peer, "has ended");
	}
	for (size_t i = 0; i < WAYS; i++) {
		ways[i](arena, no_pidfd, pid, &peer);
		assert_unknown(&peer, "has ended");
	}
	end_child(pid);
	(void)close(pidfd);
	(void)close(no_pidfd);
	arena_free(arena);
}

/* 0 is no process's number, least of all root's. */
static void number_zero_is_unknown(void **state)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	int pidfd = open_pidfd(getpid());
	struct peer_process peer;

	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		ways[i](arena, pidfd, 0, &peer);
		assert_unknown(&peer, "--pid=host");
	}
	peer_process_by_number(arena, 0, peer_process_clock_ms(), &peer);
	assert_unknown(&peer, "--pid=host");
	(void)close(pidfd);
	arena_free(arena);
}

static void ignore(struct stream *stream, enum stream_event event, void *owner)
{
	(void)stream;
	(void)event;
	(void)owner;
}

/* Reads the peer of the first of FDS, which are given up. */
static void read_peer(struct arena *arena, int fds[2], struct peer_process *peer)
{
	struct loop *loop = loop_new();
	struct stream *stream = stream_take(loop, fds[0], false, ignore, NULL);

	assert_non_null(stream);
	peer_process_read(arena, stream, peer_process_clock_ms(), peer);
	stream_abort(stream);
	loop_free(loop);
	(void)close(fds[1]);
}

static void a_sockets_peer(void **state)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct peer_process peer;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	read_peer(arena, fds, &peer);
	assert_string_equal(peer.cgroups, own_cgroups());
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	(void)close(fds[0]);
	fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	read_peer(arena, fds, &peer);
	assert_null(peer.cgroups);
	arena_free(arena);
}

/* A server in a pid namespace of its own sees nobody from outside: its peer here is this process. */
static void a_peer_outside_of_our_pid_namespace(void **state)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct peer_process peer;
	int fds[2], status, pidfd = open_pidfd(getpid()), found;
	pid_t pid;

	(void)state;
	if (geteuid() != 0) {
		arena_free(arena);
		skip();
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWPID) != 0)
			_exit(2);
		pid = fork();
		if (pid != 0)
			_exit(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1);
		read_peer(arena, fds, &peer);
		if (pidfd_ask(pidfd, &found) != (kernel_tells() ? PIDFD_UNSEEN : PIDFD_UNSUPPORTED))
			_exit(3);
		_exit(peer.cgroups == NULL && strstr(peer.why, "--pid=host") != NULL ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
	arena_free(arena);
}

/* And a process below sees itself as number 1, and is seen from here as one that is nested. */
static void a_process_in_a_pid_namespace_below_is_nested(void **state)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	struct peer_process peer;
	int fds[2], status;
	pid_t pid, below = 0;

	(void)state;
	if (geteuid() != 0) {
		arena_free(arena);
		skip();
	}
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWPID) != 0)
			_exit(2);
		below = fork();
		if (below == 0)
			wait_for_ever(NULL);
		if (write(fds[1], &below, sizeof below) != (ssize_t)sizeof below)
			_exit(3);
		_exit(waitpid(below, NULL, 0) == below ? 0 : 4);
	}
	assert_int_equal(read(fds[0], &below, sizeof below), sizeof below);
	peer_process_by_number(arena, below, peer_process_clock_ms(), &peer);
	assert_non_null(peer.cgroups);
	assert_true(peer.nested);
	assert_int_equal(kill(below, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
	arena_free(arena);
}

static void own_namespaces_are_noticed(void **state)
{
	unsigned here = peer_process_namespaces();
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWCGROUP) != 0)
			_exit(2);
		_exit(peer_process_namespaces() == (here | NAMESPACES_CGROUPS) ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_live_process_is_known_by_either_way),
		cmocka_unit_test(what_the_kernel_tells_of_a_handle),
		cmocka_unit_test(an_ended_process_is_unknown),
		cmocka_unit_test(a_zombie_is_unknown),
		cmocka_unit_test(a_process_without_its_first_thread_is_unknown),
		cmocka_unit_test(a_younger_process_is_not_the_peer),
		cmocka_unit_test(a_handle_on_another_process_tells_nothing),
		cmocka_unit_test(number_zero_is_unknown),
		cmocka_unit_test(a_sockets_peer),
		cmocka_unit_test(a_peer_outside_of_our_pid_namespace),
		cmocka_unit_test(a_process_in_a_pid_namespace_below_is_nested),
		cmocka_unit_test(own_namespaces_are_noticed),
	};

	return cmocka_run_group_tests_name("peer_process", tests, NULL, NULL);
}
