/* One JSON object as one line of text. Room for the closing braces and the newline is kept back, so that whatever is
 * left out, the line stays well-formed. */
#include "proxy/json_line.h"

#include "policy/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CLOSING_RESERVE = 8, ESCAPE_MAX = 6 };

/* A closing brace may have taken from the reserve. */
static bool fits(const struct json_line *line, size_t more)
{
	const size_t room = sizeof line->text - CLOSING_RESERVE;

	return !line->skipping && line->len <= room && more <= room - line->len;
}

static void put(struct json_line *line, const char *bytes, size_t len)
{
	memcpy(line->text + line->len, bytes, len);
	line->len += len;
}

static void put_text(struct json_line *line, const char *text)
{
	put(line, text, strlen(text));
}

/* The comma, the name and the colon; names are ours and need no escape. */
static void put_name(struct json_line *line, const char *name)
{
	if (line->text[line->len - 1] != '{')
		put(line, ",", 1);
	put(line, "\"", 1);
	put_text(line, name);
	put(line, "\":", 2);
}

/* The length of the well-formed UTF-8 sequence at BYTES, or 0. */
static size_t sequence_length(const char *bytes, size_t len)
{
	for (size_t n = 1; n <= 4 && n <= len; n++)
		if (text_is_utf8(bytes, n))
			return n;
	return 0;
}

/* C1 controls, which some terminals obey, are two bytes long in UTF-8. */
static bool is_control(const unsigned char *bytes, size_t len)
{
	return (len == 1 && (bytes[0] < 0x20 || bytes[0] == 0x7f)) ||
	       (len == 2 && bytes[0] == 0xc2 && bytes[1] < 0xa0);
}

/* Writes the character at VALUE as it stands in a JSON string; *TAKEN is how many bytes it had. */
static size_t escape(const char *value, size_t len, char out[ESCAPE_MAX + 1], size_t *taken)
{
	const unsigned char *bytes = (const unsigned char *)value;
	size_t n = bytes[0] < 0x80 ? 1 : sequence_length(value, len);
	unsigned number =
		n == 2 ? bytes[1] : bytes[0]; /* of a control, and of a byte that is no text */

	*taken = n > 0 ? n : 1;
	if (n == 0 || is_control(bytes, n))
		return (size_t)snprintf(out, ESCAPE_MAX + 1, "\\u%04x", number);
	if (bytes[0] == '"' || bytes[0] == '\\')
		return (size_t)snprintf(out, ESCAPE_MAX + 1, "\\%c", bytes[0]);
	memcpy(out, value, n);
	return n;
}

static size_t escaped_length(const char *value, size_t len)
{
	char piece[ESCAPE_MAX + 1] = "";
	size_t total = 0, taken;

	for (size_t i = 0; i < len; i += taken)
		total += escape(value + i, len - i, piece, &taken);
	return total;
}

static void put_escaped(struct json_line *line, const char *value, size_t len)
{
	char piece[ESCAPE_MAX + 1] = "";
	size_t taken;

	for (size_t i = 0; i < len; i += taken)
		put(line, piece, escape(value + i, len - i, piece, &taken));
}

void json_line_begin(struct json_line *line)
{
	line->text[0] = '{';
	line->len = 1;
	line->skipping = false;
}

void json_line_string(struct json_line *line, const char *name, const char *value)
{
	size_t len;

	if (value == NULL)
		return;
	len = strnlen(value, JSON_LINE_STRING_MAX);
	if (!fits(line, strlen(name) + escaped_length(value, len) + 6))
		return;
	put_name(line, name);
	put(line, "\"", 1);
	put_escaped(line, value, len);
	put(line, "\"", 1);
}

/* JSON's writers leave some control characters alone, but only inside of strings. */
static size_t put_json(struct json_line *line, const char *text, bool really)
{
	char piece[ESCAPE_MAX + 1] = "";
	size_t total = 0, taken, len;

	for (size_t left = strlen(text); left > 0; left -= taken, text += taken) {
		if (*text == '"' || *text == '\\') {
			piece[0] = *text;
			len = taken = 1;
		} else {
			len = escape(text, left, piece, &taken);
		}
		if (really)
			put(line, piece, len);
		total += len;
	}
	return total;
}

bool json_line_json(struct json_line *line, const char *name, const char *text)
{
	if (!fits(line, strlen(name) + put_json(line, text, false) + 4))
		return false;
	put_name(line, name);
	put_json(line, text, true);
	return true;
}

void json_line_number(struct json_line *line, const char *name, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRIu64, value);
	if (!fits(line, strlen(name) + strlen(digits) + 4))
		return;
	put_name(line, name);
	put_text(line, digits);
}

void json_line_object(struct json_line *line, const char *name)
{
	line->skipping = !fits(line, strlen(name) + 5);
	if (line->skipping)
		return;
	put_name(line, name);
	put(line, "{", 1);
}

void json_line_close(struct json_line *line)
{
	if (!line->skipping)
		line->text[line->len++] = '}';
	line->skipping = false;
}

void json_line_list(struct json_line *line, const char *name)
{
	line->skipping = !fits(line, strlen(name) + 5);
	if (line->skipping)
		return;
	put_name(line, name);
	put(line, "[", 1);
}

void json_line_item(struct json_line *line, const char *value)
{
	size_t len = strnlen(value, JSON_LINE_STRING_MAX);

	if (!fits(line, escaped_length(value, len) + 3))
		return;
	if (line->text[line->len - 1] != '[')
		put(line, ",", 1);
	put(line, "\"", 1);
	put_escaped(line, value, len);
	put(line, "\"", 1);
}

void json_line_list_end(struct json_line *line)
{
	if (!line->skipping)
		line->text[line->len++] = ']';
	line->skipping = false;
}

void json_line_end(struct json_line *line)
{
	line->text[line->len++] = '}';
	line->text[line->len++] = '\n';
}
