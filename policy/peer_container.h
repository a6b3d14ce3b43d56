/* From the process at the other end of a Unix socket to the container that it is in. Its cgroups are only claims; the daemon is
 * asked about each container that they name. */
#ifndef QUAYMASTER_POLICY_PEER_CONTAINER_H
#define QUAYMASTER_POLICY_PEER_CONTAINER_H

#include "policy/cgroup_path.h"
#include "policy/facts.h"
#include "policy/identity.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct seal_key;

enum { LABEL_TIME_LENGTH = 19 };

struct label_time {
	char text[LABEL_TIME_LENGTH + 1];
};

/* What is known of the process itself. Zeroed: nothing. */
struct peer_process {
	const char *cgroups; /* the text of its /proc/PID/cgroup; NULL: nobody knows */
	bool nested;         /* it is in a pid namespace below ours */
	const char *why;     /* nothing is known */
};

enum peer_answer {
	PEER_UNANSWERED = 0, /* the daemon could not be asked; the message says why */
	PEER_NEEDS_FACTS,    /* facts are wanted; to be asked again with them */
	PEER_ANSWERED        /* container.state and the rest are set */
};

struct peer_question {
	struct arena *arena, *facts_arena; /* of what the answer points to, and of FACTS */
	const struct peer_process *process;
	const struct label_keys *keys;
	/* Of each key, since when no client can set it, "2026-01-31T10:00:00" in UTC: containers that are older may have it from
	 * one. "": since always. NULL: all of them. */
	const struct label_time *since;
	const struct seal_key
		*seal; /* of containers that were made through quaymaster; NULL: none can be told */
	const char *cgroup_parent; /* of containers that ask for none; NULL: the daemon's own default */
	unsigned uid;              /* of the user whose daemon a rootless one is */
	const struct cgroup_layout *layout; /* of an earlier finding; NULL: the daemon is asked */
	struct facts *facts;                /* about containers, images and the daemon's "info" */
};

/* Of all containers that the peer may be in, it is in the deepest one that the daemon would have put where the process
 * is; what is below was made by that container itself. A process that no cgroup puts into a container, and that sees what we
 * see, is none's. Everything else is unknown, which no rule about containers holds for. Of the found container PID is
 * what the daemon calls its first process, and CLAIM where it is. */
struct peer_finding {
	struct container_identity container;
	int pid;
	struct cgroup_candidate claim;
	struct cgroup_layout layout; /* the daemon's, until it is started anew; zeroed: not needed */
	const char *message;
};

enum peer_answer peer_container_find(const struct peer_question *question,
                                     struct peer_finding *finding);

#endif
