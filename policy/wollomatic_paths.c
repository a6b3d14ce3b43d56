/* Owns which operations an expression on paths opens: those whose every path, whatever the names in it, it
 * lets pass. */
#include "policy/arena.h"
#include "policy/builder.h"
#include "policy/error.h"
#include "policy/load.h"
#include "policy/problems.h"
#include "policy/regex.h"
#include "policy/text.h"
#include "policy/wollomatic_parts.h"

#include <stdio.h>
#include <string.h>

enum { PLACES_MAX = 128, HEADING_MAX = 160, VERSIONS_MAX = 64 };

#define ALPHANUMERIC "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* How much of an operation's route an expression lets pass. */
enum cover {
	COVER_NONE = 0,
	COVER_PART,     /* some names */
	COVER_VERSIONS, /* every name, in some API versions */
	COVER_ALL       /* every name, in every version or where none is given */
};

void wollomatic_add_path(struct reading *reading, const char *method,
                         const struct variable *variable)
{
	const char *heading =
		arena_format(reading->arena, "%s=%s", variable->name,
	                 text_printable(reading->arena, variable->value, HEADING_MAX));
	const char *text = arena_format(reading->arena, "^%s$", variable->value);
	struct path_rule rule = {.method = method_from_text(method), .heading = heading};
	struct error error = {.text = "needs too much memory"};

	if (rule.method == METHOD_UNKNOWN || rule.method == METHOD_OPTIONS) {
		problems_add(reading->notes, (struct place){.file = heading},
		             "left out: the Docker API has nothing with %s", method);
		return;
	}
	if (heading != NULL && text != NULL)
		rule.regex = regex_parse(reading->arena, text, &error);
	if (rule.regex == NULL || reading->path_count == PATHS_MAX) {
		problems_add(reading->notes, (struct place){.file = heading}, "left out: it %s",
		             rule.regex == NULL ? error.text : "is one too many");
		return;
	}
	reading->paths[reading->path_count++] = rule;
}

/* --- the paths of a route ---------------------------------------------------------------------- */

/* The form of a route's paths, place by place. */
struct form {
	struct regex_place places[PLACES_MAX];
	char bytes[PLACES_MAX][2];
	unsigned count;
};

static void add_place(struct form *form, const char *bytes, bool repeats)
{
	if (form->count < PLACES_MAX)
		form->places[form->count++] = (struct regex_place){bytes, repeats};
}

static void add_literal(struct form *form, const char *text, size_t len)
{
	for (size_t i = 0; i < len && form->count < PLACES_MAX; i++) {
		form->bytes[form->count][0] = text[i];
		add_place(form, form->bytes[form->count], false);
	}
}

/* A name: of an image, of a plugin, or in a registry, it may have slashes and more. */
static void add_name(struct form *form, enum object_kind kind)
{
	bool reference = kind == OBJECT_IMAGE || kind == OBJECT_PLUGIN || kind == OBJECT_NONE;

	add_place(form, ALPHANUMERIC, false);
	add_place(form, reference ? ALPHANUMERIC "._/:@-" : ALPHANUMERIC "_.-", true);
}

/* FORM is zeroed, and stays where it is: places point into it. */
static void fill_form(struct form *form, const struct route *route)
{
	const char *template = route->template;
	const char *placeholder;

	while ((placeholder = strchr(template, '{')) != NULL) {
		add_literal(form, template, (size_t)(placeholder - template));
		add_name(form, route->object);
		template = strchr(placeholder, '}') + 1;
	}
	add_literal(form, template, strlen(template));
}

/* "" and then "/v1.24" to "/v1.56", as far as the route is in these versions. */
struct versions {
	char texts[VERSIONS_MAX][16];
	const char *list[VERSIONS_MAX];
	unsigned count;
};

static void fill_versions(struct versions *versions, const struct route *route)
{
	unsigned last = route->until != 0 ? route->until : API_MINOR_NEWEST;

	versions->list[versions->count++] = "";
	for (unsigned minor = route->since; minor <= last && versions->count < VERSIONS_MAX; minor++) {
		snprintf(versions->texts[versions->count], sizeof versions->texts[0], "/v1.%u", minor);
		versions->list[versions->count] = versions->texts[versions->count];
		versions->count++;
	}
}

static enum cover cover_of(const struct path_rule *rule, const struct route *route)
{
	enum regex_cover covers[VERSIONS_MAX] = {REGEX_COVERS_NONE};
	struct versions versions = {.count = 0};
	struct form form = {.count = 0};
	unsigned all = 0, some = 0;

	if (rule->method != route->method)
		return COVER_NONE;
	fill_versions(&versions, route);
	fill_form(&form, route);
	if (form.count == PLACES_MAX)
		return COVER_PART; /* no template is that long */
	regex_covers(rule->regex, &(struct regex_form){form.places, form.count}, versions.list,
	             versions.count, covers);
	for (unsigned i = 0; i < versions.count; i++) {
		all += i > 0 && covers[i] == REGEX_COVERS_ALL;
		some += covers[i] != REGEX_COVERS_NONE;
	}
	if (covers[0] == REGEX_COVERS_ALL || all == versions.count - 1)
		return COVER_ALL;
	return all > 0 ? COVER_VERSIONS : some > 0 ? COVER_PART : COVER_NONE;
}

