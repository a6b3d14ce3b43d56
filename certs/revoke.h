/* The authority's revocation list, server/crl.pem: it stands beside server/ca.pem, since whoever trusts the one has to read the
 * other. RFC 5280 section 5. */
#ifndef QUAYMASTER_CERTS_REVOKE_H
#define QUAYMASTER_CERTS_REVOKE_H

#include <stdbool.h>
#include <stddef.h>

struct authority;
struct error;
struct layout;

/* Writes a list that revokes nothing where there is none, and signs anew one that ends soon. */
bool revoke_ensure(const struct layout *layout, const struct authority *authority,
                   struct error *error);

enum revoke_result { REVOKE_FAILED, REVOKE_DONE, REVOKE_WAS_REVOKED };

/* Revokes what WHICH names: the file of a certificate that this directory's authority has issued, or a serial number in
 * hexadecimal digits. An authority that may not sign lists, docker:dind's, gets a certificate that says it may, for its old key. */
enum revoke_result revoke_one(const char *directory, const char *which, struct error *error);

/* How many serial numbers the list has; -1 with ERROR. */
int revoke_count(const struct layout *layout, struct error *error);

#endif
