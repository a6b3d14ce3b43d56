/* One event loop, run by one thread: descriptors, timers, work posted from other threads, and
 * objects that are freed at the end of the turn so that nobody frees inside a callback. */
#ifndef QUAYMASTER_PROXY_LOOP_H
#define QUAYMASTER_PROXY_LOOP_H

#include <event2/util.h>
#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct loop;
struct timer;

struct loop *loop_new(void); /* NULL on failure */
/* Runs what loop_at_end and loop_defer_free left; posted work that has not run is dropped.
 * Everything else that was made on the loop (timers, streams, watches) must be gone. */
void loop_free(struct loop *loop);
struct event_base *loop_base(struct loop *loop);

/* Runs until loop_stop; a loop_stop that came before makes it return at once. */
void loop_run(struct loop *loop);
/* From any thread. */
void loop_stop(struct loop *loop);
/* Runs CALLBACK(CONTEXT) on the loop's thread soon; from any thread. False when there is no
 * memory. */
bool loop_post(struct loop *loop, void (*callback)(void *), void *context);
/* Calls FREE(OBJECT) when the current turn is over. Loop thread only. Cannot fail. OBJECT must
 * begin with a struct deferred that is used for nothing else. */
struct deferred {
	struct deferred *next;
	void (*free_it)(void *object);
};
void loop_defer_free(struct loop *loop, struct deferred *object, void (*free_it)(void *));

/* Something that wants to run without waiting for a descriptor: RUN(OBJECT) is called once, after
 * this turn's descriptors; what is queued from inside it waits for the next turn, so nobody
 * starves anybody. Queueing it twice is queueing it once. Loop thread only. Cannot fail. Zeroed
 * but for run and object means not queued. */
struct soon {
	struct soon *next, *previous;
	void (*run)(void *object);
	void *object;
};
void loop_soon(struct loop *loop, struct soon *soon);
void loop_soon_cancel(struct soon *soon);
/* For what has no owner any more, such as a stream that lingers: RUN(OBJECT) is called by
 * loop_free, unless it was cancelled with loop_soon_cancel. */
void loop_at_end(struct loop *loop, struct soon *soon);

/* Tells once when both directions of FD are closed, or when it has an error, without a look at
 * what is still unread on it. WATCH must outlive the turn in which it ran or was cancelled. Loop
 * thread only. False when the kernel has no memory. */
struct hangup {
	int fd;
	void (*run)(void *object);
	void *object;
};
bool loop_hangup_watch(struct loop *loop, struct hangup *watch);
void loop_hangup_cancel(struct loop *loop, struct hangup *watch); /* before FD is closed */

/* Milliseconds of a clock that never goes back, read once a turn. */
uint64_t loop_now_ms(struct loop *loop);

/* A one-shot timer; cheap to start again, and to stop. timer_new returns NULL without memory. */
struct timer *timer_new(struct loop *loop, void (*callback)(void *), void *context);
void timer_free(struct timer *timer); /* NULL is fine */
void timer_start(struct timer *timer, uint64_t timeout_ms);
void timer_stop(struct timer *timer);

#endif
