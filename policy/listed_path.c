/* Compares paths with the ones that a policy lists. */
#include "policy/listed_path.h"

#include "policy/arena.h"
#include "policy/text.h"
#include "policy/variables.h"

#include <string.h>

bool path_is_at_or_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	if (strcmp(directory, "/") == 0)
		return true;
	return strncmp(path, directory, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

const char *listed_path_source(struct arena *arena, const struct listed_path *listed,
                               const struct identity *identity)
{
	if (listed->everyone == NULL)
		return listed->source;
	return variables_expand(arena, listed->source, identity);
}

bool listed_path_covers(struct arena *arena, const struct listed_path *listed,
                        const struct identity *identity, const char *path)
{
	const char *source = listed_path_source(arena, listed, identity);

	return source != NULL && path_is_at_or_below(path, source);
}

bool listed_path_written_above(struct arena *arena, const struct listed_path *listed,
                               const char *path)
{
	const char *pattern = listed->everyone != NULL ? listed->everyone : listed->source;

	if (!listed->write)
		return false;
	if (strcmp(pattern, "/") == 0)
		return strcmp(path, "/") != 0;
	for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		const char *directory = arena_copy(arena, path, (size_t)(slash - path));
		if (directory == NULL || text_matches(pattern, directory))
			return true;
	}
	return false;
}
