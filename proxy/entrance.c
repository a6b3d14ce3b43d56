/* Opens listeners, and keeps what it needs to close them when the configuration they came from is long gone. */
#include "proxy/entrance.h"

#include "policy/error.h"
#include "proxy/config.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

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

struct entrance *entrance_open(struct config *config, size_t index, struct error *error)
{
	const struct listener_config *listener = &config->listeners[index];
	struct entrance *entrance = calloc(1, sizeof *entrance);

	if (entrance == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	entrance->config = config_retain(config);
	entrance->spec = &listener->spec;
	if (listener_open(entrance->spec, &entrance->sockets, error) &&
	    check_passed(&entrance->sockets, listener, error))
		return entrance;
	error_prefix(error, "listener '%s': ", listener->spec.name);
	entrance_close(entrance);
	return NULL;
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
