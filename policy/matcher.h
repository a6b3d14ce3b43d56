/* Many patterns at once: which is the first that matches? Compiled when a configuration is loaded, so that
 * ten thousand cost each request no more than ten. Immutable once made. */
#ifndef QUAYMASTER_POLICY_MATCHER_H
#define QUAYMASTER_POLICY_MATCHER_H

#include <stddef.h>

struct arena;
struct matcher;

/* Compiles COUNT patterns, as text_matches reads them; the strings must live as long as ARENA, where
 * the result is. NULL when that is exhausted. */
const struct matcher *matcher_new(struct arena *arena, const char *const *patterns, size_t count);

/* The least index from FROM on whose pattern matches VALUE; the count of patterns when none does.
 * Time does not grow with the number of patterns, but for those without a star-free beginning or end
 * and those that share both with many others: these are tried one by one. */
size_t matcher_next(const struct matcher *matcher, const char *value, size_t from);

/* What it may cost to look for the pattern at INDEX: grows with the number of patterns that are tried along
 * with it, and is less for a literal. */
size_t matcher_cost(const struct matcher *matcher, size_t index);

#endif
