/* Reads a predicate's text into a tree:
 *
 *   or          = and { "or" and }
 *   and         = not { "and" not }
 *   not         = "not" not | "(" or ")" | "recreate" | ["any" | "all"] PATH what
 *   what        = OPERATOR VALUE | "present" | "absent" | "(" or ")"
 *   OPERATOR    = "=" | "!=" | "<" | "<=" | ">" | ">=" | "under" | "image" | "in"
 *
 * What a path is, and whether it can be compared so, is predicate_type.c's. */
#include "policy/predicate.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/predicate_lex.h"
#include "policy/text.h"

#include <string.h>

struct parser {
	struct arena *arena;
	const char *text;
	struct token token; /* the next one */
	unsigned depth;
	struct error *error;
};

static struct predicate *parse_or(struct parser *parser);

enum { SHOWN_MAX = 40 };

/* "at character 8, 'rot': expected ..." */
static struct predicate *fail_expected(struct parser *parser, const char *expected)
{
	const struct token *token = &parser->token;
	const char *word = arena_copy(parser->arena, parser->text + token->at, token->len);

	if (token->kind == TOKEN_END)
		error_set(parser->error, "it ends where there should be %s", expected);
	else
		error_set(parser->error, "at character %zu, '%s': expected %s", token->at + 1,
		          word != NULL ? text_printable(parser->arena, word, SHOWN_MAX) : "", expected);
	return NULL;
}

static bool advance(struct parser *parser)
{
	return token_read(parser->text, parser->token.at + parser->token.len, &parser->token,
	                  parser->error);
}

static struct predicate *make(struct parser *parser, enum predicate_kind kind, size_t at)
{
	struct predicate *made = arena_alloc(parser->arena, sizeof *made);

	if (made == NULL) {
		error_set(parser->error, "out of memory");
		return NULL;
	}
	made->kind = kind;
	made->at = at + 1;
	return made;
}

/* What is inside of something, which may not be too deep. */
static struct predicate *descend(struct parser *parser,
                                 struct predicate *(*parse)(struct parser *parser))
{
	struct predicate *inner = NULL;

	if (parser->depth == PREDICATE_DEPTH_MAX) {
		error_set(parser->error,
		          "at character %zu: more than %d parentheses and `not` are inside each other",
		          parser->token.at + 1, PREDICATE_DEPTH_MAX);
		return NULL;
	}
	parser->depth++;
	inner = parse(parser);
	parser->depth--;
	return inner;
}

/* The opening parenthesis is the next token. */
static struct predicate *parse_group(struct parser *parser)
{
	struct predicate *inner = advance(parser) ? descend(parser, parse_or) : NULL;

	if (inner == NULL)
		return NULL;
	if (parser->token.kind != TOKEN_CLOSE)
		return fail_expected(parser, "`and`, `or` or a closing parenthesis");
	return advance(parser) ? inner : NULL;
}

static bool is_bare_keyword(const struct parser *parser)
{
	char word[16] = "";

	if (parser->token.kind != TOKEN_WORD || parser->token.len >= sizeof word)
		return false;
	memcpy(word, parser->text + parser->token.at, parser->token.len);
	return token_is_keyword(word);
}

/* The value behind an operator, which is the token now. */
static struct predicate *parse_value(struct parser *parser, struct predicate *comparison)
{
	if (!advance(parser))
		return NULL;
	if (is_bare_keyword(parser))
		return fail_expected(parser, "a value; put one that reads so in quotes");
	if (parser->token.kind != TOKEN_WORD)
		return fail_expected(parser, "a value");
	comparison->value = token_value(parser->arena, parser->text, &parser->token, parser->error);
	return comparison->value != NULL && advance(parser) ? comparison : NULL;
}

static bool take_comparison_word(struct parser *parser, enum comparison *comparison)
{
	for (int word = COMPARISON_UNDER; word <= COMPARISON_ABSENT; word++) {
		if (token_is(parser->text, &parser->token, comparison_name((enum comparison)word))) {
			*comparison = (enum comparison)word;
			return true;
		}
	}
	return false;
}

static struct predicate *parse_each(struct parser *parser, struct predicate *each)
{
	if (each->quantifier == QUANTIFIER_NONE)
		return fail_expected(
			parser, "a comparison, or `any` or `all` before the path: parentheses behind one are "
					"about the elements of a list");
	each->kind = PREDICATE_EACH;
	each->first = parse_group(parser);
	return each->first != NULL ? each : NULL;
}

