/* A path that a policy lists, for itself and everything below it: on the host, or on a file server.
 * Paths are compared as they are written, once clean; nothing is known of symbolic links. */
#ifndef QUAYMASTER_POLICY_LISTED_PATH_H
#define QUAYMASTER_POLICY_LISTED_PATH_H

#include <stdbool.h>

struct arena;
struct identity;

struct listed_path {
	const char *source;   /* an absolute, clean path, with or without variables */
	const char *everyone; /* with variables: the pattern of what it may be; else NULL */
	bool write;
};

/* True when PATH is DIRECTORY or lies below it; both are clean. */
bool path_is_at_or_below(const char *path, const char *directory);

/* What LISTED is for IDENTITY; NULL when that is nothing. */
const char *listed_path_source(struct arena *arena, const struct listed_path *listed,
                               const struct identity *identity);
/* True when LISTED has PATH for IDENTITY, be it for writing or not. */
bool listed_path_covers(struct arena *arena, const struct listed_path *listed,
                        const struct identity *identity, const char *path);
/* True when somebody, whoever it is, may by LISTED write above PATH: there could be a link. Also when
 * ARENA is exhausted. */
bool listed_path_written_above(struct arena *arena, const struct listed_path *listed,
                               const char *path);

#endif
