/* How much a denial counts: for a whole policy, and for a rule of the user's own. */
#ifndef QUAYMASTER_POLICY_MODE_H
#define QUAYMASTER_POLICY_MODE_H

/* Zeroed, a denial is a denial. The weaker of two modes is the greater. */
enum rule_mode {
	MODE_ENFORCE = 0,
	MODE_WARN,   /* the request passes, the client and the audit log are told */
	MODE_OBSERVE /* the request passes, only the audit log is told */
};

const char *rule_mode_name(enum rule_mode mode);

#endif
