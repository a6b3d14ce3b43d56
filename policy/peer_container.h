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

/* What is known of the process itself. Zeroed: nothing. */
struct peer_process {
	const char *cgroups; /* the text of its /proc/PID/cgroup; NULL: nobody knows */
	bool nested;         /* it is in a pid namespace below ours */
	const char *why;     /* nothing is known */
};

/* The keys of labels that client rules ask about, in ascending order. */
struct label_keys {
	const char *const *list;
	size_t count;
};

enum peer_answer {
	PEER_UNANSWERED = 0, /* the daemon could not be asked; the message says why */
	PEER_NEEDS_FACTS,    /* facts are wanted; to be asked again with them */
	PEER_ANSWERED        /* container.state and the rest are set */
};

struct peer_question {
	struct arena *arena; /* of what the answer points to */
	const struct peer_process *process;
	const struct label_keys *keys;
	const char *
		cgroup_parent; /* what the daemon takes for containers that ask for none; NULL: its own default */
	unsigned uid;        /* of the user whose daemon a rootless one is */
	struct facts *facts; /* about containers, images and the daemon's "info" */
};

/* Of all containers that the peer may be in, it is in the deepest one that the daemon would have put where the process
 * is; what is below was made by that container itself. A process that no cgroup puts into a container, and that sees what we
 * see, is none's. Everything else is unknown, which no rule about containers holds for. Of the found container PID is
 * what the daemon calls its first process, and CLAIM where it is. */
struct peer_finding {
	struct container_identity container;
	int pid;
	struct cgroup_candidate claim;
	const char *message;
};

enum peer_answer peer_container_find(const struct peer_question *question,
                                     struct peer_finding *finding);

#endif
