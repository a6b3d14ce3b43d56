/* Brings what `recreate` compares into one form, the canonical body of a create. */
#include "policy/recreate_body.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/json_node.h"
#include "policy/route.h"
#include "policy/schema.h"
#include "policy/schema_register.h"

#include <string.h>

static void release_tree(void *tree)
{
	json_decref(tree);
}

static const json_t *keep(struct arena *arena, json_t *tree)
{
	return tree != NULL && arena_own(arena, release_tree, tree) ? tree : NULL;
}

const json_t *recreate_canonical(struct arena *arena, const json_t *tree)
{
	static const struct json_limits limits = {4 << 20, 100000, 64};
	struct json_reading reading = {.arena = NULL};
	struct error error;
	size_t len;
	const char *text = json_print(arena, tree, &len);
	json_t *built = NULL;

	if (text != NULL && json_open(&reading, text, len, &limits, &error) == JSON_FINE &&
	    schema_canonical(reading.arena, &schema_container_create, reading.node, API_MINOR_NEWEST,
	                     UNKNOWN_FIELDS_REFUSE, &error))
		built = json_build(reading.node);
	json_close(&reading);
	return keep(arena, built);
}

const json_t *recreate_body(struct arena *arena, const json_t *container)
{
	const json_t *config = json_member(container, "Config");
	const json_t *networks = json_member(json_member(container, "NetworkSettings"), "Networks");
	json_t *body = json_is_object(config) ? json_copy(schema_borrow(config)) : NULL;
	json_t *networking = json_object();
	const json_t *kept = NULL;

	if (body != NULL && networking != NULL &&
	    json_object_set(body, "HostConfig", schema_borrow(json_member(container, "HostConfig"))) ==
	        0 &&
	    (networks == NULL ||
	     json_object_set(networking, "EndpointsConfig", schema_borrow(networks)) == 0) &&
	    json_object_set(body, "NetworkingConfig", networking) == 0)
		kept = recreate_canonical(arena, body);
	json_decref(networking);
	json_decref(body);
	return kept;
}

const char *recreate_link(struct arena *arena, const char *text)
{
	const char *colon = strchr(text, ':');
	const char *alias = colon != NULL ? strrchr(colon, '/') : NULL;
	const char *name = text[0] == '/' ? text + 1 : text;

	if (colon == NULL)
		return text;
	return arena_format(arena, "%.*s:%s", (int)(colon - name), name,
	                    alias != NULL ? alias + 1 : colon + 1);
}
