/* What redact.c (going through an answer), redact_places.c (where things are) and redact_ways.c (how they are hidden) share. */
#ifndef QUAYMASTER_POLICY_REDACT_PARTS_H
#define QUAYMASTER_POLICY_REDACT_PARTS_H

#include "policy/policy.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum redact_group {
	REDACT_ENV,
	REDACT_LABELS,
	REDACT_OPTIONS,
	REDACT_COMMANDS,
	REDACT_MOUNTS,
	REDACT_HOST,
	REDACT_REGISTRIES,
	REDACT_SECRETS,
	REDACT_GROUPS
};

enum { REDACT_PARTS_MAX = 3 };

struct redact_place;

/* Hides what the member KEY of OWNER is, or holds: in place, as it may be the whole of what is at hand. False: no memory. */
typedef bool redact_way(const struct redact_rules *rules, const struct redact_place *place,
                        json_t *owner, const char *key);

struct redact_place {
	enum redact_group group;
	const char *operations; /* a pattern, as policies have them; NULL: in any answer */
	/* The last names on the way there, the outermost first, where "" is the answer itself; NULL stands for any. Elements of
	 * lists have none. */
	const char *path[REDACT_PARTS_MAX];
	size_t parts;
	redact_way *way;
};

/* redact_places.c */
extern const struct redact_place redact_places[];
extern const size_t redact_places_count;

/* redact.c: the patterns of a GROUP that has names; NULL for one that is on or off. */
const struct patterns *redact_names(const struct redact_rules *rules, enum redact_group group);

/* redact_ways.c */
enum { REDACT_NAME_MAX = 255 };
/* Whether NAMES lists the LEN bytes at START; every name that is longer than anybody's is listed. */
bool redact_lists(const struct patterns *names, const char *start, size_t len);
/* Applies WAY to every text in VALUE, and makes numbers 0. */
bool redact_each(json_t *value, bool (*way)(json_t *string));
/* Two such ways: of a text nothing is told, or the first LEN bytes alone. */
bool redact_whole(json_t *string);
bool redact_cut(json_t *string, size_t len);

redact_way redact_texts;     /* every text in it that is not empty; numbers become 0 */
redact_way redact_bytes;     /* the same, for what clients read as base64 */
redact_way redact_empty;     /* all of it, where no text could stand */
redact_way redact_named;     /* members by their names, be they an object or texts "NAME=VALUE" */
redact_way redact_processes; /* the columns of a table that tell commands */
redact_way redact_indexes;   /* registries by name */
redact_way redact_event;     /* what an event tells of its actor */

/* redact_words.c */
redact_way redact_words;   /* of a step of an image: from the first such NAME= on */
redact_way redact_steps;   /* the same, where a text is a step ("#(nop) ...") at all */
redact_way redact_paths;   /* in texts, from where a path begins */
redact_way redact_binds;   /* "SOURCE:TARGET:MODE" */
redact_way redact_sources; /* of mounts, but for names of volumes and images */
redact_way redact_action;  /* what an event tells of an exec, behind "exec_create: " */

#endif
