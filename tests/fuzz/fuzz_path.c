/* Paths: what is read has one spelling, which is read back as the same. */
#include "policy/arena.h"
#include "policy/path.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *print(struct arena *arena, const struct path *path)
{
	const char *rest = path_encode(arena, path->rest, true);

	assert(rest != NULL);
	if (path->version.major == 0)
		return rest;
	return arena_format(arena, "/v%u.%u%s", path->version.major, path->version.minor, rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(64 * size + 65536);
	struct path path, again;
	const char *printed;

	assert(arena != NULL);
	if (path_parse(arena, (const char *)data, size, &path, NULL)) {
		assert(path.rest[0] == '/');
		assert(strstr(path.rest, "//") == NULL && strstr(path.rest, "/../") == NULL);
		assert(strpbrk(path.rest, "%?#; \\") == NULL);
		printed = print(arena, &path);
		assert(printed != NULL);
		assert(path_parse(arena, printed, strlen(printed), &again, NULL));
		assert(api_version_compare(path.version, again.version) == 0);
		assert(strcmp(path.rest, again.rest) == 0);
	}
	arena_free(arena);
	return 0;
}
