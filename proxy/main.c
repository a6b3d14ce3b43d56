/* quaymaster: picks the subcommand. */
#include "certs/cmd_certs.h"
#include "proxy/commands.h"
#include "proxy/json_pool.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
	"Usage: quaymaster COMMAND [OPTIONS]\n"
	"\n"
	"A Docker socket proxy that terminates mutual TLS, reads Docker Engine API\n"
	"requests exactly as dockerd would, and allows, rewrites or denies them by policy.\n"
	"\n"
	"Commands:\n"
	"  run          stand in front of the daemon, in the foreground\n"
	"  reload       have the one that runs read its configuration again\n"
	"  check        report every mistake in a configuration\n"
	"  test         run policy tests\n"
	"  explain      tell why a request, or a docker command line, is allowed or denied\n"
	"  learn        print the smallest policy that allows what an audit log has seen\n"
	"  replay       tell what another policy would have decided of it\n"
	"  convert      print what another socket proxy's settings mean, as a configuration\n"
	"  status       tell what a running quaymaster does\n"
	"  top          the same, again and again\n"
	"  healthcheck  tell whether one serves, by the exit status\n"
	"  audit        verify that nothing is missing in an audit log, or was changed\n"
	"  certs        make and show certificates in docker:dind's layout\n"
	"  dial-stdio   serve the Docker API as a forced command of ssh\n"
	"  version      print the version\n"
	"\n"
	"'quaymaster COMMAND --help' tells about one.\n";

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"run", cmd_run},
	{"check", cmd_check},
	{"test", cmd_test},
	{"explain", cmd_explain},
	{"learn", cmd_learn},
	{"replay", cmd_replay},
	{"convert", cmd_convert},
	{"audit", cmd_audit},
	{"status", cmd_status},
	{"top", cmd_top},
	{"healthcheck", cmd_healthcheck},
	{"certs", cmd_certs},
	{"dial-stdio", cmd_dial_stdio},
	{"reload", cmd_reload},
};

/* The command's own first word, with which getopt begins its complaints. */
static char *title_of(const char *name)
{
	static char title[sizeof "quaymaster " + 16];

	snprintf(title, sizeof title, "quaymaster %s", name);
	return title;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	json_pool_install();
	json_object_seed(
		0); /* from the kernel, now: jansson would do it in the middle of the first request */
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		argv[1] = title_of(name);
		return commands[i].run(argc - 1, argv + 1);
	}
	if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
		puts("quaymaster " QUAYMASTER_VERSION);
		return EXIT_OK;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
		fputs(help, stdout);
		return EXIT_OK;
	}
	if (name[0] != '\0')
		fprintf(stderr, "quaymaster: unknown command '%s'\n\n", name);
	fputs(help, stderr);
	return EXIT_USAGE;
}
