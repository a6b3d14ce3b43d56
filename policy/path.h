/* The request target's path, read as dockerd's router reads it and stricter: one spelling each.
 * Decoded once, it is made of slashes and of bytes that Engine API names have: letters, digits,
 * "_.-:@+". Refused: everything else, so encoded slashes and percent signs, NUL, blanks,
 * controls, 8-bit bytes and fragments; malformed escapes; "//", "." and ".." segments; absolute
 * and authority forms; what resembles an API version but is not written as /vMAJOR.MINOR/. A
 * trailing slash is kept: routes decide. */
#ifndef QUAYMASTER_POLICY_PATH_H
#define QUAYMASTER_POLICY_PATH_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

struct api_version { /* {0, 0} means: none given */
	unsigned major;
	unsigned minor;
};

struct path {
	struct api_version version; /* from a leading /vMAJOR.MINOR, without zeros in front */
	const char *rest;           /* what follows the version, percent-decoded, starts with '/' */
};

/* Reads the path part of a target (no '?'). Strings live in ARENA. False with ERROR when
 * refused. */
bool path_parse(struct arena *arena, const char *target, size_t len, struct path *path,
                struct error *error);

/* Prints VALUE percent-encoded so that it is exactly one path segment or, with slashes kept,
 * several. Unreserved bytes and ":@" stay. NULL when the arena is exhausted. */
const char *path_encode(struct arena *arena, const char *value, bool keep_slashes);

/* -1, 0 or 1. */
int api_version_compare(struct api_version a, struct api_version b);

#endif
