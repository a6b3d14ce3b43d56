/* The language of `when` (docs/rules.md): what a rule of the user's own asks of a request. Parsed and
 * typed once, when a policy is loaded; evaluated for each request, where it changes nothing and
 * allocates next to nothing. */
#ifndef QUAYMASTER_POLICY_PREDICATE_H
#define QUAYMASTER_POLICY_PREDICATE_H

#include "policy/cidr.h"
#include "policy/image_list.h"
#include "policy/predicate_path.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

enum {
	PREDICATE_TEXT_MAX = 16 * 1024, /* bytes of one predicate's text */
	PREDICATE_DEPTH_MAX = 32        /* parentheses and `not` inside each other */
};

enum predicate_kind {
	PREDICATE_OR,
	PREDICATE_AND,
	PREDICATE_NOT,
	PREDICATE_COMPARISON,
	PREDICATE_EACH,    /* any PATH ( ... ), all PATH ( ... ): what is inside is about one element */
	PREDICATE_RECREATE /* a create that equals a container but for its image's tag */
};

enum quantifier { QUANTIFIER_NONE = 0, QUANTIFIER_ANY, QUANTIFIER_ALL };

enum comparison {
	COMPARISON_EQUAL,
	COMPARISON_DIFFERENT,
	COMPARISON_LESS,
	COMPARISON_AT_MOST,
	COMPARISON_MORE,
	COMPARISON_AT_LEAST,
	COMPARISON_UNDER,
	COMPARISON_IMAGE,
	COMPARISON_IN,
	COMPARISON_PRESENT,
	COMPARISON_ABSENT
};

/* What a value is compared with, once its type is known. */
struct literal {
	long long number;
	bool flag;
	bool bind; /* values are "source:target:mode", and `under` is about the source */
	struct cidr range;
	struct {
		const char *pattern; /* normalised */
		enum image_pattern_kind kind;
	} image;
};

struct predicate {
	enum predicate_kind kind;
	size_t at;                      /* where it stands in its text, counted from 1 */
	struct predicate *first, *next; /* the first thing inside of it; its neighbour */
	enum quantifier quantifier;     /* of COMPARISON and EACH, like PATH */
	struct predicate_path path;
	enum comparison comparison;
	const char *value; /* as written; NULL for `present` and `absent` */
	struct literal literal;
};

/* Reads TEXT into a tree in ARENA; no path is looked up yet. NULL with ERROR, which says where: "at
 * character 8, 'rot': expected ...". */
struct predicate *predicate_parse(struct arena *arena, const char *text, struct error *error);

/* The one way to write it: parsing the result gives the same tree. NULL when ARENA is exhausted. */
const char *predicate_print(struct arena *arena, const struct predicate *predicate);

/* A route that a predicate is for. */
struct predicate_route {
	const struct route *route;
	bool named; /* by its operation's name: that it lacks a path of the predicate is a mistake */
	bool fits;  /* predicate_type's answer: it has them all */
};

/* Finds the paths of PREDICATE in ROUTES, and checks that each can be compared as it is and with what. A
 * route that is not named and lacks one does not fit, which is fine while one route does. False with ERROR when
 * there is a mistake; the predicate cannot be evaluated then. */
bool predicate_type(struct arena *arena, struct predicate *predicate,
                    struct predicate_route *routes, size_t count, struct error *error);

const char *comparison_name(enum comparison comparison); /* "<=", "under" */
const char *quantifier_name(enum quantifier quantifier); /* "any"; "" for none */

#endif
