/* A table file: the catalogue is whole and well-formed, and a path finds the operation that
 * dockerd's router would, or none. */
#include "policy/arena.h"
#include "policy/route.h"
#include "policy/schema.h"
#include "policy/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every route of dockerd with the API minor that brought it. A list of the test's own, so that a
 * row which is lost or mistyped in the table fails here. */
static const struct {
	enum method method;
	const char *template;
	unsigned since;
} dockerd_routes[] = {
	{METHOD_GET, "/_ping", 24},
	{METHOD_HEAD, "/_ping", 40},
	{METHOD_GET, "/events", 24},
	{METHOD_GET, "/info", 24},
	{METHOD_GET, "/version", 24},
	{METHOD_GET, "/system/df", 25},
	{METHOD_POST, "/auth", 24},
	{METHOD_HEAD, "/containers/{name}/archive", 24},
	{METHOD_GET, "/containers/json", 24},
	{METHOD_GET, "/containers/{name}/export", 24},
	{METHOD_GET, "/containers/{name}/changes", 24},
	{METHOD_GET, "/containers/{name}/json", 24},
	{METHOD_GET, "/containers/{name}/top", 24},
	{METHOD_GET, "/containers/{name}/logs", 24},
	{METHOD_GET, "/containers/{name}/stats", 24},
	{METHOD_GET, "/containers/{name}/attach/ws", 24},
	{METHOD_GET, "/exec/{id}/json", 24},
	{METHOD_GET, "/containers/{name}/archive", 24},
	{METHOD_POST, "/containers/create", 24},
	{METHOD_POST, "/containers/{name}/kill", 24},
	{METHOD_POST, "/containers/{name}/pause", 24},
	{METHOD_POST, "/containers/{name}/unpause", 24},
	{METHOD_POST, "/containers/{name}/restart", 24},
	{METHOD_POST, "/containers/{name}/stop", 24},
	{METHOD_POST, "/containers/{name}/start", 24},
	{METHOD_POST, "/containers/{name}/wait", 24},
	{METHOD_POST, "/containers/{name}/resize", 24},
	{METHOD_POST, "/containers/{name}/attach", 24},
	{METHOD_POST, "/containers/{name}/exec", 24},
	{METHOD_POST, "/exec/{name}/start", 24},
	{METHOD_POST, "/exec/{name}/resize", 24},
	{METHOD_POST, "/containers/{name}/rename", 24},
	{METHOD_POST, "/containers/{name}/update", 24},
	{METHOD_POST, "/containers/prune", 25},
	{METHOD_POST, "/commit", 24},
	{METHOD_PUT, "/containers/{name}/archive", 24},
	{METHOD_DELETE, "/containers/{name}", 24},
	{METHOD_GET, "/containers/{name}/checkpoints", 25},
	{METHOD_POST, "/containers/{name}/checkpoints", 25},
	{METHOD_DELETE, "/containers/{name}/checkpoints/{checkpoint}", 25},
	{METHOD_GET, "/images/json", 24},
	{METHOD_GET, "/images/search", 24},
	{METHOD_GET, "/images/get", 24},
	{METHOD_GET, "/images/{name}/get", 24},
	{METHOD_GET, "/images/{name}/history", 24},
	{METHOD_GET, "/images/{name}/json", 24},
	{METHOD_GET, "/images/{name}/attestations", 55},
	{METHOD_POST, "/images/load", 24},
	{METHOD_POST, "/images/create", 24},
	{METHOD_POST, "/images/{name}/push", 24},
	{METHOD_POST, "/images/{name}/tag", 24},
	{METHOD_POST, "/images/prune", 25},
	{METHOD_DELETE, "/images/{name}", 24},
	{METHOD_GET, "/distribution/{name}/json", 30},
	{METHOD_POST, "/build", 24},
	{METHOD_POST, "/build/prune", 31},
	{METHOD_POST, "/build/cancel", 39},
	{METHOD_POST, "/session", 31},
	{METHOD_POST, "/grpc", 39},
	{METHOD_GET, "/volumes", 24},
	{METHOD_GET, "/volumes/{name}", 24},
	{METHOD_POST, "/volumes/create", 24},
	{METHOD_POST, "/volumes/prune", 25},
	{METHOD_PUT, "/volumes/{name}", 42},
	{METHOD_DELETE, "/volumes/{name}", 24},
	{METHOD_GET, "/networks", 24},
	{METHOD_GET, "/networks/", 24},
	{METHOD_GET, "/networks/{id}", 24},
	{METHOD_POST, "/networks/create", 24},
	{METHOD_POST, "/networks/{id}/connect", 24},
	{METHOD_POST, "/networks/{id}/disconnect", 24},
	{METHOD_POST, "/networks/prune", 25},
	{METHOD_DELETE, "/networks/{id}", 24},
	{METHOD_GET, "/plugins", 25},
	{METHOD_GET, "/plugins/{name}/json", 25},
	{METHOD_GET, "/plugins/privileges", 25},
	{METHOD_DELETE, "/plugins/{name}", 25},
	{METHOD_POST, "/plugins/{name}/enable", 25},
	{METHOD_POST, "/plugins/{name}/disable", 25},
	{METHOD_POST, "/plugins/pull", 25},
	{METHOD_POST, "/plugins/{name}/push", 25},
	{METHOD_POST, "/plugins/{name}/upgrade", 26},
	{METHOD_POST, "/plugins/{name}/set", 25},
	{METHOD_POST, "/plugins/create", 25},
	{METHOD_POST, "/swarm/init", 24},
	{METHOD_POST, "/swarm/join", 24},
	{METHOD_POST, "/swarm/leave", 24},
	{METHOD_GET, "/swarm", 24},
	{METHOD_GET, "/swarm/unlockkey", 24},
	{METHOD_POST, "/swarm/update", 24},
	{METHOD_POST, "/swarm/unlock", 24},
	{METHOD_GET, "/services", 24},
	{METHOD_GET, "/services/{id}", 24},
	{METHOD_POST, "/services/create", 24},
	{METHOD_POST, "/services/{id}/update", 24},
	{METHOD_DELETE, "/services/{id}", 24},
	{METHOD_GET, "/services/{id}/logs", 25},
	{METHOD_GET, "/nodes", 24},
	{METHOD_GET, "/nodes/{id}", 24},
	{METHOD_DELETE, "/nodes/{id}", 24},
	{METHOD_POST, "/nodes/{id}/update", 24},
	{METHOD_GET, "/tasks", 24},
	{METHOD_GET, "/tasks/{id}", 24},
	{METHOD_GET, "/tasks/{id}/logs", 29},
	{METHOD_GET, "/secrets", 25},
	{METHOD_POST, "/secrets/create", 25},
	{METHOD_DELETE, "/secrets/{id}", 25},
	{METHOD_GET, "/secrets/{id}", 25},
	{METHOD_POST, "/secrets/{id}/update", 25},
	{METHOD_GET, "/configs", 30},
	{METHOD_POST, "/configs/create", 30},
	{METHOD_DELETE, "/configs/{id}", 30},
	{METHOD_GET, "/configs/{id}", 30},
	{METHOD_POST, "/configs/{id}/update", 30},
};

