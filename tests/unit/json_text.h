/* JSON in tests, written with ' for " so that it can be read in C. */
#ifndef QUAYMASTER_TESTS_JSON_TEXT_H
#define QUAYMASTER_TESTS_JSON_TEXT_H

#include "policy/schema.h"

#include <jansson.h>

/* The caller's to json_decref. The test fails when JSON is none. */
json_t *tree_of(const char *json);

/* Fails unless TREE is what JSON says, with its keys in the same order. */
void assert_tree(const json_t *tree, const char *json);

/* What schema_canonical makes of TREE, printed and read again; NULL when it refuses. The caller's to
 * json_decref. */
json_t *canonical_of(const struct schema *schema, const json_t *tree, unsigned api_minor,
                     enum unknown_fields unknown, struct error *error);

#endif