/* --- operations -------------------------------------------------------------------------------- */

/* What the expressions cover of each route of the catalogue. */
struct coverage {
	const struct route *routes;
	size_t count;
	enum cover *best;        /* of each route */
	struct path_rule **rule; /* which has it */
};

static bool measure(struct reading *reading, struct coverage *coverage)
{
	struct arena *arena = reading->arena;

	coverage->routes = route_catalogue(&coverage->count);
	coverage->best = arena_calloc(arena, coverage->count, sizeof *coverage->best);
	coverage->rule = arena_calloc(arena, coverage->count, sizeof(struct path_rule *));
	if (coverage->best == NULL || coverage->rule == NULL)
		return false;
	for (size_t i = 0; i < coverage->count * reading->path_count; i++) {
		size_t route = i / reading->path_count;
		struct path_rule *rule = &reading->paths[i % reading->path_count];
		enum cover cover = coverage->best[route] == COVER_ALL
		                       ? COVER_NONE
		                       : cover_of(rule, &coverage->routes[route]);

		if (cover > coverage->best[route]) {
			coverage->best[route] = cover;
			coverage->rule[route] = rule;
		}
	}
	return true;
}

/* GET and HEAD of one path, and a path with and without a slash at its end, mean the same. */
static bool are_twins(const struct route *a, const struct route *b)
{
	size_t a_len = strlen(a->template), b_len = strlen(b->template);

	a_len -= a->template[a_len - 1] == '/';
	b_len -= b->template[b_len - 1] == '/';
	return a_len == b_len && strncmp(a->template, b->template, a_len) == 0 && !a->writes;
}

static bool is_covered(const struct coverage *coverage, size_t route)
{
	for (size_t i = 0; i < coverage->count; i++) {
		const struct route *other = &coverage->routes[i];

		if (coverage->best[i] >= COVER_VERSIONS &&
		    strcmp(other->operation, coverage->routes[route].operation) == 0 &&
		    (i == route || are_twins(other, &coverage->routes[route])))
			return true;
	}
	return false;
}

/* An operation is open when each of its paths is. */
static bool is_open(const struct coverage *coverage, const char *operation)
{
	for (size_t i = 0; i < coverage->count; i++) {
		if (strcmp(coverage->routes[i].operation, operation) == 0 && !is_covered(coverage, i))
			return false;
	}
	return true;
}

static void open_rule(const struct coverage *coverage, struct path_rule *rule,
                      const struct policy *preset, struct opened *list, size_t *count)
{
	for (size_t i = 0; i < coverage->count; i++) {
		const struct route *route = &coverage->routes[i];
		size_t before = *count;

		if (coverage->rule[i] != rule || coverage->best[i] < COVER_VERSIONS ||
		    !is_open(coverage, route->operation))
			continue;
		rule->opens = true;
		if (converted_preset_allows(preset, route->operation))
			converted_open(list, count, route, rule->heading);
		if (*count > before && coverage->best[i] == COVER_VERSIONS)
			list[before].remark = "there in some API versions only";
	}
}

/* "container.inspect, container.logs": what RULE would open, were it not for some names; "" is nothing. */
static const char *list_parts(struct arena *arena, const struct coverage *coverage,
                              const struct path_rule *rule)
{
	struct builder list = {.text = NULL};
	const char *text;
	const char *last = "";

	for (size_t i = 0; i < coverage->count; i++) {
		const char *operation = coverage->routes[i].operation;

		if (strcmp(operation, last) == 0 || is_open(coverage, operation) ||
		    cover_of(rule, &coverage->routes[i]) == COVER_NONE)
			continue;
		builder_format(&list, "%s%s", list.len > 0 ? ", " : "", operation);
		last = operation;
	}
	text = builder_take(&list, arena);
	return text != NULL ? text : "more operations than can be listed";
}

static void tell_of_rule(struct reading *reading, const struct coverage *coverage,
                         const struct path_rule *rule)
{
	const char *list = list_parts(reading->arena, coverage, rule);

	if (list[0] != '\0')
		problems_add(reading->notes, (struct place){.file = rule->heading},
		             "left out: it allows some paths of %s, but operations are about all", list);
	else if (!rule->opens)
		problems_add(reading->notes, (struct place){.file = rule->heading},
		             "opens nothing: there is no such operation, or it is open already");
}

bool wollomatic_open_paths(struct reading *reading)
{
	struct policy_set *set = reading->converted->preset != NULL ? converted_presets() : NULL;
	const struct policy *preset =
		set != NULL ? policy_set_find(set, reading->converted->preset) : NULL;
	struct coverage coverage;
	struct opened *list;
	size_t count = 0;
	bool fine = measure(reading, &coverage);

	list = arena_calloc(reading->arena, coverage.count, sizeof *list);
	fine = fine && list != NULL && (reading->converted->preset == NULL || preset != NULL);
	for (size_t i = 0; i < reading->path_count && fine; i++)
		open_rule(&coverage, &reading->paths[i], preset, list, &count);
	for (size_t i = 0; i < reading->path_count && fine; i++)
		tell_of_rule(reading, &coverage, &reading->paths[i]);
	reading->converted->opened = list;
	reading->converted->opened_count = count;
	policy_set_free(set);
	return fine;
}
