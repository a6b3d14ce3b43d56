/* What the policy says about a request. Zeroed is DENY. */
#ifndef QUAYMASTER_POLICY_VERDICT_H
#define QUAYMASTER_POLICY_VERDICT_H

enum verdict_kind {
	VERDICT_DENY = 0,
	VERDICT_ALLOW,
	VERDICT_NEED /* facts wanted: look them up and ask again */
};

struct verdict {
	enum verdict_kind kind;
	unsigned status;     /* of a denial: 403; 404 for an object that is not there; 502 when the
	                      * daemon could not say; 0 elsewhere */
	const char *message; /* of a denial: field, value, rule's place and what to do instead */
	/* "ci.conf:12 operations.allow" or a built-in rule's name; for the audit log. NULL for NEED. */
	const char *rule;
};

const char *verdict_kind_name(enum verdict_kind kind);

#endif
