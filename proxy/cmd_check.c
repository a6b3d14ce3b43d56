/* quaymaster check: reads a configuration and tells every mistake in it. */
#include "proxy/cmd_check_application.h"
#include "proxy/cmd_usage.h"
#include "proxy/commands.h"

#include "policy/problems.h"
#include "proxy/client_authorities.h"
#include "proxy/config.h"
#include "proxy/peer_process.h"
#include "proxy/sandbox.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static const char help[] =
	"Usage: quaymaster check [--config FILE]\n"
	"       quaymaster check --for APPLICATION [--policy NAME] [--config FILE]\n"
	"       quaymaster check --sandbox\n"
	"\n"
	"Reads the configuration and reports every mistake of meaning, and the first of\n"
	"syntax, each as file:line: text. What is no mistake and yet seldom meant (that\n"
	"nobody gets in, say) is a warning. Changes nothing and opens no socket.\n"
	"\n"
	"With --for, tells which of an application's requests would pass under each policy\n"
	"that a client rule gives, or under one. The application is a shipped profile, or\n"
	"a policy that says what it needs; objects are assumed to be ordinary.\n"
	"\n"
	"With --sandbox, tells what this kernel gives to confine the process that serves.\n"
	"\n"
	"  -c, --config FILE  the configuration (default " QUAYMASTER_CONFIG_DEFAULT ")\n"
	"      --for NAME     an application: traefik, gitlab-runner, docker-compose, ...\n"
	"      --policy NAME  the policy to try\n"
	"      --sandbox      what the kernel gives\n"
	"  -h, --help         this text\n"
	"\n"
	"Exit status: 0 when there is no mistake, nothing that the application needs is\n"
	"refused, and nothing of the sandbox is missing; 1 otherwise, 2 for wrong usage.\n";

enum { LANDLOCK_COMPLETE = 6, LOCKED_BYTES = 1024 * 1024 };

static bool show_means(const char *what, bool there, const char *else_what)
{
	printf("%-4s %s%s%s\n", there ? "yes" : "no", what, there ? "" : ": ", there ? "" : else_what);
	return there;
}

static int check_sandbox(void)
{
	struct sandbox_means means;
	bool complete;

	sandbox_probe(&means);
	complete = show_means("no capabilities, no new privileges, no core dumps", true, "");
	complete =
		show_means("system calls: a list, and the end for any other (seccomp)",
	               means.seccomp && !sandbox_is_widened(),
	               means.seccomp ? "this build's sanitizers have more" : "not in this kernel") &&
		complete;
	complete = show_means("files: those of the configuration (Landlock 1)", means.landlock >= 1,
	                      "not in this kernel, or not in its lsm= list") &&
	           complete;
	complete = show_means("connections: the daemon's port (Landlock 4)", means.landlock >= 4,
	                      "needs Linux 6.7") &&
	           complete;
	complete = show_means("signals: to itself (Landlock 6)", means.landlock >= LANDLOCK_COMPLETE,
	                      "needs Linux 6.12") &&
	           complete;
	complete = show_means("keys: in locked memory", means.lock_bytes >= LOCKED_BYTES,
	                      "needs ulimit -l 1024 (LimitMEMLOCK=1M)") &&
	           complete;
	return complete ? EXIT_OK : EXIT_TROUBLE;
}

static int check_file(const char *file)
{
	struct problems *problems = problems_new();
	struct config *config;

	if (problems == NULL) {
		fputs("quaymaster: out of memory\n", stderr);
		return EXIT_TROUBLE;
	}
	config = config_load(file, problems);
	if (config != NULL)
		client_authorities_judge_files(config, problems);
	if (config != NULL && problems_count(problems) > 0) {
		config_release(config);
		config = NULL;
	}
	usage_problems("", problems);
	if (config != NULL) {
		config_remarks(config, problems);
		peer_process_remark(config, problems);
	}
	if (config != NULL)
		usage_problems("warning: ", problems);
	problems_free(problems);
	if (config == NULL)
		return EXIT_TROUBLE;
	printf("%s: %zu listener%s, no mistakes\n", file, config->listener_count,
	       config->listener_count == 1 ? "" : "s");
	config_release(config);
	return EXIT_OK;
}

/* The configuration to look into where none is named, if there is one: the shipped policies can be tried without. */
static const char *usual_file(const char *file)
{
	if (file != NULL || access(QUAYMASTER_CONFIG_DEFAULT, F_OK) != 0)
		return file;
	return QUAYMASTER_CONFIG_DEFAULT;
}

int cmd_check(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'},
		{"for", required_argument, NULL, 'f'},    {"policy", required_argument, NULL, 'p'},
		{"sandbox", no_argument, NULL, 's'},      {NULL, 0, NULL, 0},
	};
	const char *file = NULL, *application = NULL, *policy = NULL;
	bool sandbox = false;
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option == 'c')
			file = optarg;
		else if (option == 'f')
			application = optarg;
		else if (option == 'p')
			policy = optarg;
		else if (option == 's')
			sandbox = true;
		else
			return usage_hint("check");
	}
	if (optind < argc)
		return usage_wrong("check", "unexpected argument '%s'", argv[optind]);
	if (policy != NULL && application == NULL)
		return usage_wrong("check", "--policy '%s' is tried for an application: add --for NAME",
		                   policy);
	if (sandbox)
		return check_sandbox();
	if (application != NULL)
		return check_application(usual_file(file), application, policy);
	return check_file(file != NULL ? file : QUAYMASTER_CONFIG_DEFAULT);
}
