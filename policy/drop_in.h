/* The whole setting of a HAProxy-based socket proxy, as its users write it in the environment: read into
 * one value, and printed as a configuration of quaymaster's. What runs without a configuration file and
 * what `quaymaster convert` prints come from here. */
#ifndef QUAYMASTER_POLICY_DROP_IN_H
#define QUAYMASTER_POLICY_DROP_IN_H

#include "policy/compat.h"
#include "policy/converted.h"

struct arena;
struct problems;

struct drop_in {
	struct compat compat;
	bool given[COMPAT_VARIABLES_MAX]; /* which of compat's were set at all */
	bool dialect_chosen;              /* by QUAYMASTER_COMPAT; else by what is set */
	const char *socket;               /* the daemon's; NULL: its ADDRESS */
	const char *address;
	const char *listen; /* "127.0.0.1:2375", or the path of a Unix socket */
	bool insecure;      /* whoever reaches the address is a client */
	const char *preset; /* what judges the inside of requests; NULL: nothing does */
	const char *log_level;
	bool logs_requests;
};

/* Whether VARIABLES, an environment, mean such a proxy: QUAYMASTER_COMPAT is there, or one of the
 * variables that open something is 0 or 1. */
bool drop_in_wanted(const struct variables *variables);

/* Reads VARIABLES, whose texts must outlive DROP_IN. False with every mistake in MISTAKES. NOTES gets what
 * is worth telling and yet no mistake. */
bool drop_in_read(struct arena *arena, const struct variables *variables, struct drop_in *drop_in,
                  struct problems *mistakes, struct problems *notes);

enum drop_in_form {
	DROP_IN_VARIABLES, /* the policy names the variables, so that its denials do */
	DROP_IN_OPERATIONS /* the policy lists operations: no variables are left */
};

/* The configuration's text, commented; NULL when ARENA is exhausted. */
const char *drop_in_print(struct arena *arena, const struct drop_in *drop_in,
                          enum drop_in_form form);

#endif
