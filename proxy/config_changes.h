/* What of a configuration cannot change while the program runs. Pure. */
#ifndef QUAYMASTER_PROXY_CONFIG_CHANGES_H
#define QUAYMASTER_PROXY_CONFIG_CHANGES_H

#include <stdbool.h>

struct config;

/* True when both lead to the same daemon. Where not, policies of FRESH would protect another socket than the one in use:
 * it must not be gone over to. */
bool config_upstream_is_same(const struct config *running, const struct config *fresh);
/* Tells the name of each other setting that FRESH has otherwise than RUNNING, and that counts at the start only. */
void config_tell_restarts(const struct config *running, const struct config *fresh,
                          void (*tell)(const char *setting, void *context), void *context);

#endif
