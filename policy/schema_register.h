/* What the walkers over the register need to know of kinds and fields. Private to the schema_*.c
 * files and to leaves.c. */
#ifndef QUAYMASTER_POLICY_SCHEMA_REGISTER_H
#define QUAYMASTER_POLICY_SCHEMA_REGISTER_H

#include "policy/schema.h"

enum shape { SHAPE_SCALAR, SHAPE_OBJECT, SHAPE_LIST, SHAPE_MAP };

enum shape kind_shape(enum json_kind kind);
/* The kind of what is in a list or map; KIND itself for others. */
enum json_kind kind_element(enum json_kind kind);

/* The field of that very name, or NULL. */
const struct field *schema_find(const struct schema *schema, const char *name);
/* The same of a terminated NAME whose length is known. */
const struct field *schema_find_key(const struct schema *schema, const char *name, size_t len);
/* The field that dockerd would take KEY for. */
const struct field *schema_find_folded(const struct schema *schema, const char *key);

/* jansson iterates and counts references through non-const pointers only; neither changes a
 * value. */
json_t *schema_borrow(const json_t *value);

#endif
