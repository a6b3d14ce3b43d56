/* Listening sockets: Unix files and whom they give way to, TCP addresses, sockets from systemd. */
#define _GNU_SOURCE /* mkdtemp, setenv */
#include "policy/error.h"
#include "proxy/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/quaymaster-listener-XXXXXX";
static char path[sizeof directory + sizeof "/docker.sock"];
static struct error error;

static int set_up(void **state)
{
	(void)state;
	memset(&error, 0, sizeof error);
	memcpy(directory + sizeof directory - 7, "XXXXXX", 6);
	if (mkdtemp(directory) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/docker.sock", directory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static struct listener_spec unix_spec(void)
{
	return (struct listener_spec){
		.name = "test", .socket = path, .mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1};
}

static int connect_unix(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	return -1;
}

static void assert_refused(const struct listener_spec *spec, const char *reason)
{
	struct listener_sockets sockets;

	memset(&error, 0, sizeof error);
	assert_false(listener_open(spec, &sockets, &error));
	assert_int_equal(sockets.count, 0);
	if (strstr(error.text, reason) == NULL)
		fail_msg("'%s' does not say '%s'", error.text, reason);
}

static void open_listener(const struct listener_spec *spec, struct listener_sockets *sockets)
{
	if (!listener_open(spec, sockets, &error))
		fail_msg("%s", error.text);
}

static void assert_open_flags(int fd)
{
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}

/* --- Unix sockets --------------------------------------------------------------------------- */

static void test_a_unix_socket_has_its_mode_and_owner(void **state)
{
	struct listener_spec spec = unix_spec();
	struct listener_sockets sockets;
	mode_t mask = umask(0177);
	struct stat status;
	int fd;

	(void)state;
	spec.mode = 0660;
	if (geteuid() == 0) {
		spec.owner = 1234;
		spec.group = 4321;
	}
	open_listener(&spec, &sockets);
	umask(mask);
	assert_int_equal(lstat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFSOCK | 0660);
	if (geteuid() == 0) {
		assert_int_equal(status.st_uid, 1234);
		assert_int_equal(status.st_gid, 4321);
	}
	assert_int_equal(sockets.count, 1);
	assert_open_flags(sockets.fds[0]);
	fd = connect_unix();
	assert_true(fd >= 0);
	close(fd);
	listener_close(&spec, &sockets);
	assert_int_equal(lstat(path, &status), -1);
}

static void test_zeroed_access_is_nobodys(void **state)
{
	const struct listener_spec spec = {.socket = path};
	struct listener_sockets sockets;
	struct stat status;

	(void)state;
	if (geteuid() != 0)
		skip();
	open_listener(&spec, &sockets);
	assert_int_equal(lstat(path, &status), 0);
	assert_int_equal(status.st_mode, S_IFSOCK);
	assert_int_equal(status.st_uid, 0);
	listener_close(&spec, &sockets);
}

static void leave_stale_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	close(fd);
}

static void test_a_stale_socket_gives_way(void **state)
{
	const struct listener_spec spec = unix_spec();
	struct listener_sockets sockets;
	int fd;

	(void)state;
	leave_stale_socket();
	open_listener(&spec, &sockets);
	fd = connect_unix();
	assert_true(fd >= 0);
	close(fd);
	listener_close(&spec, &sockets);
}

static void test_a_live_socket_does_not(void **state)
{
	const struct listener_spec spec = unix_spec();
	struct listener_sockets sockets;
	int fd;

	(void)state;
	open_listener(&spec, &sockets);
	assert_refused(&spec, "another process listens on it");
	fd = connect_unix(); /* and it is still there */
	assert_true(fd >= 0);
	close(fd);
	listener_close(&spec, &sockets);
}

static void test_a_datagram_socket_is_not_removed(void **state)
{
	const struct listener_spec spec = unix_spec();
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat status;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	(void)state;
	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_refused(&spec, path);
	assert_int_equal(lstat(path, &status), 0);
	close(fd);
}

static void test_links_and_files_are_left_alone(void **state)
{
	const struct listener_spec spec = unix_spec();
	char target[sizeof directory + sizeof "/target"];
	struct stat status;
	int fd;

	(void)state;
	(void)snprintf(target, sizeof target, "%s/target", directory);
	assert_int_equal(symlink(target, path), 0);
	assert_refused(&spec, "symbolic link"); /* dangling */
	fd = open(target, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_refused(&spec, "symbolic link");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(target, path), 0);
	assert_refused(&spec, "not a socket");
	assert_int_equal(lstat(path, &status), 0);
	assert_true(S_ISREG(status.st_mode));
}

static void test_only_our_own_file_is_removed(void **state)
{
	const struct listener_spec spec = unix_spec();
	struct listener_sockets first, second;
	int fd;

	(void)state;
	open_listener(&spec, &first);
	assert_int_equal(unlink(path), 0);
	open_listener(&spec, &second);
	listener_close(&spec, &first);
	fd = connect_unix();
	assert_true(fd >= 0);
	close(fd);
	listener_close(&spec, &second);
	listener_close(&spec, &second); /* twice is harmless */
}

static void test_paths_that_cannot_be(void **state)
{
	struct listener_spec spec = unix_spec();
	char longest[200];

	(void)state;
	spec.socket = "";
	assert_refused(&spec, "1 to 107 bytes");
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	spec.socket = longest;
	assert_refused(&spec, "1 to 107 bytes");
	spec.socket = "/nonexistent/directory/docker.sock";
	assert_refused(&spec, "No such file or directory");
	spec.socket = NULL;
	assert_refused(&spec, "needs a socket");
}

/* --- TCP ------------------------------------------------------------------------------------ */

static uint16_t port_of(int fd)
{
	struct sockaddr_in6 address; /* the port is where sockaddr_in has it */
	socklen_t size = sizeof address;

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	return ntohs(address.sin6_port);
}

static bool reaches(const char *host, uint16_t port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	bool is_v4 = inet_pton(AF_INET, host, &v4.sin_addr) == 1;
	int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM, 0), result;

	if (!is_v4)
		assert_int_equal(inet_pton(AF_INET6, host, &v6.sin6_addr), 1);
	result = is_v4 ? connect(fd, (const struct sockaddr *)&v4, sizeof v4)
	               : connect(fd, (const struct sockaddr *)&v6, sizeof v6);
	close(fd);
	return result == 0;
}

