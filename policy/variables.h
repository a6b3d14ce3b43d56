/* "$tenant", "$uid" and "$user" in the settings of a policy: whoever asks fills them in when a
 * request is judged. "$$" is a dollar sign. A value is one clean path segment, or there is none. */
#ifndef QUAYMASTER_POLICY_VARIABLES_H
#define QUAYMASTER_POLICY_VARIABLES_H

#include <stdbool.h>

struct arena;
struct error;
struct identity;

/* True when TEXT names only variables that there are; else ERROR says which it has instead. */
bool variables_check(const char *text, struct error *error);
/* True when TEXT, which has been checked, comes out differently for different identities. */
bool variables_vary(const char *text);

/* What TEXT is for IDENTITY: NULL when that has no value for one of its variables, or when the arena
 * is exhausted. A value has letters, digits and "_.-", and begins with a letter or digit. */
const char *variables_expand(struct arena *arena, const char *text,
                             const struct identity *identity);
/* The pattern (text_matches) of what TEXT may be for anybody; NULL when the arena is exhausted. TEXT
 * has no stars of its own. */
const char *variables_pattern(struct arena *arena, const char *text);

#endif
