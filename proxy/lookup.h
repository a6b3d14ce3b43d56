/* Asks the daemon for the facts a verdict needs: one GET an object, over pooled connections. */
#ifndef QUAYMASTER_PROXY_LOOKUP_H
#define QUAYMASTER_PROXY_LOOKUP_H

#include "policy/path.h"

#include <stdint.h>

struct arena;
struct facts;
struct former;
struct lookup;
struct loop;
struct owners;
struct provenance;
struct upstream;

/* Whom to ask, and how. */
struct lookup_source {
	struct loop *loop;
	struct upstream *upstream;
	uint64_t generation;           /* of the daemon, known to the upstream */
	struct api_version version;    /* to ask in */
	struct provenance *provenance; /* tells where images came from; NULL: nobody knows */
	struct former *former;         /* tells who had a name last, */
	const char *policy;            /* to clients of this policy (NULL: it is not asked) */
	const char *tenant;            /* and this tenant, "" for none */
	struct owners *owners;         /* remembers whose objects are; NULL: nobody does */
	uint64_t edition;              /* the serial of the one whose world the facts are in */
	const char *registry_auth;     /* X-Registry-Auth, where a registry is asked; NULL: none */
};

/* Looks up every wanted fact (answers bounded in size, parsed strictly), then calls DONE once. A fact that
 * could not be learnt is FACT_FAILED. NULL when there is no memory (DONE is not called). */
struct lookup *lookup_start(const struct lookup_source *source, struct arena *arena,
                            struct facts *facts, void (*done)(void *context), void *context);
void lookup_cancel(struct lookup *lookup); /* NULL is fine */

#endif
