/* Owns the way from bytes to a jansson tree and back. What the members mean, and which spellings
 * of a key are the same to dockerd, is schema.c's question. Messages never quote the input:
 * bodies hold secrets. */
#include "policy/json.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/text.h"

#include <string.h>

/* What a tree will cost, counted before it is built: jansson needs some 75 bytes of memory for a
 * byte of [{},{},...] and recurses once a level. */
struct census {
	size_t nodes;
	size_t depth, deepest;
};

/* The index of the quote that ends the string opened at START, or LEN when none does. */
static size_t string_end(const char *bytes, size_t len, size_t start)
{
	size_t i = start + 1;

	while (i < len && bytes[i] != '"')
		i += bytes[i] == '\\' ? 2 : 1;
	return i < len ? i : len;
}

static bool belongs_to_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
	       c == '+' || c == '.';
}

static size_t word_end(const char *bytes, size_t len, size_t start)
{
	size_t i = start;

	while (i < len && belongs_to_word(bytes[i]))
		i++;
	return i;
}

/* Counts strings (keys too), words and openings. Text that is no JSON is counted as well as it
 * can be: jansson stops at the first token out of place, and never has more nodes than were seen
 * here. */
static struct census take_census(const char *bytes, size_t len)
{
	struct census census = {0};
	size_t i = 0;

	while (i < len) {
		char c = bytes[i];

		if (c == '"') {
			census.nodes++;
			i = string_end(bytes, len, i);
		} else if (c == '{' || c == '[') {
			census.nodes++;
			census.depth++;
			if (census.depth > census.deepest)
				census.deepest = census.depth;
		} else if ((c == '}' || c == ']') && census.depth > 0) {
			census.depth--;
		} else if (belongs_to_word(c)) {
			census.nodes++;
			i = word_end(bytes, len, i) - 1;
		}
		i++;
	}
	return census;
}

static enum json_fault check_limits(const char *bytes, size_t len, const struct json_limits *limits,
                                    struct error *error)
{
	struct census census;

	if (len > limits->bytes) {
		error_set(error, "the JSON has %zu bytes, more than the limit of %zu", len, limits->bytes);
		return JSON_TOO_LARGE;
	}
	census = take_census(bytes, len);
	if (census.deepest > limits->depth) {
		error_set(error, "the JSON is nested %zu deep, more than the limit of %zu", census.deepest,
		          limits->depth);
		return JSON_TOO_LARGE;
	}
	if (census.nodes > limits->nodes) {
		error_set(error, "the JSON has %zu values and keys, more than the limit of %zu",
		          census.nodes, limits->nodes);
		return JSON_TOO_LARGE;
	}
	return JSON_FINE;
}

/* Our words for what jansson found; its own text quotes the input. */
static const char *code_text(enum json_error_code code)
{
	switch (code) {
	case json_error_premature_end_of_input:
		return "it ends too early";
	case json_error_end_of_input_expected:
		return "something follows the value";
	case json_error_invalid_utf8:
		return "it is not UTF-8";
	case json_error_duplicate_key:
		return "a key is written twice";
	case json_error_numeric_overflow:
		return "a number is out of range";
	case json_error_null_byte_in_key:
	case json_error_null_character:
		return "a string has a NUL character";
	case json_error_out_of_memory:
		return "out of memory";
	case json_error_unknown:
	case json_error_stack_overflow:
	case json_error_invalid_argument:
	case json_error_invalid_syntax:
	case json_error_invalid_format:
	case json_error_wrong_type:
	case json_error_null_value:
	case json_error_item_not_found:
	case json_error_index_out_of_range:
	case json_error_cannot_open_file:
		break;
	}
	return "it is malformed";
}

enum json_fault json_read(const char *bytes, size_t len, const struct json_limits *limits,
                          json_t **tree, struct error *error)
{
	enum json_fault fault = check_limits(bytes, len, limits, error);
	json_error_t found;

	*tree = NULL;
	if (fault != JSON_FINE)
		return fault;
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		error_set(error, "the JSON starts with a byte order mark");
		return JSON_MALFORMED;
	}
	if (!text_is_utf8(bytes, len)) {
		error_set(error, "the JSON is not UTF-8, or has a NUL byte");
		return JSON_MALFORMED;
	}
	*tree = json_loadb(bytes, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &found);
	if (*tree == NULL) {
		error_set(error, "the JSON is refused at byte %d: %s", found.position,
		          code_text(json_error_code(&found)));
		return JSON_MALFORMED;
	}
	return JSON_FINE;
}

bool json_is_empty(const json_t *value)
{
	if (value == NULL)
		return true;
	switch (json_typeof(value)) {
	case JSON_NULL:
	case JSON_FALSE:
		return true;
	case JSON_TRUE:
		return false;
	case JSON_INTEGER:
		return json_integer_value(value) == 0;
	case JSON_REAL:
		/* Both zeros; no arithmetic has touched it. */
		return !(json_real_value(value) < 0) && !(json_real_value(value) > 0);
	case JSON_STRING:
		return json_string_length(value) == 0;
	case JSON_ARRAY:
		return json_array_size(value) == 0;
	case JSON_OBJECT:
		return json_object_size(value) == 0;
	}
	return false;
}

const json_t *json_member(const json_t *object, const char *name)
{
	return json_object_get(object, name);
}

const char *json_member_string(const json_t *object, const char *name)
{
	return json_string_value(json_member(object, name));
}

bool json_member_true(const json_t *object, const char *name)
{
	return json_is_true(json_member(object, name));
}
