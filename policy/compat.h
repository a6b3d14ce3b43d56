/* The environment variables of the two common HAProxy-based socket proxies, as what they mean for the
 * catalogue: which operations each combination opens. Tecnativa's and LinuxServer's differ in names,
 * and in whether the method or the action is looked at first. */
#ifndef QUAYMASTER_POLICY_COMPAT_H
#define QUAYMASTER_POLICY_COMPAT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct route;

enum compat_dialect { COMPAT_TECNATIVA = 0, COMPAT_LINUXSERVER };
enum { COMPAT_DIALECTS = 2, COMPAT_VARIABLES_MAX = 80 };

enum compat_kind {
	COMPAT_POST,    /* everything but GET and HEAD */
	COMPAT_SECTION, /* paths that begin with a segment */
	COMPAT_ACTION,  /* an action on one container, whatever CONTAINERS says */
	COMPAT_GUARD,   /* an action that is denied without it, whatever CONTAINERS says */
	COMPAT_LIBPOD   /* podman's own API, which the catalogue does not have: it opens nothing */
};

struct compat_variable {
	const char *name;
	enum compat_kind kind;
	bool tecnativa;    /* LinuxServer's proxy knows them all */
	bool on;           /* where it is not set */
	const char *words; /* the segment, or the actions */
};

/* All of them; their order is the index in struct compat. */
const struct compat_variable *compat_variables(size_t *count);
/* False when no variable is called NAME. */
bool compat_find(const char *name, size_t *index);
bool compat_knows(enum compat_dialect dialect, size_t index);

const char *compat_dialect_name(enum compat_dialect dialect);
bool compat_dialect_from_text(const char *text, enum compat_dialect *dialect);

/* One setting of all variables. Zeroed, everything is off. */
struct compat {
	enum compat_dialect dialect;
	bool on[COMPAT_VARIABLES_MAX];
};

/* What holds where nothing is set. */
struct compat compat_defaults(enum compat_dialect dialect);

/* What a variable's text means to HAProxy, which reads the number at its start: 1, 2 and "1x" are on; 0,
 * "true" and "" are off. */
bool compat_reads_on(const char *text);

/* Whether that proxy lets requests of ROUTE pass. The same for all routes of an operation. */
bool compat_allows(const struct compat *compat, const struct route *route);

/* The name of the variable that opens an allowed ROUTE. */
const char *compat_opener(const struct compat *compat, const struct route *route);

/* What to set for a denied ROUTE, "ALLOW_RESTARTS=1 and POST=1": no more than it takes. NULL where no
 * variable opens it, or the arena is exhausted. */
const char *compat_missing(struct arena *arena, const struct compat *compat,
                           const struct route *route);

#endif
