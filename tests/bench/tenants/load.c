/* Asks one thing many times, over connections that are kept, and tells how long answers took.
 *
 *   bench_tenants_load SOCKET TENANTS REQUESTS AT_ONCE METHOD TARGET [BODY]
 *   bench_tenants_load SOCKET TENANTS burst METHOD TARGET
 *
 * "%d" in SOCKET, TARGET and BODY is the number of the tenant, each one's turn after the other's; TENANTS may be "1000/10": as
 * many sockets, of ten tenants. Prints the median and the 99th
 * percentile in microseconds, requests a second, and bytes an answer. A burst is all tenants' requests at once, whose answers are
 * then read one after the other; it prints bytes alone. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { TENANTS_MAX = 4096, THREADS_MAX = 64, PIECE = 65536, TARGET_SIZE = 2048, NAME_SIZE = 108 };

struct load {
	const char *socket, *method, *target, *body;
	size_t sockets, tenants, requests, at_once;
	double *took; /* microseconds, of each request */
	size_t bytes; /* of the last answer */
};

struct share {
	struct load *load;
	size_t number;
};

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(2);
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* PATTERN with NUMBER in the place of each "%d". */
static void fill(const char *pattern, size_t number, char *text, size_t size)
{
	size_t at = 0;

	for (; *pattern != '\0' && at < size - 24; pattern++) {
		if (pattern[0] == '%' && pattern[1] == 'd') {
			at += (size_t)snprintf(text + at, size - at, "%zu", number);
			pattern++;
		} else {
			text[at++] = *pattern;
		}
	}
	text[at] = '\0';
}

static int dial(const struct load *load, size_t number)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[TARGET_SIZE];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	fill(load->socket, number, path, sizeof path);
	snprintf(address.sun_path, sizeof address.sun_path, "%.*s", NAME_SIZE - 1, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		die(path);
	return fd;
}

static void ask(const struct load *load, int fd, size_t number)
{
	char target[TARGET_SIZE], body[TARGET_SIZE], text[4 * TARGET_SIZE];
	int len;

	fill(load->target, number % load->tenants, target, sizeof target);
	fill(load->body != NULL ? load->body : "", number % load->tenants, body, sizeof body);
	if (load->body != NULL)
		len = snprintf(text, sizeof text,
		               "%s %s HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
		               "Content-Length: %zu\r\n\r\n%s",
		               load->method, target, strlen(body), body);
	else
		len = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: docker\r\n%s\r\n", load->method,
		               target, strcmp(load->method, "POST") == 0 ? "Content-Length: 0\r\n" : "");
	if (send(fd, text, (size_t)len, MSG_NOSIGNAL) != len)
		die("send");
}

/* --- answers --------------------------------------------------------------------------------------------------- */

struct answer {
	int fd;
	char bytes[PIECE];
	size_t at, len;
	size_t total; /* bytes of its body */
};

static char next(struct answer *answer)
{
	if (answer->at == answer->len) {
		ssize_t n = recv(answer->fd, answer->bytes, sizeof answer->bytes, 0);

		if (n <= 0)
			die("the answer was cut");
		answer->at = 0;
		answer->len = (size_t)n;
	}
	return answer->bytes[answer->at++];
}

static void skip(struct answer *answer, size_t count)
{
	answer->total += count;
	while (count > 0) {
		size_t there = answer->len - answer->at;

		if (there == 0) {
			next(answer);
			count--;
			continue;
		}
		if (there > count)
			there = count;
		answer->at += there;
		count -= there;
	}
}

static void read_line(struct answer *answer, char line[TARGET_SIZE])
{
	size_t at = 0;

	while (at == 0 || line[at - 1] != '\n') {
		if (at == TARGET_SIZE - 1)
			die("a line is too long");
		line[at++] = next(answer);
	}
	line[at] = '\0';
}

static void read_chunks(struct answer *answer)
{
	char line[TARGET_SIZE];
	size_t size;

	do {
		read_line(answer, line);
		size = (size_t)strtoul(line, NULL, 16);
		skip(answer, size);
		read_line(answer, line);
	} while (size > 0);
}

