/* The event loop over libevent's core. Owns what a turn is: descriptors and timers first, then
 * whoever asked to run soon, then the frees. Knows nothing of sockets' contents.
 *
 * libevent is used from the loop's own thread only; another thread reaches it by a
 * mutex-protected list and an eventfd, so that none of libevent's own locking is needed. */
#define _GNU_SOURCE /* clock_gettime */
#include "proxy/loop.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { HANGUPS_A_TURN = 16 };

struct posted {
	struct posted *next;
	void (*callback)(void *context);
	void *context;
};

struct loop {
	struct event_base *base;
	struct deferred *deferred;
	struct soon soon, running,
		last; /* heads of rings: waiting for a turn, having it, and for the end */
	uint64_t now_ms;
	bool in_turn, now_known;

	int hangup_fd; /* an epoll of its own: libevent cannot watch for a hang-up alone */
	struct event hangup_event;

	int wake_fd;
	struct event wake_event;
	atomic_bool stopping;
	pthread_mutex_t lock; /* of what follows */
	struct posted *posted, **posted_end;
};

/* --- rings ---------------------------------------------------------------------------------- */

static void ring_init(struct soon *head)
{
	head->next = head->previous = head;
}

static void ring_remove(struct soon *soon)
{
	assert(soon->next != NULL && soon->previous != NULL);
	soon->previous->next = soon->next;
	soon->next->previous = soon->previous;
	soon->next = soon->previous = NULL;
}

static void ring_append(struct soon *head, struct soon *soon)
{
	soon->previous = head->previous;
	soon->next = head;
	head->previous->next = soon;
	head->previous = soon;
}

/* Moves everything from FROM to TO, which is empty. */
static void ring_move(struct soon *to, struct soon *from)
{
	if (from->next == from)
		return;
	*to = *from;
	to->next->previous = to;
	to->previous->next = to;
	ring_init(from);
}

/* --- between threads ------------------------------------------------------------------------ */

static void wake(const struct loop *loop)
{
	const uint64_t one = 1;

	/* Full means that the loop has been woken already and has not come round yet. */
	while (write(loop->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

static struct posted *take_posted(struct loop *loop)
{
	struct posted *first;

	pthread_mutex_lock(&loop->lock);
	first = loop->posted;
	loop->posted = NULL;
	loop->posted_end = &loop->posted;
	pthread_mutex_unlock(&loop->lock);
	return first;
}

static void on_wake(evutil_socket_t fd, short what, void *context)
{
	struct loop *loop = context;
	struct posted *posted, *next;
	uint64_t count;

	(void)what;
	/* Emptied before the list is taken: whoever posts in between wakes the loop once more. */
	while (read(fd, &count, sizeof count) < 0 && errno == EINTR)
		;
	for (posted = take_posted(loop); posted != NULL; posted = next) {
		next = posted->next;
		posted->callback(posted->context);
		free(posted);
	}
}

bool loop_post(struct loop *loop, void (*callback)(void *), void *context)
{
	struct posted *posted = malloc(sizeof *posted);
	bool first;

	if (posted == NULL)
		return false;
	*posted = (struct posted){.callback = callback, .context = context};
	pthread_mutex_lock(&loop->lock);
	first = loop->posted == NULL;
	*loop->posted_end = posted;
	loop->posted_end = &posted->next;
	pthread_mutex_unlock(&loop->lock);
	if (first)
		wake(loop);
	return true;
}

void loop_stop(struct loop *loop)
{
	atomic_store(&loop->stopping, true);
	wake(loop);
}

/* --- making and unmaking -------------------------------------------------------------------- */

/* The environment's EVENT_* variables are nobody's way to change how this program works. */
static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config != NULL &&
	    event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV | EVENT_BASE_FLAG_NOLOCK) == 0 &&
	    event_config_require_features(config, EV_FEATURE_O1) == 0)
		base = event_base_new_with_config(config);
	if (config != NULL)
		event_config_free(config);
	return base;
}

