/* Makes a JSON tree canonical against the register of properties. Knows no property by name (the
 * tables do) and judges no value (check_*.c do). */
#include "policy/schema.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json_node.h"
#include "policy/schema_path.h"
#include "policy/schema_register.h"
#include "policy/text.h"

#include <assert.h>
#include <string.h>

/* What goes for the whole tree. */
struct walk {
	struct arena *arena;
	unsigned api_minor;
	enum unknown_fields unknown;
	struct error *error;
	bool *denied; /* becomes true where schema_first_denied will find something */
};

static bool refuse_null(const struct walk *walk, const struct step *at)
{
	return error_set(walk->error, "%s is null", path_of(at).text);
}

static bool refuse_type(const struct walk *walk, const struct step *at, enum json_kind kind,
                        const struct json_node *value, bool secret)
{
	const char *name = json_kind_name(kind);
	char text[160];
	struct line line;

	line_open(&line, text, sizeof text);
	line_value(&line, value, secret);
	return error_set(walk->error, "%s must be %s %s, got %s", path_of(at).text,
	                 strchr("aeio", name[0]) ? "an" : "a", name, text);
}

static bool refuse_twice(const struct walk *walk, const struct step *at, const char *first,
                         const char *second)
{
	char text[256];
	struct line line;

	line_open(&line, text, sizeof text);
	line_quoted(&line, first);
	line_add(&line, " and ");
	line_quoted(&line, second);
	return error_set(walk->error, "%s is given twice, as %s", path_of(at).text, text);
}

static bool refuse_version(const struct walk *walk, const struct step *at, unsigned since)
{
	return error_set(walk->error, "%s needs API version 1.%u, the request uses 1.%u",
	                 path_of(at).text, since, walk->api_minor);
}

/* Unknown properties are quoted without their value, which might be anything. */
static bool refuse_unknown(const struct walk *walk, const struct step *at, const char *key)
{
	char text[SCHEMA_PATH_SIZE];
	struct line line;

	line_open(&line, text, sizeof text);
	line_quoted(&line, key);
	if (at) {
		line_add(&line, " in ");
		line_path(&line, at);
	}
	return error_set(walk->error, "unknown property %s, read in API version 1.%u", text,
	                 walk->api_minor);
}

