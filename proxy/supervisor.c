/* Owns the life of the gateway's process: its start, its end, and what it is told in between. One thread, one loop around
 * poll(2): signals, and the gateway's few messages. */
#define _GNU_SOURCE /* clock_gettime */
#include "proxy/supervisor_private.h"

#include "policy/error.h"
#include "proxy/channel.h"
#include "proxy/config.h"
#include "proxy/gateway.h"
#include "proxy/log.h"
#include "proxy/notify.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	BEAT_MS = 2000,
	PAUSE_MIN_MS = 100, /* before a gateway that died is started again, doubled each time */
	PAUSE_MAX_MS = 10 * 1000,
	LIVED_MS = 60 * 1000, /* who lived so long died of something else */
	GRACE_MS = 5000       /* beyond what a gateway has to end in */
};

static uint64_t now_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static unsigned beat_ms(void)
{
	unsigned watchdog = notify_watchdog_ms();

	/* Half of what is due, so that one that comes late is in time. */
	return watchdog > 0 && watchdog / 2 < BEAT_MS ? watchdog / 2 + 1 : BEAT_MS;
}

/* --- the gateway's start --------------------------------------------------------------------------------------- */

/* In the forked process: nothing of the supervisor's own stays open. */
static void become_gateway(struct supervisor *supervisor, int channel)
{
	const struct gateway_plan plan = {
		.config = supervisor->entrances.config,
		.entrances = &supervisor->entrances,
		.channel = channel,
		.beat_ms = beat_ms(),
		.read_again = supervisor->plan->read_again,
		.context = supervisor->plan->context,
	};

	/* Whoever kills the supervisor means the whole. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != supervisor->self)
		_exit(EXIT_FAILURE);
	close(supervisor->signals);
	upgrade_forget(&supervisor->upgrade);
	control_forget(&supervisor->control);
	supervisor->is_gateway = true;
	supervisor->over = true;
	supervisor->status = gateway_run(&plan);
}

static void start_later(struct supervisor *supervisor)
{
	if (supervisor->pause_ms == 0 || now_ms() - supervisor->started_ms >= LIVED_MS)
		supervisor->pause_ms = PAUSE_MIN_MS;
	else if (supervisor->pause_ms < PAUSE_MAX_MS)
		supervisor->pause_ms *= 2;
	supervisor->start_due_ms = now_ms() + supervisor->pause_ms;
}

static void start_gateway(struct supervisor *supervisor)
{
	int ends[2];
	pid_t pid = -1;

	supervisor->start_due_ms = 0;
	supervisor->started_ms = now_ms();
	upgrade_order(&supervisor->upgrade, CHANNEL_YIELD);
	if (channel_open(ends)) {
		pid = fork();
		if (pid < 0) {
			close(ends[0]);
			close(ends[1]);
		}
	}
	if (pid < 0) {
		log_line(LOG_ERROR, "cannot start a process to serve: %s", strerror(errno));
		start_later(supervisor);
		return;
	}
	if (pid == 0) {
		close(ends[0]);
		become_gateway(supervisor, ends[1]);
		return;
	}
	close(ends[1]);
	supervisor->channel = ends[0];
	supervisor->gateway = pid;
	supervisor->ready = false;
}

/* --- its end --------------------------------------------------------------------------------------------------- */

static void close_channel(struct supervisor *supervisor)
{
	if (supervisor->channel >= 0)
		close(supervisor->channel);
	supervisor->channel = -1;
}

static void tell_death(int status, bool *in_order)
{
	*in_order = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		log_line(LOG_ERROR,
		         "the process that serves was killed for a system call that its sandbox "
		         "forbids (SIGSYS): somebody has got into it, or the sandbox lacks a call");
	else if (WIFSIGNALED(status))
		log_line(LOG_ERROR, "the process that serves was killed by signal %d (%s)",
		         WTERMSIG(status), strsignal(WTERMSIG(status))); /* NOLINT(concurrency-mt-unsafe) */
	else if (!*in_order)
		log_line(LOG_ERROR, "the process that serves ended with status %d", WEXITSTATUS(status));
}

/* After an upgrade that could not open its listeners none is in force here. */
static const struct config *config_of(const struct supervisor *supervisor)
{
	return supervisor->entrances.config != NULL ? supervisor->entrances.config
	                                            : supervisor->plan->config;
}

/* Ends by WAY, which is later than the one before. */
static void go(struct supervisor *supervisor, enum ending way)
{
	static const enum channel_kind orders[] = {
		[ENDING_NOT] = CHANNEL_NOTHING,
		[ENDING_DRAINING] = CHANNEL_LEAVE,
		[ENDING_NOW] = CHANNEL_STOP,
	};

	if (supervisor->ending == ENDING_NOT) {
		supervisor->drain_ms = config_of(supervisor)->limits.drain_ms;
		/* Who comes now is refused, and need not wait. */
		entrances_close(&supervisor->entrances, NULL);
	}
	supervisor->ending = way;
	upgrade_order(&supervisor->upgrade, orders[way]);
	if (supervisor->gateway != 0)
		channel_send(supervisor->channel, orders[way], NULL);
	supervisor->over = supervisor->gateway == 0 && supervisor->upgrade.count == 0;
	supervisor->kill_due_ms = now_ms() + (way == ENDING_NOW ? 0 : supervisor->drain_ms) + GRACE_MS;
}

/* The first time what is under way may end; the second time nothing may. */
static void end(struct supervisor *supervisor, int signal)
{
	if (supervisor->ending != ENDING_NOT) {
		go(supervisor, ENDING_NOW);
		return;
	}
	log_line(LOG_INFO, "ended by signal %d", signal);
	notify_send("STOPPING=1\nSTATUS=waiting for what is under way");
	go(supervisor, ENDING_DRAINING);
}

/* Their files are this process's to remove, once it is sure that it stays. */
static void own_sockets(struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->entrances.count; i++)
		supervisor->entrances.list[i]->sockets.others = false;
}

