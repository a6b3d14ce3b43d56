/* Rewrites a new network: what its policy forces is written over what the client said. */
#include "policy/mutate_parts.h"

#include "policy/json.h"
#include "policy/policy.h"
#include "policy/request.h"

static bool write_choice(const struct mutation *m, const char *name, const struct choice *choice)
{
	return !choice->given ||
	       json_object_set_new(m->request->body, name, json_boolean(choice->on)) == 0 ||
	       mutation_exhausted(m);
}

static bool write_options(const struct mutation *m)
{
	const struct named_values *forced = &m->policy->network.force_options;
	json_t *options = json_object_get(m->request->body, "Options");

	if (forced->count > 0 && options == NULL) {
		options = json_object();
		if (options == NULL || json_object_set_new(m->request->body, "Options", options) != 0)
			return mutation_exhausted(m);
	}
	for (size_t i = 0; i < forced->count; i++) {
		if (!mutation_set_string(m, options, forced->list[i].name, forced->list[i].value))
			return false;
	}
	return true;
}

/* A configuration has no Internal and no Attachable, and what is made from one has all else from it:
 * the daemon refuses more. An empty ConfigFrom would keep the daemon's own defaults away. */
bool mutate_network_create(const struct mutation *m)
{
	const struct network_rules *rules = &m->policy->network;
	const json_t *from = json_object_get(m->request->body, "ConfigFrom");
	const char *configuration = json_member_string(from, "Network");
	bool copies = configuration != NULL && *configuration != '\0';

	if (!mutation_enforces(m))
		return true;
	if (!copies)
		json_object_del(m->request->body, "ConfigFrom");
	if (!copies && (!write_options(m) || !write_choice(m, "EnableIPv6", &rules->ipv6)))
		return false;
	return json_member_true(m->request->body, "ConfigOnly") ||
	       (write_choice(m, "Internal", &rules->internal) &&
	        write_choice(m, "Attachable", &rules->attachable));
}
