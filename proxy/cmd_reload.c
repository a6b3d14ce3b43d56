/* quaymaster reload: has a running quaymaster read its configuration again, and tells whether it did. */
#include "proxy/cmd_usage.h"
#include "proxy/commands.h"
#include "proxy/control.h"

#include "policy/problems.h"
#include "proxy/config.h"
#include "proxy/file_text.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_SIZE = 2048 };

static const char help[] =
	"Usage: quaymaster reload [--config FILE]\n"
	"\n"
	"Checks the configuration, and has the quaymaster that runs by it go over to it, as\n"
	"SIGHUP does. Tells whether it did. With a mistake, each is told with file:line,\n"
	"and nobody is asked. The configuration must name a socket for this: control.\n"
	"\n"
	"  -c, --config FILE  the configuration (default " QUAYMASTER_CONFIG_DEFAULT ")\n"
	"  -h, --help         this text\n"
	"\n"
	"Exit status: 0 when it is in force; 1 when all stayed as it was, 2 for wrong usage.\n";

static struct config *load(const char *file)
{
	struct problems *problems = problems_new();
	struct config *config = problems != NULL ? config_load(file, problems) : NULL;

	if (problems == NULL)
		fputs("quaymaster: out of memory\n", stderr);
	usage_problems("", problems);
	problems_free(problems);
	return config;
}

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "quaymaster reload: %s: %s\n", what, why);
	return EXIT_TROUBLE;
}

/* A path in a configuration is one that fits. */
static int dial(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strnlen(path, sizeof address.sun_path - 1));
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	complain(path, strerror(errno)); /* NOLINT(concurrency-mt-unsafe) */
	if (fd >= 0)
		close(fd);
	return -1;
}

static size_t hear(int fd, char *answer, size_t size)
{
	size_t len = 0;
	ssize_t got = 1;

	while (got > 0 && len < size - 1) {
		got = read(fd, answer + len, size - 1 - len);
		len += got > 0 ? (size_t)got : 0;
	}
	answer[len] = '\0';
	return len;
}

static int ask(const char *file, const char *path)
{
	char answer[ANSWER_SIZE];
	int fd = dial(path);
	size_t len = 0;

	if (fd < 0)
		return EXIT_TROUBLE;
	if (file_text_write(fd, CONTROL_RELOAD, sizeof CONTROL_RELOAD - 1))
		len = hear(fd, answer, sizeof answer);
	close(fd);
	if (len == 0)
		return complain(path, "ended without an answer: see its log");
	if (strncmp(answer, CONTROL_DONE, sizeof CONTROL_DONE - 1) == 0) {
		fputs(answer + sizeof CONTROL_DONE - 1, stdout);
		return EXIT_OK;
	}
	answer[strcspn(answer, "\n")] = '\0';
	return complain(file, answer);
}

static int reload(const char *file)
{
	struct config *config = load(file);
	int status;

	if (config == NULL)
		return EXIT_TROUBLE;
	if (config->control == NULL)
		status = complain(file, "names no socket to ask at: add control = "
		                        "\"/run/quaymaster/control.sock\", or send SIGHUP");
	else
		status = ask(file, config->control);
	config_release(config);
	return status;
}

int cmd_reload(int argc, char **argv)
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
		if (option != 'c')
			return usage_hint("reload");
		file = optarg;
	}
	if (optind < argc)
		return usage_wrong("reload", "unexpected argument '%s'", argv[optind]);
	return reload(file);
}
