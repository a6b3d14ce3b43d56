/* Routes: a found path is its template with the captures in place, whatever the bytes; what is not
 * found leaves nothing behind. The first byte is the method, the second the API minor, the rest the
 * path. */
#include "policy/arena.h"
#include "policy/route.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_captures(const struct route *route, const struct captures *captures)
{
	const char *open = strchr(route->template, '{');
	bool second = open != NULL && strchr(open + 1, '{') != NULL;

	assert((captures->name != NULL) == (open != NULL));
	assert((captures->second != NULL) == second);
	if (captures->name == NULL)
		return;
	assert(captures->name[0] != '\0' && captures->name[0] != '/');
	if (route->object != OBJECT_IMAGE && route->object != OBJECT_PLUGIN &&
	    route->object != OBJECT_NONE)
		assert(strpbrk(captures->name, "/:@%") == NULL);
	assert(strpbrk(captures->name, " ?#;%\\\"\n") == NULL);
	if (second)
		assert(captures->second[0] != '\0' && strchr(captures->second, '/') == NULL);
}

/* PATH is TEMPLATE with the captures in place of its placeholders. */
static void check_path(const char *template, const char *path, const struct captures *captures)
{
	const char *parts[] = {captures->name, captures->second};
	size_t part = 0;

	while (*template != '\0') {
		if (*template != '{') {
			assert(*template ++ == *path++);
			continue;
		}
		assert(strncmp(path, parts[part], strlen(parts[part])) == 0);
		path += strlen(parts[part++]);
		template = strchr(template, '}') + 1;
	}
	assert(*path == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(4 * size + 4096);
	const struct route *route;
	struct captures captures;
	enum method method;
	unsigned minor;
	char *path;

	assert(arena != NULL);
	if (size < 2 || memchr(data + 2, '\0', size - 2) != NULL) {
		arena_free(arena);
		return 0;
	}
	method = (enum method)(data[0] % (METHOD_OPTIONS + 1));
	minor = API_MINOR_OLDEST + data[1] % (API_MINOR_NEWEST - API_MINOR_OLDEST + 1);
	path = arena_copy(arena, (const char *)data + 2, size - 2);
	assert(path != NULL);
	if (route_find(arena, method, path, minor, &route, &captures) == ROUTE_FOUND) {
		assert(route->method == method && minor >= route->since);
		check_captures(route, &captures);
		check_path(route->template, path, &captures);
	} else {
		assert(route == NULL && captures.name == NULL && captures.second == NULL);
	}
	arena_free(arena);
	return 0;
}
