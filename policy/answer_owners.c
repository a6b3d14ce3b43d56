/* Whose objects are, as far as is known; and what lists tell of that, in forms that are not those of inspections. */
#include "policy/answer_parts.h"
#include "policy/arena.h"
#include "policy/hold.h"
#include "policy/json.h"
#include "policy/json_split.h"
#include "policy/owner_cache.h"
#include "policy/query.h"
#include "policy/world_image.h"

#include <string.h>

enum { ELEMENT_BYTES_MAX = 4 << 20, ELEMENT_NODES_MAX = 100000, ELEMENT_DEPTH_MAX = 64 };
enum { WAITS_MAX = 8 }; /* of one value */

bool answer_knows(struct answer *answer, enum object_kind kind, const char *name,
                  enum ownership *owner)
{
	if (owner_cache_find(answer->owners, kind, name, owner))
		return true;
	*owner = OWNERSHIP_FOREIGN; /* of what nobody can be asked about, or was in vain */
	if (strlen(name) > OWNER_CACHE_NAME_MAX || answer->waits == WAITS_MAX)
		return true;
	answer->question = (struct answer_question){.kind = kind, .name = name};
	return false;
}

bool answer_listed(struct answer *answer, enum object_kind kind)
{
	if ((answer->listed & 1U << kind) != 0)
		return true;
	answer->question = (struct answer_question){.kind = kind, .name = NULL};
	return false;
}

enum answer_fate answer_keep(enum ownership owner)
{
	return owner == OWNERSHIP_FOREIGN ? ANSWER_LEAVE_OUT : ANSWER_KEEP;
}

bool answer_set(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value) == 0; /* a NULL fails */
}

enum ownership answer_list_owner(const struct answer *answer, enum object_kind kind,
                                 const json_t *element)
{
	return world_owner(&answer->world, kind, element);
}

/* What an element of a list is called where something refers to it. */
static const char *element_name(enum object_kind kind, const json_t *element)
{
	if (kind == OBJECT_VOLUME)
		return json_member_string(element, "Name");
	return json_member_string(element, kind == OBJECT_SERVICE || kind == OBJECT_SECRET ||
	                                           kind == OBJECT_CONFIG
	                                       ? "ID"
	                                       : "Id");
}

static void count_container(struct answer_counts *counts, const json_t *element)
{
	const char *state = json_member_string(element, "State");

	counts->containers++;
	if (state != NULL && strcmp(state, "paused") == 0)
		counts->paused++;
	else if (state != NULL && (strcmp(state, "running") == 0 || strcmp(state, "restarting") == 0))
		counts->running++;
	else
		counts->stopped++;
}

/* Names that go are told of when they are gone. */
static void learn_image(struct answer *answer, const json_t *element)
{
	const json_t *tags = json_member(element, "RepoTags");

	answer->counts.images++;
	for (size_t i = 0; i < json_array_size(tags); i++) {
		const char *name = json_string_value(json_array_get(tags, i));
		enum ownership owner = OWNERSHIP_FOREIGN;

		if (name != NULL)
			owner = world_image_name(&answer->world, element, name);
		if (owner != OWNERSHIP_FOREIGN)
			owner_cache_put(answer->owners, OBJECT_IMAGE, name, owner);
	}
}

/* That an object is not the tenant's is learnt by asking about it: a list may leave out what is shared. */
static void learn_element(struct answer *answer, enum object_kind kind, const json_t *element)
{
	enum ownership owner = answer_list_owner(answer, kind, element);
	const char *name = element_name(kind, element);

	if (owner == OWNERSHIP_FOREIGN || name == NULL)
		return;
	if (kind == OBJECT_CONTAINER)
		count_container(&answer->counts, element);
	if (kind == OBJECT_IMAGE)
		learn_image(answer, element);
	owner_cache_put(answer->owners, kind, name, owner);
}

