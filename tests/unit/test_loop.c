/* The event loop: order within a turn, timers, other threads, hang-ups. */
#include "proxy/loop.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* --- a record of what ran ------------------------------------------------------------------- */

static struct loop *loop;
static char ran[32];

static void note(char letter)
{
	size_t len = strlen(ran);

	assert_true(len + 1 < sizeof ran);
	ran[len] = letter;
}

static int set_up(void **state)
{
	(void)state;
	memset(ran, 0, sizeof ran);
	loop = loop_new();
	return loop == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static void stop(void *context)
{
	(void)context;
	loop_stop(loop);
}

/* --- posting -------------------------------------------------------------------------------- */

static void note_posted(void *context)
{
	note(*(const char *)context);
}

static void test_posted_work_runs_in_order(void **state)
{
	(void)state;
	assert_true(loop_post(loop, note_posted, (char[]){'a'}));
	assert_true(loop_post(loop, note_posted, (char[]){'b'}));
	assert_true(loop_post(loop, stop, NULL));
	loop_run(loop);
	assert_string_equal(ran, "ab");
}

static void test_work_left_at_the_end_is_dropped(void **state)
{
	(void)state;
	assert_true(loop_post(loop, note_posted, (char[]){'a'}));
	loop_stop(loop);
	loop_run(loop); /* returns at once */
	assert_string_equal(ran, "");
}

enum { POSTERS = 4, POSTS = 500 };

static unsigned counted;

static void count_post(void *context)
{
	(void)context;
	if (++counted == POSTERS * POSTS)
		loop_stop(loop);
}

static void *post_many(void *context)
{
	for (int i = 0; i < POSTS; i++) {
		if (!loop_post(context, count_post, NULL))
			abort();
	}
	return NULL;
}

static void test_posts_from_many_threads_all_arrive(void **state)
{
	pthread_t threads[POSTERS];

	(void)state;
	counted = 0;
	for (int i = 0; i < POSTERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, post_many, loop), 0);
	loop_run(loop);
	for (int i = 0; i < POSTERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(counted, POSTERS * POSTS);
}

static void *stop_later(void *context)
{
	nanosleep(&(struct timespec){.tv_nsec = 20 * 1000000}, NULL);
	loop_stop(context);
	return NULL;
}

static void test_another_thread_stops_a_sleeping_loop(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, stop_later, loop), 0);
	loop_run(loop);
	pthread_join(thread, NULL);
}

/* --- turns ---------------------------------------------------------------------------------- */

struct thing {
	struct deferred deferred;
	struct soon soon, other;
	struct thing *second;
};

static void free_thing(void *object)
{
	(void)object;
	note('f');
}

static void run_other(void *object)
{
	(void)object;
	note('o');
	loop_stop(loop);
}

static void run_thing(void *object)
{
	struct thing *thing = object;

	note('s');
	loop_defer_free(loop, &thing->deferred, free_thing);
	loop_soon(loop, &thing->other);
	note('e');
}

static void test_frees_end_the_turn_and_soon_means_the_next(void **state)
{
	struct thing thing = {.soon = {.run = run_thing, .object = &thing},
	                      .other = {.run = run_other}};

	(void)state;
	loop_soon(loop, &thing.soon);
	loop_soon(loop, &thing.soon); /* twice is once */
	loop_run(loop);
	assert_string_equal(ran, "sefo");
}

static void cancel_other(void *object)
{
	struct thing *thing = object;

	note('c');
	loop_soon_cancel(&thing->other);
	loop_soon_cancel(&thing->other);
	loop_stop(loop);
}

static void test_cancelled_in_the_same_turn_does_not_run(void **state)
{
	struct thing thing = {.soon = {.run = cancel_other, .object = &thing},
	                      .other = {.run = run_other}};

	(void)state;
	loop_soon(loop, &thing.soon);
	loop_soon(loop, &thing.other);
	loop_run(loop);
	assert_string_equal(ran, "c");
}

static void run_for_ever(void *object)
{
	struct soon *soon = object;

	loop_soon(loop, soon);
}

static void test_who_always_wants_to_run_starves_nobody(void **state)
{
	struct soon greedy = {.run = run_for_ever, .object = &greedy};
	struct timer *timer = timer_new(loop, stop, NULL);

	(void)state;
	loop_soon(loop, &greedy);
	timer_start(timer, 5);
	loop_run(loop);
	loop_soon_cancel(&greedy);
	timer_free(timer);
}

static void free_first(void *object)
{
	const struct thing *first = object;

	note('1');
	loop_defer_free(loop, &first->second->deferred, free_thing);
}

static void test_a_free_may_defer_another(void **state)
{
	struct thing second = {0}, first = {.second = &second};

	(void)state;
	loop_defer_free(loop, &first.deferred, free_first);
	loop_stop(loop);
	loop_run(loop);
	assert_string_equal(ran, ""); /* no turn, no free */
	assert_true(loop_post(loop, stop, NULL));
	loop_run(loop);
	assert_string_equal(ran, "1f");
}

