/* A daemon that has a thousand tenants' objects, answers as dockerd 20.10 would, and counts what it is asked.
 *
 *   bench_tenants_stub SOCKET KEY TENANTS EACH [blind]
 *
 * Lists heed filters by quaymaster's label, unless the daemon is blind to them. GET /asked tells of each request since it was last
 * asked that, a line each. One thread, which waits for nobody: clients read as they write. */
#include "tests/bench/tenants/objects.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 2048, HEAD_SIZE = 65536, ASKED_SIZE = 1 << 20, TARGET_SIZE = 1024 };
enum { VOLUMES = 1 }; /* among the kinds of objects */

struct connection {
	int fd; /* 0: none */
	char head[HEAD_SIZE];
	size_t len;
	char small[OBJECT_TEXT_SIZE + 512]; /* an answer's head, or a small answer */
	const char *parts[3];               /* what is left to be sent */
	size_t lens[3];
};

static struct connection connections[CONNECTIONS_MAX];
static struct pollfd waits[CONNECTIONS_MAX + 1];
static struct objects *objects;
static bool blind;
static char asked[ASKED_SIZE];
static size_t asked_len;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* --- answers --------------------------------------------------------------------------------------------------- */

static void answer(struct connection *connection, unsigned status, const char *body, size_t len)
{
	int head =
		snprintf(connection->small, 512,
	             "HTTP/1.1 %u Stub\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
	             "\r\n",
	             status, len);

	memcpy(connection->small + head, body, len);
	connection->parts[0] = connection->small;
	connection->lens[0] = (size_t)head + len;
}

/* What there is between BEFORE and AFTER. */
static void answer_list(struct connection *connection, const char *list, size_t len,
                        const char *brackets[2])
{
	size_t total = strlen(brackets[0]) + len + strlen(brackets[1]);
	int head =
		snprintf(connection->small, 512,
	             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n"
	             "%s",
	             total, brackets[0]);

	connection->parts[0] = connection->small;
	connection->lens[0] = (size_t)head;
	connection->parts[1] = list;
	connection->lens[1] = len;
	connection->parts[2] = brackets[1];
	connection->lens[2] = strlen(brackets[1]);
}

/* A filter by quaymaster's label, as it is sent: "...quaymaster.tenant%3Dt7%22...". */
static bool find_tenant(const char *target, size_t *tenant)
{
	const char *label = strstr(target, SEAL_TENANT_LABEL "%3Dt");

	return !blind && label != NULL &&
	       sscanf(label + strlen(SEAL_TENANT_LABEL "%3Dt"), "%zu", tenant) == 1 &&
	       *tenant < objects->tenants;
}

static void list(struct connection *connection, size_t kind, const char *target)
{
	static const char *plain[2] = {"[", "]\n"},
					  *volumes[2] = {"{\"Volumes\":[", "],\"Warnings\":null}\n"};
	size_t tenant, begin = 0, end = objects->begins[kind][objects->tenants];

	if (find_tenant(target, &tenant)) {
		begin = objects->begins[kind][tenant];
		end = objects->begins[kind][tenant + 1];
	}
	answer_list(connection, objects->lists[kind] + begin, end > begin ? end - begin - 1 : 0,
	            objects_kind(kind) == OBJECT_VOLUME ? volumes : plain);
}

static void inspect(struct connection *connection, unsigned kind, const char *name)
{
	static const char missing[] = "{\"message\":\"No such object\"}";
	char text[OBJECT_TEXT_SIZE];
	size_t len = objects_inspect(objects, kind, name, text);

	answer(connection, len > 0 ? 200 : 404, len > 0 ? text : missing,
	       len > 0 ? len : sizeof missing - 1);
}

/* An exec's id is its container's. */
static void inspect_exec(struct connection *connection, const char *id)
{
	char text[OBJECT_TEXT_SIZE];
	int len = snprintf(text, sizeof text,
	                   "{\"ID\":\"%s\",\"ContainerID\":\"%s\",\"Running\":true,\"ProcessConfig\":{"
	                   "\"privileged\":false,\"user\":\"\"}}",
	                   id, id);

	answer(connection, 200, text, (size_t)len);
}

static void answer_text(struct connection *connection, unsigned status, const char *text)
{
	answer(connection, status, text, strlen(text));
}

/* --- requests -------------------------------------------------------------------------------------------------- */

/* Part number INDEX of PATH, which begins with "/"; "" when there is none. */
static void part(const char *path, size_t index, char text[TARGET_SIZE])
{
	size_t len = 0;

	for (; index > 0 && *path != '\0'; index--)
		path += 1 + strcspn(path + 1, "/?");
	if (*path == '/')
		len = strcspn(path + 1, "/?");
	if (len > 0)
		memcpy(text, path + 1, len); /* it is of a target, which is no longer */
	text[len] = '\0';
}

static void get_objects(struct connection *connection, const char *path)
{
	static const char *const names[OBJECT_KINDS] = {"containers", "volumes", "networks", "images"};
	char first[TARGET_SIZE], second[TARGET_SIZE], third[TARGET_SIZE];

	part(path, 0, first);
	part(path, 1, second);
	part(path, 2, third);
	for (unsigned kind = 0; kind < OBJECT_KINDS; kind++) {
		if (strcmp(first, names[kind]) != 0)
			continue;
		if (second[0] == '\0' || strcmp(second, "json") == 0)
			list(connection, kind, path);
		else if (strcmp(first, "images") == 0) { /* "images/t7/3/json" */
			char name[2 * TARGET_SIZE];

			snprintf(name, sizeof name, "%s/%s", second, third);
			inspect(connection, kind, strncmp(second, "sha256:", 7) == 0 ? second : name);
		} else {
			inspect(connection, kind, second);
		}
		return;
	}
	if (strcmp(first, "exec") == 0)
		inspect_exec(connection, second);
	else if (strcmp(first, "info") == 0)
		answer_text(connection, 200,
		            "{\"Driver\":\"overlay2\",\"ServerVersion\":\"20.10.24\",\"Containers\":1}");
	else
		answer_text(connection, 200, "{}");
}

