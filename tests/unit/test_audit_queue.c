/* The audit log's way to where it is written: what waits, what is refused, what is lost, and that all of it comes back. */
#include "proxy/audit_queue.h"

#include "policy/error.h"
#include "proxy/audit_setup.h"
#include "proxy/audit_sinks.h"
#include "proxy/file_text.h"
#include "proxy/loop.h"

#include <jansson.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROOM = 64 * 1024 };

static char directory[64], path[96], rotated[96];

static int make_directory(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	snprintf(directory, sizeof directory, "/tmp/test-audit-XXXXXX");
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/audit.log", directory);
	snprintf(rotated, sizeof rotated, "%s/audit.log.1", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(rotated);
	return rmdir(directory);
}

static struct audit_queue *start(const char *file, bool required)
{
	const struct audit_setup setup = {.file = file};
	struct error error = {.text = ""};
	struct audit_sinks *sinks = audit_sinks_open(&setup, &error);
	struct audit_queue *queue =
		sinks != NULL ? audit_queue_start(sinks, ROOM, required, &error) : NULL;

	if (queue == NULL)
		fail_msg("%s", error.text);
	return queue;
}

static bool add(struct audit_queue *queue, const char *text)
{
	char line[256];

	snprintf(line, sizeof line, "{\"text\":\"%s\"}\n", text);
	return audit_queue_add(queue, line, strlen(line));
}

static size_t count_of(const char *file, const char *part)
{
	size_t len, count = 0;
	char *text = file_text_read(file, 1 << 20, &len);

	assert_non_null(text);
	for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
		count++;
	free(text);
	return count;
}

/* A disk that is full above BYTES. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* --- those who wait -------------------------------------------------------------------------------------------- */

struct waiting {
	struct loop *loop;
	struct audit_desk *desk;
	struct audit_wait wait;
	struct waiting *victim; /* is cancelled when this one is told */
	unsigned told, written;
	bool last;
};

static void told(bool written, void *owner)
{
	struct waiting *waiting = owner;

	waiting->told++;
	waiting->written += written;
	if (waiting->victim != NULL)
		audit_desk_cancel(waiting->desk, &waiting->victim->wait);
	if (waiting->last)
		loop_stop(waiting->loop);
}

static enum audit_answer await(struct waiting *waiting)
{
	waiting->wait.done = told;
	waiting->wait.owner = waiting;
	return audit_desk_await(waiting->desk, &waiting->wait);
}

static void test_who_waits_is_told_when_it_is_written(void **state)
{
	struct audit_queue *queue = start(path, true);
	struct loop *loop = loop_new();
	struct audit_desk *desk = audit_desk_new(queue, loop);
	struct waiting waiting = {.loop = loop, .desk = desk, .last = true};

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		enum audit_answer answer;

		assert_true(add(queue, "waited for"));
		answer = await(&waiting);
		if (answer == AUDIT_PENDING)
			loop_run(loop);
		assert_true(answer == AUDIT_WRITTEN || waiting.written == 1);
		assert_int_equal(count_of(path, "waited for"), i + 1);
		waiting.written = 0;
		loop_free(loop);
		audit_desk_free(desk);
		waiting.loop = loop = loop_new();
		waiting.desk = desk = audit_desk_new(queue, loop);
	}
	audit_desk_free(desk);
	loop_free(loop);
	audit_queue_stop(queue);
	unlink(path);
}

/* Who is told may end others: they hear nothing then. */
static void test_who_has_left_is_told_nothing(void **state)
{
	struct audit_queue *queue = start("/dev/full", true);
	struct loop *loop = loop_new();
	struct audit_desk *desk = audit_desk_new(queue, loop);
	struct waiting last = {.loop = loop, .desk = desk, .last = true};
	struct waiting gone = {.loop = loop, .desk = desk};
	struct waiting first = {.loop = loop, .desk = desk, .victim = &gone};

	(void)state;
	assert_true(add(queue, "one"));
	if (await(&first) == AUDIT_PENDING && await(&gone) == AUDIT_PENDING &&
	    await(&last) == AUDIT_PENDING) {
		loop_run(loop);
		assert_int_equal(first.told, 1);
		assert_int_equal(first.written, 0);
		assert_int_equal(gone.told, 0);
		assert_int_equal(last.told, 1);
	}
	audit_desk_cancel(desk, &first.wait);
	audit_desk_cancel(desk, &gone.wait);
	audit_desk_cancel(desk, &last.wait);
	audit_desk_free(desk);
	audit_desk_free(NULL);
	loop_free(loop);
	audit_queue_stop(queue);
}

