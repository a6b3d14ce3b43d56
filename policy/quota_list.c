/* An answer that is no list at all must not count for nothing. */
#include "policy/quota_list.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/json_split.h"
#include "policy/text.h"
#include "policy/world.h"

#include <string.h>

enum { ELEMENT_BYTES = 1 << 20, ELEMENT_NODES = 50000, ELEMENT_DEPTH = 64 };

struct reading {
	struct quota_list *list;
	enum object_kind kind;
	const char *place; /* of the list's elements */
	bool found;
};

static void tell_tokens(const struct quota_list *list, const json_t *element)
{
	const char *seal = json_member_string(json_member(element, "Labels"), SEAL_LABEL);
	char nonce[SEAL_NONCE_DIGITS + 1] = "";

	if (list->saw == NULL || seal == NULL || strlen(seal) < SEAL_NONCE_DIGITS)
		return;
	memcpy(nonce, seal, SEAL_NONCE_DIGITS);
	list->saw(nonce, list->owner);
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
	if (quota_count(list->world, reading->kind, element, list->already, &list->use)) {
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
