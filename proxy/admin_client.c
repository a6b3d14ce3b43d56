/* A plain HTTP client for one GET, without names to resolve: it has to work in a container with nothing but us in it. */
#define _GNU_SOURCE /* struct timeval's members everywhere */
#include "proxy/admin_client.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/route.h"
#include "proxy/file_text.h"
#include "proxy/http_read.h"

#include <errno.h>
#include <event2/buffer.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	PATIENCE_SECONDS = 8, /* the listener has five for the daemon */
	ANSWER_MAX = 16 << 20,
	PIECE = 16 * 1024,
	HEAD_BYTES = 16 * 1024,
	HEADERS_MAX = 50
};

static int connect_to(const struct sockaddr *address, socklen_t len, struct error *error,
                      const char *where)
{
	const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
	    connect(fd, address, len) == 0)
		return fd;
	error_set(error, "%s: %s", where, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int connect_path(const char *path, struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof address.sun_path) {
		error_set(error, "%s: the path is too long", path);
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect_to((const struct sockaddr *)&address, sizeof address, error, path);
}

/* "[::]:1" as "::" and "1". A listener on all addresses is on the machine's own, too. */
static bool split(const char *where, char host[64], const char **port)
{
	const char *colon = strrchr(where, ':');
	size_t len = colon != NULL ? (size_t)(colon - where) : 0;
	bool bracketed = len >= 2 && where[0] == '[' && where[len - 1] == ']';

	if (colon == NULL || len >= 64)
		return false;
	snprintf(host, 64, "%.*s", (int)(bracketed ? len - 2 : len), where + (bracketed ? 1 : 0));
	*port = colon + 1;
	if (strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "localhost") == 0)
		snprintf(host, 64, "127.0.0.1");
	else if (strcmp(host, "::") == 0)
		snprintf(host, 64, "::1");
	return true;
}

static int connect_address(const char *where, struct error *error)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	                               .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	const char *port;
	char host[64];
	int fd;

	if (!split(where, host, &port) || getaddrinfo(host, port, &hints, &found) != 0) {
		error_set(error, "%s: is neither an absolute path nor a numeric address with a port",
		          where);
		return -1;
	}
	fd = connect_to(found->ai_addr, found->ai_addrlen, error, where);
	freeaddrinfo(found);
	return fd;
}

int admin_client_connect(const char *where, struct error *error)
{
	return where[0] == '/' ? connect_path(where, error) : connect_address(where, error);
}

/* Everything up to the end of the connection. */
static bool read_all(int fd, struct evbuffer *input, const char *where, struct error *error)
{
	char piece[PIECE];
	ssize_t n;

	while ((n = recv(fd, piece, sizeof piece, 0)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(error, "%s: no answer: %s", where, strerror(errno));
		if (evbuffer_get_length(input) > ANSWER_MAX || evbuffer_add(input, piece, (size_t)n) != 0)
			return error_set(error, "%s: the answer is too large", where);
	}
	return true;
}

static bool parse(struct evbuffer *input, struct arena *arena, struct admin_answer *answer)
{
	const struct http_limits limits = {HEAD_BYTES, HEADERS_MAX};
	struct http_response_head head;
	struct http_fault fault;
	size_t scanned = 0;

	if (http_read_response(input, arena, &limits, &scanned, METHOD_GET, &head, &fault) !=
	        HTTP_DONE ||
	    head.framing != FRAMING_LENGTH || head.length != evbuffer_get_length(input))
		return false;
	answer->status = head.status;
	answer->len = (size_t)head.length;
	answer->body = malloc(answer->len + 1);
	if (answer->body == NULL)
		return false;
	evbuffer_remove(input, answer->body, answer->len);
	answer->body[answer->len] = '\0';
	return true;
}

static bool ask(int fd, const char *where, const char *target, struct admin_answer *answer,
                struct error *error)
{
	struct arena *arena = arena_new(4 * PIECE);
	struct evbuffer *input = evbuffer_new();
	char request[256];
	int len = snprintf(request, sizeof request,
	                   "GET %s HTTP/1.1\r\nHost: quaymaster\r\nConnection: close\r\n\r\n", target);
	bool fine = arena != NULL && input != NULL;

	if (!fine)
		error_set(error, "out of memory");
	if (fine && !file_text_write(fd, request, (size_t)len))
		fine = error_set(error, "%s: %s", where, strerror(errno));
	fine = fine && read_all(fd, input, where, error);
	if (fine && !parse(input, arena, answer))
		fine = error_set(error, "%s: what answers there is no admin listener", where);
	if (input != NULL)
		evbuffer_free(input);
	arena_free(arena);
	return fine;
}

bool admin_client_get(const char *where, const char *target, struct admin_answer *answer,
                      struct error *error)
{
	int fd = admin_client_connect(where, error);
	bool fine;

	*answer = (struct admin_answer){.body = NULL};
	if (fd < 0)
		return false;
	fine = ask(fd, where, target, answer, error);
	close(fd);
	return fine;
}
