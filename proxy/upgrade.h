/* Another program in the supervisor's place, in the same process: the one that is at the path now from which this one was started.
 * It finds the listening sockets open, and the processes that serve at work. */
#ifndef QUAYMASTER_PROXY_UPGRADE_H
#define QUAYMASTER_PROXY_UPGRADE_H

#include "proxy/channel.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct entrances;
struct error;

enum { UPGRADE_FORMERS_MAX = 8 };

/* A process that serves, of a program before this one. */
struct former {
	pid_t pid;
	int channel;
};

struct upgrade {
	pid_t checking; /* the new program, at its check of the configuration; 0: there is none */
	struct former formers[UPGRADE_FORMERS_MAX]; /* the newest last */
	size_t count;
};

/* For a process that begins: finds out what the program before has left. Before anything is opened. */
void upgrade_begin(struct upgrade *upgrade);
/* In a process that was forked from it: closes what is kept here. */
void upgrade_forget(struct upgrade *upgrade);
/* Tells KIND to all of the formers. */
void upgrade_order(const struct upgrade *upgrade, enum channel_kind kind);
/* The newest of the formers is the gateway again. False: there is none. */
bool upgrade_take_back(struct upgrade *upgrade, struct former *former);

/* Has the program that is there now check FILE (NULL: nothing but itself). False with ERROR. */
bool upgrade_check(struct upgrade *upgrade, const char *file, struct error *error);
enum upgrade_news { UPGRADE_NOTHING, UPGRADE_FORMER_ENDED, UPGRADE_IS_SOUND, UPGRADE_IS_NOT };
/* What it means that the process PID has ended with STATUS. */
enum upgrade_news upgrade_reap(struct upgrade *upgrade, pid_t pid, int status);
/* Executes it with ARGUMENTS (NULL-terminated, without its name), ENTRANCES, and GATEWAY as the newest former. Returns only when that
 * fails, with ERROR, and then nothing has changed. */
void upgrade_execute(struct upgrade *upgrade, char *const *arguments,
                     const struct entrances *entrances, struct former gateway, struct error *error);

#endif
