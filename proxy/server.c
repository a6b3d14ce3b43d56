/* The whole gateway. Opens listeners before it starts a worker, so that nothing is half there; and so for what takes
 * their place while it runs. */
#include "proxy/server.h"

#include "policy/error.h"
#include "policy/load.h"
#include "proxy/admin.h"
#include "proxy/admin_setup.h"
#include "proxy/audit.h"
#include "proxy/config.h"
#include "proxy/config_changes.h"
#include "proxy/edition.h"
#include "proxy/entrance.h"
#include "proxy/former.h"
#include "proxy/log.h"
#include "proxy/metrics.h"
#include "proxy/provenance.h"
#include "proxy/quota.h"
#include "proxy/tls_context.h"
#include "proxy/worker.h"

#include <stdlib.h>

struct server {
	struct workshop workshop;
	struct roster roster;        /* what the workers go by */
	unsigned long long *refused; /* of each listener: certificate files that were found unusable */
	const struct entrance_source *source;
	struct worker **workers;
	size_t worker_count;
	struct admin *admin;            /* NULL: there is no admin listener */
	atomic_uint_fast64_t turned_ms; /* when all workers had come round last */
};

/* Frees ROSTER and closes its sockets, all but those that KEPT has as well. */
static void close_roster(struct roster *roster, const struct roster *kept)
{
	entrances_close(&roster->entrances, &kept->entrances);
	edition_release(roster->edition);
}

/* The record stays open once it is there: what was learnt is not forgotten when policies change their mind. */
static bool open_provenance(struct roster *roster, const struct server *server, struct error *error)
{
	roster->provenance = server->roster.provenance;
	if (roster->provenance != NULL ||
	    !policy_set_asks_for_origins(roster->edition->config->policies))
		return true;
	roster->provenance = provenance_open(server->workshop.started->state, error);
	return roster->provenance != NULL;
}

/* Makes a roster of CONFIG. False with ERROR; SERVER, whose workers go by another one or none, is as it was. */
static bool make_roster(const struct server *server, struct config *config, struct roster *roster,
                        struct error *error)
{
	const struct roster *before = &server->roster;

	*roster = (struct roster){.edition = edition_new(config, before->edition, error)};
	if (roster->edition != NULL &&
	    entrances_open(&roster->entrances, config, &before->entrances, server->source, error) &&
	    open_provenance(roster, server, error))
		return true;
	close_roster(roster, before);
	return false;
}

/* The same, and makes it SERVER's own. */
static bool take_roster(struct server *server, struct config *config, struct error *error)
{
	unsigned long long *refused = calloc(config->listener_count + 1, sizeof *refused);
	struct roster fresh;

	if (refused == NULL)
		return error_set(error, "out of memory");
	if (!make_roster(server, config, &fresh, error)) {
		free(refused);
		return false;
	}
	workers_take(server->workers, server->worker_count, &fresh);
	server->roster = fresh;
	free(server->refused);
	server->refused = refused;
	return true;
}

/* --- the start ------------------------------------------------------------------------------------------------- */

static bool open_upstream(struct workshop *workshop, struct error *error)
{
	const struct upstream_config *upstream = &workshop->started->upstream;

	if (!upstream->tls)
		return true;
	workshop->upstream_tls = tls_context_client(&upstream->tls_files, error);
	return workshop->upstream_tls != NULL || error_prefix(error, "upstream: ");
}

static bool open_former(struct workshop *workshop, struct error *error)
{
	workshop->former = former_new(FORMER_LIFETIME_MS);
	return workshop->former != NULL || error_set(error, "out of memory");
}

/* Without the directory nothing that has to be counted is granted, and all else is served. */
static bool open_quotas(struct workshop *workshop, struct error *error)
{
	struct error unusable = {0};

	workshop->quotas = quota_table_open(workshop->started->state, &unusable);
	if (workshop->quotas == NULL)
		return error_set(error, "%s", unusable.text);
	if (unusable.text[0] != '\0' && policy_set_has_worlds(workshop->started->policies))
		log_line(LOG_WARNING, "quotas cannot be counted: %s", unusable.text);
	return true;
}

static bool open_metrics(struct workshop *workshop, struct error *error)
{
	workshop->metrics = metrics_new();
	return workshop->metrics != NULL || error_set(error, "out of memory");
}

static bool open_admin(struct server *server, struct error *error)
{
	struct workshop *workshop = &server->workshop;
	const struct admin_source source = {
		.setup = &workshop->started->admin,
		.metrics = workshop->metrics,
		.audit = workshop->audit,
		.audit_required = workshop->started->audit.required,
		.upstream = &workshop->started->upstream,
		.upstream_tls = workshop->upstream_tls,
		.connections = &workshop->connections,
		.body_budget = &workshop->body_budget,
		.body_budget_all = workshop->started->limits.body_budget,
		.turned_ms = &server->turned_ms,
	};

	struct listener_sockets sockets;

	atomic_init(&server->turned_ms, admin_clock_ms());
	if (!source.setup->given)
		return true;
	if (server->source != NULL)
		sockets = server->source->admin;
	else if (!admin_listen(source.setup, &sockets, error))
		return false;
	server->admin = admin_new(&source, &sockets);
	return server->admin != NULL || error_set(error, "out of memory for the admin listener");
}

static bool start_admin(struct server *server, struct error *error)
{
	return server->admin == NULL || admin_start(server->admin, server->roster.edition, error);
}

