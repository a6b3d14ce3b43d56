/* Writes paths and values of a JSON tree for people. Cuts what is long and escapes what is not
 * ASCII. */
#include "policy/schema_path.h"

#include <assert.h>

void line_open(struct line *line, char *text, size_t size)
{
	assert(size > 0);
	line->text = text;
	line->size = size;
	line->len = 0;
	text[0] = '\0';
}

void line_add(struct line *line, const char *text)
{
	while (*text && line->len + 1 < line->size)
		line->text[line->len++] = *text++;
	line->text[line->len] = '\0';
}

static void line_number(struct line *line, size_t number)
{
	char digits[24];
	size_t at = sizeof digits - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	line_add(line, digits + at);
}

void line_quoted(struct line *line, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t i;

	line_add(line, "\"");
	for (i = 0; i < 64 && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];
		char plain[] = {(char)c, '\0'};
		char escaped[] = {'\\', 'x', hex[c >> 4], hex[c & 15], '\0'};

		line_add(line, c < ' ' || c > '~' || c == '"' || c == '\\' ? escaped : plain);
	}
	line_add(line, text[i] ? "\"..." : "\"");
}

void line_path(struct line *line, const struct step *at)
{
	if (!at)
		return;
	line_path(line, at->up);
	if (at->name) {
		line_add(line, at->up ? "." : "");
		line_add(line, at->name);
		return;
	}
	line_add(line, "[");
	if (at->key)
		line_quoted(line, at->key);
	else
		line_number(line, at->index);
	line_add(line, "]");
}

struct path_text path_of(const struct step *at)
{
	struct path_text path = {""};
	struct line line;

	line_open(&line, path.text, sizeof path.text);
	line_path(&line, at);
	if (!at)
		line_add(&line, "the body");
	return path;
}

static const char *type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "object";
	case JSON_ARRAY:
		return "list";
	case JSON_STRING:
		return "string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "boolean";
	case JSON_NULL:
		break;
	}
	return "null";
}

void line_value(struct line *line, const json_t *value, bool secret)
{
	char digits[32];
	size_t len;

	line_add(line, type_name(value));
	if (secret || json_is_null(value) || json_is_object(value) || json_is_array(value))
		return;
	line_add(line, " ");
	if (json_is_string(value)) {
		line_quoted(line, json_string_value(value));
	} else if (json_is_boolean(value)) {
		line_add(line, json_is_true(value) ? "true" : "false");
	} else {
		len = json_dumpb(value, digits, sizeof digits - 1, JSON_ENCODE_ANY);
		digits[len < sizeof digits ? len : 0] = '\0';
		line_add(line, digits);
	}
}
