/* What a process that reads from the network does without: privileges, system calls, files. For the rest of its life, and all its
 * threads. */
#ifndef QUAYMASTER_PROXY_SANDBOX_H
#define QUAYMASTER_PROXY_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

struct error;

enum sandbox_access {
	SANDBOX_READ,   /* the file, or all below the folder */
	SANDBOX_APPEND, /* the same; write to, and make files there */
	SANDBOX_CHANGE  /* the same; remove and rename them, and make folders */
};

/* One that does not exist is left out. */
struct sandbox_path {
	const char *path;
	enum sandbox_access access;
};

struct sandbox_plan {
	const struct sandbox_path *paths;
	size_t path_count;
	const unsigned short *ports; /* that TCP connections may be made to */
	size_t port_count;
};

/* What the kernel gives, whether this process uses it or not. */
struct sandbox_means {
	bool seccomp; /* kills the process for a call that is not listed */
	int landlock; /* the version of its interface; 0: there is none, and files are as usual */
	unsigned long long lock_bytes; /* that may be locked in memory */
};

void sandbox_probe(struct sandbox_means *means);
/* True in builds whose sanitizers need more calls than the program: the list is wider there. */
bool sandbox_is_widened(void);

/* Gives up all that PLAN does not need, in a process of one thread. What the kernel has no means for is told in the log. False with
 * ERROR when there are means that failed: the process is confined in part, and must end. */
bool sandbox_enter(const struct sandbox_plan *plan, struct error *error);

/* sandbox.c's parts. */
/* 0, or an errno; ENOSYS: the kernel has none. */
int sandbox_restrict_calls(void);
/* The same; *MISSING says what of the plan this version of Landlock cannot hold, or is NULL. */
int sandbox_restrict_paths(const struct sandbox_plan *plan, const char **missing);
int sandbox_landlock_version(void);

#endif
