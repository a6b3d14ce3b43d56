/* The second form of explain: a docker command line, run against a daemon that is not there. The command has a folder, a
 * socket, a configuration and a terminal of its own, and a limited time; nothing of it is left behind. */
#define _GNU_SOURCE
#include "proxy/cmd_explain.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/text.h"
#include "proxy/commands.h"
#include "proxy/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 20, OUTPUT_KEPT = 4096, GRACE_TICKS = 50 };

struct performance {
	struct explain_context *context;
	char folder[PATH_MAX], socket[PATH_MAX];
	struct loop *loop;
	struct shim *shim;
	struct timer *tick;
	uint64_t deadline_ms;
	int terminal; /* the command's, from our side */
	pid_t child;
	bool late;
	int status;                   /* of the command, once it has ended */
	char output[OUTPUT_KEPT + 1]; /* the last of what it said */
	size_t output_len;
	json_t *list;
	unsigned requests;
	bool denied, failed;
};

/* Somebody wants us to end: the command and its folder go first. */
static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* ---- its requests ---- */

static void answer_refusal(struct arena *arena, struct shim_answer *answer, unsigned status,
                           const char *message)
{
	const char *body = arena_format(arena, "{\"message\":\"%s\"}", message);

	*answer = (struct shim_answer){.status = status, .body = body != NULL ? body : ""};
	answer->len = strlen(answer->body);
}

/* What the command would hear if it were allowed: so it goes on, and tells all it would do. */
static void answer(struct performance *performance, struct arena *arena,
                   const struct trial_input *input, struct shim_answer *answer)
{
	const struct trial_setup *setup = &performance->context->setup;
	struct request request;
	struct refusal refusal;

	if (!request_read_head(arena, &input->head, &setup->range, &request, &refusal))
		answer_refusal(arena, answer, refusal.status, "quaymaster knows no such request");
	else if (request.route->answer == ANSWER_H2C)
		answer_refusal(arena, answer, 403, "BuildKit's streams are not explained");
	else if (request.route->body != BODY_STREAM &&
	         !request_read_body(&request, input->body, input->len, &setup->limits,
	                            UNKNOWN_FIELDS_DROP, &refusal))
		answer_refusal(arena, answer, refusal.status, "quaymaster does not understand the body");
	else
		explain_answer(arena, &request, answer);
}

static void request_came(void *context, struct arena *arena, const struct trial_input *input,
                         struct shim_answer *answered)
{
	struct performance *performance = context;
	bool allowed = false;

	if (!performance->context->options->json && performance->requests > 0)
		puts(performance->denied ? "\n(only if that were allowed)" : "");
	performance->requests++;
	if (!explain_one(performance->context, input, performance->list, &allowed))
		performance->failed = true;
	performance->denied = performance->denied || !allowed;
	(void)fflush(stdout);
	answer(performance, arena, input, answered);
}

/* ---- its output ---- */

static void keep_output(struct performance *performance, const char *bytes, size_t len)
{
	size_t over;

	if (performance->context->options->verbose)
		fwrite(bytes, 1, len, stderr);
	if (len > OUTPUT_KEPT) {
		bytes += len - OUTPUT_KEPT;
		len = OUTPUT_KEPT;
	}
	over = performance->output_len + len > OUTPUT_KEPT ? performance->output_len + len - OUTPUT_KEPT
	                                                   : 0;
	memmove(performance->output, performance->output + over, performance->output_len - over);
	performance->output_len -= over;
	memcpy(performance->output + performance->output_len, bytes, len);
	performance->output_len += len;
	performance->output[performance->output_len] = '\0';
}

/* A terminal has no end: once nobody has it open, reading fails. */
static void read_terminal(struct performance *performance)
{
	char bytes[4096];
	ssize_t len;

	do {
		len = read(performance->terminal, bytes, sizeof bytes);
		if (len > 0)
			keep_output(performance, bytes, (size_t)len);
	} while (len > 0 || (len < 0 && errno == EINTR));
}

/* ---- its process ---- */

