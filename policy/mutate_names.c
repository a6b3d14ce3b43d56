/* Where tenants have names of their own: what a request makes gets the name that only its tenant can have, and on networks of its
 * own is still found by the short one. What it refers to has been looked up, and is named by id already. */
#include "policy/mutate_parts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/private_names.h"
#include "policy/query.h"
#include "policy/request.h"
#include "policy/spec.h"
#include "policy/text.h"
#include "policy/world.h"

#include <string.h>

enum { MADE_UP_DIGITS = 8 };

static bool set_parameter(const struct mutation *m, const char *name, const char *value)
{
	return (value != NULL && query_set(m->request->arena, &m->request->query, name, value)) ||
	       mutation_exhausted(m);
}

/* The name that the parameter `name` gives; without one the daemon would think of one that is nobody's. NULL: no memory. */
static const char *name_of_create(const struct mutation *m)
{
	const char *name = query_value(&m->request->query, "name");

	if (name != NULL && name[0] == '/')
		name++;
	return name != NULL && name[0] != '\0'
	           ? name
	           : arena_format(m->request->arena, "unnamed-%.*s", (int)MADE_UP_DIGITS,
	                          m->facts->world->nonce);
}

/* ---- on networks ---- */

/* Aliases are for networks that were made; the daemon refuses them on the others. */
static const struct fact *made_network(const struct mutation *m, const char *id)
{
	const struct fact *fact = facts_find(m->facts, OBJECT_NETWORK, id);
	const char *name = fact != NULL ? json_member_string(fact->inspected, "Name") : NULL;

	return name != NULL && spec_mode_is_network(name) ? fact : NULL;
}

/* On a shared one short names would meet others'. */
static bool has_resolver(const struct mutation *m, const char *id)
{
	const struct fact *fact = made_network(m, id);

	return fact != NULL && !fact->shared;
}

static bool is_met_by_others(const struct mutation *m, const char *id)
{
	const struct fact *fact = made_network(m, id);

	return fact != NULL && fact->shared && !m->facts->world->rules->any_endpoint.on;
}

/* What nobody else is called. */
static const char *private_alias(const struct mutation *m, const char *alias)
{
	return private_names_new(m->facts->world, OBJECT_CONTAINER, alias);
}

static json_t *member_or_new(json_t *owner, const char *name, json_t *fresh)
{
	json_t *member = json_object_get(owner, name);

	if (member != NULL && !json_is_null(member)) {
		json_decref(fresh);
		return member;
	}
	return fresh != NULL && json_object_set_new(owner, name, fresh) == 0 ? fresh : NULL;
}

static bool add_alias(const struct mutation *m, json_t *endpoint, const char *alias)
{
	json_t *aliases = member_or_new(endpoint, "Aliases", json_array());

	for (size_t i = 0; i < json_array_size(aliases); i++) {
		const char *known = json_string_value(json_array_get(aliases, i));

		if (known != NULL && strcmp(known, alias) == 0)
			return true;
	}
	return (aliases != NULL && json_array_append_new(aliases, json_string(alias)) == 0) ||
	       mutation_exhausted(m);
}

/* On the network ID, what ENDPOINT is called besides its own name: by the short one ALIAS (NULL: none), or by nothing that
 * another may be called. */
static bool set_aliases(const struct mutation *m, const char *id, json_t *endpoint,
                        const char *alias)
{
	if (is_met_by_others(m, id))
		return mutation_rewrite_list(m, endpoint, "Aliases", private_alias);
	return alias == NULL || alias[0] == '\0' || !has_resolver(m, id) ||
	       add_alias(m, endpoint, alias);
}

/* A null is an endpoint without settings. */
static json_t *endpoint_at(json_t *endpoints, const char *id)
{
	return member_or_new(endpoints, id, json_object());
}

/* Without endpoints of its own a container has one on the network that is its mode. */
static json_t *endpoints_of(const struct mutation *m)
{
	json_t *body = m->request->body;
	const char *mode = json_member_string(json_object_get(body, "HostConfig"), "NetworkMode");
	json_t *networking = member_or_new(body, "NetworkingConfig", json_object());
	json_t *endpoints =
		networking != NULL ? member_or_new(networking, "EndpointsConfig", json_object()) : NULL;

	if (endpoints == NULL || json_object_size(endpoints) > 0 || mode == NULL ||
	    !has_resolver(m, mode))
		return endpoints;
	return endpoint_at(endpoints, mode) != NULL ? endpoints : NULL;
}

static bool alias_endpoints(const struct mutation *m, const char *alias)
{
	json_t *endpoints = endpoints_of(m), *endpoint;
	const char *id;
	void *next;

	if (endpoints == NULL)
		return mutation_exhausted(m);
	json_object_foreach_safe(endpoints, next, id, endpoint)
	{
		if (made_network(m, id) == NULL)
			continue;
		endpoint = endpoint_at(endpoints, id);
		if (endpoint == NULL)
			return mutation_exhausted(m);
		if (!set_aliases(m, id, endpoint, alias))
			return false;
	}
	return true;
}

/* ---- volumes of a container ---- */

static const char *private_bind(const struct mutation *m, const char *text)
{
	size_t len = strcspn(text, ":");
	const char *name = arena_copy(m->request->arena, text, len);
	const char *wire;

	if (name == NULL || text[0] == '/' || text[len] == '\0')
		return name != NULL ? text : NULL;
	wire = private_names_wire(m->facts->world, OBJECT_VOLUME, name);
	return wire != NULL ? arena_format(m->request->arena, "%s%s", wire, text + len) : NULL;
}

