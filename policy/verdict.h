/* What the policy says about a request. Zeroed is DENY. */
#ifndef QUAYMASTER_POLICY_VERDICT_H
#define QUAYMASTER_POLICY_VERDICT_H

#include "policy/mode.h"

#include <stdbool.h>
#include <stddef.h>

enum verdict_kind {
	VERDICT_DENY = 0,
	VERDICT_ALLOW,
	VERDICT_NEED /* facts wanted: look them up and ask again */
};

/* What a rule that is not enforced would have done. */
struct remark {
	enum rule_mode mode; /* MODE_WARN: the client is told; MODE_OBSERVE: only the audit log is */
	enum verdict_kind would;
	const char *rule, *message; /* as a denial's */
};

enum { REMARKS_MAX = 8 };

struct verdict {
	enum verdict_kind kind;
	unsigned status;     /* of a denial: 403; 404 for an object that is not there; 502 when the
	                      * daemon could not say; 0 elsewhere */
	const char *message; /* of a denial: field, value, rule's place and what to do instead */
	/* "ci.conf:12 operations.allow" or a built-in rule's name; for the audit log. NULL for NEED. */
	const char *rule;
	struct remark remarks[REMARKS_MAX];
	size_t remark_count; /* more than REMARKS_MAX are not kept: the clients' before the log's */
	bool would_deny;     /* a denial was only remarked on; also of remarks that were not kept: */
	enum rule_mode told; /* the strongest mode of all; MODE_ENFORCE: there were none */
	size_t
		rule_steps; /* rules of the user's own that were evaluated, and look-ups that found them */
};

const char *verdict_kind_name(enum verdict_kind kind);

/* Notes REMARK, and keeps it unless the same has been said already, or there is no room. */
void verdict_remark(struct verdict *verdict, const struct remark *remark);

#endif
