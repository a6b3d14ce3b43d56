/* Rewrites a create: clean paths, full ids, and what dockerd would otherwise take from the API
 * version or its own configuration. */
#include "policy/mutate_parts.h"

#include "policy/arena.h"
#include "policy/check.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/request.h"
#include "policy/spec.h"
#include "policy/text.h"

#include <string.h>

static const char *rewrite_volumes_from(const struct mutation *m, const char *text)
{
	struct volumes_from from;

	if (!spec_parse_volumes_from(m->request->arena, text, &from, m->error))
		return NULL;
	const char *id = mutation_full_id(m, OBJECT_CONTAINER, from.container);
	if (id == NULL || from.mode_text == NULL)
		return id;
	return arena_format(m->request->arena, "%s:%s", id, from.mode_text);
}

static const char *rewrite_link(const struct mutation *m, const char *text)
{
	struct link link;

	if (!spec_parse_link(m->request->arena, text, &link, m->error))
		return NULL;
	const char *id = mutation_full_id(m, OBJECT_CONTAINER, link.container);
	return id != NULL ? arena_format(m->request->arena, "%s:%s", id, link.alias) : NULL;
}

/* "container:web" becomes "container:<id>"; other words stay. */
static bool rewrite_mode(const struct mutation *m, json_t *host, const char *name)
{
	const char *mode = json_member_string(host, name);
	const char *container = mode != NULL ? spec_mode_container(mode) : NULL;

	if (container == NULL)
		return true;
	const char *id = mutation_full_id(m, OBJECT_CONTAINER, container);
	return id != NULL &&
	       mutation_set_string(m, host, name, arena_format(m->request->arena, "container:%s", id));
}

static bool rewrite_network_mode(const struct mutation *m, json_t *host)
{
	const char *mode = json_member_string(host, "NetworkMode");

	if (mode == NULL || !spec_mode_is_network(mode))
		return rewrite_mode(m, host, "NetworkMode");
	const char *id = mutation_full_id(m, OBJECT_NETWORK, mode);
	return id != NULL && mutation_set_string(m, host, "NetworkMode", id);
}

/* On networks of their own, links are names for the resolver there, which does not know ids; the
 * daemon does not look anything up by them. */
static bool rewrite_links(const struct mutation *m, json_t *host)
{
	const char *mode = json_member_string(host, "NetworkMode");

	if (mode != NULL && spec_mode_is_network(mode))
		return true;
	return mutation_rewrite_list(m, host, "Links", rewrite_link);
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

	if (m->policy->mode != MODE_ENFORCE)
		return true;
	if (is_empty_mode(host, "IpcMode") &&
	    api_version_compare(m->request->version, ipc_private) < 0) {
		bool shareable = check_listed(&rules->ipc_modes, "shareable");
		if (!mutation_set_string(m, host, "IpcMode", shareable ? "shareable" : "private"))
			return false;
	}
	if (is_empty_mode(host, "CgroupnsMode") && !check_listed(&rules->cgroup_modes, "host"))
		return mutation_set_string(m, host, "CgroupnsMode", "private");
	return true;
}

/* A new object with ids for keys. Two names of one network would be two settings of one
 * endpoint. */
static json_t *endpoints_by_id(const struct mutation *m, json_t *endpoints)
{
	json_t *by_id = json_object(), *value;
	const char *key;

	if (by_id == NULL)
		mutation_exhausted(m);
	json_object_foreach(endpoints, key, value)
	{
		const char *id = spec_mode_is_network(key) ? mutation_full_id(m, OBJECT_NETWORK, key) : key;
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
	return json_object_set_new(networking, "EndpointsConfig", by_id) == 0 || mutation_exhausted(m);
}

/* A body without a HostConfig gets one: engines up to 26 look for its properties at the top
 * level otherwise. */
static json_t *host_config(const struct mutation *m)
{
	json_t *host = json_object_get(m->request->body, "HostConfig");

	if (json_is_object(host))
		return host;
	if (json_object_set_new(m->request->body, "HostConfig", json_object()) != 0) {
		mutation_exhausted(m);
		return NULL;
	}
	return json_object_get(m->request->body, "HostConfig");
}

static bool mutate_host_config(const struct mutation *m, json_t *host)
{
	/* What the image says of volumes is found by the name that was looked up. */
	return host != NULL && mutate_mounts(m, host) && mutate_binds(m, host) &&
	       mutation_rewrite_list(m, host, "VolumesFrom", rewrite_volumes_from) &&
	       mutate_volumes(m, host, m->request->body) &&
	       mutation_fix_image(m, m->request->body, "Image") && rewrite_links(m, host) &&
	       rewrite_mode(m, host, "PidMode") && rewrite_mode(m, host, "IpcMode") &&
	       rewrite_network_mode(m, host) && mutate_ports(m, host) && write_defaults(m, host) &&
	       rewrite_endpoints(m) && mutate_runtime(m, host) && mutate_security(m, host) &&
	       mutate_limits(m);
}

bool mutate_create(const struct mutation *m)
{
	json_t *host = host_config(m);

	if (!mutate_seal_container(m) || !mutate_host_config(m, host))
		return false;
	mutate_read_only(m, host);
	return true;
}
