/* Owns what the variables of the HAProxy-based socket proxies mean. Those proxies hold a list of rules on
 * method and path, of which the first that matches decides; here the same rules are asked about a
 * route of the catalogue. What a configuration or an environment makes of them is not decided here. */
#include "policy/compat.h"

#include "policy/arena.h"
#include "policy/route.h"

#include <string.h>

enum { NONE = COMPAT_VARIABLES_MAX };

#define SECTION(name, is_on, segment)              \
	{                                              \
		name, COMPAT_SECTION, true, is_on, segment \
	}
#define ACTION(name, both, actions)               \
	{                                             \
		name, COMPAT_ACTION, both, false, actions \
	}
#define GUARD(name, action)                      \
	{                                            \
		name, COMPAT_GUARD, false, false, action \
	}
#define LIBPOD(name, is_on)                   \
	{                                         \
		name, COMPAT_LIBPOD, false, is_on, "" \
	}

static const struct compat_variable variables[] = {
	{"POST", COMPAT_POST, true, false, ""},
	GUARD("ALLOW_ARCHIVE", "archive"),
	GUARD("ALLOW_CHANGES", "changes"),
	GUARD("ALLOW_EXPORT", "export"),
	GUARD("ALLOW_LOGS", "logs"),
	GUARD("ALLOW_TOP", "top"),
	ACTION("ALLOW_START", true, "start"),
	ACTION("ALLOW_STOP", true, "stop"),
	ACTION("ALLOW_RESTARTS", true, "stop restart kill"),
	ACTION("ALLOW_PAUSE", false, "pause"),
	ACTION("ALLOW_UNPAUSE", false, "unpause"),
	SECTION("AUTH", false, "auth"),
	SECTION("BUILD", false, "build"),
	SECTION("COMMIT", false, "commit"),
	SECTION("CONFIGS", false, "configs"),
	SECTION("CONTAINERS", false, "containers"),
	SECTION("DISTRIBUTION", false, "distribution"),
	SECTION("EVENTS", true, "events"),
	SECTION("EXEC", false, "exec"),
	SECTION("GRPC", false, "grpc"),
	SECTION("IMAGES", false, "images"),
	SECTION("INFO", false, "info"),
	SECTION("NETWORKS", false, "networks"),
	SECTION("NODES", false, "nodes"),
	SECTION("PING", true, "_ping"),
	SECTION("PLUGINS", false, "plugins"),
	SECTION("SECRETS", false, "secrets"),
	SECTION("SERVICES", false, "services"),
	SECTION("SESSION", false, "session"),
	SECTION("SWARM", false, "swarm"),
	SECTION("SYSTEM", false, "system"),
	SECTION("TASKS", false, "tasks"),
	SECTION("VERSION", true, "version"),
	SECTION("VOLUMES", false, "volumes"),
	LIBPOD("LIBPOD_ALLOW_PAUSE", false),
	LIBPOD("LIBPOD_ALLOW_POD_PAUSE", false),
	LIBPOD("LIBPOD_ALLOW_POD_RESTARTS", false),
	LIBPOD("LIBPOD_ALLOW_POD_START", false),
	LIBPOD("LIBPOD_ALLOW_POD_STOP", false),
	LIBPOD("LIBPOD_ALLOW_POD_UNPAUSE", false),
	LIBPOD("LIBPOD_ALLOW_RESTARTS", false),
	LIBPOD("LIBPOD_ALLOW_START", false),
	LIBPOD("LIBPOD_ALLOW_STOP", false),
	LIBPOD("LIBPOD_ALLOW_UNPAUSE", false),
	LIBPOD("LIBPOD_CONTAINERS", false),
	LIBPOD("LIBPOD_EVENTS", false),
	LIBPOD("LIBPOD_EXEC", false),
	LIBPOD("LIBPOD_GENERATE", false),
	LIBPOD("LIBPOD_IMAGES", false),
	LIBPOD("LIBPOD_INFO", false),
	LIBPOD("LIBPOD_MANIFESTS", false),
	LIBPOD("LIBPOD_NETWORKS", false),
	LIBPOD("LIBPOD_PING", true),
	LIBPOD("LIBPOD_PLAY", false),
	LIBPOD("LIBPOD_PODS", false),
	LIBPOD("LIBPOD_SECRETS", false),
	LIBPOD("LIBPOD_SYSTEM", false),
	LIBPOD("LIBPOD_VERSION", true),
	LIBPOD("LIBPOD_VOLUMES", false),
};

enum { VARIABLES = sizeof variables / sizeof *variables, POST = 0 };

_Static_assert((int)VARIABLES <= (int)COMPAT_VARIABLES_MAX, "struct compat has room for all");

static const char *const dialect_names[] = {
	[COMPAT_TECNATIVA] = "tecnativa",
	[COMPAT_LINUXSERVER] = "linuxserver",
};

const struct compat_variable *compat_variables(size_t *count)
{
	*count = VARIABLES;
	return variables;
}

bool compat_find(const char *name, size_t *index)
{
	for (*index = 0; *index < VARIABLES; ++*index) {
		if (strcmp(variables[*index].name, name) == 0)
			return true;
	}
	return false;
}

