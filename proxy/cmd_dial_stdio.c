/* quaymaster dial-stdio: joins standard input and output with quaymaster's socket, for clients that come by ssh. Reads nothing of
 * what passes. */
#define _GNU_SOURCE /* strerror_r */
#include "proxy/cmd_usage.h"
#include "proxy/commands.h"
#include "proxy/file_text.h"
#include "proxy/listener.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define USUAL_SOCKET "/run/quaymaster/docker.sock"

enum { PIECE_BYTES = 64 * 1024 };

static const char help[] =
	"Usage: quaymaster dial-stdio [--socket PATH]\n"
	"\n"
	"Joins standard input and output with quaymaster's socket, as 'docker system\n"
	"dial-stdio' does with the daemon's. As a forced command of ssh it gives who has a\n"
	"key the Docker API, by policy, and nothing else. In ~/.ssh/authorized_keys:\n"
	"\n"
	"  restrict,command=\"quaymaster dial-stdio\" ssh-ed25519 AAAA...\n"
	"\n"
	"and on the client: DOCKER_HOST=ssh://ci@host docker ps. Whatever else the client\n"
	"asks ssh to run is refused. To quaymaster the client is the user of that account.\n"
	"\n"
	"  -s, --socket PATH  quaymaster's Unix socket (default " USUAL_SOCKET ")\n"
	"  -h, --help         this text\n"
	"\n"
	"Exit status: 0 when the daemon's side has ended; 1 otherwise, 2 for wrong usage.\n";

static bool fail(const char *what, int number)
{
	char text[128];

	fprintf(stderr, "quaymaster dial-stdio: %s: %s\n", what, strerror_r(number, text, sizeof text));
	return false;
}

/* True when it may be the docker command that comes: "docker [--host ...] system dial-stdio". */
static bool is_dial_stdio(const char *command)
{
	static const char wanted[] = "system dial-stdio";
	size_t len = strlen(command), tail = sizeof wanted - 1;

	return len > tail && command[len - tail - 1] == ' ' &&
	       strcmp(command + len - tail, wanted) == 0;
}

static bool is_meant(void)
{
	const char *asked = getenv("SSH_ORIGINAL_COMMAND"); /* NOLINT(concurrency-mt-unsafe) */

	if ((asked == NULL || is_dial_stdio(asked)) && isatty(STDIN_FILENO) == 0)
		return true;
	fputs("quaymaster dial-stdio: only the Docker API is served here: set "
	      "DOCKER_HOST=ssh://USER@HOST, and run docker where you are\n",
	      stderr);
	return false;
}

static bool dial(const char *path, int *fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) > SOCKET_PATH_LEN_MAX)
		return fail(path, ENAMETOOLONG);
	memcpy(address.sun_path, path, strlen(path) + 1);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return fail("no socket", errno);
	if (connect(*fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return true;
	fail(path, errno);
	close(*fd);
	return false;
}

/* Until FROM ends. False when bytes were lost, with errno. */
static bool carry(int from, int to)
{
	char piece[PIECE_BYTES];
	ssize_t got;

	for (;;) {
		got = read(from, piece, sizeof piece);
		if (got == 0)
			return true;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || !file_text_write(to, piece, (size_t)got))
			return false;
	}
}

/* A client that has finished may wait for the answer: only that it finished is passed on. */
static void *carry_up(void *object)
{
	const int *fd = object;

	(void)carry(STDIN_FILENO, *fd);
	shutdown(*fd, SHUT_WR);
	return NULL;
}

static int join(int fd)
{
	pthread_t up;
	int number = pthread_create(&up, NULL, carry_up, &fd);

	if (number != 0) {
		fail("no thread", number);
		return EXIT_TROUBLE;
	}
	if (carry(fd, STDOUT_FILENO))
		return EXIT_OK;
	fail("cut off", errno);
	return EXIT_TROUBLE;
}

int cmd_dial_stdio(int argc, char **argv)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *path = USUAL_SOCKET;
	int option, fd = -1;

	while ((option = getopt_long(argc, argv, "s:h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option != 's')
			return usage_hint("dial-stdio");
		path = optarg;
	}
	if (optind < argc)
		return usage_wrong("dial-stdio", "unexpected argument '%s'", argv[optind]);
	signal(SIGPIPE, SIG_IGN);
	if (!is_meant() || !dial(path, &fd))
		return EXIT_TROUBLE;
	/* The other thread may wait for a client for ever: the process ends with it. */
	_exit(join(fd));
}
