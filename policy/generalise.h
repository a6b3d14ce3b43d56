/* Values that differ in what a machine chose (ids, numbers, a name's last part) as one pattern: for `learn`, whose policy
 * must fit the requests to come as well. */
#ifndef QUAYMASTER_POLICY_GENERALISE_H
#define QUAYMASTER_POLICY_GENERALISE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum { GENERALISE_FAMILY_MIN = 3 }; /* so many of one kind make a pattern */

/* VALUE with each long hexadecimal id and each UUID in it as MARK; VALUE itself, no copy, when there is none. NULL when
 * ARENA is exhausted. */
const char *generalise_ids(struct arena *arena, const char *value, const char *mark);

/* What VALUE has in common with those that differ in numbers: each run of digits as "*". */
const char *generalise_numbers(struct arena *arena, const char *value);

/* What VALUE has in common with those of the same beginning: up to and with its last '-', '_' or '.', and "*". NULL when
 * it has none, or ARENA is exhausted. */
const char *generalise_tail(struct arena *arena, const char *value);

/* The COUNT values of LIST as fewer patterns that match all of them: ids always, numbers and, where TAILS, last parts where
 * GENERALISE_FAMILY_MIN or more are alike. Writes them sorted, without repetition, to OUT, which has room for COUNT; returns
 * how many, 0 when ARENA is exhausted. */
size_t generalise_list(struct arena *arena, const char *const *list, size_t count, bool tails,
                       const char **out);

#endif
