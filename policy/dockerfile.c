/* Instructions: FROM, COPY --from, and ARG before the first FROM. The others are only known by name: what
 * is none of them the builder refuses, and so does this. */
#include "policy/dockerfile.h"

#include "policy/arena.h"
#include "policy/dockerfile_args.h"
#include "policy/dockerfile_lines.h"
#include "policy/error.h"
#include "policy/text.h"

#include <string.h>

#define BLANKS " \t"

struct reading {
	struct arena *arena;
	struct dockerfile *dockerfile;
	struct dockerfile_args args;
	const char *stages[DOCKERFILE_STAGES_MAX]; /* names in lower case; "" for none */
	size_t stage_count;
	const char *stage; /* the name of the one that is being read: not yet to be had */
	bool begun;        /* there was a FROM */
	unsigned line;
	struct error *error;
};

static bool odd(const struct reading *reading, const char *what)
{
	return error_set(reading->error, "line %u %s", reading->line, what);
}

static bool exhausted(const struct reading *reading)
{
	return odd(reading, "needs more memory than there is");
}

/* ---- words ---- */

/* The word at *TEXT, which moves to the next; "" at the end, NULL without memory. */
static const char *take_word(const struct reading *reading, const char **text)
{
	size_t len = strcspn(*text, BLANKS);
	const char *word = arena_copy(reading->arena, *text, len);

	*text += len;
	*text += strspn(*text, BLANKS);
	return word;
}

static const char *lower_case(const struct reading *reading, const char *word)
{
	char *lower = arena_string(reading->arena, word);

	for (char *c = lower; c != NULL && *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	return lower;
}

/* Quotes and escapes are taken away somewhere on a word's way, and bytes beyond ASCII are blanks to some. */
static bool is_plain(const char *word)
{
	for (; *word != '\0'; word++) {
		if ((unsigned char)*word >= 0x80 || strchr("'\"\\`", *word) != NULL)
			return false;
	}
	return true;
}

/* ---- stages and images ---- */

static bool is_stage(const struct reading *reading, const char *name)
{
	const char *lower = lower_case(reading, name);

	for (size_t i = 0; lower != NULL && i < reading->stage_count; i++) {
		if (*reading->stages[i] != '\0' && strcmp(reading->stages[i], lower) == 0)
			return true;
	}
	return false;
}

/* Its name can be used from the next stage on. */
static bool end_stage(struct reading *reading)
{
	if (!reading->begun)
		return true;
	if (reading->stage_count == DOCKERFILE_STAGES_MAX)
		return odd(reading, "has too many stages before it");
	reading->stages[reading->stage_count++] = reading->stage;
	return true;
}

static bool add_image(struct reading *reading, const struct dockerfile_image *image)
{
	struct dockerfile *dockerfile = reading->dockerfile;

	for (size_t i = 0; i < dockerfile->count; i++) {
		struct dockerfile_image *known = &dockerfile->list[i];

		if (strcmp(known->text, image->text) == 0 && known->copied == image->copied) {
			known->platform = known->platform || image->platform;
			return true;
		}
	}
	if (dockerfile->count == DOCKERFILE_IMAGES_MAX)
		return odd(reading, "has too many images before it");
	dockerfile->list[dockerfile->count++] = *image;
	return true;
}

/* ---- instructions ---- */

static bool is_stage_name(const char *name)
{
	return *name >= 'a' && *name <= 'z' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] == '\0';
}

/* What stands behind the image: nothing, or "AS name". */
static bool read_stage_name(struct reading *reading, const char *rest)
{
	const char *as = take_word(reading, &rest), *name = take_word(reading, &rest);

	reading->stage = "";
	if (as == NULL || name == NULL)
		return exhausted(reading);
	if (*as == '\0')
		return true;
	reading->stage = lower_case(reading, name);
	if (reading->stage == NULL)
		return exhausted(reading);
	if (!text_equal_ascii(as, "as") || *rest != '\0' || !is_stage_name(reading->stage))
		return odd(reading, "has a FROM that is none");
	return true;
}

static bool read_from(struct reading *reading, const char *rest)
{
	struct dockerfile_image image = {.line = reading->line};
	const char *word = take_word(reading, &rest);

	if (!end_stage(reading))
		return false;
	reading->begun = true;
	if (!is_plain(rest) || word == NULL || !is_plain(word))
		return odd(reading, "has a FROM with quotes or odd letters");
	if (text_starts_with(word, "--platform=")) {
		image.platform = true;
		word = take_word(reading, &rest);
	}
	if (word == NULL)
		return exhausted(reading);
	if (*word == '\0' || *word == '-')
		return odd(reading, "has a FROM that is none");
	image.text = dockerfile_args_expand(&reading->args, word, reading->error);
	if (image.text == NULL)
		return error_prefix(reading->error, "line %u ", reading->line);
	if (*image.text == '\0')
		return odd(reading, "is FROM nothing");
	if (!is_stage(reading, image.text) && strcmp(image.text, "scratch") != 0 &&
	    !add_image(reading, &image))
		return false;
	return read_stage_name(reading, rest);
}

/* A stage by its number. What is too long for one is a name to Go. */
static bool is_number(const char *word)
{
	size_t digits = strspn(word, "0123456789");

	return digits <= 9 && word[digits] == '\0';
}

static bool read_copy_from(struct reading *reading, const char *source)
{
	const struct dockerfile_image image = {.text = source, .line = reading->line, .copied = true};

	if (strchr(source, '$') != NULL)
		return odd(reading, "has a variable in --from");
	return *source == '\0' || is_number(source) || is_stage(reading, source) ||
	       add_image(reading, &image);
}

