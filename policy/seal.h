/* What makes a label a proof: an HMAC-SHA256 (RFC 2104) over what kind of object it is on and whose that is, with a key that
 * only quaymaster's instances have. A seal of one kind is worth nothing on another: an image that was made of a container
 * inherits its labels, and owns nothing by them. */
#ifndef QUAYMASTER_POLICY_SEAL_H
#define QUAYMASTER_POLICY_SEAL_H

#include "policy/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* On every object of a tenant. Clients neither set nor see a label that begins with SEAL_PREFIX. */
#define SEAL_PREFIX       "quaymaster."
#define SEAL_TENANT_LABEL SEAL_PREFIX "tenant"
#define SEAL_LABEL        SEAL_PREFIX "seal"
/* Besides on a task: the name of its service, which the seal is bound to. */
#define SEAL_SERVICE_LABEL SEAL_PREFIX "service"

enum {
	SEAL_KEY_MIN = 32, /* bytes of a secret */
	SEAL_KEY_MAX = 4096,
	SEAL_NONCE_DIGITS = 32,
	SEAL_SIZE = SEAL_NONCE_DIGITS + 1 + SHA256_DIGITS + 1 /* "NONCE:MAC" */
};

/* The key, prepared: the state of both hashes behind their padded first block. */
struct seal_key {
	struct sha256 inner, outer;
};

/* Zeroing SECRET is the caller's business. */
void seal_key_make(const void *secret, size_t len, struct seal_key *key);

/* What a seal says. KIND is the object's, as object_kind_name has it; NONCE is SEAL_NONCE_DIGITS lower-case hexadecimal
 * digits that are never used twice. */
struct seal_claim {
	const char *kind, *tenant, *nonce;
};

/* False when the claim's nonce is not as above: SEAL is "" then. */
bool seal_make(const struct seal_key *key, const struct seal_claim *claim, char seal[SEAL_SIZE]);
/* True when TEXT is the seal of an object of KIND that is TENANT's. In constant time once its form is right. */
bool seal_holds(const struct seal_key *key, const char *kind, const char *tenant, const char *text);

#endif
