/* Owns the life of the gateway's process: its start, its end, and what it is told in between. One thread, one loop around
 * poll(2): signals, and the gateway's few messages. */
#define _GNU_SOURCE /* clock_gettime */
#include "proxy/supervisor.h"

#include "policy/error.h"
#include "proxy/channel.h"
#include "proxy/config.h"
#include "proxy/entrance.h"
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
	unsigned pause_ms, drain_ms;
	int ending; /* the signal that ends it; 0: none has come */
	int status;
	bool over;
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

/* --- its configuration ----------------------------------------------------------------------------------------- */

static void finish_reload(struct supervisor *supervisor, bool taken, const char *why)
{
	const char *file = supervisor->plan->file;

	supervisor->reloading = false;
	if (taken) {
		struct entrances before = supervisor->entrances;

		supervisor->entrances = supervisor->fresh;
		entrances_close(&before, &supervisor->entrances);
		supervisor->plan->in_force(supervisor->entrances.config);
		log_line(LOG_INFO, "%s is in force", file);
	} else {
		entrances_close(&supervisor->fresh, &supervisor->entrances);
		log_line(LOG_ERROR, "%s: %s; the configuration stays as it was", file, why);
	}
	supervisor->fresh = (struct entrances){.config = NULL};
	notify_send("READY=1");
}

/* Gives the gateway the sockets that it does not have, and has it read the configuration by itself. */
static bool hand_over(const struct supervisor *supervisor)
{
	char key[LISTENER_KEY_SIZE];

	for (size_t i = 0; i < supervisor->fresh.count; i++) {
		const struct entrance *entrance = supervisor->fresh.list[i];

		if (entrances_have(&supervisor->entrances, entrance))
			continue;
		if (!listener_key(entrance->spec, key) ||
		    !channel_send_sockets(supervisor->channel, key, &entrance->sockets))
			return false;
	}
	return channel_send(supervisor->channel, CHANNEL_RELOAD, NULL);
}

static void reload(struct supervisor *supervisor)
{
	const struct supervision *plan = supervisor->plan;
	struct error error = {0};
	struct config *config;

	supervisor->reload_again = false;
	if (plan->read_again == NULL) {
		log_line(LOG_INFO, "configured by variables: there is nothing to read again");
		return;
	}
	notify_reloading();
	config = plan->read_again(plan->context);
	if (config == NULL) {
		log_line(LOG_ERROR, "%s is not usable: the configuration stays as it was", plan->file);
		notify_send("READY=1");
		return;
	}
	supervisor->reloading = true;
	if (!entrances_open(&supervisor->fresh, config, &supervisor->entrances, NULL, &error))
		finish_reload(supervisor, false, error.text);
	else if (supervisor->gateway == 0)
		finish_reload(supervisor, true, NULL); /* the next one starts with it */
	else if (!hand_over(supervisor))
		finish_reload(supervisor, false, "the process that serves does not listen");
	config_release(config);
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

/* Who dies before it has ever served would do so again: that is the configuration's or the machine's fault. */
static void gateway_died(struct supervisor *supervisor, int status)
{
	bool in_order;

	close_channel(supervisor);
	supervisor->gateway = 0;
	tell_death(status, &in_order);
	if (supervisor->reloading)
		finish_reload(supervisor, false, "the process that serves has ended");
	if (supervisor->ending != 0 || !supervisor->was_ready) {
		supervisor->over = true;
		supervisor->status = in_order ? EXIT_SUCCESS : EXIT_FAILURE;
		return;
	}
	start_later(supervisor);
	log_line(LOG_WARNING, "it is started again in %u ms", supervisor->pause_ms);
	notify_send("STATUS=starting again");
}

static void reap(struct supervisor *supervisor)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == supervisor->gateway)
			gateway_died(supervisor, status);
}

