/* Limits of a policy over any body: what passes is written so that it passes again, unchanged, and stays under the caps.
 * The first byte chooses between denying and clamping, and the operation ('A' is a create that is
 * denied what is too much); the rest is the body, or a build's query. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json_node.h"
#include "policy/limits.h"
#include "policy/query.h"
#include "policy/schema.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct limit cap(long long max)
{
	return (struct limit){.capped = true, .max = max};
}

static struct limit_rules make_rules(bool clamp)
{
	struct limit_rules rules = {
		.over = clamp ? LIMIT_OVER_CLAMP : LIMIT_OVER_DENY,
		.memory = cap(1 << 30),
		.memory_reservation = cap(1 << 20),
		.cpus = cap(1500000000),
		.cpu_shares = cap(100),
		.blkio_weight = cap(100),
		.pids = cap(100),
		.shm = cap(1 << 20),
		.tmpfs = cap(1 << 20),
		.stop_timeout = cap(5),
		.ulimits = {.set = true},
		.restart = {.set = true},
		.log_size = cap(1 << 20),
		.log_files = cap(3),
		.log_buffer = cap(1 << 20),
	};

	for (size_t i = 0; i < ULIMITS; i += 2) {
		rules.ulimits.listed[i] = true;
		rules.ulimits.list[i] = cap((long long)i);
	}
	rules.cpuset.text = "0-3";
	assert(cpu_set_read(rules.cpuset.text, &rules.cpuset.set));
	return rules;
}

static void assert_within(const json_t *object, const char *name, long long max)
{
	long long value = json_integer_value(json_object_get(object, name));

	assert(value >= 0 && value <= max);
}

static void assert_capped(enum limits_of of, const json_t *body)
{
	const json_t *host = of == LIMITS_OF_CREATE ? json_object_get(body, "HostConfig") : body;

	assert_within(host, "Memory", 1 << 30);
	assert_within(host, "MemorySwap", 2LL << 30);
	assert_within(host, "NanoCpus", 1500000000);
	assert_within(host, "CpuShares", 100);
	assert_within(host, "CpuQuota", 1500000);
	if (of == LIMITS_OF_CREATE) {
		assert_within(host, "ShmSize", 1 << 20);
		assert_within(host, "PidsLimit", 100);
		assert(json_integer_value(json_object_get(host, "PidsLimit")) > 0);
		assert(json_integer_value(json_object_get(host, "Memory")) > 0);
	}
}

static bool end_there(void *context, const struct excess *excess)
{
	(void)context;
	assert(excess->rule != NULL && excess->claim[0] != '\0' && excess->advice[0] != '\0');
	return false;
}

static void try_body(const struct limit_rules *rules, enum limits_of of, json_t *body)
{
	json_t *before = json_deep_copy(body), *once;

	assert(before != NULL);
	if (!limits_judge(rules, of, body, end_there, NULL)) {
		assert(json_equal(body, before));
		json_decref(before);
		return;
	}
	assert(json_equal(body, before));
	json_decref(before);
	assert(limits_apply(rules, of, body));
	assert_capped(of, body);
	once = json_deep_copy(body);
	assert(limits_judge(rules, of, body, end_there, NULL) && limits_apply(rules, of, body));
	assert(json_equal(body, once));
	json_decref(once);
}

static void try_json(const struct limit_rules *rules, enum limits_of of, const char *text,
                     size_t len)
{
	static const struct json_limits limits = {1 << 16, 2000, 32};
	const struct schema *schema =
		of == LIMITS_OF_CREATE ? &schema_container_create : &schema_container_update;
	struct json_reading reading;
	struct error error;
	json_t *body = NULL;

	if (json_open(&reading, text, len, &limits, &error) == JSON_FINE &&
	    schema_canonical(reading.arena, schema, reading.node, 51, UNKNOWN_FIELDS_DROP, &error) !=
	        CANONICAL_REFUSED)
		body = json_build(reading.node);
	json_close(&reading);
	if (body == NULL)
		return;
	if (of == LIMITS_OF_CREATE && json_object_get(body, "HostConfig") == NULL)
		json_object_set_new(body, "HostConfig", json_object());
	try_body(rules, of, body);
	json_decref(body);
}

static void try_query(const struct limit_rules *rules, const char *text, size_t len)
{
	struct arena *arena = arena_new(1 << 20);
	struct query query;
	struct error error;
	json_t *resources;

	assert(arena != NULL);
	if (query_parse(arena, text, len, &query, &error)) {
		resources = limits_from_query(&query, &error);
		assert((resources == NULL) == (error.text[0] != '\0'));
		if (resources != NULL)
			try_body(rules, LIMITS_OF_BUILD, resources);
		json_decref(resources);
	}
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct limit_rules rules;

	if (size == 0)
		return 0;
	rules = make_rules((data[0] & 2) == 0 ? false : true);
	if (data[0] & 4)
		try_query(&rules, (const char *)data + 1, size - 1);
	else
		try_json(&rules, data[0] & 1 ? LIMITS_OF_CREATE : LIMITS_OF_UPDATE, (const char *)data + 1,
		         size - 1);
	return 0;
}
