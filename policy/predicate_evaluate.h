/* Evaluating a typed predicate on a request. */
#ifndef QUAYMASTER_POLICY_PREDICATE_EVALUATE_H
#define QUAYMASTER_POLICY_PREDICATE_EVALUATE_H

#include "policy/route.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct fact;
struct facts;
struct identity;
struct predicate;
struct request;

/* Kleene's three values, and one for what cannot be said yet. Zeroed is "unknown": a rule that denies matches
 * then, a rule that allows does not. */
enum truth {
	TRUTH_UNKNOWN = 0, /* a value that is compared is not there */
	TRUTH_FALSE,
	TRUTH_TRUE,
	TRUTH_PENDING /* a body that has not come, or a fact that nobody has asked for, could tell */
};

struct evaluation {
	struct arena *arena;
	const struct identity *identity;
	const struct request *request;
	const struct facts *facts; /* NULL: none are known */
	bool early;                /* the body has not been read yet */

	/* Answers. */
	const struct predicate
		*missing;            /* a comparison whose value is not there; NULL: there was none */
	enum object_kind wanted; /* of a fact that would tell; OBJECT_NONE: none */
	const char *wanted_name;
	const struct fact *lost; /* a fact that was asked for and is not there; NULL: there was none */
	const char *difference;  /* why `recreate` was false, at the last; NULL: it was not asked */
	size_t comparisons;      /* how many were made */
};

/* Pure: what changes are the answers of EVALUATION only, which add up over several calls. */
enum truth predicate_evaluate(const struct predicate *predicate, struct evaluation *evaluation);

enum truth truth_and(enum truth a, enum truth b);
enum truth truth_or(enum truth a, enum truth b);
enum truth truth_not(enum truth truth);
const char *truth_name(enum truth truth);

#endif
