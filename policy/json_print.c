/* Owns the way from a tree to compact text. Trees come from json_read and from what policy/ puts into them, so
 * that they have no cycles and are not deep. */
#include "policy/json.h"

#include "policy/arena.h"
#include "policy/schema_register.h"
#include "policy/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 4096, NUMBER_SIZE = 32, QUOTES = 3 };

/* Text that grows. */
struct output {
	char *text;
	size_t len, size;
	bool failed; /* out of memory; TEXT is of no use then */
};

/* Makes room for LEN more bytes, more than there is; false when there is no memory. */
static bool grow(struct output *output, size_t len)
{
	size_t size = output->size;
	char *grown;

	while (size - output->len < len && size <= SIZE_MAX / 2)
		size *= 2;
	grown = size - output->len < len ? NULL : realloc(output->text, size);
	if (grown == NULL) {
		output->failed = true;
		return false;
	}
	output->text = grown;
	output->size = size;
	return true;
}

static inline bool reserve(struct output *output, size_t len)
{
	return len <= output->size - output->len || grow(output, len);
}

static void put(struct output *output, const char *bytes, size_t len)
{
	if (!reserve(output, len))
		return;
	memcpy(output->text + output->len, bytes, len);
	output->len += len;
}

static void put_byte(struct output *output, char byte)
{
	if (reserve(output, 1))
		output->text[output->len++] = byte;
}

/* What a letter behind a backslash stands for; 0 for none. */
static char escape_letter(char c)
{
	switch (c) {
	case '"':
	case '\\':
		return c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return '\0';
	}
}

static void put_escaped(struct output *output, char c)
{
	const char *hex = "0123456789ABCDEF";
	const unsigned byte = (unsigned char)c;
	const char letter[] = {'\\', escape_letter(c)};
	const char number[] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};

	if (letter[1] != '\0')
		put(output, letter, sizeof letter);
	else if (byte < ' ')
		put(output, number, sizeof number);
	else
		put_byte(output, c);
}

/* TEXT and what it needs to be escaped, from the first byte on that does. */
static void put_escapes(struct output *output, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_escaped(output, text[i]);
}

/* In quotes, and with a colon where it is a key. It is copied, and then one looks in the copy, which is padded,
 * how much of it needed no escape: mostly all. */
static void put_string(struct output *output, const char *text, size_t len, bool is_key)
{
	size_t plain;
	char *out;

	if (len > SIZE_MAX - QUOTES - TEXT_PADDING || !reserve(output, len + QUOTES + TEXT_PADDING))
		return;
	out = output->text + output->len;
	*out++ = '"';
	memcpy(out, text, len);
	memset(out + len, 0, TEXT_PADDING);
	plain = text_plain_span(out);
	if (plain == len) {
		out[len] = '"';
		out[len + 1] = ':';
		output->len += len + (is_key ? 3 : 2);
		return;
	}
	output->len += 1 + plain;
	put_escapes(output, text + plain, len - plain);
	put(output, "\":", is_key ? 2 : 1);
}

static void put_integer(struct output *output, json_int_t number)
{
	char digits[NUMBER_SIZE];
	size_t at = sizeof digits;
	unsigned long long rest =
		number < 0 ? 0 - (unsigned long long)number : (unsigned long long)number;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		digits[--at] = '-';
	put(output, digits + at, sizeof digits - at);
}

/* jansson knows how to print a real so that it is read back as the same one. */
static void put_real(struct output *output, const json_t *number)
{
	char digits[NUMBER_SIZE];
	size_t len = json_dumpb(number, digits, sizeof digits, JSON_ENCODE_ANY);

	if (len == 0 || len > sizeof digits)
		output->failed = true;
	else
		put(output, digits, len);
}

static void put_value(struct output *output, const json_t *value);

static void put_list(struct output *output, const json_t *list)
{
	put_byte(output, '[');
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (i > 0)
			put_byte(output, ',');
		put_value(output, json_array_get(list, i));
	}
	put_byte(output, ']');
}

static void put_object(struct output *output, json_t *object)
{
	bool first = true;

	put_byte(output, '{');
	for (void *iter = json_object_iter(object); iter != NULL;
	     iter = json_object_iter_next(object, iter)) {
		if (!first)
			put_byte(output, ',');
		first = false;
		put_string(output, json_object_iter_key(iter), json_object_iter_key_len(iter), true);
		put_value(output, json_object_iter_value(iter));
	}
	put_byte(output, '}');
}

static void put_value(struct output *output, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		put_object(output, schema_borrow(value));
		break;
	case JSON_ARRAY:
		put_list(output, value);
		break;
	case JSON_STRING:
		put_string(output, json_string_value(value), json_string_length(value), false);
		break;
	case JSON_INTEGER:
		put_integer(output, json_integer_value(value));
		break;
	case JSON_REAL:
		put_real(output, value);
		break;
	case JSON_TRUE:
		put(output, "true", 4);
		break;
	case JSON_FALSE:
		put(output, "false", 5);
		break;
	case JSON_NULL:
		put(output, "null", 4);
		break;
	}
}

const char *json_print(struct arena *arena, const json_t *tree, size_t *len)
{
	struct output output = {.text = malloc(FIRST_SIZE), .size = FIRST_SIZE};
	const char *text = NULL;

	if (output.text != NULL && tree != NULL) {
		put_value(&output, tree);
		if (!output.failed)
			text = arena_copy(arena, output.text, output.len);
		*len = output.len;
	}
	free(output.text);
	return text;
}
