/* Patterns: the same answer as a slow matcher that follows the definition. Input: pattern, line
 * feed, value. */
#include "policy/text.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One row of reachable positions a pattern token: time is the product of the lengths, whatever
 * the stars. */
static bool matches_slowly(const char *pattern, const char *value)
{
	size_t len = strlen(value);
	bool *reached = calloc(len + 1, sizeof *reached);
	bool result;

	assert(reached != NULL);
	reached[0] = true;
	while (*pattern != '\0') {
		bool deep = pattern[0] == '*' && pattern[1] == '*';

		if (*pattern == '*') {
			for (size_t i = 0; i < len; i++)
				reached[i + 1] = reached[i + 1] || (reached[i] && (deep || value[i] != '/'));
			pattern += strspn(pattern, "*");
			continue;
		}
		for (size_t i = len; i > 0; i--)
			reached[i] = reached[i - 1] && value[i - 1] == *pattern;
		reached[0] = false;
		pattern++;
	}
	result = reached[len];
	free(reached);
	return result;
}

/* Put where the stars of a PATTERN without `**` are, the runs make the value again; and none has a slash. */
static void check_runs(const char *pattern, const char *value)
{
	struct text_runs runs;
	bool deep = strstr(pattern, "**") != NULL;
	size_t run = 0;

	if (!text_matches_runs(pattern, value, &runs))
		return;
	assert(runs.count ==
	       (text_count_stars(pattern) < TEXT_RUNS_MAX ? text_count_stars(pattern) : TEXT_RUNS_MAX));
	for (size_t i = 0; i < runs.count; i++)
		assert(runs.list[i].len == 0 || memchr(runs.list[i].start, '/', runs.list[i].len) == NULL);
	for (; !deep && *pattern != '\0' && run <= runs.count; pattern++) {
		if (*pattern != '*') {
			assert(*value == *pattern);
			value++;
		} else if (run < runs.count) {
			assert(runs.list[run].start == value);
			value += runs.list[run++].len;
		} else {
			return; /* the tenth star */
		}
	}
	assert(deep || *value == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *pattern = malloc(size + 1);
	char *value;

	assert(pattern != NULL);
	if (size > 0)
		memcpy(pattern, data, size);
	pattern[size] = '\0';
	value = strchr(pattern, '\n');
	if (value != NULL) {
		*value++ = '\0';
		assert(text_matches(pattern, value) == matches_slowly(pattern, value));
		check_runs(pattern, value);
		assert(text_matches("**", value));
		assert(text_matches("*", value) == (strchr(value, '/') == NULL));
	}
	free(pattern);
	return 0;
}
