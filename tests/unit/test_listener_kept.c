/* Sockets that an earlier process left: found by the listener that they are of, and by no other. */
#include "proxy/listener.h"

#include "policy/error.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

static struct listener_spec unix_spec(void)
{
	return (struct listener_spec){
		.name = "x", .socket = path, .mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1};
}

static void open_one(const struct listener_spec *spec, struct listener_sockets *sockets)
{
	struct error error = {0};

	if (!listener_open(spec, sockets, &error))
		fail_msg("%s", error.text);
}

/* As the next program finds them. */
static void bequeath(const struct listener_spec *spec, const struct listener_sockets *sockets)
{
	char line[2048];
	int len = listener_bequeath(spec, sockets, line, sizeof line);

	assert_true(len > 0 && line[len - 1] == '\n');
	setenv(LISTENER_BEQUEST, line, 1);
	listener_inherit();
	assert_null(getenv(LISTENER_BEQUEST));
}

static void test_a_listener_finds_its_own(void **state)
{
	struct listener_spec spec = unix_spec(), other = {.name = "y", .address = "127.0.0.1:1"};
	struct listener_sockets first, again = {.count = 0};

	(void)state;
	open_one(&spec, &first);
	bequeath(&spec, &first);
	assert_false(listener_take_kept(&other, &again));
	open_one(&spec, &again);
	assert_int_equal(again.fds[0], first.fds[0]);
	assert_true(again.others);
	assert_int_equal(fcntl(again.fds[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(again.inode, first.inode);
	again.others = false;
	listener_close(&spec, &again);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_a_file_that_is_anothers_stays(void **state)
{
	struct listener_spec spec = unix_spec();
	struct listener_sockets first, again;

	(void)state;
	open_one(&spec, &first);
	bequeath(&spec, &first);
	open_one(&spec, &again);
	listener_close(&spec, &again);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

static void test_what_nobody_takes_goes(void **state)
{
	struct listener_spec spec = unix_spec();
	struct listener_sockets sockets;

	(void)state;
	for (unsigned removed = 0; removed < 2; removed++) {
		open_one(&spec, &sockets);
		bequeath(&spec, &sockets);
		listener_disinherit(removed == 1);
		assert_int_equal(fcntl(sockets.fds[0], F_GETFD), -1);
		assert_int_equal(access(path, F_OK), removed == 1 ? -1 : 0);
	}
}

static void test_nonsense_is_left_out(void **state)
{
	static const char *const lines[] = {"",
	                                    "\n",
	                                    "3",
	                                    "3 1 2 socket=/run/x",
	                                    "0 1 2 socket=/run/x\n",
	                                    "-1 1 2 socket=/run/x\n",
	                                    "999999 1 2 socket=/run/x\n",
	                                    "99999999999999999999999 1 2 socket=/run/x\n",
	                                    "3, 1 2 socket=/run/x\n",
	                                    "3 1 socket=/run/x\n",
	                                    "3 x y socket=/run/x\n"};
	const struct listener_spec spec = {.name = "x", .socket = "/run/x"};
	struct listener_sockets sockets = {.count = 0};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		setenv(LISTENER_BEQUEST, lines[i], 1);
		listener_inherit();
		if (listener_take_kept(&spec, &sockets))
			fail_msg("taken: %s", lines[i]);
	}
}

/* The service manager passes what was left with it under the address's name. */
static void test_the_store_is_looked_into(void **state)
{
	const struct listener_spec spec = {.name = "x", .address = "127.0.0.1:2375"};
	const struct listener_spec other = {.name = "y", .address = "127.0.0.1:2376"};
	struct listener_sockets sockets = {.count = 0};
	char name[LISTENER_STORE_NAME_SIZE], pid[16];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_true(listener_store_name(&spec, name));
	assert_null(strchr(name, ':'));
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(dup2(fd, 3), 3);
	snprintf(pid, sizeof pid, "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_FDNAMES", name, 1);
	assert_false(listener_take_kept(&other, &sockets));
	assert_true(listener_take_kept(&spec, &sockets));
	assert_int_equal(sockets.count, 1);
	assert_int_equal(sockets.fds[0], 3);
	assert_true((fcntl(3, F_GETFL) & O_NONBLOCK) != 0);
	sockets.count = 0;
	assert_false(listener_take_kept(&spec, &sockets)); /* the number may be another's by now */
	close(3);
	if (fd != 3)
		close(fd);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_listener_finds_its_own),
		cmocka_unit_test(test_a_file_that_is_anothers_stays),
		cmocka_unit_test(test_what_nobody_takes_goes),
		cmocka_unit_test(test_nonsense_is_left_out),
		cmocka_unit_test(test_the_store_is_looked_into),
	};

	snprintf(path, sizeof path, "/tmp/quaymaster-kept.%d", (int)getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
