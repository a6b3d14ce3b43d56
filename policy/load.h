/* From a libconfig tree to policies and client rules. Reports every mistake of meaning at once. */
#ifndef QUAYMASTER_POLICY_LOAD_H
#define QUAYMASTER_POLICY_LOAD_H

#include "policy/identity.h"
#include "policy/policy.h"

#include <libconfig.h>

struct problems;
struct policy_set;

/* Reads `policies` and `clients` under ROOT; the shipped presets (policy/presets, compiled in)
 * are there already and may be extended or named, not redefined. NULL when there was a mistake
 * (all are in PROBLEMS). LISTENERS (LISTENER_COUNT names) are those that a client rule may name.
 * The set copies what it needs. */
struct policy_set *policy_set_load(const config_setting_t *root, const char *const *listeners,
                                   size_t listener_count, struct problems *problems);
void policy_set_free(struct policy_set *set);

/* What the first client rule that matches gives, policy and tenant; without a policy there is no access.
 * To be kept in IDENTITY's grant, where the checks look for the tenant. */
struct grant policy_set_match(const struct policy_set *set, const struct identity *identity);
/* What the client rule number INDEX gives; NULL past the last. */
const struct policy *policy_set_client_policy(const struct policy_set *set, size_t index);
/* A client rule that goes by what a certificate says of its subject, and not by its key. */
struct subject_rule {
	struct place place;
	const char *issuer; /* the one that it names, in full; NULL: none, or several */
};

/* The next such rule for clients of LISTENER, from the rule number *NEXT on; *NEXT is the one behind it then. False past the last. */
bool policy_set_subject_rule(const struct policy_set *set, const char *listener, size_t *next,
                             struct subject_rule *rule);
const struct policy *policy_set_find(const struct policy_set *set, const char *name);
/* True when a client rule gives a tenant a world of its own: then it takes a key to seal what is its. */
bool policy_set_has_worlds(const struct policy_set *set);
/* True when it matters which container a client is in, which has to be found out then: a client rule has a condition on it, or
 * gives a tenant, or a rule of a policy asks for it. And the labels that are asked about. */
bool policy_set_asks_for_containers(const struct policy_set *set);
const struct label_keys *policy_set_labels(const struct policy_set *set);
/* True when a policy asks where images came from: then somebody has to remember it. */
bool policy_set_asks_for_origins(const struct policy_set *set);

#endif
