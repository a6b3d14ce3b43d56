/* quaymaster test: runs policy tests. */
#include "proxy/cmd_usage.h"
#include "proxy/commands.h"

#include "policy/load.h"
#include "policy/problems.h"
#include "proxy/config_policies.h"
#include "proxy/vector_file.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
	"Usage: quaymaster test [--config FILE] TESTS...\n"
	"\n"
	"Runs policy tests: each line of a file is a request and the verdict that it\n"
	"should get. Asks no daemon and opens no socket. docs/policy-tests.md tells the\n"
	"format. Each failure is shown with its file and line, what was expected, and\n"
	"what came instead; the last line is 'N passed, N failed'.\n"
	"\n"
	"  -c, --config FILE  judge by the policies of FILE, a whole configuration or one\n"
	"                     that has only policies and clients, instead of those that\n"
	"                     the tests name in lines 'policies FILE'\n"
	"  -h, --help         this text\n"
	"\n"
	"Exit status: 0 when all have passed, 1 when one has failed or could not be run,\n"
	"2 for wrong usage.\n";

static int run_files(char **files, const struct policy_set *policies)
{
	struct vector_count total = {0};

	for (; *files != NULL; files++) {
		struct vector_count count = vector_file_run(*files, policies, stderr);

		total.passed += count.passed;
		total.failed += count.failed;
	}
	printf("%u passed, %u failed\n", total.passed, total.failed);
	return total.failed == 0 ? EXIT_OK : EXIT_TROUBLE;
}

static int run_with(char **files, const char *config)
{
	struct problems *problems = problems_new();
	struct policy_set *policies;
	int status = EXIT_TROUBLE;

	if (problems == NULL) {
		fputs("quaymaster: out of memory\n", stderr);
		return EXIT_TROUBLE;
	}
	policies = config_policies_load(config, problems);
	usage_problems("", problems);
	if (policies != NULL)
		status = run_files(files, policies);
	policy_set_free(policies);
	problems_free(problems);
	return status;
}

int cmd_test(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *config = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option != 'c')
			return usage_hint("test");
		config = optarg;
	}
	if (optind == argc)
		return usage_wrong("test", "which files?");
	return config != NULL ? run_with(argv + optind, config) : run_files(argv + optind, NULL);
}
