/* Owns the list of mistakes found so far. What is a mistake, and where the list is shown, is for
 * others. */
#include "policy/problems.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct problems {
	char **texts;
	size_t count, capacity;
	bool exhausted; /* one or more could not be kept: shown as a problem of its own, the last */
};

struct problems *problems_new(void)
{
	return calloc(1, sizeof(struct problems));
}

void problems_free(struct problems *problems)
{
	if (problems == NULL)
		return;
	for (size_t i = 0; i < problems->count; i++)
		free(problems->texts[i]);
	free(problems->texts);
	free(problems);
}

static bool make_room(struct problems *problems)
{
	size_t capacity = problems->capacity == 0 ? 8 : problems->capacity * 2;
	char **texts;

	if (problems->count < problems->capacity)
		return true;
	if (capacity > SIZE_MAX / sizeof *texts)
		return false;
	texts = realloc(problems->texts, capacity * sizeof *texts);
	if (texts == NULL)
		return false;
	problems->texts = texts;
	problems->capacity = capacity;
	return true;
}

/* Room has been made. */
static void keep(struct problems *problems, char *text)
{
	problems->texts[problems->count] = text;
	problems->count++;
}

/* "file:line: ", "file: " where there is no line, "" where there is no file. */
static size_t print_place(char *out, size_t size, struct place place)
{
	int len = 0;

	if (place.file != NULL && place.line > 0)
		len = snprintf(out, size, "%s:%u: ", place.file, place.line);
	else if (place.file != NULL)
		len = snprintf(out, size, "%s: ", place.file);
	return len < 0 ? 0 : (size_t)len;
}

__attribute__((format(printf, 2, 0))) static char *print_problem(struct place place,
                                                                 const char *format,
                                                                 va_list arguments)
{
	va_list again;
	size_t place_len = print_place(NULL, 0, place);
	char *text = NULL;
	int len;

	va_copy(again, arguments);
	len = vsnprintf(NULL, 0, format, arguments);
	if (len >= 0)
		text = malloc(place_len + (size_t)len + 1);
	if (text != NULL) {
		print_place(text, place_len + 1, place);
		if (vsnprintf(text + place_len, (size_t)len + 1, format, again) < 0)
			text[place_len] = '\0';
	}
	va_end(again);
	return text;
}

bool problems_add(struct problems *problems, struct place place, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = print_problem(place, format, arguments);
	va_end(arguments);
	if (text == NULL || !make_room(problems)) {
		free(text);
		problems->exhausted = true;
		return false;
	}
	keep(problems, text);
	return false;
}

size_t problems_count(const struct problems *problems)
{
	return problems->count + (problems->exhausted ? 1 : 0);
}

const char *problems_text(const struct problems *problems, size_t index)
{
	if (index < problems->count)
		return problems->texts[index];
	return "out of memory: there are more mistakes than could be kept";
}
