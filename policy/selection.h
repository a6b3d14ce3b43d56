/* One of several values: those that a request may name, and the one it gets when it names none. */
#ifndef QUAYMASTER_POLICY_SELECTION_H
#define QUAYMASTER_POLICY_SELECTION_H

#include "policy/patterns.h"

#include <string.h>

struct selection {
	struct patterns allow;
	const char *fallback; /* `default`: allowed as well; NULL: what the daemon takes by itself */
	struct place place;   /* of the default */
};

static inline bool selection_allows(const struct selection *selection, const char *value)
{
	return (selection->fallback != NULL && strcmp(selection->fallback, value) == 0) ||
	       patterns_match(&selection->allow, value) < selection->allow.count;
}

/* Where a denial should send its reader. */
static inline struct place selection_place(const struct selection *selection)
{
	return selection->allow.place.file != NULL ? selection->allow.place : selection->place;
}

#endif
