/* Owns which TLS context goes with which listener of which configuration, and the tenants' key. */
#include "proxy/edition.h"

#include "policy/error.h"
#include "policy/load.h"
#include "policy/peer_container.h"
#include "policy/problems.h"
#include "policy/seal.h"
#include "proxy/client_authorities.h"
#include "proxy/config.h"
#include "proxy/log.h"
#include "proxy/tenancy_key.h"
#include "proxy/tls_authorities.h"
#include "proxy/tls_context.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct edition *edition_begin(struct config *config)
{
	static atomic_uint_fast64_t serials;
	struct edition *edition = calloc(1, sizeof *edition);

	if (edition == NULL)
		return NULL;
	edition->listeners = calloc(config->listener_count + 1, sizeof *edition->listeners);
	if (edition->listeners == NULL) {
		free(edition);
		return NULL;
	}
	atomic_init(&edition->references, 1);
	edition->serial = atomic_fetch_add(&serials, 1) + 1;
	edition->config = config_retain(config);
	for (size_t i = 0; i < config->listener_count; i++)
		edition->listeners[i].config = &config->listeners[i];
	return edition;
}

struct edition *edition_retain(struct edition *edition)
{
	atomic_fetch_add(&edition->references, 1);
	return edition;
}

void edition_release(struct edition *edition)
{
	if (edition == NULL || atomic_fetch_sub(&edition->references, 1) != 1)
		return;
	for (size_t i = 0; i < edition->config->listener_count; i++)
		tls_context_free(edition->listeners[i].tls);
	OPENSSL_secure_clear_free(edition->key, sizeof *edition->key);
	config_release(edition->config);
	free(edition->listeners);
	free(edition->since);
	free(edition);
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

const struct edition_listener *edition_find(const struct edition *edition,
                                            const struct listener_config *listener)
{
	const struct edition_listener *found = NULL;

	for (size_t i = 0; i < edition->config->listener_count; i++) {
		const struct listener_config *other = edition->listeners[i].config;

		if (!listener_is_same(&other->spec, &listener->spec))
			continue;
		if (found == NULL || same_text(other->spec.name, listener->spec.name))
			found = &edition->listeners[i];
	}
	return found;
}

static bool same_files(const struct tls_files *a, const struct tls_files *b)
{
	return same_text(a->certificate, b->certificate) && same_text(a->key, b->key) &&
	       same_text(a->ca, b->ca) && same_text(a->own_crl, b->own_crl) &&
	       same_text(a->crl, b->crl);
}

/* A context that was made from the very same bytes is as good as a new one, and knows its sessions. */
static bool keep_context(struct edition_listener *listener, const struct edition *before)
{
	const struct edition_listener *old =
		before != NULL ? edition_find(before, listener->config) : NULL;

	if (old == NULL || old->tls == NULL || listener->fingerprint == 0 ||
	    old->fingerprint != listener->fingerprint ||
	    !same_files(&old->config->tls_files, &listener->config->tls_files))
		return false;
	listener->tls = tls_context_retain(old->tls);
	return true;
}

/* What LISTENER's context trusts must leave no client rule of CONFIG open to several authorities. */
static bool suits_rules(const struct config *config, const struct edition_listener *listener,
                        struct error *error)
{
	struct problems *problems = problems_new();
	struct tls_authorities *authorities = tls_authorities_of(listener->tls, error);
	bool fine = problems != NULL && authorities != NULL;

	if (problems == NULL)
		error_set(error, "out of memory");
	if (fine)
		client_authorities_judge(config, listener->config, authorities, problems);
	if (fine && problems_count(problems) > 0)
		fine = error_set(error, "%s", problems_text(problems, 0));
	tls_authorities_free(authorities);
	problems_free(problems);
	return fine;
}

/* A new context for LISTENER. */
static bool make_context(const struct config *config, struct edition_listener *listener,
                         struct error *error)
{
	listener->tls = tls_context_server(&listener->config->tls_files, error);
	if (listener->tls != NULL && suits_rules(config, listener, error))
		return true;
	tls_context_free(listener->tls);
	listener->tls = NULL;
	return false;
}

static bool take_context(const struct config *config, struct edition_listener *listener,
                         const struct edition *before, struct error *error)
{
	const char *name = listener->config->spec.name;

	if (!listener->config->tls)
		return true;
	listener->fingerprint = tls_files_fingerprint(&listener->config->tls_files);
	if (keep_context(listener, before))
		return suits_rules(config, listener, error);
	return make_context(config, listener, error) || error_prefix(error, "listener '%s': ", name);
}

static bool keep_key(struct edition *edition, const struct edition *before)
{
	if (before->key == NULL)
		return true;
	edition->key = OPENSSL_secure_zalloc(sizeof *edition->key);
	if (edition->key == NULL)
		return false;
	*edition->key = *before->key;
	return true;
}

static bool same_key(const struct seal_key *a, const struct seal_key *b)
{
	return memcmp(a->inner.state, b->inner.state, sizeof a->inner.state) == 0 &&
	       memcmp(a->outer.state, b->outer.state, sizeof a->outer.state) == 0;
}

/* Once there is a key none is made any more, and no other takes its place: all that tenants have would be lost to them. */
static bool read_key(struct edition *edition, const struct edition *before, struct error *error)
{
	const struct config *config = edition->config;
	const struct seal_key *old = before != NULL ? before->key : NULL;

	if (!policy_set_has_worlds(config->policies))
		return old == NULL || keep_key(edition, before) || error_set(error, "out of memory");
	edition->key = OPENSSL_secure_zalloc(sizeof *edition->key);
	if (edition->key == NULL)
		return error_set(error, "out of memory");
	if (!tenancy_key_read(config->tenancy_key, config->state, old == NULL, edition->key, error))
		return false;
	return old == NULL || same_key(edition->key, old) ||
	       error_set(error, "the tenants' key is another one now: that needs a restart");
}

/* The second behind this one: what a client has asked for is done by then. */
static void tell_now(struct label_time *time_of)
{
	time_t now = time(NULL) + 1;
	struct tm utc;

	if (gmtime_r(&now, &utc) == NULL ||
	    strftime(time_of->text, sizeof time_of->text, "%Y-%m-%dT%H:%M:%S", &utc) == 0)
		memcpy(time_of->text, "9999", sizeof "9999"); /* never */
}

/* Until now clients could set the labels that BEFORE did not ask about. */
static bool date_labels(struct edition *edition, const struct edition *before)
{
	const struct label_keys *keys = policy_set_labels(edition->config->policies);
	const struct label_keys *old =
		before != NULL ? policy_set_labels(before->config->policies) : NULL;

	edition->since = calloc(keys->count + 1, sizeof *edition->since);
	for (size_t i = 0; edition->since != NULL && old != NULL && i < keys->count; i++) {
		size_t place = label_keys_find(old, keys->list[i]);

		if (place < old->count)
			edition->since[i] = before->since[place];
		else
			tell_now(&edition->since[i]);
	}
	return edition->since != NULL;
}

struct edition *edition_new(struct config *config, const struct edition *before,
                            struct error *error)
{
	struct edition *edition = edition_begin(config);

	if (edition == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	if (!date_labels(edition, before)) {
		error_set(error, "out of memory");
		edition_release(edition);
		return NULL;
	}
	if (!read_key(edition, before, error)) {
		edition_release(edition);
		return NULL;
	}
	for (size_t i = 0; i < config->listener_count; i++) {
		if (!take_context(config, &edition->listeners[i], before, error)) {
			edition_release(edition);
			return NULL;
		}
	}
	return edition;
}

/* Whether the listener has a new context now; else it has the old one. */
static bool renew_context(const struct config *all, struct edition_listener *listener,
                          const struct edition_listener *old, unsigned long long *refused)
{
	const struct listener_config *config = listener->config;
	unsigned long long now = tls_files_fingerprint(&config->tls_files);
	struct error error = {0};

	if (now != 0 && now != old->fingerprint && now != *refused) {
		*refused = 0;
		listener->fingerprint = now;
		if (make_context(all, listener, &error))
			return true;
		*refused = now;
		log_line(LOG_ERROR,
		         "listener '%s': changed certificate files are not usable, the old ones stay: %s",
		         config->spec.name, error.text);
	}
	listener->fingerprint = old->fingerprint;
	listener->tls = tls_context_retain(old->tls);
	return false;
}

struct edition *edition_renew(const struct edition *before, unsigned long long *refused)
{
	struct edition *edition = edition_begin(before->config);
	bool renewed = false;

	for (size_t i = 0; edition != NULL && i < before->config->listener_count; i++)
		if (before->listeners[i].tls != NULL &&
		    renew_context(edition->config, &edition->listeners[i], &before->listeners[i],
		                  &refused[i]))
			renewed = true;
	if (renewed && keep_key(edition, before) && date_labels(edition, before))
		return edition;
	edition_release(edition);
	return NULL;
}