static void test_addresses_and_who_reaches_them(void **state)
{
	static const struct {
		const char *address;
		size_t sockets;
		bool v4, v6;
	} rows[] = {
		{"127.0.0.1:0", 1, true, false},
		{"[::1]:0", 1, false, true},
		{"[127.0.0.1]:0", 0, false, false},
		{"[::]:0", 1, true, true},
		{"*:0", 1, true, true},
		{":0", 1, true, true},
		{"0.0.0.0:0", 1, true, false},
		{"localhost:0", 2, true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct listener_spec spec = {.address = rows[i].address};
		struct listener_sockets sockets;

		if (rows[i].sockets == 0) {
			assert_refused(&spec, "not an address and port");
			continue;
		}
		open_listener(&spec, &sockets);
		assert_int_equal(sockets.count, rows[i].sockets);
		assert_open_flags(sockets.fds[0]);
		assert_int_equal(reaches("127.0.0.1", port_of(sockets.fds[0])), rows[i].v4);
		assert_int_equal(reaches("::1", port_of(sockets.fds[0])), rows[i].v6);
		if (sockets.count == 2)
			assert_true(reaches("::1", port_of(sockets.fds[1])));
		listener_close(&spec, &sockets);
	}
}

static void test_addresses_that_are_none(void **state)
{
	static const char *const shapes[] = {"",
	                                     "2375",
	                                     "127.0.0.1",
	                                     "127.0.0.1:",
	                                     "127.0.0.1:x",
	                                     "127.0.0.1:65536",
	                                     "127.0.0.1:-1",
	                                     "127.0.0.1: 80",
	                                     "127.0.0.1:+80",
	                                     "::1:2375",
	                                     "[::1:2375",
	                                     "[::1]",
	                                     "[::1]2375",
	                                     "127.0.0.1:99999999999999999999"};
	static const char *const hosts[] = {"example.invalid:2375", "127.0.0.1.:2375", "[::g]:2375",
	                                    "]:2375"};
	struct listener_spec spec = {0};

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		spec.address = shapes[i];
		assert_refused(&spec, "not an address and port");
	}
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		spec.address = hosts[i];
		assert_refused(&spec, "numeric address");
	}
}

