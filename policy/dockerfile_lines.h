/* A Dockerfile as logical lines: continued ones joined, comments and empty ones left out. Inside of
 * dockerfile*.c only. */
#ifndef QUAYMASTER_POLICY_DOCKERFILE_LINES_H
#define QUAYMASTER_POLICY_DOCKERFILE_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

struct dockerfile_lines {
	struct arena *arena;
	const char *rest; /* what has not been read */
	size_t left;
	unsigned number; /* of the last physical line */
	char escape;     /* what escapes, and continues a line */
	bool directives_over;
	bool seen_escape, seen_syntax, seen_check;
};

void dockerfile_lines_start(struct dockerfile_lines *lines, struct arena *arena, const char *text,
                            size_t len);

/* The next logical line, without blanks in front, in *LINE; NULL at the end. *NUMBER is its first
 * physical line's. False with ERROR when engines could read it differently. */
bool dockerfile_lines_next(struct dockerfile_lines *lines, const char **line, unsigned *number,
                           struct error *error);

/* True when TEXT begins with white space beyond ASCII, which Go takes for blanks in some places. */
bool dockerfile_odd_blank(const char *text);

#endif
