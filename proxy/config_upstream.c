/* The groups `upstream` and `api` of a configuration: the daemon, and what of its API clients get to use. */
#include "proxy/config_upstream.h"

#include "policy/text.h"
#include "proxy/config.h"
#include "proxy/config_read.h"

#include <string.h>

enum { HOUR_MS = 3600 * 1000 };

/* "host:port", "[::1]:2376"; a host with colons needs the brackets. */
static bool split_address(const char *address, struct upstream_address *parts)
{
	const char *colon = strrchr(address, ':');
	size_t len = colon != NULL ? (size_t)(colon - address) : 0;
	unsigned long long number;

	if (len == 0 || len >= sizeof parts->host || strlen(colon + 1) >= sizeof parts->port ||
	    !text_to_number(colon + 1, 65535, &number) || number == 0)
		return false;
	if (address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	} else if (memchr(address, ':', len) != NULL) {
		return false;
	}
	memcpy(parts->host, address, len);
	parts->host[len] = '\0';
	memcpy(parts->port, colon + 1, strlen(colon + 1) + 1);
	return len > 0;
}

/* The API version that KEY names, where it is there; one that the catalogue does not have is a problem, and
 * false. */
static bool read_version(const struct section *section, const char *key,
                         struct api_version *version)
{
	const char *text = NULL;
	unsigned long long minor;

	section_string(section, key, &text);
	if (text == NULL)
		return true;
	if (!text_starts_with(text, "1.") || !text_to_number(text + 2, API_MINOR_NEWEST, &minor) ||
	    minor < API_MINOR_OLDEST) {
		section_problem(section, key, "%s.%s must be from \"1.%d\" to \"1.%d\"%s", section->name,
		                key, API_MINOR_OLDEST, API_MINOR_NEWEST,
		                strcmp(key, "floor") == 0 ? ", or \"auto\"" : "");
		return false;
	}
	*version = (struct api_version){1, (unsigned)minor};
	return true;
}

static void read_engine(const struct section *section, struct upstream_config *upstream)
{
	struct api_version assumed = {0, 0};
	const char *engine = "docker";

	section_string(section, "engine", &engine);
	upstream->any_engine = strcmp(engine, "any") == 0;
	if (!upstream->any_engine && strcmp(engine, "docker") != 0)
		section_problem(section, "engine", "upstream.engine must be \"docker\" or \"any\"");
	if (!read_version(section, "api_version", &assumed))
		return;
	if (assumed.major != 0 && !upstream->any_engine)
		section_problem(
			section, "api_version",
			"upstream.api_version skips asking the daemon what it is, so it needs engine = \"any\"");
	else
		upstream->assumed = assumed;
}

static void read_api(const struct section *root, struct api_config *api)
{
	static const char *const keys[] = {"floor", "ceiling", NULL};
	struct section section = section_open(root, "api");
	const char *floor = NULL;

	section_check_keys(&section, keys);
	section_string(&section, "floor", &floor);
	api->floor_auto = floor != NULL && strcmp(floor, "auto") == 0;
	read_version(&section, "ceiling", &api->ceiling);
	if (!api->floor_auto && read_version(&section, "floor", &api->floor) &&
	    api->ceiling.major != 0 && api_version_compare(api->floor, api->ceiling) > 0)
		section_problem(&section, "floor", "api.floor is above api.ceiling");
}

static void read_upstream_tls(const struct section *section, struct upstream_config *upstream)
{
	static const char *const keys[] = {"certificate", "key", "ca", "crl", NULL};
	struct section tls = section_open(section, "tls");

	section_check_keys(&tls, keys);
	upstream->tls = tls.setting != NULL;
	section_string(&tls, "certificate", &upstream->tls_files.certificate);
	section_string(&tls, "key", &upstream->tls_files.key);
	section_string(&tls, "ca", &upstream->tls_files.ca);
	section_string(&tls, "crl", &upstream->tls_files.crl);
	if (upstream->tls && upstream->tls_files.ca == NULL)
		section_problem(&tls, "ca", "upstream.tls needs ca, to know the daemon by");
	if (upstream->tls &&
	    (upstream->tls_files.certificate == NULL) != (upstream->tls_files.key == NULL))
		section_problem(&tls, "certificate", "upstream.tls needs certificate and key together");
	if (upstream->tls && upstream->socket != NULL)
		section_problem(&tls, NULL, "upstream.tls is for an address; a socket has none");
}

void config_read_upstream(const struct section *root, struct upstream_config *upstream,
                          struct upstream_address *parts)
{
	static const char *const keys[] = {"socket",           "address",       "tls",
	                                   "engine",           "api_version",   "connect_timeout_ms",
	                                   "idle_connections", "cgroup_parent", NULL};
	struct section section = section_open(root, "upstream");
	const char *address = NULL;

	upstream->connect_timeout_ms = 10000;
	upstream->idle_connections = 32;
	section_check_keys(&section, keys);
	section_socket(&section, "socket", &upstream->socket);
	section_string(&section, "address", &address);
	section_number(&section, "connect_timeout_ms", 1, HOUR_MS, &upstream->connect_timeout_ms);
	section_number(&section, "idle_connections", 0, 64, &upstream->idle_connections);
	section_string(&section, "cgroup_parent", &upstream->cgroup_parent);
	read_engine(&section, upstream);
	read_api(root, &upstream->api);
	read_upstream_tls(&section, upstream);
	if ((upstream->socket != NULL) == (address != NULL)) {
		section_problem(&section, NULL,
		                "upstream needs a socket or an address: upstream = { socket = "
		                "\"/var/run/docker.sock\"; };");
	} else if (address != NULL) {
		if (!split_address(address, parts))
			section_problem(&section, "address",
			                "upstream.address must be \"host:port\", not \"%s\"", address);
		upstream->host = parts->host;
		upstream->port = parts->port;
	}
}
