/* The whole gateway. Opens listeners before it starts a worker, so that nothing is half there. */
#include "proxy/server.h"

#include "policy/error.h"
#include "policy/load.h"
#include "proxy/audit.h"
#include "proxy/config.h"
#include "proxy/former.h"
#include "proxy/log.h"
#include "proxy/provenance.h"
#include "proxy/tls_context.h"
#include "proxy/worker.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct server {
	struct workshop workshop;
	struct worker **workers;
	size_t worker_count;
};

static const char *entrance_place(const struct listener_spec *spec)
{
	if (spec->socket != NULL)
		return spec->socket;
	return spec->address != NULL ? spec->address : spec->systemd;
}

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage storage;
};

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
static bool check_passed_sockets(const struct entrance *entrance, struct error *error)
{
	const struct listener_config *config = entrance->config;

	for (size_t i = 0; i < entrance->sockets.count; i++)
		if (config->spec.systemd != NULL && !config->tls && !config->insecure &&
		    !is_local_socket(entrance->sockets.fds[i]))
			return error_set(error, "the socket that systemd passed is open to the network without "
			                        "TLS: add tls = { ... }, or insecure = true");
	return true;
}

static bool open_entrance(struct entrance *entrance, const struct listener_config *config,
                          struct error *error)
{
	entrance->config = config;
	pthread_mutex_init(&entrance->mutex, NULL);
	if (config->tls) {
		entrance->fingerprint = tls_files_fingerprint(&config->tls_files);
		entrance->tls = tls_context_server(&config->tls_files, error);
		if (entrance->tls == NULL)
			return false;
	}
	return listener_open(&config->spec, &entrance->sockets, error) &&
	       check_passed_sockets(entrance, error);
}

static void close_entrance(struct entrance *entrance)
{
	if (entrance->config == NULL)
		return;
	listener_close(&entrance->config->spec, &entrance->sockets);
	tls_context_free(entrance->tls);
	pthread_mutex_destroy(&entrance->mutex);
}

static bool open_entrances(struct workshop *workshop, struct error *error)
{
	const struct config *config = workshop->config;

	workshop->entrances = calloc(config->listener_count + 1, sizeof *workshop->entrances);
	if (workshop->entrances == NULL)
		return error_set(error, "out of memory");
	for (size_t i = 0; i < config->listener_count; i++) {
		workshop->entrance_count = i + 1;
		if (!open_entrance(&workshop->entrances[i], &config->listeners[i], error))
			return error_prefix(error, "listener '%s': ", config->listeners[i].spec.name);
	}
	return true;
}

static bool open_upstream(struct workshop *workshop, struct error *error)
{
	const struct upstream_config *upstream = &workshop->config->upstream;

	if (!upstream->tls)
		return true;
	workshop->upstream_tls = tls_context_client(&upstream->tls_files, error);
	return workshop->upstream_tls != NULL || error_prefix(error, "upstream: ");
}

static bool open_provenance(struct workshop *workshop, struct error *error)
{
	if (!policy_set_asks_for_origins(workshop->config->policies))
		return true;
	workshop->provenance = provenance_open(workshop->config->state, error);
	return workshop->provenance != NULL;
}

static bool open_former(struct workshop *workshop, struct error *error)
{
	workshop->former = former_new(FORMER_LIFETIME_MS);
	return workshop->former != NULL || error_set(error, "out of memory");
}

static bool start_workers(struct server *server, struct error *error)
{
	unsigned count = server->workshop.config->workers;

	server->workers = calloc(count, sizeof(struct worker *));
	if (server->workers == NULL)
		return error_set(error, "out of memory");
	while (server->worker_count < count) {
		struct worker *worker = worker_start(&server->workshop, error);

		if (worker == NULL)
			return false;
		server->workers[server->worker_count++] = worker;
	}
	return true;
}

static void announce(const struct workshop *workshop)
{
	for (size_t i = 0; i < workshop->entrance_count; i++) {
		const struct listener_config *config = workshop->entrances[i].config;

		assert(config != NULL); /* open_entrances gave each one */
		log_line(LOG_INFO, "listening on %s%s", entrance_place(&config->spec),
		         config->tls ? " with mutual TLS" : "");
	}
}

struct server *server_start(struct config *config, struct error *error)
{
	struct server *server = calloc(1, sizeof *server);

	if (server == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	server->workshop.config = config_retain(config);
	atomic_init(&server->workshop.body_budget, config->limits.body_budget);
	atomic_init(&server->workshop.connections, 0);
	server->workshop.audit = audit_open(config->audit_file, config->audit_required, error);
	if (server->workshop.audit != NULL && open_upstream(&server->workshop, error) &&
	    open_provenance(&server->workshop, error) && open_former(&server->workshop, error) &&
	    open_entrances(&server->workshop, error) && start_workers(server, error)) {
		announce(&server->workshop);
		return server;
	}
	server_stop(server);
	return NULL;
}

static void renew_entrance(struct entrance *entrance)
{
	unsigned long long fingerprint = tls_files_fingerprint(&entrance->config->tls_files);
	const char *name = entrance->config->spec.name;
	struct ssl_ctx_st *fresh, *old;
	struct error error = {0};

	if (fingerprint == entrance->fingerprint || fingerprint == 0)
		return;
	entrance->fingerprint = fingerprint; /* what cannot be used is complained about once */
	fresh = tls_context_server(&entrance->config->tls_files, &error);
	if (fresh == NULL) {
		log_line(LOG_ERROR,
		         "listener '%s': changed certificate files are not usable, the old ones stay: %s",
		         name, error.text);
		return;
	}
	pthread_mutex_lock(&entrance->mutex);
	old = entrance->tls;
	entrance->tls = fresh;
	pthread_mutex_unlock(&entrance->mutex);
	tls_context_free(old);
	log_line(LOG_INFO, "listener '%s': changed certificate files are in use", name);
}

void server_renew_certificates(struct server *server)
{
	for (size_t i = 0; i < server->workshop.entrance_count; i++)
		if (server->workshop.entrances[i].config->tls)
			renew_entrance(&server->workshop.entrances[i]);
}

void server_stop(struct server *server)
{
	struct workshop *workshop = &server->workshop;

	while (server->worker_count > 0)
		worker_stop(server->workers[--server->worker_count]);
	for (size_t i = 0; i < workshop->entrance_count; i++)
		close_entrance(&workshop->entrances[i]);
	tls_context_free(workshop->upstream_tls);
	provenance_close(workshop->provenance);
	former_free(workshop->former);
	audit_close(workshop->audit);
	config_release(workshop->config);
	free(workshop->entrances);
	free(server->workers);
	free(server);
}
