/* Compares the body of a create with an inspected container, property by property, both in canonical form. An updater
 * reads a container, removes or renames it, and creates it again from a newer image of the same name; it leaves out
 * what the old image gave, so that the new one can give its own. Here, whatever is not known to be the same is
 * different. */
#include "policy/recreate.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/recreate_body.h"
#include "policy/reference.h"
#include "policy/schema.h"
#include "policy/schema_register.h"
#include "policy/text.h"

#include <string.h>

/* Both sides, canonical. */
struct pair {
	struct arena *arena;
	const json_t *given; /* the create's */
	const json_t *known; /* the container's */
	const json_t *image; /* what the image says; NULL: nothing is known */
	const json_t *raw;   /* the container as it was inspected */
	struct api_version version;
	const char **difference;
};

/* Passes on whether NAME is the same, and notes it where it is not. */
static bool note(const struct pair *pair, const char *name, bool is_same)
{
	if (!is_same)
		*pair->difference = name;
	return is_same;
}

/* ---- values ---- */

static bool same(const json_t *a, const json_t *b);

static bool same_lists(const json_t *a, const json_t *b)
{
	const size_t count = json_array_size(a);

	if (!json_is_array(a) || !json_is_array(b) || count != json_array_size(b))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!same(json_array_get(a, i), json_array_get(b, i)))
			return false;
	}
	return true;
}

static bool has_all_members(const json_t *object, const json_t *of)
{
	const char *key;
	json_t *value;

	json_object_foreach(schema_borrow(of), key, value)
	{
		if (!same(json_object_get(object, key), value))
			return false;
	}
	return true;
}

/* Equal, where what is empty is as good as not there. Canonical trees are not deep. */
static bool same(const json_t *a, const json_t *b)
{
	if (json_is_empty(a) && json_is_empty(b))
		return true;
	if (json_is_object(a) && json_is_object(b))
		return has_all_members(a, b) && has_all_members(b, a);
	if (json_is_array(a))
		return same_lists(a, b);
	return a != NULL && b != NULL && json_equal(a, b) == 1;
}

/* The same where an empty value is one, as in a map whose keys alone say something. */
static bool same_entries(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;

	json_object_foreach(schema_borrow(a), key, value)
	{
		if (json_object_get(b, key) == NULL)
			return false;
	}
	return json_object_size(a) == json_object_size(b) && same(a, b);
}

static bool list_has(const json_t *list, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (json_equal(json_array_get(list, i), value) == 1)
			return true;
	}
	return false;
}

/* Every element of LIST is in one of the others, each of which may be NULL. */
static bool is_within(const json_t *list, const json_t *one, const json_t *other)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *value = json_array_get(list, i);

		if (!list_has(one, value) && !list_has(other, value))
			return false;
	}
	return true;
}

/* The same of the members of a map; a key counts with what stands there. */
static bool is_part(const json_t *map, const json_t *one, const json_t *other)
{
	const char *key;
	json_t *value;

	json_object_foreach(schema_borrow(map), key, value)
	{
		const json_t *first = json_member(one, key), *second = json_member(other, key);

		if ((first == NULL || json_equal(first, value) != 1) &&
		    (second == NULL || json_equal(second, value) != 1))
			return false;
	}
	return true;
}

/* ---- Config ---- */

/* Left out, it is the image's, as it was before. */
static bool is_inherited(const struct pair *pair, const char *name)
{
	return json_member(pair->given, name) == NULL &&
	       same(json_member(pair->known, name), json_member(pair->image, name));
}

static bool same_or_inherited(const struct pair *pair, const char *name)
{
	return same(json_member(pair->given, name), json_member(pair->known, name)) ||
	       is_inherited(pair, name);
}

/* The image's Cmd counts only where no Entrypoint is given; an empty one takes the image's away. */
static bool same_command(const struct pair *pair, const char *name)
{
	return same(json_member(pair->given, name), json_member(pair->known, name)) ||
	       (json_member(pair->given, "Entrypoint") == NULL && is_inherited(pair, name));
}

