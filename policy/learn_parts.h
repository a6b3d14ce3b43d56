/* What the parts of learn share. Inside policy/learn*.c only. */
#ifndef QUAYMASTER_POLICY_LEARN_PARTS_H
#define QUAYMASTER_POLICY_LEARN_PARTS_H

#include "policy/learn.h"
#include "policy/remedy.h"

#include <jansson.h>

/* A request as often as it was made; ids in it are all the same one. */
struct learn_request {
	const char *method, *target, *body;
	size_t count;
};

/* An objection that no setting lifts. */
struct beyond {
	struct beyond *next;
	const char *claim, *rule;
	size_t count;
};

/* One policy to be. */
struct learn_group {
	struct learn_group *next;
	struct arena *arena;
	const char *key;       /* of the policy, user or common name */
	const char *name;      /* "learned-ci": what the policy is called */
	const char *title;     /* "user 'ci'", for the comment */
	const char *condition; /* "user = \"ci\";", NULL when nobody knows */
	struct learn_request **requests;
	size_t request_count, room;
	json_t *index; /* what a request says, to its place in the list */
	size_t count, cut, hidden, allowed;
	unsigned round; /* of asking, from 0 on */
	bool builds;    /* and so uses images that nobody sees */
	struct remedy remedy;
	struct beyond *beyond;
	size_t beyond_count;
};

struct learn {
	struct arena *arena;
	struct learn_setup setup;
	struct learn_group *first;
	size_t requests; /* that differ, over all groups */
};

#endif
