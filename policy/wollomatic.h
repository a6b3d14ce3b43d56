/* The settings of wollomatic's socket-proxy, which allows paths by regular expressions, as a configuration of
 * quaymaster's. */
#ifndef QUAYMASTER_POLICY_WOLLOMATIC_H
#define QUAYMASTER_POLICY_WOLLOMATIC_H

#include "policy/converted.h"

/* True when NAME is that of a flag ("-allowGET") or variable ("SP_ALLOW_GET_2", "SP_LISTENIP") of its. */
bool wollomatic_knows(const char *name);
/* True when the flag takes no value ("-logjson"). */
bool wollomatic_is_switch(const char *flag);

/* The configuration that VARIABLES mean; flags are named with their dash, and beat variables. An expression that
 * an operation does not follow, and any other setting without a counterpart, is left out, and told of in NOTES:
 * what is printed opens no more than was open. NULL with every mistake in MISTAKES. */
const char *wollomatic_print(struct arena *arena, const struct variables *variables,
                             struct problems *mistakes, struct problems *notes);

#endif
