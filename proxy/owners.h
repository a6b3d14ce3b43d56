/* Which containers and networks are a tenant's own, by their full ids: what a look-up has proved once, and nothing can change,
 * since such an id is never given again and its labels never change. What is foreign is not kept, so that nobody tells from the
 * time of an answer that it is there; nor is anything by a name, nor what an object is like. One worker's. */
#ifndef QUAYMASTER_PROXY_OWNERS_H
#define QUAYMASTER_PROXY_OWNERS_H

#include "policy/route.h"

#include <stdbool.h>
#include <stdint.h>

struct fact;
struct owners;

enum { OWNERS_MAX = 4096 };

/* What it holds within: it is forgotten when another one comes. */
struct owners_scope {
	uint64_t generation; /* of the daemon */
	uint64_t edition;    /* whose key proved it: its serial */
};

/* NULL: no memory. */
struct owners *owners_new(void);
void owners_free(struct owners *owners); /* NULL is fine */

/* FACT was found in a tenant's world. */
void owners_note(struct owners *owners, const struct owners_scope *scope, const struct fact *fact);
/* True when what FACT asks about is known to be the tenant's own. */
bool owners_know(struct owners *owners, const struct owners_scope *scope, const struct fact *fact);

#endif
