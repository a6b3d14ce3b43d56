/* The environment of another proxy, as fuzz targets are given it: one NAME=VALUE a line. */
#ifndef QUAYMASTER_TESTS_FUZZ_VARIABLES_H
#define QUAYMASTER_TESTS_FUZZ_VARIABLES_H

#include "policy/converted.h"

#include <stddef.h>
#include <string.h>

enum { VARIABLES_MAX = 64 };

/* BYTES, terminated, are cut in place. Returns how many variables there are in them. */
static inline size_t split_variables(char *bytes, struct variable list[static VARIABLES_MAX])
{
	size_t count = 0;

	for (char *line = strtok(bytes, "\n"); line != NULL && count < VARIABLES_MAX;
	     line = strtok(NULL, "\n")) {
		char *value = strchr(line, '=');

		if (value == NULL)
			continue;
		*value++ = '\0';
		list[count++] = (struct variable){line, value};
	}
	return count;
}

#endif