/* --- another program in its place ------------------------------------------------------------------------------ */

static void begin_upgrade(struct supervisor *supervisor)
{
	const struct supervision *plan = supervisor->plan;
	struct error error = {0};

	if (supervisor->ending != ENDING_NOT || !supervisor->ready || supervisor->reloading ||
	    supervisor->upgrade.checking != 0)
		log_line(LOG_WARNING, "no upgrade now: something else is under way");
	else if (!upgrade_check(&supervisor->upgrade, plan->read_again != NULL ? plan->file : NULL,
	                        &error))
		log_line(LOG_ERROR, "no upgrade: %s", error.text);
}

static void upgrade(struct supervisor *supervisor)
{
	const struct former gateway = {.pid = supervisor->gateway, .channel = supervisor->channel};
	struct error error = {0};

	if (supervisor->ending != ENDING_NOT || supervisor->gateway == 0) {
		log_line(LOG_WARNING, "no upgrade now: something else is under way");
		return;
	}
	log_line(LOG_INFO, "going over to the program that is there now");
	upgrade_execute(&supervisor->upgrade, supervisor->plan->arguments, &supervisor->entrances,
	                gateway, &error);
	log_line(LOG_ERROR, "no upgrade: %s", error.text);
}

/* The new program's gateway does not come up: the one before goes on. */
static bool go_back(struct supervisor *supervisor)
{
	struct former former;

	if (supervisor->was_ready || supervisor->ending != ENDING_NOT ||
	    !upgrade_take_back(&supervisor->upgrade, &former))
		return false;
	supervisor->gateway = former.pid;
	supervisor->channel = former.channel;
	supervisor->ready = supervisor->was_ready = true;
	own_sockets(supervisor);
	log_line(LOG_ERROR, "the process that served before the upgrade goes on");
	return true;
}

