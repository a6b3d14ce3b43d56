/* Which paths of the host a policy lets be mounted, and how: the rules alone, without the words for a
 * denial. Paths are compared as they are written, once clean. Symbolic links on the host are the
 * daemon's to follow, at each start anew: so nothing below what a client can write is a source. */
#ifndef QUAYMASTER_POLICY_BIND_RULES_H
#define QUAYMASTER_POLICY_BIND_RULES_H

#include "policy/spec.h"

#include <stdbool.h>

struct arena;
struct bind_rule;
struct identity;
struct policy;

/* One bind of the host, wherever it was written. */
struct bind_use {
	const char *source; /* clean */
	bool write;         /* RELABEL is a write, too */
	const char *writer; /* what makes a read-only mount of it one that writes; else NULL */
	bool relabel;
	enum propagation propagation;
};

enum bind_answer {
	BIND_UNLISTED = 0,
	BIND_IS_SOCKET,     /* of a container engine, or of a listener of ours */
	BIND_HOLDS_SOCKET,  /* a directory above one */
	BIND_BELOW_WRITTEN, /* where clients could have planted a link */
	BIND_READ_ONLY,     /* is listed, but not for writing */
	BIND_PROPAGATES,    /* mounts would travel further than listed */
	BIND_RELABELS,      /* needs a bind that creates its source, and this one must not */
	BIND_FINE
};

/* Judges USE under POLICY for IDENTITY. *RULE is the rule that decided, NULL where none did; of several
 * that allow it, one that also lets the source be created. */
enum bind_answer bind_rules_judge(struct arena *arena, const struct policy *policy,
                                  const struct identity *identity, const struct bind_use *use,
                                  const struct bind_rule **rule);

#endif
