/* Values that differ in what a machine chose, as one pattern. Each step replaces a part of a value by a star and keeps the
 * result where enough values come to the same. */
#include "policy/generalise.h"

#include "policy/arena.h"
#include "policy/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { ID_MIN = 12, UUID_LENGTH = 36 };

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* 8-4-4-4-12 hexadecimal digits. */
static bool is_uuid(const char *text)
{
	for (size_t i = 0; i < UUID_LENGTH; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !is_hex(text[i]))
			return false;
	}
	return !is_word(text[UUID_LENGTH]);
}

/* The length of the id that TEXT begins with, 0 when it is none: a word of hexadecimal digits, some of them numbers. */
static size_t id_length(const char *text)
{
	size_t len = 0, digits = 0;

	if (is_uuid(text))
		return UUID_LENGTH;
	for (; is_hex(text[len]); len++)
		digits += is_digit(text[len]) ? 1 : 0;
	return len >= ID_MIN && digits > 0 && !is_word(text[len]) ? len : 0;
}

const char *generalise_ids(struct arena *arena, const char *value, const char *mark)
{
	const char *at = value;

	while (at != NULL && *at != '\0') {
		bool begins = at == value || !is_word(at[-1]);
		size_t len = begins ? id_length(at) : 0;
		size_t before = (size_t)(at - value);

		if (len > 0) {
			value = arena_format(arena, "%.*s%s%s", (int)before, value, mark, at + len);
			at = value != NULL ? value + before + strlen(mark) : NULL;
		} else {
			at++;
		}
	}
	return value;
}

const char *generalise_numbers(struct arena *arena, const char *value)
{
	char *text = arena_string(arena, value), *to = text;

	for (const char *from = value; text != NULL && *from != '\0';) {
		if (!is_digit(*from)) {
			*to++ = *from++;
			continue;
		}
		*to++ = '*';
		while (is_digit(*from))
			from++;
	}
	if (text != NULL)
		*to = '\0';
	return text;
}

const char *generalise_tail(struct arena *arena, const char *value)
{
	size_t len = strlen(value);

	while (len > 0 && strchr("-_.", value[len - 1]) == NULL && value[len - 1] != '/')
		len--;
	if (len < 2 || value[len - 1] == '/' || value[len - 2] == '/')
		return NULL;
	return arena_format(arena, "%.*s*", (int)len, value);
}

/* ---- lists ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t sort_unique(const char **list, size_t count)
{
	size_t kept = 0;

	qsort(list, count, sizeof *list, compare);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || strcmp(list[kept - 1], list[i]) != 0)
			list[kept++] = list[i];
	}
	return kept;
}

/* How many of the patterns are alike. */
static size_t alike(const char *const *patterns, size_t count, const char *pattern)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += patterns[i] != NULL && strcmp(patterns[i], pattern) == 0 ? 1 : 0;
	return found;
}

/* Puts what GENERALISE makes of them in the place of values of which enough are alike. */
static bool merge(struct arena *arena, const char **list, size_t *count,
                  const char *(*generalise)(struct arena *arena, const char *value))
{
	const char **patterns = arena_calloc(arena, *count + 1, sizeof *patterns);

	if (patterns == NULL)
		return false;
	for (size_t i = 0; i < *count; i++)
		patterns[i] = generalise(arena, list[i]);
	for (size_t i = 0; i < *count; i++) {
		if (patterns[i] != NULL && alike(patterns, *count, patterns[i]) >= GENERALISE_FAMILY_MIN)
			list[i] = patterns[i];
	}
	*count = sort_unique(list, *count);
	return true;
}

/* What another pattern matches need not be said. */
static size_t drop_matched(const char **list, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		bool matched = false;

		for (size_t j = 0; j < count && !matched; j++)
			matched = i != j && strchr(list[j], '*') != NULL && text_matches(list[j], list[i]);
		if (!matched)
			list[kept++] = list[i];
	}
	return kept;
}

size_t generalise_list(struct arena *arena, const char *const *list, size_t count, bool tails,
                       const char **out)
{
	for (size_t i = 0; i < count; i++) {
		out[i] = generalise_ids(arena, list[i], "*");
		if (out[i] == NULL)
			return 0;
	}
	count = sort_unique(out, count);
	if (!merge(arena, out, &count, generalise_numbers) ||
	    (tails && !merge(arena, out, &count, generalise_tail)))
		return 0;
	return drop_matched(out, count);
}
