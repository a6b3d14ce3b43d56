/* A JSON body as the list of what is not made of something else: each leaf with its path, and whether it may be shown.
 * The body need not be canonical; nobody has judged it. */
#ifndef QUAYMASTER_POLICY_LEAVES_H
#define QUAYMASTER_POLICY_LEAVES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct schema;

struct leaf {
	const char *path; /* HostConfig.Binds[0], Labels["com.example"] */
	const char *text; /* its JSON: a scalar, {} or [] */
	bool secret;      /* or nobody knows what it is */
};

struct leaves {
	struct leaf *list;
	size_t count;
};

/* The leaves of TREE, in its order; where it is a list of SCHEMA's objects, of each of them. Without a SCHEMA everything
 * is secret. Everything lives in ARENA. False when that is exhausted. */
bool leaves_of(struct arena *arena, const struct schema *schema, const json_t *tree,
               struct leaves *leaves);

#endif
