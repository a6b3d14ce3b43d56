/* After ALLOW: makes the request say explicitly what was judged. Names become full ids, defaults
 * that depend on the API version are written out. */
#ifndef QUAYMASTER_POLICY_MUTATE_H
#define QUAYMASTER_POLICY_MUTATE_H

#include <stdbool.h>

struct error;
struct facts;
struct policy;
struct request;

/* Changes REQUEST in place from the FACTS the verdict was given on. False (with ERROR) when it
 * cannot: the request is refused then. */
bool policy_mutate(const struct policy *policy, const struct facts *facts, struct request *request,
                   struct error *error);

#endif
