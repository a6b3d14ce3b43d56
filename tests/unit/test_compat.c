/* The variables of the HAProxy-based socket proxies: for every route of the catalogue, what quaymaster
 * makes of them is what those proxies' own rules give. The rules are written down here a second time,
 * as those proxies have them: in order, on method and path, as regular expressions that are only bound
 * at the start. */
#include "policy/compat.h"

#include "policy/arena.h"
#include "policy/route.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROUTES_MAX = 160, RULES_MAX = 64, SAMPLES = 3 };

/* --- those proxies, in small ------------------------------------------------------------------- */

enum effect { ALLOW_IF, DENY_UNLESS, DENY_METHOD_UNLESS };

struct rule {
	enum effect effect;
	const char *path; /* behind the version */
	const char *variable;
};

#define CONTAINER "(/libpod)?/(containers|pods)/[a-zA-Z0-9_.-]+/"
#define SECTIONS                                                                                   \
	{ALLOW_IF, "/auth", "AUTH"}, {ALLOW_IF, "/build", "BUILD"}, {ALLOW_IF, "/commit", "COMMIT"},   \
		{ALLOW_IF, "/configs", "CONFIGS"}, {ALLOW_IF, "/containers", "CONTAINERS"},                \
		{ALLOW_IF, "/distribution", "DISTRIBUTION"}, {ALLOW_IF, "/events", "EVENTS"},              \
		{ALLOW_IF, "/exec", "EXEC"}, {ALLOW_IF, "/grpc", "GRPC"}, {ALLOW_IF, "/images", "IMAGES"}, \
		{ALLOW_IF, "/info", "INFO"}, {ALLOW_IF, "/networks", "NETWORKS"},                          \
		{ALLOW_IF, "/nodes", "NODES"}, {ALLOW_IF, "/_ping", "PING"},                               \
		{ALLOW_IF, "/plugins", "PLUGINS"}, {ALLOW_IF, "/secrets", "SECRETS"},                      \
		{ALLOW_IF, "/services", "SERVICES"}, {ALLOW_IF, "/session", "SESSION"},                    \
		{ALLOW_IF, "/swarm", "SWARM"}, {ALLOW_IF, "/system", "SYSTEM"},                            \
		{ALLOW_IF, "/tasks", "TASKS"}, {ALLOW_IF, "/version", "VERSION"},                          \
	{                                                                                              \
		ALLOW_IF, "/volumes", "VOLUMES"                                                            \
	}

static const struct rule tecnativa[] = {
	{DENY_METHOD_UNLESS, "", "POST"},
	{ALLOW_IF, "/containers/[a-zA-Z0-9_.-]+/((stop)|(restart)|(kill))", "ALLOW_RESTARTS"},
	{ALLOW_IF, "/containers/[a-zA-Z0-9_.-]+/start", "ALLOW_START"},
	{ALLOW_IF, "/containers/[a-zA-Z0-9_.-]+/stop", "ALLOW_STOP"},
	SECTIONS,
};

static const struct rule linuxserver[] = {
	{DENY_UNLESS, CONTAINER "(archive)", "ALLOW_ARCHIVE"},
	{DENY_UNLESS, CONTAINER "(change)", "ALLOW_CHANGES"},
	{DENY_UNLESS, CONTAINER "(export)", "ALLOW_EXPORT"},
	{DENY_UNLESS, CONTAINER "(logs)", "ALLOW_LOGS"},
	{DENY_UNLESS, CONTAINER "(top)", "ALLOW_TOP"},
	{ALLOW_IF, CONTAINER "((stop)|(restart)|(kill))", "ALLOW_RESTARTS"},
	{ALLOW_IF, CONTAINER "start", "ALLOW_START"},
	{ALLOW_IF, CONTAINER "stop", "ALLOW_STOP"},
	{ALLOW_IF, CONTAINER "pause", "ALLOW_PAUSE"},
	{ALLOW_IF, CONTAINER "unpause", "ALLOW_UNPAUSE"},
	{DENY_METHOD_UNLESS, "", "POST"},
	SECTIONS,
};

struct proxy {
	const struct rule *rules;
	size_t count;
};

