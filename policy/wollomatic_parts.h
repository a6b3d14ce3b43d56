/* What the wollomatic*.c files share, and nobody else. */
#ifndef QUAYMASTER_POLICY_WOLLOMATIC_PARTS_H
#define QUAYMASTER_POLICY_WOLLOMATIC_PARTS_H

#include "policy/route.h"
#include "policy/wollomatic.h"

enum { SHOWN_MAX = 100, PATHS_MAX = 64 };

/* An expression that paths are allowed by. */
struct path_rule {
	enum method method;
	const char *heading; /* "-allowGET=/version": as it was given */
	const struct regex *regex;
	bool opens; /* an operation that is open now is open by this one */
};

struct reading {
	struct arena *arena;
	const struct variables *variables;
	struct converted *converted;
	struct problems *mistakes, *notes;
	struct path_rule paths[PATHS_MAX];
	size_t path_count;
};

/* Adds the expression that VARIABLE holds, or tells why it is left out. */
void wollomatic_add_path(struct reading *reading, const char *method,
                         const struct variable *variable);
/* Opens the operations that the expressions cover, and tells of those that they cover in part. False when the
 * arena is exhausted. */
bool wollomatic_open_paths(struct reading *reading);

#endif