enum { DOCKERD_ROUTES = sizeof dockerd_routes / sizeof *dockerd_routes };

static size_t count_rows(enum method method, const char *template, unsigned since)
{
	size_t count, rows = 0;
	const struct route *routes = route_catalogue(&count);

	for (size_t i = 0; i < count; i++) {
		if (routes[i].method == method && strcmp(routes[i].template, template) == 0 &&
		    routes[i].since == since && routes[i].until == 0)
			rows++;
	}
	return rows;
}

static void every_route_is_there(void **state)
{
	size_t rows = 0, count;

	(void)state;
	for (size_t i = 0; i < DOCKERD_ROUTES; i++) {
		const char *template = dockerd_routes[i].template;
		bool pair = dockerd_routes[i].method == METHOD_POST &&
		            (strcmp(template, "/build") == 0 || strcmp(template, "/images/create") == 0);
		size_t found = count_rows(dockerd_routes[i].method, template, dockerd_routes[i].since);

		if (found != (pair ? 2 : 1))
			fail_msg("%s %s since 1.%u: %zu rows", method_name(dockerd_routes[i].method), template,
			         dockerd_routes[i].since, found);
		rows += found;
	}
	route_catalogue(&count);
	assert_int_equal(rows, count);
}

static size_t segment_len(const char *template)
{
	return strcspn(template + 1, "/");
}