static void on_hangups(evutil_socket_t fd, short what, void *context)
{
	struct epoll_event events[HANGUPS_A_TURN];
	int count = epoll_wait(fd, events, HANGUPS_A_TURN, 0);

	(void)what;
	(void)context;
	for (int i = 0; i < count; i++) {
		const struct hangup *watch = events[i].data.ptr;

		watch->run(watch->object);
	}
}

static bool open_descriptors(struct loop *loop)
{
	loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	loop->hangup_fd = epoll_create1(EPOLL_CLOEXEC);
	return loop->wake_fd >= 0 && loop->hangup_fd >= 0 &&
	       event_assign(&loop->wake_event, loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake,
	                    loop) == 0 &&
	       event_add(&loop->wake_event, NULL) == 0 &&
	       event_assign(&loop->hangup_event, loop->base, loop->hangup_fd, EV_READ | EV_PERSIST,
	                    on_hangups, loop) == 0 &&
	       event_add(&loop->hangup_event, NULL) == 0;
}

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof *loop);

	if (loop == NULL)
		return NULL;
	loop->wake_fd = loop->hangup_fd = -1;
	loop->posted_end = &loop->posted;
	ring_init(&loop->soon);
	ring_init(&loop->running);
	ring_init(&loop->last);
	atomic_init(&loop->stopping, false);
	if (pthread_mutex_init(&loop->lock, NULL) != 0) {
		free(loop);
		return NULL;
	}
	loop->base = new_base();
	if (loop->base == NULL || !open_descriptors(loop)) {
		loop_free(loop);
		return NULL;
	}
	return loop;
}

/* What is queued meanwhile stays for the next time. */
static void run_ring(struct loop *loop, struct soon *head)
{
	ring_move(&loop->running, head);
	while (loop->running.next != &loop->running) {
		struct soon *soon = loop->running.next;

		ring_remove(soon);
		soon->run(soon->object);
	}
}

static void free_deferred(struct loop *loop)
{
	/* A free may defer another one. */
	while (loop->deferred != NULL) {
		struct deferred *object = loop->deferred;

		loop->deferred = object->next;
		object->free_it(object);
	}
}

void loop_free(struct loop *loop)
{
	struct posted *posted, *next;

	if (loop == NULL)
		return;
	run_ring(loop, &loop->last);
	free_deferred(loop);
	for (posted = take_posted(loop); posted != NULL; posted = next) {
		next = posted->next;
		free(posted);
	}
	if (event_initialized(&loop->wake_event))
		event_del(&loop->wake_event);
	if (event_initialized(&loop->hangup_event))
		event_del(&loop->hangup_event);
	if (loop->base != NULL)
		event_base_free(loop->base);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	if (loop->hangup_fd >= 0)
		close(loop->hangup_fd);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

struct event_base *loop_base(struct loop *loop)
{
	return loop->base;
}

/* --- turns ---------------------------------------------------------------------------------- */

static void run_turn(struct loop *loop)
{
	bool waiting = loop->soon.next != &loop->soon || loop->deferred != NULL;
	int result;

	loop->now_known = false;
	result = event_base_loop(loop->base, waiting ? EVLOOP_ONCE | EVLOOP_NONBLOCK : EVLOOP_ONCE);
	assert(result >= 0); /* only a broken epoll descriptor fails */
	run_ring(loop, &loop->soon);
	free_deferred(loop);
}

void loop_run(struct loop *loop)
{
	loop->in_turn = true;
	while (!atomic_load(&loop->stopping))
		run_turn(loop);
	atomic_store(&loop->stopping, false);
	loop->in_turn = false;
}

void loop_defer_free(struct loop *loop, struct deferred *object, void (*free_it)(void *))
{
	object->free_it = free_it;
	object->next = loop->deferred;
	loop->deferred = object;
}

void loop_soon(struct loop *loop, struct soon *soon)
{
	if (soon->next == NULL)
		ring_append(&loop->soon, soon);
}

void loop_soon_cancel(struct soon *soon)
{
	if (soon->next != NULL)
		ring_remove(soon);
}

void loop_at_end(struct loop *loop, struct soon *soon)
{
	ring_append(&loop->last, soon);
}

bool loop_hangup_watch(struct loop *loop, struct hangup *watch)
{
	/* A hang-up and an error are always reported; EPOLLONESHOT, since both stay for ever. */
	struct epoll_event event = {.events = EPOLLONESHOT, .data.ptr = watch};

	return epoll_ctl(loop->hangup_fd, EPOLL_CTL_ADD, watch->fd, &event) == 0;
}

void loop_hangup_cancel(struct loop *loop, struct hangup *watch)
{
	epoll_ctl(loop->hangup_fd, EPOLL_CTL_DEL, watch->fd, NULL);
}

/* --- time ----------------------------------------------------------------------------------- */

/* A timer that is started again and again, once a request say, stays where it is in libevent's
 * heap: it fires at the earlier time, finds that it is not due yet, and sleeps for the rest. */
struct timer {
	struct event event;
	struct loop *loop;
	struct soon at_once; /* when libevent has no memory to wait */
	uint64_t due_ms, wakes_ms;
	bool started, pending;
	void (*callback)(void *context);
	void *context;
};

enum { LONGEST_SLEEP_MS = 24 * 60 * 60 * 1000 };

uint64_t loop_now_ms(struct loop *loop)
{
	struct timespec now;

	if (!loop->in_turn || !loop->now_known) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		loop->now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
		loop->now_known = true;
	}
	return loop->now_ms;
}

