/* The sockets of one listener, from the configuration that first has it to the one that no longer does. */
#ifndef QUAYMASTER_PROXY_ENTRANCE_H
#define QUAYMASTER_PROXY_ENTRANCE_H

#include "proxy/listener.h"

#include <stdbool.h>
#include <stddef.h>

struct config;
struct error;
struct listener_config;

struct entrance {
	struct config *config; /* the first one that had it */
	const struct listener_spec *spec;
	struct listener_sockets sockets;
};

/* Opens listener number INDEX of CONFIG, and takes its own reference to that. NULL with ERROR, which names the
 * listener. */
struct entrance *entrance_open(struct config *config, size_t index, struct error *error);
void entrance_close(struct entrance *entrance); /* NULL is fine */
/* The one of COUNT that has CONFIG's sockets open already and may go on with what else CONFIG says. NULL with ERROR
 * set: it may not; NULL without: there is none. */
struct entrance *entrance_find(struct entrance *const *entrances, size_t count,
                               const struct listener_config *config, struct error *error);
/* The socket, address or systemd's name that SPEC gives. */
const char *entrance_place(const struct listener_spec *spec);

#endif