/* Who dies before it has ever served would do so again: that is the configuration's or the machine's fault. */
static void gateway_died(struct supervisor *supervisor, int status)
{
	bool in_order;

	close_channel(supervisor);
	supervisor->gateway = 0;
	tell_death(status, &in_order);
	if (supervisor->reloading)
		supervisor_reloaded(supervisor, false, "the process that serves has ended");
	if (go_back(supervisor))
		return;
	/* After an upgrade whose listeners could not be opened there is nothing to start it with. */
	if (supervisor->ending != ENDING_NOT || !supervisor->was_ready ||
	    supervisor->entrances.config == NULL) {
		supervisor->over = supervisor->upgrade.count == 0;
		supervisor->status = in_order ? EXIT_SUCCESS : EXIT_FAILURE;
		return;
	}
	start_later(supervisor);
	log_line(LOG_WARNING, "it is started again in %u ms", supervisor->pause_ms);
	notify_send("STATUS=starting again");
}

static void hear_of_end(struct supervisor *supervisor, pid_t pid, int status)
{
	if (pid == supervisor->gateway) {
		gateway_died(supervisor, status);
		return;
	}
	switch (upgrade_reap(&supervisor->upgrade, pid, status)) {
	case UPGRADE_NOTHING:
		break;
	case UPGRADE_FORMER_ENDED:
		log_line(LOG_INFO, "a process that served before an upgrade has ended");
		if (supervisor->ending != ENDING_NOT && supervisor->gateway == 0)
			supervisor->over = supervisor->upgrade.count == 0;
		break;
	case UPGRADE_IS_SOUND:
		upgrade(supervisor);
		break;
	case UPGRADE_IS_NOT:
		log_line(LOG_ERROR,
		         "no upgrade: the program that is there now does not take the configuration");
		break;
	}
}

static void reap(struct supervisor *supervisor)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		hear_of_end(supervisor, pid, status);
}

/* --- the loop -------------------------------------------------------------------------------------------------- */

/* Either has the audit log opened anew. */
static void again(struct supervisor *supervisor, bool reload)
{
	if (supervisor->gateway != 0)
		channel_send(supervisor->channel, CHANNEL_REOPEN, NULL);
	upgrade_order(&supervisor->upgrade, CHANNEL_REOPEN);
	if (reload)
		supervisor->reload_again = supervisor->ending == ENDING_NOT;
}

static void hear_signal(struct supervisor *supervisor)
{
	struct signalfd_siginfo got;

	while (read(supervisor->signals, &got, sizeof got) == (ssize_t)sizeof got) {
		int number = (int)got.ssi_signo;

		if (number == SIGCHLD)
			reap(supervisor);
		else if (number == SIGHUP || number == SIGUSR1)
			again(supervisor, number == SIGHUP);
		else if (number == SIGUSR2)
			begin_upgrade(supervisor);
		else
			end(supervisor, number);
	}
}

static void now_ready(struct supervisor *supervisor)
{
	supervisor->ready = true;
	supervisor->plan->in_force(supervisor->entrances.config);
	supervisor->upkeep_due_ms = now_ms();
	log_line(LOG_INFO, supervisor->was_ready ? "ready again" : "ready");
	if (!supervisor->was_ready) {
		upgrade_order(&supervisor->upgrade, CHANNEL_HAND_OVER);
		listener_disinherit(true);
		supervisor_store(&supervisor->entrances, &(const struct entrances){.config = NULL});
		for (size_t i = 0; i < supervisor->entrances.count; i++)
			supervisor->entrances.list[i]->sockets.others =
				false; /* it is this process's business now */
	}
	supervisor->was_ready = true;
	notify_send("READY=1\nSTATUS=serving");
}

static void hear_gateway(struct supervisor *supervisor)
{
	struct channel_message message;

	channel_receive(supervisor->channel, false, &message);
	switch (message.kind) {
	case CHANNEL_READY:
		if (!supervisor->ready)
			now_ready(supervisor);
		break;
	case CHANNEL_ALIVE:
		notify_send("WATCHDOG=1\nSTATUS=serving; %.10s connections", message.text);
		break;
	case CHANNEL_TAKEN:
	case CHANNEL_REFUSED:
		if (supervisor->reloading)
			supervisor_reloaded(supervisor, message.kind == CHANNEL_TAKEN, message.text);
		break;
	case CHANNEL_CLOSED: /* it ends: SIGCHLD is on its way */
		close_channel(supervisor);
		break;
	case CHANNEL_NOTHING:
	case CHANNEL_LISTENER:
	case CHANNEL_REOPEN:
	case CHANNEL_RELOAD:
	case CHANNEL_YIELD:
	case CHANNEL_HAND_OVER:
	case CHANNEL_LEAVE:
	case CHANNEL_STOP:
	case CHANNEL_KINDS:
		break;
	}
}

