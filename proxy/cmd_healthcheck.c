/* quaymaster healthcheck: whether a quaymaster serves, as an exit status, for containers that have no shell. */
#include "proxy/cmd_admin.h"
#include "proxy/cmd_usage.h"
#include "proxy/commands.h"

#include "policy/error.h"
#include "policy/problems.h"
#include "proxy/admin_client.h"
#include "proxy/cmd_environment.h"
#include "proxy/config.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"Usage: quaymaster healthcheck [--ready] [--config FILE | --admin WHERE]\n"
	"\n"
	"Exit status 0 when the quaymaster of that configuration is alive, and 1 with the\n"
	"reason when it is not; for the HEALTHCHECK of an image, which needs no shell:\n"
	"\n"
	"  HEALTHCHECK CMD [\"/quaymaster\", \"healthcheck\"]\n"
	"\n"
	"It asks the admin listener; where there is none, it connects to the first\n"
	"listener, and --ready cannot be told.\n"
	"\n"
	"      --ready        also that the Docker daemon answers\n"
	"  -c, --config FILE  the configuration (default " QUAYMASTER_CONFIG_DEFAULT ",\n"
	"                     or else the environment's variables)\n"
	"  -a, --admin WHERE  the admin listener itself: /a/socket or 127.0.0.1:9323\n"
	"  -h, --help         this text\n";

struct config *admin_config(const char *command, const char *file)
{
	const char *chosen = file != NULL ? file : QUAYMASTER_CONFIG_DEFAULT;
	struct problems *problems;
	struct config *config;

	if (file == NULL && access(chosen, F_OK) != 0 && errno == ENOENT && environment_is_meant()) {
		log_set_level(LOG_ERROR);
		return environment_config(true);
	}
	problems = problems_new();
	config = problems != NULL ? config_load(chosen, problems) : NULL;
	if (config == NULL)
		fprintf(stderr, "quaymaster %s: %s is not usable; name the listener with --admin\n",
		        command, chosen);
	usage_problems("", problems);
	problems_free(problems);
	return config;
}

static int told(const char *where, bool healthy, const char *text)
{
	fprintf(healthy ? stdout : stderr, "quaymaster healthcheck: %s: %s\n", where, text);
	return healthy ? EXIT_OK : EXIT_TROUBLE;
}

static int ask(const char *where, bool ready)
{
	struct error error = {.text = ""};
	struct admin_answer answer;
	int status;

	if (!admin_client_get(where, ready ? "/readyz" : "/healthz", &answer, &error)) {
		fprintf(stderr, "quaymaster healthcheck: %s\n", error.text);
		return EXIT_TROUBLE;
	}
	answer.body[strcspn(answer.body, "\n")] = '\0';
	status = told(where, answer.status == 200, answer.body);
	free(answer.body);
	return status;
}

static int try_listener(const struct listener_spec *spec)
{
	const char *where = spec->socket != NULL ? spec->socket : spec->address;
	struct error error = {.text = ""};
	int fd;

	if (where == NULL)
		return told(spec->systemd, false, "a listener of systemd's cannot be found from here");
	fd = admin_client_connect(where, &error);
	if (fd < 0) {
		fprintf(stderr, "quaymaster healthcheck: %s\n", error.text);
		return EXIT_TROUBLE;
	}
	close(fd);
	return told(where, true, "it listens");
}

static int check(const struct config *config, bool ready)
{
	const struct listener_spec *admin = &config->admin.spec;

	if (config->admin.given)
		return ask(admin->socket != NULL ? admin->socket : admin->address, ready);
	if (ready)
		return told(config->file, false, "--ready needs admin = { socket = \"...\"; };");
	return try_listener(&config->listeners[0].spec);
}

static int check_configured(const char *file, bool ready)
{
	struct config *config = admin_config("healthcheck", file);
	int status;

	if (config == NULL)
		return EXIT_TROUBLE;
	status = check(config, ready);
	config_release(config);
	return status;
}

int cmd_healthcheck(int argc, char **argv)
{
	static const struct option list[] = {
		{"ready", no_argument, NULL, 'r'},
		{"config", required_argument, NULL, 'c'},
		{"admin", required_argument, NULL, 'a'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *file = NULL, *admin = NULL;
	bool ready = false;
	int option;

	signal(SIGPIPE, SIG_IGN);
	while ((option = getopt_long(argc, argv, "c:a:h", list, NULL)) != -1) {
		switch (option) {
		case 'h':
			fputs(help, stdout);
			return EXIT_OK;
		case 'r':
			ready = true;
			break;
		case 'c':
			file = optarg;
			break;
		case 'a':
			admin = optarg;
			break;
		default:
			return usage_hint("healthcheck");
		}
	}
	if (optind < argc)
		return usage_wrong("healthcheck", "unexpected argument '%s'", argv[optind]);
	return admin != NULL ? ask(admin, ready) : check_configured(file, ready);
}
