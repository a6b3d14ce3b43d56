/* Writes a predicate's tree as text, in the one way that parses to the same tree. */
#include "policy/predicate.h"

#include "policy/arena.h"
#include "policy/predicate_lex.h"

#include <string.h>

const char *comparison_name(enum comparison comparison)
{
	static const char *const names[] = {
		[COMPARISON_EQUAL] = "=",       [COMPARISON_DIFFERENT] = "!=",
		[COMPARISON_LESS] = "<",        [COMPARISON_AT_MOST] = "<=",
		[COMPARISON_MORE] = ">",        [COMPARISON_AT_LEAST] = ">=",
		[COMPARISON_UNDER] = "under",   [COMPARISON_IMAGE] = "image",
		[COMPARISON_IN] = "in",         [COMPARISON_PRESENT] = "present",
		[COMPARISON_ABSENT] = "absent",
	};

	return names[comparison];
}

const char *quantifier_name(enum quantifier quantifier)
{
	switch (quantifier) {
	case QUANTIFIER_NONE:
		return "";
	case QUANTIFIER_ANY:
		return "any";
	case QUANTIFIER_ALL:
		return "all";
	}
	return "";
}

/* Where text is written, or only counted while there is no room yet. */
struct pen {
	char *room;
	size_t used;
};

static void put_byte(struct pen *pen, char byte)
{
	if (pen->room != NULL)
		pen->room[pen->used] = byte;
	pen->used++;
}

static void put(struct pen *pen, const char *text)
{
	for (; *text != '\0'; text++)
		put_byte(pen, *text);
}

static void put_quoted(struct pen *pen, const char *text)
{
	put_byte(pen, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			put_byte(pen, '\\');
		put_byte(pen, *text);
	}
	put_byte(pen, '"');
}

static void put_value(struct pen *pen, const char *value)
{
	size_t bare = 0;

	while (token_takes_bare(value[bare]))
		bare++;
	if (bare > 0 && value[bare] == '\0' && !token_is_keyword(value))
		put(pen, value);
	else
		put_quoted(pen, value);
}

static void put_path(struct pen *pen, const struct predicate_path *path)
{
	for (size_t i = 0; i < path->count; i++) {
		if (i > 0)
			put_byte(pen, '.');
		if (path->segments[i].quoted)
			put_quoted(pen, path->segments[i].name);
		else
			put(pen, path->segments[i].name);
	}
}

static void put_predicate(struct pen *pen, const struct predicate *predicate,
                          enum predicate_kind around);

static void put_chain(struct pen *pen, const struct predicate *chain, const char *word)
{
	for (const struct predicate *part = chain->first; part != NULL; part = part->next) {
		if (part != chain->first)
			put(pen, word);
		put_predicate(pen, part, chain->kind);
	}
}

static void put_comparison(struct pen *pen, const struct predicate *comparison)
{
	put(pen, quantifier_name(comparison->quantifier));
	if (comparison->quantifier != QUANTIFIER_NONE)
		put_byte(pen, ' ');
	put_path(pen, &comparison->path);
	put_byte(pen, ' ');
	if (comparison->kind == PREDICATE_EACH) {
		put_byte(pen, '(');
		put_predicate(pen, comparison->first, PREDICATE_OR);
		put_byte(pen, ')');
		return;
	}
	put(pen, comparison_name(comparison->comparison));
	if (comparison->value != NULL) {
		put_byte(pen, ' ');
		put_value(pen, comparison->value);
	}
}

/* AROUND is what PREDICATE is part of: what binds less is put in parentheses. Depth was bounded when it
 * was parsed. */
static void put_predicate(struct pen *pen, const struct predicate *predicate,
                          enum predicate_kind around)
{
	const bool chained = predicate->kind == PREDICATE_OR || predicate->kind == PREDICATE_AND;
	const bool inside = chained && predicate->kind < around;

	if (inside)
		put_byte(pen, '(');
	switch (predicate->kind) {
	case PREDICATE_OR:
		put_chain(pen, predicate, " or ");
		break;
	case PREDICATE_AND:
		put_chain(pen, predicate, " and ");
		break;
	case PREDICATE_NOT:
		put(pen, "not ");
		put_predicate(pen, predicate->first, PREDICATE_NOT);
		break;
	case PREDICATE_COMPARISON:
	case PREDICATE_EACH:
		put_comparison(pen, predicate);
		break;
	case PREDICATE_RECREATE:
		put(pen, "recreate");
		break;
	}
	if (inside)
		put_byte(pen, ')');
}

const char *predicate_path_print(struct arena *arena, const struct predicate_path *path)
{
	struct pen pen = {.room = NULL};

	put_path(&pen, path);
	pen.room = arena_alloc(arena, pen.used + 1);
	pen.used = 0;
	if (pen.room != NULL)
		put_path(&pen, path);
	return pen.room;
}

const char *predicate_print(struct arena *arena, const struct predicate *predicate)
{
	struct pen pen = {.room = NULL};

	put_predicate(&pen, predicate, PREDICATE_OR);
	pen.room = arena_alloc(arena, pen.used + 1);
	pen.used = 0;
	if (pen.room != NULL)
		put_predicate(&pen, predicate, PREDICATE_OR);
	return pen.room;
}