/* What is piped into us is meant for the command. */
static bool input_is_for_command(void)
{
	struct stat status;

	return fstat(STDIN_FILENO, &status) == 0 &&
	       (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode));
}

/* In the child. Its configuration is empty, so that it talks to nobody else and has no credentials to send. */
static void become_command(const struct performance *performance, int terminal, char **words)
{
	char host[PATH_MAX + 16];

	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ioctl(terminal, TIOCSCTTY, 0);
	if (!input_is_for_command())
		dup2(terminal, STDIN_FILENO);
	dup2(terminal, STDOUT_FILENO);
	dup2(terminal, STDERR_FILENO);
	close(terminal);
	snprintf(host, sizeof host, "unix://%s", performance->socket);
	setenv("DOCKER_HOST", host, 1);
	setenv("DOCKER_CONFIG", performance->folder, 1);
	setenv("TERM", "dumb", 0);
	unsetenv("DOCKER_CONTEXT");
	unsetenv("DOCKER_TLS");
	unsetenv("DOCKER_TLS_VERIFY");
	unsetenv("DOCKER_CERT_PATH");
	unsetenv("BUILDX_BUILDER");
	unsetenv("BUILDX_CONFIG");
	unsetenv("BUILDKIT_HOST");
	execvp(words[0], words);
	fprintf(stderr, "%s: %s\n", words[0], strerror(errno));
	_exit(127);
}

