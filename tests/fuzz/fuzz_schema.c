/* Canonical trees: stable, whatever the keys' spelling, and made of known properties only. The first byte chooses the body ('A' is containers/create), the second the API minor. */
#include "policy/error.h"
#include "policy/json_node.h"
#include "policy/route.h"
#include "policy/schema.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct schema *const bodies[] = {
	&schema_container_create,
	&schema_container_update,
	&schema_exec_create,
	&schema_exec_start,
	&schema_commit,
	&schema_volume_create,
	&schema_volume_update,
	&schema_network_create,
	&schema_network_connect,
	&schema_network_disconnect,
	&schema_auth,
	&schema_checkpoint_create,
	&schema_swarm_init,
	&schema_swarm_join,
	&schema_swarm_spec,
	&schema_swarm_unlock,
	&schema_service_spec,
	&schema_node_spec,
	&schema_secret_spec,
	&schema_config_spec,
	&schema_plugin_privilege,
};

enum { BODIES = sizeof bodies / sizeof *bodies };

static const struct json_limits limits = {.bytes = 1 << 20, .nodes = 4000, .depth = 64};

static json_t *canonical(const struct schema *schema, const json_t *tree, unsigned minor,
                         enum unknown_fields unknown)
{
	char *text = json_dumps(tree, JSON_ENCODE_ANY);
	struct error error = {""};
	struct json_reading reading;
	enum canonical result;
	json_t *out = NULL;

	assert(text && json_open(&reading, text, strlen(text), &limits, NULL) == JSON_FINE);
	result = schema_canonical(reading.arena, schema, reading.node, minor, unknown, &error);
	if (result != CANONICAL_REFUSED) {
		char path[SCHEMA_PATH_SIZE];

		out = json_build(reading.node);
		assert((result == CANONICAL_CLEAN) ==
		       (schema_first_denied(schema, out, path, sizeof path) == NULL));
	}
	json_close(&reading);
	free(text);
	assert((out == NULL) == (error.text[0] != '\0'));
	return out;
}

static void assert_same(const json_t *a, const json_t *b)
{
	char *a_text = json_dumps(a, JSON_COMPACT);
	char *b_text = json_dumps(b, JSON_COMPACT);

	assert(a_text && b_text && strcmp(a_text, b_text) == 0);
	free(a_text);
	free(b_text);
}

/* TREE with the other case in every key of its top level. */
static json_t *other_spelling(json_t *tree)
{
	json_t *out = json_object();
	const char *key;
	json_t *value;

	assert(out);
	json_object_foreach(tree, key, value)
	{
		char *other = strdup(key);
		char *c;

		assert(other);
		for (c = other; *c; c++)
			if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z'))
				*c ^= 0x20;
		assert(json_object_set_nocheck(out, other, value) == 0);
		free(other);
	}
	return out;
}

static void assert_known(const struct schema *schema, json_t *tree)
{
	size_t i, known = 0;

	for (i = 0; i < schema->count; i++) {
		const json_t *value = json_object_get(tree, schema->fields[i].name);

		known += value != NULL;
		assert(!json_is_null(value));
		assert(!value || schema->fields[i].posture != POSTURE_DROP);
	}
	assert(known == json_object_size(tree));
}

static void assert_postures(const struct schema *schema, const json_t *tree)
{
	char path[SCHEMA_PATH_SIZE], again[SCHEMA_PATH_SIZE];
	json_t *redacted = schema_redacted(schema, tree), *again_canonical;
	const json_t *denied = schema_first_denied(schema, tree, path, sizeof path);

	assert(redacted);
	assert((denied != NULL) == (path[0] != '\0'));
	assert(!denied || !json_is_empty(denied) ||
	       json_is_object(denied)); /* being there can say something */
	schema_first_denied(schema, redacted, again, sizeof again);
	assert(strcmp(path, again) == 0);
	again_canonical = canonical(schema, redacted, API_MINOR_NEWEST, UNKNOWN_FIELDS_REFUSE);
	assert(again_canonical);
	json_decref(again_canonical);
	json_decref(redacted);
}

static void check(const struct schema *schema, json_t *tree, unsigned minor)
{
	json_t *once = canonical(schema, tree, minor, UNKNOWN_FIELDS_REFUSE);
	json_t *lenient = canonical(schema, tree, minor, UNKNOWN_FIELDS_DROP);

	if (once) {
		json_t *twice = canonical(schema, once, minor, UNKNOWN_FIELDS_REFUSE);
		json_t *other = other_spelling(tree);
		json_t *same = canonical(schema, other, minor, UNKNOWN_FIELDS_REFUSE);

		assert(lenient && twice && same);
		assert_same(once, lenient);
		assert_same(once, twice);
		assert_same(once, same);
		json_decref(twice);
		json_decref(other);
		json_decref(same);
	}
	if (lenient) {
		assert_known(schema, lenient);
		assert_postures(schema, lenient);
	}
	json_decref(once);
	json_decref(lenient);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct json_limits few = {.bytes = 65536, .nodes = 2000, .depth = 64};
	json_t *tree;

	if (size < 2)
		return 0;
	if (json_read((const char *)data + 2, size - 2, &few, &tree, NULL) != JSON_FINE)
		return 0;
	check(bodies[(uint8_t)(data[0] - 'A') % BODIES], tree, 24 + data[1] % 33u);
	json_decref(tree);
	return 0;
}
