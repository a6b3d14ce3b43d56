/* The configured daemon as what answers facts: a loop of its own, run only while somebody waits. */
#include "proxy/cmd_explain.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "proxy/config.h"
#include "proxy/lookup.h"
#include "proxy/loop.h"
#include "proxy/tls_context.h"
#include "proxy/upstream.h"

#include <stdlib.h>

enum { ASK_TIMEOUT_MS = 30000 };

struct live {
	struct loop *loop;
	struct ssl_ctx_st *tls;
	struct upstream *upstream;
	struct timer *timer;
	struct daemon_info info;
	struct error error;
	bool known, late;
};

static void too_late(void *context)
{
	struct live *live = context;

	live->late = true;
	loop_stop(live->loop);
}

static void daemon_known(enum upstream_result result, const struct daemon_info *info,
                         const char *message, void *context)
{
	struct live *live = context;

	live->known = result == UPSTREAM_READY;
	if (live->known)
		live->info = *info;
	else
		error_set(&live->error, "%s", message);
	loop_stop(live->loop);
}

/* Runs the loop until somebody stops it. False when that took too long. */
static bool run(struct live *live)
{
	live->late = false;
	timer_start(live->timer, ASK_TIMEOUT_MS);
	loop_run(live->loop);
	timer_stop(live->timer);
	return !live->late;
}

static bool ask_daemon(struct live *live, struct error *error)
{
	struct upstream_wait *wait = upstream_ask(live->upstream, daemon_known, live);

	if (wait == NULL)
		return error_set(error, "out of memory");
	if (!run(live)) {
		upstream_cancel(wait);
		return error_set(error, "the daemon does not answer");
	}
	return live->known || error_set(error, "%s", live->error.text);
}

static bool begin(struct live *live, const struct config *config, struct error *error)
{
	live->loop = loop_new();
	live->timer = live->loop != NULL ? timer_new(live->loop, too_late, live) : NULL;
	if (config->upstream.tls) {
		live->tls = tls_context_client(&config->upstream.tls_files, error);
		if (live->tls == NULL)
			return false;
	}
	if (live->timer != NULL)
		live->upstream = upstream_new(live->loop, &config->upstream, live->tls);
	return live->upstream != NULL || error_set(error, "out of memory");
}

struct live *live_open(const struct config *config, struct api_range *range, struct error *error)
{
	struct live *live = calloc(1, sizeof *live);

	if (live == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	if (!begin(live, config, error) || !ask_daemon(live, error)) {
		live_close(live);
		return NULL;
	}
	*range = live->info.range;
	return live;
}

void live_close(struct live *live)
{
	if (live == NULL)
		return;
	if (live->upstream != NULL)
		upstream_free(live->upstream);
	timer_free(live->timer);
	if (live->loop != NULL)
		loop_free(live->loop);
	tls_context_free(live->tls);
	free(live);
}

static void facts_learnt(void *context)
{
	struct live *live = context;

	loop_stop(live->loop);
}

static void fail_all(struct facts *facts, const char *message)
{
	for (size_t i = 0; i < facts->count; i++) {
		if (facts->list[i].state == FACT_WANTED) {
			facts->list[i].state = FACT_FAILED;
			facts->list[i].message = message;
		}
	}
}

void live_answer(void *context, struct arena *arena, struct facts *facts)
{
	struct live *live = context;
	const struct lookup_source source = {.loop = live->loop,
	                                     .upstream = live->upstream,
	                                     .generation = live->info.generation,
	                                     .version = live->info.range.engine};
	struct lookup *lookup = lookup_start(&source, arena, facts, facts_learnt, live);

	if (lookup != NULL && run(live))
		return;
	lookup_cancel(lookup);
	fail_all(facts, lookup != NULL ? "the daemon does not answer" : "out of memory");
}