static void timer_sleep(struct timer *timer)
{
	uint64_t now = loop_now_ms(timer->loop);
	uint64_t sleep = timer->due_ms > now ? timer->due_ms - now : 0;
	struct timeval timeout;

	if (sleep > LONGEST_SLEEP_MS)
		sleep = LONGEST_SLEEP_MS;
	timer->wakes_ms = now + sleep;
	timeout.tv_sec = (time_t)(sleep / 1000);
	timeout.tv_usec = (suseconds_t)(sleep % 1000 * 1000);
	timer->pending = event_add(&timer->event, &timeout) == 0;
	if (!timer->pending) {
		timer->due_ms = 0; /* a limit that cannot be kept ends now rather than never */
		loop_soon(timer->loop, &timer->at_once);
	}
}

static void timer_fire(void *object)
{
	struct timer *timer = object;

	timer->pending = false;
	if (!timer->started)
		return;
	if (loop_now_ms(timer->loop) < timer->due_ms) {
		timer_sleep(timer);
		return;
	}
	timer->started = false;
	timer->callback(timer->context); /* may free the timer */
}

static void on_timeout(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	timer_fire(context);
}

struct timer *timer_new(struct loop *loop, void (*callback)(void *), void *context)
{
	struct timer *timer = calloc(1, sizeof *timer);

	if (timer == NULL)
		return NULL;
	timer->loop = loop;
	timer->callback = callback;
	timer->context = context;
	timer->at_once = (struct soon){.run = timer_fire, .object = timer};
	if (event_assign(&timer->event, loop->base, -1, 0, on_timeout, timer) != 0) {
		free(timer);
		return NULL;
	}
	return timer;
}

void timer_free(struct timer *timer)
{
	if (timer == NULL)
		return;
	loop_soon_cancel(&timer->at_once);
	event_del(&timer->event);
	free(timer);
}

void timer_start(struct timer *timer, uint64_t timeout_ms)
{
	uint64_t now = loop_now_ms(timer->loop);

	timer->due_ms = timeout_ms < UINT64_MAX - now ? now + timeout_ms : UINT64_MAX;
	timer->started = true;
	if (!timer->pending || timer->wakes_ms > timer->due_ms)
		timer_sleep(timer);
}

void timer_stop(struct timer *timer)
{
	timer->started = false;
}
