/* All mistakes of a configuration at once, each with file:line, for `quaymaster check`. */
#ifndef QUAYMASTER_POLICY_PROBLEMS_H
#define QUAYMASTER_POLICY_PROBLEMS_H

#include "policy/place.h"

#include <stdbool.h>
#include <stddef.h>

struct problems; /* grows as needed; out of memory is remembered as a problem too */

struct problems *problems_new(void);
void problems_free(struct problems *problems);

/* Adds "file:line: text". Returns false always. */
bool problems_add(struct problems *problems, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

size_t problems_count(const struct problems *problems);
/* The text of one, in the order they were found. */
const char *problems_text(const struct problems *problems, size_t index);

#endif
