/* From a service's specification to its tasks' HostConfig, property by property. Judges nothing;
 * what it cannot express in words that a judge knows, it expresses in words that no list has. */
#include "policy/service_tasks.h"

#include "policy/arena.h"
#include "policy/json.h"

#include <string.h>

/* A HostConfig in the making. */
struct making {
	struct arena *arena;
	json_t *host;
	bool exhausted;
};

static void put(struct making *making, const char *name, json_t *value)
{
	if (value == NULL || json_object_set_new(making->host, name, value) != 0)
		making->exhausted = true;
}

/* The member NAME of FROM, where it says something, under the name AS. */
static void copy(struct making *making, const json_t *from, const char *name, const char *as)
{
	const json_t *value = json_member(from, name);

	if (!json_is_empty(value))
		put(making, as, json_deep_copy(value));
}

static void append(struct making *making, json_t *list, const char *prefix, const char *text)
{
	const char *whole = arena_format(making->arena, "%s%s", prefix, text);

	if (whole == NULL || json_array_append_new(list, json_string(whole)) != 0)
		making->exhausted = true;
}

/* A mode that is the daemon's own profile, or absent, adds nothing; OFF is the word for none; any
 * other word stays what it is. */
static void append_profile(struct making *making, json_t *options, const json_t *profile,
                           const char *key, const char *off)
{
	const char *mode = json_member_string(profile, "Mode");

	if (mode == NULL || *mode == '\0' || strcmp(mode, "default") == 0)
		return;
	append(making, options, key, strcmp(mode, off) == 0 ? "unconfined" : mode);
}

static void append_label(struct making *making, json_t *options, const json_t *context,
                         const char *name, const char *prefix)
{
	const char *value = json_member_string(context, name);

	if (value != NULL && *value != '\0')
		append(making, options, prefix, value);
}

static void make_security(struct making *making, const json_t *privileges)
{
	const json_t *context = json_member(privileges, "SELinuxContext");
	json_t *options = json_array();

	if (options == NULL) {
		making->exhausted = true;
		return;
	}
	if (json_member_true(privileges, "NoNewPrivileges"))
		append(making, options, "no-new-privileges=", "true");
	if (json_member_true(context, "Disable"))
		append(making, options, "label=", "disable");
	append_label(making, options, context, "User", "label=user:");
	append_label(making, options, context, "Role", "label=role:");
	append_label(making, options, context, "Type", "label=type:");
	append_label(making, options, context, "Level", "label=level:");
	append_profile(making, options, json_member(privileges, "Seccomp"), "seccomp=", "unconfined");
	append_profile(making, options, json_member(privileges, "AppArmor"), "apparmor=", "disabled");
	if (json_array_size(options) > 0)
		put(making, "SecurityOpt", options);
	else
		json_decref(options);
}

static void make_logging(struct making *making, const json_t *driver)
{
	const json_t *options = json_member(driver, "Options");

	if (json_is_empty(driver))
		return;
	const char *name = json_member_string(driver, "Name");
	put(making, "LogConfig",
	    json_pack("{s:s, s:o}", "Type", name != NULL ? name : "", "Config",
	              options != NULL ? json_deep_copy(options) : json_object()));
}

/* Generic resources are how a swarm hands out GPUs and other devices. */
static void make_devices(struct making *making, const json_t *resources)
{
	if (!json_is_empty(json_member(resources, "GenericResources")))
		put(making, "DeviceRequests", json_pack("[{s:s}]", "Driver", "generic resource"));
}

/* SwapBytes counts swap alone, MemorySwap counts both. */
static void make_swap(struct making *making, const json_t *resources)
{
	const json_t *swap = json_member(resources, "SwapBytes");
	json_int_t memory =
		json_integer_value(json_member(json_member(resources, "Limits"), "MemoryBytes"));
	json_int_t sum = json_integer_value(swap);

	if (swap == NULL)
		return;
	if (sum >= 0 && __builtin_add_overflow(sum, memory, &sum))
		sum = -1;
	put(making, "MemorySwap", json_integer(sum));
}

