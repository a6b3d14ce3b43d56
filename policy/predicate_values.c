/* Gets the values of a predicate's path out of a request: its body, its query, who asks, and the object that it is
 * about. What is compared with them is predicate_compare.c's. */
#include "policy/predicate_parts.h"

#include "policy/facts.h"
#include "policy/identity.h"
#include "policy/json.h"
#include "policy/query.h"
#include "policy/request.h"
#include "policy/schema_register.h"
#include "policy/spec.h"
#include "policy/text.h"

#include <stdint.h>
#include <string.h>

typedef void value_visit(void *context, const struct operand *operand);
typedef void json_visit(void *context, const json_t *json);

/* A way through JSON, and what is done at its ends. */
struct way {
	const struct path_steps *steps;
	json_visit *visit; /* with NULL where a member on the way is not there */
	value_visit *visit_key;
	void *context;
};

/* ---- JSON ---- */

static void walk(const struct way *way, const json_t *json, size_t step);

static void walk_elements(const struct way *way, const json_t *list, size_t step)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		walk(way, json_array_get(list, i), step + 1);
}

/* jansson iterates through non-const pointers only. */
static void walk_map(const struct way *way, const json_t *map, size_t step)
{
	const bool keys = way->steps->list[step].kind == STEP_KEYS;
	json_t *members = json_is_object(map) ? schema_borrow(map) : NULL;
	const char *key;
	json_t *value;

	json_object_foreach(members, key, value)
	{
		const struct operand operand = {.given = true, .text = key};

		if (keys)
			way->visit_key(way->context, &operand);
		else
			walk(way, value, step + 1);
	}
}

/* A member that is not there ends the way: once more than a list or map lies behind it, there is nothing. */
static void walk_missing(const struct way *way, size_t step)
{
	for (; step < way->steps->count; step++) {
		if (way->steps->list[step].kind != STEP_MEMBER)
			return;
	}
	way->visit(way->context, NULL);
}

static void walk(const struct way *way, const json_t *json, size_t step)
{
	if (step == way->steps->count) {
		way->visit(way->context, json);
		return;
	}
	switch (way->steps->list[step].kind) {
	case STEP_MEMBER: {
		const json_t *member = json_member(json, way->steps->list[step].name);

		if (member == NULL || json_is_null(member))
			walk_missing(way, step + 1);
		else
			walk(way, member, step + 1);
		break;
	}
	case STEP_ELEMENTS:
		walk_elements(way, json, step);
		break;
	case STEP_VALUES:
	case STEP_KEYS:
		walk_map(way, json, step);
		break;
	}
}

/* ---- the object that the request is about ---- */

static const char *target_name(const struct request *request, enum path_root root)
{
	const char *name = request->captures.name;

	if (root == ROOT_CONTAINER)
		name = json_member_string(request->body, "Container");
	else if (strcmp(request->route->operation, "image.commit") == 0)
		name = query_value(&request->query, "container");
	return name != NULL ? spec_container_name(name) : NULL;
}

/* What is known of an object: evaluation->wanted or ->lost says why nothing is, unless the request names nothing that
 * could be one. */
static enum reach find_inspected(struct evaluation *evaluation, enum object_kind kind,
                                 const char *name, const json_t **inspected)
{
	const struct fact *fact = NULL;

	*inspected = NULL;
	if (name == NULL || *name == '\0' || (kind != OBJECT_IMAGE && !spec_is_name(name)))
		return REACH_LOST;
	if (evaluation->facts != NULL)
		fact = facts_find(evaluation->facts, kind, name);
	if (fact == NULL || fact->state == FACT_WANTED) {
		evaluation->wanted = kind;
		evaluation->wanted_name = name;
		return REACH_PENDING;
	}
	if (fact->state != FACT_FOUND) {
		evaluation->lost = fact;
		return REACH_LOST;
	}
	*inspected = fact->inspected;
	return *inspected != NULL ? REACH_TOLD : REACH_LOST;
}

