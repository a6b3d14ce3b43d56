/* What the parts of predicates share. Private to the predicate_*.c files and the index of rules. */
#ifndef QUAYMASTER_POLICY_PREDICATE_PARTS_H
#define QUAYMASTER_POLICY_PREDICATE_PARTS_H

#include "policy/predicate.h"
#include "policy/predicate_evaluate.h"

#include <jansson.h>
#include <stdbool.h>

struct identity;
struct name_list;

/* How far a path leads. */
enum reach {
	REACH_PENDING = 0, /* the body has not come, or a fact is wanted: evaluation->wanted */
	REACH_LOST, /* the object is not there, or cannot be looked up: whatever is asked of it is unknown */
	REACH_TOLD /* to every value that there is */
};

/* One value that a path leads to. */
struct operand {
	bool given;       /* else none of the others has a meaning */
	const char *text; /* of VALUE_TEXT */
	long long number;
	bool flag;
};

/* Calls VISIT for each value of PATH, in order: for a path without lists and maps exactly once, be it with a value
 * that is not given. Inside `any PATH (...)`, ELEMENT is what it is at. */
enum reach predicate_values(struct evaluation *evaluation, const struct predicate_path *path,
                            const json_t *element,
                            void (*visit)(void *context, const struct operand *operand),
                            void *context);

/* The same for the objects that the path of `any PATH (...)` leads to. */
enum reach predicate_elements(struct evaluation *evaluation, const struct predicate_path *path,
                              const json_t *element,
                              void (*visit)(void *context, const json_t *inner), void *context);

/* The map of texts that PATH, which has meaning.key, names an entry of; *MAP is NULL where there is none. */
enum reach predicate_map(struct evaluation *evaluation, const struct predicate_path *path,
                         const json_t **map);

/* What an identity says of one field. */
struct identity_told {
	bool given;                    /* of a number, and of what is there or not */
	long long number;              /* of a number */
	const char *text;              /* of a text; NULL: it is not given */
	const struct name_list *names; /* of a list; else NULL */
};

/* predicate_identity.c: TOLD is what IDENTITY says to PATH, whose root that is. REACH_LOST: nobody can tell. */
enum reach predicate_identity(const struct identity *identity, const struct predicate_path *path,
                              struct identity_told *told);

/* Compares a given OPERAND as COMPARISON says. */
enum truth predicate_compare(struct evaluation *evaluation, const struct predicate *comparison,
                             const struct operand *operand);

/* predicate_fit.c: finds out which ROUTES have every path of PREDICATE. False with ERROR when a named one does not, or
 * none does. */
bool predicate_fit(struct arena *arena, const struct predicate *predicate,
                   struct predicate_route *routes, size_t count, struct error *error);
/* Whether lists and maps are looked into at the end of its path. */
bool predicate_wants_elements(const struct predicate *predicate);
/* Its path for a message; "" when ARENA is exhausted. */
const char *predicate_shown_path(struct arena *arena, const struct predicate *predicate);

/* predicate_image.c: makes COMPARISON's value a pattern of images, false with ERROR when it is none; and compares a
 * reference with one. */
bool predicate_read_image(struct arena *arena, struct predicate *comparison, struct error *error);
enum truth predicate_compare_image(struct evaluation *evaluation,
                                   const struct predicate *comparison, const char *text);

/* predicate_recreate.c */
enum truth predicate_recreate(struct evaluation *evaluation);

#endif
