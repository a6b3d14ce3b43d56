/* What quota.c (the line) and quota_tenant.c (whose it is) share, and nobody else. */
#ifndef QUAYMASTER_PROXY_QUOTA_PRIVATE_H
#define QUAYMASTER_PROXY_QUOTA_PRIVATE_H

#include "policy/identity.h"
#include "proxy/quota.h"
#include "proxy/quota_lock.h"

#include <pthread.h>

struct timer;

enum { QUOTA_BUCKETS = 256, QUOTA_SECOND_MS = 1000, QUOTA_UNRECORDED = QUOTA_RECORDS };

/* A request that nobody saw the end of. */
struct quota_left {
	size_t record; /* that tells of it; QUOTA_UNRECORDED: nothing is shared */
	char token[QUOTA_TOKEN_SIZE];
	uint64_t until_ms;
};

struct quota_tenant {
	struct quota_tenant *next;
	char name[TENANT_SIZE];
	unsigned tickets;
	struct quota_ticket *first, *last; /* in line */
	struct quota_amounts granted;      /* not settled yet */
	struct quota_left left[QUOTA_RECORDS];
	size_t left_count;
	uint64_t looked_ms;  /* when it was last looked for them in the file */
	int file;            /* that is shared; -1: nobody needs it */
	unsigned file_users; /* records in it, and who is at the head of the line */
	uint64_t turn_ms, turn_last_ms, pause_ms; /* how long the lock has been ours again and again */
	double requests;                          /* that may come now */
	uint64_t refilled_ms, full_ms;
};

enum quota_phase {
	QUOTA_PHASE_LINE = 0,
	QUOTA_PHASE_COUNTING, /* its owner is */
	QUOTA_PHASE_QUIET,    /* at the head, until nothing of what it is too much of is under way */
	QUOTA_PHASE_GRANTED,
	QUOTA_PHASE_OVER
};

struct quota_ticket {
	struct quota_ticket *previous, *next;   /* in line */
	struct quota_ticket *earlier, *younger; /* of all there are */
	struct quota_table *table;
	struct quota_tenant *tenant;
	struct quota_order order;
	char token[QUOTA_TOKEN_SIZE];
	struct timer *timer;
	enum quota_phase phase;
	bool standing;
	bool settled;                /* its owner has forgotten it */
	unsigned posted;             /* calls that are on their way to its loop */
	uint64_t head_ms;            /* since when it is the first; 0: it is not */
	struct quota_amounts before; /* under way as it began to count, here and at others */
	enum quota_kind over;        /* of what too much, while it is QUIET */
	bool uses_file, locks;       /* the tenant's; for counting */
	size_t record;               /* of its own, once it is granted; or that may be */
};

struct quota_table {
	pthread_mutex_t mutex;
	struct quota_tenant *buckets[QUOTA_BUCKETS];
	struct quota_ticket *tickets;
	bool shared;                 /* with other processes, by: */
	struct quota_ledger *ledger; /* NULL: it cannot be used */
};

/* Under the mutex. The one called NAME, made where it is missing; NULL: no memory. */
struct quota_tenant *quota_find_tenant(struct quota_table *table, const char *name,
                                       uint64_t now_ms);

/* quota_shared.c: all of it outside of the mutex, and by the head of the line but for what ends a ticket. */

enum quota_share { QUOTA_SHARE_BROKEN = 0, QUOTA_SHARE_BUSY, QUOTA_SHARE_TAKEN };

/* Locks the tenant's file, where there is one, and learns what others have under way and what was left behind. */
enum quota_share quota_share_take(struct quota_ticket *ticket);
/* RESOLVED, some of what was left behind, is not any more. */
struct quota_resolved {
	size_t records[QUOTA_RECORDS];
	size_t count;
};
void quota_share_resolve(const struct quota_ticket *ticket, const struct quota_resolved *resolved);
/* Tells others that it is granted. False: it could not be told. */
bool quota_share_note(struct quota_ticket *ticket);
/* It has counted: lets go of the lock. */
void quota_share_release(struct quota_ticket *ticket);
/* It ends: its record is wiped, or, when it is not SURE what came of it, left behind. */
void quota_share_end(struct quota_ticket *ticket, bool sure);

#endif
