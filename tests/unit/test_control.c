/* The supervisor's own socket: one caller at a time, one word, one line. */
#include "proxy/control.h"

#include "policy/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOW_MS = 1000 };

static char path[64];

static void open_it(struct control *control)
{
	struct error error = {0};

	if (!control_open(control, path, &error))
		fail_msg("%s", error.text);
}

static int call(struct control *control)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_false(control_hear(control, NOW_MS));
	assert_true(control->caller >= 0);
	return fd;
}

static void say(int fd, const char *word)
{
	assert_int_equal(send(fd, word, strlen(word), 0), strlen(word));
}

static void assert_hears(int fd, const char *line)
{
	char heard[2048];
	ssize_t len = recv(fd, heard, sizeof heard - 1, MSG_DONTWAIT);

	assert_true(len >= 0);
	heard[len] = '\0';
	assert_string_equal(heard, line);
	close(fd);
}

static void test_a_reload_is_asked_for_and_answered(void **state)
{
	struct control control;
	int fd;

	(void)state;
	open_it(&control);
	fd = call(&control);
	assert_false(control_hear(&control, NOW_MS));
	say(fd, CONTROL_RELOAD);
	assert_true(control_hear(&control, NOW_MS));
	assert_int_equal(control_descriptor(&control), -1);
	control_answer(&control, CONTROL_DONE, "of another"); /* one that was under way before */
	control_begin(&control);
	control_answer(&control, CONTROL_FAILED, "why");
	assert_hears(fd, "failed: why\n");
	control_begin(&control);
	control_answer(&control, CONTROL_DONE, "nobody asked");
	assert_true(control_descriptor(&control) >= 0);
	control_close(&control);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_who_says_something_else_is_hung_up_on(void **state)
{
	static const char *const words[] = {"reload", "reload\nx", "Reload\n", "\n"};
	struct control control;

	(void)state;
	open_it(&control);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		int fd = call(&control);

		say(fd, words[i]);
		assert_false(control_hear(&control, NOW_MS));
		assert_int_equal(control.caller, -1);
		close(fd);
	}
	control_close(&control);
}

static void test_who_says_nothing_is_not_waited_for(void **state)
{
	struct control control;
	int fd;

	(void)state;
	open_it(&control);
	fd = call(&control);
	assert_true(control_due(&control) > NOW_MS);
	assert_false(control_hear(&control, control_due(&control) - 1));
	assert_true(control.caller >= 0);
	assert_false(control_hear(&control, control_due(&control)));
	assert_hears(fd, "");
	assert_int_equal(control_due(&control), 0);
	control_close(&control);
}

static void test_without_a_path_there_is_nothing(void **state)
{
	struct error error = {0};
	struct control control;

	(void)state;
	assert_true(control_open(&control, NULL, &error));
	assert_int_equal(control_descriptor(&control), -1);
	assert_false(control_hear(&control, NOW_MS));
	control_begin(&control);
	control_answer(&control, CONTROL_DONE, "nobody");
	control_close(&control);
	assert_false(control_open(&control, "/no/such/folder/socket", &error));
	assert_non_null(strstr(error.text, "control: /no/such/folder/socket"));
	assert_int_equal(control_descriptor(&control), -1);
}

/* A forked process lets go of it, and leaves the file. */
static void test_a_fork_forgets_it(void **state)
{
	struct control control, copy;

	(void)state;
	open_it(&control);
	copy = control;
	copy.sockets.fds[0] = dup(control.sockets.fds[0]);
	control_forget(&copy);
	assert_int_equal(access(path, F_OK), 0);
	close(call(&control));
	control_close(&control);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_reload_is_asked_for_and_answered),
		cmocka_unit_test(test_who_says_something_else_is_hung_up_on),
		cmocka_unit_test(test_who_says_nothing_is_not_waited_for),
		cmocka_unit_test(test_without_a_path_there_is_nothing),
		cmocka_unit_test(test_a_fork_forgets_it),
	};

	snprintf(path, sizeof path, "/tmp/quaymaster-control.%d", (int)getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