/* The command's side of a new terminal; ours is kept. -1 with errno. */
static int open_terminal(struct performance *performance)
{
	const struct winsize size = {.ws_row = 24, .ws_col = 80};
	int terminal;

	performance->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (performance->terminal < 0 || grantpt(performance->terminal) != 0 ||
	    unlockpt(performance->terminal) != 0)
		return -1;
	terminal = open(ptsname(performance->terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal >= 0)
		ioctl(terminal, TIOCSWINSZ, &size);
	return terminal;
}

static bool start_command(struct performance *performance, char **words, struct error *error)
{
	int terminal = open_terminal(performance);

	if (terminal < 0)
		return error_set(error, "a terminal for the command: %s", strerror(errno));
	performance->child = fork();
	if (performance->child == 0)
		become_command(performance, terminal, words);
	close(terminal);
	return performance->child > 0 || error_set(error, "fork: %s", strerror(errno));
}

/* The command's session is its process group: whatever it has started goes with it. */
static void end_command(struct performance *performance)
{
	const struct timespec pause = {.tv_nsec = TICK_MS * 1000000L};

	if (performance->child <= 0)
		return;
	kill(-performance->child, SIGTERM);
	for (int i = 0; i < GRACE_TICKS; i++) {
		if (waitpid(performance->child, &performance->status, WNOHANG) != 0) {
			performance->child = 0;
			return;
		}
		nanosleep(&pause, NULL);
	}
	kill(-performance->child, SIGKILL);
	waitpid(performance->child, &performance->status, 0);
	performance->child = 0;
}

static void look_after(void *context)
{
	struct performance *performance = context;

	read_terminal(performance);
	if (waitpid(performance->child, &performance->status, WNOHANG) == performance->child) {
		kill(-performance->child, SIGKILL); /* what it has left behind */
		read_terminal(performance);
		performance->child = 0;
		loop_stop(performance->loop);
		return;
	}
	performance->late = loop_now_ms(performance->loop) > performance->deadline_ms;
	if (performance->late || interrupted)
		loop_stop(performance->loop);
	else
		timer_start(performance->tick, TICK_MS);
}

/* ---- the stage ---- */

/* Plugins (compose, buildx) are part of the command, and stay. */
static void link_plugins(const struct performance *performance)
{
	const char *config = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
	char from[PATH_MAX], to[PATH_MAX + 16];
	int len = config != NULL ? snprintf(from, sizeof from, "%s/cli-plugins", config)
	                         : snprintf(from, sizeof from, "%s/.docker/cli-plugins",
	                                    home != NULL ? home : "/nonexistent");

	snprintf(to, sizeof to, "%s/cli-plugins", performance->folder);
	if (len > 0 && (size_t)len < sizeof from && access(from, F_OK) == 0 && symlink(from, to) != 0)
		fprintf(stderr, "quaymaster explain: %s: %s\n", to, strerror(errno));
}

static bool set_stage(struct performance *performance, struct error *error)
{
	const char *temporary = getenv("TMPDIR");
	int len = snprintf(performance->folder, sizeof performance->folder,
	                   "%s/quaymaster-explain-XXXXXX", temporary != NULL ? temporary : "/tmp");

	if (len < 0 || len > 80)
		return error_set(error, "TMPDIR is too long for a socket's path");
	if (mkdtemp(performance->folder) == NULL) {
		error_set(error, "%s: %s", performance->folder, strerror(errno));
		performance->folder[0] = '\0';
		return false;
	}
	snprintf(performance->socket, sizeof performance->socket, "%.90s/docker.sock",
	         performance->folder);
	link_plugins(performance);
	performance->loop = loop_new();
	performance->tick =
		performance->loop != NULL ? timer_new(performance->loop, look_after, performance) : NULL;
	performance->list = json_array();
	if (performance->tick == NULL || performance->list == NULL)
		return error_set(error, "out of memory");
	performance->shim =
		shim_open(performance->loop, performance->socket, request_came, performance, error);
	return performance->shim != NULL;
}

static void clear_stage(struct performance *performance)
{
	end_command(performance);
	shim_close(performance->shim);
	timer_free(performance->tick);
	if (performance->loop != NULL)
		loop_free(performance->loop);
	if (performance->terminal >= 0)
		close(performance->terminal);
	if (performance->folder[0] != '\0')
		explain_remove_folder(performance->folder);
	json_decref(performance->list);
}

/* ---- what it came to ---- */

static void tell_trouble(const struct performance *performance)
{
	bool silent = performance->requests == 0, failed = performance->status != 0;

	if (performance->late)
		fprintf(stderr, "quaymaster explain: the command took too long, and was ended\n");
	else if (silent)
		fprintf(stderr, "quaymaster explain: the command made no request\n");
	else if (failed && WIFEXITED(performance->status))
		fprintf(stderr, "quaymaster explain: the command ended with status %d, perhaps early\n",
		        WEXITSTATUS(performance->status));
	if ((silent || failed || performance->late) && !performance->context->options->verbose)
		fprintf(stderr, "%s", performance->output);
}

static int finish(struct performance *performance)
{
	tell_trouble(performance);
	if (performance->context->options->json) {
		json_dumpf(performance->list, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	return performance->requests > 0 && !performance->denied && !performance->failed &&
	               !performance->late && !interrupted
	           ? EXIT_OK
	           : EXIT_TROUBLE;
}

/* Options before docker's subcommand that lead to another daemon, or take the configuration from elsewhere. */
static const char *leads_elsewhere(char **words)
{
	static const char *const options[] = {"-H", "--host", "-c", "--context", "--config"};

	const char *slash = strrchr(words[0], '/');

	if (!text_starts_with(slash != NULL ? slash + 1 : words[0], "docker"))
		return NULL;
	for (words++; *words != NULL && **words == '-'; words++) {
		for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
			if (text_starts_with(*words, options[i]))
				return options[i];
		}
	}
	return NULL;
}

int explain_docker(struct explain_context *context, char **words)
{
	struct performance performance = {.context = context, .terminal = -1};
	struct error error = {.text = ""};
	int status = EXIT_TROUBLE;

	if (leads_elsewhere(words) != NULL) {
		fprintf(stderr, "quaymaster explain: %s would lead the command to a daemon of its own\n",
		        leads_elsewhere(words));
		return EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, interrupt);
	signal(SIGTERM, interrupt);
	if (set_stage(&performance, &error) && start_command(&performance, words, &error)) {
		performance.deadline_ms =
			loop_now_ms(performance.loop) + context->options->seconds * 1000ULL;
		timer_start(performance.tick, TICK_MS);
		loop_run(performance.loop);
		end_command(&performance);
		status = finish(&performance);
	} else {
		fprintf(stderr, "quaymaster explain: %s\n", error.text);
	}
	clear_stage(&performance);
	return status;
}
