/* quaymaster status and top: what a running quaymaster does, once or again and again. */
#include "proxy/cmd_admin.h"
#include "proxy/cmd_usage.h"
#include "proxy/commands.h"

#include "policy/builder.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/text.h"
#include "proxy/admin_client.h"
#include "proxy/config.h"
#include "proxy/status_text.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { INTERVAL_DEFAULT = 2, INTERVAL_MAX = 3600 };

static const char status_help[] =
	"Usage: quaymaster status [--json] [--config FILE | --admin WHERE]\n"
	"\n"
	"Tells once what a running quaymaster does: whether the daemon answers, what is\n"
	"under way, what was denied and why, what tenants do, and when certificates end.\n"
	"It asks the admin listener: admin = { socket = \"...\"; };\n"
	"\n"
	"  -j, --json         as it was told, for programs\n"
	"  -c, --config FILE  the configuration (default " QUAYMASTER_CONFIG_DEFAULT ")\n"
	"  -a, --admin WHERE  the admin listener itself: /a/socket or 127.0.0.1:9323\n"
	"  -h, --help         this text\n"
	"\n"
	"Exit status: 0 when it answers, 1 when it does not, 2 for wrong usage.\n";

static const char top_help[] =
	"Usage: quaymaster top [OPTIONS] [--config FILE | --admin WHERE]\n"
	"\n"
	"The same as quaymaster status, again and again and with rates: on a terminal it is\n"
	"drawn anew each time, elsewhere one follows the other. Ctrl-C ends it.\n"
	"\n"
	"  -i, --interval SECONDS  between two (default 2)\n"
	"  -n, --count COUNT       so often, and no more\n"
	"  -c, --config FILE       the configuration (default " QUAYMASTER_CONFIG_DEFAULT ")\n"
	"  -a, --admin WHERE       the admin listener itself: /a/socket or 127.0.0.1:9323\n"
	"  -h, --help              this text\n";

struct status_options {
	const char *file, *where;
	bool json;
	unsigned interval, count; /* COUNT 0: for ever */
};

/* The text of /status, the caller's to free; NULL, told. */
static char *fetch(const char *command, const char *where)
{
	struct error error = {.text = ""};
	struct admin_answer answer;

	if (!admin_client_get(where, "/status", &answer, &error)) {
		fprintf(stderr, "quaymaster %s: %s\n", command, error.text);
		return NULL;
	}
	if (answer.status == 200)
		return answer.body;
	fprintf(stderr, "quaymaster %s: %s: status %u\n", command, where, answer.status);
	free(answer.body);
	return NULL;
}

static json_t *fetch_json(const char *command, const char *where)
{
	static const struct json_limits limits = {16 << 20, 1000000, 16};
	struct error error = {.text = ""};
	char *text = fetch(command, where);
	json_t *status = NULL;

	if (text != NULL && json_read(text, strlen(text), &limits, &status, &error) != JSON_FINE)
		fprintf(stderr, "quaymaster %s: %s: %s\n", command, where, error.text);
	free(text);
	return status;
}

static int print_raw(const char *where)
{
	char *text = fetch("status", where);
	int status = text != NULL ? EXIT_OK : EXIT_TROUBLE;

	if (text != NULL)
		fputs(text, stdout);
	free(text);
	return status;
}

/* CLEAR: where the last one was. */
static void show(const json_t *now, const json_t *before, bool clear)
{
	struct builder page = {.text = NULL};

	status_text_print(now, before, &page);
	if (clear)
		fputs("\033[H\033[2J", stdout);
	if (page.text != NULL && !page.failed)
		fputs(page.text, stdout);
	fflush(stdout);
	builder_clear(&page);
}

static int run_status(const struct status_options *options, const char *where)
{
	json_t *status;

	if (options->json)
		return print_raw(where);
	status = fetch_json("status", where);
	if (status == NULL)
		return EXIT_TROUBLE;
	show(status, NULL, false);
	json_decref(status);
	return EXIT_OK;
}

