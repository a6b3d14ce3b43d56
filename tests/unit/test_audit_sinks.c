/* What the audit log is written to: a chained file whatever is done to it, syslog, the journal, and several at once. */
#include "proxy/audit_sinks.h"

#include "policy/audit_chain.h"
#include "policy/error.h"
#include "proxy/audit_setup.h"
#include "proxy/file_text.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64], path[96], rotated[96], listener[96];

static int make_directory(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	snprintf(directory, sizeof directory, "/tmp/test-audit-XXXXXX");
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/audit.log", directory);
	snprintf(rotated, sizeof rotated, "%s/audit.log.1", directory);
	snprintf(listener, sizeof listener, "%s/socket", directory);
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	unlink(path);
	unlink(rotated);
	unlink(listener);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

static struct audit_sinks *open_fine(const struct audit_setup *setup)
{
	struct error error = {.text = ""};
	struct audit_sinks *sinks = audit_sinks_open(setup, &error);

	if (sinks == NULL)
		fail_msg("%s", error.text);
	return sinks;
}

static const struct audit_setup chained = {.file = path, .chain = true, .sync = true};

static const char line[] =
	"{\"time\":\"now\",\"event\":\"decision\",\"id\":\"1\",\"verdict\":\"deny\"}\n";

static bool write_one(struct audit_sinks *sinks)
{
	return audit_sinks_write(sinks, line, strlen(line), true);
}

/* How many lines of FILE hold, up to the first that does not, hung on CHAIN. */
static unsigned count_holding(struct audit_chain *chain, const char *file)
{
	size_t len;
	char *text = file_text_read(file, 1 << 20, &len);
	unsigned count = 0;

	assert_non_null(text);
	for (char *at = text, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		if (audit_chain_check(chain, at, (size_t)(end - at)) != AUDIT_LINK_HOLDS)
			break;
		count++;
	}
	free(text);
	return count;
}

static unsigned count_whole(const char *file)
{
	struct audit_chain chain;

	audit_chain_begin(&chain, NULL);
	return count_holding(&chain, file);
}

static void test_a_chain_survives_restarts_and_rotation(void **state)
{
	struct audit_sinks *sinks = open_fine(&chained);
	struct audit_chain chain;

	(void)state;
	assert_true(write_one(sinks));
	audit_sinks_close(sinks);
	sinks = open_fine(&chained);
	assert_true(write_one(sinks));
	assert_int_equal(rename(path, rotated), 0);
	audit_sinks_reopen(sinks);
	audit_sinks_close(sinks); /* before a line came: the file says what it follows all the same */
	sinks = open_fine(&chained);
	assert_true(write_one(sinks));
	audit_sinks_close(sinks);
	audit_chain_begin(&chain, NULL);
	assert_int_equal(count_holding(&chain, rotated), 3);
	assert_int_equal(count_holding(&chain, path), 2);
	assert_int_equal(chain.number, 5);
}

/* As an upgrade has it: the one before still writes while the next one does. */
static void test_two_write_one_chain(void **state)
{
	struct audit_sinks *a = open_fine(&chained), *b = open_fine(&chained);

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		assert_true(write_one(a));
		assert_true(write_one(b));
		assert_true(write_one(b));
	}
	audit_sinks_close(a);
	audit_sinks_close(b);
	assert_int_equal(count_whole(path), 16);
}

static void append(const char *text)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Of a process that was killed in the middle of a line. */
static void test_a_line_that_is_not_whole_is_cut_off(void **state)
{
	struct audit_sinks *sinks = open_fine(&chained);

	(void)state;
	assert_true(write_one(sinks));
	audit_sinks_close(sinks);
	append("{\"time\":\"no");
	sinks = open_fine(&chained);
	assert_true(write_one(sinks));
	append("{\"time\":\"no"); /* and while we look away */
	assert_true(write_one(sinks));
	audit_sinks_close(sinks);
	assert_int_equal(count_whole(path), 4);
}

