/* Messages between supervisor and gateway: whole or not at all, and descriptors only for who takes them. */
#include "proxy/channel.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static unsigned descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static void open_ends(int ends[2])
{
	assert_true(channel_open(ends));
}

static void close_ends(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

static void test_messages_arrive_whole_and_in_order(void **state)
{
	struct channel_message message;
	char long_text[2 * CHANNEL_TEXT_SIZE];
	int ends[2];

	(void)state;
	open_ends(ends);
	channel_receive(ends[1], false, &message);
	assert_int_equal(message.kind, CHANNEL_NOTHING);
	memset(long_text, 'x', sizeof long_text);
	long_text[sizeof long_text - 1] = '\0';
	assert_true(channel_send(ends[0], CHANNEL_RELOAD, NULL));
	assert_true(channel_send(ends[0], CHANNEL_REFUSED, "why"));
	assert_true(channel_send(ends[0], CHANNEL_REFUSED, long_text));
	channel_receive(ends[1], true, &message);
	assert_int_equal(message.kind, CHANNEL_RELOAD);
	assert_string_equal(message.text, "");
	channel_receive(ends[1], false, &message);
	assert_int_equal(message.kind, CHANNEL_REFUSED);
	assert_string_equal(message.text, "why");
	channel_receive(ends[1], false, &message);
	assert_int_equal(strlen(message.text), CHANNEL_TEXT_SIZE - 1);
	close(ends[0]);
	channel_receive(ends[1], false, &message);
	assert_int_equal(message.kind, CHANNEL_CLOSED);
	assert_false(channel_send(ends[1], CHANNEL_READY, NULL));
	close(ends[1]);
}

static void test_who_does_not_read_is_not_waited_for(void **state)
{
	unsigned sent = 0;
	int ends[2];

	(void)state;
	open_ends(ends);
	while (channel_send(ends[0], CHANNEL_ALIVE, "1"))
		assert_true(++sent < 1000000);
	assert_true(sent > 0);
	close_ends(ends);
}

static void test_sockets_go_to_who_takes_them(void **state)
{
	unsigned before = descriptors();
	struct channel_message message;
	int ends[2], pair[2];

	(void)state;
	open_ends(ends);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	for (unsigned taken = 0; taken < 2; taken++) {
		struct listener_sockets sockets = {.fds = {pair[0], pair[1]}, .count = 2};

		assert_true(channel_send_sockets(ends[0], "socket=/run/x", &sockets));
		channel_receive(ends[1], taken == 1, &message);
		assert_int_equal(message.kind, CHANNEL_LISTENER);
		assert_string_equal(message.text, "socket=/run/x");
		assert_int_equal(message.sockets.count, 2 * taken);
		assert_int_equal(descriptors(), before + 4 + 2 * taken);
		for (size_t i = 0; i < message.sockets.count; i++)
			close(message.sockets.fds[i]);
	}
	close_ends(pair);
	close_ends(ends);
	assert_int_equal(descriptors(), before);
}

static void test_nonsense_is_the_end(void **state)
{
	static const char *const nonsense[] = {"\x7f", "\x01", "\xff text"};
	struct channel_message message;
	int ends[2];

	(void)state;
	open_ends(ends);
	for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
		assert_true(send(ends[0], nonsense[i], strlen(nonsense[i]), 0) > 0);
		channel_receive(ends[1], true, &message);
		assert_int_equal(message.kind, CHANNEL_CLOSED);
	}
	close_ends(ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_arrive_whole_and_in_order),
		cmocka_unit_test(test_who_does_not_read_is_not_waited_for),
		cmocka_unit_test(test_sockets_go_to_who_takes_them),
		cmocka_unit_test(test_nonsense_is_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
