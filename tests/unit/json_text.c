/* Reads and compares JSON for tests. */
#include "tests/unit/json_text.h"

#include "policy/json_node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

json_t *tree_of(const char *json)
{
	char *text = strdup(json);
	json_t *tree;
	char *c;

	assert_non_null(text);
	for (c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	tree = json_loads(text, JSON_DECODE_ANY, NULL);
	if (!tree)
		fail_msg("not JSON: %s", text);
	free(text);
	return tree;
}

void assert_tree(const json_t *tree, const char *json)
{
	json_t *expected = tree_of(json);
	char *text = json_dumps(tree, JSON_COMPACT);
	char *expected_text = json_dumps(expected, JSON_COMPACT);

	assert_string_equal(text, expected_text);
	free(text);
	free(expected_text);
	json_decref(expected);
}

json_t *canonical_of(const struct schema *schema, const json_t *tree, unsigned api_minor,
                     enum unknown_fields unknown, struct error *error)
{
	static const struct json_limits limits = {1 << 20, 20000, 64};
	char *text = json_dumps(tree, JSON_ENCODE_ANY);
	struct json_reading reading;
	enum canonical result;
	json_t *canonical = NULL;

	assert_non_null(text);
	assert_int_equal(json_open(&reading, text, strlen(text), &limits, error), JSON_FINE);
	result = schema_canonical(reading.arena, schema, reading.node, api_minor, unknown, error);
	if (result != CANONICAL_REFUSED) {
		char path[SCHEMA_PATH_SIZE];

		canonical = json_build(reading.node);
		assert_true((result == CANONICAL_CLEAN) ==
		            (schema_first_denied(schema, canonical, path, sizeof path) == NULL));
	}
	json_close(&reading);
	free(text);
	return canonical;
}
