/* `quaymaster run` without a configuration file: what the environment says, in the words of a HAProxy-based
 * socket proxy. */
#ifndef QUAYMASTER_PROXY_CMD_ENVIRONMENT_H
#define QUAYMASTER_PROXY_CMD_ENVIRONMENT_H

#include "policy/drop_in.h"

struct config;

/* The whole environment, in ARENA; without memory there is nothing in it. */
struct variables environment_variables(struct arena *arena);

/* True when the environment means to be the configuration. */
bool environment_is_meant(void);

/* The configuration that it is, or NULL. What is worth telling of it, and what is wrong with it, goes to the log,
 * whose level it sets unless LEVEL_CHOSEN. */
struct config *environment_config(bool level_chosen);

#endif
