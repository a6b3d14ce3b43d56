/* What supervisor.c (processes) and supervisor_reload.c (their configuration) share, and nobody else. */
#ifndef QUAYMASTER_PROXY_SUPERVISOR_PRIVATE_H
#define QUAYMASTER_PROXY_SUPERVISOR_PRIVATE_H

#include "proxy/control.h"
#include "proxy/entrance.h"
#include "proxy/supervisor.h"
#include "proxy/upgrade.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* How far it is on its way to the end. */
enum ending {
	ENDING_NOT = 0,
	ENDING_DRAINING, /* what is under way may end in time */
	ENDING_NOW
};

struct supervisor {
	const struct supervision *plan;
	struct entrances entrances; /* of the configuration in force */
	struct entrances fresh;     /* of the one that the gateway was told to go over to */
	bool reloading;             /* FRESH has not been answered */
	bool reload_again;
	int signals, channel; /* CHANNEL: -1 while there is no gateway */
	pid_t self;
	pid_t gateway;   /* 0: there is none */
	bool is_gateway; /* this process is the forked one */
	bool ready, was_ready;
	uint64_t started_ms, start_due_ms, kill_due_ms;
	uint64_t upkeep_due_ms; /* 0: not before something has come into force */
	unsigned pause_ms, drain_ms;
	enum ending ending;
	struct upgrade upgrade;
	struct control control;
	int status;
	bool over;
};

/* Has the service manager keep what BEFORE did not have, and let go of what NOW has not. */
void supervisor_store(const struct entrances *now, const struct entrances *before);
/* Reads the configuration, and has the gateway go over to it: supervisor_reloaded is due, now or later. */
void supervisor_reload(struct supervisor *supervisor);
/* It was taken, or not, for WHY. */
void supervisor_reloaded(struct supervisor *supervisor, bool taken, const char *why);

/* Does what is due at NOW, the clock's milliseconds. */
void supervisor_upkeep(struct supervisor *supervisor, uint64_t now);

#endif
