/* The containers that a service's tasks will be. dockerd makes them from the TaskTemplate by rules of
 * its own; here the same rules give the HostConfig that a client would have had to ask for, so that
 * whatever is judged of a container is judged of a task too. */
#ifndef QUAYMASTER_POLICY_SERVICE_TASKS_H
#define QUAYMASTER_POLICY_SERVICE_TASKS_H

#include <jansson.h>

/* Minors of the API versions that brought what a service may say. */
enum { SERVICE_MINOR_PIDS_AND_ULIMITS = 41, SERVICE_MINOR_RIGHTS = 44, SERVICE_MINOR_SWAP = 52 };

struct arena;

/* The HostConfig of the tasks of SPEC, a canonical ServiceSpec; networks, secrets and configs are not
 * in it, and a create's StopTimeout is. Owned by ARENA; NULL when memory is exhausted. */
json_t *service_host_config(struct arena *arena, const json_t *spec);

#endif
