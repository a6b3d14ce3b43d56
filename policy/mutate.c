/* Rewrites an allowed request so that it says what was judged: full ids for names, clean paths,
 * and defaults that would otherwise depend on the API version. Judges nothing: whatever it
 * cannot resolve makes it fail. */
#include "policy/mutate.h"

#include "policy/arena.h"
#include "policy/check.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/query.h"
#include "policy/request.h"
#include "policy/spec.h"
#include "policy/text.h"

#include <string.h>

struct mutation {
	const struct policy *policy;
	const struct facts *facts;
	struct request *request;
	struct error *error;
};

static bool out_of_memory(const struct mutation *m)
{
	return error_set(m->error, "out of memory");
}

/* The full id of NAME, or NULL with the error set. Where existing objects are trusted, names
 * stay names. */
static const char *full_id(const struct mutation *m, enum object_kind kind, const char *name)
{
	const struct fact *fact = facts_find(m->facts, kind, name);

	if (m->policy->container.trust_existing.on)
		return name;
	if (fact != NULL && fact->state == FACT_FOUND)
		return fact->id;
	error_set(m->error, "%s '%s' has not been looked up", object_kind_name(kind),
	          text_printable(m->request->arena, name, 100));
	return NULL;
}

static bool set_string(const struct mutation *m, json_t *object, const char *name,
                       const char *value)
{
	if (value == NULL || json_object_set_new(object, name, json_string(value)) != 0)
		return out_of_memory(m);
	return true;
}

/* Replaces each string of the list NAME by what REWRITE makes of it; NULL means failure, with
 * the error set. */
static bool rewrite_list(const struct mutation *m, json_t *object, const char *name,
                         const char *(*rewrite)(const struct mutation *m, const char *text))
{
	json_t *list = json_object_get(object, name);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		const char *changed = text != NULL ? rewrite(m, text) : NULL;
		if (changed == NULL && (m->error == NULL || m->error->text[0] == '\0'))
			return out_of_memory(m);
		if (changed == NULL)
			return error_prefix(m->error, "%s: ", name);
		if (json_array_set_new(list, i, json_string(changed)) != 0)
			return out_of_memory(m);
	}
	return true;
}

/* A named volume is not filled from the image: check_races.c says why. */
static const char *volume_without_copy(const struct mutation *m, const char *text,
                                       const struct bind *bind)
{
	if (m->policy->container.daemon_races.on || bind->mode.no_copy)
		return text;
	return arena_format(m->request->arena, "%s%snocopy", text, bind->mode_text == NULL ? ":" : ",");
}

/* "/etc/../srv:/x:ro" is stored by the daemon as it came; what was judged was "/srv". */
static const char *rewrite_bind(const struct mutation *m, const char *text)
{
	struct bind bind;

	if (!spec_parse_bind(m->request->arena, text, &bind, m->error))
		return NULL;
	if (bind.source == NULL)
		return text;
	if (*bind.source != '/')
		return volume_without_copy(m, text, &bind);
	if (bind.mode_text == NULL)
		return arena_format(m->request->arena, "%s:%s", bind.source, bind.target);
	return arena_format(m->request->arena, "%s:%s:%s", bind.source, bind.target, bind.mode_text);
}

static const char *rewrite_volumes_from(const struct mutation *m, const char *text)
{
	struct volumes_from from;

	if (!spec_parse_volumes_from(m->request->arena, text, &from, m->error))
		return NULL;
	const char *id = full_id(m, OBJECT_CONTAINER, from.container);
	if (id == NULL || from.mode_text == NULL)
		return id;
	return arena_format(m->request->arena, "%s:%s", id, from.mode_text);
}

static const char *rewrite_link(const struct mutation *m, const char *text)
{
	struct link link;

	if (!spec_parse_link(m->request->arena, text, &link, m->error))
		return NULL;
	const char *id = full_id(m, OBJECT_CONTAINER, link.container);
	return id != NULL ? arena_format(m->request->arena, "%s:%s", id, link.alias) : NULL;
}