static bool start_workers(struct server *server, struct error *error)
{
	unsigned count = server->workshop.started->workers;

	server->workers = calloc(count, sizeof(struct worker *));
	if (server->workers == NULL)
		return error_set(error, "out of memory");
	while (server->worker_count < count) {
		struct worker *worker = worker_start(&server->workshop, &server->roster, error);

		if (worker == NULL)
			return false;
		server->workers[server->worker_count++] = worker;
	}
	return true;
}

/* Tells of the listeners that BEFORE does not have. */
static void announce(const struct roster *roster, const struct roster *before)
{
	for (size_t i = 0; i < roster->entrances.count; i++) {
		const struct listener_config *config = roster->edition->listeners[i].config;

		if (!entrances_have(&before->entrances, roster->entrances.list[i]))
			log_line(LOG_INFO, "listening on %s%s", entrance_place(&config->spec),
			         config->tls ? " with mutual TLS" : "");
	}
}

struct server *server_start(struct config *config, const struct entrance_source *source,
                            struct error *error)
{
	static const struct roster none = {.edition = NULL};
	struct server *server = calloc(1, sizeof *server);

	if (server == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	server->source = source;
	server->workshop.started = config_retain(config);
	atomic_init(&server->workshop.body_budget, config->limits.body_budget);
	atomic_init(&server->workshop.connections, 0);
	server->workshop.audit = audit_open(&config->audit, error);
	if (server->workshop.audit != NULL && open_upstream(&server->workshop, error) &&
	    open_former(&server->workshop, error) && open_quotas(&server->workshop, error) &&
	    open_metrics(&server->workshop, error) && open_admin(server, error) &&
	    take_roster(server, config, error) && start_workers(server, error) &&
	    start_admin(server, error)) {
		announce(&server->roster, &none);
		return server;
	}
	server_stop(server);
	return NULL;
}

/* --- changes --------------------------------------------------------------------------------------------------- */

static void leave(const struct roster *before, const struct roster *roster)
{
	for (size_t i = 0; i < before->entrances.count; i++)
		if (!entrances_have(&roster->entrances, before->entrances.list[i]))
			log_line(LOG_INFO, "no longer listening on %s",
			         entrance_place(before->entrances.list[i]->spec));
}

static void tell_restart(const char *setting, void *context)
{
	(void)context;
	log_line(LOG_WARNING, "%s has changed: this needs a restart", setting);
}

/* A listener's file has the owner and mode that it was made with. */
static void tell_access(const struct roster *roster)
{
	for (size_t i = 0; i < roster->entrances.count; i++) {
		const struct listener_spec *now = roster->entrances.list[i]->spec;
		const struct listener_spec *fresh = &roster->edition->listeners[i].config->spec;

		if (now->mode != fresh->mode || now->owner != fresh->owner || now->group != fresh->group)
			log_line(LOG_WARNING,
			         "mode, owner or group of listener '%s' has changed: this needs a restart",
			         fresh->name);
	}
}

static bool go_over(struct server *server, struct config *config, struct error *error)
{
	const struct roster *fresh = &server->roster;
	struct roster before = server->roster;

	if (!config_upstream_is_same(server->workshop.started, config))
		return error_set(error, "upstream has changed: another daemon needs a restart");
	if (!take_roster(server, config, error))
		return false;
	announce(fresh, &before);
	leave(&before, fresh);
	config_tell_restarts(server->workshop.started, config, tell_restart, NULL);
	tell_access(fresh);
	close_roster(&before, fresh);
	return true;
}

bool server_reload(struct server *server, struct config *config, struct error *error)
{
	bool taken = go_over(server, config, error);

	if (server->admin != NULL && taken)
		admin_take(server->admin, server->roster.edition, true);
	else if (server->admin != NULL)
		admin_note_refusal(server->admin);
	return taken;
}

void server_renew_certificates(struct server *server)
{
	struct roster fresh = server->roster;

	fresh.edition = edition_renew(server->roster.edition, server->refused);
	if (fresh.edition == NULL)
		return;
	workers_take(server->workers, server->worker_count, &fresh);
	edition_release(server->roster.edition);
	server->roster = fresh;
	if (server->admin != NULL)
		admin_take(server->admin, fresh.edition, false);
	log_line(LOG_INFO, "changed certificate files are in use");
}

void server_leave(struct server *server)
{
	for (size_t i = 0; i < server->worker_count; i++)
		worker_leave(server->workers[i]);
	entrances_close(&server->roster.entrances, NULL);
}

unsigned server_connections(const struct server *server)
{
	return atomic_load(&server->workshop.connections);
}

bool server_turns(struct server *server)
{
	bool turns = true;

	for (size_t i = 0; i < server->worker_count; i++)
		turns = worker_turns(server->workers[i]) && turns;
	if (turns)
		atomic_store(&server->turned_ms, admin_clock_ms());
	return turns;
}

void server_reopen_logs(struct server *server)
{
	audit_reopen(server->workshop.audit);
}

void server_yield_admin(struct server *server)
{
	admin_close(server->admin);
	server->admin = NULL;
}

void server_stop(struct server *server)
{
	static const struct roster none = {.edition = NULL};
	struct workshop *workshop = &server->workshop;

	admin_close(server->admin);
	while (server->worker_count > 0)
		worker_stop(server->workers[--server->worker_count]);
	close_roster(&server->roster, &none);
	tls_context_free(workshop->upstream_tls);
	provenance_close(server->roster.provenance);
	former_free(workshop->former);
	quota_table_close(workshop->quotas);
	audit_close(workshop->audit);
	metrics_free(workshop->metrics);
	config_release(workshop->started);
	free(server->refused);
	free(server->workers);
	free(server);
}