static void learn_part(struct answer *answer, enum object_kind kind, const struct json_part *part)
{
	static const struct json_limits limits = {ELEMENT_BYTES_MAX, ELEMENT_NODES_MAX,
	                                          ELEMENT_DEPTH_MAX};
	json_t *element = NULL;

	if (part->kind != JSON_PART_VALUE || part->bytes == NULL || part->key != NULL ||
	    json_read(part->bytes, part->len, &limits, &element, NULL) != JSON_FINE)
		return;
	answer->world.arena = arena_new(ELEMENT_BYTES_MAX);
	if (answer->world.arena != NULL)
		learn_element(answer, kind, element);
	arena_free(answer->world.arena);
	answer->world.arena = NULL;
	json_decref(element);
}

void answer_learn_list(struct answer *answer, const char *bytes, size_t len)
{
	static const char *const opened[] = {"", "/Volumes", NULL};
	const struct json_split_plan plan = {.opened = opened,
	                                     .bytes = ELEMENT_BYTES_MAX,
	                                     .depth = ELEMENT_DEPTH_MAX};
	struct json_split *split = json_split_new(&plan);
	struct json_part part;
	size_t taken = 0;

	while (split != NULL && json_split_next(split, bytes, len, &taken, &part) == JSON_SPLIT_PART) {
		learn_part(answer, answer->question.kind, &part);
		bytes += taken;
		len -= taken;
	}
	json_split_free(split);
}

/* Images may be a tenant's, or shared, by their names alone. */
static const char *list_path(enum object_kind kind)
{
	switch (kind) {
	case OBJECT_CONTAINER:
		return "containers/json";
	case OBJECT_IMAGE:
		return "images/json";
	case OBJECT_VOLUME:
		return "volumes";
	case OBJECT_NETWORK:
		return "networks";
	case OBJECT_SERVICE:
		return "services";
	case OBJECT_SECRET:
		return "secrets";
	case OBJECT_CONFIG:
		return "configs";
	case OBJECT_NONE:
	case OBJECT_EXEC:
	case OBJECT_PLUGIN:
	case OBJECT_TASK:
	case OBJECT_NODE:
	case OBJECT_DAEMON:
	case OBJECT_DISTRIBUTION:
		break;
	}
	return NULL;
}

/* "/v1.41/containers/json?filters=...", or NULL. */
static const char *print_target(struct arena *arena, const char *path, const struct query *query,
                                struct api_version version)
{
	const char *printed = query_print(arena, query);

	return printed != NULL ? arena_format(arena, "/v%u.%u/%s%s%s", version.major, version.minor,
	                                      path, query->count > 0 ? "?" : "", printed)
	                       : NULL;
}

static const char *label_filter(struct arena *arena, const struct world *world)
{
	return arena_format(arena, "{\"label\":{\"" SEAL_TENANT_LABEL "=%s\":true}}", world->tenant);
}

const char *answer_list_target(struct arena *arena, const struct world *world,
                               enum object_kind kind, struct api_version version)
{
	const char *path = list_path(kind), *filters = label_filter(arena, world);
	struct query query = {.count = 0};

	if (path == NULL || filters == NULL ||
	    (kind == OBJECT_CONTAINER && !query_set(arena, &query, "all", "1")) ||
	    (kind != OBJECT_IMAGE && !query_set(arena, &query, "filters", filters)))
		return NULL;
	return print_target(arena, path, &query, version);
}

/* NULL when FILTERS is. */
static const char *image_target(struct arena *arena, const char *filters,
                                struct api_version version)
{
	struct query query = {.count = 0};

	return filters != NULL && query_set(arena, &query, "filters", filters)
	           ? print_target(arena, list_path(OBJECT_IMAGE), &query, version)
	           : NULL;
}

const char *answer_held_target(struct arena *arena, const struct world *world,
                               struct api_version version)
{
	return image_target(arena,
	                    arena_format(arena, "{\"reference\":{\"" HOLD_DOMAIN "%s/held\":true}}",
	                                 world->tenant),
	                    version);
}

const char *answer_made_target(struct arena *arena, const struct world *world,
                               struct api_version version)
{
	return image_target(arena, label_filter(arena, world), version);
}
