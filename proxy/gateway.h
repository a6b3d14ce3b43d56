/* The process that serves: everything that comes from the network is read here, and nothing is here that its supervisor could
 * not start again. */
#ifndef QUAYMASTER_PROXY_GATEWAY_H
#define QUAYMASTER_PROXY_GATEWAY_H

struct config;
struct entrances;

struct gateway_plan {
	struct config *config;       /* to begin with */
	struct entrances *entrances; /* of CONFIG, lent; may be closed when gateway_run returns */
	int channel;                 /* the gateway's end; closed by gateway_run */
	unsigned beat_ms;            /* it says at least as often that it is alive */
	/* The configuration as it is now, the caller's; NULL when it has mistakes, which have been told. */
	struct config *(*read_again)(void *context);
	void *context;
};

/* Serves until the supervisor says otherwise, or has gone. Returns the exit status. */
int gateway_run(const struct gateway_plan *plan);

#endif
