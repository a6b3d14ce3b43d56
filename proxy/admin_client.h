/* One question to an admin listener, for commands: blocks, for some seconds at most. */
#ifndef QUAYMASTER_PROXY_ADMIN_CLIENT_H
#define QUAYMASTER_PROXY_ADMIN_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct error;

struct admin_answer {
	unsigned status;
	char *body; /* terminated; the caller's to free */
	size_t len;
};

/* A connected socket, with time limits, to WHERE: a Unix socket's absolute path, or a listener's address such as
 * "127.0.0.1:9323" or "*:2375". -1 with ERROR. */
int admin_client_connect(const char *where, struct error *error);
/* False with ERROR when no whole answer came. */
bool admin_client_get(const char *where, const char *target, struct admin_answer *answer,
                      struct error *error);

#endif
