/* What an application asks of a daemon (struct application), put to a policy: which of its requests would pass. */
#ifndef QUAYMASTER_POLICY_NEEDS_H
#define QUAYMASTER_POLICY_NEEDS_H

#include "policy/trial.h"

#include <stddef.h>

struct application;
struct arena;
struct error;
struct policy;

enum need_kind {
	NEED_REQUIRED, /* it does not work without */
	NEED_MAIN,     /* its main work */
	NEED_OPTIONAL  /* with some setting of its own */
};

enum { NEED_KINDS = NEED_OPTIONAL + 1 };

const char *need_kind_name(enum need_kind kind);

struct need {
	enum need_kind kind;
	const char *request;  /* "POST /containers/example/restart" */
	const char *what_for; /* "" where it was not written */
	struct trial trial;
};

/* How many requests APPLICATION lists. */
size_t needs_count(const struct application *application);

/* Puts the request number INDEX (in order of their kinds) to POLICY. Objects that APPLICATION does not describe are assumed
 * to exist and to be ordinary (assume.h). Everything lives in ARENA. False with ERROR when the line makes no sense. */
bool needs_try(struct arena *arena, const struct application *application, size_t index,
               const struct policy *policy, struct need *need, struct error *error);

#endif
