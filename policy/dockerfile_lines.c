/* Physical lines, the directives before the first instruction, and continuation. */
#include "policy/dockerfile_lines.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/text.h"

#include <string.h>

enum { LINE_BYTES_MAX = 65535 - 1 }; /* Go's bufio.Scanner takes no longer ones */

void dockerfile_lines_start(struct dockerfile_lines *lines, struct arena *arena, const char *text,
                            size_t len)
{
	bool marked = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;

	*lines = (struct dockerfile_lines){.arena = arena, .rest = text, .left = len, .escape = '\\'};
	if (marked) {
		lines->rest += 3;
		lines->left -= 3;
	}
}

bool dockerfile_odd_blank(const char *text)
{
	static const char *const blanks[] = {"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80",
	                                     "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82",
	                                     "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85",
	                                     "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88",
	                                     "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
	                                     "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
	                                     "\xe3\x80\x80"};

	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
		if (text_starts_with(text, blanks[i]))
			return true;
	}
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *text)
{
	while (is_blank(*text))
		text++;
	return text;
}

static bool has_controls(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
			return true;
	}
	return false;
}

static bool odd(const struct dockerfile_lines *lines, struct error *error, const char *what)
{
	return error_set(error, "line %u %s", lines->number, what);
}

/* The next physical line in *LINE, without its end; NULL behind the last. */
static bool take_physical(struct dockerfile_lines *lines, const char **line, struct error *error)
{
	const char *end = lines->left > 0 ? memchr(lines->rest, '\n', lines->left) : NULL;
	size_t len = end != NULL ? (size_t)(end - lines->rest) : lines->left;
	size_t taken = end != NULL ? len + 1 : len;

	*line = NULL;
	if (lines->left == 0)
		return true;
	lines->number++;
	if (len > LINE_BYTES_MAX)
		return odd(lines, error, "is too long");
	if (end != NULL && len > 0 && lines->rest[len - 1] == '\r')
		len--;
	if (has_controls(lines->rest, len))
		return odd(lines, error, "has a control character");
	*line = arena_copy(lines->arena, lines->rest, len);
	lines->rest += taken;
	lines->left -= taken;
	return *line != NULL || error_set(error, "there is no memory left to read it");
}

/* ---- directives ---- */

/* "key = value" behind a '#'. Returns the key's length, 0 when it is none. */
static size_t read_directive(const char *text, const char **value)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
	const char *equals = skip_blanks(text + len);

	if (len == 0 || (*text >= '0' && *text <= '9') || *equals != '=')
		return 0;
	*value = skip_blanks(equals + 1);
	return **value != '\0' ? len : 0;
}

static bool is_key(const char *text, size_t len, const char *key)
{
	char lower[16];

	if (len != strlen(key) || len >= sizeof lower)
		return false;
	memcpy(lower, text, len);
	lower[len] = '\0';
	return text_equal_ascii(lower, key);
}

static bool note_once(const struct dockerfile_lines *lines, bool *seen, struct error *error)
{
	if (*seen)
		return odd(lines, error, "has a directive twice");
	*seen = true;
	return true;
}

/* Engines before 27 do not know `check`, and look for no directive behind it. */
static bool read_escape(struct dockerfile_lines *lines, const char *value, struct error *error)
{
	size_t len = strlen(value);

	while (len > 0 && is_blank(value[len - 1]))
		len--;
	if (!note_once(lines, &lines->seen_escape, error))
		return false;
	if (len != 1 || (value[0] != '\\' && value[0] != '`'))
		return odd(lines, error, "has an escape that is none");
	if (lines->seen_check && value[0] != '\\')
		return odd(lines, error, "has an escape that not every engine heeds");
	lines->escape = value[0];
	return true;
}

/* LINE has no blanks in front. */
static bool heed_directive(struct dockerfile_lines *lines, const char *line, struct error *error)
{
	const char *text = line + 1, *value = NULL;
	size_t len;

	if (lines->directives_over)
		return true;
	if (*line != '#') {
		lines->directives_over = true;
		return true;
	}
	text = skip_blanks(text);
	if (dockerfile_odd_blank(text))
		return odd(lines, error, "begins with white space that is none");
	len = read_directive(text, &value);
	if (is_key(text, len, "escape"))
		return read_escape(lines, value, error);
	if (is_key(text, len, "syntax"))
		return note_once(lines, &lines->seen_syntax, error);
	if (is_key(text, len, "check"))
		return note_once(lines, &lines->seen_check, error);
	lines->directives_over = true;
	return true;
}

/* ---- logical lines ---- */

/* How much of LINE stands before the escape that continues it, and the blanks behind that; its length when
 * nothing does. */
static size_t before_continuation(const struct dockerfile_lines *lines, const char *line,
                                  bool *continues)
{
	size_t whole = strlen(line), len = whole;

	while (len > 0 && is_blank(line[len - 1]))
		len--;
	*continues =
		len > 0 && line[len - 1] == lines->escape && (len == 1 || line[len - 2] != lines->escape);
	return *continues ? len - 1 : whole;
}

/* A text that grows by doubling. */
struct growing {
	char *text; /* terminated; NULL: no memory */
	size_t len, room;
};

static void append(struct dockerfile_lines *lines, struct growing *growing, const char *text,
                   size_t len)
{
	size_t needed = growing->len + len + 1;

	if (needed > growing->room) {
		size_t room = 2 * needed;
		char *grown = arena_alloc(lines->arena, room);

		if (grown != NULL && growing->len > 0)
			memcpy(grown, growing->text, growing->len);
		growing->text = grown;
		growing->room = room;
	}
	if (growing->text == NULL)
		return;
	memcpy(growing->text + growing->len, text, len);
	growing->len += len;
	growing->text[growing->len] = '\0';
}

/* Adds what follows a line that is continued: comments and empty lines in between do not end it. */
static bool join(struct dockerfile_lines *lines, struct growing *line, struct error *error)
{
	bool continues = true;
	const char *more;

	while (continues && line->text != NULL) {
		if (!take_physical(lines, &more, error))
			return false;
		if (more == NULL)
			return true;
		const char *first = skip_blanks(more);
		if (dockerfile_odd_blank(first))
			return odd(lines, error, "begins with white space that is none");
		if (*first == '#' || *first == '\0')
			continue;
		size_t len = before_continuation(lines, more, &continues);
		append(lines, line, more, len);
	}
	return line->text != NULL || error_set(error, "there is no memory left to read it");
}

bool dockerfile_lines_next(struct dockerfile_lines *lines, const char **line, unsigned *number,
                           struct error *error)
{
	bool continues;

	for (;;) {
		if (!take_physical(lines, line, error))
			return false;
		if (*line == NULL)
			return true;
		*line = skip_blanks(*line);
		*number = lines->number;
		if (dockerfile_odd_blank(*line))
			return odd(lines, error, "begins with white space that is none");
		if (!heed_directive(lines, *line, error))
			return false;
		if (**line != '#' && **line != '\0')
			break;
	}
	size_t len = before_continuation(lines, *line, &continues);
	if (!continues)
		return true;
	struct growing joined = {.text = NULL};
	append(lines, &joined, *line, len);
	if (!join(lines, &joined, error))
		return false;
	*line = skip_blanks(joined.text);
	return true;
}
