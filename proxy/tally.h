/* Counts what a tenant has in the daemon: a list of each kind that matters, and where execs do, a look at each running
 * container; one after the other, over pooled connections. */
#ifndef QUAYMASTER_PROXY_TALLY_H
#define QUAYMASTER_PROXY_TALLY_H

#include "policy/path.h"
#include "policy/quota.h"

#include <stdint.h>

struct arena;
struct loop;
struct tally;
struct upstream;
struct world;

struct tally_order {
	struct loop *loop;
	struct upstream *upstream;
	uint64_t generation;
	struct api_version version; /* to ask in */
	struct arena *arena;        /* as all here, it outlives the tally */
	const struct world *world;
	const struct quota_rules *rules;
	const struct quota_demand *demand;
	bool everything;                             /* all kinds are listed, and strays told of */
	void (*saw)(const char *token, void *owner); /* quota_list.h's: */
	bool (*is_left)(const char *token, void *owner);
	void (*stray)(const char *id, const char *name, void *owner);
	void (*done)(const char *failure, const struct quota_amounts *use, /* FAILURE: else NULL */
	             void *owner);
	void *owner;
};

/* DONE is called once, from the loop. NULL: no memory, and it is not called. */
struct tally *tally_start(const struct tally_order *order);
void tally_cancel(struct tally *tally); /* DONE will not come. NULL is fine */

#endif
