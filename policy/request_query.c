/* Reads a query by the catalogue: each parameter known, given once, of its kind, and in one
 * spelling. An unknown one is refused rather than left out, since it may be what narrows a request
 * down. */
#include "policy/request_parts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/filters.h"
#include "policy/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	PARAMETERS_MAX = 64, /* of one route; the longest list has half of that */
	PRINTED_MAX = 100,   /* bytes of a peer's name or value in a message */
};

/* Of a parameter that is a JSON text; its bytes are bounded by the head. */
static const struct json_limits json_limits = {.bytes = 1 << 20, .nodes = 20000, .depth = 64};

static bool given(const struct query *query, const char *name)
{
	const char *value = query_value(query, name);

	return value != NULL && value[0] != '\0';
}

/* dockerd reads fromImage first and ignores fromSrc then; a client that gives both means something
 * else. */
static bool choose_pull_or_import(struct request *request, const struct query *query,
                                  struct refusal *refusal)
{
	bool pull = given(query, "fromImage"), import = given(query, "fromSrc");

	if (pull == import)
		return request_refuse(request->arena, refusal, 400,
		                      "images/create takes either fromImage (pull) or fromSrc (import), %s",
		                      pull ? "not both" : "and has neither");
	request->route = route_of_operation(pull ? "image.pull" : "image.import");
	return true;
}

/* Whatever reaches for a client's session, or for another build, is BuildKit's: with version=1
 * dockerd would ignore most of it, and no client of the classic builder sends it. */
static bool choose_builder(struct request *request, const struct query *query,
                           struct refusal *refusal)
{
	const char *version = query_value(query, "version"), *remote = query_value(query, "remote");
	bool buildkit = version != NULL && strcmp(version, "2") == 0;

	if (version != NULL && version[0] != '\0' && strcmp(version, "1") != 0 && !buildkit)
		return request_refuse(request->arena, refusal, 400,
		                      "invalid version \"%s\": 1 is the classic builder, 2 is BuildKit",
		                      text_printable(request->arena, version, PRINTED_MAX));
	if (remote != NULL && strcmp(remote, "client-session") == 0)
		buildkit = true;
	buildkit = buildkit || given(query, "session") || given(query, "buildid");
	request->route = route_of_operation(buildkit ? "build.buildkit" : "build.classic");
	return true;
}

bool request_choose_route(struct request *request, const struct query *query,
                          struct refusal *refusal)
{
	const char *operation = request->route->operation;

	if (strcmp(operation, "image.pull") == 0)
		return choose_pull_or_import(request, query, refusal);
	if (strcmp(operation, "build.classic") == 0)
		return choose_builder(request, query, refusal);
	return true;
}

/* One parameter on its way from the client's words to ours. */
struct reading {
	struct request *request;
	const struct parameter_def *def;
	const char *value;   /* as given */
	const char *printed; /* as it will be sent; NULL leaves it out */
	struct refusal *refusal;
};

static bool refuse_value(struct reading *reading, const char *wanted)
{
	struct arena *arena = reading->request->arena;
	const char *value =
		reading->def->secret ? "(hidden)" : text_printable(arena, reading->value, PRINTED_MAX);

	return request_refuse(arena, reading->refusal, 400,
	                      "query parameter %s of %s is %s, not \"%s\"", reading->def->name,
	                      reading->request->route->operation, wanted, value);
}

static bool is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text >= 0x80)
			return false;
	}
	return true;
}

/* dockerd trims and ignores case, and takes all it does not know for true: "off" is true. */
static bool read_bool(struct reading *reading)
{
	static const char *const false_words[] = {"0", "no", "false", "none"};
	const char *start = reading->value + strspn(reading->value, " \t\n");
	size_t len = strlen(start);
	char *word;

	while (len > 0 && strchr(" \t\n", start[len - 1]) != NULL)
		len--;
	if (!is_ascii(start)) /* Go trims blanks beyond ASCII, too */
		return refuse_value(reading, "a boolean");
	word = arena_copy(reading->request->arena, start, len);
	if (word == NULL)
		return request_refuse_memory(reading->refusal);
	reading->printed = reading->value[0] == '\0' ? "" : len == 0 ? "0" : "1";
	for (size_t i = 0; i < sizeof false_words / sizeof false_words[0]; i++) {
		if (text_equal_ascii(word, false_words[i]))
			reading->printed = "0";
	}
	return true;
}

static bool read_integer(struct reading *reading)
{
	const char *digits = reading->value + (reading->value[0] == '-' ? 1 : 0);
	long long number;

	reading->printed = reading->value;
	if (reading->value[0] == '\0')
		return true;
	if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return refuse_value(reading, "an integer");
	errno = 0;
	number = strtoll(reading->value, NULL, 10);
	if (errno == ERANGE)
		return refuse_value(reading, "a 64-bit integer");
	reading->printed = arena_format(reading->request->arena, "%lld", number);
	return reading->printed != NULL || request_refuse_memory(reading->refusal);
}

static bool says_nothing(const json_t *tree)
{
	return json_is_null(tree) ||
	       ((json_is_object(tree) || json_is_array(tree)) && json_is_empty(tree));
}

