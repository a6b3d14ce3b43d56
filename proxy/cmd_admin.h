/* Where the quaymaster is that a command asks. For cmd_*.c alone. */
#ifndef QUAYMASTER_PROXY_CMD_ADMIN_H
#define QUAYMASTER_PROXY_CMD_ADMIN_H

#include <stdbool.h>

struct config;

/* The configuration in FILE (NULL: the default one, or else the environment's variables), its mistakes told on standard error;
 * NULL when it has any. */
struct config *admin_config(const char *command, const char *file);

#endif
