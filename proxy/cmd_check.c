/* quaymaster check: reads a configuration and tells every mistake in it. */
#include "proxy/commands.h"

#include "policy/problems.h"
#include "proxy/config.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
	"Usage: quaymaster check [--config FILE]\n"
	"\n"
	"Reads the configuration and reports every mistake of meaning, and the first of\n"
	"syntax, each as file:line: text. Changes nothing and opens no socket.\n"
	"\n"
	"  -c, --config FILE  the configuration (default " QUAYMASTER_CONFIG_DEFAULT ")\n"
	"  -h, --help         this text\n"
	"\n"
	"Exit status: 0 when there is no mistake, 1 when there is one, 2 for wrong usage.\n";

static int check_file(const char *file)
{
	struct problems *problems = problems_new();
	struct config *config;

	if (problems == NULL) {
		fputs("quaymaster: out of memory\n", stderr);
		return EXIT_TROUBLE;
	}
	config = config_load(file, problems);
	for (size_t i = 0; i < problems_count(problems); i++)
		fprintf(stderr, "%s\n", problems_text(problems, i));
	problems_free(problems);
	if (config == NULL)
		return EXIT_TROUBLE;
	printf("%s: %zu listener%s, no mistakes\n", file, config->listener_count,
	       config->listener_count == 1 ? "" : "s");
	config_release(config);
	return EXIT_OK;
}

int cmd_check(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *file = QUAYMASTER_CONFIG_DEFAULT;
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option != 'c') {
			fputs("Try 'quaymaster check --help'.\n", stderr);
			return EXIT_USAGE;
		}
		file = optarg;
	}
	if (optind < argc) {
		fprintf(stderr, "quaymaster check: unexpected argument '%s'\n", argv[optind]);
		return EXIT_USAGE;
	}
	return check_file(file);
}