static void test_a_port_in_use_is_an_error(void **state)
{
	const struct listener_spec first = {.address = "127.0.0.1:0"};
	struct listener_spec second = {0};
	struct listener_sockets sockets;
	char address[32];

	(void)state;
	open_listener(&first, &sockets);
	(void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)port_of(sockets.fds[0]));
	second.address = address;
	assert_refused(&second, "Address already in use");
	listener_close(&first, &sockets);
}

/* --- systemd -------------------------------------------------------------------------------- */

static int tcp_socket(bool listening)
{
	const struct sockaddr_in address = {.sin_family = AF_INET,
	                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	if (listening)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void pass(const char *names, unsigned count)
{
	char pid[16], fds[16];

	(void)snprintf(pid, sizeof pid, "%d", getpid());
	(void)snprintf(fds, sizeof fds, "%u", count);
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", fds, 1);
	setenv("LISTEN_FDNAMES", names, 1);
}

/* Descriptors 3 and 4 are ours while this runs, as systemd's would be; what was there comes
 * back. */
static void test_sockets_from_systemd(void **state)
{
	struct listener_spec spec = {.systemd = "docker"};
	int saved[2] = {dup(3), dup(4)}, listening = tcp_socket(true), bound = tcp_socket(false);
	struct listener_sockets sockets, again;

	(void)state;
	assert_int_equal(dup2(listening, 3), 3);
	assert_int_equal(dup2(bound, 4), 4);
	unsetenv("LISTEN_PID");
	assert_refused(&spec, "passed no socket named 'docker'");
	pass("docker:other", 2);
	open_listener(&spec, &sockets);
	assert_int_equal(sockets.count, 1);
	assert_open_flags(sockets.fds[0]);
	assert_open_flags(3);
	assert_int_equal(port_of(sockets.fds[0]), port_of(3));
	open_listener(&spec, &again); /* as a reload does */
	listener_close(&spec, &sockets);
	assert_true(reaches("127.0.0.1", port_of(again.fds[0])));
	listener_close(&spec, &again);
	spec.systemd = "other";
	assert_refused(&spec, "not a listening stream socket");
	spec.systemd = "third";
	assert_refused(&spec, "passed no socket named 'third'");
	pass("docker", 2);
	assert_refused(&spec, "LISTEN_FDNAMES does not name as many");
	unsetenv("LISTEN_PID");
	for (int i = 0; i < 2; i++) {
		close(3 + i);
		if (saved[i] >= 0) {
			assert_int_equal(dup2(saved[i], 3 + i), 3 + i);
			close(saved[i]);
		}
	}
	close(listening);
	close(bound);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_unix_socket_has_its_mode_and_owner),
		TEST(test_zeroed_access_is_nobodys),
		TEST(test_a_stale_socket_gives_way),
		TEST(test_a_live_socket_does_not),
		TEST(test_a_datagram_socket_is_not_removed),
		TEST(test_links_and_files_are_left_alone),
		TEST(test_only_our_own_file_is_removed),
		TEST(test_paths_that_cannot_be),
		TEST(test_addresses_and_who_reaches_them),
		TEST(test_addresses_that_are_none),
		TEST(test_a_port_in_use_is_an_error),
		TEST(test_sockets_from_systemd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
