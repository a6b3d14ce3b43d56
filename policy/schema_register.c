/* The register as a whole: its kinds, the look-up of a field and a tour of all. */
#include "policy/schema_register.h"

#include "policy/schema_path.h"
#include "policy/text.h"

#include <string.h>

/* What each kind is, and for lists and maps the kind of what is in them. */
static const struct {
	const char *name;
	enum shape shape;
	enum json_kind element;
} kinds[] = {
	[KIND_STRING] = {"string", SHAPE_SCALAR, KIND_STRING},
	[KIND_BOOL] = {"boolean", SHAPE_SCALAR, KIND_BOOL},
	[KIND_INTEGER] = {"integer", SHAPE_SCALAR, KIND_INTEGER},
	[KIND_STRINGS] = {"list of strings", SHAPE_LIST, KIND_STRING},
	[KIND_STRING_OR_STRINGS] = {"list of strings or string", SHAPE_LIST, KIND_STRING},
	[KIND_INTEGERS] = {"list of integers", SHAPE_LIST, KIND_INTEGER},
	[KIND_OBJECT] = {"object", SHAPE_OBJECT, KIND_OBJECT},
	[KIND_OBJECTS] = {"list of objects", SHAPE_LIST, KIND_OBJECT},
	[KIND_STRING_MAP] = {"map of strings", SHAPE_MAP, KIND_STRING},
	[KIND_STRING_LISTS] = {"list of lists of strings", SHAPE_LIST, KIND_STRINGS},
	[KIND_SET] = {"map of empty objects", SHAPE_MAP, KIND_OBJECT},
	[KIND_OBJECT_MAP] = {"map of objects", SHAPE_MAP, KIND_OBJECT},
	[KIND_OBJECTS_MAP] = {"map of lists of objects", SHAPE_MAP, KIND_OBJECTS},
	[KIND_NUMBER] = {"number", SHAPE_SCALAR, KIND_NUMBER},
	[KIND_ANY] = {"value", SHAPE_SCALAR, KIND_ANY},
};

enum shape kind_shape(enum json_kind kind)
{
	return kinds[kind].shape;
}

enum json_kind kind_element(enum json_kind kind)
{
	return kinds[kind].element;
}

const char *json_kind_name(enum json_kind kind)
{
	return kinds[kind].name;
}

/* The first eight bytes as a number that orders as the text does; 0 stands for what is missing. */
static uint64_t prefix_of(const char *name, size_t len)
{
	uint64_t prefix = 0;

	if (len < sizeof prefix) {
		for (size_t i = 0; i < len; i++)
			prefix |= (uint64_t)(unsigned char)name[i] << (56 - 8 * i);
		return prefix;
	}
	memcpy(&prefix, name, sizeof prefix);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	prefix = __builtin_bswap64(prefix);
#endif
	return prefix;
}

/* The first field whose prefix is not less; the end when there is none. Halves without a branch: which way it
 * goes, no processor could foresee. */
static const struct field *first_from(const struct schema *schema, uint64_t prefix)
{
	const struct field *low = schema->fields;
	size_t count = schema->count;

	while (count > 1) {
		size_t half = count / 2;

		low += half & (0 - (size_t)(low[half - 1].prefix < prefix));
		count -= half;
	}
	return count > 0 && low->prefix < prefix ? low + 1 : low;
}

const struct field *schema_find_key(const struct schema *schema, const char *name, size_t len)
{
	const struct field *end = schema->fields + schema->count;
	const uint64_t prefix = prefix_of(name, len);
	const struct field *field = first_from(schema, prefix);

	/* Of the few that begin so, which. */
	while (field < end && field->prefix == prefix) {
		if (field->len == len && memcmp(field->name, name, len) == 0)
			return field;
		field++;
	}
	return NULL;
}

const struct field *schema_find(const struct schema *schema, const char *name)
{
	return schema_find_key(schema, name, strlen(name));
}

const struct field *schema_find_folded(const struct schema *schema, const char *key)
{
	const struct field *field = schema_find(schema, key);

	for (size_t i = 0; !field && i < schema->count; i++)
		if (text_equal_folded(schema->fields[i].name, key))
			field = &schema->fields[i];
	return field;
}

json_t *schema_borrow(const json_t *value)
{
	const union {
		const json_t *lent;
		json_t *borrowed;
	} pointer = {.lent = value};

	return pointer.borrowed;
}

struct tour {
	void (*visit)(const char *path, const struct field *field, void *context);
	void *context;
	struct line path;
};

/* What stands between a property and one inside it: nothing, "[]", ".*" or ".*[]". */
static void line_way_in(struct line *line, enum json_kind kind)
{
	for (; kinds[kind].shape != SHAPE_OBJECT; kind = kinds[kind].element)
		line_add(line, kinds[kind].shape == SHAPE_LIST ? "[]" : ".*");
}

static void tour_schema(struct tour *tour, const struct schema *schema)
{
	const size_t start = tour->path.len;
	size_t i;

	for (i = 0; i < schema->count; i++) {
		const struct field *field = &schema->fields[i];

		line_add(&tour->path, start ? "." : "");
		line_add(&tour->path, field->name);
		tour->visit(tour->path.text, field, tour->context);
		if (field->of) {
			line_way_in(&tour->path, field->kind);
			tour_schema(tour, field->of);
		}
		tour->path.len = start;
		tour->path.text[start] = '\0';
	}
}

void schema_each(const struct schema *schema,
                 void (*visit)(const char *path, const struct field *field, void *context),
                 void *context)
{
	char path[SCHEMA_PATH_SIZE];
	struct tour tour = {visit, context, {NULL, 0, 0}};

	line_open(&tour.path, path, sizeof path);
	tour_schema(&tour, schema);
}
