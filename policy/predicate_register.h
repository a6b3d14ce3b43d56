/* What the paths of predicates can be about, besides the register of bodies and the parameters of routes. Private to
 * the predicate_*.c files. */
#ifndef QUAYMASTER_POLICY_PREDICATE_REGISTER_H
#define QUAYMASTER_POLICY_PREDICATE_REGISTER_H

#include "policy/predicate_path.h"
#include "policy/schema.h"

#include <stdbool.h>
#include <stddef.h>

/* By enum identity_field. */
struct identity_row {
	const char *
		name; /* "uid", "container.name": the segments behind `identity`, or of a label all but its key */
	enum value_type type;
	bool many;
};

extern const struct identity_row identity_rows[];
extern const size_t identity_row_count;

/* What the daemon tells of an object, and where. */
struct target_row {
	enum object_kind object;
	const char *name;
	enum json_kind kind;
	const char *way[4]; /* members of the inspection, the first and what follows until NULL */
};

const struct target_row *target_row_find(enum object_kind object, const char *name);

/* The properties that a route's body has; NULL when it has none, or is a list. */
const struct schema *register_body(const struct route *route);
/* A property that is never sent has no value. */
bool register_sends(const struct field *field);

#endif