/* "container:web" becomes "container:<id>"; other words stay. */
static bool rewrite_mode(const struct mutation *m, json_t *host, const char *name)
{
	const char *mode = json_member_string(host, name);
	const char *container = mode != NULL ? spec_mode_container(mode) : NULL;

	if (container == NULL)
		return true;
	const char *id = full_id(m, OBJECT_CONTAINER, container);
	return id != NULL &&
	       set_string(m, host, name, arena_format(m->request->arena, "container:%s", id));
}

static bool rewrite_network_mode(const struct mutation *m, json_t *host)
{
	const char *mode = json_member_string(host, "NetworkMode");

	if (mode == NULL || !spec_mode_is_network(mode))
		return rewrite_mode(m, host, "NetworkMode");
	const char *id = full_id(m, OBJECT_NETWORK, mode);
	return id != NULL && set_string(m, host, "NetworkMode", id);
}

/* On networks of their own, links are names for the resolver there, which does not know ids; the
 * daemon does not look anything up by them. */
static bool rewrite_links(const struct mutation *m, json_t *host)
{
	const char *mode = json_member_string(host, "NetworkMode");

	if (mode != NULL && spec_mode_is_network(mode))
		return true;
	return rewrite_list(m, host, "Links", rewrite_link);
}

static bool set_no_copy(const struct mutation *m, json_t *mount)
{
	json_t *options = json_object_get(mount, "VolumeOptions");

	if (m->policy->container.daemon_races.on)
		return true;
	if (options == NULL) {
		options = json_object();
		if (options == NULL || json_object_set_new(mount, "VolumeOptions", options) != 0)
			return out_of_memory(m);
	}
	return json_object_set_new(options, "NoCopy", json_true()) == 0 || out_of_memory(m);
}

static bool clean_mounts(const struct mutation *m, json_t *host)
{
	json_t *mounts = json_object_get(host, "Mounts");

	for (size_t i = 0; i < json_array_size(mounts); i++) {
		json_t *mount = json_array_get(mounts, i);
		const char *type = json_member_string(mount, "Type"),
				   *source = json_member_string(mount, "Source");
		if (type == NULL || source == NULL)
			continue;
		if (strcmp(type, "bind") == 0 &&
		    !set_string(m, mount, "Source", spec_clean_path(m->request->arena, source)))
			return false;
		if (strcmp(type, "volume") == 0 && *source != '\0' && !set_no_copy(m, mount))
			return false;
	}
	return true;
}

static bool is_empty_mode(const json_t *host, const char *name)
{
	const char *mode = json_member_string(host, name);

	return mode == NULL || *mode == '\0';
}

/* Before API 1.40 an empty IpcMode is shareable, before 1.41 an empty CgroupnsMode is the
 * host's, and from then on the latter depends on the daemon's configuration and cgroup version. */
static bool write_defaults(const struct mutation *m, json_t *host)
{
	const struct container_rules *rules = &m->policy->container;
	const struct api_version ipc_private = {1, 40};

	if (is_empty_mode(host, "IpcMode") &&
	    api_version_compare(m->request->version, ipc_private) < 0) {
		bool shareable = check_listed(&rules->ipc_modes, "shareable");
		if (!set_string(m, host, "IpcMode", shareable ? "shareable" : "private"))
			return false;
	}
	if (is_empty_mode(host, "CgroupnsMode") && !check_listed(&rules->cgroup_modes, "host"))
		return set_string(m, host, "CgroupnsMode", "private");
	return true;
}

/* A new object with ids for keys. Two names of one network would be two settings of one
 * endpoint. */
static json_t *endpoints_by_id(const struct mutation *m, json_t *endpoints)
{
	json_t *by_id = json_object(), *value;
	const char *key;

	if (by_id == NULL)
		out_of_memory(m);
	json_object_foreach(endpoints, key, value)
	{
		const char *id = spec_mode_is_network(key) ? full_id(m, OBJECT_NETWORK, key) : key;
		bool twice = id != NULL && json_object_get(by_id, id) != NULL;
		if (twice)
			error_set(m->error, "EndpointsConfig names network '%s' twice",
			          text_printable(m->request->arena, key, 100));
		if (id == NULL || twice || json_object_set(by_id, id, value) != 0) {
			json_decref(by_id);
			return NULL;
		}
	}
	return by_id;
}

