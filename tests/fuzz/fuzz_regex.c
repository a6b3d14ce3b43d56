/* Regular expressions: a first line that is one, and lines that it may match. Matching ends, says the same
 * twice, and agrees with what is said of all texts of a form. */
#include "policy/regex.h"

#include "policy/arena.h"
#include "policy/error.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

enum { ARENA_BYTES = 1 << 20, TEXT_MAX = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "a", any number of "a" and "/", "b". */
static const struct regex_place form[] = {{"a", false}, {"a/", true}, {"b", false}};

static void check_cover(const struct regex *regex)
{
	enum regex_cover cover;

	regex_covers(regex, &(struct regex_form){form, 3}, (const char *const[]){""}, 1, &cover);
	for (unsigned bits = 0; bits < 64; bits++) {
		char text[8] = "a";
		unsigned len = 1;

		for (unsigned k = 0; k < bits % 5; k++)
			text[len++] = (bits >> k & 2) != 0 ? 'a' : '/';
		text[len] = 'b';
		assert(cover != REGEX_COVERS_ALL || regex_matches(regex, text));
		assert(cover != REGEX_COVERS_NONE || !regex_matches(regex, text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct error error = {.text = ""};
	struct regex *regex;
	char bytes[TEXT_MAX + 1];
	char *line;

	assert(arena != NULL);
	if (size <= TEXT_MAX && memchr(data, '\0', size) == NULL) {
		memcpy(bytes, data, size);
		bytes[size] = '\0';
		line = strchr(bytes, '\n');
		if (line != NULL)
			*line++ = '\0';
		regex = regex_parse(arena, bytes, &error);
		assert((regex == NULL) == (error.text[0] != '\0'));
		if (regex != NULL) {
			check_cover(regex);
			assert(line == NULL || regex_matches(regex, line) == regex_matches(regex, line));
		}
	}
	arena_free(arena);
	return 0;
}
