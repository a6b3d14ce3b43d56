/* Owns what a list of patterns in a policy means: a lone "*" is anything. Long lists are matched by
 * policy/matcher, short ones are walked. */
#include "policy/patterns.h"

#include "policy/arena.h"
#include "policy/matcher.h"
#include "policy/text.h"

#include <string.h>

enum { WALKED_MAX = 8 }; /* up to here a walk is as fast */

static bool is_anything(const char *pattern)
{
	return pattern[0] == '*' && pattern[1] == '\0';
}

bool patterns_are_same(const struct patterns *a, const struct patterns *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->list[i], b->list[i]) != 0)
			return false;
	}
	return true;
}

bool patterns_compile(struct arena *arena, struct patterns *patterns)
{
	const char **meant;

	patterns->matcher = NULL;
	if (patterns->count <= WALKED_MAX)
		return true;
	meant = arena_calloc(arena, patterns->count, sizeof *meant);
	if (meant == NULL)
		return false;
	for (size_t i = 0; i < patterns->count; i++)
		meant[i] = is_anything(patterns->list[i]) ? "**" : patterns->list[i];
	patterns->matcher = matcher_new(arena, meant, patterns->count);
	return patterns->matcher != NULL;
}

size_t patterns_match(const struct patterns *patterns, const char *value)
{
	return patterns_next(patterns, value, 0);
}

size_t patterns_next(const struct patterns *patterns, const char *value, size_t from)
{
	size_t i = from;

	if (patterns->matcher != NULL)
		return matcher_next(patterns->matcher, value, from);
	while (i < patterns->count && !is_anything(patterns->list[i]) &&
	       !text_matches(patterns->list[i], value))
		i++;
	return i;
}
