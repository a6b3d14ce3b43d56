/* Names to addresses without blocking a loop. The thread works on its own copy of everything and posts the result
 * back; a cancelled look-up is freed when its result arrives, on the loop like everything else. */
#include "proxy/resolve.h"

#include "proxy/loop.h"

#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct resolve {
	struct loop *loop;
	struct soon at_end; /* the loop ends before the answer came round */
	char *host, *port;
	struct addrinfo *list;
	int error;
	bool cancelled; /* loop thread only */
	pthread_mutex_t mutex;
	bool looked_up, orphan; /* under the mutex: whoever sees that the other is done frees it */
	void (*done)(struct addrinfo *, const char *, void *);
	void *context;
};

static void resolve_free(struct resolve *resolve)
{
	pthread_mutex_destroy(&resolve->mutex);
	if (resolve->list != NULL)
		freeaddrinfo(resolve->list);
	free(resolve->host);
	free(resolve->port);
	free(resolve);
}

static void deliver(void *object)
{
	struct resolve *resolve = object;
	struct addrinfo *list = resolve->list;

	pthread_mutex_lock(&resolve->mutex); /* the thread has let go of it, before it is destroyed */
	pthread_mutex_unlock(&resolve->mutex);
	loop_soon_cancel(&resolve->at_end);
	if (!resolve->cancelled) {
		resolve->list = NULL;
		resolve->done(list, list == NULL ? gai_strerror(resolve->error) : NULL, resolve->context);
	}
	resolve_free(resolve);
}

/* What the thread posts from now on nobody would run, and what it has posted nobody will. */
static void lose_loop(void *object)
{
	struct resolve *resolve = object;
	bool looked_up;

	pthread_mutex_lock(&resolve->mutex);
	resolve->orphan = true;
	looked_up = resolve->looked_up;
	pthread_mutex_unlock(&resolve->mutex);
	if (looked_up)
		resolve_free(resolve);
}

static void *look_up(void *object)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct resolve *resolve = object;
	bool orphan;

	resolve->error = getaddrinfo(resolve->host, resolve->port, &hints, &resolve->list);
	if (resolve->error != 0)
		resolve->list = NULL;
	pthread_mutex_lock(&resolve->mutex);
	orphan = resolve->orphan;
	resolve->looked_up = true;
	/* A post fails only without memory; the look-up then never ends and its waiter times out. */
	if (!orphan)
		(void)loop_post(resolve->loop, deliver, resolve);
	pthread_mutex_unlock(&resolve->mutex);
	if (orphan)
		resolve_free(resolve);
	return NULL;
}

static bool start_thread(struct resolve *resolve)
{
	pthread_attr_t attributes;
	pthread_t thread;
	bool started;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	started = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0 &&
	          pthread_create(&thread, &attributes, look_up, resolve) == 0;
	pthread_attr_destroy(&attributes);
	return started;
}

struct resolve *resolve_start(struct loop *loop, const char *host, const char *port,
                              void (*done)(struct addrinfo *list, const char *message,
                                           void *context),
                              void *context)
{
	struct resolve *resolve = calloc(1, sizeof *resolve);

	if (resolve == NULL)
		return NULL;
	resolve->loop = loop;
	resolve->host = strdup(host);
	resolve->port = strdup(port);
	resolve->done = done;
	resolve->context = context;
	pthread_mutex_init(&resolve->mutex, NULL);
	if (resolve->host == NULL || resolve->port == NULL || !start_thread(resolve)) {
		resolve_free(resolve);
		return NULL;
	}
	resolve->at_end = (struct soon){.run = lose_loop, .object = resolve};
	loop_at_end(loop, &resolve->at_end);
	return resolve;
}

void resolve_cancel(struct resolve *resolve)
{
	if (resolve != NULL)
		resolve->cancelled = true;
}
