/* Opens what the admin listener accepts from: on its own, since that has to be done before a sandbox closes. */
#include "proxy/admin_setup.h"

#include "policy/error.h"

#include <time.h>

enum { TRIES = 20, PAUSE_MS = 50 };

/* The process before an upgrade has just been told to close it. */
bool admin_listen(const struct admin_setup *setup, struct listener_sockets *sockets,
                  struct error *error)
{
	static const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000 * 1000L};

	*sockets = (struct listener_sockets){.count = 0};
	for (unsigned tries = 0; setup->given && tries < TRIES; tries++) {
		if (listener_open(&setup->spec, sockets, error))
			return true;
		nanosleep(&pause, NULL);
	}
	return !setup->given || error_prefix(error, "admin: ");
}
