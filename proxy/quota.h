/* What tenants have under way, over all workers: a line in which each waits for its turn to count what the daemon has, what
 * was granted and has not ended, and how fast requests come. Asks the daemon nothing (tally.h). With a state directory it is
 * one for all processes that share it (quota_lock.h). Thread-safe; a ticket belongs to the
 * thread of its loop. */
#ifndef QUAYMASTER_PROXY_QUOTA_H
#define QUAYMASTER_PROXY_QUOTA_H

#include "policy/quota.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct loop;
struct quota_table;
struct quota_ticket;

enum {
	QUOTA_LEFT_MS =
		5000, /* what may have come of a request that nobody saw the end of, shows within that */
	QUOTA_PATIENCE_MS = 30000, /* at the head of the line */
	QUOTA_TURN_MS = 500        /* after so long another process gets the tenant's lock */
};

/* STATE is a directory, or NULL; makes STATE/quota. Blocks. NULL with ERROR when there is no memory; with ERROR alone where
 * STATE cannot be used: nothing that has to be counted is granted then. */
struct quota_table *quota_table_open(const char *state, struct error *error);
/* All tickets have been settled, and their loops are gone or will not run. NULL is fine. */
void quota_table_close(struct quota_table *table);

enum quota_call {
	QUOTA_COUNT,     /* it is the ticket's turn: count, then quota_decide */
	QUOTA_TIRED,     /* its turn does not come: settle it */
	QUOTA_UNLOCKABLE /* the lock's file cannot be used: settle it */
};

struct quota_order {
	struct loop *loop;
	const char *tenant;
	const struct quota_rules *rules; /* these and the demand outlive the ticket */
	const struct quota_demand *demand;
	const char *token; /* by which the daemon's lists show what came of it; NULL: they do not */
	void (*call)(enum quota_call call, void *owner); /* from the loop, while it waits */
	void *owner;
};

enum quota_answer {
	QUOTA_OVER = 0, /* too much: settle it */
	QUOTA_WAITING,  /* CALL will come */
	QUOTA_GRANTED   /* until it is settled */
};

struct quota_outcome {
	enum quota_answer answer;
	enum quota_kind over; /* of what too much, and how much there is: of QUOTA_OVER */
	struct quota_amounts use;
	bool passes; /* some of which is under way, and may come to nothing */
};

/* Asks for what is wanted at a time at once, and lines up for the rest. NULL: no memory. */
struct quota_ticket *quota_enter(struct quota_table *table, const struct quota_order *order,
                                 struct quota_outcome *outcome);
/* How many requests nobody saw the end of: what they made is to be looked for while it is counted, and told. */
size_t quota_left(const struct quota_ticket *ticket);
bool quota_is_left(const struct quota_ticket *ticket, const char *token);
void quota_saw(struct quota_ticket *ticket, const char *token);
/* USE is what the daemon has, all of it counted since CALL came. */
void quota_decide(struct quota_ticket *ticket, const struct quota_amounts *use,
                  struct quota_outcome *outcome);
/* The ticket's end, whatever it was at. SURE: the daemon has said what came of it, or never heard of it. NULL is fine. */
void quota_settle(struct quota_ticket *ticket, bool sure);

/* Takes one request of TENANT's from what RULES let through at NOW; false: too fast. */
bool quota_take_request(struct quota_table *table, const char *tenant,
                        const struct quota_rules *rules, uint64_t now_ms);

#endif