/* Whether LIST gives the variable of ENTRY, "NAME=value", any value. */
static bool has_variable(const json_t *list, const char *entry)
{
	const size_t len = strcspn(entry, "=");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *other = json_string_value(json_array_get(list, i));

		if (other != NULL && strcspn(other, "=") == len && strncmp(other, entry, len) == 0)
			return true;
	}
	return false;
}

/* What is given was there, in that order, for the last of a name counts. What was there and is not given came from the
 * image, which gives a variable only where the create has none of that name. */
static bool same_environment(const struct pair *pair, const char *name)
{
	const json_t *given = json_member(pair->given, name), *known = json_member(pair->known, name);
	const json_t *inherited = json_member(pair->image, name);
	size_t matched = 0;

	for (size_t i = 0; i < json_array_size(known); i++) {
		const json_t *entry = json_array_get(known, i);
		const char *text = json_string_value(entry);

		if (json_equal(json_array_get(given, matched), entry) == 1)
			matched++;
		else if (text == NULL || !list_has(inherited, entry) || has_variable(given, text))
			return false;
	}
	return matched == json_array_size(given);
}

static bool same_map(const struct pair *pair, const char *name)
{
	const json_t *given = json_member(pair->given, name), *known = json_member(pair->known, name);

	return is_part(given, known, NULL) && is_part(known, given, json_member(pair->image, name));
}

/* Clients add the ports that are published, and so does the daemon. */
static bool same_ports(const struct pair *pair, const char *name)
{
	const json_t *given = json_member(pair->given, name), *known = json_member(pair->known, name);
	const json_t *bound = json_member(json_member(pair->known, "HostConfig"), "PortBindings");
	const char *key;
	json_t *value;

	json_object_foreach(schema_borrow(given), key, value)
	{
		if (json_member(known, key) == NULL && json_member(bound, key) == NULL)
			return false;
	}
	json_object_foreach(schema_borrow(known), key, value)
	{
		if (json_member(given, key) == NULL && json_member(bound, key) == NULL &&
		    json_member(json_member(pair->image, name), key) == NULL)
			return false;
	}
	return true;
}

/* Any but a name that was chosen is the daemon's to choose again. */
static bool same_hostname(const struct pair *pair, const char *name)
{
	const char *known = json_member_string(pair->known, name);
	const char *id = json_member_string(pair->raw, "Id");

	if (same(json_member(pair->given, name), json_member(pair->known, name)))
		return true;
	return json_is_empty(json_member(pair->given, name)) && known != NULL && id != NULL &&
	       strlen(known) >= 12 && text_starts_with(id, known);
}

/* The same repository; its tag and digest are what an update changes. */
static bool same_image(const struct pair *pair, const char *name)
{
	const char *given = json_member_string(pair->given, name);
	const char *known = json_member_string(pair->known, name);
	struct reference new, old;
	struct error error;

	if (given == NULL || known == NULL)
		return false;
	if (strcmp(given, known) == 0)
		return true;
	return reference_parse(pair->arena, given, &new, &error) &&
	       reference_parse(pair->arena, known, &old, &error) && !new.maybe_id &&
	       !old.maybe_id &&strcmp(new.name, old.name) == 0;
}

/* What this table does not have is to be the same, whatever is new in the register. */
static const struct {
	const char *name;
	bool (*same)(const struct pair *pair, const char *name); /* NULL: compared elsewhere */
} properties[] = {
	{"Cmd", same_command},
	{"Entrypoint", same_or_inherited},
	{"Env", same_environment},
	{"ExposedPorts", same_ports},
	{"Healthcheck", same_or_inherited},
	{"HostConfig", NULL},
	{"Hostname", same_hostname},
	{"Image", same_image},
	{"Labels", same_map},
	{"NetworkingConfig", NULL},
	{"OnBuild", same_or_inherited},
	{"Shell", same_or_inherited},
	{"StopSignal", same_or_inherited},
	{"User", same_or_inherited},
	{"Volumes", same_map},
	{"WorkingDir", same_or_inherited},
};

