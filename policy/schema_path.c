/* Writes paths and values of a JSON tree for people. Cuts what is long and escapes what is not
 * ASCII. */
#include "policy/schema_path.h"

#include "policy/json_node.h"

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

static const char *type_name(json_type type)
{
	switch (type) {
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

static void line_real(struct line *line, double real)
{
	json_t *value = json_real(real);
	char digits[32];
	size_t len = json_dumpb(value, digits, sizeof digits - 1, JSON_ENCODE_ANY);

	digits[len < sizeof digits ? len : 0] = '\0';
	line_add(line, digits);
	json_decref(value);
}

void line_value(struct line *line, const struct json_node *value, bool secret)
{
	line_add(line, type_name(value->type));
	if (secret)
		return;
	switch (value->type) {
	case JSON_STRING:
		line_add(line, " ");
		line_quoted(line, value->is.string.bytes);
		break;
	case JSON_TRUE:
		line_add(line, " true");
		break;
	case JSON_FALSE:
		line_add(line, " false");
		break;
	case JSON_INTEGER:
		line_add(line, value->is.integer < 0 ? " -" : " ");
		line_number(line, value->is.integer < 0 ? 0 - (size_t)value->is.integer
		                                        : (size_t)value->is.integer);
		break;
	case JSON_REAL:
		line_add(line, " ");
		line_real(line, value->is.real);
		break;
	case JSON_OBJECT:
	case JSON_ARRAY:
	case JSON_NULL:
		break;
	}
}