/* Where dockerd tells an empty value from none: what it keeps behind a pointer, and the lists of paths. */
static bool says_something_empty(const char *name)
{
	static const char *const names[] = {"Init",           "MaskedPaths", "MemorySwappiness",
	                                    "OomKillDisable", "PidsLimit",   "ReadonlyPaths"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static bool canonical_value(const struct walk *walk, const struct step *at,
                            const struct field *field, enum json_kind kind,
                            struct json_node *value);

/* May KEY, which SCHEMA does not know, be left out? A misplaced property that is empty
 * may, where it has the right type: dockerode sends such. */
static bool may_ignore(const struct walk *walk, const struct step *at, const struct schema *schema,
                       struct json_node *member)
{
	const char *key = member->key;
	const struct field *below =
		schema->misplaced ? schema_find_folded(schema->misplaced, key) : NULL;

	if (below && json_node_is_empty(member) && !says_something_empty(below->name))
		return canonical_value(walk, &(struct step){at, below->name, NULL, 0}, below, below->kind,
		                       member);
	if (below)
		return error_set(walk->error, "%s belongs inside %s, not at the top level", below->name,
		                 schema->misplaced->name);
	return walk->unknown == UNKNOWN_FIELDS_DROP || refuse_unknown(walk, at, key);
}

/* Clients write the exact name; the slower search is for those that would have the daemon fold it. */
static const struct field *find_field(const struct schema *schema, const struct json_node *member)
{
	const struct field *field = schema_find_key(schema, member->key, member->key_len);

	return field ? field : schema_find_folded(schema, member->key);
}

/* Sorts the members of OBJECT into FOUND, one place a field. */
static bool gather(const struct walk *walk, const struct step *at, const struct schema *schema,
                   const struct json_node *object, struct json_node **found)
{
	for (struct json_node *member = object->is.inside.first; member; member = member->next) {
		const struct field *field = find_field(schema, member);
		struct json_node **place = field ? &found[field - schema->fields] : NULL;

		if (!field) {
			if (member->type != JSON_NULL && !may_ignore(walk, at, schema, member))
				return false;
		} else if (*place) {
			struct step here = {at, field->name, NULL, 0};

			return refuse_twice(walk, &here, (*place)->key, member->key);
		} else {
			*place = member;
		}
	}
	return true;
}

/* May FIELD be there, though this API version is described without it? dockerd reads most of them at
 * any version, and leaves out the others itself. */
static bool may_be_newer(const struct walk *walk, const struct step *at, const struct field *field,
                         const struct json_node *value)
{
	return !posture_has_weight(field->posture) || json_node_is_empty(value) ||
	       refuse_version(walk, at, field->since);
}

/* The rule of schema_first_denied, for a property that the schema knows. */
static bool is_denied(const struct field *field, const struct json_node *value)
{
	if (field->posture != POSTURE_DENY)
		return false;
	return !json_node_is_empty(value) || (field->kind == KIND_OBJECT && value->type == JSON_OBJECT);
}

/* Makes VALUE canonical; KEPT is whether it is to be sent on. */
static bool canonical_property(const struct walk *walk, const struct step *up,
                               const struct field *field, struct json_node *value, bool *kept)
{
	struct step at = {up, field->name, NULL, 0};

	*kept = field->posture != POSTURE_DROP;
	if (field->since > walk->api_minor && !may_be_newer(walk, &at, field, value))
		return false;
	if (!canonical_value(walk, &at, field, field->kind, value))
		return false;
	if (*kept && is_denied(field, value))
		*walk->denied = true;
	return true;
}

/* Gives MEMBER the name that the API has for it, and appends it. */
static void append_property(struct json_node *object, struct json_node ***end,
                            const struct field *field, struct json_node *member)
{
	member->key = field->name;
	member->key_len = field->len;
	**end = member;
	*end = &member->next;
	object->is.inside.count++;
}

static bool canonical_object(const struct walk *walk, const struct step *at,
                             const struct schema *schema, struct json_node *object)
{
	struct json_node *found[SCHEMA_FIELDS_MAX] = {NULL};
	struct json_node **end = &object->is.inside.first;

	assert(schema->count <= SCHEMA_FIELDS_MAX);
	if (!gather(walk, at, schema, object, found))
		return false;
	object->is.inside.count = 0;
	for (size_t i = 0; i < schema->count; i++) {
		bool kept;

		if (!found[i] || found[i]->type == JSON_NULL)
			continue;
		if (!canonical_property(walk, at, &schema->fields[i], found[i], &kept))
			return false;
		if (kept)
			append_property(object, &end, &schema->fields[i], found[i]);
	}
	*end = NULL;
	return true;
}

static bool canonical_list(const struct walk *walk, const struct step *up,
                           const struct field *field, enum json_kind element,
                           const struct json_node *list)
{
	struct step at = {up, NULL, NULL, 0};

	for (struct json_node *value = list->is.inside.first; value; value = value->next) {
		if (value->type == JSON_NULL)
			return refuse_null(walk, &at);
		if (!canonical_value(walk, &at, field, element, value))
			return false;
		at.index++;
	}
	return true;
}

static bool make_list_of_one(const struct walk *walk, struct json_node *value)
{
	struct json_node *only = arena_alloc(walk->arena, sizeof *only);

	if (!only)
		return error_set(walk->error, "out of memory");
	*only = *value;
	only->next = NULL;
	only->key = NULL;
	value->type = JSON_ARRAY;
	value->is.inside.first = only;
	value->is.inside.count = 1;
	return true;
}

static void make_empty(struct json_node *value, json_type type)
{
	value->type = type;
	value->is.inside.first = NULL;
	value->is.inside.count = 0;
}

/* A map's null becomes what dockerd's decoder makes of it, but for an endpoint, which dockerd
 * refuses. */
static bool fill_null(const struct walk *walk, const struct step *at, const struct field *field,
                      enum json_kind element, struct json_node *value)
{
	if (element == KIND_STRING) {
		value->type = JSON_STRING;
		value->is.string.bytes = "";
		value->is.string.len = 0;
	} else if (element == KIND_OBJECTS) {
		make_empty(value, JSON_ARRAY);
	} else if (!field->of) {
		make_empty(value, JSON_OBJECT);
	} else {
		return error_set(walk->error, "%s is null: no %s for it", path_of(at).text,
		                 field->of->name);
	}
	return true;
}

static bool canonical_map(const struct walk *walk, const struct step *up, const struct field *field,
                          enum json_kind element, const struct json_node *map)
{
	for (struct json_node *value = map->is.inside.first; value; value = value->next) {
		struct step at = {up, NULL, value->key, 0};

		if (!(value->type == JSON_NULL ? fill_null(walk, &at, field, element, value)
		                               : canonical_value(walk, &at, field, element, value)))
			return false;
	}
	return true;
}

/* True when a value of TYPE can be of KIND. */
static bool fits(enum json_kind kind, json_type type)
{
	enum { LIST = 1u << JSON_ARRAY, OBJECT = 1u << JSON_OBJECT, ANY = 0xff };
	static const unsigned char types[] = {
		[KIND_STRING] = 1u << JSON_STRING,
		[KIND_BOOL] = 1u << JSON_TRUE | 1u << JSON_FALSE,
		[KIND_INTEGER] = 1u << JSON_INTEGER,
		[KIND_STRINGS] = LIST,
		[KIND_STRING_OR_STRINGS] = LIST,
		[KIND_INTEGERS] = LIST,
		[KIND_OBJECT] = OBJECT,
		[KIND_OBJECTS] = LIST,
		[KIND_STRING_MAP] = OBJECT,
		[KIND_STRING_LISTS] = LIST,
		[KIND_SET] = OBJECT,
		[KIND_OBJECT_MAP] = OBJECT,
		[KIND_OBJECTS_MAP] = OBJECT,
		[KIND_NUMBER] = 1u << JSON_INTEGER | 1u << JSON_REAL,
		[KIND_ANY] = ANY,
	};

	return (types[kind] >> type & 1u) != 0;
}

/* VALUE as KIND, which is FIELD's or that of something within. VALUE is not null. */
static bool canonical_value(const struct walk *walk, const struct step *at,
                            const struct field *field, enum json_kind kind, struct json_node *value)
{
	if (kind == KIND_STRING_OR_STRINGS && value->type == JSON_STRING)
		return make_list_of_one(walk, value);
	if (!fits(kind, value->type))
		return refuse_type(walk, at, kind, value, field->secret);
	switch (kind_shape(kind)) {
	case SHAPE_LIST:
		return canonical_list(walk, at, field, kind_element(kind), value);
	case SHAPE_MAP:
		return canonical_map(walk, at, field, kind_element(kind), value);
	case SHAPE_OBJECT:
		if (field->of)
			return canonical_object(walk, at, field->of, value);
		make_empty(value, JSON_OBJECT);
		return true;
	case SHAPE_SCALAR:
		break;
	}
	return true;
}

enum canonical schema_canonical(struct arena *arena, const struct schema *schema,
                                struct json_node *tree, unsigned api_minor,
                                enum unknown_fields unknown, struct error *error)
{
	bool denied = false;
	const struct walk walk = {arena, api_minor, unknown, error, &denied};

	if (tree->type == JSON_NULL)
		make_empty(tree, JSON_OBJECT);
	if (tree->type != JSON_OBJECT) {
		refuse_type(&walk, NULL, KIND_OBJECT, tree, true);
		return CANONICAL_REFUSED;
	}
	if (!canonical_object(&walk, NULL, schema, tree))
		return CANONICAL_REFUSED;
	return denied ? CANONICAL_FINE : CANONICAL_CLEAN;
}
