/* Names of a tenant's own: with `names = "private"` a tenant's container, network or volume "db" is "TENANT.db" to the daemon.
 * No tenant's name has a dot, so no two tenants' names meet; and what a tenant calls by a shared name or by an id stays so. */
#ifndef QUAYMASTER_POLICY_PRIVATE_NAMES_H
#define QUAYMASTER_POLICY_PRIVATE_NAMES_H

#include "policy/route.h"

#include <jansson.h>
#include <stdbool.h>

struct arena;
struct world;

/* True where WORLD's tenant has names of its own for objects of KIND. */
bool private_names_are_for(const struct world *world, enum object_kind kind);
/* True for what is taken for an id, and so cannot be the name of something new. */
bool private_names_is_id(const char *name);
/* What the daemon calls the object of KIND that the tenant calls NAME: NAME itself for an id, or a shared one. In the world's
 * arena; NULL when that is exhausted. */
const char *private_names_wire(const struct world *world, enum object_kind kind, const char *name);
/* The same for what is made, whatever its name looks like. */
const char *private_names_new(const struct world *world, const char *name);
/* What the tenant calls what the daemon calls NAME, with or without a slash before it; inside NAME, or NAME itself. */
const char *private_names_shown(const struct world *world, const char *name);
/* Takes the tenant's name out of every name in VALUE, an answer or an element of one. False when there is no memory. */
bool private_names_show(const struct world *world, json_t *value);

#endif
