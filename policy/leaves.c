/* A JSON body as the list of its leaves. The walk follows the register of properties as far as that knows the tree. */
#include "policy/leaves.h"

#include "policy/arena.h"
#include "policy/json.h"
#include "policy/schema_register.h"
#include "policy/text.h"

#include <string.h>

enum { FIRST_ROOM = 64, KEY_SHOWN_MAX = 200 };

struct walk {
	struct arena *arena;
	struct leaves *leaves;
	size_t room;
};

/* Where the walk is. */
struct at {
	const char *path; /* "" at the root */
	const struct schema
		*schema; /* of an object, or of the objects in a list or map; NULL: not known */
	enum json_kind kind;
	bool secret;
};

static bool grow(struct walk *walk)
{
	size_t room = walk->room == 0 ? FIRST_ROOM : walk->room * 2;
	struct leaf *larger = arena_calloc(walk->arena, room, sizeof *larger);

	if (larger == NULL)
		return false;
	if (walk->leaves->count > 0)
		memcpy(larger, walk->leaves->list, walk->leaves->count * sizeof *larger);
	walk->leaves->list = larger;
	walk->room = room;
	return true;
}

static bool add_leaf(struct walk *walk, const struct at *at, const json_t *value)
{
	size_t len;
	const char *text = json_print(walk->arena, value, &len);

	if (text == NULL || (walk->leaves->count == walk->room && !grow(walk)))
		return false;
	walk->leaves->list[walk->leaves->count++] = (struct leaf){at->path, text, at->secret};
	return true;
}

static bool walk_value(struct walk *walk, const struct at *at, json_t *value);

/* A property of an object that the register describes. */
static bool walk_property(struct walk *walk, const struct at *up, const char *key, json_t *value)
{
	const struct field *field = up->schema != NULL ? schema_find_folded(up->schema, key) : NULL;
	const char *shown = text_printable(walk->arena, key, KEY_SHOWN_MAX);
	const struct at at = {
		.path =
			arena_format(walk->arena, "%s%s%s", up->path, up->path[0] != '\0' ? "." : "", shown),
		.schema = field != NULL ? field->of : NULL,
		.kind = field != NULL ? field->kind : KIND_ANY,
		.secret = up->secret || field == NULL || field->secret,
	};

	return at.path != NULL && walk_value(walk, &at, value);
}

/* An entry of a map, whose key is data. */
static bool walk_entry(struct walk *walk, const struct at *up, const char *key, json_t *value)
{
	const struct at at = {
		.path = arena_format(walk->arena, "%s[\"%s\"]", up->path,
	                         text_printable(walk->arena, key, KEY_SHOWN_MAX)),
		.schema = up->schema,
		.kind = kind_element(up->kind),
		.secret = up->secret,
	};

	return at.path != NULL && walk_value(walk, &at, value);
}

static bool walk_object(struct walk *walk, const struct at *at, json_t *object)
{
	bool map = kind_shape(at->kind) == SHAPE_MAP, fine = true;

	for (void *iter = json_object_iter(object); fine && iter != NULL;
	     iter = json_object_iter_next(object, iter)) {
		const char *key = json_object_iter_key(iter);
		json_t *value = json_object_iter_value(iter);

		fine = map ? walk_entry(walk, at, key, value) : walk_property(walk, at, key, value);
	}
	return fine;
}

static bool walk_list(struct walk *walk, const struct at *up, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const struct at at = {
			.path = arena_format(walk->arena, "%s[%zu]", up->path, i),
			.schema = up->schema,
			.kind = kind_element(up->kind),
			.secret = up->secret,
		};

		if (at.path == NULL || !walk_value(walk, &at, json_array_get(list, i)))
			return false;
	}
	return true;
}

static bool walk_value(struct walk *walk, const struct at *at, json_t *value)
{
	if (json_object_size(value) > 0)
		return walk_object(walk, at, value);
	if (json_array_size(value) > 0)
		return walk_list(walk, at, value);
	if (at->path[0] == '\0')
		return true; /* a body that says nothing */
	return add_leaf(walk, at, value);
}

bool leaves_of(struct arena *arena, const struct schema *schema, const json_t *tree,
               struct leaves *leaves)
{
	struct walk walk = {.arena = arena, .leaves = leaves};
	const struct at root = {.path = "",
	                        .schema = schema,
	                        .kind = json_is_array(tree) ? KIND_OBJECTS : KIND_OBJECT,
	                        .secret = schema == NULL};

	*leaves = (struct leaves){.count = 0};
	return tree == NULL || walk_value(&walk, &root, schema_borrow(tree));
}
