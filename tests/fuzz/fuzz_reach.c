/* What containers reach under a policy with rules for binds, ports, networks and volumes: whatever passes is, when
 * what would be sent is read again by somebody simpler, within these rules. The input is a letter that chooses the
 * operation, the body, and behind each NUL one answer of the daemon to what the engine asks. */
#include "policy/arena.h"
#include "policy/identity.h"
#include "policy/trial.h"
#include "tests/fuzz/parts.h"
#include "tests/fuzz/policies.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char policies[] =
	"upstream = { socket = \"/srv/read/engine\"; };\n"
	"policies = { reach = {\n"
	"  extends = \"ci\";\n"
	"  container = {\n"
	"    binds = ( { source = \"/scratch/$uid\"; write = true; },\n"
	"              { source = \"/srv/read\"; propagation = \"private\"; } );\n"
	"    ports = { host_addresses = [\"127.0.0.1\"]; default_host_address = \"127.0.0.1\";\n"
	"              host_ports = [\"20000-29999\"]; };\n"
	"  };\n"
	"  network = { subnets = [\"172.30.0.0/16\"]; internal = true; ipv6 = false;\n"
	"              force_options = [\"com.docker.network.driver.mtu=1400\"]; };\n"
	"  volume = { nfs = ( { server = \"10.0.0.5\"; path = \"/exports/$user\"; } );\n"
	"             tmpfs_size = \"64M\"; };\n"
	"}; };\n";

static const struct identity identity = {
	.listener = "test",
	.peer = {.present = true, .pid = 1, .uid = 1000, .gid = 1000, .user = "job"},
};

static const char *const targets[] = {
	"/v1.41/containers/create", "/v1.51/containers/create",    "/v1.41/networks/create",
	"/v1.41/volumes/create",    "/v1.41/networks/lan/connect", "/v1.41/containers/web/start",
};

static void answer(void *context, struct arena *arena, struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		struct fact *fact = &facts->list[i];

		if (fact->state != FACT_WANTED)
			continue;
		learn(arena, fact, take(context));
	}
}

static const struct policy *policy(void)
{
	static struct policy_set *set;

	if (set == NULL)
		set = load_policies(policies);
	assert(set != NULL);
	return policy_set_find(set, "reach");
}

/* ---- the second opinion ---- */

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* A path below /srv/read, by its letters; nothing climbs out again. */
static void assert_read(const char *path)
{
	assert(strcmp(path, "/srv/read") == 0 || begins(path, "/srv/read/"));
	assert(strstr(path, "/../") == NULL && strcmp(path + strlen(path) - 3, "/..") != 0);
	assert(strcmp(path, "/srv/read/engine") != 0 && strcmp(path, "/srv/read") != 0);
}

static void assert_bind_mount(const json_t *mount)
{
	const json_t *options = json_object_get(mount, "BindOptions");
	const char *source = text_of(mount, "Source"), *propagation = text_of(options, "Propagation");

	assert(strstr(propagation, "shared") == NULL);
	if (strcmp(source, "/scratch/1000") == 0)
		return;
	assert_read(source);
	assert(json_is_true(json_object_get(mount, "ReadOnly")));
	assert(!json_is_true(json_object_get(options, "ReadOnlyNonRecursive")));
	assert(!json_is_true(json_object_get(options, "CreateMountpoint")));
	assert(strstr(propagation, "slave") == NULL);
}

static bool has_word(const char *words, const char *word)
{
	const char *found = strstr(words, word);
	size_t len = strlen(word);

	return found != NULL && (found == words || found[-1] == ',') &&
	       (found[len] == ',' || found[len] == '\0');
}

static void assert_volume_options(const json_t *options)
{
	const char *type = text_of(options, "type"), *o = text_of(options, "o");
	const char *device = text_of(options, "device");

	if (begins(type, "nfs")) {
		assert(has_word(o, "addr=10.0.0.5") && has_word(o, "ro") && strstr(o, "addr=") != NULL);
		assert(begins(device, ":/exports/job") || begins(device, "10.0.0.5:/exports/job"));
	} else if (strcmp(type, "tmpfs") == 0) {
		assert(strstr(o, "size=") != NULL);
	} else if (*type != '\0') {
		assert(has_word(o, "bind") || has_word(o, "rbind"));
		if (strcmp(device, "/scratch/1000") == 0)
			return;
		assert_read(device);
		assert(has_word(o, "ro") && !has_word(o, "rbind"));
	} else {
		assert(*o == '\0' && *device == '\0');
	}
}

static void assert_mounts(const json_t *host)
{
	const json_t *binds = json_object_get(host, "Binds"), *mounts = json_object_get(host, "Mounts");

	for (size_t i = 0; i < json_array_size(binds); i++) {
		const char *bind = json_string_value(json_array_get(binds, i));
		assert(bind[0] != '/' || strchr(bind, ':') == NULL || begins(bind, "/scratch/1000:"));
	}
	for (size_t i = 0; i < json_array_size(mounts); i++) {
		const json_t *mount = json_array_get(mounts, i);
		const json_t *options = json_object_get(mount, "VolumeOptions");
		if (strcmp(text_of(mount, "Type"), "bind") == 0)
			assert_bind_mount(mount);
		assert_volume_options(json_object_get(json_object_get(options, "DriverConfig"), "Options"));
	}
}

