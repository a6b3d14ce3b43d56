/* Finds what a path of a predicate means: in the register of bodies, among a route's parameters, in what is
 * known of identities and in what the daemon tells of objects. Reads no request. */
#include "policy/predicate_path.h"

#include "policy/predicate_register.h"
#include "policy/schema.h"
#include "policy/schema_register.h"
#include "policy/text.h"

#include <string.h>

/* A path being walked. */
struct walk {
	const struct predicate_path *path;
	size_t next;   /* the segment that comes */
	bool elements; /* as asked for */
	struct path_found *found;
	struct path_meaning *meaning; /* FOUND's */
};

static const struct segment *take(struct walk *walk)
{
	return walk->next < walk->path->count ? &walk->path->segments[walk->next++] : NULL;
}

static bool at_end(const struct walk *walk)
{
	return walk->next == walk->path->count;
}

static bool is_word(const struct segment *segment, const char *word)
{
	return !segment->quoted && strcmp(segment->name, word) == 0;
}

static bool add_step(struct walk *walk, enum step_kind kind, const char *name)
{
	if (walk->found->count == PATH_STEPS_MAX)
		return false;
	walk->found->steps[walk->found->count++] = (struct path_step){kind, name};
	if (kind != STEP_MEMBER)
		walk->meaning->many = true;
	return true;
}