static bool same_property(const struct pair *pair, const char *name)
{
	for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
		if (strcmp(properties[i].name, name) == 0)
			return properties[i].same == NULL || properties[i].same(pair, name);
	}
	return same(json_member(pair->given, name), json_member(pair->known, name));
}

static bool same_config(const struct pair *pair)
{
	for (size_t i = 0; i < schema_container_create.count; i++) {
		const char *name = schema_container_create.fields[i].name;

		if (!note(pair, name, same_property(pair, name)))
			return false;
	}
	return true;
}

/* ---- HostConfig ---- */

static bool has_text(const json_t *object, const char *name, const char *text)
{
	const char *value = json_member_string(object, name);

	return value != NULL && strcmp(value, text) == 0;
}

/* What the daemon writes where a create says nothing. A namespace that an older version leaves out is shared. */
static bool is_default(const struct pair *pair, const char *name, const json_t *known)
{
	static const struct {
		const char *name, *text;
		unsigned since; /* minor version */
	} words[] = {
		{"CgroupnsMode", "private", 41}, {"IpcMode", "private", 40}, {"NetworkMode", "default", 0},
		{"NetworkMode", "bridge", 0},    {"Runtime", "runc", 0},
	};
	const char *text = json_string_value(known);

	for (size_t i = 0; text != NULL && i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i].name, name) == 0 && strcmp(words[i].text, text) == 0)
			return pair->version.major == 0 || pair->version.minor >= words[i].since;
	}
	if (strcmp(name, "ShmSize") == 0)
		return json_integer_value(known) == 64 << 20;
	if (strcmp(name, "MemorySwap") == 0)
		return json_integer_value(known) ==
		       2 * json_integer_value(json_member(pair->known, "Memory"));
	if (strcmp(name, "RestartPolicy") == 0)
		return has_text(known, "Name", "no");
	if (strcmp(name, "LogConfig") == 0)
		return has_text(known, "Type", "json-file") &&
		       json_object_size(json_member(known, "Config")) == 0;
	return false;
}

/* Left out they are the daemon's, which hide the most; else each counts, and so does an empty list. */
static bool same_paths(const json_t *given, const json_t *known)
{
	return given == NULL || (known != NULL && json_equal(given, known) == 1);
}

static bool has_link(struct arena *arena, const json_t *links, const char *link)
{
	for (size_t i = 0; i < json_array_size(links); i++) {
		const char *text = json_string_value(json_array_get(links, i));
		const char *plain = text != NULL ? recreate_link(arena, text) : NULL;

		if (plain != NULL && strcmp(plain, link) == 0)
			return true;
	}
	return false;
}

/* In any order. */
static bool same_links(struct arena *arena, const json_t *given, const json_t *known)
{
	for (size_t i = 0; i < json_array_size(given); i++) {
		const char *text = json_string_value(json_array_get(given, i));
		const char *plain = text != NULL ? recreate_link(arena, text) : NULL;

		if (plain == NULL || !has_link(arena, known, plain))
			return false;
	}
	return json_array_size(given) == json_array_size(known);
}

/* "default" is the bridge, and recent engines say so. */
static bool is_default_network(const json_t *mode)
{
	const char *text = json_is_string(mode) ? json_string_value(mode) : "";

	return *text == '\0' || strcmp(text, "default") == 0 || strcmp(text, "bridge") == 0;
}

static bool is_map(const char *name)
{
	static const char *const maps[] = {"Annotations", "PortBindings", "StorageOpt", "Sysctls",
	                                   "Tmpfs"};

	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
		if (strcmp(maps[i], name) == 0)
			return true;
	}
	return false;
}

