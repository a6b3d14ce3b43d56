/* The verdict on one request. Pure: the same arguments give the same verdict. */
#ifndef QUAYMASTER_POLICY_DECIDE_H
#define QUAYMASTER_POLICY_DECIDE_H

#include "policy/verdict.h"

struct facts;
struct identity;
struct policy;
struct request;
struct trace;

/* Judges REQUEST under POLICY (NULL denies). Called with a read head and, where the route
 * inspects one, a read body. VERDICT_NEED means that wanted facts were added to FACTS. Messages
 * live in the request's arena. */
void policy_decide(const struct policy *policy, const struct identity *identity,
                   const struct request *request, struct facts *facts, struct verdict *verdict);

/* The same, and every objection of a rule is added to TRACE (NULL: nowhere): after the first one the
 * judgement goes on, and may ask for more facts. */
void policy_decide_traced(const struct policy *policy, const struct identity *identity,
                          const struct request *request, struct facts *facts,
                          struct verdict *verdict, struct trace *trace);

/* A verdict on the head alone, before a body is read: DENY when no body could make the answer
 * ALLOW (so that nothing is read for nothing), else NEED. Never ALLOW. */
void policy_decide_early(const struct policy *policy, const struct identity *identity,
                         const struct request *request, struct verdict *verdict);

#endif
