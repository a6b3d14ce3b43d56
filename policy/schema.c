/* Makes a JSON tree canonical against the register of properties. Knows no property by name (the
 * tables do) and judges no value (check_*.c do). */
#include "policy/schema.h"

#include "policy/error.h"
#include "policy/json.h"
#include "policy/schema_path.h"
#include "policy/schema_register.h"
#include "policy/text.h"

#include <assert.h>
#include <string.h>

struct walk {
	unsigned api_minor;
	enum unknown_fields unknown;
	struct error *error;
};

static json_t *out_of_memory(const struct walk *walk)
{
	error_set(walk->error, "out of memory");
	return NULL;
}

static json_t *new_or_refuse(const struct walk *walk, json_t *value)
{
	return value ? value : out_of_memory(walk);
}

static json_t *refuse_null(const struct walk *walk, const struct step *at)
{
	error_set(walk->error, "%s is null", path_of(at).text);
	return NULL;
}

static json_t *refuse_type(const struct walk *walk, const struct step *at, enum json_kind kind,
                           const json_t *value, bool secret)
{
	const char *name = json_kind_name(kind);
	char text[160];
	struct line line;

	line_open(&line, text, sizeof text);
	line_value(&line, value, secret);
	error_set(walk->error, "%s must be %s %s, got %s", path_of(at).text,
	          strchr("aeio", name[0]) ? "an" : "a", name, text);
	return NULL;
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
	return error_set(walk->error, "unknown property %s", text);
}

/* Clients write the exact name; the slower search is for those that would have the daemon fold
 * it. */
static const struct field *find_field(const struct schema *schema, const char *key)
{
	const struct field *field = schema_find(schema, key);
	size_t i;

	for (i = 0; !field && i < schema->count; i++)
		if (text_equal_folded(schema->fields[i].name, key))
			field = &schema->fields[i];
	return field;
}

/* May KEY, which SCHEMA does not know, be left out? A misplaced property that is empty may: dockerode sends such. */
static bool may_ignore(const struct walk *walk, const struct step *at, const struct schema *schema,
                       const char *key, const json_t *value)
{
	const struct field *below = schema->misplaced ? find_field(schema->misplaced, key) : NULL;

	if (below && json_is_empty(value))
		return true;
	if (below)
		return error_set(walk->error, "%s belongs inside %s, not at the top level", below->name,
		                 schema->misplaced->name);
	return walk->unknown == UNKNOWN_FIELDS_DROP || refuse_unknown(walk, at, key);
}

struct member {
	const char *key; /* as the client spells it; NULL when absent */
	const json_t *value;
};

/* Sorts the members of OBJECT into FOUND, one place a field. */
static bool gather(const struct walk *walk, const struct step *at, const struct schema *schema,
                   json_t *object, struct member *found)
{
	void *iter;

	for (iter = json_object_iter(object); iter; iter = json_object_iter_next(object, iter)) {
		const char *key = json_object_iter_key(iter);
		const json_t *value = json_object_iter_value(iter);
		const struct field *field = find_field(schema, key);
		struct member *member = field ? &found[field - schema->fields] : NULL;

		if (!field) {
			if (!json_is_null(value) && !may_ignore(walk, at, schema, key, value))
				return false;
		} else if (member->key) {
			struct step here = {at, field->name, NULL, 0};

			return refuse_twice(walk, &here, member->key, key);
		} else {
			member->key = key;
			member->value = value;
		}
	}
	return true;
}

static json_t *canonical_value(const struct walk *walk, const struct step *at,
                               const struct field *field, enum json_kind kind, const json_t *value);

/* May FIELD be left out, as the daemon would at this API version? */
static bool may_be_newer(const struct walk *walk, const struct step *at, const struct field *field,
                         const json_t *value)
{
	return !posture_has_weight(field->posture) || json_is_empty(value) ||
	       refuse_version(walk, at, field->since);
}

/* Adds the canonical form of VALUE to OBJECT, unless it is not to be sent on. */
static bool add_property(const struct walk *walk, const struct step *up, const struct field *field,
                         const json_t *value, json_t *object)
{
	struct step at = {up, field->name, NULL, 0};
	json_t *canonical;

	if (field->since > walk->api_minor)
		return may_be_newer(walk, &at, field, value);
	canonical = canonical_value(walk, &at, field, field->kind, value);
	if (!canonical)
		return false;
	if (field->posture == POSTURE_DROP) {
		json_decref(canonical);
		return true;
	}
	if (json_object_set_new_nocheck(object, field->name, canonical) == 0)
		return true;
	out_of_memory(walk);
	return false;
}

