/* A test bench for what lies between a client and the daemon: a fake daemon, the pool of connections
 * to it, and a client's end, all on one loop. */
#ifndef QUAYMASTER_TESTS_BENCH_H
#define QUAYMASTER_TESTS_BENCH_H

#include "proxy/config.h"
#include "proxy/upstream.h"
#include "tests/unit/ends.h"
#include "tests/unit/fake_daemon.h"

struct bench {
	struct ends
		ends; /* first, for bench_of; ends.client is who asks, unless a test says otherwise */
	struct fake_daemon daemon;
	struct upstream_config config;
	struct upstream *upstream;
};

/* ANSWERS is the daemon's table; it must outlive the bench. */
void bench_open(struct bench *bench, const struct fake_answer *answers);
void bench_close(struct bench *bench);

/* The bench whose ends were given to a condition of ends_run. */
struct bench *bench_of(struct ends *ends);
/* Gives the loop so many turns that nothing which needs no waiting is still under way, however slow
 * the machine is. */
void ends_settle(struct ends *ends);
void bench_settle(struct bench *bench);
/* Runs the loop until the condition holds, for what takes longer than ends_run has patience. */
void ends_run_long(struct ends *ends, bool (*until)(struct ends *ends));

/* Asks the daemon what it is, and tells the generation. */
uint64_t bench_generation(struct bench *bench);
/* Leaves one connection, new and ready, in the pool, and returns its other end. */
struct fake_connection *bench_pool_one(struct bench *bench);

#endif
