/* The way in is one prefix; the way out knows where answers have names, so that nothing else that begins so is touched. */
#include "policy/private_names.h"

#include "policy/arena.h"
#include "policy/identity.h"
#include "policy/policy.h"
#include "policy/text.h"
#include "policy/world.h"

#include <string.h>

/* docker shows ids of twelve digits; shorter ones are looked for by name first (facts.c). */
enum { SHOWN_ID_DIGITS = 12, SWARM_ID_LENGTH = 25, DNS_NAME_MAX = 63, SECRET_NAME_MAX = 64 };

static const char dot[] = ".", low_lines[] = "__";
static const char swarm_digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

/* What stands between the tenant and the name; NULL for kinds that have common names. */
static const char *separator_of(enum object_kind kind)
{
	switch (kind) {
	case OBJECT_CONTAINER:
	case OBJECT_VOLUME:
	case OBJECT_SECRET:
	case OBJECT_CONFIG:
		return dot;
	case OBJECT_NETWORK:
	case OBJECT_SERVICE:
	case OBJECT_TASK:
		return low_lines;
	case OBJECT_NONE:
	case OBJECT_EXEC:
	case OBJECT_IMAGE:
	case OBJECT_PLUGIN:
	case OBJECT_NODE:
	case OBJECT_DAEMON:
	case OBJECT_DISTRIBUTION:
		break;
	}
	return NULL;
}

bool private_names_are_for(const struct world *world, enum object_kind kind)
{
	return world != NULL && world->rules->private_names && separator_of(kind) != NULL;
}

/* Ids of the daemon's own are hexadecimal. */
static bool has_hex_ids(enum object_kind kind)
{
	return kind == OBJECT_CONTAINER || kind == OBJECT_NETWORK || kind == OBJECT_VOLUME;
}

/* Those of a swarm are like "7jx2ys8m5m4cq2xk0ez0p4g9w". */
static bool has_swarm_ids(enum object_kind kind)
{
	return separator_of(kind) != NULL && kind != OBJECT_CONTAINER && kind != OBJECT_VOLUME;
}

bool private_names_is_id(enum object_kind kind, const char *name)
{
	size_t len = strlen(name);

	return (has_hex_ids(kind) && len >= SHOWN_ID_DIGITS && text_is_lower_hex(name)) ||
	       (has_swarm_ids(kind) && len == SWARM_ID_LENGTH && strspn(name, swarm_digits) == len);
}

/* A volume has no id. */
static bool may_begin_id(enum object_kind kind, const char *name)
{
	return (kind != OBJECT_VOLUME && has_hex_ids(kind) && text_is_lower_hex(name)) ||
	       (has_swarm_ids(kind) && name[strspn(name, swarm_digits)] == '\0');
}

static const char *join(const struct world *world, const char *separator, const char *name)
{
	return arena_format(world->arena, "%s%s%s", world->tenant, separator, name);
}

const char *private_names_new(const struct world *world, enum object_kind kind, const char *name)
{
	return join(world, separator_of(kind), name);
}

const char *private_names_wire(const struct world *world, enum object_kind kind, const char *name)
{
	if (!private_names_are_for(world, kind) || private_names_is_id(kind, name) ||
	    world_shares(world, kind, name))
		return name;
	return private_names_new(world, kind, name);
}

const char *private_names_next(const struct world *world, enum object_kind kind, const char *name,
                               const char *wire)
{
	const char *bare = name[0] == '/' ? name + 1 : name;

	if (!private_names_are_for(world, kind) || strcmp(wire, name) == 0)
		return NULL;
	if (kind == OBJECT_CONTAINER && strchr(bare, '.') != NULL && wire[strlen(world->tenant)] == '.')
		return join(world, low_lines, bare);
	return may_begin_id(kind, name) ? name : NULL;
}