/* Exits on anything but success. Returns the body's length. */
static size_t read_answer(int fd)
{
	struct answer answer = {.fd = fd};
	char line[TARGET_SIZE], status[TARGET_SIZE];
	size_t length = 0;
	int chunked = 0;

	read_line(&answer, status);
	for (read_line(&answer, line); line[0] != '\r'; read_line(&answer, line)) {
		if (strncmp(line, "Content-Length: ", 16) == 0)
			length = (size_t)strtoul(line + 16, NULL, 10);
		chunked |= strncmp(line, "Transfer-Encoding: chunked", 26) == 0;
	}
	if (strncmp(status, "HTTP/1.1 2", 10) != 0) {
		fprintf(stderr, "%.*s: %s", 20, status, "the answer is no success\n");
		if (!chunked && answer.len - answer.at >= length)
			fprintf(stderr, "%.*s\n", (int)length, answer.bytes + answer.at);
		exit(2);
	}
	if (chunked)
		read_chunks(&answer);
	else
		skip(&answer, length);
	return answer.total;
}

/* --- the load -------------------------------------------------------------------------------------------------- */

static void *run_share(void *context)
{
	const struct share *share = context;
	struct load *load = share->load;
	int fds[TENANTS_MAX] = {0};

	for (size_t i = share->number; i < load->requests; i += load->at_once) {
		size_t number = i % load->sockets, bytes;
		double begin;

		if (fds[number] == 0)
			fds[number] = dial(load, number);
		begin = now_us();
		ask(load, fds[number], number);
		bytes = read_answer(fds[number]);
		load->took[i] = now_us() - begin;
		if (share->number == 0)
			load->bytes = bytes;
	}
	for (size_t i = 0; i < load->sockets; i++) {
		if (fds[i] > 0)
			close(fds[i]);
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static void run(struct load *load)
{
	pthread_t threads[THREADS_MAX];
	struct share shares[THREADS_MAX];
	double begin = now_us(), seconds;

	load->took = calloc(load->requests, sizeof *load->took);
	if (load->took == NULL)
		die("calloc");
	for (size_t i = 0; i < load->at_once; i++) {
		shares[i] = (struct share){load, i};
		if (pthread_create(&threads[i], NULL, run_share, &shares[i]) != 0)
			die("pthread_create");
	}
	for (size_t i = 0; i < load->at_once; i++)
		pthread_join(threads[i], NULL);
	seconds = (now_us() - begin) / 1e6;
	qsort(load->took, load->requests, sizeof *load->took, compare);
	printf("%.0f %.0f %.0f %zu\n", load->took[load->requests / 2],
	       load->took[load->requests * 99 / 100], (double)load->requests / seconds, load->bytes);
}

static void run_burst(struct load *load)
{
	int fds[TENANTS_MAX];
	size_t bytes = 0;

	for (size_t i = 0; i < load->sockets; i++)
		fds[i] = dial(load, i);
	for (size_t i = 0; i < load->sockets; i++)
		ask(load, fds[i], i);
	for (size_t i = 0; i < load->sockets; i++)
		bytes += read_answer(fds[i]);
	printf("%zu\n", bytes / load->sockets);
}

int main(int argc, char **argv)
{
	struct load load = {.requests = 0};
	char *end;

	if (argc < 6) {
		fprintf(stderr,
		        "usage: %s SOCKET TENANTS (REQUESTS AT_ONCE | burst) METHOD TARGET [BODY]\n",
		        argv[0]);
		return 2;
	}
	load.socket = argv[1];
	load.sockets = load.tenants = strtoul(argv[2], &end, 10);
	if (*end == '/')
		load.tenants = strtoul(end + 1, NULL, 10);
	if (load.tenants == 0 || load.sockets == 0 || load.sockets > TENANTS_MAX)
		die("too many tenants");
	if (strcmp(argv[3], "burst") == 0) {
		load.method = argv[4];
		load.target = argv[5];
		run_burst(&load);
		return 0;
	}
	load.requests = strtoul(argv[3], NULL, 10);
	load.at_once = strtoul(argv[4], NULL, 10);
	load.method = argv[5];
	load.target = argc > 6 ? argv[6] : "/_ping";
	load.body = argc > 7 ? argv[7] : NULL;
	if (load.requests == 0 || load.at_once == 0 || load.at_once > THREADS_MAX)
		die("numbers");
	run(&load);
	return 0;
}
