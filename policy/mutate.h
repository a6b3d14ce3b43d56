/* After ALLOW: makes the request say explicitly what was judged. Names become full ids, defaults
 * that depend on the API version are written out. */
#ifndef QUAYMASTER_POLICY_MUTATE_H
#define QUAYMASTER_POLICY_MUTATE_H

#include <stdbool.h>

struct error;
struct facts;
struct identity;
struct policy;
struct request;

/* Changes REQUEST in place from the IDENTITY (NULL: nobody) and the FACTS that the verdict was given
 * on. False (with ERROR) when it cannot: the request is refused then. */
bool policy_mutate(const struct policy *policy, const struct identity *identity,
                   const struct facts *facts, struct request *request, struct error *error);

#endif
