/* Patterns of image names, as lists are asked for ("app:1.?", "team/app*"). */
#ifndef QUAYMASTER_POLICY_REFERENCE_MATCH_H
#define QUAYMASTER_POLICY_REFERENCE_MATCH_H

#include <stdbool.h>

/* True when PATTERN matches NAME ("app:1.2", as dockerd shows it), or what that is without its tag or digest: a star and a question
 * mark match anything but slashes, "[a-z]" and "[^a-z]" one character, a backslash what follows as it is. What is no pattern matches
 * nothing. */
bool reference_matches(const char *pattern, const char *name);

#endif
