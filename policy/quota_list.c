/* An answer that is no list at all must not count for nothing. */
#include "policy/quota_list.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/hold.h"
#include "policy/json.h"
#include "policy/json_split.h"
#include "policy/reference.h"
#include "policy/text.h"
#include "policy/world_image.h"

#include <string.h>

enum { ELEMENT_BYTES = 1 << 20, ELEMENT_NODES = 50000, ELEMENT_DEPTH = 64 };

struct reading {
	struct quota_list *list;
	enum object_kind kind;
	const char *place; /* of the list's elements */
	bool found;
};

/* The number that was used once, of an element's seal. */
static bool read_token(const json_t *element, char token[SEAL_NONCE_DIGITS + 1])
{
	const char *seal = json_member_string(json_member(element, "Labels"), SEAL_LABEL);

	if (seal == NULL || strlen(seal) < SEAL_NONCE_DIGITS)
		return false;
	memcpy(token, seal, SEAL_NONCE_DIGITS);
	token[SEAL_NONCE_DIGITS] = '\0';
	return true;
}

static void tell_tokens(const struct quota_list *list, const json_t *element)
{
	char token[SEAL_NONCE_DIGITS + 1];

	if (list->saw != NULL && read_token(element, token))
		list->saw(token, list->owner);
}

static bool note_running(struct quota_list *list, const json_t *element)
{
	const char *state = json_member_string(element, "State");
	const char *id = json_member_string(element, "Id");

	if (id == NULL || state == NULL || strcmp(state, "running") != 0)
		return true;
	if (list->saw != NULL)
		list->saw(id, list->owner);
	if (list->arena == NULL)
		return true;
	if (list->running == NULL)
		list->running = arena_calloc(list->arena, QUOTA_RUNNING_MAX, sizeof *list->running);
	if (list->running == NULL || list->running_count == QUOTA_RUNNING_MAX || !text_is_lower_hex(id))
		return false;
	list->running[list->running_count] = arena_string(list->arena, id);
	return list->running[list->running_count++] != NULL;
}

/* The image's names. */
static bool tell_stray(const struct quota_list *list, const json_t *image)
{
	const json_t *tags = json_member(image, "RepoTags");
	const char *id = json_member_string(image, "Id");
	struct reference reference;
	struct error error;

	for (size_t i = 0; id != NULL && i < json_array_size(tags); i++) {
		const char *tag = json_string_value(json_array_get(tags, i)), *name;

		if (tag == NULL || hold_is_reserved(tag) ||
		    !reference_parse(list->world->arena, tag, &reference, &error))
			continue;
		name = hold_name(list->world->arena, &reference);
		if (name == NULL)
			return false;
		list->stray(id, name, list->owner);
	}
	return true;
}

/* Labels prove nothing of an image, but for one: that it was made by the request whose seal, used once, it has. */
static bool look_for_stray(const struct quota_list *list, const json_t *image)
{
	const json_t *labels = json_member(image, "Labels");
	char token[SEAL_NONCE_DIGITS + 1];

	if (!world_owns_labels(list->world, OBJECT_IMAGE, "", labels) || !read_token(image, token) ||
	    !list->is_left(token, list->owner))
		return true;
	if (!world_holds_image(list->world, image))
		return tell_stray(list, image);
	tell_tokens(list, image);
	return true;
}

static bool read_element(struct reading *reading, const struct json_part *part)
{
	static const struct json_limits limits = {ELEMENT_BYTES, ELEMENT_NODES, ELEMENT_DEPTH};
	struct quota_list *list = reading->list;
	struct error error;
	json_t *element = NULL;
	bool fine = true;

	if (part->bytes == NULL ||
	    json_read(part->bytes, part->len, &limits, &element, &error) != JSON_FINE)
		return false;
	if (reading->kind == OBJECT_IMAGE && list->is_left != NULL) {
		fine = look_for_stray(list, element);
	} else if (quota_count(list->world, reading->kind, element, list->already, &list->use)) {
		tell_tokens(list, element);
		fine = reading->kind != OBJECT_CONTAINER || note_running(list, element);
	}
	json_decref(element);
	return fine;
}

/* dockerd has null for volumes that are none. */
static bool is_no_volumes(const struct reading *reading, const struct json_part *part)
{
	return reading->kind == OBJECT_VOLUME && part->kind == JSON_PART_VALUE && part->key != NULL &&
	       strcmp(part->key, "Volumes") == 0 && part->bytes != NULL && part->len == 4 &&
	       memcmp(part->bytes, "null", 4) == 0;
}

static bool take_part(struct reading *reading, const struct json_part *part)
{
	bool here = part->place != NULL && strcmp(part->place, reading->place) == 0;

	if (part->kind == JSON_PART_OPEN && here && part->is_list)
		reading->found = true;
	if (part->kind == JSON_PART_VALUE && here && part->key == NULL)
		return read_element(reading, part);
	if (is_no_volumes(reading, part))
		reading->found = true;
	return true;
}

static bool read_parts(struct reading *reading, struct json_split *split, const char *text,
                       size_t len)
{
	struct json_part part;
	size_t taken;

	for (size_t at = 0; at < len; at += taken) {
		switch (json_split_next(split, text + at, len - at, &taken, &part)) {
		case JSON_SPLIT_BROKEN:
			return false;
		case JSON_SPLIT_PART:
			if (!take_part(reading, &part))
				return false;
			break;
		case JSON_SPLIT_MORE:
			break;
		}
	}
	while (true) {
		switch (json_split_end(split, &part)) {
		case JSON_SPLIT_BROKEN:
			return false;
		case JSON_SPLIT_PART:
			if (!take_part(reading, &part))
				return false;
			break;
		case JSON_SPLIT_MORE:
			return reading->found;
		}
	}
}

bool quota_list_read(struct quota_list *list, enum object_kind kind, const char *text, size_t len)
{
	static const char *const plain[] = {"", NULL};
	static const char *const volumes[] = {"", "/Volumes", NULL};
	const struct json_split_plan plan = {.opened = kind == OBJECT_VOLUME ? volumes : plain,
	                                     .bytes = ELEMENT_BYTES,
	                                     .depth = ELEMENT_DEPTH};
	struct reading reading = {.list = list,
	                          .kind = kind,
	                          .place = kind == OBJECT_VOLUME ? "/Volumes" : ""};
	struct json_split *split = json_split_new(&plan);
	bool fine = split != NULL && read_parts(&reading, split, text, len);

	json_split_free(split);
	return fine;
}
