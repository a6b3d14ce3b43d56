/* Sockets that systemd passed to this process (sd_listen_fds(3)), found by the name of their unit's
 * FileDescriptorName=. */
#ifndef QUAYMASTER_PROXY_LISTEN_FDS_H
#define QUAYMASTER_PROXY_LISTEN_FDS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;

enum { LISTEN_FDS_FIRST = 3, LISTEN_FDS_MAX = 256, LISTEN_FDS_NAME_MAX = 255 };

/* The three variables as the environment has them; NULL where there is none. */
struct listen_fds_environment {
	const char *pid, *fds, *names;
};

struct listen_fds_found {
	int fds[LISTEN_FDS_MAX];
	size_t count;
};

/* Finds the descriptors called NAME, of which there may be none. False with ERROR when a variable
 * is malformed or the names are not as many as the descriptors. That the variables are meant for
 * another process than SELF, or are not there, is no error: nothing was passed. Without
 * LISTEN_FDNAMES every name is "unknown". Pure: no descriptor is touched. */
bool listen_fds_find(const struct listen_fds_environment *environment, pid_t self, const char *name,
                     struct listen_fds_found *found, struct error *error);

#endif