static int wait_ms(const struct supervisor *supervisor)
{
	uint64_t due =
		supervisor->ending == ENDING_NOT ? supervisor->start_due_ms : supervisor->kill_due_ms;
	uint64_t caller = control_due(&supervisor->control), now = now_ms();

	if (due == 0 || (caller != 0 && caller < due))
		due = caller;
	if (due == 0 || (supervisor->upkeep_due_ms != 0 && supervisor->upkeep_due_ms < due))
		due = supervisor->upkeep_due_ms;
	if (due == 0)
		return -1;
	return due <= now ? 0 : (int)(due - now);
}

/* Whoever still serves when the time is over dies with this process. */
static void act_in_time(struct supervisor *supervisor)
{
	uint64_t now = now_ms();

	if (supervisor->over)
		return;
	if (supervisor->ending != ENDING_NOT && supervisor->kill_due_ms <= now) {
		log_line(LOG_ERROR, "what serves does not end: it is killed");
		supervisor->status = EXIT_FAILURE;
		supervisor->over = true;
	} else if (supervisor->ending == ENDING_NOT && supervisor->start_due_ms != 0 &&
	           supervisor->start_due_ms <= now) {
		start_gateway(supervisor);
	}
	supervisor_upkeep(supervisor, now);
}

static void watch(struct supervisor *supervisor)
{
	while (!supervisor->over) {
		struct pollfd wait[] = {{.fd = supervisor->signals, .events = POLLIN},
		                        {.fd = supervisor->channel, .events = POLLIN},
		                        {.fd = control_descriptor(&supervisor->control), .events = POLLIN}};

		(void)poll(wait, 3, wait_ms(supervisor));
		if (wait[1].revents != 0)
			hear_gateway(supervisor);
		hear_signal(supervisor);
		if (!supervisor->over && control_hear(&supervisor->control, now_ms()))
			supervisor->reload_again = supervisor->ending == ENDING_NOT;
		act_in_time(supervisor);
		if (supervisor->reload_again && !supervisor->reloading && !supervisor->over)
			supervisor_reload(supervisor);
	}
}

static bool open_signals(struct supervisor *supervisor)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGHUP);
	sigaddset(&wanted, SIGUSR2);
	sigaddset(&wanted, SIGUSR1);
	sigaddset(&wanted, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &wanted, NULL) != 0)
		return false;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a disk that is full */
	supervisor->signals = signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
	return supervisor->signals >= 0;
}

/* Each connection takes a descriptor, and one more to the daemon. Where that cannot be had it is as it was. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

int supervise(const struct supervision *plan)
{
	const struct entrances none = {.config = NULL};
	struct supervisor supervisor = {.plan = plan,
	                                .channel = -1,
	                                .self = getpid(),
	                                .status = EXIT_FAILURE};
	struct error error = {0};

	if (!open_signals(&supervisor)) {
		log_line(LOG_ERROR, "no descriptor for signals: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	raise_descriptors();
	upgrade_begin(&supervisor.upgrade);
	if (!control_open(&supervisor.control, plan->config->control, &error))
		log_line(LOG_ERROR, "%s: quaymaster reload will not find it", error.text);
	if (!entrances_open(&supervisor.entrances, plan->config, &none, NULL, &error)) {
		log_line(LOG_ERROR, "%s", error.text);
		if (!go_back(&supervisor)) {
			close(supervisor.signals);
			return EXIT_FAILURE;
		}
	} else {
		start_gateway(&supervisor);
	}
	watch(&supervisor);
	if (!supervisor.is_gateway)
		close(supervisor.signals);
	entrances_close(&supervisor.entrances, &none);
	control_close(&supervisor.control);
	return supervisor.status;
}