bool compat_knows(enum compat_dialect dialect, size_t index)
{
	return dialect == COMPAT_LINUXSERVER || variables[index].tecnativa;
}

const char *compat_dialect_name(enum compat_dialect dialect)
{
	return dialect_names[dialect];
}

bool compat_dialect_from_text(const char *text, enum compat_dialect *dialect)
{
	for (size_t i = 0; i < COMPAT_DIALECTS; i++) {
		if (strcmp(dialect_names[i], text) == 0) {
			*dialect = (enum compat_dialect)i;
			return true;
		}
	}
	return false;
}

struct compat compat_defaults(enum compat_dialect dialect)
{
	struct compat compat = {.dialect = dialect};

	for (size_t i = 0; i < VARIABLES; i++)
		compat.on[i] = variables[i].on && compat_knows(dialect, i);
	return compat;
}

bool compat_reads_on(const char *text)
{
	const char *digits = text + (*text == '-' || *text == '+');

	return strspn(digits, "0123456789") > strspn(digits, "0");
}

/* --- the rules --------------------------------------------------------------------------------- */

static bool is_reading(const struct route *route)
{
	return route->method == METHOD_GET || route->method == METHOD_HEAD;
}

/* Part of a template, not terminated. */
struct word {
	const char *text;
	size_t len;
};

static struct word segment_at(const char *text)
{
	return (struct word){text, strcspn(text, "/")};
}

/* X of "/containers/{name}/X" and "/containers/{name}/X/more"; empty for other templates. */
static struct word action_of(const struct route *route)
{
	static const char prefix[] = "/containers/{name}/";

	if (strncmp(route->template, prefix, sizeof prefix - 1) != 0)
		return (struct word){"", 0};
	return segment_at(route->template + sizeof prefix - 1);
}

/* WORDS are separated by one blank each. */
static bool lists(const char *words, struct word word)
{
	while (word.len > 0 && *words != '\0') {
		size_t len = strcspn(words, " ");

		if (len == word.len && strncmp(words, word.text, len) == 0)
			return true;
		words += len + (words[len] == ' ');
	}
	return false;
}

/* The first variable of KIND about ROUTE that COMPAT's dialect knows and that is ON; NONE for none. */
static size_t find_rule(const struct compat *compat, enum compat_kind kind, bool on,
                        const struct route *route)
{
	struct word word = kind == COMPAT_SECTION ? segment_at(route->template + 1) : action_of(route);

	for (size_t i = 0; i < VARIABLES; i++) {
		if (variables[i].kind == kind && compat->on[i] == on && lists(variables[i].words, word) &&
		    compat_knows(compat->dialect, i))
			return i;
	}
	return NONE;
}

/* The variable that opens ROUTE, or NONE: the one place where the order of the rules is. */
static size_t opener(const struct compat *compat, const struct route *route)
{
	bool method_fits = is_reading(route) || compat->on[POST];
	bool method_first = compat->dialect == COMPAT_TECNATIVA;
	size_t action;

	if (find_rule(compat, COMPAT_GUARD, false, route) != NONE || (method_first && !method_fits))
		return NONE;
	action = find_rule(compat, COMPAT_ACTION, true, route);
	if (action != NONE)
		return action;
	return method_fits ? find_rule(compat, COMPAT_SECTION, true, route) : NONE;
}

bool compat_allows(const struct compat *compat, const struct route *route)
{
	return opener(compat, route) != NONE;
}

const char *compat_opener(const struct compat *compat, const struct route *route)
{
	size_t index = opener(compat, route);

	return index == NONE ? NULL : variables[index].name;
}

/* --- advice ------------------------------------------------------------------------------------ */

/* Turns INDEX on and puts it behind what TEXT says already. */
static const char *also(struct arena *arena, struct compat *compat, size_t index, const char *text)
{
	if (index == NONE || text == NULL)
		return text;
	compat->on[index] = true;
	return arena_format(arena, "%s%s%s=1", text, *text == '\0' ? "" : " and ",
	                    variables[index].name);
}

/* The narrowest variable that is off and, but for POST, opens ROUTE; NONE when one that does is on. */
static size_t narrowest(const struct compat *compat, const struct route *route)
{
	size_t action = find_rule(compat, COMPAT_ACTION, false, route);

	if (find_rule(compat, COMPAT_ACTION, true, route) != NONE)
		return NONE;
	if (action != NONE && compat->dialect == COMPAT_LINUXSERVER)
		return action; /* it needs no POST, which would open more */
	if (find_rule(compat, COMPAT_SECTION, true, route) != NONE)
		return NONE;
	return action != NONE ? action : find_rule(compat, COMPAT_SECTION, false, route);
}

const char *compat_missing(struct arena *arena, const struct compat *compat,
                           const struct route *route)
{
	struct compat wanted = *compat;
	const char *text = also(arena, &wanted, narrowest(compat, route), "");

	text = also(arena, &wanted, find_rule(compat, COMPAT_GUARD, false, route), text);
	if (!compat_allows(&wanted, route))
		text = also(arena, &wanted, POST, text);
	return compat_allows(&wanted, route) ? text : NULL;
}
