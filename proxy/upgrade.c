/* Owns the way from one program to the next: what the environment tells it, and which descriptors it finds open. Children are
 * kept by exec(2), and so are signals that wait. In a process of one thread. */
#define _GNU_SOURCE /* O_CLOEXEC, setenv */
#include "proxy/upgrade.h"

#include "policy/builder.h"
#include "policy/error.h"
#include "policy/text.h"
#include "proxy/entrance.h"
#include "proxy/listen_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* "PID CHANNEL\n" of each, the newest last. */
#define FORMERS_VARIABLE "QUAYMASTER_FORMERS"

enum { LINE_SIZE = LISTENER_KEY_SIZE + 512, ARGUMENTS_MAX = 64 };

/* What this program is called on disk, also when another has taken its name since. */
static char program[PATH_MAX];

/* --- what was left --------------------------------------------------------------------------------------------- */

/* The number before END, which is stepped over. */
static bool take_number(const char **at, char end, int *number)
{
	const char *stop = strchr(*at, end);
	unsigned long long value;
	char text[16];
	size_t len = stop != NULL ? (size_t)(stop - *at) : 0;

	if (len == 0 || len >= sizeof text)
		return false;
	memcpy(text, *at, len);
	text[len] = '\0';
	*at = stop + 1;
	if (!text_to_number(text, INT_MAX, &value))
		return false;
	*number = (int)value;
	return true;
}

void upgrade_begin(struct upgrade *upgrade)
{
	const char *text = getenv(FORMERS_VARIABLE); /* NOLINT(concurrency-mt-unsafe) */
	ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
	struct former former;

	program[len > 0 ? len : 0] = '\0';
	*upgrade = (struct upgrade){.checking = 0};
	while (text != NULL && upgrade->count < UPGRADE_FORMERS_MAX &&
	       take_number(&text, ' ', &former.pid) && take_number(&text, '\n', &former.channel) &&
	       fcntl(former.channel, F_SETFD, FD_CLOEXEC) == 0)
		upgrade->formers[upgrade->count++] = former;
	(void)unsetenv(FORMERS_VARIABLE); /* NOLINT(concurrency-mt-unsafe) */
	listener_inherit();
}

void upgrade_forget(struct upgrade *upgrade)
{
	while (upgrade->count > 0)
		close(upgrade->formers[--upgrade->count].channel);
	listener_disinherit(false);
}

void upgrade_order(const struct upgrade *upgrade, enum channel_kind kind)
{
	for (size_t i = 0; i < upgrade->count; i++)
		channel_send(upgrade->formers[i].channel, kind, NULL);
}

bool upgrade_take_back(struct upgrade *upgrade, struct former *former)
{
	if (upgrade->count == 0)
		return false;
	*former = upgrade->formers[--upgrade->count];
	return true;
}

/* --- whether the new one is any good --------------------------------------------------------------------------- */

static void run_check(const char *file)
{
	static char check[] = "check", version[] = "version", config[] = "--config";
	char *words[] = {program, version, NULL, NULL, NULL};
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (file != NULL) {
		words[1] = check;
		words[2] = config;
		words[3] = strdup(file);
	}
	if (nowhere >= 0)
		(void)dup2(nowhere, STDOUT_FILENO); /* its mistakes are on standard error */
	execv(program, words);
	_exit(EXIT_FAILURE);
}

bool upgrade_check(struct upgrade *upgrade, const char *file, struct error *error)
{
	pid_t pid;

	if (upgrade->count == UPGRADE_FORMERS_MAX)
		return error_set(
			error, "%d processes before this one have something under way: a reload ends that",
			UPGRADE_FORMERS_MAX);
	pid = fork();
	if (pid == 0)
		run_check(file);
	if (pid < 0)
		return error_set(error, "no process: %s", strerror(errno));
	upgrade->checking = pid;
	return true;
}