size_t private_names_length_max(const struct world *world, enum object_kind kind)
{
	const char *separator = separator_of(kind);
	size_t taken = separator != NULL ? strlen(world->tenant) + strlen(separator) : 0;

	if (kind == OBJECT_SERVICE)
		return DNS_NAME_MAX - taken;
	if (kind == OBJECT_SECRET || kind == OBJECT_CONFIG)
		return SECRET_NAME_MAX - taken;
	return SIZE_MAX;
}

/* What is behind the tenant's name and SEPARATOR in NAME, or NULL. */
static const char *behind(const struct world *world, const char *separator, const char *name)
{
	size_t len = strlen(world->tenant);

	return strncmp(name, world->tenant, len) == 0 && text_starts_with(name + len, separator)
	           ? name + len + strlen(separator)
	           : NULL;
}

/* A container is its tenant's by either: those of tasks are named by their services. */
const char *private_names_shown(const struct world *world, enum object_kind kind, const char *name)
{
	const char *bare = name[0] == '/' ? name + 1 : name, *shown = NULL;
	const char *separator = separator_of(kind);

	if (separator != low_lines)
		shown = behind(world, dot, bare);
	if (shown == NULL && (separator != dot || kind == OBJECT_CONTAINER))
		shown = behind(world, low_lines, bare);
	return shown != NULL ? shown : name;
}

size_t private_names_prefix(const char *name, size_t *tenant_len)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	*tenant_len = len;
	if (len == 0 || len >= TENANT_SIZE || name[0] == '-')
		return 0;
	if (name[len] == '.')
		return len + 1;
	return text_starts_with(name + len, low_lines) ? len + 2 : 0;
}

/* ---- answers ---- */

/* Members that hold a name, or a list of names; those of a bind begin with one. */
static bool holds_names(const char *key)
{
	static const char *const keys[] = {
		"Name",   "Names",          "NetworkMode",     "Binds",      "Source",
		"Volume", "VolumesFrom",    "Aliases",         "DNSNames",   "Links",
		"name",   "VolumesDeleted", "NetworksDeleted", "SecretName", "ConfigName"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strcmp(keys[i], key) == 0)
			return true;
	}
	return false;
}

/* Members whose members are named by networks, or by the services that are on one. */
static bool has_names_for_keys(const char *key)
{
	return strcmp(key, "Networks") == 0 || strcmp(key, "EndpointsConfig") == 0 ||
	       strcmp(key, "Services") == 0;
}

/* What belongs to clients, and is told as it was said: a secret's file and a port have names, too. */
static bool is_clients_own(const char *key)
{
	static const char *const keys[] = {"Labels",  "Env",     "Cmd",        "Entrypoint", "Args",
	                                   "Command", "Options", "DriverOpts", "File",       "Ports"};

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
		const char *bare = private_names_shown(world, OBJECT_NONE, start);
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
		fine = fine &&
		       json_object_set(shown, private_names_shown(world, OBJECT_NONE, name), value) == 0;
	}
	if (!fine) {
		json_decref(shown);
		return false;
	}
	return json_object_set_new(owner, key, shown) == 0;
}

static bool show_within(const struct world *world, json_t *value);

/* Among a task's labels, and what an event tells of one, are names that its service and it have in the swarm. */
static bool show_swarm_labels(const struct world *world, json_t *labels)
{
	static const char *const names[] = {"com.docker.swarm.service.name",
	                                    "com.docker.swarm.task.name"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		json_t *name = json_object_get(labels, names[i]);

		if (json_is_string(name) && !show_string(world, names[i], name))
			return false;
	}
	return true;
}

static bool show_member(const struct world *world, json_t *owner, const char *key, json_t *value)
{
	if ((strcmp(key, "Labels") == 0 || strcmp(key, "Attributes") == 0) &&
	    !show_swarm_labels(world, value))
		return false;
	if (is_clients_own(key))
		return true;
	if (holds_names(key) && !show_names(world, key, value))
		return false;
	if (!show_within(world, value))
		return false;
	return !has_names_for_keys(key) || !json_is_object(value) ||
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
