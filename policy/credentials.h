/* The registry credentials that a request carries in its headers, X-Registry-Auth and
 * X-Registry-Config: base64 of JSON, which is read, judged and printed afresh like a body. */
#ifndef QUAYMASTER_POLICY_CREDENTIALS_H
#define QUAYMASTER_POLICY_CREDENTIALS_H

#include <jansson.h>
#include <stdbool.h>

struct arena;
struct error;

/* Reads the VALUE of such a header: one login, or where MANY a login for each of several
 * registries. *TREE is canonical and owned by ARENA, *PRINTED is what to send; both are NULL for
 * what dockerd takes for no credentials: an empty value and one that is not base64. Properties that
 * dockerd does not read are left out. False with ERROR when the JSON is not strict, and with an
 * empty one when memory ran out. */
bool credentials_read(struct arena *arena, const char *value, bool many, json_t **tree,
                      const char **printed, struct error *error);

#endif
