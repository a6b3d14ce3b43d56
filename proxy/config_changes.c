/* Compares two configurations, for whoever goes over from one to the other. */
#include "proxy/config_changes.h"

#include "proxy/config.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_version(struct api_version a, struct api_version b)
{
	return a.major == b.major && a.minor == b.minor;
}

bool config_upstream_is_same(const struct config *running, const struct config *fresh)
{
	const struct upstream_config *a = &running->upstream, *b = &fresh->upstream;

	return same_text(a->socket, b->socket) && same_text(a->host, b->host) &&
	       same_text(a->port, b->port);
}

static bool same_upstream_settings(const struct upstream_config *a, const struct upstream_config *b)
{
	return a->tls == b->tls && same_text(a->tls_files.certificate, b->tls_files.certificate) &&
	       same_text(a->tls_files.key, b->tls_files.key) &&
	       same_text(a->tls_files.ca, b->tls_files.ca) &&
	       same_text(a->tls_files.crl, b->tls_files.crl) && a->any_engine == b->any_engine &&
	       same_version(a->assumed, b->assumed) && same_text(a->cgroup_parent, b->cgroup_parent) &&
	       a->connect_timeout_ms == b->connect_timeout_ms &&
	       a->idle_connections == b->idle_connections;
}

static bool same_api(const struct api_config *a, const struct api_config *b)
{
	return same_version(a->floor, b->floor) && a->floor_auto == b->floor_auto &&
	       same_version(a->ceiling, b->ceiling);
}

static bool same_audit(const struct audit_setup *a, const struct audit_setup *b)
{
	return same_text(a->file, b->file) && same_text(a->syslog, b->syslog) &&
	       same_text(a->journal, b->journal) && same_text(a->chain_key, b->chain_key) &&
	       a->facility == b->facility && a->required == b->required && a->sync == b->sync &&
	       a->chain == b->chain && a->queue_bytes == b->queue_bytes;
}

static bool same_admin(const struct admin_setup *a, const struct admin_setup *b)
{
	return a->given == b->given && a->tenants == b->tenants &&
	       same_text(a->spec.socket, b->spec.socket) && same_text(a->spec.address, b->spec.address);
}

void config_tell_restarts(const struct config *running, const struct config *fresh,
                          void (*tell)(const char *setting, void *context), void *context)
{
	const struct {
		const char *setting;
		bool same;
	} rows[] = {
		{"upstream", same_upstream_settings(&running->upstream, &fresh->upstream)},
		{"api", same_api(&running->upstream.api, &fresh->upstream.api)},
		{"limits.body_budget", running->limits.body_budget == fresh->limits.body_budget},
		{"workers", running->workers == fresh->workers},
		{"audit", same_audit(&running->audit, &fresh->audit)},
		{"admin", same_admin(&running->admin, &fresh->admin)},
		{"control", same_text(running->control, fresh->control)},
		{"state", same_text(running->state, fresh->state)},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (!rows[i].same)
			tell(rows[i].setting, context);
}
