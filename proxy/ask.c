/* Owns the connection of one question: borrowed for it, and given back or dropped with its answer. */
#include "proxy/ask.h"

#include "proxy/loop.h"
#include "proxy/stream.h"
#include "proxy/upstream.h"

#include <stdlib.h>
#include <string.h>

struct ask {
	struct deferred deferred;
	struct ask_setup setup;
	char *target;
	struct upstream_wait *wait;
	struct stream *stream;
	struct fetch *fetch;
	struct timer *begin;
	bool ended;
	void (*done)(const struct fetch_answer *, void *);
	void *context;
};

static void ask_free(void *object)
{
	struct ask *ask = object;

	timer_free(ask->begin);
	free(ask->target);
	free(ask);
}

static void ask_release(struct ask *ask)
{
	ask->ended = true;
	timer_stop(ask->begin);
	loop_defer_free(ask->setup.loop, &ask->deferred, ask_free);
}

static void end(struct ask *ask, const struct fetch_answer *answer)
{
	ask_release(ask);
	ask->done(answer, ask->context);
}

static void fail(struct ask *ask, const char *message)
{
	end(ask, &(struct fetch_answer){.message = message});
}

static void answered(const struct fetch_answer *answer, void *context)
{
	struct ask *ask = context;
	struct stream *stream = ask->stream;

	ask->fetch = NULL;
	ask->stream = NULL;
	if (answer->status != 0 && answer->reusable)
		upstream_return(ask->setup.upstream, ask->setup.generation, stream);
	else
		stream_abort(stream);
	end(ask, answer);
}

static void use(struct ask *ask, struct stream *stream)
{
	const struct fetch_question question = {.method = METHOD_GET,
	                                        .target = ask->target,
	                                        .host = upstream_host(ask->setup.upstream)};

	ask->stream = stream;
	stream_set_owner(stream, NULL, NULL);
	ask->fetch = fetch_start(ask->setup.loop, stream, &question, answered, ask);
	if (ask->fetch != NULL)
		return;
	ask->stream = NULL;
	stream_abort(stream);
	fail(ask, "out of memory");
}

static void connected(enum upstream_result result, struct stream *stream, const char *message,
                      void *context)
{
	struct ask *ask = context;

	ask->wait = NULL;
	if (result == UPSTREAM_READY)
		use(ask, stream);
	else
		fail(ask, message);
}

static void begin(void *context)
{
	struct ask *ask = context;
	struct stream *stream = upstream_reuse(ask->setup.upstream, ask->setup.generation);

	if (stream != NULL) {
		use(ask, stream);
		return;
	}
	ask->wait = upstream_connect(ask->setup.upstream, ask->setup.generation, connected, ask);
	if (ask->wait == NULL)
		fail(ask, "out of memory");
}

struct ask *ask_start(const struct ask_setup *setup,
                      void (*done)(const struct fetch_answer *answer, void *context), void *context)
{
	struct ask *ask = calloc(1, sizeof *ask);

	if (ask == NULL)
		return NULL;
	*ask = (struct ask){.setup = *setup, .done = done, .context = context};
	ask->target = strdup(setup->target);
	ask->begin = timer_new(setup->loop, begin, ask);
	if (ask->target == NULL || ask->begin == NULL) {
		ask_free(ask);
		return NULL;
	}
	timer_start(ask->begin, 0); /* from the loop, so that DONE never comes before this returns */
	return ask;
}

void ask_cancel(struct ask *ask)
{
	if (ask == NULL || ask->ended)
		return;
	upstream_cancel(ask->wait);
	fetch_cancel(ask->fetch);
	if (ask->stream != NULL)
		stream_abort(ask->stream);
	ask_release(ask);
}
