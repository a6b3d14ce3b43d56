/* The `filters` of lists, prunes and events: what to look for, by kind. Clients write it in two forms,
 * {"label":{"a=b":true}} and the older {"label":["a=b"]}; it is sent in the first. */
#ifndef QUAYMASTER_POLICY_FILTERS_H
#define QUAYMASTER_POLICY_FILTERS_H

#include <jansson.h>

struct error;

/* A new object in the first form; GIVEN stays as it is. Left out is what filters nothing: null, and a kind without values.
 * NULL with ERROR for what dockerd would refuse, and with an empty ERROR when memory ran out. */
json_t *filters_canonical(json_t *given, struct error *error);

#endif