static json_t *canonical_object(const struct walk *walk, const struct step *at,
                                const struct schema *schema, const json_t *object)
{
	struct member found[SCHEMA_FIELDS_MAX] = {{NULL, NULL}};
	json_t *out;
	size_t i;

	assert(schema->count <= SCHEMA_FIELDS_MAX);
	if (!gather(walk, at, schema, schema_borrow(object), found))
		return NULL;
	out = json_object();
	if (!out)
		return out_of_memory(walk);
	for (i = 0; i < schema->count; i++) {
		if (!found[i].key || json_is_null(found[i].value))
			continue;
		if (!add_property(walk, at, &schema->fields[i], found[i].value, out)) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

static json_t *canonical_list(const struct walk *walk, const struct step *up,
                              const struct field *field, enum json_kind element, const json_t *list)
{
	json_t *out = json_array();
	size_t i;

	if (!out)
		return out_of_memory(walk);
	for (i = 0; i < json_array_size(list); i++) {
		struct step at = {up, NULL, NULL, i};
		const json_t *value = json_array_get(list, i);
		json_t *canonical = json_is_null(value) ? refuse_null(walk, &at)
		                                        : canonical_value(walk, &at, field, element, value);

		if (!canonical || json_array_append_new(out, canonical) != 0) {
			json_decref(out);
			return canonical ? out_of_memory(walk) : NULL;
		}
	}
	return out;
}

static json_t *list_of_one(const struct walk *walk, const json_t *value)
{
	json_t *out = json_array();

	if (!out || json_array_append(out, schema_borrow(value)) != 0) {
		json_decref(out);
		return out_of_memory(walk);
	}
	return out;
}

/* A map's null is what dockerd's decoder makes of it, but for an endpoint, which dockerd
 * refuses. */
static json_t *null_in_map(const struct walk *walk, const struct step *at,
                           const struct field *field, enum json_kind element)
{
	if (element == KIND_STRING)
		return new_or_refuse(walk, json_string(""));
	if (element == KIND_OBJECTS)
		return new_or_refuse(walk, json_array());
	if (!field->of)
		return new_or_refuse(walk, json_object());
	error_set(walk->error, "%s is null: no %s for it", path_of(at).text, field->of->name);
	return NULL;
}

static json_t *canonical_map(const struct walk *walk, const struct step *up,
                             const struct field *field, enum json_kind element, json_t *map)
{
	json_t *out = json_object();
	void *iter;

	if (!out)
		return out_of_memory(walk);
	for (iter = json_object_iter(map); iter; iter = json_object_iter_next(map, iter)) {
		struct step at = {up, NULL, json_object_iter_key(iter), 0};
		const json_t *value = json_object_iter_value(iter);
		json_t *canonical = json_is_null(value) ? null_in_map(walk, &at, field, element)
		                                        : canonical_value(walk, &at, field, element, value);

		if (!canonical || json_object_set_new_nocheck(out, at.key, canonical) != 0) {
			json_decref(out);
			return canonical ? out_of_memory(walk) : NULL;
		}
	}
	return out;
}

static bool fits(enum json_kind kind, const json_t *value)
{
	switch (kind_shape(kind)) {
	case SHAPE_LIST:
		return json_is_array(value);
	case SHAPE_OBJECT:
	case SHAPE_MAP:
		return json_is_object(value);
	case SHAPE_SCALAR:
		break;
	}
	return kind == KIND_ANY || (kind == KIND_STRING && json_is_string(value)) ||
	       (kind == KIND_BOOL && json_is_boolean(value)) ||
	       (kind == KIND_INTEGER && json_is_integer(value)) ||
	       (kind == KIND_NUMBER && json_is_number(value));
}

/* VALUE as KIND, which is FIELD's or that of something within. VALUE is not null. */
static json_t *canonical_value(const struct walk *walk, const struct step *at,
                               const struct field *field, enum json_kind kind, const json_t *value)
{
	if (kind == KIND_STRING_OR_STRINGS && json_is_string(value))
		return list_of_one(walk, value);
	if (!fits(kind, value))
		return refuse_type(walk, at, kind, value, field->secret);
	switch (kind_shape(kind)) {
	case SHAPE_LIST:
		return canonical_list(walk, at, field, kind_element(kind), value);
	case SHAPE_MAP:
		return canonical_map(walk, at, field, kind_element(kind), schema_borrow(value));
	case SHAPE_OBJECT:
		return field->of ? canonical_object(walk, at, field->of, value)
		                 : new_or_refuse(walk, json_object());
	case SHAPE_SCALAR:
		break;
	}
	return json_incref(schema_borrow(value));
}

json_t *schema_canonical(const struct schema *schema, const json_t *tree, unsigned api_minor,
                         enum unknown_fields unknown, struct error *error)
{
	const struct walk walk = {api_minor, unknown, error};

	if (json_is_null(tree))
		return new_or_refuse(&walk, json_object());
	if (!json_is_object(tree))
		return refuse_type(&walk, NULL, KIND_OBJECT, tree, true);
	return canonical_object(&walk, NULL, schema, tree);
}