static bool rewrite_endpoints(const struct mutation *m)
{
	json_t *networking = json_object_get(m->request->body, "NetworkingConfig");
	json_t *endpoints = json_object_get(networking, "EndpointsConfig");

	if (endpoints == NULL)
		return true;
	json_t *by_id = endpoints_by_id(m, endpoints);
	if (by_id == NULL)
		return false;
	return json_object_set_new(networking, "EndpointsConfig", by_id) == 0 || out_of_memory(m);
}

/* A body without a HostConfig gets one: engines up to 26 look for its properties at the top
 * level otherwise. */
static json_t *host_config(const struct mutation *m)
{
	json_t *host = json_object_get(m->request->body, "HostConfig");

	if (json_is_object(host))
		return host;
	if (json_object_set_new(m->request->body, "HostConfig", json_object()) != 0) {
		out_of_memory(m);
		return NULL;
	}
	return json_object_get(m->request->body, "HostConfig");
}

static bool mutate_create(const struct mutation *m)
{
	json_t *host = host_config(m);

	return host != NULL && rewrite_list(m, host, "Binds", rewrite_bind) && clean_mounts(m, host) &&
	       rewrite_list(m, host, "VolumesFrom", rewrite_volumes_from) && rewrite_links(m, host) &&
	       rewrite_mode(m, host, "PidMode") && rewrite_mode(m, host, "IpcMode") &&
	       rewrite_network_mode(m, host) && write_defaults(m, host) && rewrite_endpoints(m);
}

/* The container that the body of network.connect and network.disconnect names. */
static bool mutate_connection(const struct mutation *m)
{
	const char *name = json_member_string(m->request->body, "Container");
	const char *id = name != NULL ? full_id(m, OBJECT_CONTAINER, spec_container_name(name)) : NULL;

	if (name == NULL)
		return error_set(m->error, "the body names no container");
	return id != NULL && set_string(m, m->request->body, "Container", id);
}

static bool mutate_commit(const struct mutation *m)
{
	const char *name = query_value(&m->request->query, "container");
	const char *id = name != NULL ? full_id(m, OBJECT_CONTAINER, spec_container_name(name)) : NULL;

	if (name == NULL)
		return error_set(m->error, "no container is named");
	if (id == NULL)
		return false;
	return query_set(m->request->arena, &m->request->query, "container", id) || out_of_memory(m);
}

static bool mutate_build(const struct mutation *m)
{
	const char *mode = query_value(&m->request->query, "networkmode");
	const char *container = mode != NULL ? spec_mode_container(mode) : NULL;

	if (container == NULL)
		return true;
	const char *id = full_id(m, OBJECT_CONTAINER, container);
	if (id == NULL)
		return false;
	const char *by_id = arena_format(m->request->arena, "container:%s", id);
	if (by_id == NULL || !query_set(m->request->arena, &m->request->query, "networkmode", by_id))
		return out_of_memory(m);
	return true;
}

static bool mutate_object(const struct mutation *m)
{
	enum object_kind kind = m->request->route->object;

	if (kind != OBJECT_CONTAINER && kind != OBJECT_EXEC && kind != OBJECT_NETWORK)
		return true;
	if (m->policy->container.trust_existing.on)
		return true;
	m->request->object_id = full_id(m, kind, m->request->captures.name);
	return m->request->object_id != NULL;
}

static bool mutate_inside(const struct mutation *m)
{
	static const struct {
		const char *operation;
		bool (*mutate)(const struct mutation *m);
	} table[] = {
		{"build.buildkit", mutate_build},       {"build.classic", mutate_build},
		{"container.create", mutate_create},    {"image.commit", mutate_commit},
		{"network.connect", mutate_connection}, {"network.disconnect", mutate_connection},
	};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (strcmp(table[i].operation, m->request->route->operation) == 0)
			return table[i].mutate(m);
	}
	return true;
}

bool policy_mutate(const struct policy *policy, const struct facts *facts, struct request *request,
                   struct error *error)
{
	const struct mutation mutation = {policy, facts, request, error};

	if (policy == NULL || request->route == NULL)
		return error_set(error, "no policy");
	if (policy->unrestricted.on)
		return true;
	return mutate_object(&mutation) && mutate_inside(&mutation);
}
