/* Which routes have the paths of a predicate; and, where none has or one lacks what it should have, what to tell. */
#include "policy/predicate_parts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/schema.h"
#include "policy/text.h"

#include <string.h>

/* The predicate under way. */
struct fitting {
	struct arena *arena;
	struct predicate_route *routes;
	size_t count;
	const struct predicate *lacking; /* what the route that was last looked at has no path for */
	struct error *error;
};

bool predicate_wants_elements(const struct predicate *predicate)
{
	return predicate->kind == PREDICATE_EACH || predicate->quantifier != QUANTIFIER_NONE ||
	       (predicate->comparison != COMPARISON_PRESENT &&
	        predicate->comparison != COMPARISON_ABSENT);
}

const char *predicate_shown_path(struct arena *arena, const struct predicate *predicate)
{
	const char *path = predicate_path_print(arena, &predicate->path);

	return path != NULL ? text_printable(arena, path, 100) : "";
}

static bool is_create(const struct route *route)
{
	return strcmp(route->operation, "container.create") == 0;
}

static bool scope_has(struct fitting *fitting, const struct path_scope *scope,
                      const struct predicate *predicate);

/* What `any PATH (...)` is about decides what is inside. That it is about texts is told later. */
static bool scope_has_each(struct fitting *fitting, const struct path_scope *scope,
                           const struct predicate *each)
{
	struct path_found found;

	if (!predicate_path_find(scope, &each->path, true, &found)) {
		fitting->lacking = each;
		return false;
	}
	const struct path_scope inner = {scope->route, found.meaning.of};
	return inner.element == NULL || scope_has(fitting, &inner, each->first);
}

static bool scope_has(struct fitting *fitting, const struct path_scope *scope,
                      const struct predicate *predicate)
{
	struct path_found found;

	switch (predicate->kind) {
	case PREDICATE_OR:
	case PREDICATE_AND:
	case PREDICATE_NOT:
		for (const struct predicate *part = predicate->first; part != NULL; part = part->next) {
			if (!scope_has(fitting, scope, part))
				return false;
		}
		return true;
	case PREDICATE_EACH:
		return scope_has_each(fitting, scope, predicate);
	case PREDICATE_COMPARISON:
		if (predicate_path_find(scope, &predicate->path, predicate_wants_elements(predicate),
		                        &found))
			return true;
		break;
	case PREDICATE_RECREATE:
		if (is_create(scope->route) && scope->element == NULL)
			return true;
		break;
	}
	fitting->lacking = predicate;
	return false;
}

/* ---- telling that a route lacks it ---- */

enum { NAMES_MAX = 4096 };

struct names {
	struct arena *arena;
	const char **list;
	size_t count;
};

static void note_name(const char *name, void *context)
{
	struct names *names = context;
	const char *copy =
		names->list != NULL && names->count < NAMES_MAX ? arena_string(names->arena, name) : NULL;

	if (copy != NULL)
		names->list[names->count++] = copy;
}

/* " (did you mean 'HostConfig.Memory'?)", or "". Names take room that is given back at once. */
static const char *suggestion(const struct fitting *fitting, const struct route *route,
                              const char *written)
{
	const struct path_scope scope = {route, NULL};
	struct names names = {.arena = arena_new(1 << 20)};
	const char *nearest = NULL, *text = "";

	if (names.arena == NULL)
		return text;
	names.list = arena_calloc(names.arena, NAMES_MAX, sizeof *names.list);
	predicate_path_each(&scope, note_name, &names);
	if (names.list != NULL)
		nearest = text_nearest(written, names.list, names.count);
	if (nearest != NULL)
		text = arena_format(fitting->arena, " (did you mean '%s'?)", nearest);
	arena_free(names.arena);
	return text != NULL ? text : "";
}

static bool report_recreate(const struct fitting *fitting, const struct predicate *recreate)
{
	return error_set(fitting->error,
	                 "at character %zu: `recreate` is for container.create alone, and outside of "
	                 "any (...) and all (...)",
	                 recreate->at);
}

