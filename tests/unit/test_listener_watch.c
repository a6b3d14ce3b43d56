/* Accepting from a listening socket: handing over, pausing, and running out of descriptors. */
#define _GNU_SOURCE /* clock_gettime */
#include "policy/error.h"
#include "proxy/listener.h"
#include "proxy/log.h"
#include "proxy/loop.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const struct listener_spec spec = {.name = "test", .address = "127.0.0.1:0"};

static void open_listener(struct listener_sockets *sockets)
{
	struct error error = {0};

	if (!listener_open(&spec, sockets, &error))
		fail_msg("%s", error.text);
}

static int connect_client(const struct listener_sockets *sockets)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(getsockname(sockets->fds[0], (struct sockaddr *)&address, &size), 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, size), 0);
	return fd;
}

struct acceptor {
	struct loop *loop;
	struct listener_watch *watch;
	struct timer *timer;
	int accepted;
	int fds[8];
	int enough;
	bool free_when_enough;
};

static void on_accepted(int fd, void *owner)
{
	struct acceptor *acceptor = owner;

	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_true(acceptor->accepted < 8);
	acceptor->fds[acceptor->accepted++] = fd;
	if (acceptor->accepted < acceptor->enough)
		return;
	loop_stop(acceptor->loop);
	if (acceptor->free_when_enough)
		listener_watch_free(acceptor->watch);
}

static void on_time(void *context)
{
	loop_stop(((struct acceptor *)context)->loop);
}

static void start_accepting(struct acceptor *acceptor, const struct listener_sockets *sockets,
                            int enough)
{
	*acceptor = (struct acceptor){.loop = loop_new(), .enough = enough};
	assert_non_null(acceptor->loop);
	acceptor->watch = listener_watch_new(acceptor->loop, sockets->fds[0], on_accepted, acceptor);
	acceptor->timer = timer_new(acceptor->loop, on_time, acceptor);
	assert_non_null(acceptor->watch);
	assert_non_null(acceptor->timer);
}

static void run_for(struct acceptor *acceptor, unsigned ms)
{
	timer_start(acceptor->timer, ms);
	loop_run(acceptor->loop);
	timer_stop(acceptor->timer);
}

static void stop_accepting(struct acceptor *acceptor)
{
	if (!acceptor->free_when_enough)
		listener_watch_free(acceptor->watch);
	timer_free(acceptor->timer);
	loop_free(acceptor->loop);
	while (acceptor->accepted > 0)
		close(acceptor->fds[--acceptor->accepted]);
}

static void test_connections_are_handed_over_and_pause_holds_them(void **state)
{
	struct listener_sockets sockets;
	struct acceptor acceptor;
	int clients[7];

	(void)state;
	open_listener(&sockets);
	start_accepting(&acceptor, &sockets, 7);
	listener_watch_pause(acceptor.watch, true);
	for (int i = 0; i < 7; i++) {
		clients[i] = connect_client(&sockets);
		assert_true(clients[i] >= 0);
	}
	run_for(&acceptor, 20);
	assert_int_equal(acceptor.accepted, 0);
	listener_watch_pause(acceptor.watch, false);
	run_for(&acceptor, 5000);
	assert_int_equal(acceptor.accepted, 7);
	for (int i = 0; i < 7; i++)
		close(clients[i]);
	stop_accepting(&acceptor);
	listener_close(&spec, &sockets);
}

static void test_a_watch_may_be_freed_from_inside(void **state)
{
	struct listener_sockets sockets;
	struct acceptor acceptor;
	int clients[2];

	(void)state;
	open_listener(&sockets);
	start_accepting(&acceptor, &sockets, 1);
	acceptor.free_when_enough = true;
	clients[0] = connect_client(&sockets);
	clients[1] = connect_client(&sockets);
	run_for(&acceptor, 5000);
	assert_int_equal(acceptor.accepted, 1);
	run_for(&acceptor, 20);
	assert_int_equal(acceptor.accepted, 1);
	close(clients[0]);
	close(clients[1]);
	stop_accepting(&acceptor);
	listener_close(&spec, &sockets);
}

static long thread_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_out_of_descriptors_it_waits_and_then_goes_on(void **state)
{
	struct listener_sockets sockets;
	struct acceptor acceptor;
	struct rlimit before, none;
	int client, second;
	long began;

	(void)state;
	open_listener(&sockets);
	start_accepting(&acceptor, &sockets, 1);
	client = connect_client(&sockets);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	log_set_level(LOG_ERROR); /* the complaint is expected */
	began = thread_ms();
	run_for(&acceptor, 250);
	assert_in_range(thread_ms() - began, 0, 125);
	assert_int_equal(acceptor.accepted, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	second = connect_client(&sockets); /* valgrind's accept loses the first one */
	run_for(&acceptor, 5000);
	assert_in_range(acceptor.accepted, 1, 2);
	close(client);
	close(second);
	stop_accepting(&acceptor);
	listener_close(&spec, &sockets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connections_are_handed_over_and_pause_holds_them),
		cmocka_unit_test(test_a_watch_may_be_freed_from_inside),
		cmocka_unit_test(test_out_of_descriptors_it_waits_and_then_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