static const struct proxy proxies[COMPAT_DIALECTS] = {
	[COMPAT_TECNATIVA] = {tecnativa, sizeof tecnativa / sizeof *tecnativa},
	[COMPAT_LINUXSERVER] = {linuxserver, sizeof linuxserver / sizeof *linuxserver},
};

/* Which rule's path fits which route, whatever the variables say: all the work of the matching. */
static bool fits[COMPAT_DIALECTS][RULES_MAX][ROUTES_MAX];
static size_t subject[COMPAT_DIALECTS][RULES_MAX]; /* the rule's variable */

/* "/v1.41/containers/NAME/json"; some names have slashes, where dockerd takes them. */
static void write_path(const struct route *route, int sample, char *out, size_t size)
{
	static const char *const names[SAMPLES] = {"web", "A_b.c-1", "stop"};
	static const char *const versions[SAMPLES] = {"", "/v1.41", "/v1.24"};
	const char *template = route->template;
	const char *placeholder;
	int len = snprintf(out, size, "%s", versions[sample]);

	while ((placeholder = strchr(template, '{')) != NULL) {
		bool deep = route->object == OBJECT_IMAGE && sample == 1;

		len += snprintf(out + len, size - (size_t)len, "%.*s%s%s", (int)(placeholder - template),
		                template, deep ? "registry.example/containers/" : "", names[sample]);
		template = strchr(placeholder, '}') + 1;
	}
	snprintf(out + len, size - (size_t)len, "%s", template);
}

/* The rules must say the same of every name and version, or they could not be about operations. */
static bool fits_all(const regex_t *regex, const struct route *route)
{
	char path[256];
	size_t count = 0;

	for (int sample = 0; sample < SAMPLES; sample++) {
		write_path(route, sample, path, sizeof path);
		count += regexec(regex, path, 0, NULL, 0) == 0;
	}
	assert_true(count == 0 || count == SAMPLES);
	return count == SAMPLES;
}

static int match_everything(void **state)
{
	size_t count;
	const struct route *routes = route_catalogue(&count);
	char text[256];
	regex_t regex;

	(void)state;
	assert_true(count <= ROUTES_MAX);
	for (size_t dialect = 0; dialect < COMPAT_DIALECTS; dialect++) {
		const struct proxy *proxy = &proxies[dialect];

		for (size_t i = 0; i < proxy->count; i++) {
			snprintf(text, sizeof text, "^(/v[0-9.]+)?%s", proxy->rules[i].path);
			assert_int_equal(regcomp(&regex, text, REG_EXTENDED | REG_ICASE | REG_NOSUB), 0);
			for (size_t k = 0; k < count; k++)
				fits[dialect][i][k] = fits_all(&regex, &routes[k]);
			regfree(&regex);
			assert_true(compat_find(proxy->rules[i].variable, &subject[dialect][i]));
		}
	}
	return 0;
}

static bool proxy_allows(const struct compat *compat, const struct route *routes, size_t route)
{
	const struct proxy *proxy = &proxies[compat->dialect];
	bool reads = routes[route].method == METHOD_GET || routes[route].method == METHOD_HEAD;

	for (size_t i = 0; i < proxy->count; i++) {
		bool on = compat->on[subject[compat->dialect][i]];

		switch (proxy->rules[i].effect) {
		case ALLOW_IF:
			if (fits[compat->dialect][i][route] && on)
				return true;
			break;
		case DENY_UNLESS:
			if (fits[compat->dialect][i][route] && !on)
				return false;
			break;
		case DENY_METHOD_UNLESS:
			if (!reads && !on)
				return false;
			break;
		}
	}
	return false;
}

/* --- the comparison ---------------------------------------------------------------------------- */

static void assert_same(const struct compat *compat)
{
	size_t count;
	const struct route *routes = route_catalogue(&count);

	for (size_t i = 0; i < count; i++) {
		bool allowed = compat_allows(compat, &routes[i]);

		if (allowed != proxy_allows(compat, routes, i))
			fail_msg("%s: %s %s is %s", compat_dialect_name(compat->dialect),
			         method_name(routes[i].method), routes[i].template,
			         allowed ? "allowed" : "denied");
		assert_true(allowed == (compat_opener(compat, &routes[i]) != NULL));
	}
}

/* From the defaults, from all off and from all on: every variable and every pair of them, in all
 * values. */