/* ROUTE, which is named, lacks what fitting->lacking asks for. */
static bool report_lack(const struct fitting *fitting, const struct route *route)
{
	const struct predicate *lacking = fitting->lacking;
	const char *written;

	if (lacking->kind == PREDICATE_RECREATE)
		return report_recreate(fitting, lacking);
	written = predicate_shown_path(fitting->arena, lacking);
	return error_set(fitting->error, "at character %zu: %s has no '%s'%s", lacking->at,
	                 route->operation, written, suggestion(fitting, route, written));
}

/* True when some route has the path of PREDICATE, whatever becomes of the rest. */
static bool anything_has(struct fitting *fitting, const struct predicate *predicate)
{
	struct path_found found;

	for (size_t i = 0; i < fitting->count; i++) {
		const struct path_scope scope = {fitting->routes[i].route, NULL};

		if (predicate_path_find(&scope, &predicate->path, predicate_wants_elements(predicate),
		                        &found))
			return true;
	}
	return false;
}

/* The first path outside of parentheses about elements that no route has; NULL when each has some. */
static const struct predicate *find_stranger(struct fitting *fitting,
                                             const struct predicate *predicate)
{
	if (predicate->kind == PREDICATE_COMPARISON || predicate->kind == PREDICATE_EACH)
		return anything_has(fitting, predicate) ? NULL : predicate;
	for (const struct predicate *part = predicate->first; part != NULL; part = part->next) {
		const struct predicate *stranger = find_stranger(fitting, part);

		if (stranger != NULL)
			return stranger;
	}
	return NULL;
}

static bool report_strangers(struct fitting *fitting, const struct predicate *predicate)
{
	const struct predicate *stranger = find_stranger(fitting, predicate);
	const char *written, *more = "";

	if (stranger == NULL && fitting->lacking != NULL &&
	    fitting->lacking->kind == PREDICATE_RECREATE)
		return report_recreate(fitting, fitting->lacking);
	if (stranger == NULL)
		return error_set(fitting->error, "no operation of `on` has all of its paths");
	written = predicate_shown_path(fitting->arena, stranger);
	for (size_t i = 0; more[0] == '\0' && i < fitting->count; i++)
		more = suggestion(fitting, fitting->routes[i].route, written);
	return error_set(fitting->error, "at character %zu: no operation of `on` has '%s'%s",
	                 stranger->at, written, more);
}

/* An operation may have several routes: one that has the paths is enough. */
static bool another_fits(const struct fitting *fitting, const struct route *route)
{
	for (size_t i = 0; i < fitting->count; i++) {
		if (fitting->routes[i].fits &&
		    strcmp(fitting->routes[i].route->operation, route->operation) == 0)
			return true;
	}
	return false;
}

static bool find_routes(struct fitting *fitting, const struct predicate *predicate)
{
	size_t found = 0;

	for (size_t i = 0; i < fitting->count; i++) {
		const struct path_scope scope = {fitting->routes[i].route, NULL};

		fitting->routes[i].fits = scope_has(fitting, &scope, predicate);
		found += fitting->routes[i].fits ? 1 : 0;
	}
	for (size_t i = 0; i < fitting->count; i++) {
		const struct predicate_route *one = &fitting->routes[i];
		const struct path_scope scope = {one->route, NULL};

		if (one->named && !one->fits && !another_fits(fitting, one->route) &&
		    !scope_has(fitting, &scope, predicate))
			return report_lack(fitting, one->route);
	}
	return found > 0 || report_strangers(fitting, predicate);
}

bool predicate_fit(struct arena *arena, const struct predicate *predicate,
                   struct predicate_route *routes, size_t count, struct error *error)
{
	struct fitting fitting = {.arena = arena, .routes = routes, .count = count, .error = error};

	return find_routes(&fitting, predicate);
}
