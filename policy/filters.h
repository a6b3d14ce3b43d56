/* The `filters` of lists, prunes and events: what to look for, by kind. Clients write it in two forms,
 * {"label":{"a=b":true}} and the older {"label":["a=b"]}; it is sent in the first. */
#ifndef QUAYMASTER_POLICY_FILTERS_H
#define QUAYMASTER_POLICY_FILTERS_H

#include "policy/route.h"

#include <jansson.h>

struct error;
struct request;

/* A new object in the first form; GIVEN stays as it is. Left out is what filters nothing: null, and a kind without values.
 * NULL with ERROR for what dockerd would refuse, and with an empty ERROR when memory ran out. */
json_t *filters_canonical(json_t *given, struct error *error);

/* The filters of REQUEST, in that form; {} where it has none. The caller's; NULL when memory ran out. */
json_t *filters_of(const struct request *request);

/* A filter whose values are names of objects. */
struct filter_object {
	const char *operation;
	const char *filter; /* its kind; a parameter of that name means the same */
	enum object_kind kind;
	bool
		may_be_missing; /* what has no such object matches nothing then; else the daemon takes it for an error */
};

/* All of them, ended by one without an operation. */
const struct filter_object *filters_objects(void);

#endif
