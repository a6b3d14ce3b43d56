/* Opens listeners, and keeps what it needs to close them when the configuration they came from is long gone. */
#include "proxy/entrance.h"

#include "policy/error.h"
#include "proxy/config.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage storage;
};

const char *entrance_place(const struct listener_spec *spec)
{
	if (spec->socket != NULL)
		return spec->socket;
	return spec->address != NULL ? spec->address : spec->systemd;
}

/* A Unix socket, or one that only this machine can reach. */
static bool is_local_socket(int fd)
{
	union socket_address address = {0};
	socklen_t len = sizeof address;

	if (getsockname(fd, &address.any, &len) != 0)
		return false;
	if (address.any.sa_family == AF_INET)
		return ntohl(address.v4.sin_addr.s_addr) >> 24 == 127;
	if (address.any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&address.v6.sin6_addr);
	return address.any.sa_family == AF_UNIX;
}

/* What systemd passes is known only now; an address was judged with the configuration. */
static bool check_passed(const struct listener_sockets *sockets,
                         const struct listener_config *config, struct error *error)
{
	for (size_t i = 0; i < sockets->count; i++)
		if (config->spec.systemd != NULL && !config->tls && !config->insecure &&
		    !is_local_socket(sockets->fds[i]))
			return error_set(error, "the socket that systemd passed is open to the network without "
			                        "TLS: add tls = { ... }, or insecure = true");
	return true;
}

static struct entrance *entrance_begin(struct config *config, size_t index, struct error *error)
{
	struct entrance *entrance = calloc(1, sizeof *entrance);

	if (entrance == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	entrance->config = config_retain(config);
	entrance->spec = &config->listeners[index].spec;
	return entrance;
}

struct entrance *entrance_open(struct config *config, size_t index, struct error *error)
{
	struct entrance *entrance = entrance_begin(config, index, error);

	if (entrance == NULL)
		return NULL;
	if (listener_open(entrance->spec, &entrance->sockets, error) &&
	    check_passed(&entrance->sockets, &config->listeners[index], error))
		return entrance;
	error_prefix(error, "listener '%s': ", entrance->spec->name);
	entrance_close(entrance);
	return NULL;
}

static void close_sockets(const struct listener_sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++)
		close(sockets->fds[i]);
}

struct entrance *entrance_take(struct config *config, size_t index,
                               const struct listener_sockets *sockets, struct error *error)
{
	struct entrance *entrance = entrance_begin(config, index, error);

	if (entrance == NULL) {
		close_sockets(sockets);
		return NULL;
	}
	entrance->sockets = *sockets;
	entrance->sockets.others = true;
	return entrance;
}

void entrance_close(struct entrance *entrance)
{
	if (entrance == NULL)
		return;
	listener_close(entrance->spec, &entrance->sockets);
	config_release(entrance->config);
	free(entrance);
}

struct entrance *entrance_find(struct entrance *const *entrances, size_t count,
                               const struct listener_config *config, struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		if (!listener_is_same(entrances[i]->spec, &config->spec))
			continue;
		if (check_passed(&entrances[i]->sockets, config, error))
			return entrances[i];
		error_prefix(error, "listener '%s': ", config->spec.name);
		return NULL;
	}
	return NULL;
}

/* --- all of a configuration's ---------------------------------------------------------------------------------- */

bool entrances_have(const struct entrances *entrances, const struct entrance *entrance)
{
	for (size_t i = 0; i < entrances->count; i++)
		if (entrances->list[i] == entrance)
			return true;
	return false;
}

/* Another listener that says the same finds its address in use. */
static struct entrance *find_or_open(const struct entrances *entrances,
                                     const struct entrances *before,
                                     const struct entrance_source *source, struct error *error)
{
	size_t index = entrances->count;
	struct config *config = entrances->config;
	struct error refused = {0};
	struct entrance *entrance =
		entrance_find(before->list, before->count, &config->listeners[index], &refused);

	if (refused.text[0] != '\0') {
		error_set(error, "%s", refused.text);
		return NULL;
	}
	if (entrance != NULL && !entrances_have(entrances, entrance))
		return entrance;
	return source != NULL ? source->open(source->context, config, index, error)
	                      : entrance_open(config, index, error);
}

bool entrances_open(struct entrances *entrances, struct config *config,
                    const struct entrances *before, const struct entrance_source *source,
                    struct error *error)
{
	*entrances = (struct entrances){.config = config_retain(config)};
	entrances->list = calloc(config->listener_count + 1, sizeof(struct entrance *));
	if (entrances->list == NULL) {
		entrances_close(entrances, before);
		return error_set(error, "out of memory");
	}
	while (entrances->count < config->listener_count) {
		struct entrance *entrance = find_or_open(entrances, before, source, error);

		if (entrance == NULL) {
			entrances_close(entrances, before);
			return false;
		}
		entrances->list[entrances->count++] = entrance;
	}
	return true;
}

void entrances_close(struct entrances *entrances, const struct entrances *kept)
{
	for (size_t i = 0; entrances->list != NULL && i < entrances->count; i++)
		if (kept == NULL || !entrances_have(kept, entrances->list[i]))
			entrance_close(entrances->list[i]);
	free(entrances->list);
	config_release(entrances->config);
	*entrances = (struct entrances){.config = NULL};
}
