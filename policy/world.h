/* A tenant's closed world: which of the daemon's objects are its own, which it shares with others, and which are not
 * there for it. Fixed for one request; whoever asks for facts holds them against it (facts.h). */
#ifndef QUAYMASTER_POLICY_WORLD_H
#define QUAYMASTER_POLICY_WORLD_H

#include "policy/route.h"
#include "policy/seal.h"

#include <jansson.h>
#include <stdbool.h>

struct arena;
struct identity;
struct policy;
struct tenancy_rules;

struct world {
	struct arena *arena; /* the request's: for what is compared */
	const char *tenant;
	const struct seal_key *key;
	const struct tenancy_rules *rules;
	char nonce[SEAL_NONCE_DIGITS + 1]; /* of what this request makes; never of another request's */
};

enum ownership {
	OWNERSHIP_FOREIGN = 0, /* another tenant's, or nobody's: it does not exist */
	OWNERSHIP_SHARED,      /* to be used and looked at, and changed by nobody */
	OWNERSHIP_OWN
};

/* True when clients of IDENTITY have a tenant, and POLICY does not leave its world open. */
bool world_is_closed(const struct policy *policy, const struct identity *identity);

/* Fills WORLD, whose nonce is there already, for one request of IDENTITY's. False when it has no closed world. */
bool world_begin(struct world *world, struct arena *arena, const struct policy *policy,
                 const struct identity *identity, const struct seal_key *key);

/* True when worlds by A and by B have the same in them, under the same names. */
bool world_rules_are_same(const struct tenancy_rules *a, const struct tenancy_rules *b);

/* Whose an OBJECT of KIND is by what the daemon tells of it, by itself or as an element of a list. An exec is never asked
 * about: it is what its container is. */
enum ownership world_owner(const struct world *world, enum object_kind kind, const json_t *object);
/* The tenant that the seal on OBJECT names, whoever it is; NULL when no seal on it holds. */
const char *world_sealed_tenant(const struct seal_key *key, enum object_kind kind,
                                const json_t *object);
/* True when that is this tenant. */
bool world_owns(const struct world *world, enum object_kind kind, const json_t *object);
/* Shared by its NAME: a network, a volume or an image's name that the policy lists, or a network that every daemon has. */
bool world_shares(const struct world *world, enum object_kind kind, const char *name);

/* What dockerd answers about an object of KIND that it has not, "No such container: web". In ARENA; NULL when it is
 * exhausted. */
const char *world_missing(struct arena *arena, enum object_kind kind, const char *name);

/* What a seal is bound to besides its kind, since labels travel: of a container, whose image brings labels as well, the image's
 * id ("sha256:..."); of a task, whose image is pulled elsewhere, the name of its service, which a third label tells; of all else
 * nothing (""). A container of a task's has the task's labels. */

/* True when LABELS have this tenant's seal for an object of KIND that is bound to BOUND. */
bool world_owns_labels(const struct world *world, enum object_kind kind, const char *bound,
                       const json_t *labels);
/* Puts that seal into the object LABELS. False when there is no memory. */
bool world_label(const struct world *world, enum object_kind kind, const char *bound,
                 json_t *labels);

/* The same in the OBJECT that an inspection tells of. False, too, when objects of that KIND have no labels. */
bool world_label_object(const struct world *world, enum object_kind kind, json_t *object);

/* True for the name of a label that is quaymaster's own. */
bool world_is_own_label(const char *name);
/* Takes those out of VALUE, wherever labels are: a container's mounts have them, too. */
void world_hide_labels(json_t *value);

#endif