/* The first time what is under way may end; the second time nothing may. */
static void end(struct supervisor *supervisor, int signal)
{
	bool at_once = supervisor->ending != 0;

	if (!at_once) {
		supervisor->drain_ms = supervisor->entrances.config->limits.drain_ms;
		log_line(LOG_INFO, "ended by signal %d", signal);
		notify_send("STOPPING=1\nSTATUS=waiting for what is under way");
	}
	supervisor->ending = signal;
	entrances_close(&supervisor->entrances, NULL); /* who comes now is refused, and need not wait */
	if (supervisor->gateway == 0) {
		supervisor->over = true;
		return;
	}
	channel_send(supervisor->channel, at_once ? CHANNEL_STOP : CHANNEL_LEAVE, NULL);
	supervisor->kill_due_ms = now_ms() + (at_once ? 0 : supervisor->drain_ms) + GRACE_MS;
}

/* --- the loop -------------------------------------------------------------------------------------------------- */

static void hear_signal(struct supervisor *supervisor)
{
	struct signalfd_siginfo got;

	while (read(supervisor->signals, &got, sizeof got) == (ssize_t)sizeof got) {
		int number = (int)got.ssi_signo;

		if (number == SIGCHLD)
			reap(supervisor);
		else if (number == SIGHUP)
			supervisor->reload_again = true;
		else
			end(supervisor, number);
	}
}

static void now_ready(struct supervisor *supervisor)
{
	supervisor->ready = true;
	supervisor->plan->in_force(supervisor->entrances.config);
	log_line(LOG_INFO, supervisor->was_ready ? "ready again" : "ready");
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
			finish_reload(supervisor, message.kind == CHANNEL_TAKEN, message.text);
		break;
	case CHANNEL_CLOSED: /* it ends: SIGCHLD is on its way */
		close_channel(supervisor);
		break;
	case CHANNEL_NOTHING:
	case CHANNEL_LISTENER:
	case CHANNEL_RELOAD:
	case CHANNEL_LEAVE:
	case CHANNEL_STOP:
	case CHANNEL_KINDS:
		break;
	}
}

static int wait_ms(const struct supervisor *supervisor)
{
	uint64_t due = supervisor->gateway == 0 ? supervisor->start_due_ms : supervisor->kill_due_ms;
	uint64_t now = now_ms();

	if (due == 0)
		return -1;
	return due <= now ? 0 : (int)(due - now);
}

static void act_in_time(struct supervisor *supervisor)
{
	uint64_t now = now_ms();

	if (supervisor->gateway == 0 && supervisor->start_due_ms != 0 &&
	    supervisor->start_due_ms <= now)
		start_gateway(supervisor);
	else if (supervisor->gateway != 0 && supervisor->kill_due_ms != 0 &&
	         supervisor->kill_due_ms <= now) {
		log_line(LOG_ERROR, "the process that serves does not end: it is killed");
		kill(supervisor->gateway, SIGKILL);
		supervisor->kill_due_ms = 0;
	}
}

static void watch(struct supervisor *supervisor)
{
	while (!supervisor->over) {
		struct pollfd wait[] = {{.fd = supervisor->signals, .events = POLLIN},
		                        {.fd = supervisor->channel, .events = POLLIN}};

		(void)poll(wait, 2, wait_ms(supervisor));
		if (wait[1].revents != 0)
			hear_gateway(supervisor);
		hear_signal(supervisor);
		act_in_time(supervisor);
		if (supervisor->reload_again && !supervisor->reloading && !supervisor->over)
			reload(supervisor);
	}
}

static bool open_signals(struct supervisor *supervisor)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGHUP);
	sigaddset(&wanted, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &wanted, NULL) != 0)
		return false;
	signal(SIGPIPE, SIG_IGN);
	supervisor->signals = signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
	return supervisor->signals >= 0;
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
	if (!entrances_open(&supervisor.entrances, plan->config, &none, NULL, &error)) {
		log_line(LOG_ERROR, "%s", error.text);
		close(supervisor.signals);
		return EXIT_FAILURE;
	}
	start_gateway(&supervisor);
	watch(&supervisor);
	if (!supervisor.is_gateway)
		close(supervisor.signals);
	entrances_close(&supervisor.entrances, &none);
	return supervisor.status;
}
