/* What the supervisor sees to now and then, in a process of its own, which may block on a disk or on the resolver. */
#define _GNU_SOURCE
#include "proxy/log.h"
#include "proxy/supervisor.h"
#include "proxy/supervisor_private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { UPKEEP_MS = 6 * 60 * 60 * 1000 };

void supervisor_upkeep(struct supervisor *supervisor, uint64_t now)
{
	pid_t pid;

	if (supervisor->upkeep_due_ms == 0 || supervisor->upkeep_due_ms > now ||
	    supervisor->ending != ENDING_NOT || supervisor->entrances.config == NULL)
		return;
	supervisor->upkeep_due_ms = now + UPKEEP_MS;
	pid = fork();
	if (pid < 0)
		log_line(LOG_WARNING, "cannot look after certificates: %s", strerror(errno));
	if (pid != 0)
		return;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == supervisor->self)
		supervisor->plan->upkeep(supervisor->entrances.config);
	_exit(EXIT_SUCCESS);
}