static bool same_host_property(const struct pair *host, const char *name)
{
	const json_t *given = json_member(host->given, name), *known = json_member(host->known, name);

	if (strcmp(name, "MaskedPaths") == 0 || strcmp(name, "ReadonlyPaths") == 0)
		return same_paths(given, known);
	if (strcmp(name, "Links") == 0)
		return same_links(host->arena, given, known);
	if (strcmp(name, "ConsoleSize") == 0)
		return true;
	if (strcmp(name, "NetworkMode") == 0 && is_default_network(given) && is_default_network(known))
		return true;
	if (is_map(name))
		return same_entries(given, known);
	if (strcmp(name, "LogConfig") == 0)
		return (same(json_member(given, "Type"), json_member(known, "Type")) &&
		        same_entries(json_member(given, "Config"), json_member(known, "Config"))) ||
		       (json_object_size(json_member(given, "Config")) == 0 && json_is_empty(given) &&
		        is_default(host, name, known));
	return same(given, known) || (json_is_empty(given) && is_default(host, name, known));
}

static bool same_host_config(const struct pair *pair)
{
	const struct pair host = {.arena = pair->arena,
	                          .given = json_member(pair->given, "HostConfig"),
	                          .known = json_member(pair->known, "HostConfig"),
	                          .version = pair->version};

	if (!note(pair, "HostConfig", json_is_object(host.known)))
		return false;
	for (size_t i = 0; i < schema_host_config.count; i++) {
		const char *name = schema_host_config.fields[i].name;

		if (!note(pair, name, same_host_property(&host, name)))
			return false;
	}
	return true;
}

/* ---- networks ---- */

/* The container's network that KEY, a name or an id, stands for. */
static const char *network_name(const json_t *networks, const char *key)
{
	const char *name;
	json_t *endpoint;

	if (json_member(networks, key) != NULL)
		return key;
	json_object_foreach(schema_borrow(networks), name, endpoint)
	{
		const char *id = json_member_string(endpoint, "NetworkID");

		if (id != NULL && strcmp(id, key) == 0)
			return name;
	}
	return NULL;
}

/* The daemon adds names to those that were given, and an address on the wire while the container runs, which updaters
 * send back when it has been stopped. */
static bool same_endpoint(struct arena *arena, const json_t *given, const json_t *known)
{
	const json_t *mac = json_member(given, "MacAddress");
	const json_t *known_mac = json_member(known, "MacAddress");

	return is_within(json_member(given, "Aliases"), json_member(known, "Aliases"), NULL) &&
	       is_within(json_member(given, "DNSNames"), json_member(known, "DNSNames"), NULL) &&
	       same_links(arena, json_member(given, "Links"), json_member(known, "Links")) &&
	       (json_is_empty(mac) || json_is_empty(known_mac) || same(mac, known_mac)) &&
	       same(json_member(given, "IPAMConfig"), json_member(known, "IPAMConfig")) &&
	       same_entries(json_member(given, "DriverOpts"), json_member(known, "DriverOpts")) &&
	       same(json_member(given, "GwPriority"), json_member(known, "GwPriority"));
}

/* Updaters create with one network and connect the others afterwards: none may be new. */
static bool same_networks(const struct pair *pair)
{
	const json_t *raw = json_member(json_member(pair->raw, "NetworkSettings"), "Networks");
	const json_t *given =
		json_member(json_member(pair->given, "NetworkingConfig"), "EndpointsConfig");
	const json_t *known =
		json_member(json_member(pair->known, "NetworkingConfig"), "EndpointsConfig");
	const char *key;
	json_t *endpoint;

	json_object_foreach(schema_borrow(given), key, endpoint)
	{
		const char *name = network_name(raw, key);

		if (!note(pair, "NetworkingConfig",
		          name != NULL && same_endpoint(pair->arena, endpoint, json_member(known, name))))
			return false;
	}
	return true;
}

bool recreate_equals(struct recreation *recreation)
{
	const json_t *image = json_member(recreation->image, "Config");
	const struct pair pair = {
		.arena = recreation->arena,
		.given = recreation->body,
		.known = recreate_body(recreation->arena, recreation->container),
		.image = image != NULL ? recreate_canonical(recreation->arena, image) : NULL,
		.raw = recreation->container,
		.version = recreation->version,
		.difference = &recreation->difference,
	};

	recreation->difference = "something that cannot be compared";
	return pair.given != NULL && pair.known != NULL && same_config(&pair) &&
	       same_host_config(&pair) && same_networks(&pair);
}
