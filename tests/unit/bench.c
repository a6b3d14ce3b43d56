/* A bench: the proxy's lower half between a client's end and a fake daemon. */
#include "tests/unit/bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { SETTLE_TICKS = 12, PATIENCE_MS = 100000, STEP_MS = 50 };

void bench_open(struct bench *bench, const struct fake_answer *answers)
{
	ends_prepare(&bench->ends, OVER_UNIX);
	fake_daemon_open(&bench->daemon, bench->ends.loop, answers);
	bench->config = (struct upstream_config){.socket = bench->daemon.path,
	                                         .connect_timeout_ms = 5000,
	                                         .idle_connections = 4};
	bench->upstream = upstream_new(bench->ends.loop, &bench->config, NULL);
	assert_non_null(bench->upstream);
}

void bench_close(struct bench *bench)
{
	upstream_free(bench->upstream);
	assert_false(bench->daemon.malformed);
	assert_false(bench->daemon.overlapped);
	fake_daemon_close(&bench->daemon);
	ends_close(&bench->ends);
}

struct bench *bench_of(struct ends *ends)
{
	return (struct bench *)ends;
}

static unsigned ticks;

/* Each tick is at least a turn of the loop. */
static bool has_ticked(struct ends *ends)
{
	(void)ends;
	return ++ticks >= SETTLE_TICKS;
}

void ends_settle(struct ends *ends)
{
	ticks = 0;
	ends_run(ends, has_ticked);
}

void bench_settle(struct bench *bench)
{
	ends_settle(&bench->ends);
}

void ends_run_long(struct ends *ends, bool (*until)(struct ends *))
{
	for (unsigned ms = 0; ms < PATIENCE_MS && !until(ends); ms += STEP_MS)
		ends_run_for(ends, STEP_MS);
	assert_true(until(ends));
}

static void learn(enum upstream_result result, const struct daemon_info *info, const char *message,
                  void *context)
{
	(void)info;
	if (result != UPSTREAM_READY)
		fail_msg("%s", message);
	*(bool *)context = true;
}

static bool is_known(struct ends *ends)
{
	return upstream_known(bench_of(ends)->upstream) != NULL;
}

uint64_t bench_generation(struct bench *bench)
{
	bool told = false;

	if (!is_known(&bench->ends)) {
		assert_non_null(upstream_ask(bench->upstream, learn, &told));
		ends_run(&bench->ends, is_known);
		assert_true(told);
	}
	return upstream_known(bench->upstream)->generation;
}

static struct stream *connected;

static void take_stream(enum upstream_result result, struct stream *stream, const char *message,
                        void *context)
{
	(void)context;
	if (result != UPSTREAM_READY)
		fail_msg("%s", message);
	connected = stream;
}

static bool is_connected(struct ends *ends)
{
	(void)ends;
	return connected != NULL;
}

struct fake_connection *bench_pool_one(struct bench *bench)
{
	uint64_t generation = bench_generation(bench);
	struct upstream_wait *wait;

	connected = NULL;
	wait = upstream_connect(bench->upstream, generation, take_stream, NULL);
	assert_non_null(wait);
	ends_run(&bench->ends, is_connected);
	upstream_return(bench->upstream, generation, connected);
	bench_settle(bench);
	return fake_daemon_last(&bench->daemon);
}