static struct predicate *parse_path(struct parser *parser, enum quantifier quantifier, size_t at)
{
	struct predicate *made = make(parser, PREDICATE_COMPARISON, at);

	if (made == NULL)
		return NULL;
	if (parser->token.kind != TOKEN_WORD || is_bare_keyword(parser))
		return fail_expected(parser, "a path, like User or identity.uid");
	made->quantifier = quantifier;
	if (!token_path(parser->arena, parser->text, &parser->token, &made->path, parser->error) ||
	    !advance(parser))
		return NULL;
	if (parser->token.kind == TOKEN_OPEN)
		return parse_each(parser, made);
	if (parser->token.kind == TOKEN_OPERATOR) {
		made->comparison = parser->token.comparison;
		return parse_value(parser, made);
	}
	if (!take_comparison_word(parser, &made->comparison))
		return fail_expected(parser, "=, !=, <, <=, >, >=, under, image, in, present or absent");
	if (made->comparison == COMPARISON_PRESENT || made->comparison == COMPARISON_ABSENT)
		return advance(parser) ? made : NULL;
	return parse_value(parser, made);
}

static struct predicate *parse_not(struct parser *parser)
{
	const size_t at = parser->token.at;
	struct predicate *made = NULL;

	if (parser->token.kind == TOKEN_OPEN)
		return parse_group(parser);
	if (token_is(parser->text, &parser->token, "not")) {
		made = make(parser, PREDICATE_NOT, at);
		if (made == NULL || !advance(parser))
			return NULL;
		made->first = descend(parser, parse_not);
		return made->first != NULL ? made : NULL;
	}
	if (token_is(parser->text, &parser->token, "recreate")) {
		made = make(parser, PREDICATE_RECREATE, at);
		return made != NULL && advance(parser) ? made : NULL;
	}
	for (int word = QUANTIFIER_ANY; word <= QUANTIFIER_ALL; word++) {
		if (token_is(parser->text, &parser->token, quantifier_name((enum quantifier)word)))
			return advance(parser) ? parse_path(parser, (enum quantifier)word, at) : NULL;
	}
	return parse_path(parser, QUANTIFIER_NONE, at);
}

/* Appends ADDED, or what it is made of where it is of the same KIND; returns the new last link. */
static struct predicate **append(struct predicate **link, enum predicate_kind kind,
                                 struct predicate *added)
{
	*link = added->kind == kind ? added->first : added;
	while (*link != NULL)
		link = &(*link)->next;
	return link;
}

/* One or more things that PARSE reads, with WORD between them. */
static struct predicate *parse_chain(struct parser *parser, enum predicate_kind kind,
                                     const char *word,
                                     struct predicate *(*parse)(struct parser *parser))
{
	struct predicate *first = parse(parser), *chain;
	struct predicate **link;

	if (first == NULL || !token_is(parser->text, &parser->token, word))
		return first;
	chain = make(parser, kind, first->at - 1);
	if (chain == NULL)
		return NULL;
	link = append(&chain->first, kind, first);
	while (token_is(parser->text, &parser->token, word)) {
		struct predicate *more = advance(parser) ? parse(parser) : NULL;

		if (more == NULL)
			return NULL;
		link = append(link, kind, more);
	}
	return chain;
}

static struct predicate *parse_and(struct parser *parser)
{
	return parse_chain(parser, PREDICATE_AND, "and", parse_not);
}

static struct predicate *parse_or(struct parser *parser)
{
	return parse_chain(parser, PREDICATE_OR, "or", parse_and);
}

struct predicate *predicate_parse(struct arena *arena, const char *text, struct error *error)
{
	struct parser *parser = arena_alloc(arena, sizeof *parser);
	struct predicate *whole;

	error->text[0] = '\0';
	if (parser == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	if (strlen(text) > PREDICATE_TEXT_MAX) {
		error_set(error, "it is longer than %d bytes", PREDICATE_TEXT_MAX);
		return NULL;
	}
	*parser = (struct parser){.arena = arena, .text = text, .error = error};
	if (!advance(parser))
		return NULL;
	whole = parse_or(parser);
	if (whole != NULL && parser->token.kind != TOKEN_END)
		return fail_expected(parser, "`and`, `or`, or the end");
	return whole;
}
