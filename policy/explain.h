/* Why a request gets its verdict: every rule that it depends on, what was asked about the daemon, what would be sent, and
 * what it would take to allow it. As JSON, which `explain` prints or puts into words. */
#ifndef QUAYMASTER_POLICY_EXPLAIN_H
#define QUAYMASTER_POLICY_EXPLAIN_H

#include "policy/trial.h"

#include <jansson.h>

/* An object, without secrets:
 *
 *   request    "POST /containers/create", without its query
 *   operation, policy, place (where the policy was written), client (where the rule that gave it was)
 *   verdict    "allow", "deny", "refuse", "fail" or "need"; status, rule, message
 *   rules      [{rule, place, result ("allowed", "denied", or "warn" or "observe", which let pass), value, claim, advice}]
 *   facts      [{kind, name, state ("found", "missing", "failed", "wanted"), id, message, assumed}]
 *   sent       {request, body}, when it is allowed; changes: see difference.h
 *   remedy     {policy, settings, beyond: [claims that no setting opens]}, when it is denied
 *
 * ASSUMED: SETUP answers with what is assumed, not with what is known. NULL when there is no memory; else the caller's
 * to json_decref. */
json_t *explain_request(struct arena *arena, const struct trial_setup *setup,
                        const struct trial_input *input, bool assumed);

#endif
