/* Owns the connection of one question: borrowed for it, and given back or dropped with its answer. */
#include "proxy/ask.h"

#include "proxy/loop.h"
#include "proxy/stream.h"
#include "proxy/upstream.h"

#include <stdlib.h>

struct ask {
	struct deferred deferred;
	struct ask_setup setup;
	struct header extra;
	struct upstream_wait *wait;
	struct stream *stream;
	struct fetch *fetch;
	bool ended;
	void (*done)(const struct fetch_answer *, void *);
	void *context;
};

static void ask_release(struct ask *ask)
{
	ask->ended = true;
	loop_defer_free(ask->setup.loop, &ask->deferred, free);
}

static void end(struct ask *ask, const struct fetch_answer *answer)
{
	ask_release(ask);
	ask->done(answer, ask->context);
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

/* False when there is no memory: the stream is gone then. */
static bool use(struct ask *ask, struct stream *stream)
{
	const struct fetch_question question = {
		.method = ask->setup.method,
		.target = ask->setup.target,
		.host = upstream_host(ask->setup.upstream),
		.headers = {&ask->extra, ask->setup.extra != NULL ? 1 : 0},
	};

	ask->stream = stream;
	stream_set_owner(stream, NULL, NULL);
	ask->fetch = fetch_start(ask->setup.loop, stream, &question, answered, ask);
	if (ask->fetch != NULL)
		return true;
	ask->stream = NULL;
	stream_abort(stream);
	return false;
}

static void connected(enum upstream_result result, struct stream *stream, const char *message,
                      void *context)
{
	struct ask *ask = context;

	ask->wait = NULL;
	if (result != UPSTREAM_READY)
		end(ask, &(struct fetch_answer){.message = message});
	else if (!use(ask, stream))
		end(ask, &(struct fetch_answer){.message = "out of memory"});
}

/* Neither a stream nor a wait calls back before this returns. */
static bool begin(struct ask *ask)
{
	const struct ask_setup *setup = &ask->setup;
	struct stream *stream =
		setup->fresh ? NULL : upstream_reuse(setup->upstream, setup->generation);

	if (stream != NULL)
		return use(ask, stream);
	ask->wait = upstream_connect(setup->upstream, setup->generation, connected, ask);
	return ask->wait != NULL;
}

struct ask *ask_start(const struct ask_setup *setup,
                      void (*done)(const struct fetch_answer *answer, void *context), void *context)
{
	struct ask *ask = calloc(1, sizeof *ask);

	if (ask == NULL)
		return NULL;
	*ask = (struct ask){.setup = *setup, .done = done, .context = context};
	if (setup->extra != NULL)
		ask->extra = *setup->extra;
	if (begin(ask))
		return ask;
	free(ask);
	return NULL;
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
