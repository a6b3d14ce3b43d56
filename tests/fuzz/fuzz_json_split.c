/* JSON taken apart: however it is cut the same parts come out; what is opened closes; and of a text that is JSON as a whole each
 * element is the one that a reader of the whole finds. The first byte tells how it is cut, and whether one text is expected. */
#include "policy/error.h"
#include "policy/json.h"
#include "policy/json_split.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT_BYTES = 100, DEPTH = 8 };

static const char *const opened[] = {"", "/a", "/a/b", "/Items", NULL};

struct told {
	char *text;
	size_t len, size;
	size_t open;
	json_t *elements; /* of the whole, where it is a list; NULL: nobody compares */
	size_t element;
};

static void tell(struct told *told, const char *bytes, size_t len)
{
	if (told->size - told->len < len) {
		told->size = told->size * 2 + len;
		told->text = realloc(told->text, told->size);
		assert(told->text != NULL);
	}
	memcpy(told->text + told->len, bytes, len);
	told->len += len;
}

static void compare_element(struct told *told, const struct json_part *part)
{
	const struct json_limits limits = {1 << 20, 100000, 64};
	json_t *element = NULL;

	if (told->elements == NULL || part->bytes == NULL || strcmp(part->place, "") != 0)
		return;
	assert(json_read(part->bytes, part->len, &limits, &element, NULL) == JSON_FINE);
	assert(json_equal(element, json_array_get(told->elements, told->element)));
	told->element++;
	json_decref(element);
}

static void tell_part(struct told *told, const struct json_part *part)
{
	const char *place = part->place != NULL ? part->place : "-";
	const char kind = (char)('0' + part->kind);

	tell(told, &kind, 1);
	tell(told, place, strlen(place) + 1);
	if (part->key != NULL)
		tell(told, part->key, strlen(part->key) + 1);
	if (part->kind == JSON_PART_VALUE && part->bytes != NULL)
		tell(told, part->bytes, part->len);
	if (part->kind == JSON_PART_OPEN)
		told->open++;
	if (part->kind == JSON_PART_CLOSE)
		assert(told->open-- > 0);
	if (part->kind == JSON_PART_VALUE && part->place != NULL)
		compare_element(told, part);
}

static bool feed(struct json_split *split, const char *bytes, size_t len, struct told *told)
{
	enum json_split_result result;
	struct json_part part;
	size_t at = 0, taken;

	while ((result = json_split_next(split, bytes + at, len - at, &taken, &part)) ==
	       JSON_SPLIT_PART) {
		assert(taken <= len - at);
		at += taken;
		tell_part(told, &part);
	}
	return result == JSON_SPLIT_MORE;
}

/* True when nothing was broken. */
static bool take_apart(bool many, const char *bytes, size_t len, size_t step, struct told *told)
{
	const struct json_split_plan plan = {opened, many, LIMIT_BYTES, DEPTH};
	struct json_split *split = json_split_new(&plan);
	enum json_split_result result = JSON_SPLIT_PART;
	struct json_part part;
	bool fine = true;

	assert(split != NULL);
	for (size_t at = 0; fine && at < len; at += step)
		fine = feed(split, bytes + at, len - at < step ? len - at : step, told);
	while (fine && (result = json_split_end(split, &part)) == JSON_SPLIT_PART)
		tell_part(told, &part);
	fine = fine && result == JSON_SPLIT_MORE;
	assert(!fine || told->open == 0);
	json_split_free(split);
	return fine;
}

/* The elements of a list that no part of is too much; NULL for anything else. */
static json_t *whole_list(const char *bytes, size_t len)
{
	const struct json_limits limits = {1 << 20, 100000, DEPTH};
	json_t *whole = NULL;

	if (json_read(bytes, len, &limits, &whole, NULL) != JSON_FINE)
		return NULL;
	if (json_is_array(whole) && len <= LIMIT_BYTES)
		return whole;
	json_decref(whole);
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 1;
	struct told whole = {.len = 0}, split = {.len = 0};
	bool many, fine;

	if (size < 2)
		return 0;
	many = (data[0] & 1) != 0;
	whole.elements = whole_list(bytes, size - 1);
	fine = take_apart(many, bytes, size - 1, size, &whole);
	assert(fine == take_apart(many, bytes, size - 1, 1 + (size_t)data[0] / 2 % 16, &split));
	assert(!fine || (whole.len == split.len &&
	                 (whole.len == 0 || memcmp(whole.text, split.text, whole.len) == 0)));
	assert(whole.elements == NULL || (fine && whole.element == json_array_size(whole.elements)));
	json_decref(whole.elements);
	free(whole.text);
	free(split.text);
	return 0;
}