/* --- a disk that is full --------------------------------------------------------------------------------------- */

static void test_a_full_disk_refuses_until_there_is_room(void **state)
{
	struct audit_queue *queue = start(path, true);
	struct loop *loop = loop_new();
	struct audit_desk *desk = audit_desk_new(queue, loop);
	struct waiting waiting = {.loop = loop, .desk = desk, .last = true};
	struct audit_counts counts;

	(void)state;
	assert_true(add(queue, "before"));
	assert_true(audit_queue_flush(queue));
	limit_files(30);
	assert_true(add(queue, "does not fit"));
	assert_false(audit_queue_flush(queue));
	assert_int_equal(await(&waiting), AUDIT_REFUSED);
	audit_queue_count(queue, &counts);
	assert_true(counts.failing);
	assert_true(counts.queued_bytes > 0);
	limit_files(RLIM_INFINITY);
	while (!audit_queue_flush(queue)) /* it is tried again by itself */
		;
	audit_queue_count(queue, &counts);
	assert_false(counts.failing);
	assert_int_equal(counts.lost, 0);
	assert_int_equal(counts.written, 2);
	assert_int_equal(count_of(path, "{\"text\":\"does not fit\"}\n"), 1);
	audit_desk_free(desk);
	loop_free(loop);
	audit_queue_stop(queue);
	unlink(path);
}

static void test_what_there_was_no_room_for_is_counted(void **state)
{
	struct audit_queue *queue = start(path, false);
	struct audit_counts counts;
	unsigned refused = 0;

	(void)state;
	limit_files(0);
	for (unsigned i = 0; i < 2 * ROOM / 10; i++)
		refused += !add(queue, "much");
	assert_true(refused > 0);
	limit_files(RLIM_INFINITY);
	while (!audit_queue_flush(queue))
		;
	assert_true(add(queue, "after"));
	assert_true(audit_queue_flush(queue));
	audit_queue_count(queue, &counts);
	assert_int_equal(counts.lost, refused);
	assert_int_equal(counts.queued_bytes, 0);
	assert_int_equal(count_of(path, "much"), 2 * ROOM / 10 - refused);
	assert_int_equal(count_of(path, "\"event\":\"lost\""), 1);
	audit_queue_stop(queue);
	unlink(path);
}

/* --- rotation -------------------------------------------------------------------------------------------------- */

static void test_a_file_is_opened_anew(void **state)
{
	static const struct timespec pause = {.tv_nsec = 1000 * 1000};
	struct audit_queue *queue = start(path, true);

	(void)state;
	assert_true(add(queue, "old"));
	assert_true(audit_queue_flush(queue));
	assert_int_equal(rename(path, rotated), 0);
	assert_true(add(queue, "still old"));
	assert_true(audit_queue_flush(queue));
	audit_queue_reopen(queue);
	while (access(path, F_OK) != 0)
		nanosleep(&pause, NULL);
	assert_true(add(queue, "new"));
	assert_true(audit_queue_flush(queue));
	assert_int_equal(count_of(rotated, "old"), 2);
	assert_int_equal(count_of(path, "new"), 1);
	audit_queue_stop(queue);
	unlink(path);
	unlink(rotated);
}

static void test_without_a_new_file_the_old_one_is_used_on(void **state)
{
	struct audit_queue *queue = start(path, true);

	(void)state;
	assert_int_equal(rename(path, rotated), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	audit_queue_reopen(queue);
	assert_true(add(queue, "on"));
	assert_true(audit_queue_flush(queue));
	assert_int_equal(count_of(rotated, "on"), 1);
	audit_queue_stop(queue);
	rmdir(path);
	unlink(rotated);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_waits_is_told_when_it_is_written),
		cmocka_unit_test(test_who_has_left_is_told_nothing),
		cmocka_unit_test(test_a_full_disk_refuses_until_there_is_room),
		cmocka_unit_test(test_what_there_was_no_room_for_is_counted),
		cmocka_unit_test(test_a_file_is_opened_anew),
		cmocka_unit_test(test_without_a_new_file_the_old_one_is_used_on),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
