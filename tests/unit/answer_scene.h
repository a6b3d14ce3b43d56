/* What tests of filtered answers share: a tenant 'a' and another one, 'b', and answers in which labels are written short: @a and @b
 * stand for the labels that an object of theirs has (of the kind that the answer is about unless one is written behind: @a:image),
 * @{a ID NAME} for the tag by which 'a' holds an image under a name of Docker Hub's library,
 * @x for labels that say that they are 'a''s and have no seal. Quotes are written as '. */
#ifndef QUAYMASTER_TESTS_ANSWER_SCENE_H
#define QUAYMASTER_TESTS_ANSWER_SCENE_H

#include "policy/answer_filter.h"

#include <stdbool.h>
#include <stddef.h>

/* What the filter is told when it asks. */
struct answer_reply {
	enum object_kind kind;
	const char *name;     /* NULL: the list of all */
	enum ownership owner; /* of one object */
	const char *list;     /* the daemon's answer, written as above */
};

struct answer_try {
	const char *target; /* "GET /v1.41/containers/json" */
	const char *answer;
	const struct answer_reply *
		replies; /* ended by OBJECT_NONE; NULL: none. What is not there is foreign, and lists are empty */
	const char *tenancy; /* more of the policy's settings; NULL: none */
};

/* The answer as it comes out, however its bytes are cut; the test fails when that makes a difference. "missing" and "broken" where
 * it is so. Lives until the next call. */
const char *answer_filtered(const struct answer_try *try);
/* Fails unless what comes out is EXPECTED, written with ' for ". */
void assert_answer(const struct answer_try *try, const char *expected);
/* The same of a policy that hides something. */
struct answer_rules {
	const char *redact; /* its settings; NULL: nothing is hidden */
	bool open;          /* the client has no tenant */
};
const char *answer_redacted(const struct answer_try *try, const struct answer_rules *rules);
void assert_redacted(const struct answer_try *try, const struct answer_rules *rules,
                     const char *expected);
/* How many questions the last filtering put. */
unsigned answer_questions(void);

#endif
