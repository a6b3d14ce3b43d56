/* Who had a container's name last: what was inspected of containers whose names came free by what clients did through
 * us. An updater removes a container before it creates it anew, and `recreate` compares the two. Kept in memory, for a
 * while, and no more than so much; the newest stay. Thread-safe. */
#ifndef QUAYMASTER_PROXY_FORMER_H
#define QUAYMASTER_PROXY_FORMER_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct former;

enum { FORMER_LIFETIME_MS = 10 * 60 * 1000, FORMER_COUNT_MAX = 256, FORMER_BYTES_MAX = 4 << 20 };

/* NULL: no memory. */
struct former *former_new(uint64_t lifetime_ms);
void former_free(struct former *former); /* NULL is fine */

/* A name, to whoever freed it: nobody else is told what had it. */
struct former_name {
	const char *policy;
	const char *tenant; /* "" for none */
	const char *name;
};

/* Remembers the inspection TEXT of the container that had NAME, in place of all that had it before, whoever freed it
 * then. Nothing is kept when there is no memory, or it is too large. */
void former_note(struct former *former, const struct former_name *name, const char *text,
                 size_t len);
/* NAME has been given to a container: what had it before is no longer the last that did, to anybody. */
void former_forget(struct former *former, const char *name);

/* What was remembered, in ARENA; NULL when nothing was. */
const char *former_find(struct former *former, struct arena *arena, const struct former_name *name,
                        size_t *len);

#endif
