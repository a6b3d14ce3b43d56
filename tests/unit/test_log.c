/* The program's log: form, escaping, levels, and lines of several threads that do not mix. */
#include "proxy/log.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int saved_stderr, reading;

static int set_up(void **state)
{
	int fds[2];

	(void)state;
	saved_stderr = dup(STDERR_FILENO);
	if (pipe(fds) != 0 || dup2(fds[1], STDERR_FILENO) < 0)
		return -1;
	close(fds[1]);
	reading = fds[0];
	log_set_level(LOG_INFO);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(reading);
	return 0;
}

/* The lines so far without their stamps, each of which must have the right form. */
static void take(char *text, size_t size)
{
	static char raw[65536];
	size_t used = 0;
	ssize_t got;

	fflush(stderr);
	assert_int_equal(write(STDERR_FILENO, "", 1), 1); /* so that reading does not wait */
	got = read(reading, raw, sizeof raw - 1);
	assert_true(got > 0);
	raw[got] = '\0';
	for (char *line = raw, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		assert_true(strlen(line) > 25);
		assert_memory_equal(line + 23, "Z ", 2);
		for (const char *at = line, *form = "dddd-dd-ddTdd:dd:dd.ddd"; *form != '\0'; at++, form++)
			assert_true(*form == 'd' ? *at >= '0' && *at <= '9' : *at == *form);
		used += (size_t)snprintf(text + used, size - used, "%s\n", line + 25);
		assert_true(used < size);
	}
	text[used] = '\0';
}

static void test_form_and_escaping(void **state)
{
	char text[1024];

	(void)state;
	errno = ENOENT;
	log_line(LOG_WARNING, "%s and %d", "text", 7);
	assert_int_equal(errno, ENOENT);
	log_line(LOG_ERROR, "forged\n2026-01-01T00:00:00.000Z error \x1b[31m \x7f \xc3\xa4 \\");
	take(text, sizeof text);
	assert_string_equal(
		text, "warning text and 7\n"
			  "error forged\\x0a2026-01-01T00:00:00.000Z error \\x1b[31m \\x7f \\xc3\\xa4 \\\n");
}

static void test_a_long_line_is_cut(void **state)
{
	static char message[5000], text[8192];

	(void)state;
	memset(message, '\n', sizeof message - 1);
	log_line(LOG_ERROR, "%s", message);
	take(text, sizeof text);
	assert_int_equal(strlen(text), strlen("error ") + 4 * 1023 + 1);
}

static void test_levels(void **state)
{
	enum log_level level = LOG_DEBUG;
	char text[1024];

	(void)state;
	log_line(LOG_DEBUG, "hidden");
	log_line(LOG_INFO, "shown");
	assert_true(log_level_from_text("error", &level));
	assert_int_equal(level, LOG_ERROR);
	log_set_level(level);
	log_line(LOG_WARNING, "hidden");
	log_line(LOG_ERROR, "shown");
	assert_true(log_level_from_text("debug", &level));
	log_set_level(level);
	log_line(LOG_DEBUG, "shown");
	assert_false(log_level_from_text("verbose", &level));
	assert_false(log_level_from_text("", &level));
	assert_int_equal(level, LOG_DEBUG);
	take(text, sizeof text);
	assert_string_equal(text, "info shown\nerror shown\ndebug shown\n");
}

enum { WRITERS = 4, LINES = 40 };

static void *write_lines(void *context)
{
	(void)context;
	for (int i = 0; i < LINES; i++)
		log_line(LOG_INFO, "%0200d", 0);
	return NULL;
}

static void test_lines_of_threads_do_not_mix(void **state)
{
	static char text[65536];
	pthread_t threads[WRITERS];
	size_t length = strlen("info \n") + 200;

	(void)state;
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines, NULL), 0);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	take(text, sizeof text);
	assert_int_equal(strlen(text), WRITERS * LINES * length);
	for (size_t i = 1; i < (size_t)WRITERS * LINES; i++)
		assert_memory_equal(text + i * length, text, length);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_form_and_escaping),
		TEST(test_a_long_line_is_cut),
		TEST(test_levels),
		TEST(test_lines_of_threads_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