/* Flags come first. Their words are taken apart bytewise, where two bytes beyond ASCII are blanks. */
static bool read_copy(struct reading *reading, const char *rest)
{
	for (;;) {
		if (*rest == '\x85' || *rest == '\xa0')
			return odd(reading, "has a COPY with odd letters");
		if (rest[0] != '-' || rest[1] != '-')
			return true;
		const char *word = take_word(reading, &rest);
		if (word == NULL)
			return exhausted(reading);
		if (!is_plain(word))
			return odd(reading, "has a COPY with quotes or odd letters in a flag");
		if (text_starts_with(word, "--from=") && !read_copy_from(reading, word + strlen("--from=")))
			return false;
	}
}

/* Where a shell would begin a here-document the newer parsers do, and the classic builder then has no use for
 * it. Inside of a word, after a letter or a parenthesis, it is none: $((1<<3)). */
static bool has_here_document(const char *text)
{
	for (const char *at = strstr(text, "<<"); at != NULL; at = strstr(at + 2, "<<")) {
		const char *before = at;

		if (at[2] == '<') {
			at++;
			continue;
		}
		while (before > text && before[-1] >= '0' && before[-1] <= '9')
			before--;
		if (before == text ||
		    strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_()", before[-1]) == NULL)
			return true;
	}
	return false;
}

enum instruction { OTHER, ADD, ARG, COPY, FROM, ONBUILD, RUN };

static bool read_instruction(const char *word, enum instruction *instruction)
{
	static const struct {
		const char *word;
		enum instruction instruction;
	} table[] = {
		{"ADD", ADD},           {"ARG", ARG},       {"CMD", OTHER},        {"COPY", COPY},
		{"ENTRYPOINT", OTHER},  {"ENV", OTHER},     {"EXPOSE", OTHER},     {"FROM", FROM},
		{"HEALTHCHECK", OTHER}, {"LABEL", OTHER},   {"MAINTAINER", OTHER}, {"ONBUILD", ONBUILD},
		{"RUN", RUN},           {"SHELL", OTHER},   {"STOPSIGNAL", OTHER}, {"USER", OTHER},
		{"VOLUME", OTHER},      {"WORKDIR", OTHER},
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (text_equal_ascii(word, table[i].word)) {
			*instruction = table[i].instruction;
			return true;
		}
	}
	return false;
}

/* An instruction that is run in somebody else's build: there COPY may name an image. */
static bool read_trigger(struct reading *reading, const char *rest)
{
	const char *word = take_word(reading, &rest);
	enum instruction instruction;

	if (word == NULL)
		return exhausted(reading);
	if (!read_instruction(word, &instruction) || instruction == ONBUILD || instruction == FROM)
		return odd(reading, "has a trigger that is none");
	return instruction != COPY || read_copy(reading, rest);
}

static bool read_line(struct reading *reading, const char *line)
{
	const char *rest = line, *word = take_word(reading, &rest);
	enum instruction instruction;

	if (word == NULL)
		return exhausted(reading);
	if (!read_instruction(word, &instruction))
		return odd(reading, "begins with no instruction");
	if (instruction != OTHER && has_here_document(line))
		return odd(reading, "has a here-document, which the classic builder cannot build");
	if (!reading->begun && instruction != ARG && instruction != FROM)
		return odd(reading, "comes before the first FROM");
	switch (instruction) {
	case FROM:
		return read_from(reading, rest);
	case COPY:
		return read_copy(reading, rest);
	case ONBUILD:
		return read_trigger(reading, rest);
	case ARG:
		if (reading->begun)
			return true;
		return dockerfile_args_declare(&reading->args, rest, reading->error) ||
		       error_prefix(reading->error, "line %u ", reading->line);
	case ADD:
	case RUN:
	case OTHER:
		break;
	}
	return true;
}

/* Go takes blanks off the end of a line as well. */
static const char *without_end(const struct reading *reading, const char *line)
{
	size_t len = strlen(line);

	while (len > 0 && strchr(BLANKS, line[len - 1]) != NULL)
		len--;
	return arena_copy(reading->arena, line, len);
}

static bool read_lines(struct reading *reading, const char *text, size_t len,
                       bool (*read)(struct reading *reading, const char *line), size_t *count)
{
	struct dockerfile_lines lines;
	const char *line;

	dockerfile_lines_start(&lines, reading->arena, text, len);
	for (*count = 0;; ++*count) {
		if (!dockerfile_lines_next(&lines, &line, &reading->line, reading->error))
			return false;
		if (line == NULL)
			return true;
		line = without_end(reading, line);
		if (line == NULL)
			return exhausted(reading);
		if (!read(reading, line))
			return false;
	}
}

bool dockerfile_read(struct arena *arena, const char *text, size_t len, const json_t *arguments,
                     struct dockerfile *dockerfile, struct error *error)
{
	struct reading *reading = arena_alloc(arena, sizeof *reading);
	size_t count;

	dockerfile->count = 0;
	if (reading == NULL)
		return error_set(error, "needs more memory than there is");
	*reading = (struct reading){
		.arena = arena,
		.dockerfile = dockerfile,
		.args = {.arena = arena, .given = arguments},
		.error = error,
	};
	if (!read_lines(reading, text, len, read_line, &count))
		return false;
	return reading->begun || error_set(error, "has no FROM");
}

bool dockerfile_read_trigger(struct arena *arena, const char *text, struct dockerfile *dockerfile,
                             struct error *error)
{
	struct reading *reading = arena_alloc(arena, sizeof *reading);
	size_t count;

	if (reading == NULL)
		return error_set(error, "needs more memory than there is");
	*reading = (struct reading){.arena = arena, .dockerfile = dockerfile, .error = error};
	return read_lines(reading, text, strlen(text), read_trigger, &count);
}