static void assert_ports(json_t *host)
{
	const char *key;
	json_t *list;

	assert(!json_is_true(json_object_get(host, "PublishAllPorts")));
	json_object_foreach(json_object_get(host, "PortBindings"), key, list)
	{
		assert(json_array_size(list) > 0);
		for (size_t i = 0; i < json_array_size(list); i++) {
			const json_t *binding = json_array_get(list, i);
			const char *port = text_of(binding, "HostPort"), *dash = strchr(port, '-');

			assert(strcmp(text_of(binding, "HostIp"), "127.0.0.1") == 0);
			assert(atol(port) >= 20000 && atol(port) <= 29999);
			assert(dash == NULL || (atol(dash + 1) >= 20000 && atol(dash + 1) <= 29999));
		}
	}
}

static void assert_addresses(const json_t *endpoint)
{
	const json_t *ipam = json_object_get(endpoint, "IPAMConfig");
	const char *v4 = text_of(ipam, "IPv4Address");

	assert(*v4 == '\0' || strstr(v4, "172.30.") != NULL || strchr(v4, ':') != NULL);
	assert(*text_of(endpoint, "MacAddress") == '\0');
	assert(json_object_size(json_object_get(endpoint, "DriverOpts")) == 0);
}

static void assert_network(const json_t *network)
{
	const json_t *pools = json_object_get(json_object_get(network, "IPAM"), "Config");
	const json_t *options = json_object_get(network, "Options");

	assert(json_is_true(json_object_get(network, "Internal")));
	assert(json_is_false(json_object_get(network, "EnableIPv6")));
	assert(!json_is_true(json_object_get(network, "ConfigOnly")));
	assert(json_object_get(network, "ConfigFrom") == NULL);
	assert(strcmp(text_of(options, "com.docker.network.driver.mtu"), "1400") == 0);
	assert(json_object_size(options) == 1);
	for (size_t i = 0; i < json_array_size(pools); i++) {
		const json_t *pool = json_array_get(pools, i);
		const char *subnet = text_of(pool, "Subnet"), *range = text_of(pool, "IPRange");

		assert(*subnet == '\0' || begins(subnet, "172.30.") || begins(subnet, "::ffff:"));
		assert(*range == '\0' || begins(range, "172.30.") || begins(range, "::ffff:"));
	}
}

static void assert_within(const char *target, const json_t *body)
{
	json_t *host = json_object_get(body, "HostConfig"), *endpoint;
	const json_t *networking = json_object_get(body, "NetworkingConfig");
	const char *key;

	if (strstr(target, "/networks/create") != NULL)
		assert_network(body);
	if (strstr(target, "/volumes/create") != NULL)
		assert_volume_options(json_object_get(body, "DriverOpts"));
	if (strstr(target, "/connect") != NULL)
		assert_addresses(json_object_get(body, "EndpointConfig"));
	if (host == NULL)
		return;
	assert_mounts(host);
	assert_ports(host);
	json_object_foreach(json_object_get(networking, "EndpointsConfig"), key, endpoint)
		assert_addresses(endpoint);
}

/* An existing container that is started publishes and mounts no more than a new one may. */
static void assert_existing(const struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *fact = &facts->list[i];
		const json_t *host = json_object_get(fact->inspected, "HostConfig");
		const json_t *mounts = json_object_get(fact->inspected, "Mounts");

		if (fact->kind != OBJECT_CONTAINER || fact->state != FACT_FOUND)
			continue;
		assert(!json_is_true(json_object_get(host, "PublishAllPorts")));
		for (size_t j = 0; j < json_array_size(mounts); j++) {
			const json_t *mount = json_array_get(mounts, j);
			const char *source = text_of(mount, "Source");
			if (strcmp(text_of(mount, "Type"), "bind") == 0)
				assert(strstr(source, "/scratch/1000") != NULL ||
				       strstr(source, "/srv/read/") != NULL || strstr(source, "..") != NULL);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header type = {"Content-Type", "application/json"};
	struct input rest = {(const char *)data + 1, size > 0 ? size - 1 : 0};
	struct arena *arena = arena_new(1 << 22);
	struct trial trial;

	if (arena != NULL && size > 0) {
		struct input body = take(&rest);
		const char *target = targets[data[0] % (sizeof targets / sizeof *targets)];
		const struct trial_input input = {{"POST", target, {&type, 1}, body.len > 0},
		                                  body.bytes,
		                                  body.len};
		const struct trial_setup setup = {
			.policy = policy(),
			.identity = &identity,
			.range = {.oldest = {1, 24}, .newest = {1, 51}},
			.limits = {1 << 16, 2000, 32},
			.answer = answer,
			.context = &rest,
		};

		trial_run(arena, &setup, &input, &trial);
		assert(trial.end != TRIAL_BROKEN);
		if (trial.end == TRIAL_ALLOWED) {
			json_t *sent =
				trial.body != NULL ? json_loads(trial.body, JSON_REJECT_DUPLICATES, NULL) : NULL;
			assert(sent != NULL || trial.body == NULL);
			assert_within(trial.target, sent);
			assert_existing(&trial.facts);
			json_decref(sent);
		}
	}
	arena_free(arena);
	return 0;
}
