/* The smallest policy that allows what has been seen: from the decisions of an audit log to settings that can be loaded,
 * commented with counts. What is learnt is judged again by what was learnt, so that the result does what it says. */
#ifndef QUAYMASTER_POLICY_LEARN_H
#define QUAYMASTER_POLICY_LEARN_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct audit_record;
struct builder;
struct error;

enum learn_by { LEARN_BY_POLICY = 0, LEARN_BY_USER, LEARN_BY_COMMON_NAME };

enum { LEARN_REQUESTS_MAX = 100000 }; /* that differ */

struct learn;

struct learn_setup {
	enum learn_by by; /* one policy for each policy, user or common name */
	bool images;      /* only the images that were seen are to be used */
	unsigned minor;   /* the newest API version 1.x that the daemon speaks */
};

/* Lives in ARENA; NULL when that is exhausted. */
struct learn *learn_new(struct arena *arena, const struct learn_setup *setup);

/* Adds the request of RECORD. False with ERROR when there are too many, or no memory. */
bool learn_add(struct learn *learn, const struct audit_record *record, struct error *error);

/* Prints the policies, and client rules where it is known who needs which. False with ERROR when there is no memory, or
 * nothing to learn from. */
bool learn_print(struct learn *learn, struct builder *builder, struct error *error);

#endif
