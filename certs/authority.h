/* The certificate authority: a key and a self-signed certificate under ca/, and what it signs. */
#ifndef QUAYMASTER_CERTS_AUTHORITY_H
#define QUAYMASTER_CERTS_AUTHORITY_H

#include "certs/key.h"

#include <openssl/x509.h>
#include <stdbool.h>

struct error;
struct layout;

enum {
	AUTHORITY_VALID_DAYS = 825, /* of every certificate, as docker:dind has it */
	AUTHORITY_RENEW_DAYS =
		90 /* an authority with less left gets a new certificate for its old key */
};

struct authority {
	EVP_PKEY *key;
	X509 *certificate;
};

/* What is to be certified. */
struct authority_request {
	const char *common_name;
	EVP_PKEY *key;     /* the subject's; only its public half is used */
	const char *usage; /* extendedKeyUsage, "serverAuth" or "clientAuth" */
	const char *names; /* subjectAltName in OpenSSL's syntax, "DNS:docker,IP:127.0.0.1", or NULL */
};

/* Opens the authority, making the key (of KIND) where it is missing and the certificate where it is missing,
 * does not belong to the key, ends soon, or may not sign revocation lists. An old certificate still verifies what the new one signs. */
bool authority_ensure(struct authority *authority, const struct layout *layout, enum key_kind kind,
                      struct error *error);
/* Opens the authority that is there, changing nothing. */
bool authority_load(struct authority *authority, const struct layout *layout, struct error *error);
/* Sees to it that the authority's certificate lets it sign revocation lists (cRLSign), which docker:dind's own does not: it gets
 * a new one for its key, in ca/ and server/. What the old one has signed verifies under the new one. */
bool authority_may_sign_lists(struct authority *authority, const struct layout *layout,
                              struct error *error);
/* Frees what is held; the struct may be zeroed or half open. */
void authority_close(struct authority *authority);

/* A new certificate, X.509 v3, with a random 128-bit serial number. NULL with ERROR; the caller frees. */
X509 *authority_sign(const struct authority *authority, const struct authority_request *request,
                     struct error *error);

#endif