enum upgrade_news upgrade_reap(struct upgrade *upgrade, pid_t pid, int status)
{
	if (pid == upgrade->checking) {
		upgrade->checking = 0;
		return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? UPGRADE_IS_SOUND : UPGRADE_IS_NOT;
	}
	for (size_t i = 0; i < upgrade->count; i++) {
		struct former *former = &upgrade->formers[i];

		if (former->pid != pid)
			continue;
		close(former->channel);
		upgrade->count--;
		memmove(former, former + 1, (upgrade->count - i) * sizeof *former);
		return UPGRADE_FORMER_ENDED;
	}
	return UPGRADE_NOTHING;
}

/* --- going over to it ------------------------------------------------------------------------------------------ */

static void keep_open(int fd, bool kept)
{
	(void)fcntl(fd, F_SETFD, kept ? 0 : FD_CLOEXEC);
}

/* What exec(2) leaves open when KEPT; else as it was. */
static void keep_all_open(const struct upgrade *upgrade, const struct entrances *entrances,
                          int channel, bool kept)
{
	const char *text = getenv("LISTEN_FDS"); /* NOLINT(concurrency-mt-unsafe) */
	unsigned long long passed = 0;

	for (size_t i = 0; i < entrances->count; i++)
		for (size_t j = 0; j < entrances->list[i]->sockets.count; j++)
			keep_open(entrances->list[i]->sockets.fds[j], kept);
	for (size_t i = 0; i < upgrade->count; i++)
		keep_open(upgrade->formers[i].channel, kept);
	keep_open(channel, kept);
	if (text != NULL && text_to_number(text, LISTEN_FDS_MAX, &passed))
		for (int i = 0; i < (int)passed; i++)
			keep_open(LISTEN_FDS_FIRST + i, kept);
}

/* Listeners that systemd passes are found as they were before. */
static void tell_sockets(const struct entrances *entrances, struct builder *text)
{
	char line[LINE_SIZE];

	for (size_t i = 0; i < entrances->count; i++) {
		const struct entrance *entrance = entrances->list[i];
		int len = entrance->spec->systemd != NULL
		              ? 0
		              : listener_bequeath(entrance->spec, &entrance->sockets, line, sizeof line);

		if (len > 0)
			builder_bytes(text, line, (size_t)len);
		text->failed = text->failed || len < 0;
	}
}

static bool set_variable(const char *name, struct builder *text)
{
	bool set = !text->failed && setenv(name, text->text != NULL ? text->text : "", 1) ==
	                                0; /* NOLINT(concurrency-mt-unsafe) */

	builder_clear(text);
	return set;
}

static bool tell(const struct upgrade *upgrade, const struct entrances *entrances,
                 struct former gateway)
{
	struct builder formers = {.text = NULL}, sockets = {.text = NULL};
	bool told;

	for (size_t i = 0; i < upgrade->count; i++)
		builder_format(&formers, "%d %d\n", (int)upgrade->formers[i].pid,
		               upgrade->formers[i].channel);
	builder_format(&formers, "%d %d\n", (int)gateway.pid, gateway.channel);
	tell_sockets(entrances, &sockets);
	told = set_variable(FORMERS_VARIABLE, &formers);
	return set_variable(LISTENER_BEQUEST, &sockets) && told;
}

void upgrade_execute(struct upgrade *upgrade, char *const *arguments,
                     const struct entrances *entrances, struct former gateway, struct error *error)
{
	static char run[] = "run";
	char *words[ARGUMENTS_MAX + 3] = {program, run};
	size_t count = 2;

	while (*arguments != NULL && count < ARGUMENTS_MAX + 2)
		words[count++] = *arguments++;
	if (tell(upgrade, entrances, gateway)) {
		keep_all_open(upgrade, entrances, gateway.channel, true);
		execv(program, words);
		error_set(error, "%s: %s", program, strerror(errno));
		keep_all_open(upgrade, entrances, gateway.channel, false);
	} else {
		error_set(error, "out of memory");
	}
	(void)unsetenv(FORMERS_VARIABLE); /* NOLINT(concurrency-mt-unsafe) */
	(void)unsetenv(LISTENER_BEQUEST); /* NOLINT(concurrency-mt-unsafe) */
}
