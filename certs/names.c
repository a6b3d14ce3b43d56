/* Owns finding this machine's names and addresses. Whether OpenSSL likes EXTRA is told when it is signed. */
#define _GNU_SOURCE
#include "certs/names.h"

#include "policy/error.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	NAMES_MAX = 1024,     /* a host with more addresses needs a certificate of its own making */
	HOST_NAME_SIZE = 256, /* RFC 1035 §2.3.4: 255 octets */
	NAME_MAX_LEN = 1024
};

struct names {
	char *names[NAMES_MAX];
	size_t count;
	bool failed; /* no memory, or more names than fit */
};

static void add(struct names *names, const char *kind, const char *value, size_t len)
{
	char *name = NULL;

	if (len <= NAME_MAX_LEN && names->count < NAMES_MAX &&
	    asprintf(&name, "%s%.*s", kind, (int)len, value) >= 0)
		names->names[names->count++] = name;
	else
		names->failed = true;
}

/* A host name goes into OpenSSL's syntax, where a comma or a colon would mean something; and nobody can connect
 * to a host by a name that is none. */
static bool is_host_name(const char *name, size_t len)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	return len > 0 && len < HOST_NAME_SIZE && strspn(name, allowed) >= len;
}

static void add_host(struct names *names, const char *name, size_t len)
{
	if (is_host_name(name, len))
		add(names, "DNS:", name, len);
}

static void add_host_file(struct names *names)
{
	char line[HOST_NAME_SIZE + 1];
	FILE *file = fopen("/etc/hostname", "re");

	if (file == NULL)
		return;
	if (fgets(line, sizeof line, file) != NULL)
		add_host(names, line, strcspn(line, "\n"));
	(void)fclose(file);
}

/* As `hostname -f` finds it. */
static void add_full_name(struct names *names, const char *host)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
	                               .ai_socktype = SOCK_STREAM,
	                               .ai_flags = AI_CANONNAME};
	struct addrinfo *found = NULL;

	if (getaddrinfo(host, NULL, &hints, &found) != 0 || found == NULL)
		return;
	if (found->ai_canonname != NULL)
		add_host(names, found->ai_canonname, strlen(found->ai_canonname));
	freeaddrinfo(found);
}

static void add_hosts(struct names *names)
{
	char host[HOST_NAME_SIZE + 1] = "";

	add_host(names, "docker", strlen("docker"));
	add_host(names, "localhost", strlen("localhost"));
	add_host_file(names);
	if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
		return;
	add_host(names, host, strlen(host));
	add_host(names, host, strcspn(host, "."));
	add_full_name(names, host);
}

static void add_address(struct names *names, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];
	const void *bytes = NULL;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address != NULL && address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof v4);
		bytes = &v4.sin_addr;
	} else if (address != NULL && address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof v6);
		bytes = &v6.sin6_addr;
	}
	if (bytes != NULL && inet_ntop(address->sa_family, bytes, text, sizeof text) != NULL)
		add(names, "IP:", text, strlen(text));
}

static void add_addresses(struct names *names)
{
	struct ifaddrs *all = NULL;

	if (getifaddrs(&all) != 0)
		return;
	for (const struct ifaddrs *one = all; one != NULL; one = one->ifa_next)
		add_address(names, one->ifa_addr);
	freeifaddrs(all);
}

static void add_extra(struct names *names, const char *extra)
{
	static const char blank[] = " \t\r\n";

	while (extra != NULL && *extra != '\0') {
		size_t whole = strcspn(extra, ",");
		size_t skipped = strspn(extra, blank);
		size_t len = whole;

		if (skipped < whole) {
			while (strchr(blank, extra[len - 1]) != NULL)
				len--;
			add(names, "", extra + skipped, len - skipped);
		}
		extra += whole + (extra[whole] == ',' ? 1 : 0);
	}
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One comma-separated string of the sorted names, each once; NULL: no memory. */
static char *join_sorted(struct names *names)
{
	char *joined = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&joined, &size);
	const char *separator = "";
	bool good;

	if (out == NULL)
		return NULL;
	qsort(names->names, names->count, sizeof *names->names, compare);
	for (size_t i = 0; i < names->count; i++) {
		if (i > 0 && strcmp(names->names[i], names->names[i - 1]) == 0)
			continue;
		(void)fprintf(out, "%s%s", separator, names->names[i]);
		separator = ",";
	}
	good = ferror(out) == 0;
	if (fclose(out) != 0 || !good) {
		free(joined);
		return NULL;
	}
	return joined;
}

char *names_gather(const char *extra, struct error *error)
{
	struct names *names = calloc(1, sizeof *names);
	char *joined = NULL;

	if (names != NULL) {
		add_hosts(names);
		add_addresses(names);
		add_extra(names, extra);
		if (!names->failed)
			joined = join_sorted(names);
		for (size_t i = 0; i < names->count; i++)
			free(names->names[i]);
	}
	free(names);
	if (joined == NULL)
		error_set(error,
		          "server certificate: no memory, a name over %d bytes, or more than %d names",
		          NAME_MAX_LEN, NAMES_MAX);
	return joined;
}