/* The inspection of PATH's object. What another path wants stays wanted. */
static enum reach find_target(struct evaluation *evaluation, const struct predicate_path *path,
                              const json_t **json)
{
	const struct request *request = evaluation->request;
	const char *name = target_name(request, path->meaning.root);
	const enum object_kind kind = predicate_target_kind(request->route, path->meaning.root);

	*json = NULL;
	if (path->meaning.root == ROOT_CONTAINER && evaluation->early)
		return REACH_PENDING;
	if (path->meaning.root == ROOT_TARGET && request->route->object == OBJECT_EXEC) {
		const json_t *exec;
		const enum reach reach = find_inspected(evaluation, OBJECT_EXEC, name, &exec);

		if (reach != REACH_TOLD)
			return reach;
		name = json_member_string(exec, "ContainerID");
	}
	return find_inspected(evaluation, kind, name, json);
}

/* Where the steps of PATH begin, and which they are. */
static enum reach find_start(struct evaluation *evaluation, const struct predicate_path *path,
                             const json_t *element, const json_t **json,
                             const struct path_steps **steps)
{
	const struct request *request = evaluation->request;

	*steps = path->steps[OBJECT_NONE];
	*json = element;
	if (path->meaning.root == ROOT_ELEMENT)
		return REACH_TOLD;
	*json = request->body;
	if (path->meaning.root == ROOT_BODY)
		return request->body == NULL && evaluation->early ? REACH_PENDING : REACH_TOLD;
	*steps = path->steps[predicate_target_kind(request->route, path->meaning.root)];
	return find_target(evaluation, path, json);
}

enum reach predicate_elements(struct evaluation *evaluation, const struct predicate_path *path,
                              const json_t *element, json_visit *visit, void *context)
{
	struct way way = {.visit = visit, .context = context};
	const json_t *start;
	enum reach reach = find_start(evaluation, path, element, &start, &way.steps);

	if (reach == REACH_TOLD && way.steps != NULL)
		walk(&way, start, 0);
	return reach;
}

static void note_map(void *context, const json_t *json)
{
	const json_t **map = context;

	*map = json_is_object(json) ? json : NULL;
}

enum reach predicate_map(struct evaluation *evaluation, const struct predicate_path *path,
                         const json_t **map)
{
	struct path_steps steps = {.count = 0};
	const struct way way = {.steps = &steps, .visit = note_map, .context = map};
	const struct path_steps *whole;
	const json_t *start;
	enum reach reach = find_start(evaluation, path, NULL, &start, &whole);

	*map = NULL;
	if (reach == REACH_TOLD && whole != NULL && !path->meaning.many) {
		steps = (struct path_steps){whole->list, whole->count - 1};
		walk(&way, start, 0);
	}
	return reach;
}

/* ---- values ---- */

struct reading {
	const struct path_meaning *meaning;
	value_visit *visit;
	void *context;
};

static void tell_nothing(const struct reading *reading)
{
	const struct operand nothing = {.given = false};

	reading->visit(reading->context, &nothing);
}

static void tell_text(const struct reading *reading, const char *text)
{
	struct operand operand = {.given = true, .text = text};

	if (text == NULL || (*text == '\0' && !reading->meaning->empty_counts)) {
		tell_nothing(reading);
		return;
	}
	if (reading->meaning->slashed)
		operand.text = spec_container_name(text);
	reading->visit(reading->context, &operand);
}

static void tell_number(const struct reading *reading, bool given, long long number)
{
	const struct operand operand = {.given =
	                                    given && (number != 0 || reading->meaning->zero_counts),
	                                .number = number};

	reading->visit(reading->context, &operand);
}

static void tell_flag(const struct reading *reading, bool given, bool flag)
{
	const struct operand operand = {.given = given || reading->meaning->missing_is_false,
	                                .flag = given && flag};

	reading->visit(reading->context, &operand);
}

