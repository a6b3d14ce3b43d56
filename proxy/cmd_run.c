/* quaymaster run: the gateway in the foreground, until a signal ends it. */
#include "proxy/commands.h"

#include "policy/builder.h"
#include "policy/error.h"
#include "policy/presets.h"
#include "policy/problems.h"
#include "proxy/cmd_certificates.h"
#include "proxy/cmd_environment.h"
#include "proxy/cmd_usage.h"
#include "proxy/config.h"
#include "proxy/log.h"
#include "proxy/peer_process.h"
#include "proxy/supervisor.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

static const char help[] =
	"Usage: quaymaster run [--config FILE] [--log-level LEVEL]\n"
	"\n"
	"Stands in front of the Docker daemon as the configuration says, in the\n"
	"foreground, until SIGTERM or SIGINT; what is under way then has limits.drain_ms\n"
	"to end, or until a second such signal. SIGHUP has it read the configuration again\n"
	"and judge by that who is connected: those no longer allowed are cut. With a\n"
	"mistake in it, all stays as it was. SIGUSR2 has the program that is there now\n"
	"take this one's place, with its sockets. Changed certificate files and revocation\n"
	"lists are picked up by themselves. SIGHUP and SIGUSR1 have the audit log's file\n"
	"opened anew, for logrotate.\n"
	"\n"
	"Without a configuration file, the variables of the HAProxy-based socket proxies\n"
	"are read in its place: CONTAINERS=1, POST=0, ...; see docs/drop-in.md. Without\n"
	"these, too, it tells how to begin.\n"
	"\n"
	"  -c, --config FILE      the configuration (default " QUAYMASTER_CONFIG_DEFAULT ")\n"
	"  -l, --log-level LEVEL  error, warning, info (default) or debug\n"
	"  -h, --help             this text\n";

/* What the command line says. */
struct run_options {
	const char *file;       /* NULL: the default one, or the environment */
	char *const *arguments; /* as they came */
	bool level_chosen;
	bool from_environment; /* found out by load() */
};

static void log_remarks(const struct config *config)
{
	struct problems *remarks = problems_new();

	if (remarks != NULL) {
		config_remarks(config, remarks);
		peer_process_remark(config, remarks);
	}
	usage_log(LOG_WARNING, remarks);
	problems_free(remarks);
}

static struct config *load_file(const char *file)
{
	struct problems *problems = problems_new();
	struct config *config = problems != NULL ? config_load(file, problems) : NULL;

	if (problems == NULL)
		log_line(LOG_ERROR, "out of memory");
	usage_log(LOG_ERROR, problems);
	problems_free(problems);
	return config;
}

static const char *const example[] = {
	"upstream = { socket = \"/var/run/docker.sock\"; };",
	"listeners = ( { name = \"jobs\"; socket = \"/run/quaymaster/docker.sock\"; mode = \"0660\"; } );",
	"clients = ( { user = \"gitlab-runner\"; policy = \"ci\"; } );",
};

/* "ci, sandbox, ..." */
static void list_presets(struct builder *names)
{
	for (size_t i = 0; i < preset_count; i++) {
		if (!presets[i].profile)
			builder_format(names, "%s%s", names->len > 0 ? ", " : "", presets[i].name);
	}
}

/* Neither file nor variables: whoever starts quaymaster for the first time comes by here. */
static struct config *log_how_to_begin(void)
{
	struct builder names = {.text = NULL};

	list_presets(&names);
	log_line(LOG_ERROR, "there is no configuration: no " QUAYMASTER_CONFIG_DEFAULT
	                    ", and none of a socket proxy's variables");
	log_line(LOG_ERROR, "write one there, or name another with --config; such as");
	for (size_t i = 0; i < sizeof example / sizeof *example; i++)
		log_line(LOG_ERROR, "    %s", example[i]);
	log_line(LOG_ERROR,
	         "with a policy for each client: one of %s, an application's (traefik, "
	         "gitlab-runner, ...), or one of your own; see docs/configuration.md",
	         names.text != NULL ? names.text : "those shipped");
	builder_clear(&names);
	log_line(LOG_ERROR, "or set variables, such as CONTAINERS=1 POST=1 QUAYMASTER_POLICY=ci; see "
	                    "docs/drop-in.md");
	return NULL;
}

/* A file beats the environment, where names such as BUILD=1 may be anyone's. */
static struct config *load(struct run_options *options)
{
	bool by_default = options->file == NULL, meant = environment_is_meant();

	if (by_default)
		options->file = QUAYMASTER_CONFIG_DEFAULT;
	if (by_default && access(options->file, F_OK) != 0 && errno == ENOENT) {
		options->from_environment = true;
		return meant ? environment_config(options->level_chosen) : log_how_to_begin();
	}
	if (meant)
		log_line(LOG_INFO,
		         "a socket proxy's variables are set, and not looked at: %s is the "
		         "configuration",
		         options->file);
	return load_file(options->file);
}

static void in_force(const struct config *config)
{
	certificates_publish(config);
	log_remarks(config);
}

static struct config *read_again(void *context)
{
	const struct run_options *options = context;
	struct config *config = load_file(options->file);

	if (config == NULL || certificates_make(config, false))
		return config;
	config_release(config);
	return NULL;
}

static int run(struct run_options *options)
{
	struct supervision plan = {.in_force = in_force,
	                           .upkeep = certificates_renew,
	                           .context = options};
	int status;

	plan.config = load(options);
	if (plan.config == NULL)
		return EXIT_TROUBLE;
	if (!certificates_make(plan.config, true)) {
		config_release(plan.config);
		return EXIT_TROUBLE;
	}
	plan.file = options->file;
	plan.arguments = options->arguments;
	plan.read_again = options->from_environment ? NULL : read_again;
	status = supervise(&plan);
	config_release(plan.config);
	return status;
}

static bool read_level(const char *text, enum log_level *level)
{
	return log_level_from_text(text, level) ||
	       usage_value("run", "--log-level", text, "error, warning, info or debug");
}

int cmd_run(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"log-level", required_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct run_options run_options = {.arguments = argv + 1};
	enum log_level level = LOG_INFO;
	int option;

	while ((option = getopt_long(argc, argv, "c:l:h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option == 'c')
			run_options.file = optarg;
		else if (option != 'l' || !read_level(optarg, &level))
			return usage_hint("run");
		else
			run_options.level_chosen = true;
	}
	if (optind < argc)
		return usage_wrong("run", "unexpected argument '%s'", argv[optind]);
	log_set_level(level);
	return run(&run_options);
}