static void every_pair_gives_what_the_proxy_gives(void **state)
{
	size_t count;

	(void)state;
	compat_variables(&count);
	for (int start = 0; start < 3 * COMPAT_DIALECTS; start++) {
		enum compat_dialect dialect = (enum compat_dialect)(start % COMPAT_DIALECTS);
		struct compat base = compat_defaults(dialect);

		for (size_t i = 0; i < count && start >= COMPAT_DIALECTS; i++)
			base.on[i] = start >= 2 * COMPAT_DIALECTS && compat_knows(dialect, i);
		for (size_t i = 0; i < count; i++) {
			for (size_t k = i; k < count; k++) {
				struct compat compat = base;

				for (unsigned values = 0; values < 4; values++) {
					compat.on[i] = (values & 1) != 0 && compat_knows(dialect, i);
					compat.on[k] = (values & 2) != 0 && compat_knows(dialect, k);
					assert_same(&compat);
				}
			}
		}
	}
}

/* What interferes with each other, in all combinations: the method, one section, the actions. */
static void every_combination_about_containers_does(void **state)
{
	static const char *const names[] = {"POST",           "CONTAINERS",  "EXEC",
	                                    "ALLOW_RESTARTS", "ALLOW_START", "ALLOW_STOP",
	                                    "ALLOW_PAUSE",    "ALLOW_LOGS",  "ALLOW_ARCHIVE"};
	enum { NAMES = sizeof names / sizeof *names };

	(void)state;
	for (unsigned bits = 0; bits < 2u << NAMES; bits++) {
		struct compat compat = compat_defaults((enum compat_dialect)(bits >> NAMES));

		for (size_t i = 0; i < NAMES; i++) {
			size_t index;

			assert_true(compat_find(names[i], &index));
			compat.on[index] = (bits >> i & 1) != 0 && compat_knows(compat.dialect, index);
		}
		assert_same(&compat);
	}
}

/* Policies are about operations: one that has several routes must not be torn apart. */
static void routes_of_one_operation_go_together(void **state)
{
	size_t routes_count, count;
	const struct route *routes = route_catalogue(&routes_count);

	(void)state;
	compat_variables(&count);
	for (size_t i = 0; i < 2 * count; i++) {
		struct compat compat = compat_defaults((enum compat_dialect)(i % 2));

		compat.on[i / 2] = !compat.on[i / 2];
		for (size_t k = 0; k < routes_count; k++)
			assert_true(compat_allows(&compat, &routes[k]) ==
			            compat_allows(&compat, route_of_operation(routes[k].operation)));
	}
}

/* --- the tables -------------------------------------------------------------------------------- */

static void defaults_are_those_of_the_images(void **state)
{
	static const char *const on[] = {"EVENTS", "PING", "VERSION", "LIBPOD_PING", "LIBPOD_VERSION"};
	size_t count;
	const struct compat_variable *variables = compat_variables(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		bool expected = false;

		for (size_t k = 0; k < sizeof on / sizeof *on; k++)
			expected = expected || strcmp(on[k], variables[i].name) == 0;
		assert_true(compat_defaults(COMPAT_LINUXSERVER).on[i] == expected);
		assert_true(compat_defaults(COMPAT_TECNATIVA).on[i] ==
		            (expected && variables[i].tecnativa));
	}
	assert_false(compat_find("CONTAINER", &count));
}

/* Measured at HAProxy 2.6. */
static void values_are_read_as_haproxy_reads_them(void **state)
{
	static const char *const on[] = {"1",  "2",  "-1", "+1",
	                                 "01", "1x", "1 ", "10000000000000000000000"};
	static const char *const off[] = {"",   "0",   "00", "0x1",  "0.5",  "-0",  "+",
	                                  " 1", "yes", "on", "true", "TRUE", "'1'", "\"1\""};

	(void)state;
	for (size_t i = 0; i < sizeof on / sizeof *on; i++)
		assert_true(compat_reads_on(on[i]));
	for (size_t i = 0; i < sizeof off / sizeof *off; i++)
		assert_false(compat_reads_on(off[i]));
}

