/* Whether a create makes a container anew as it was. */
#ifndef QUAYMASTER_POLICY_RECREATE_H
#define QUAYMASTER_POLICY_RECREATE_H

#include "policy/path.h"

#include <jansson.h>
#include <stdbool.h>

struct arena;
struct fact;
struct facts;
struct policy;
struct request;

/* What there is to compare. */
struct recreation {
	struct arena *arena;
	const json_t *body;      /* the canonical body of a create */
	const json_t *container; /* as it was inspected */
	const json_t *image;     /* the inspection of the image it was made from; NULL: not known */
	struct api_version
		version;            /* of the create: what it leaves out means something else in old ones */
	const char *difference; /* the answer "false": the first property that is not the same */
};

/* True when BODY describes CONTAINER in everything but its image's tag and digest. What the daemon fills in by itself
 * may be left out, and so may what came from IMAGE. Anything odd is false. */
bool recreate_equals(struct recreation *recreation);

/* True for operations after which a container's name may be free, under a policy that would let it be recreated: the
 * container is looked up, and what it was is remembered by whoever sends the request. */
bool recreate_frees_name(const struct policy *policy, const struct request *request);
/* The container whose name has become free once the daemon has carried REQUEST out; NULL: none has. */
const struct fact *recreate_freed(const struct policy *policy, const struct request *request,
                                  const struct facts *facts);
/* The name that a container has once the daemon has carried REQUEST out, under any policy; NULL: it gives none, or the
 * daemon chooses one. */
const char *recreate_taken(const struct request *request);

#endif