static void test_what_is_no_chain_is_not_gone_on_with(void **state)
{
	struct error error = {.text = ""};
	struct audit_sinks *sinks = open_fine(&chained);
	const struct audit_setup device = {.file = "/dev/null", .chain = true};

	(void)state;
	assert_true(write_one(sinks));
	append("{\"event\":\"forged\"}\n");
	assert_false(write_one(sinks));
	audit_sinks_close(sinks);
	assert_null(audit_sinks_open(&chained, &error));
	assert_non_null(strstr(error.text, "its last line is none of a chain"));
	assert_null(audit_sinks_open(&device, &error));
	assert_non_null(strstr(error.text, "only a regular file"));
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_a_chain_survives_a_full_disk(void **state)
{
	(void)state;
	for (rlim_t room = 0; room < 1000; room += 31) {
		struct audit_sinks *sinks = open_fine(&chained);
		unsigned refused = 0;

		limit_files(room);
		for (unsigned i = 0; i < 6; i++)
			refused += !write_one(sinks);
		limit_files(RLIM_INFINITY);
		assert_true(refused > 0);
		assert_true(write_one(sinks));
		audit_sinks_close(sinks);
		assert_int_equal(count_whole(path), 1 + 6 - refused + 1);
		unlink(path);
	}
}

/* --- several, and datagrams ------------------------------------------------------------------------------------ */

static int listen_there(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", listener);
	unlink(listener);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static const char *receive(int fd)
{
	static char text[1000];
	ssize_t len = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

static void test_syslog_has_its_form(void **state)
{
	const struct audit_setup setup = {.syslog = listener, .facility = 10};
	int fd = listen_there();
	struct audit_sinks *sinks = open_fine(&setup);
	char expected[200];
	const char *got;

	(void)state;
	assert_true(write_one(sinks));
	got = receive(fd);
	assert_memory_equal(got, "<85>", 4);
	assert_int_equal(strspn(got + 4 + strlen("Nov 24 "), "0123456789:"), strlen("19:41:19"));
	snprintf(expected, sizeof expected, " quaymaster[%ld]: %.*s", (long)getpid(),
	         (int)strlen(line) - 1, line);
	assert_string_equal(got + 4 + strlen("Nov 24 19:41:19"), expected);
	close(fd);
	assert_false(write_one(sinks)); /* nobody listens */
	fd = listen_there();            /* the daemon was started anew */
	assert_true(write_one(sinks));
	assert_true(strlen(receive(fd)) > 0);
	audit_sinks_close(sinks);
	close(fd);
}

static void test_the_journal_gets_fields(void **state)
{
	const struct audit_setup setup = {.journal = listener};
	int fd = listen_there();
	struct audit_sinks *sinks = open_fine(&setup);
	char expected[400];

	(void)state;
	assert_true(write_one(sinks));
	snprintf(expected, sizeof expected,
	         "PRIORITY=5\nSYSLOG_IDENTIFIER=quaymaster\nQUAYMASTER_EVENT=decision\n"
	         "QUAYMASTER_ID=1\nQUAYMASTER_VERDICT=deny\nMESSAGE=%s",
	         line);
	assert_string_equal(receive(fd), expected);
	audit_sinks_close(sinks);
	close(fd);
}

static void test_several_go_on_without_one_where_they_may(void **state)
{
	const struct audit_setup setup = {.file = path, .syslog = listener};
	struct audit_sinks *sinks = open_fine(&setup);
	char *text;
	size_t len;
	int fd;

	(void)state;
	assert_true(audit_sinks_write(sinks, line, strlen(line), false));
	assert_int_equal(audit_sinks_missed(sinks), 1);
	assert_false(audit_sinks_write(sinks, line, strlen(line), true));
	fd = listen_there();
	assert_true(audit_sinks_write(sinks, line, strlen(line), true)); /* the same once more */
	text = file_text_read(path, 1 << 20, &len);
	assert_non_null(text);
	assert_int_equal(len, 2 * strlen(line));
	free(text);
	assert_non_null(strstr(receive(fd), "\"event\":\"lost\""));
	assert_non_null(strstr(receive(fd), "\"event\":\"decision\""));
	assert_string_equal(receive(fd), "");
	assert_int_equal(audit_sinks_missed(sinks), 0);
	audit_sinks_close(sinks);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_a_chain_survives_restarts_and_rotation, remove_files),
		cmocka_unit_test_teardown(test_two_write_one_chain, remove_files),
		cmocka_unit_test_teardown(test_a_line_that_is_not_whole_is_cut_off, remove_files),
		cmocka_unit_test_teardown(test_what_is_no_chain_is_not_gone_on_with, remove_files),
		cmocka_unit_test_teardown(test_a_chain_survives_a_full_disk, remove_files),
		cmocka_unit_test_teardown(test_syslog_has_its_form, remove_files),
		cmocka_unit_test_teardown(test_the_journal_gets_fields, remove_files),
		cmocka_unit_test_teardown(test_several_go_on_without_one_where_they_may, remove_files),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
