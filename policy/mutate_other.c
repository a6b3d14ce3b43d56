/* Rewrites what names a container outside of a create: network.connect, commit, builds. */
#include "policy/mutate_parts.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/query.h"
#include "policy/request.h"
#include "policy/spec.h"

/* The container that the body of network.connect and network.disconnect names. */
bool mutate_connection(const struct mutation *m)
{
	const char *name = json_member_string(m->request->body, "Container");
	const char *id =
		name != NULL ? mutation_full_id(m, OBJECT_CONTAINER, spec_container_name(name)) : NULL;

	if (name == NULL)
		return error_set(m->error, "the body names no container");
	return id != NULL && mutation_set_string(m, m->request->body, "Container", id);
}

bool mutate_commit(const struct mutation *m)
{
	const char *name = query_value(&m->request->query, "container");
	const char *id =
		name != NULL ? mutation_full_id(m, OBJECT_CONTAINER, spec_container_name(name)) : NULL;

	if (name == NULL)
		return error_set(m->error, "no container is named");
	if (id == NULL)
		return false;
	return query_set(m->request->arena, &m->request->query, "container", id) ||
	       mutation_exhausted(m);
}

static bool build_on_network(const struct mutation *m, const char *network)
{
	const char *id = mutation_full_id(m, OBJECT_NETWORK, network);

	return id != NULL && (query_set(m->request->arena, &m->request->query, "networkmode", id) ||
	                      mutation_exhausted(m));
}

bool mutate_build(const struct mutation *m)
{
	const char *mode = query_value(&m->request->query, "networkmode");
	const char *container = mode != NULL ? spec_mode_container(mode) : NULL;

	if (!mutate_build_limits(m))
		return false;
	if (container == NULL)
		return mode == NULL || m->facts->world == NULL || !spec_mode_is_network(mode) ||
		       build_on_network(m, mode);
	const char *id = mutation_full_id(m, OBJECT_CONTAINER, container);
	if (id == NULL)
		return false;
	const char *by_id = arena_format(m->request->arena, "container:%s", id);
	if (by_id == NULL || !query_set(m->request->arena, &m->request->query, "networkmode", by_id))
		return mutation_exhausted(m);
	return true;
}
