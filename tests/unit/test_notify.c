/* What a service manager is told, by a socket of the test's own. */
#include "proxy/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* An abstract one, which leaves no file. */
static int listen_for_notes(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[64];
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), len;

	len = snprintf(name, sizeof name, "@quaymaster-test-%d", (int)getpid());
	assert_true(fd >= 0 && len > 0);
	memcpy(address.sun_path, name, (size_t)len);
	address.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (const struct sockaddr *)&address,
	                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len)),
	                 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void hear(int fd, char text[256])
{
	ssize_t len = recv(fd, text, 255, MSG_DONTWAIT);

	text[len > 0 ? len : 0] = '\0';
}

static void test_what_is_told(void **state)
{
	char text[256], *end;
	int fd = listen_for_notes();

	(void)state;
	assert_true(notify_send("READY=1\nSTATUS=%u connections", 7U));
	hear(fd, text);
	assert_string_equal(text, "READY=1\nSTATUS=7 connections");
	assert_true(notify_reloading());
	hear(fd, text);
	assert_memory_equal(text, "RELOADING=1\nMONOTONIC_USEC=", 27);
	assert_true(strtoull(text + 27, &end, 10) > 0 && *end == '\0');
	close(fd);
	assert_false(notify_send("READY=1")); /* it has gone */
	unsetenv("NOTIFY_SOCKET");
	assert_false(notify_send("READY=1"));
	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_false(notify_send("READY=1"));
	unsetenv("NOTIFY_SOCKET");
}

static void test_descriptors_are_left_with_it(void **state)
{
	char text[256], control[CMSG_SPACE(2 * sizeof(int))];
	struct iovec piece = {.iov_base = text, .iov_len = sizeof text - 1};
	struct msghdr header = {.msg_iov = &piece,
	                        .msg_iovlen = 1,
	                        .msg_control = control,
	                        .msg_controllen = sizeof control};
	int fd = listen_for_notes(), pair[2], got[2];
	ssize_t len;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_true(notify_store("quaymaster", pair, 2));
	len = recvmsg(fd, &header, MSG_DONTWAIT);
	assert_true(len > 0);
	text[len] = '\0';
	assert_string_equal(text, "FDSTORE=1\nFDNAME=quaymaster");
	assert_int_equal(CMSG_FIRSTHDR(&header)->cmsg_len, CMSG_LEN(sizeof got));
	memcpy(got, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof got);
	assert_int_equal(write(got[0], "x", 1), 1);
	assert_int_equal(read(pair[1], text, 1), 1);
	for (unsigned i = 0; i < 2; i++) {
		close(got[i]);
		close(pair[i]);
	}
	close(fd);
	unsetenv("NOTIFY_SOCKET");
}

static void test_the_watchdog_is_half_of_what_it_wants(void **state)
{
	char pid[16];

	(void)state;
	snprintf(pid, sizeof pid, "%d", (int)getpid());
	assert_int_equal(notify_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(notify_watchdog_ms(), 15000);
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_watchdog_ms(), 15000);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_watchdog_ms(), 0);
	unsetenv("WATCHDOG_PID");
	setenv("WATCHDOG_USEC", "soon", 1);
	assert_int_equal(notify_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "1", 1);
	assert_true(notify_watchdog_ms() > 0);
	unsetenv("WATCHDOG_USEC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_told),
		cmocka_unit_test(test_descriptors_are_left_with_it),
		cmocka_unit_test(test_the_watchdog_is_half_of_what_it_wants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
