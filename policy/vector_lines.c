/* The lines of a file of policy tests. What they mean is vector.c's. */
#include "policy/vector_lines.h"

#include "policy/arena.h"
#include "policy/error.h"

#include <string.h>

enum { ID_LENGTH = 64 };

static size_t line_length(const struct vector_lines *lines)
{
	const char *end = lines->left > 0 ? memchr(lines->rest, '\n', lines->left) : NULL;

	return end != NULL ? (size_t)(end - lines->rest) : lines->left;
}

static void skip_bytes(struct vector_lines *lines, size_t count)
{
	lines->rest += count;
	lines->left -= count;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A line that begins with a blank goes on where the one before ended. */
static bool next_continues(const struct vector_lines *lines)
{
	return lines->left > 0 && is_blank(lines->rest[0]);
}

/* The next line without its line end and the blanks before it. NULL with no memory. */
static const char *take_line(struct vector_lines *lines, struct arena *arena)
{
	size_t whole = line_length(lines), first = 0, last = whole;
	const char *text;

	while (first < last && is_blank(lines->rest[first]))
		first++;
	if (last > first && lines->rest[last - 1] == '\r')
		last--;
	text = arena_copy(arena, lines->rest + first, last - first);
	skip_bytes(lines, whole < lines->left ? whole + 1 : whole);
	lines->next_line++;
	return text;
}

const char *vector_lines_next(struct vector_lines *lines, struct arena *arena)
{
	const char *line;

	lines->line = lines->next_line;
	line = take_line(lines, arena);
	while (line != NULL && line[0] != '\0' && next_continues(lines)) {
		const char *more = take_line(lines, arena);

		line = more != NULL ? arena_format(arena, "%s %s", line, more) : NULL;
	}
	return line;
}

static int hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* The byte NN of "\xNN"; 0 when it is none, for no line may hold a NUL. */
static unsigned escaped_byte(const char *digits)
{
	int high = hex_value(digits[0]), low = high < 0 ? -1 : hex_value(digits[1]);

	return low < 0 ? 0 : (unsigned)high * 16 + (unsigned)low;
}

static size_t expanded_size(const char *text)
{
	size_t size = 1;

	for (; *text != '\0'; text++)
		size += text[0] == '<' ? ID_LENGTH + 1 : 1;
	return size;
}

/* Writes what the beginning of TEXT stands for to AT, which moves on; returns how much that was of TEXT, 0 for what
 * stands for nothing. */
static size_t expand_one(const char *text, unsigned char **at)
{
	unsigned byte;

	if (text[0] == '<' && text[1] != '\0' && text[2] == '>') {
		memset(*at, text[1], ID_LENGTH);
		*at += ID_LENGTH;
		return strlen("<a>");
	}
	if (text[0] != '\\' || text[1] != 'x') {
		*(*at)++ = (unsigned char)text[0];
		return 1;
	}
	byte = escaped_byte(text + 2);
	*(*at)++ = (unsigned char)byte;
	return byte != 0 ? strlen("\\xNN") : 0;
}

char *vector_lines_expand(struct arena *arena, const char *line, struct error *error)
{
	char *text = arena_alloc(arena, expanded_size(line));
	unsigned char *at = (unsigned char *)text;

	if (text == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	while (*line != '\0') {
		size_t taken = expand_one(line, &at);

		if (taken == 0) {
			error_set(error, "\\x wants two hexadecimal digits, not both 0");
			return NULL;
		}
		line += taken;
	}
	return text;
}