static void tell_asked(struct connection *connection)
{
	static const char *brackets[2] = {"", "\n"};
	static char told[ASKED_SIZE];

	memcpy(told, asked, asked_len);
	answer_list(connection, told, asked_len, brackets);
	asked_len = 0;
}

static void note_asked(const char *method, const char *target)
{
	int len = snprintf(asked + asked_len, sizeof asked - asked_len, "%s %.200s\n", method, target);

	if (len > 0 && (size_t)len < sizeof asked - asked_len)
		asked_len += (size_t)len;
}

static void serve(struct connection *connection, const char *method, const char *target)
{
	const char *path = target;

	if (strcmp(target, "/asked") == 0) {
		tell_asked(connection);
		return;
	}
	note_asked(method, target);
	if (strncmp(path, "/v1.", 4) == 0)
		path += 1 + strcspn(path + 1, "/");
	if (strcmp(path, "/version") == 0)
		answer_text(connection, 200,
		            "{\"Components\":[{\"Name\":\"Engine\"}],\"ApiVersion\":\"1.41\","
		            "\"MinAPIVersion\":\"1.24\"}");
	else if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		get_objects(connection, path);
	else if (strncmp(path, "/volumes/create", 15) == 0)
		inspect(connection, VOLUMES, "t7-3");
	else if (strstr(path, "/create") != NULL || strstr(path, "/tag?") != NULL ||
	         strstr(path, "/exec") != NULL)
		answer_text(connection, 201,
		            "{\"Id\":\"0000000000000000000000000000000000000000000000000000000000000001\","
		            "\"Name\":\"t0-0\",\"Warnings\":[]}");
	else
		answer_text(connection, 200, "{}");
}

/* Serves the request at the beginning of what has come, if it is whole. */
static bool take_request(struct connection *connection)
{
	char method[16], target[TARGET_SIZE];
	const char *end, *length;
	size_t head, body = 0;

	connection->head[connection->len] = '\0';
	end = strstr(connection->head, "\r\n\r\n");
	if (end == NULL)
		return false;
	head = (size_t)(end - connection->head) + 4;
	length = strstr(connection->head, "Content-Length: ");
	if (length != NULL && length < end)
		body = (size_t)strtoul(length + strlen("Content-Length: "), NULL, 10);
	if (connection->len < head + body)
		return false;
	if (sscanf(connection->head, "%15s %1023s", method, target) != 2)
		return false;
	serve(connection, method, target);
	connection->len -= head + body;
	memmove(connection->head, connection->head + head + body, connection->len);
	return true;
}

/* --- connections ----------------------------------------------------------------------------------------------- */

static bool is_answering(const struct connection *connection)
{
	return connection->lens[0] + connection->lens[1] + connection->lens[2] > 0;
}

static void drop(struct connection *connection)
{
	close(connection->fd);
	memset(connection, 0, sizeof *connection);
}

static void send_more(struct connection *connection)
{
	for (size_t i = 0; i < 3; i++) {
		while (connection->lens[i] > 0) {
			ssize_t n = send(connection->fd, connection->parts[i], connection->lens[i],
			                 MSG_NOSIGNAL | MSG_DONTWAIT);

			if (n <= 0) {
				if (n < 0 && errno != EAGAIN)
					drop(connection);
				return;
			}
			connection->parts[i] += n;
			connection->lens[i] -= (size_t)n;
		}
	}
}

static void receive(struct connection *connection)
{
	ssize_t n = recv(connection->fd, connection->head + connection->len,
	                 HEAD_SIZE - 1 - connection->len, MSG_DONTWAIT);

	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			drop(connection);
		return;
	}
	connection->len += (size_t)n;
	while (connection->fd > 0 && !is_answering(connection) && take_request(connection))
		send_more(connection);
}

static void accept_one(int listener)
{
	int fd = accept(listener, NULL, NULL);

	for (size_t i = 0; fd >= 0 && i < CONNECTIONS_MAX; i++) {
		if (connections[i].fd == 0) {
			connections[i].fd = fd;
			return;
		}
	}
	if (fd >= 0)
		close(fd);
}

static void run(int listener)
{
	waits[0] = (struct pollfd){.fd = listener, .events = POLLIN};
	for (;;) {
		for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
			waits[i + 1].fd = connections[i].fd > 0 ? connections[i].fd : -1;
			waits[i + 1].events = is_answering(&connections[i]) ? POLLOUT : POLLIN;
		}
		if (poll(waits, CONNECTIONS_MAX + 1, -1) < 0)
			die("poll");
		if (waits[0].revents != 0)
			accept_one(listener);
		for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
			if (connections[i].fd == 0 || waits[i + 1].fd < 0 || waits[i + 1].revents == 0)
				continue;
			if (is_answering(&connections[i]))
				send_more(&connections[i]);
			else
				receive(&connections[i]);
		}
	}
}

static int open_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(fd, 1024) != 0)
		die(path);
	return fd;
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		fprintf(stderr, "usage: %s SOCKET KEY TENANTS EACH [blind]\n", argv[0]);
		return 2;
	}
	objects = objects_make(argv[2], strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	blind = argc > 5;
	run(open_socket(argv[1]));
}