static void make_resources(struct making *making, const json_t *resources)
{
	const json_t *limits = json_member(resources, "Limits");
	const json_t *reservations = json_member(resources, "Reservations");

	copy(making, limits, "MemoryBytes", "Memory");
	copy(making, limits, "NanoCPUs", "NanoCpus");
	copy(making, limits, "Pids", "PidsLimit");
	copy(making, reservations, "MemoryBytes", "MemoryReservation");
	copy(making, resources, "MemorySwappiness", "MemorySwappiness");
	make_swap(making, resources);
	make_devices(making, limits);
	make_devices(making, reservations);
}

/* The node that stops a task cuts it to seconds, and waits for ever on less than none. */
static void make_stop_timeout(struct making *making, const json_t *container)
{
	const json_t *period = json_member(container, "StopGracePeriod");
	const json_int_t nanoseconds = json_integer_value(period), second = 1000000000;
	const json_int_t seconds = nanoseconds / second + (nanoseconds % second != 0 ? 1 : 0);

	if (json_is_integer(period))
		put(making, "StopTimeout", json_integer(nanoseconds < 0 ? -1 : seconds));
}

/* A count that begins anew with each window ends nothing. What says no condition is a swarm's "any", and left out. */
static void make_restart(struct making *making, const json_t *policy)
{
	const char *condition = json_member_string(policy, "Condition"), *name = condition;
	json_int_t attempts = json_integer_value(json_member(policy, "MaxAttempts"));

	if (condition == NULL || *condition == '\0')
		return;
	if (strcmp(condition, "none") == 0)
		name = "no";
	if (strcmp(condition, "any") == 0)
		name = "always";
	if (json_integer_value(json_member(policy, "Window")) != 0)
		attempts = 0;
	put(making, "RestartPolicy", json_pack("{sssI}", "Name", name, "MaximumRetryCount", attempts));
}

/* A port of a service listens on every address of a node, whichever way it is published. */
static void make_port(struct making *making, json_t *bindings, const json_t *port)
{
	const char *protocol = json_member_string(port, "Protocol");
	const char *key = arena_format(making->arena, "%lld/%s",
	                               (long long)json_integer_value(json_member(port, "TargetPort")),
	                               protocol != NULL && *protocol != '\0' ? protocol : "tcp");
	const char *published =
		arena_format(making->arena, "%lld",
	                 (long long)json_integer_value(json_member(port, "PublishedPort")));
	json_t *binding = key != NULL && published != NULL
	                      ? json_pack("{s:s, s:s}", "HostIp", "", "HostPort", published)
	                      : NULL;
	json_t *list = key != NULL ? json_object_get(bindings, key) : NULL;

	if (list == NULL && key != NULL) {
		list = json_array();
		if (list == NULL || json_object_set_new(bindings, key, list) != 0)
			list = NULL;
	}
	if (list == NULL || binding == NULL || json_array_append(list, binding) != 0)
		making->exhausted = true;
	json_decref(binding);
}

static void make_ports(struct making *making, const json_t *endpoint)
{
	const json_t *ports = json_member(endpoint, "Ports");
	json_t *bindings = json_object();

	if (bindings == NULL) {
		making->exhausted = true;
		return;
	}
	for (size_t i = 0; i < json_array_size(ports); i++)
		make_port(making, bindings, json_array_get(ports, i));
	if (json_object_size(bindings) > 0)
		put(making, "PortBindings", bindings);
	else
		json_decref(bindings);
}

static void release_tree(void *tree)
{
	json_decref(tree);
}

json_t *service_host_config(struct arena *arena, const json_t *spec)
{
	const json_t *task = json_member(spec, "TaskTemplate");
	const json_t *container = json_member(task, "ContainerSpec");
	struct making making = {.arena = arena, .host = json_object()};

	if (making.host == NULL || !arena_own(arena, release_tree, making.host))
		return NULL;
	copy(&making, container, "CapabilityAdd", "CapAdd");
	copy(&making, container, "Mounts", "Mounts");
	copy(&making, container, "OomScoreAdj", "OomScoreAdj");
	copy(&making, container, "Sysctls", "Sysctls");
	copy(&making, container, "Ulimits", "Ulimits");
	make_security(&making, json_member(container, "Privileges"));
	make_logging(&making, json_member(task, "LogDriver"));
	make_resources(&making, json_member(task, "Resources"));
	make_stop_timeout(&making, container);
	make_restart(&making, json_member(task, "RestartPolicy"));
	make_ports(&making, json_member(spec, "EndpointSpec"));
	return making.exhausted ? NULL : making.host;
}
