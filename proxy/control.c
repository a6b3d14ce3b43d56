/* Never waits: a caller that is slow, or says something else, is hung up on. Owns the words. */
#define _GNU_SOURCE /* accept4, struct ucred */
#include "proxy/control.h"

#include "policy/error.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE_MS = 2000, ANSWER_SIZE = 1400 };

bool control_open(struct control *control, const char *path, struct error *error)
{
	*control = (struct control){.caller = -1};
	if (path == NULL)
		return true;
	control->spec = (struct listener_spec){.name = "control",
	                                       .socket = path,
	                                       .mode = S_IRUSR | S_IWUSR,
	                                       .owner = (uid_t)-1,
	                                       .group = (gid_t)-1};
	if (listener_open(&control->spec, &control->sockets, error))
		return true;
	control->spec.socket = NULL;
	return error_prefix(error, "control: ");
}

static void hang_up(struct control *control)
{
	if (control->caller >= 0)
		close(control->caller);
	control->caller = -1;
	control->asked = control->begun = false;
	control->due_ms = 0;
}

void control_close(struct control *control)
{
	hang_up(control);
	if (control->spec.socket != NULL)
		listener_close(&control->spec, &control->sockets);
	control->spec.socket = NULL;
}

void control_forget(struct control *control)
{
	control->sockets.others = true;
	control_close(control);
}

int control_descriptor(const struct control *control)
{
	if (control->spec.socket == NULL || control->asked || control->begun)
		return -1;
	return control->caller >= 0 ? control->caller : control->sockets.fds[0];
}

uint64_t control_due(const struct control *control)
{
	return control->due_ms;
}

/* The socket's file is for this user alone; whoever got at it in another way is turned away here. */
static bool may_ask(int fd)
{
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t size = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

static void take_caller(struct control *control, uint64_t now_ms)
{
	control->caller = accept4(control->sockets.fds[0], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (control->caller < 0)
		return;
	control->due_ms = now_ms + PATIENCE_MS;
	if (!may_ask(control->caller))
		hang_up(control);
}

/* The word is short enough to come in one piece from who means it. */
static bool read_word(struct control *control)
{
	char word[sizeof CONTROL_RELOAD];
	ssize_t len = recv(control->caller, word, sizeof word, MSG_DONTWAIT);

	if (len != sizeof CONTROL_RELOAD - 1 || memcmp(word, CONTROL_RELOAD, (size_t)len) != 0) {
		hang_up(control);
		return false;
	}
	control->asked = true;
	control->due_ms = 0;
	return true;
}

bool control_hear(struct control *control, uint64_t now_ms)
{
	struct pollfd wait = {.fd = control_descriptor(control), .events = POLLIN};

	if (wait.fd >= 0 && poll(&wait, 1, 0) == 1) {
		if (control->caller >= 0)
			return read_word(control);
		take_caller(control, now_ms);
	}
	if (control->due_ms != 0 && control->due_ms <= now_ms)
		hang_up(control);
	return false;
}

void control_begin(struct control *control)
{
	control->begun = control->begun || control->asked;
	control->asked = false;
}

void control_answer(struct control *control, const char *outcome, const char *text)
{
	char line[ANSWER_SIZE];
	int len;

	if (!control->begun)
		return;
	len = snprintf(line, sizeof line, "%s%s\n", outcome, text);
	if (len > 0)
		(void)send(control->caller, line, strnlen(line, sizeof line), MSG_DONTWAIT | MSG_NOSIGNAL);
	hang_up(control);
}
