/* Accepts connections from a listening socket and hands them over. Owns how often it tries when
 * the process is out of descriptors or memory. */
#define _GNU_SOURCE /* accept4, the strerror_r that returns text */
#include "proxy/listener.h"

#include "proxy/log.h"
#include "proxy/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ACCEPTS_A_TURN = 4, EXHAUSTED_PAUSE_MS = 100, ROOM_PAUSE_MS = 1 };

struct listener_watch {
	struct deferred deferred; /* first, for loop_defer_free */
	struct loop *loop;
	int fd;
	struct event event;
	struct timer *pause;
	void (*accepted)(int fd, void *owner);
	bool (*shortage)(void *owner); /* NULL: nothing can be done */
	void *owner;
	bool paused;     /* by the owner */
	bool exhausted;  /* until the timer rings */
	bool complained; /* once for each shortage */
	bool dead;
};

static void watch_rearm(struct listener_watch *watch)
{
	if (watch->dead || watch->paused || watch->exhausted)
		event_del(&watch->event);
	else if (event_add(&watch->event, NULL) != 0) {
		watch->exhausted = true;
		timer_start(watch->pause, EXHAUSTED_PAUSE_MS);
	}
}

static void pause_over(void *context)
{
	struct listener_watch *watch = context;

	watch->exhausted = false;
	watch_rearm(watch);
}

static void rest(struct listener_watch *watch, int number)
{
	char buffer[128];

	if (!watch->complained)
		log_line(LOG_WARNING, "cannot accept connections: %s; trying again",
		         strerror_r(number, buffer, sizeof buffer));
	watch->complained = true;
	watch->exhausted = true;
	/* What was closed is free at the end of this turn. */
	timer_start(watch->pause, watch->shortage != NULL && watch->shortage(watch->owner)
	                              ? ROOM_PAUSE_MS
	                              : EXHAUSTED_PAUSE_MS);
	watch_rearm(watch);
}

/* The connection was lost before it was taken, or the call was interrupted: accept(2) lists what
 * Linux passes on of an error that is the connection's and not the listener's. */
static bool is_connections_own(int number)
{
	switch (number) {
	case ECONNABORTED:
	case EINTR:
	case EPROTO:
	case EPERM:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
		return true;
	default:
		return false;
	}
}

/* Few at a time, so that loops that watch the same socket share what comes. */
static void on_acceptable(evutil_socket_t listening, short what, void *context)
{
	struct listener_watch *watch = context;

	(void)what;
	for (unsigned i = 0; i < ACCEPTS_A_TURN && !watch->dead && !watch->paused; i++) {
		int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		int number = fd < 0 ? errno : 0;

		if (number == EAGAIN)
			return;
		if (number != 0 && !is_connections_own(number)) {
			rest(watch, number);
			return;
		}
		if (number != 0)
			continue;
		watch->complained = false;
		watch->accepted(fd, watch->owner);
	}
}

static void watch_free(void *object)
{
	struct listener_watch *watch = object;

	timer_free(watch->pause);
	free(watch);
}

struct listener_watch *listener_watch_new(struct loop *loop, int fd,
                                          void (*accepted)(int fd, void *owner), void *owner)
{
	struct listener_watch *watch = calloc(1, sizeof *watch);

	if (watch == NULL)
		return NULL;
	watch->loop = loop;
	watch->fd = fd;
	watch->accepted = accepted;
	watch->owner = owner;
	watch->pause = timer_new(loop, pause_over, watch);
	if (watch->pause != NULL &&
	    event_assign(&watch->event, loop_base(loop), fd, EV_READ | EV_PERSIST, on_acceptable,
	                 watch) == 0 &&
	    event_add(&watch->event, NULL) == 0)
		return watch;
	watch_free(watch);
	return NULL;
}

void listener_watch_free(struct listener_watch *watch)
{
	if (watch == NULL || watch->dead)
		return;
	watch->dead = true;
	timer_stop(watch->pause);
	event_del(&watch->event);
	loop_defer_free(watch->loop, &watch->deferred, watch_free);
}

void listener_watch_on_shortage(struct listener_watch *watch, bool (*shortage)(void *owner))
{
	watch->shortage = shortage;
}

void listener_watch_pause(struct listener_watch *watch, bool paused)
{
	watch->paused = paused;
	watch_rearm(watch);
}
