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

/* Where the sockets of listener number INDEX of a configuration come from that are not open here: NULL with ERROR. */
struct entrance_source {
	struct entrance *(*open)(void *context, struct config *config, size_t index,
	                         struct error *error);
	void *context;
	struct listener_sockets admin; /* of the admin listener, to be taken at the start */
};

/* Opens listener number INDEX of CONFIG, and takes its own reference to that. NULL with ERROR, which names the
 * listener. */
struct entrance *entrance_open(struct config *config, size_t index, struct error *error);
void entrance_close(struct entrance *entrance); /* NULL is fine */
/* The one of COUNT that has CONFIG's sockets open already and may go on with what else CONFIG says. NULL with ERROR
 * set: it may not; NULL without: there is none. */
struct entrance *entrance_find(struct entrance *const *entrances, size_t count,
                               const struct listener_config *config, struct error *error);
/* Takes SOCKETS, which another process opened for listener number INDEX of CONFIG, and is lent them. NULL with ERROR, and
 * SOCKETS closed. */
struct entrance *entrance_take(struct config *config, size_t index,
                               const struct listener_sockets *sockets, struct error *error);

/* One of each listener of a configuration, in its order. */
struct entrances {
	struct config *config; /* its own reference; NULL: there are none */
	struct entrance **list;
	size_t count;
};

/* Gives each listener of CONFIG the sockets that it has in BEFORE, or new ones from SOURCE (NULL: entrance_open). False
 * with ERROR, and what is new closed again. */
bool entrances_open(struct entrances *entrances, struct config *config,
                    const struct entrances *before, const struct entrance_source *source,
                    struct error *error);
/* Closes all but those that KEPT (NULL: nothing) has as well. */
void entrances_close(struct entrances *entrances, const struct entrances *kept);
bool entrances_have(const struct entrances *entrances, const struct entrance *entrance);

/* The socket, address or systemd's name that SPEC gives. */
const char *entrance_place(const struct listener_spec *spec);

#endif
