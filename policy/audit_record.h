/* A decision line of the audit log, read back: what `learn` and `replay` know of a request. */
#ifndef QUAYMASTER_POLICY_AUDIT_RECORD_H
#define QUAYMASTER_POLICY_AUDIT_RECORD_H

#include "policy/identity.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

enum { AUDIT_LINE_MAX = 64 * 1024, AUDIT_HIDDEN_MAX = 16 };

struct audit_record {
	bool allowed;             /* otherwise denied */
	const char *operation;    /* "container.create" */
	const char *policy;       /* that judged, or NULL */
	const char *rule;         /* that decided, or NULL */
	struct identity identity; /* as far as the log tells it */
	unsigned minor;           /* of the API version 1.x */
	const char *method;
	const char
		*target; /* with its version, without the parameters whose value the log hides or cuts */
	const char *hidden[AUDIT_HIDDEN_MAX]; /* the names of those */
	size_t hidden_count;
	const char *body; /* "" for none; texts that are secret are "(hidden)" */
	size_t len;
	bool cut; /* the body was too large for the log, or a text is incomplete */
};

enum audit_line {
	AUDIT_LINE_BAD = 0, /* not a line of the log */
	AUDIT_LINE_OTHER,   /* a completion, or a request that was not understood */
	AUDIT_LINE_DECISION
};

/* Reads LINE, LEN bytes without a newline. Everything lives in ARENA. ERROR says what is wrong with a bad one. */
enum audit_line audit_record_read(struct arena *arena, const char *line, size_t len,
                                  struct audit_record *record, struct error *error);

#endif
