/* The process at the other end of a Unix socket: whether it is there, and which cgroups it is in. */
#ifndef QUAYMASTER_PROXY_PEER_PROCESS_H
#define QUAYMASTER_PROXY_PEER_PROCESS_H

#include "policy/peer_container.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct config;
struct problems;
struct stream;

/* When a connection was accepted, on the clock that processes' start times are told on. */
uint64_t peer_process_clock_ms(void);

/* Who STREAM's peer is, which was accepted at ACCEPTED_MS: by the kernel's own handle on it (SO_PEERPIDFD, Linux 6.5), of which the
 * kernel (6.13) or else /proc tells whose it is; or else by its number, if the process of that number is old enough. Blocks for as long as /proc takes. The text lives in
 * ARENA; whatever goes wrong leaves the peer unknown, with the reason. */
void peer_process_read(struct arena *arena, struct stream *stream, uint64_t accepted_ms,
                       struct peer_process *peer);

/* The three ways. PIDFD must be of the process whose number is PID. The first is false, with nothing in PEER, where the kernel
 * does not tell. */
bool peer_process_by_info(struct arena *arena, int pidfd, int pid, struct peer_process *peer);
void peer_process_by_fdinfo(struct arena *arena, int pidfd, int pid, struct peer_process *peer);
void peer_process_by_number(struct arena *arena, int pid, uint64_t accepted_ms,
                            struct peer_process *peer);

/* The cgroups of the process PID, such as the daemon names a container's first one; NULL when they cannot be told. */
const char *peer_process_cgroups(struct arena *arena, int pid);

enum own_namespaces {
	NAMESPACES_INITIAL = 0,   /* every process is seen, and where it is */
	NAMESPACES_PROCESSES = 1, /* no process of the machine but our own is seen */
	NAMESPACES_CGROUPS = 2    /* where processes are is seen in part */
};

/* Which of the namespaces that hide peers this process has of its own: a sum of the above. */
unsigned peer_process_namespaces(void);
/* Adds to REMARKS what that means for the client rules of CONFIG, if it means anything, and what to do. */
void peer_process_remark(const struct config *config, struct problems *remarks);

#endif