static bool refuse_json(struct reading *reading, const struct error *error)
{
	if (error->text[0] == '\0')
		return request_refuse_memory(reading->refusal);
	return request_refuse(reading->request->arena, reading->refusal, 400,
	                      "query parameter %s of %s: %s", reading->def->name,
	                      reading->request->route->operation, error->text);
}

/* GIVEN in its one form, in its place; NULL when it is refused. */
static json_t *take_filters(struct reading *reading, json_t *given)
{
	struct error error;
	json_t *filters = filters_canonical(given, &error);

	json_decref(given);
	if (filters == NULL)
		refuse_json(reading, &error);
	return filters;
}

static bool read_json(struct reading *reading)
{
	struct arena *arena = reading->request->arena;
	struct error error = {.text = ""};
	json_t *tree = NULL;
	size_t len;

	if (reading->value[0] == '\0')
		return true;
	switch (json_read(reading->value, strlen(reading->value), &json_limits, &tree, &error)) {
	case JSON_FINE:
		break;
	case JSON_MALFORMED:
	case JSON_TOO_LARGE:
		return refuse_json(reading, &error);
	}
	if (reading->def->kind == PARAMETER_FILTERS)
		tree = take_filters(reading, tree);
	if (tree != NULL && !says_nothing(tree)) {
		reading->printed = json_print(arena, tree, &len);
		if (reading->printed == NULL)
			request_refuse_memory(reading->refusal);
	}
	json_decref(tree);
	return reading->refusal->status == 0;
}

static bool read_value(struct reading *reading)
{
	switch (reading->def->kind) {
	case PARAMETER_STRING:
		reading->printed = reading->value;
		return true;
	case PARAMETER_BOOL:
		return read_bool(reading);
	case PARAMETER_INTEGER:
		return read_integer(reading);
	case PARAMETER_JSON:
	case PARAMETER_FILTERS:
		return read_json(reading);
	}
	return false;
}

static bool is_known(const struct parameter_def *def, unsigned minor)
{
	return minor >= def->since && (def->until == 0 || minor <= def->until);
}

/* Outside the versions that know a parameter the daemon ignores it. Clients that always send a
 * harmless one are served as the daemon would; the others are told, and so are those whose own
 * version knows it and that were lifted to one that does not. */
static bool check_version(struct reading *reading)
{
	const struct parameter_def *def = reading->def;
	const struct request *request = reading->request;
	bool empty, lost = request->lifted_from.major != 0 && is_known(def, request->lifted_from.minor);

	if (is_known(def, request->version.minor))
		return true;
	empty = reading->printed == NULL || reading->printed[0] == '\0';
	reading->printed = NULL;
	if (empty || def->posture == POSTURE_DROP || (def->posture == POSTURE_HARMLESS && !lost))
		return true;
	return request_refuse(
		request->arena, reading->refusal, 400,
		"query parameter %s of %s is not in API 1.%u%s: the daemon would ignore it", def->name,
		request->route->operation, request->version.minor,
		lost ? ", to which this request was lifted" : "");
}

static bool refuse_parameter(const struct request *request, const char *problem, const char *name,
                             struct refusal *refusal)
{
	return request_refuse(request->arena, refusal, 400, "%s query parameter \"%s\" of %s", problem,
	                      text_printable(request->arena, name, PRINTED_MAX),
	                      request->route->operation);
}

/* Reads one parameter and, when something of it is to be sent, appends it to request->query. */
static bool take_parameter(struct request *request, const struct parameter *parameter,
                           const struct parameter_def *def, struct refusal *refusal)
{
	struct reading reading = {
		.request = request,
		.def = def,
		.value = parameter->value,
		.refusal = refusal,
	};

	if (!read_value(&reading) || !check_version(&reading))
		return false;
	if (reading.printed != NULL && def->posture != POSTURE_DROP)
		request->query.parameters[request->query.count++] =
			(struct parameter){def->name, reading.printed};
	return true;
}

bool request_read_query(struct request *request, const struct query *query, struct refusal *refusal)
{
	bool seen[PARAMETERS_MAX] = {false};

	if (query->count == 0)
		return true;
	request->query.parameters =
		arena_calloc(request->arena, query->count, sizeof *query->parameters);
	if (request->query.parameters == NULL)
		return request_refuse_memory(refusal);
	for (size_t i = 0; i < query->count; i++) {
		const struct parameter *parameter = &query->parameters[i];
		const struct parameter_def *def = route_parameter(request->route, parameter->name);
		size_t index = def == NULL ? 0 : (size_t)(def - request->route->parameters);

		if (def == NULL && request_has_property(request->route, parameter->name))
			continue;
		if (def == NULL || index >= PARAMETERS_MAX)
			return refuse_parameter(request, "unknown", parameter->name, refusal);
		if (seen[index] && !def->repeatable)
			return refuse_parameter(request, "repeated", parameter->name, refusal);
		seen[index] = true;
		if (!take_parameter(request, parameter, def, refusal))
			return false;
	}
	return true;
}
