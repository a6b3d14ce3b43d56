/* The way in is one prefix; the way out knows where answers have names, so that nothing else that begins so is touched. */
#include "policy/private_names.h"

#include "policy/arena.h"
#include "policy/policy.h"
#include "policy/text.h"
#include "policy/world.h"

#include <string.h>

/* docker shows ids of twelve digits; shorter ones are looked for by name first (facts.c). */
enum { SHOWN_ID_DIGITS = 12, SWARM_ID_LENGTH = 25 };

bool private_names_are_for(const struct world *world, enum object_kind kind)
{
	return world != NULL && world->rules->private_names &&
	       (kind == OBJECT_CONTAINER || kind == OBJECT_NETWORK || kind == OBJECT_VOLUME);
}

bool private_names_is_id(const char *name)
{
	return strlen(name) >= SHOWN_ID_DIGITS && text_is_lower_hex(name);
}

/* A network of a swarm has one like "7jx2ys8m5m4cq2xk0ez0p4g9w". */
static bool is_swarm_id(const char *name)
{
	return strlen(name) == SWARM_ID_LENGTH &&
	       strspn(name, "0123456789abcdefghijklmnopqrstuvwxyz") == SWARM_ID_LENGTH;
}

const char *private_names_new(const struct world *world, const char *name)
{
	return arena_format(world->arena, "%s.%s", world->tenant, name);
}

const char *private_names_wire(const struct world *world, enum object_kind kind, const char *name)
{
	if (!private_names_are_for(world, kind) || private_names_is_id(name) ||
	    (kind == OBJECT_NETWORK && is_swarm_id(name)) || world_shares(world, kind, name))
		return name;
	return private_names_new(world, name);
}

const char *private_names_shown(const struct world *world, const char *name)
{
	size_t len = strlen(world->tenant);
	const char *bare = name[0] == '/' ? name + 1 : name;

	return strncmp(bare, world->tenant, len) == 0 && bare[len] == '.' ? bare + len + 1 : name;
}

/* ---- answers ---- */

/* Members that hold a name, or a list of names; those of a bind begin with one. */
static bool holds_names(const char *key)
{
	static const char *const keys[] = {"Name",           "Names",  "NetworkMode", "Binds",
	                                   "Source",         "Volume", "VolumesFrom", "Aliases",
	                                   "DNSNames",       "Links",  "name",        "VolumesDeleted",
	                                   "NetworksDeleted"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strcmp(keys[i], key) == 0)
			return true;
	}
	return false;
}

/* Members whose members are named by networks. */
static bool is_named_by_networks(const char *key)
{
	return strcmp(key, "Networks") == 0 || strcmp(key, "EndpointsConfig") == 0;
}

/* What belongs to clients, and is told as it was said. */
static bool is_clients_own(const char *key)
{
	static const char *const keys[] = {"Labels", "Env",     "Cmd",       "Entrypoint",
	                                   "Args",   "Options", "DriverOpts"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strcmp(keys[i], key) == 0)
			return true;
	}
	return false;
}

/* "/a.web" becomes "/web", and a link's "/a.web/a.db" "/web/db". NULL when there is no memory. */
static json_t *shown_string(const struct world *world, const char *text)
{
	char shown[1024];
	size_t len = 0;

	for (const char *at = text; *at != '\0';) {
		const char *start = at[0] == '/' ? at + 1 : at;
		const char *bare = private_names_shown(world, start);
		size_t part = strcspn(bare, "/");

		if (len + part + 2 > sizeof shown)
			return json_string(text);
		if (start != at)
			shown[len++] = '/';
		memcpy(shown + len, bare, part);
		len += part;
		at = bare + part;
	}
	return json_stringn(shown, len);
}

/* Those of containers begin with one. */
static bool names_have_slashes(const char *key)
{
	return strcmp(key, "Name") == 0 || strcmp(key, "Names") == 0 || strcmp(key, "Links") == 0;
}

/* A text that names nothing of the tenant's stays as it is, and so does a path of the host. */
static bool show_string(const struct world *world, const char *key, json_t *string)
{
	const char *text = json_string_value(string);
	json_t *shown;
	bool fine;

	if (strstr(text, world->tenant) == NULL || (text[0] == '/' && !names_have_slashes(key)))
		return true;
	shown = shown_string(world, text);
	fine = shown != NULL && json_string_set(string, json_string_value(shown)) == 0;
	json_decref(shown);
	return fine;
}

static bool show_names(const struct world *world, const char *key, json_t *value)
{
	json_t *element;
	size_t i;

	if (json_is_string(value))
		return show_string(world, key, value);
	json_array_foreach(value, i, element)
	{
		if (json_is_string(element) && !show_string(world, key, element))
			return false;
	}
	return true;
}

/* OWNER's member KEY, by the names of networks that the tenant knows. */
static bool show_keys(const struct world *world, json_t *owner, const char *key, json_t *networks)
{
	json_t *shown = json_object(), *value;
	const char *name;
	bool fine = shown != NULL;

	json_object_foreach(networks, name, value)
	{
		fine = fine && json_object_set(shown, private_names_shown(world, name), value) == 0;
	}
	if (!fine) {
		json_decref(shown);
		return false;
	}
	return json_object_set_new(owner, key, shown) == 0;
}

static bool show_within(const struct world *world, json_t *value);

static bool show_member(const struct world *world, json_t *owner, const char *key, json_t *value)
{
	if (is_clients_own(key))
		return true;
	if (holds_names(key) && !show_names(world, key, value))
		return false;
	if (!show_within(world, value))
		return false;
	return !is_named_by_networks(key) || !json_is_object(value) ||
	       show_keys(world, owner, key, value);
}

static bool show_within(const struct world *world, json_t *value)
{
	const char *key;
	json_t *inner;
	void *next;
	size_t i;

	json_array_foreach(value, i, inner)
	{
		if (!show_within(world, inner))
			return false;
	}
	json_object_foreach_safe(value, next, key, inner)
	{
		if (!show_member(world, value, key, inner))
			return false;
	}
	return true;
}

/* An event's actor is a volume by its name. */
static bool show_actor(const struct world *world, json_t *value)
{
	json_t *id = json_object_get(json_object_get(value, "Actor"), "ID");

	return !json_is_string(id) || show_string(world, "ID", id);
}

bool private_names_show(const struct world *world, json_t *value)
{
	if (!world->rules->private_names)
		return true;
	return show_within(world, value) && show_actor(world, value);
}
