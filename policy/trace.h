/* Everything that a policy holds against a request, instead of the first thing only: for `explain` and `learn`,
 * which ask what it would take. A judgement without a trace knows nothing of this. */
#ifndef QUAYMASTER_POLICY_TRACE_H
#define QUAYMASTER_POLICY_TRACE_H

#include "policy/place.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum { TRACE_MAX = 256 };

struct objection {
	/* The setting that objects, "container.binds"; NULL where no setting would help: what is malformed, unknown to
	 * the daemon, or could not be looked up. */
	const char *rule;
	const char *
		value; /* what the setting would have to list; NULL for a flag, or when no one value would do */
	bool write;         /* of container.binds: it must list it for writing */
	struct place place; /* of the setting, or of the policy that lacks it */
	const char *claim;  /* "HostConfig.Privileged is true" */
	const char *advice; /* what to do instead, or NULL */
};

struct trace {
	struct arena *arena; /* everything lives there */
	struct objection list[TRACE_MAX];
	size_t count;
	bool cut; /* there were more, or no memory for them */
};

/* Adds what is not there already; copies its texts but RULE's, which is a literal. */
void trace_add(struct trace *trace, const struct objection *objection);

/* The objection of TRACE by the same setting for the same reason, or NULL. */
const struct objection *trace_find(const struct trace *trace, const struct objection *objection);

#endif
