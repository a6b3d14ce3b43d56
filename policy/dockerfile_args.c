/* Values of arguments and their places in words. Of the shell's language only the simplest is read; the
 * rest is told to be unclear. */
#include "policy/dockerfile_args.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"

#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS  "0123456789"
/* What stands for itself in a word, whatever reads it: all that images' names are made of. */
#define PLAIN LETTERS DIGITS ".:/@+-,="

static size_t name_length(const char *text)
{
	size_t first = strspn(text, LETTERS);

	return first > 0 ? first + strspn(text + first, LETTERS DIGITS) : 0;
}

/* ---- values ---- */

/* Known without an ARG, when the build gives them. */
static bool is_builtin(const char *name)
{
	static const char *const names[] = {"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy",
	                                    "FTP_PROXY",  "ftp_proxy",  "NO_PROXY",    "no_proxy"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static const struct dockerfile_arg *find(const struct dockerfile_args *args, const char *name)
{
	for (size_t i = args->count; i > 0; i--) {
		if (strcmp(args->list[i - 1].name, name) == 0)
			return &args->list[i - 1];
	}
	return NULL;
}

/* The value of NAME; "" when it has none. NULL with ERROR when that cannot be told. */
static const char *value_of(const struct dockerfile_args *args, const char *name,
                            struct error *error)
{
	const struct dockerfile_arg *arg = find(args, name);
	const char *given = json_member_string(args->given, name);
	bool newer = strcmp(name, "ALL_PROXY") == 0 || strcmp(name, "all_proxy") == 0;

	if (args->unclear || (arg == NULL && newer && given != NULL)) {
		error_set(error, "uses $%s, whose value cannot be told", name);
		return NULL;
	}
	if (arg == NULL)
		return given != NULL && is_builtin(name) ? given : "";
	if (given != NULL)
		return given;
	if (arg->unclear) {
		error_set(error, "uses $%s, whose value cannot be told", name);
		return NULL;
	}
	return arg->value != NULL ? arg->value : "";
}

/* ---- words ---- */

static const char *unclear(struct error *error, const char *word)
{
	error_set(error, "has '%.60s', which cannot be told for certain", word);
	return NULL;
}

/* What stands for the variable at *TEXT, behind its dollar sign; *TEXT moves behind it. */
static const char *read_variable(const struct dockerfile_args *args, const char **text,
                                 struct error *error)
{
	bool braces = **text == '{';
	const char *start = *text + (braces ? 1 : 0), *other = NULL, *value;
	size_t len = name_length(start), other_len = 0;
	const char *name = arena_copy(args->arena, start, len), *at = start + len;
	char sign = '\0';

	if (len == 0 || name == NULL)
		return unclear(error, *text);
	if (braces && at[0] == ':' && (at[1] == '-' || at[1] == '+')) {
		sign = at[1];
		other = at + 2;
		other_len = strspn(other, PLAIN);
		at = other + other_len;
	}
	if (braces && *at != '}')
		return unclear(error, *text);
	*text = at + (braces ? 1 : 0);
	value = value_of(args, name, error);
	if (value == NULL || sign == '\0')
		return value;
	if ((*value == '\0') == (sign == '-'))
		return arena_copy(args->arena, other, other_len);
	return sign == '-' ? value : "";
}

const char *dockerfile_args_expand(const struct dockerfile_args *args, const char *word,
                                   struct error *error)
{
	const char *out = "", *text = word;

	while (out != NULL && *text != '\0') {
		size_t plain = strspn(text, PLAIN);

		out = arena_format(args->arena, "%s%.*s", out, (int)plain, text);
		text += plain;
		if (*text == '\0' || out == NULL)
			break;
		if (*text++ != '$')
			return unclear(error, word);
		const char *value = read_variable(args, &text, error);
		if (value == NULL)
			return NULL;
		out = arena_format(args->arena, "%s%s", out, value);
	}
	if (out == NULL)
		error_set(error, "there is no memory left to read it");
	return out;
}

/* ---- declarations ---- */

/* A value without the quotes around all of it; NULL when there are others, or escapes. */
static const char *unquote(const struct dockerfile_args *args, const char *value)
{
	size_t len = strlen(value);
	bool quoted = len >= 2 && (value[0] == '"' || value[0] == '\'') && value[len - 1] == value[0];
	const char *inner = quoted ? arena_copy(args->arena, value + 1, len - 2) : value;

	if (inner == NULL || strpbrk(inner, "'\"\\`") != NULL)
		return NULL;
	if (quoted && value[0] == '\'' && strchr(inner, '$') != NULL)
		return NULL;
	return inner;
}

/* WORD is "NAME" or "NAME=value". ALONE: the only one of its instruction, so that what it uses was declared
 * before. */
static bool declare(struct dockerfile_args *args, const char *word, bool alone, struct error *error)
{
	size_t len = name_length(word);
	struct dockerfile_arg arg = {.name = arena_copy(args->arena, word, len)};
	struct error why;

	if (args->count == DOCKERFILE_ARGS_MAX || arg.name == NULL)
		return error_set(error, "has too many arguments");
	if (len == 0 || (word[len] != '=' && word[len] != '\0')) {
		args->unclear = true;
		return true;
	}
	if (word[len] == '=') {
		const char *inner = unquote(args, word + len + 1);

		if (inner != NULL && (alone || strchr(inner, '$') == NULL))
			arg.value = dockerfile_args_expand(args, inner, &why);
		arg.unclear = arg.value == NULL;
	}
	args->list[args->count++] = arg;
	return true;
}

/* Blanks inside of quotes make two words of one: then there is a quote without its other half, and nothing is
 * certain any more. */
static bool has_halves(const char *word)
{
	size_t singles = 0, doubles = 0;

	for (; *word != '\0'; word++) {
		singles += *word == '\'';
		doubles += *word == '"';
	}
	return singles % 2 != 0 || doubles % 2 != 0;
}

bool dockerfile_args_declare(struct dockerfile_args *args, const char *text, struct error *error)
{
	bool alone = text[strcspn(text, " \t")] == '\0';

	while (*text != '\0') {
		size_t len = strcspn(text, " \t");
		const char *word = arena_copy(args->arena, text, len);

		if (word == NULL)
			return error_set(error, "there is no memory left to read it");
		if (has_halves(word) || strchr(word, '\\') != NULL || strchr(word, '`') != NULL)
			args->unclear = true;
		if (!declare(args, word, alone, error))
			return false;
		text += len + strspn(text + len, " \t");
	}
	return true;
}
