/* The process that starts the gateway's, and starts it again. It holds the listening sockets and reads nothing that comes from
 * the network. */
#ifndef QUAYMASTER_PROXY_SUPERVISOR_H
#define QUAYMASTER_PROXY_SUPERVISOR_H

struct config;

struct supervision {
	struct config *config; /* to begin with */
	const char *file;      /* what that is called */
	/* The configuration as it is now, the caller's; NULL when it has mistakes, which have been told. NULL itself: it stays
	 * what it is. */
	struct config *(*read_again)(void *context);
	/* CONFIG is in force, and clients are served by it. */
	void (*in_force)(const struct config *config);
	/* What is to be seen to now and then: certificates that end soon. In a process of its own, which may block. */
	void (*upkeep)(const struct config *config);
	void *context;
	char *const *
		arguments; /* of the program that takes this one's place: those of `run`, NULL-terminated */
};

/* Serves until a signal ends it: the caller has blocked those that supervisor_signals adds. Returns the exit status; and does so
 * in the gateway's process, too, which has the caller's memory. */
int supervise(const struct supervision *plan);

#endif
