/* A list of patterns in a policy: what it names, and where each was written. */
#ifndef QUAYMASTER_POLICY_PATTERNS_H
#define QUAYMASTER_POLICY_PATTERNS_H

#include "policy/place.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct matcher;

struct patterns {
	const char **list;
	size_t count;
	struct place place;   /* of the list as a whole; what a denial for "not in the list" names */
	struct place *places; /* of each pattern, COUNT of them; what a denial by a match names */
	const struct matcher *matcher; /* of a long list; NULL: the list is walked */
};

/* To be called once the list is complete: makes finding one in many as fast as in few. False when ARENA
 * is exhausted. */
bool patterns_compile(struct arena *arena, struct patterns *patterns);

/* The same texts in the same order, wherever they were written. */
bool patterns_are_same(const struct patterns *a, const struct patterns *b);

/* The first of PATTERNS that matches VALUE, as text_matches has it but that a lone "*" matches slashes
 * too; their count when none does. */
size_t patterns_match(const struct patterns *patterns, const char *value);
/* The same from the pattern at FROM on. */
size_t patterns_next(const struct patterns *patterns, const char *value, size_t from);

#endif
