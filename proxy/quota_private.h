/* What quota.c (the line) and quota_tenant.c (whose it is) share, and nobody else. */
#ifndef QUAYMASTER_PROXY_QUOTA_PRIVATE_H
#define QUAYMASTER_PROXY_QUOTA_PRIVATE_H

#include "policy/identity.h"
#include "proxy/quota.h"
#include "proxy/quota_lock.h"

#include <pthread.h>

struct timer;

enum { QUOTA_BUCKETS = 256, QUOTA_SECOND_MS = 1000 };

/* A request that nobody saw the end of. */
struct quota_left {
	char token[QUOTA_TOKEN_SIZE];
	uint64_t until_ms;
};

struct quota_tenant {
	struct quota_tenant *next;
	char name[TENANT_SIZE];
	unsigned tickets;
	struct quota_ticket *first, *last; /* in line */
	struct quota_amounts granted;      /* not settled yet */
	unsigned standing;                 /* of these, such as make something that stays */
	struct quota_left left[QUOTA_LOCK_TOKENS];
	size_t left_count;
	int lock; /* -1: not held */
	uint64_t locked_ms;
	double requests; /* that may come now */
	uint64_t refilled_ms, full_ms;
};

enum quota_phase {
	QUOTA_PHASE_LINE = 0,
	QUOTA_PHASE_COUNTING, /* its owner is */
	QUOTA_PHASE_QUIET,    /* at the head, until nothing else is under way */
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
	bool settled;       /* its owner has forgotten it */
	unsigned posted;    /* calls that are on their way to its loop */
	uint64_t head_ms;   /* since when it is the first; 0: it is not */
	unsigned under_way; /* as it began to count: */
	struct quota_amounts before;
};

struct quota_table {
	pthread_mutex_t mutex;
	struct quota_tenant *buckets[QUOTA_BUCKETS];
	struct quota_ticket *tickets;
	bool shared; /* with other processes, by locks in: */
	int folder;  /* -1: it cannot be used */
};

/* Under the mutex. The one called NAME, made where it is missing; NULL: no memory. */
struct quota_tenant *quota_find_tenant(struct quota_table *table, const char *name,
                                       uint64_t now_ms);

#endif