static int run_top(const struct status_options *options, const char *where)
{
	const struct timespec pause = {.tv_sec = options->interval};
	bool terminal = isatty(STDOUT_FILENO) != 0;
	json_t *before = NULL, *now;
	unsigned shown = 0;

	while ((now = fetch_json("top", where)) != NULL) {
		if (shown > 0 && !terminal)
			putchar('\n');
		show(now, before, terminal);
		json_decref(before);
		before = now;
		shown++;
		if (ferror(stdout) || shown == options->count)
			break;
		nanosleep(&pause, NULL);
	}
	json_decref(before);
	return now != NULL ? EXIT_OK : EXIT_TROUBLE;
}

static int run_configured(const char *command, const struct status_options *options,
                          int (*run)(const struct status_options *options, const char *where))
{
	struct config *config;
	int status = EXIT_TROUBLE;

	if (options->where != NULL)
		return run(options, options->where);
	config = admin_config(command, options->file);
	if (config == NULL)
		return EXIT_TROUBLE;
	if (config->admin.given)
		status = run(options, config->admin.spec.socket != NULL ? config->admin.spec.socket
		                                                        : config->admin.spec.address);
	else
		fprintf(stderr,
		        "quaymaster %s: %s has no admin listener: "
		        "admin = { socket = \"/run/quaymaster/admin.sock\"; };\n",
		        command, config->file);
	config_release(config);
	return status;
}

static bool read_number(const char *command, const char *option, const char *text, unsigned *value)
{
	unsigned long long number;

	if (!text_to_number(text, INTERVAL_MAX, &number) || number == 0)
		return usage_value(command, option, text, "a number from 1 to 3600");
	*value = (unsigned)number;
	return true;
}

int cmd_status(int argc, char **argv)
{
	static const struct option list[] = {
		{"json", no_argument, NULL, 'j'},
		{"config", required_argument, NULL, 'c'},
		{"admin", required_argument, NULL, 'a'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct status_options options = {.file = NULL};
	int option;

	while ((option = getopt_long(argc, argv, "jc:a:h", list, NULL)) != -1) {
		switch (option) {
		case 'h':
			fputs(status_help, stdout);
			return EXIT_OK;
		case 'j':
			options.json = true;
			break;
		case 'c':
			options.file = optarg;
			break;
		case 'a':
			options.where = optarg;
			break;
		default:
			return usage_hint("status");
		}
	}
	if (optind < argc)
		return usage_wrong("status", "unexpected argument '%s'", argv[optind]);
	signal(SIGPIPE, SIG_IGN);
	return run_configured("status", &options, run_status);
}

static bool take_top_option(int option, struct status_options *options)
{
	switch (option) {
	case 'c':
		options->file = optarg;
		return true;
	case 'a':
		options->where = optarg;
		return true;
	case 'i':
		return read_number("top", "--interval", optarg, &options->interval);
	case 'n':
		return read_number("top", "--count", optarg, &options->count);
	default:
		return false;
	}
}

int cmd_top(int argc, char **argv)
{
	static const struct option list[] = {
		{"interval", required_argument, NULL, 'i'}, {"count", required_argument, NULL, 'n'},
		{"config", required_argument, NULL, 'c'},   {"admin", required_argument, NULL, 'a'},
		{"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
	};
	struct status_options options = {.interval = INTERVAL_DEFAULT};
	int option;

	while ((option = getopt_long(argc, argv, "i:n:c:a:h", list, NULL)) != -1) {
		if (option == 'h') {
			fputs(top_help, stdout);
			return EXIT_OK;
		}
		if (!take_top_option(option, &options))
			return usage_hint("top");
	}
	if (optind < argc)
		return usage_wrong("top", "unexpected argument '%s'", argv[optind]);
	signal(SIGPIPE, SIG_IGN);
	return run_configured("top", &options, run_top);
}