/* What route_find's search relies on. */
static void rows_are_in_order(void **state)
{
	size_t count;
	const struct route *routes = route_catalogue(&count);

	(void)state;
	for (size_t i = 1; i < count; i++) {
		const char *a = routes[i - 1].template, *b = routes[i].template;
		size_t a_len = segment_len(a), b_len = segment_len(b);
		int order = strncmp(a + 1, b + 1, a_len < b_len ? a_len : b_len);

		assert_true(order < 0 || (order == 0 && a_len <= b_len));
		if (order == 0 && a_len == b_len && strchr(a, '{') != NULL && strchr(b, '{') == NULL)
			fail_msg("%s stands before %s", a, b);
	}
}

static void check_parameters(const struct route *route)
{
	assert_true(route->parameter_count <= 64);
	for (size_t i = 0; i < route->parameter_count; i++) {
		const struct parameter_def *def = &route->parameters[i];

		assert_true(def->since >= API_MINOR_OLDEST && def->since <= API_MINOR_NEWEST);
		assert_true(def->until == 0 || def->until >= def->since);
		assert_true(def->posture >= POSTURE_DENY && def->posture <= POSTURE_DROP);
		assert_ptr_equal(route_parameter(route, def->name), def); /* no name twice */
	}
}

static void rows_are_well_formed(void **state)
{
	size_t count;
	const struct route *routes = route_catalogue(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct route *route = &routes[i];
		bool json = route->body == BODY_JSON || route->body == BODY_JSON_OPTIONAL;

		assert_int_equal(strspn(route->operation, "abcdefghijklmnopqrstuvwxyz0123456789."),
		                 strlen(route->operation));
		assert_non_null(strchr(route->operation, '.'));
		assert_true(route->template[0] == '/');
		assert_true(route->since >= API_MINOR_OLDEST && route->since <= API_MINOR_NEWEST);
		assert_non_null(route->summary);
		if (json)
			assert_non_null(route->schema);
		if (route->body == BODY_NONE || route->body == BODY_STREAM)
			assert_null(route->schema);
		if (route->method != METHOD_POST && route->method != METHOD_PUT)
			assert_int_equal(route->body, BODY_NONE);
		if (route->object != OBJECT_NONE)
			assert_non_null(strchr(route->template, '{'));
		if (route->method == METHOD_DELETE || route->method == METHOD_PUT)
			assert_true(route->writes);
		assert_false(route->writes && route->sensitive);
		check_parameters(route);
	}
}

/* Every row is reached by its own template, with a name in the placeholder's place. */
static void every_row_is_found(void **state)
{
	size_t count;
	const struct route *routes = route_catalogue(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct arena *arena = arena_new(4096);
		const char *template = routes[i].template;
		const char *open = strchr(template, '{');
		const struct route *route;
		struct captures captures;
		const char *path = template;

		if (open != NULL && strchr(open + 1, '{') != NULL)
			path = "/containers/abc/checkpoints/def";
		else if (open != NULL)
			path = arena_format(arena, "%.*sabc%s", (int)(open - template), template,
			                    strchr(open, '}') + 1);
		assert_int_equal(route_find(arena, routes[i].method, path, API_MINOR_NEWEST, &route,
		                            &captures),
		                 ROUTE_FOUND);
		assert_string_equal(route->template, template);
		assert_int_equal(route->method, routes[i].method);
		if (open == NULL)
			assert_null(captures.name);
		else
			assert_string_equal(captures.name, "abc");
		if (routes[i].since > API_MINOR_OLDEST)
			assert_int_not_equal(route_find(arena, routes[i].method, path, routes[i].since - 1,
			                                &route, &captures),
			                     ROUTE_FOUND);
		arena_free(arena);
	}
}

struct path_case {
	enum method method;
	const char *path;
	unsigned minor;
	const char *operation; /* NULL: unknown */
	const char *name, *second;
};

static void check_path(const struct path_case *c)
{
	struct arena *arena = arena_new(4096);
	const struct route *route;
	struct captures captures;
	enum route_result result = route_find(arena, c->method, c->path, c->minor, &route, &captures);

	if (c->operation == NULL) {
		if (result != ROUTE_UNKNOWN)
			fail_msg("%s %s is not unknown", method_name(c->method), c->path);
		assert_null(route);
		assert_null(captures.name);
	} else {
		if (result != ROUTE_FOUND)
			fail_msg("%s %s is not found", method_name(c->method), c->path);
		assert_string_equal(route->operation, c->operation);
		if (c->name == NULL)
			assert_null(captures.name);
		else
			assert_string_equal(captures.name, c->name);
		if (c->second == NULL)
			assert_null(captures.second);
		else
			assert_string_equal(captures.second, c->second);
	}
	arena_free(arena);
}

