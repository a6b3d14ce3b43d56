/* What `recreate` compares, as the body of a create has it. */
#ifndef QUAYMASTER_POLICY_RECREATE_BODY_H
#define QUAYMASTER_POLICY_RECREATE_BODY_H

#include <jansson.h>

struct arena;

/* TREE in canonical form, owned by ARENA. NULL when it has something that a create cannot say. */
const json_t *recreate_canonical(struct arena *arena, const json_t *tree);

/* The body that would have made the inspected CONTAINER, owned by ARENA; NULL when that cannot be told. */
const json_t *recreate_body(struct arena *arena, const json_t *container);

/* The link TEXT, "/db:/web/db" of an inspection or "db:db" of a create, as the latter; in ARENA, or TEXT itself. NULL
 * when ARENA is exhausted. */
const char *recreate_link(struct arena *arena, const char *text);

#endif
