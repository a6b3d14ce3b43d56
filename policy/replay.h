/* What another policy would have decided of a request in the audit log. */
#ifndef QUAYMASTER_POLICY_REPLAY_H
#define QUAYMASTER_POLICY_REPLAY_H

struct arena;
struct audit_record;
struct policy;
struct policy_set;

enum replay_outcome {
	REPLAY_UNDECIDED = 0, /* the log does not tell enough */
	REPLAY_SAME,
	REPLAY_NOW_DENIED,
	REPLAY_NOW_ALLOWED
};

const char *replay_outcome_name(enum replay_outcome outcome); /* "now denied", ... */

struct replay {
	enum replay_outcome outcome;
	const char *policy; /* that would have judged; NULL: no client rule gives one */
	const char *reason; /* of a difference its message, or what is not known; "" for the same */
};

/* By whom to judge, and for which daemon. */
struct replay_setup {
	const struct policy_set *set; /* whose client rules give the policy, */
	const struct policy *policy;  /* unless this one is to judge everything */
	unsigned minor;               /* the newest API version 1.x that the daemon speaks */
};

/* Judges RECORD anew. Objects of the daemon are not in the log: a denial holds whatever they were, and so does an
 * allowance that asks for none. Everything lives in ARENA. */
void replay_record(struct arena *arena, const struct replay_setup *setup,
                   const struct audit_record *record, struct replay *replay);

#endif