static bool name_mounts(const struct mutation *m, json_t *host)
{
	json_t *mounts = json_object_get(host, "Mounts"), *mount;
	size_t i;

	json_array_foreach(mounts, i, mount)
	{
		const char *type = json_member_string(mount, "Type");
		const char *source = json_member_string(mount, "Source");

		if (type != NULL && source != NULL && strcmp(type, "volume") == 0 && source[0] != '\0' &&
		    !mutation_set_string(m, mount, "Source",
		                         private_names_wire(m->facts->world, OBJECT_VOLUME, source)))
			return false;
	}
	return mutation_rewrite_list(m, host, "Binds", private_bind);
}

/* ---- each operation ---- */

static bool name_container(const struct mutation *m)
{
	const char *name = name_of_create(m);

	if (name == NULL)
		return mutation_exhausted(m);
	return set_parameter(m, "name", private_names_new(m->facts->world, OBJECT_CONTAINER, name)) &&
	       alias_endpoints(m, name) &&
	       name_mounts(m, json_object_get(m->request->body, "HostConfig"));
}

static bool rename_container(const struct mutation *m)
{
	const char *name = query_value(&m->request->query, "name");

	if (name != NULL && name[0] == '/')
		name++;
	return name == NULL || name[0] == '\0' ||
	       set_parameter(m, "name", private_names_new(m->facts->world, OBJECT_CONTAINER, name));
}

/* A volume without a name gets one from the daemon that is nobody else's. */
static bool name_in_body(const struct mutation *m, enum object_kind kind)
{
	const char *name = json_member_string(m->request->body, "Name");

	return name == NULL || name[0] == '\0' ||
	       mutation_set_string(m, m->request->body, "Name",
	                           private_names_new(m->facts->world, kind, name));
}

static bool alias_connection(const struct mutation *m)
{
	const char *container = json_member_string(m->request->body, "Container");
	const struct fact *fact =
		container != NULL ? facts_find(m->facts, OBJECT_CONTAINER, container) : NULL;
	const char *name = fact != NULL ? json_member_string(fact->inspected, "Name") : NULL;
	const char *network = m->request->object_id;
	json_t *endpoint;

	if (name == NULL || network == NULL || made_network(m, network) == NULL)
		return true;
	endpoint = member_or_new(m->request->body, "EndpointConfig", json_object());
	name = private_names_shown(m->facts->world, OBJECT_CONTAINER, name);
	return endpoint != NULL ? set_aliases(m, network, endpoint, name[0] == '/' ? name + 1 : name)
	                        : mutation_exhausted(m);
}

static bool name_network(const struct mutation *m)
{
	return name_in_body(m, OBJECT_NETWORK);
}

static bool name_volume(const struct mutation *m)
{
	return name_in_body(m, OBJECT_VOLUME);
}

static bool name_secret(const struct mutation *m)
{
	return name_in_body(m, OBJECT_SECRET);
}

static bool name_config(const struct mutation *m)
{
	return name_in_body(m, OBJECT_CONFIG);
}

/* ---- services ---- */

/* What the reference's member ID leads to is named beside it, and the daemon compares. Another name than the tenant has for it
 * stays wrong. */
static bool name_references(const struct mutation *m, json_t *list, enum object_kind kind,
                            const char *const members[2])
{
	json_t *reference;
	size_t i;

	json_array_foreach(list, i, reference)
	{
		const char *id = json_member_string(reference, members[0]);
		const char *name = json_member_string(reference, members[1]);
		const struct fact *fact = id != NULL ? facts_find(m->facts, kind, id) : NULL;
		const char *real =
			fact != NULL ? json_member_string(json_member(fact->inspected, "Spec"), "Name") : NULL;

		if (real != NULL && name != NULL &&
		    strcmp(private_names_shown(m->facts->world, kind, real), name) == 0 &&
		    !mutation_set_string(m, reference, members[1], real))
			return false;
	}
	return true;
}

/* On networks of the tenant's own a service is found by its short name, too. */
static bool alias_targets(const struct mutation *m, json_t *owner, const char *alias)
{
	json_t *targets = json_object_get(owner, "Networks"), *target;
	size_t i;

	json_array_foreach(targets, i, target)
	{
		const char *id = json_member_string(target, "Target");

		if (id != NULL && !set_aliases(m, id, target, alias))
			return false;
	}
	return true;
}

static bool name_service(const struct mutation *m)
{
	static const char *const secret[] = {"SecretID", "SecretName"};
	static const char *const config[] = {"ConfigID", "ConfigName"};
	json_t *body = m->request->body, *task = json_object_get(body, "TaskTemplate");
	json_t *container = json_object_get(task, "ContainerSpec");
	const char *alias = json_member_string(body, "Name");

	if (!alias_targets(m, task, alias) || !alias_targets(m, body, alias))
		return false;
	return name_references(m, json_object_get(container, "Secrets"), OBJECT_SECRET, secret) &&
	       name_references(m, json_object_get(container, "Configs"), OBJECT_CONFIG, config) &&
	       name_mounts(m, container) && name_in_body(m, OBJECT_SERVICE);
}

bool mutate_names(const struct mutation *m)
{
	static const struct {
		const char *operation;
		bool (*name)(const struct mutation *m);
	} table[] = {
		{"config.create", name_config},        {"config.update", name_config},
		{"container.create", name_container},  {"container.rename", rename_container},
		{"network.connect", alias_connection}, {"network.create", name_network},
		{"secret.create", name_secret},        {"secret.update", name_secret},
		{"service.create", name_service},      {"service.update", name_service},
		{"volume.create", name_volume},
	};

	if (!private_names_are_for(m->facts->world, OBJECT_CONTAINER))
		return true;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (strcmp(table[i].operation, m->request->route->operation) == 0)
			return table[i].name(m);
	}
	return mutate_name_filters(m);
}
