/* Goes through a canonical tree for what is denied outright, and hides what is secret. */
#include "policy/schema.h"

#include "policy/json.h"
#include "policy/schema_path.h"
#include "policy/schema_register.h"

static const json_t *denied_in_object(const struct schema *schema, const struct step *at,
                                      json_t *object, struct line *path);

static const json_t *denied_in(const struct schema *schema, enum json_kind kind,
                               const struct step *up, json_t *value, struct line *path)
{
	const json_t *denied = NULL;
	void *iter;
	size_t i;

	switch (kind_shape(kind)) {
	case SHAPE_OBJECT:
		return denied_in_object(schema, up, value, path);
	case SHAPE_LIST:
		for (i = 0; !denied && i < json_array_size(value); i++) {
			struct step at = {up, NULL, NULL, i};

			denied = denied_in(schema, kind_element(kind), &at, json_array_get(value, i), path);
		}
		break;
	case SHAPE_MAP:
		for (iter = json_object_iter(value); !denied && iter;
		     iter = json_object_iter_next(value, iter)) {
			struct step at = {up, NULL, json_object_iter_key(iter), 0};

			denied = denied_in(schema, kind_element(kind), &at, json_object_iter_value(iter), path);
		}
		break;
	case SHAPE_SCALAR:
		break;
	}
	return denied;
}

/* An empty VALUE says nothing that silence would not say. But dockerd holds most objects by pointer, so that being
 * there at all can mean something: an empty ClusterVolumeSpec makes a cluster volume. */
static bool is_silent(const struct schema *schema, const char *key, const json_t *value)
{
	const struct field *field;

	if (!json_is_empty(value))
		return false;
	field = json_is_object(value) ? schema_find(schema, key) : NULL;
	return field == NULL || field->posture != POSTURE_DENY || field->kind != KIND_OBJECT;
}

static const json_t *denied_in_object(const struct schema *schema, const struct step *up,
                                      json_t *object, struct line *path)
{
	const json_t *denied = NULL;
	void *iter;

	for (iter = json_object_iter(object); !denied && iter;
	     iter = json_object_iter_next(object, iter)) {
		const char *key = json_object_iter_key(iter);
		json_t *value = json_object_iter_value(iter);
		const struct field *field;

		if (is_silent(schema, key, value))
			continue;
		field = schema_find_key(schema, key, json_object_iter_key_len(iter));
		struct step at = {up, field ? field->name : NULL, key, 0};
		if (!field || field->posture == POSTURE_DENY) {
			line_path(path, &at);
			return value;
		}
		if (field->of)
			denied = denied_in(field->of, field->kind, &at, value, path);
	}
	return denied;
}

const json_t *schema_first_denied(const struct schema *schema, const json_t *tree, char *path,
                                  size_t size)
{
	struct line line;

	line_open(&line, path, size);
	return denied_in_object(schema, NULL, schema_borrow(tree), &line);
}

static bool redact_object(const struct schema *schema, json_t *object);

static bool redact(const struct schema *schema, enum json_kind kind, json_t *value)
{
	bool fine = true;
	void *iter;
	size_t i;

	switch (kind_shape(kind)) {
	case SHAPE_OBJECT:
		return redact_object(schema, value);
	case SHAPE_LIST:
		for (i = 0; fine && i < json_array_size(value); i++)
			fine = redact(schema, kind_element(kind), json_array_get(value, i));
		break;
	case SHAPE_MAP:
		for (iter = json_object_iter(value); fine && iter;
		     iter = json_object_iter_next(value, iter))
			fine = redact(schema, kind_element(kind), json_object_iter_value(iter));
		break;
	case SHAPE_SCALAR:
		break;
	}
	return fine;
}

/* That a text is empty is no secret: an empty property may be one that was left out. */
static json_t *hidden(const json_t *text)
{
	return json_string_length(text) == 0 ? json_incref(schema_borrow(text))
	                                     : json_string("(hidden)");
}

/* All that is secret is a text, or a list or a map of them. */
static bool hide(json_t *object, const char *name, json_t *value)
{
	bool fine = true;
	const char *key;
	json_t *text;
	size_t i;

	if (json_is_string(value))
		return json_object_set_new(object, name, hidden(value)) == 0;
	json_array_foreach(value, i, text)
	{
		fine = fine && json_array_set_new(value, i, hidden(text)) == 0;
	}
	json_object_foreach(value, key, text)
	{
		fine = fine && json_object_set_new_nocheck(value, key, hidden(text)) == 0;
	}
	return fine;
}

static bool redact_object(const struct schema *schema, json_t *object)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct field *field = &schema->fields[i];
		json_t *value = json_object_get(object, field->name);

		if (json_is_empty(value))
			continue;
		if (field->secret && !hide(object, field->name, value))
			return false;
		if (field->of != NULL && !redact(field->of, field->kind, value))
			return false;
	}
	return true;
}

json_t *schema_redacted(const struct schema *schema, const json_t *tree)
{
	json_t *copy = json_deep_copy(tree);

	if (copy && redact_object(schema, copy))
		return copy;
	json_decref(copy);
	return NULL;
}
