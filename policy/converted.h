/* What another socket proxy's settings come to, and how that is printed as a configuration. */
#ifndef QUAYMASTER_POLICY_CONVERTED_H
#define QUAYMASTER_POLICY_CONVERTED_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct compat;
struct page;
struct policy;
struct policy_set;
struct problems;
struct route;

#define CONVERTED_POLICY "environment" /* what the policy is called, and the text in messages */

/* A setting as it is given. */
struct variable {
	const char *name;
	const char *value;
};

struct variables {
	const struct variable *list;
	size_t count;
	bool chosen; /* given one by one: no other program's may be among them */
};

/* An operation that is open there. */
struct opened {
	const struct route *route; /* one of its routes */
	const char *heading;       /* what opens it: "CONTAINERS=1"; the same for neighbours */
	const char *remark;        /* or NULL */
};

struct converted {
	const char *const *remarks; /* lines of comment at the top, COUNT of them */
	size_t remark_count;
	const char *socket; /* the daemon's; NULL: its ADDRESS */
	const char *address;
	const char *listen;       /* "127.0.0.1:2375", or the path of a Unix socket */
	const char *mode;         /* of that; NULL: the default */
	bool insecure;            /* whoever reaches the address is a client */
	const char *preset;       /* what judges the inside of requests; NULL: nothing does */
	const char *const *binds; /* what may be mounted, where a preset judges; NULL: as it says */
	size_t bind_count;
	const struct opened *opened;
	size_t opened_count;
	/* Where the operations stay variables: these, of which GIVEN were set. */
	const struct compat *compat;
	const bool *given;
	const char *log_level;
	bool logs_requests;
};

/* The configuration's text, commented; NULL when ARENA is exhausted. */
const char *converted_print(struct arena *arena, const struct converted *converted);

/* The shipped policies alone, to see what they allow; NULL when there is no memory. */
struct policy_set *converted_presets(void);
/* Whether the lists of PRESET (NULL: none) leave OPERATION. */
bool converted_preset_allows(const struct policy *preset, const char *operation);

/* The shipped policy called NAME, or NULL with that in MISTAKES. */
const char *converted_preset_name(struct arena *arena, const char *name, struct problems *mistakes);

/* Puts ROUTE's operation behind the *COUNT in LIST, unless it is there already. */
void converted_open(struct opened *list, size_t *count, const struct route *route,
                    const char *heading);

#endif
