/* What makes a name of an image a tenant's, and an image that cannot be labelled its own: a tag in a repository that is
 * quaymaster's alone, "quaymaster.invalid/TENANT/held:NAME-MAC". NAME begins the hash of the name that it stands for, MAC is a
 * seal over it, the tenant and the image: on another image, or of another key, the tag is worth nothing. */
#ifndef QUAYMASTER_POLICY_HOLD_H
#define QUAYMASTER_POLICY_HOLD_H

#include "policy/identity.h"
#include "policy/seal.h"

#include <stdbool.h>

struct arena;
struct reference;

#define HOLD_DOMAIN "quaymaster.invalid/"

enum { HOLD_SIZE = sizeof HOLD_DOMAIN + TENANT_SIZE + sizeof "/held:" + SEAL_SIZE };

/* A tag that holds an image, as it was read. */
struct hold {
	char tenant[TENANT_SIZE];
	char name[SEAL_NONCE_DIGITS + 1]; /* what hold_hash makes of a name */
};

/* True for what could name something in the reserved repository, however it is spelt. */
bool hold_is_reserved(const char *text);

/* "docker.io/library/alpine:latest", or "...@sha256:...": how a name is held. NULL when ARENA is exhausted. */
const char *hold_name(struct arena *arena, const struct reference *reference);
void hold_hash(const char *name, char hash[SEAL_NONCE_DIGITS + 1]);

/* The tag by which TENANT holds the image ID ("sha256:...") under NAME, which is hold_name's. */
bool hold_make(const struct seal_key *key, const char *tenant, const char *id, const char *name,
               char hold[HOLD_SIZE]);
/* Reads TAG, one of the image ID's. False when it holds nothing. */
bool hold_read(const struct seal_key *key, const char *id, const char *tag, struct hold *hold);

#endif
