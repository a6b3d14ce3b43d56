/* Regular expressions in Go's syntax, as far as people write them about paths, and the question whether
 * one matches everything that a path of the API may look like. For converting other proxies' settings:
 * no request is judged by one. */
#ifndef QUAYMASTER_POLICY_REGEX_H
#define QUAYMASTER_POLICY_REGEX_H

#include <stdbool.h>

struct arena;
struct error;
struct regex;

/* Reads TEXT into ARENA. NULL with ERROR when it is malformed, too large, or uses what is not known here:
 * word boundaries, Unicode classes, flags other than a leading (?i) or (?s). */
struct regex *regex_parse(struct arena *arena, const char *text, struct error *error);

/* True when TEXT has a match anywhere, as Go's MatchString has it. */
bool regex_matches(const struct regex *regex, const char *text);

/* One place in a form of texts: any one byte of BYTES, or, where it REPEATS, any number of them. */
struct regex_place {
	const char *bytes;
	bool repeats;
};

enum regex_cover { REGEX_COVERS_NONE = 0, REGEX_COVERS_SOME, REGEX_COVERS_ALL };

/* What texts that look alike have in common: COUNT places, one behind the other. */
struct regex_form {
	const struct regex_place *places;
	unsigned count;
};

/* For each of COUNT prefixes, how many of the texts that begin with it and go on as FORM says match. SOME
 * also when that takes too long to find out: then nobody relies on all of them. Not for two threads at
 * once. */
void regex_covers(const struct regex *regex, const struct regex_form *form,
                  const char *const *prefixes, unsigned count, enum regex_cover *covers);

#endif
