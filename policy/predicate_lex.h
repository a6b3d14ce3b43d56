/* The words of a predicate. Private to the predicate_*.c files. */
#ifndef QUAYMASTER_POLICY_PREDICATE_LEX_H
#define QUAYMASTER_POLICY_PREDICATE_LEX_H

#include "policy/predicate.h"

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
	TOKEN_END = 0,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_OPERATOR, /* = != < <= > >= */
	TOKEN_WORD      /* a keyword, a path or a value; may have quoted parts */
};

struct token {
	enum token_kind kind;
	size_t at, len; /* where it is in the text */
	enum comparison comparison;
};

/* The token at or behind FROM. False with ERROR when there is none: an open quote, a byte that nothing
 * begins with. */
bool token_read(const char *text, size_t from, struct token *token, struct error *error);

/* True when TOKEN is WORD without quotes. */
bool token_is(const char *text, const struct token *token, const char *word);

/* True for a byte that words may have without quotes. */
bool token_takes_bare(char byte);
/* True for a word that means something by itself, so that a value of that name is quoted. */
bool token_is_keyword(const char *word);

/* The token as a value: one bare word, or one quoted text. NULL with ERROR. */
const char *token_value(struct arena *arena, const char *text, const struct token *token,
                        struct error *error);
/* The token as a path. False with ERROR. */
bool token_path(struct arena *arena, const char *text, const struct token *token,
                struct predicate_path *path, struct error *error);

#endif
