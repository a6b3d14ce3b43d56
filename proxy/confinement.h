/* What the gateway's process needs of the machine, as its configuration says, and no more. */
#ifndef QUAYMASTER_PROXY_CONFINEMENT_H
#define QUAYMASTER_PROXY_CONFINEMENT_H

#include <stdbool.h>

struct config;
struct error;

/* Confines this process, of one thread, to what CONFIG needs, for good; keys go into locked memory from then on. False with ERROR:
 * it must end. */
bool confinement_enter(const struct config *config, struct error *error);

#endif
