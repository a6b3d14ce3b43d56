/* Cuts a predicate's text into tokens, and takes words apart: a path at its dots, a value out of its
 * quotes. Which token may follow which is predicate_parse.c's. */
#include "policy/predicate_lex.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/text.h"

#include <string.h>

static const char *const keywords[] = {
	"and", "or", "not", "any", "all", "present", "absent", "under", "image", "in", "recreate",
};

bool token_is_keyword(const char *word)
{
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
		if (strcmp(keywords[i], word) == 0)
			return true;
	}
	return false;
}

bool token_takes_bare(char byte)
{
	return byte > ' ' && byte <= '~' && strchr("()=!<>\"'\\", byte) == NULL;
}

static bool is_quote(char byte)
{
	return byte == '"' || byte == '\'';
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* The length of the quoted text at TEXT, quotes included; 0 when it does not end. */
static size_t quoted_length(const char *text)
{
	const char quote = text[0];

	for (size_t i = 1; text[i] != '\0'; i++) {
		if (text[i] == quote)
			return i + 1;
		if (text[i] == '\\' && text[i + 1] != '\0')
			i++;
	}
	return 0;
}

static bool read_word(const char *text, struct token *token, struct error *error)
{
	token->kind = TOKEN_WORD;
	for (size_t i = token->at;; i = token->at + token->len) {
		size_t more = 1;

		if (is_quote(text[i])) {
			more = quoted_length(text + i);
			if (more == 0)
				return error_set(error, "at character %zu: the quote has no end", i + 1);
		} else if (!token_takes_bare(text[i])) {
			break;
		}
		token->len += more;
	}
	if (token->len > 0)
		return true;
	return error_set(error,
	                 "at character %zu: nothing begins like this; put values with other "
	                 "than letters, digits and ._-/:*@ in quotes",
	                 token->at + 1);
}

static bool read_operator(const char *text, struct token *token)
{
	static const struct {
		const char *text;
		enum comparison comparison;
	} operators[] = {
		{"!=", COMPARISON_DIFFERENT}, {"<=", COMPARISON_AT_MOST}, {">=", COMPARISON_AT_LEAST},
		{"=", COMPARISON_EQUAL},      {"<", COMPARISON_LESS},     {">", COMPARISON_MORE},
	};

	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
		if (!text_starts_with(text + token->at, operators[i].text))
			continue;
		token->kind = TOKEN_OPERATOR;
		token->len = strlen(operators[i].text);
		token->comparison = operators[i].comparison;
		return true;
	}
	return false;
}

bool token_read(const char *text, size_t from, struct token *token, struct error *error)
{
	*token = (struct token){.at = from};
	while (is_blank(text[token->at]))
		token->at++;
	switch (text[token->at]) {
	case '\0':
		return true;
	case '(':
		token->kind = TOKEN_OPEN;
		token->len = 1;
		return true;
	case ')':
		token->kind = TOKEN_CLOSE;
		token->len = 1;
		return true;
	default:
		return read_operator(text, token) || read_word(text, token, error);
	}
}

bool token_is(const char *text, const struct token *token, const char *word)
{
	return token->kind == TOKEN_WORD && strlen(word) == token->len &&
	       memcmp(text + token->at, word, token->len) == 0;
}

/* What the quoted text at TEXT, LEN bytes with its quotes, stands for. NULL with ERROR. */
static const char *unquote(struct arena *arena, const char *text, size_t len, struct error *error)
{
	char *value = arena_alloc(arena, len);
	size_t used = 0;

	if (value == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	for (size_t i = 1; i + 1 < len; i++) {
		if (text[i] == '\\' && text[++i] != '\\' && !is_quote(text[i])) {
			error_set(error, "a backslash stands before a quote or a backslash only");
			return NULL;
		}
		value[used++] = text[i];
	}
	if (text_is_utf8(value, used))
		return value;
	error_set(error, "the text in quotes is not UTF-8");
	return NULL;
}

const char *token_value(struct arena *arena, const char *text, const struct token *token,
                        struct error *error)
{
	const char *word = text + token->at;
	const char *value;

	if (is_quote(word[0]) && quoted_length(word) == token->len) {
		value = unquote(arena, word, token->len, error);
		if (value == NULL)
			error_prefix(error, "at character %zu: ", token->at + 1);
		return value;
	}
	for (size_t i = 0; i < token->len; i++) {
		if (is_quote(word[i])) {
			error_set(error, "at character %zu: put the whole value in quotes", token->at + 1);
			return NULL;
		}
	}
	value = arena_copy(arena, word, token->len);
	if (value == NULL)
		error_set(error, "out of memory");
	return value;
}

/* The segment at the beginning of TEXT's LEN bytes; *TAKEN is how many it has. */
static bool take_segment(struct arena *arena, const char *text, size_t len, struct segment *segment,
                         size_t *taken, struct error *error)
{
	*segment = (struct segment){.quoted = is_quote(text[0])};
	if (segment->quoted) {
		*taken = quoted_length(text);
		segment->name = unquote(arena, text, *taken, error);
		return segment->name != NULL;
	}
	for (*taken = 0; *taken < len && text[*taken] != '.' && !is_quote(text[*taken]);)
		(*taken)++;
	if (*taken == 0)
		return error_set(error, "a name is missing beside the dot");
	segment->name = arena_copy(arena, text, *taken);
	return segment->name != NULL || error_set(error, "out of memory");
}

bool token_path(struct arena *arena, const char *text, const struct token *token,
                struct predicate_path *path, struct error *error)
{
	const char *word = text + token->at;
	size_t taken, at = 0;

	*path = (struct predicate_path){.count = 0};
	path->segments = arena_calloc(arena, token->len / 2 + 1, sizeof *path->segments);
	if (path->segments == NULL)
		return error_set(error, "out of memory");
	for (;;) {
		if (at == token->len)
			error_set(error, "a name is missing behind the dot");
		else if (take_segment(arena, word + at, token->len - at, &path->segments[path->count++],
		                      &taken, error) &&
		         (at += taken) < token->len && word[at] != '.')
			error_set(error, "a dot is missing beside the quotes");
		if (error->text[0] != '\0')
			return error_prefix(error, "at character %zu: ", token->at + at + 1);
		if (at == token->len)
			return true;
		at++;
	}
}
