/* Where the admin listener is. */
#ifndef QUAYMASTER_PROXY_ADMIN_SETUP_H
#define QUAYMASTER_PROXY_ADMIN_SETUP_H

#include "proxy/listener.h"

#include <stdbool.h>

struct error;

/* Zeroed: there is none. */
struct admin_setup {
	bool given;
	struct listener_spec spec; /* a socket or an address */
	bool tenants;              /* are labels of metrics */
};

/* Opens the sockets that SETUP says; none where it is not given. Before a sandbox closes. False with ERROR. */
bool admin_listen(const struct admin_setup *setup, struct listener_sockets *sockets,
                  struct error *error);

#endif
