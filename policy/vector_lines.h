/* The lines of a file of policy tests: long ones that were broken are joined, and shorthands written out. */
#ifndef QUAYMASTER_POLICY_VECTOR_LINES_H
#define QUAYMASTER_POLICY_VECTOR_LINES_H

#include <stddef.h>

struct arena;
struct error;

/* Begun with the text, its length, and the number of its first line as NEXT_LINE. */
struct vector_lines {
	const char *rest; /* what has not been read */
	size_t left;
	unsigned line,
		next_line; /* that of the last line, or of the first of several; and of the next */
};

/* The next line, "" for an empty one; NULL with no memory. To be called while something is left. */
const char *vector_lines_next(struct vector_lines *lines, struct arena *arena);

/* LINE with "<a>" as 64 times a, and "\xNN" as the byte that JSON cannot say. NULL with ERROR. */
char *vector_lines_expand(struct arena *arena, const char *line, struct error *error);

#endif