static void paths_find_their_operation(void **state)
{
	static const struct path_case cases[] = {
		{METHOD_GET, "/_ping", 41, "system.ping", NULL, NULL},
		{METHOD_HEAD, "/_ping", 41, "system.ping", NULL, NULL},
		{METHOD_GET, "/containers/json", 41, "container.list", NULL, NULL},
		{METHOD_GET, "/containers/web_1.a-b/json", 41, "container.inspect", "web_1.a-b", NULL},
		{METHOD_GET, "/containers/json/json", 41, "container.inspect", "json", NULL},
		{METHOD_GET, "/containers/c/attach/ws", 41, "container.attach.websocket", "c", NULL},
		{METHOD_POST, "/containers/prune/start", 41, "container.start", "prune", NULL},
		{METHOD_POST, "/containers/create/start", 41, "container.start", "create", NULL},
		{METHOD_DELETE, "/containers/json", 41, "container.remove", "json", NULL},
		{METHOD_DELETE, "/containers/c/checkpoints/cp", 41, "container.checkpoint.remove", "c",
	     "cp"},
		{METHOD_POST, "/exec/e1/start", 41, "exec.start", "e1", NULL},
		{METHOD_GET, "/exec/e1/json", 41, "exec.inspect", "e1", NULL},
		{METHOD_POST, "/images/create", 41, "image.pull", NULL, NULL},
		{METHOD_POST, "/build", 41, "build.classic", NULL, NULL},
		/* images: the suffix decides, and names have slashes */
		{METHOD_GET, "/images/json", 41, "image.list", NULL, NULL},
		{METHOD_GET, "/images/a/b/json", 41, "image.inspect", "a/b", NULL},
		{METHOD_GET, "/images/localhost:5000/a/b:1.2/json", 41, "image.inspect",
	     "localhost:5000/a/b:1.2", NULL},
		{METHOD_GET, "/images/a@sha256:00/history", 41, "image.history", "a@sha256:00", NULL},
		{METHOD_GET, "/images/json/json", 41, "image.inspect", "json", NULL},
		{METHOD_GET, "/images/a/history/json", 41, "image.inspect", "a/history", NULL},
		{METHOD_POST, "/images/a/push/tag", 41, "image.tag", "a/push", NULL},
		{METHOD_POST, "/images/load/tag", 41, "image.tag", "load", NULL},
		{METHOD_POST, "/images/load", 41, "image.load", NULL, NULL},
		{METHOD_DELETE, "/images/a/b/c", 41, "image.remove", "a/b/c", NULL},
		{METHOD_DELETE, "/images/json", 41, "image.remove", "json", NULL},
		{METHOD_GET, "/distribution/r.example/a/b/json", 41, "distribution.inspect",
	     "r.example/a/b", NULL},
		{METHOD_POST, "/plugins/a/b:1/enable", 41, "plugin.enable", "a/b:1", NULL},
		{METHOD_POST, "/plugins/pull/set", 41, "plugin.set", "pull", NULL},
		/* networks: a trailing slash is a route of its own */
		{METHOD_GET, "/networks", 41, "network.list", NULL, NULL},
		{METHOD_GET, "/networks/", 41, "network.list", NULL, NULL},
		{METHOD_GET, "/networks/create", 41, "network.inspect", "create", NULL},
		{METHOD_POST, "/networks/create/connect", 41, "network.connect", "create", NULL},
		{METHOD_GET, "/services/create", 41, "service.inspect", "create", NULL},
		{METHOD_PUT, "/volumes/v", 42, "volume.update", "v", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_path(&cases[i]);
}

static void other_paths_are_unknown(void **state)
{
	static const struct path_case cases[] = {
		{METHOD_GET, "", 41, NULL, NULL, NULL},
		{METHOD_GET, "_ping", 41, NULL, NULL, NULL},
		{METHOD_GET, "/", 41, NULL, NULL, NULL},
		{METHOD_GET, "/_pin", 41, NULL, NULL, NULL},
		{METHOD_GET, "/_pingx", 41, NULL, NULL, NULL},
		{METHOD_GET, "/_ping/", 41, NULL, NULL, NULL},
		{METHOD_GET, "/_ping/x", 41, NULL, NULL, NULL},
		{METHOD_GET, "/_PING", 41, NULL, NULL, NULL},
		{METHOD_GET, "/Containers/json", 41, NULL, NULL, NULL},
		{METHOD_GET, "/config", 41, NULL, NULL, NULL},
		{METHOD_GET, "/configsx", 41, NULL, NULL, NULL},
		{METHOD_GET, "/zzz", 41, NULL, NULL, NULL},
		{METHOD_GET, "/containers", 41, NULL, NULL, NULL},
		{METHOD_GET, "/containers/json/", 41, NULL, NULL, NULL},
		{METHOD_POST, "/containers/create/", 41, NULL, NULL, NULL},
		{METHOD_POST, "/containers/create;x", 41, NULL, NULL, NULL},
		{METHOD_DELETE, "/containers/", 41, NULL, NULL, NULL},
		{METHOD_DELETE, "/volumes/", 41, NULL, NULL, NULL},
		{METHOD_DELETE, "/images/", 41, NULL, NULL, NULL},
		/* a link alias, with which dockerd would act on another container */
		{METHOD_GET, "/containers/a/b/json", 41, NULL, NULL, NULL},
		{METHOD_POST, "/containers/a/b/kill", 41, NULL, NULL, NULL},
		{METHOD_POST, "/containers/x/exec/start", 41, NULL, NULL, NULL},
		{METHOD_POST, "/exec/x/start/start", 41, NULL, NULL, NULL},
		{METHOD_DELETE, "/containers/a/checkpoints/b/c", 41, NULL, NULL, NULL},
		{METHOD_DELETE, "/containers/a/b/checkpoints/c", 41, NULL, NULL, NULL},
		{METHOD_DELETE, "/containers/a/checkpoints/", 41, NULL, NULL, NULL},
		{METHOD_DELETE, "/containers/a/checkpoints/-x", 41, NULL, NULL, NULL},
		{METHOD_GET, "/volumes/a/b", 41, NULL, NULL, NULL},
		{METHOD_GET, "/networks/a/b", 41, NULL, NULL, NULL},
		{METHOD_POST, "/networks/a/b/connect", 41, NULL, NULL, NULL},
		{METHOD_GET, "/services/a/b", 41, NULL, NULL, NULL},
		/* names that nothing can have */
		{METHOD_GET, "/containers/.x/json", 41, NULL, NULL, NULL},
		{METHOD_GET, "/containers/-x/json", 41, NULL, NULL, NULL},
		{METHOD_GET, "/containers/~root/json", 41, NULL, NULL, NULL},
		{METHOD_GET, "/containers/*/json", 41, NULL, NULL, NULL},
		{METHOD_GET, "/containers/x y/json", 41, NULL, NULL, NULL},
		{METHOD_GET, "/containers/a:b/json", 41, NULL, NULL, NULL},
		{METHOD_GET, "/containers/caf\xc3\xa9/json", 41, NULL, NULL, NULL},
		{METHOD_GET, "/images/a b/json", 41, NULL, NULL, NULL},
		{METHOD_GET, "/images/-a/json", 41, NULL, NULL, NULL},
		{METHOD_GET, "/images/a%2fb/json", 41, NULL, NULL, NULL},
		{METHOD_DELETE, "/images/a/", 41, NULL, NULL, NULL},
		/* not of this API version, or of none that quaymaster serves */
		{METHOD_POST, "/session", 30, NULL, NULL, NULL},
		{METHOD_POST, "/containers/x/copy", 41, NULL, NULL, NULL},
		{METHOD_GET, "/debug/vars", 41, NULL, NULL, NULL},
		{METHOD_GET, "/debug/pprof/heap", 41, NULL, NULL, NULL},
		{METHOD_POST, "/moby.buildkit.v1.Control/Solve", 55, NULL, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_path(&cases[i]);
}

static void wrong_methods_are_told_apart(void **state)
{
	static const struct {
		enum method method;
		const char *path;
	} cases[] = {
		{METHOD_GET, "/containers/create"},  {METHOD_POST, "/containers/json"},
		{METHOD_GET, "/containers/c/start"}, {METHOD_GET, "/containers/c/attach"},
		{METHOD_HEAD, "/containers/json"},   {METHOD_HEAD, "/info"},
		{METHOD_PUT, "/containers/create"},  {METHOD_OPTIONS, "/containers/create"},
		{METHOD_UNKNOWN, "/_ping"},          {METHOD_POST, "/networks/"},
		{METHOD_DELETE, "/networks/"}, /* where dockerd would take the empty prefix of every network's id */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new(4096);
		const struct route *route;
		struct captures captures;

		if (route_find(arena, cases[i].method, cases[i].path, 41, &route, &captures) !=
		    ROUTE_WRONG_METHOD)
			fail_msg("%s %s", method_name(cases[i].method), cases[i].path);
		assert_null(route);
		arena_free(arena);
	}
}

static void long_names_are_unknown(void **state)
{
	static const struct {
		const char *before, *after;
		size_t longest;
	} cases[] = {
		{"/containers/", "/json", 255},
		{"/images/", "/json", 512},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (size_t len = cases[i].longest; len <= cases[i].longest + 1; len++) {
			struct arena *arena = arena_new(4096);
			const struct route *route;
			struct captures captures;
			char name[600] = "";
			char path[700];

			memset(name, 'a', len);
			snprintf(path, sizeof path, "%s%s%s", cases[i].before, name, cases[i].after);
			assert_int_equal(route_find(arena, METHOD_GET, path, 41, &route, &captures),
			                 len <= cases[i].longest ? ROUTE_FOUND : ROUTE_UNKNOWN);
			arena_free(arena);
		}
	}
}

static void nothing_is_found_half(void **state)
{
	struct arena *arena = arena_new(0);
	const struct route *route;
	struct captures captures;

	(void)state;
	assert_int_equal(route_find(arena, METHOD_GET, "/containers/abc/json", 41, &route, &captures),
	                 ROUTE_UNKNOWN);
	assert_null(route);
	arena_free(arena);
}

static void patterns_are_checked(void **state)
{
	(void)state;
	assert_true(route_pattern_known("container.create"));
	assert_true(route_pattern_known("container.*"));
	assert_true(route_pattern_known("*"));
	assert_true(route_pattern_known("*.list"));
	assert_true(route_pattern_known("container.archive.*"));
	assert_false(route_pattern_known("container.creat"));
	assert_false(route_pattern_known("Container.*"));
	assert_false(route_pattern_known("containers.*"));
	assert_false(route_pattern_known(""));
}

static void operations_are_found_by_name(void **state)
{
	(void)state;
	assert_string_equal(route_of_operation("image.import")->template, "/images/create");
	assert_string_equal(route_of_operation("build.buildkit")->template, "/build");
	assert_null(route_of_operation("image"));
	assert_null(route_of_operation(""));
}

static void names_of_enums(void **state)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"};
	static const char *const others[] = {"",      "get",     "Get", "GETX", "PATCH",
	                                     "TRACE", "CONNECT", "PRI", "?"};

	(void)state;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		assert_string_equal(method_name(method_from_text(methods[i])), methods[i]);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_int_equal(method_from_text(others[i]), METHOD_UNKNOWN);
	for (int kind = OBJECT_NONE; kind <= OBJECT_DISTRIBUTION; kind++)
		assert_string_not_equal(object_kind_name((enum object_kind)kind), "?");
	for (int kind = BODY_NONE; kind <= BODY_STREAM; kind++)
		assert_string_not_equal(body_kind_name((enum body_kind)kind), "?");
	for (int kind = ANSWER_PLAIN; kind <= ANSWER_WEBSOCKET; kind++)
		assert_string_not_equal(answer_kind_name((enum answer_kind)kind), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_there),         cmocka_unit_test(rows_are_in_order),
		cmocka_unit_test(rows_are_well_formed),         cmocka_unit_test(every_row_is_found),
		cmocka_unit_test(paths_find_their_operation),   cmocka_unit_test(other_paths_are_unknown),
		cmocka_unit_test(wrong_methods_are_told_apart), cmocka_unit_test(long_names_are_unknown),
		cmocka_unit_test(nothing_is_found_half),        cmocka_unit_test(patterns_are_checked),
		cmocka_unit_test(operations_are_found_by_name), cmocka_unit_test(names_of_enums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