static void test_the_end_runs_what_waits_for_it(void **state)
{
	struct thing thing = {.soon = {.run = run_thing, .object = &thing},
	                      .other = {.run = run_other}};
	struct thing cancelled = {.soon = {.run = run_other}};

	(void)state;
	loop_at_end(loop, &thing.soon);
	loop_at_end(loop, &cancelled.soon);
	loop_soon_cancel(&cancelled.soon);
	assert_true(loop_post(loop, stop, NULL));
	loop_run(loop);
	assert_string_equal(ran, "");
	loop_free(loop);
	loop = NULL;
	assert_string_equal(ran, "sef");
}

/* --- timers --------------------------------------------------------------------------------- */

struct ring {
	struct timer *timer;
	char letter;
	bool last;
};

static void on_ring(void *context)
{
	const struct ring *ring = context;

	note(ring->letter);
	if (ring->last)
		loop_stop(loop);
}

static void test_timers_ring_once_in_order(void **state)
{
	struct ring rings[] = {{NULL, 'a', false}, {NULL, 'b', false}, {NULL, 'c', true}};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		rings[i].timer = timer_new(loop, on_ring, &rings[i]);
	timer_start(rings[2].timer, 60);
	timer_start(rings[1].timer, 30);
	timer_start(rings[0].timer, 0);
	loop_run(loop);
	assert_string_equal(ran, "abc");
	for (size_t i = 0; i < 3; i++)
		timer_free(rings[i].timer);
}

static void test_started_again_is_later_and_stopped_is_never(void **state)
{
	struct ring again = {NULL, 'a', false}, never = {NULL, 'n', false}, sooner = {NULL, 's', false};
	struct ring middle = {NULL, 'm', false}, end = {NULL, 'e', true};
	struct ring *rings[] = {&again, &never, &sooner, &middle, &end};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		rings[i]->timer = timer_new(loop, on_ring, rings[i]);
	timer_start(again.timer, 10);
	timer_start(again.timer, 80);
	timer_start(never.timer, 10);
	timer_stop(never.timer);
	timer_start(sooner.timer, UINT64_MAX);
	timer_start(sooner.timer, 20);
	timer_start(middle.timer, 50);
	timer_start(end.timer, 120);
	loop_run(loop);
	assert_string_equal(ran, "smae");
	for (size_t i = 0; i < 5; i++)
		timer_free(rings[i]->timer);
}

static void free_self(void *context)
{
	timer_free(*(struct timer **)context);
	loop_stop(loop);
}

static void test_a_timer_may_free_itself(void **state)
{
	struct timer *timer = timer_new(loop, free_self, &timer);

	(void)state;
	timer_start(timer, 1);
	loop_run(loop);
	timer_free(NULL);
}

static void test_time_is_not_early(void **state)
{
	struct timer *timer = timer_new(loop, stop, NULL);
	uint64_t before = loop_now_ms(loop);

	(void)state;
	timer_start(timer, 25);
	loop_run(loop);
	assert_true(loop_now_ms(loop) >= before + 25);
	timer_free(timer);
}

/* --- hang-ups ------------------------------------------------------------------------------- */

static void on_hangup(void *object)
{
	(void)object;
	note('h');
	loop_stop(loop);
}

static void test_a_hangup_is_told_once_and_a_half_close_is_none(void **state)
{
	struct timer *timer = timer_new(loop, stop, NULL);
	struct hangup watch = {.run = on_hangup};
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(write(fds[1], "unread", 6), 6);
	watch.fd = fds[0];
	assert_true(loop_hangup_watch(loop, &watch));
	shutdown(fds[1], SHUT_WR);
	timer_start(timer, 20);
	loop_run(loop);
	assert_string_equal(ran, "");
	close(fds[1]);
	loop_run(loop);
	assert_string_equal(ran, "h");
	timer_start(timer, 20);
	loop_run(loop);
	assert_string_equal(ran, "h");
	loop_hangup_cancel(loop, &watch);
	close(fds[0]);
	timer_free(timer);
}

static void test_a_cancelled_hangup_is_not_told(void **state)
{
	struct timer *timer = timer_new(loop, stop, NULL);
	struct hangup watch = {.run = on_hangup};
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	watch.fd = fds[0];
	assert_true(loop_hangup_watch(loop, &watch));
	loop_hangup_cancel(loop, &watch);
	close(fds[1]);
	timer_start(timer, 20);
	loop_run(loop);
	assert_string_equal(ran, "");
	close(fds[0]);
	timer_free(timer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_posted_work_runs_in_order),
		TEST(test_work_left_at_the_end_is_dropped),
		TEST(test_posts_from_many_threads_all_arrive),
		TEST(test_another_thread_stops_a_sleeping_loop),
		TEST(test_frees_end_the_turn_and_soon_means_the_next),
		TEST(test_cancelled_in_the_same_turn_does_not_run),
		TEST(test_who_always_wants_to_run_starves_nobody),
		TEST(test_a_free_may_defer_another),
		TEST(test_the_end_runs_what_waits_for_it),
		TEST(test_timers_ring_once_in_order),
		TEST(test_started_again_is_later_and_stopped_is_never),
		TEST(test_a_timer_may_free_itself),
		TEST(test_time_is_not_early),
		TEST(test_a_hangup_is_told_once_and_a_half_close_is_none),
		TEST(test_a_cancelled_hangup_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
