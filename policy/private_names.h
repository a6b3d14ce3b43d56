/* Names of a tenant's own: with `names = "private"` a tenant's container, volume, secret or config "db" is "TENANT.db" to the
 * daemon. Networks and services, whose names a swarm takes for DNS labels, have two low lines instead: "TENANT__db". No tenant's
 * name has a dot or a low line, so no two tenants' names meet; and what a tenant calls by a shared name or an id stays so. */
#ifndef QUAYMASTER_POLICY_PRIVATE_NAMES_H
#define QUAYMASTER_POLICY_PRIVATE_NAMES_H

#include "policy/route.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct world;

/* True where WORLD's tenant has names of its own for objects of KIND. */
bool private_names_are_for(const struct world *world, enum object_kind kind);
/* True for what is taken for the id of an object of KIND, and so cannot be the name of something new. */
bool private_names_is_id(enum object_kind kind, const char *name);
/* What the daemon calls the object of KIND that the tenant calls NAME: NAME itself for an id, or a shared one. In the world's
 * arena; NULL when that is exhausted. */
const char *private_names_wire(const struct world *world, enum object_kind kind, const char *name);
/* What else it may call it, when it has none called WIRE: a task's container is named as its service is, and a short name may
 * be the beginning of an id. NULL: nothing, or no memory. */
const char *private_names_next(const struct world *world, enum object_kind kind, const char *name,
                               const char *wire);
/* The same for what is made, whatever its name looks like. */
const char *private_names_new(const struct world *world, enum object_kind kind, const char *name);
/* How many bytes of a name of KIND are the tenant's to choose; SIZE_MAX when the daemon sets no limit. */
size_t private_names_length_max(const struct world *world, enum object_kind kind);
/* What the tenant calls what the daemon calls NAME, with or without a slash before it; inside NAME, or NAME itself. Of kind
 * OBJECT_NONE it may be anything's. */
const char *private_names_shown(const struct world *world, enum object_kind kind, const char *name);
/* How many of NAME's first bytes say which tenant has it, whoever that is, where it could be one of any kind; 0 for none. The
 * tenant's own name has *TENANT_LEN of them. */
size_t private_names_prefix(const char *name, size_t *tenant_len);
/* Takes the tenant's name out of every name in VALUE, an answer or an element of one. False when there is no memory. */
bool private_names_show(const struct world *world, json_t *value);

#endif