static void tell_json(void *context, const json_t *json)
{
	const struct reading *reading = context;
	const struct operand whole = {.given = reading->meaning->empty_counts ? json != NULL
	                                                                      : !json_is_empty(json)};

	switch (reading->meaning->type) {
	case VALUE_WHOLE:
		reading->visit(reading->context, &whole);
		break;
	case VALUE_TEXT:
		tell_text(reading, json_string_value(json));
		break;
	case VALUE_NUMBER:
		tell_number(reading, json_is_integer(json), json_integer_value(json));
		break;
	case VALUE_FLAG:
		tell_flag(reading, json_is_boolean(json), json_is_true(json));
		break;
	}
}

static void tell_key(void *context, const struct operand *operand)
{
	const struct reading *reading = context;

	reading->visit(reading->context, operand);
}

/* Values of the query are canonical: "0" and "1", decimal numbers, "" for nothing. */
static void tell_parameter(const struct reading *reading, const char *value)
{
	const struct operand whole = {.given = *value != '\0'};
	const bool negative = *value == '-';
	unsigned long long number = 0;
	bool given;

	switch (reading->meaning->type) {
	case VALUE_WHOLE:
		reading->visit(reading->context, &whole);
		break;
	case VALUE_TEXT:
		tell_text(reading, value);
		break;
	case VALUE_NUMBER:
		given = text_to_number(negative ? value + 1 : value, INT64_MAX, &number);
		tell_number(reading, given, negative ? -(long long)number : (long long)number);
		break;
	case VALUE_FLAG:
		tell_flag(reading, *value != '\0', strcmp(value, "1") == 0);
		break;
	}
}

static void tell_query(const struct reading *reading, const struct query *query, const char *name)
{
	const char *value = "";

	for (size_t i = 0; i < query->count; i++) {
		if (strcmp(query->parameters[i].name, name) != 0)
			continue;
		if (reading->meaning->many)
			tell_parameter(reading, query->parameters[i].value);
		else if (query->parameters[i].value[0] != '\0')
			value = query->parameters[i].value;
	}
	if (!reading->meaning->many)
		tell_parameter(reading, value);
}

static void tell_names(const struct reading *reading, const struct name_list *names)
{
	const struct operand whole = {.given = names->count > 0};

	if (reading->meaning->type == VALUE_WHOLE) {
		reading->visit(reading->context, &whole);
		return;
	}
	for (size_t i = 0; i < names->count; i++)
		tell_text(reading, names->names[i]);
}

static enum reach tell_identity(const struct reading *reading, const struct identity *identity,
                                const struct predicate_path *path)
{
	struct identity_told told;
	const enum reach reach = predicate_identity(identity, path, &told);
	const struct operand whole = {.given = told.given};

	if (reach != REACH_TOLD)
		return reach;
	if (told.names != NULL)
		tell_names(reading, told.names);
	else if (reading->meaning->type == VALUE_WHOLE)
		reading->visit(reading->context, &whole);
	else if (reading->meaning->type == VALUE_NUMBER)
		tell_number(reading, told.given, told.number);
	else
		tell_text(reading, told.text);
	return reach;
}

enum reach predicate_values(struct evaluation *evaluation, const struct predicate_path *path,
                            const json_t *element, value_visit *visit, void *context)
{
	struct reading reading = {&path->meaning, visit, context};
	struct way way = {.visit = tell_json, .visit_key = tell_key, .context = &reading};
	const json_t *start;
	enum reach reach;

	switch (path->meaning.root) {
	case ROOT_QUERY:
		tell_query(&reading, &evaluation->request->query, path->steps[OBJECT_NONE]->list[0].name);
		return REACH_TOLD;
	case ROOT_IDENTITY:
		return tell_identity(&reading, evaluation->identity, path);
	case ROOT_BODY:
	case ROOT_TARGET:
	case ROOT_CONTAINER:
	case ROOT_ELEMENT:
		break;
	}
	reach = find_start(evaluation, path, element, &start, &way.steps);
	if (reach == REACH_TOLD && way.steps != NULL)
		walk(&way, start, 0);
	return reach;
}
