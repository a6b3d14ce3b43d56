/* Rewrites a service's specification: ids for what it names, and clean mounts. */
#include "policy/mutate_parts.h"

#include "policy/error.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/spec.h"

static bool rewrite_targets(const struct mutation *m, json_t *object)
{
	json_t *list = json_object_get(object, "Networks");

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *network = json_array_get(list, i);
		const char *target = json_member_string(network, "Target");
		if (target == NULL || !spec_mode_is_network(target))
			continue;
		const char *id = mutation_full_id(m, OBJECT_NETWORK, target);
		if (id == NULL || !mutation_set_string(m, network, "Target", id))
			return false;
	}
	return true;
}

static bool rewrite_references(const struct mutation *m, json_t *container, const char *list_name,
                               enum object_kind kind, const char *member)
{
	json_t *list = json_object_get(container, list_name);

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *reference = json_array_get(list, i);
		const char *name = json_member_string(reference, member);
		const char *id = name != NULL ? mutation_full_id(m, kind, name) : NULL;
		if (name == NULL)
			return error_set(m->error, "%s has an entry without a %s", list_name, member);
		if (id == NULL || !mutation_set_string(m, reference, member, id))
			return false;
	}
	return true;
}

bool mutate_service(const struct mutation *m)
{
	json_t *task = json_object_get(m->request->body, "TaskTemplate");
	json_t *container = json_object_get(task, "ContainerSpec");

	return mutate_volumes(m, container, container) && mutation_pin_image(m, container, "Image") &&
	       mutate_mounts(m, container) && rewrite_targets(m, task) &&
	       rewrite_targets(m, m->request->body) &&
	       rewrite_references(m, container, "Secrets", OBJECT_SECRET, "SecretID") &&
	       rewrite_references(m, container, "Configs", OBJECT_CONFIG, "ConfigID") &&
	       mutate_service_limits(m);
}