static void dialects_have_names(void **state)
{
	enum compat_dialect dialect;

	(void)state;
	assert_true(compat_dialect_from_text("linuxserver", &dialect));
	assert_int_equal(dialect, COMPAT_LINUXSERVER);
	assert_true(compat_dialect_from_text("tecnativa", &dialect));
	assert_int_equal(dialect, COMPAT_TECNATIVA);
	assert_false(compat_dialect_from_text("Tecnativa", &dialect));
	assert_string_equal(compat_dialect_name(COMPAT_LINUXSERVER), "linuxserver");
}

/* A table of what is on, what is asked for, and what is missing. */
static void advice_names_no_more_than_it_takes(void **state)
{
	static const struct {
		enum compat_dialect dialect;
		const char *on;
		const char *operation;
		const char *missing;
	} table[] = {
		{COMPAT_TECNATIVA, "", "container.list", "CONTAINERS=1"},
		{COMPAT_TECNATIVA, "", "container.create", "CONTAINERS=1 and POST=1"},
		{COMPAT_TECNATIVA, "CONTAINERS", "container.create", "POST=1"},
		{COMPAT_TECNATIVA, "POST", "container.create", "CONTAINERS=1"},
		{COMPAT_TECNATIVA, "", "container.restart", "ALLOW_RESTARTS=1 and POST=1"},
		{COMPAT_TECNATIVA, "ALLOW_RESTARTS", "container.restart", "POST=1"},
		{COMPAT_TECNATIVA, "CONTAINERS", "container.restart", "POST=1"},
		{COMPAT_TECNATIVA, "", "container.stop", "ALLOW_STOP=1 and POST=1"},
		{COMPAT_TECNATIVA, "", "container.logs", "CONTAINERS=1"},
		{COMPAT_TECNATIVA, "", "container.pause", "CONTAINERS=1 and POST=1"},
		{COMPAT_LINUXSERVER, "CONTAINERS", "container.restart", "ALLOW_RESTARTS=1"},
		{COMPAT_LINUXSERVER, "", "container.unpause", "ALLOW_UNPAUSE=1"},
		{COMPAT_LINUXSERVER, "", "container.logs", "CONTAINERS=1 and ALLOW_LOGS=1"},
		{COMPAT_LINUXSERVER, "CONTAINERS", "container.logs", "ALLOW_LOGS=1"},
		{COMPAT_LINUXSERVER, "CONTAINERS", "container.archive.put", "ALLOW_ARCHIVE=1 and POST=1"},
		{COMPAT_LINUXSERVER, "", "image.pull", "IMAGES=1 and POST=1"},
	};
	struct arena *arena = arena_new(4096);

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct compat compat = compat_defaults(table[i].dialect);
		const char *missing;
		size_t index;

		if (compat_find(table[i].on, &index))
			compat.on[index] = true;
		missing = compat_missing(arena, &compat, route_of_operation(table[i].operation));
		assert_non_null(missing);
		assert_string_equal(missing, table[i].missing);
	}
	arena_free(arena);
}

/* Whoever does what the advice says gets what was asked for. */
static void advice_is_enough(void **state)
{
	size_t count;
	const struct route *routes = route_catalogue(&count);

	(void)state;
	for (size_t i = 0; i < COMPAT_DIALECTS * count; i++) {
		struct compat compat = compat_defaults((enum compat_dialect)(i / count));
		const struct route *route = &routes[i % count];
		struct arena *arena = arena_new(4096);
		const char *at = compat_missing(arena, &compat, route);

		for (assert_non_null(at); *at != '\0'; at += strspn(at, "=1 and")) {
			size_t index, len = strcspn(at, "=");
			char *name = arena_copy(arena, at, len);

			assert_true(compat_find(name, &index));
			compat.on[index] = true;
			at += len;
		}
		assert_true(compat_allows(&compat, route));
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_gives_what_the_proxy_gives),
		cmocka_unit_test(every_combination_about_containers_does),
		cmocka_unit_test(routes_of_one_operation_go_together),
		cmocka_unit_test(defaults_are_those_of_the_images),
		cmocka_unit_test(values_are_read_as_haproxy_reads_them),
		cmocka_unit_test(dialects_have_names),
		cmocka_unit_test(advice_names_no_more_than_it_takes),
		cmocka_unit_test(advice_is_enough),
	};

	return cmocka_run_group_tests_name("compat", tests, match_everything, NULL);
}