static bool is_among(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

#define IS_AMONG(names, name) is_among((names), sizeof(names) / sizeof *(names), (name))

/* To dockerd the 0 of a number is mostly "not given", and -1 "no limit". Here they are numbers. */
static void set_number(struct path_meaning *meaning, const char *name)
{
	static const char *const with_zero[] = {
		"Count",
		"ForceUpdate",
		"GwPriority",
		"Hard",
		"MaximumRetryCount",
		"MemorySwappiness",
		"Mode",
		"OomScoreAdj",
		"PublishMode",
		"Replicas",
		"Soft",
		"TargetPort",
		"Weight",
	};
	static const char *const with_negatives[] = {"GwPriority", "OomScoreAdj"};

	meaning->type = VALUE_NUMBER;
	meaning->zero_counts = IS_AMONG(with_zero, name);
	meaning->negative_counts = IS_AMONG(with_negatives, name);
}

/* What is not given is false, but where dockerd tells "not given" from false. */
static void set_flag(struct path_meaning *meaning, const char *name)
{
	static const char *const with_default[] = {"Init", "OomKillDisable", "EnableIPv4",
	                                           "EnableIPv6"};

	meaning->type = VALUE_FLAG;
	meaning->missing_is_false = !IS_AMONG(with_default, name);
}

/* Where nothing is inside. */
static bool end_at(struct walk *walk, enum json_kind kind, const char *name)
{
	switch (kind) {
	case KIND_STRING:
		walk->meaning->type = VALUE_TEXT;
		break;
	case KIND_BOOL:
		set_flag(walk->meaning, name);
		break;
	case KIND_INTEGER:
		set_number(walk->meaning, name);
		break;
	case KIND_NUMBER:
	case KIND_OBJECT:
		walk->meaning->type = VALUE_WHOLE;
		break;
	case KIND_ANY:
	case KIND_STRINGS:
	case KIND_STRING_OR_STRINGS:
	case KIND_INTEGERS:
	case KIND_OBJECTS:
	case KIND_STRING_MAP:
	case KIND_STRING_LISTS:
	case KIND_SET:
	case KIND_OBJECT_MAP:
	case KIND_OBJECTS_MAP:
		return false;
	}
	return at_end(walk);
}

static bool walk_fields(struct walk *walk, const struct schema *schema);

/* The text of a map's key: all that is left, since nothing is inside of a text. */
static bool take_text_key(struct walk *walk, const struct segment *key)
{
	if (!add_step(walk, STEP_MEMBER, key->name))
		return false;
	walk->meaning->type = VALUE_TEXT;
	walk->meaning->empty_counts = true;
	walk->meaning->key = walk->next - 1;
	if (at_end(walk))
		return true;
	walk->found->key_first = walk->next - 1;
	for (; !at_end(walk); walk->next++) {
		if (key->quoted || walk->path->segments[walk->next].quoted)
			return false;
	}
	return true;
}

static bool walk_kind(struct walk *walk, enum json_kind kind, const struct field *field);

static bool walk_map(struct walk *walk, enum json_kind kind, const struct field *field)
{
	const struct segment *key = take(walk);

	if (key == NULL) {
		walk->meaning->type = walk->elements ? VALUE_TEXT : VALUE_WHOLE;
		walk->meaning->empty_counts = walk->elements;
		return !walk->elements || add_step(walk, STEP_KEYS, NULL);
	}
	if (is_word(key, "*")) {
		walk->meaning->empty_counts = true;
		return add_step(walk, STEP_VALUES, NULL) && walk_kind(walk, kind_element(kind), field);
	}
	if (kind == KIND_STRING_MAP)
		return take_text_key(walk, key);
	walk->meaning->empty_counts = true;
	return add_step(walk, STEP_MEMBER, key->name) && walk_kind(walk, kind_element(kind), field);
}

static bool walk_list(struct walk *walk, enum json_kind kind, const struct field *field)
{
	if (at_end(walk) && !walk->elements) {
		walk->meaning->type = VALUE_WHOLE;
		return true;
	}
	walk->meaning->empty_counts = true;
	if (!add_step(walk, STEP_ELEMENTS, NULL) || !walk_kind(walk, kind_element(kind), field))
		return false;
	if (kind == KIND_INTEGERS)
		walk->meaning->zero_counts = walk->meaning->negative_counts = true;
	return true;
}

/* Goes on at a value of KIND, which is FIELD's or inside of it. */
static bool walk_kind(struct walk *walk, enum json_kind kind, const struct field *field)
{
	switch (kind_shape(kind)) {
	case SHAPE_SCALAR:
		return end_at(walk, kind, field->name);
	case SHAPE_LIST:
		return walk_list(walk, kind, field);
	case SHAPE_MAP:
		return walk_map(walk, kind, field);
	case SHAPE_OBJECT:
		break;
	}
	if (!at_end(walk)) {
		walk->meaning->empty_counts = false;
		return field->of != NULL && walk_fields(walk, field->of);
	}
	walk->meaning->of = field->of;
	return end_at(walk, KIND_OBJECT, field->name);
}

static bool walk_field(struct walk *walk, const struct schema *schema, const char *name)
{
	const struct field *field = schema_find(schema, name);

	return field != NULL && register_sends(field) && add_step(walk, STEP_MEMBER, field->name) &&
	       walk_kind(walk, field->kind, field);
}

static bool walk_fields(struct walk *walk, const struct schema *schema)
{
	const struct segment *segment = take(walk);

	if (segment == NULL)
		return false;
	return walk_field(walk, schema, is_word(segment, "label") ? "Labels" : segment->name);
}

/* ---- parameters ---- */

static bool walk_query(struct walk *walk, const struct route *route)
{
	static const char *const unset_by_zero[] = {"cpuperiod", "cpuquota", "cpushares",
	                                            "memory",    "memswap",  "shmsize"};
	const struct segment *segment = take(walk);
	const struct parameter_def *def =
		segment != NULL ? route_parameter(route, segment->name) : NULL;

	if (def == NULL || def->posture == POSTURE_DROP || !at_end(walk))
		return false;
	walk->meaning->root = ROOT_QUERY;
	walk->meaning->many = def->repeatable && walk->elements;
	switch ((enum parameter_kind)def->kind) {
	case PARAMETER_STRING:
		walk->meaning->type = VALUE_TEXT;
		break;
	case PARAMETER_BOOL:
		walk->meaning->type = VALUE_FLAG;
		break;
	case PARAMETER_INTEGER:
		walk->meaning->type = VALUE_NUMBER;
		walk->meaning->zero_counts = !IS_AMONG(unset_by_zero, def->name);
		break;
	case PARAMETER_JSON:
	case PARAMETER_FILTERS:
		walk->meaning->type = VALUE_WHOLE;
		break;
	}
	if (def->repeatable && !walk->elements)
		walk->meaning->type = VALUE_WHOLE;
	return add_step(walk, STEP_MEMBER, def->name);
}

/* ---- identities ---- */

/* True when NAME, in which dots part the words, is what the path goes on with; steps over it then. */
static bool take_words(struct walk *walk, const char *name)
{
	size_t next = walk->next;

	for (const char *word = name; *word != '\0'; next++) {
		size_t len = strcspn(word, ".");

		if (next == walk->path->count || walk->path->segments[next].quoted ||
		    strncmp(walk->path->segments[next].name, word, len) != 0 ||
		    walk->path->segments[next].name[len] != '\0')
			return false;
		word += len + (word[len] == '.' ? 1 : 0);
	}
	walk->next = next;
	return true;
}

/* The key of one label: a star, or a sign that ends who knows which key, would be a way to ask for labels that nobody protects. */
static bool take_label(struct walk *walk)
{
	const struct segment *key = take(walk);

	if (key == NULL || *key->name == '\0' || !take_text_key(walk, key))
		return false;
	walk->meaning->key = 0; /* its map is none of JSON's */
	for (size_t i = (size_t)(key - walk->path->segments); i < walk->path->count; i++) {
		if (strpbrk(walk->path->segments[i].name, "=*") != NULL)
			return false;
	}
	return true;
}

static bool walk_identity_row(struct walk *walk, enum identity_field field)
{
	const struct identity_row *row = &identity_rows[field];

	if (!take_words(walk, row->name))
		return false;
	walk->meaning->root = ROOT_IDENTITY;
	walk->meaning->field = field;
	if (field == IDENTITY_CONTAINER_LABEL)
		return take_label(walk);
	walk->meaning->type = row->many && !walk->elements ? VALUE_WHOLE : row->type;
	walk->meaning->many = row->many && walk->elements;
	walk->meaning->zero_counts = true;
	return at_end(walk);
}

static bool walk_identity(struct walk *walk)
{
	for (size_t i = 0; i < identity_row_count; i++) {
		if (walk_identity_row(walk, (enum identity_field)i))
			return true;
		walk->next = 1;
	}
	return false;
}

/* ---- objects ---- */

static bool walk_target_row(struct walk *walk, const struct target_row *row)
{
	const struct field field = {row->name, row->kind, POSTURE_HARMLESS, 24, false, NULL, 0, 0};

	walk->meaning->slashed = row->object == OBJECT_CONTAINER && strcmp(row->name, "name") == 0;
	for (size_t i = 0; i < sizeof row->way / sizeof *row->way && row->way[i] != NULL; i++) {
		if (!add_step(walk, STEP_MEMBER, row->way[i]))
			return false;
	}
	return walk_kind(walk, row->kind, &field);
}

/* A container as it was created: Config and HostConfig are the properties of a create. */
static bool walk_created(struct walk *walk, const char *name)
{
	if (strcmp(name, "NetworkingConfig") == 0)
		return false;
	if (strcmp(name, "HostConfig") != 0 && !add_step(walk, STEP_MEMBER, "Config"))
		return false;
	return walk_field(walk, &schema_container_create, name);
}

static bool walk_target(struct walk *walk, const struct route *route, enum path_root root)
{
	const enum object_kind object = predicate_target_kind(route, root);
	const struct segment *segment = take(walk);
	const struct target_row *row;

	if (segment == NULL || object == OBJECT_NONE)
		return false;
	walk->meaning->root = root;
	walk->meaning->object = object;
	row = target_row_find(object, segment->name);
	if (row != NULL)
		return walk_target_row(walk, row);
	return object == OBJECT_CONTAINER && walk_created(walk, segment->name);
}

/* ---- all of them ---- */

bool predicate_path_find(const struct path_scope *scope, const struct predicate_path *path,
                         bool elements, struct path_found *found)
{
	struct walk walk = {.path = path,
	                    .elements = elements,
	                    .found = found,
	                    .meaning = &found->meaning};
	const struct segment *first = &path->segments[0];

	*found = (struct path_found){.meaning = {.root = ROOT_BODY}};
	if (scope->element != NULL) {
		found->meaning.root = ROOT_ELEMENT;
		return walk_fields(&walk, scope->element);
	}
	if (path->count > 1 && !first->quoted) {
		walk.next = 1;
		if (strcmp(first->name, "query") == 0)
			return walk_query(&walk, scope->route);
		if (strcmp(first->name, "identity") == 0)
			return walk_identity(&walk);
		if (strcmp(first->name, "target") == 0)
			return walk_target(&walk, scope->route, ROOT_TARGET);
		if (strcmp(first->name, "container") == 0)
			return walk_target(&walk, scope->route, ROOT_CONTAINER);
		walk.next = 0;
	}
	return register_body(scope->route) != NULL && walk_fields(&walk, register_body(scope->route));
}
