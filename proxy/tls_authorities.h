/* The certificate authorities that clients' certificates may come from, by their names. */
#ifndef QUAYMASTER_PROXY_TLS_AUTHORITIES_H
#define QUAYMASTER_PROXY_TLS_AUTHORITIES_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct ssl_ctx_st;
struct x509_store_ctx_st;
struct X509_name_st;

struct tls_authorities;

/* Those that CONTEXT trusts, or that the PEM file PATH holds. NULL with ERROR. */
struct tls_authorities *tls_authorities_of(struct ssl_ctx_st *context, struct error *error);
struct tls_authorities *tls_authorities_read(const char *path, struct error *error);
void tls_authorities_free(struct tls_authorities *authorities); /* NULL is fine */

/* How many there are that nobody else vouches for: self-signed, each key once. An intermediate is its root's. */
size_t tls_authorities_roots(const struct tls_authorities *authorities);
/* The name number INDEX, of roots and intermediates, as rules see issuers; NULL past the last. */
const char *tls_authorities_name(const struct tls_authorities *authorities, size_t index);

/* A name in RFC 2253's text, which escapes every control and non-ASCII byte: clean, and of its own. To be freed by free(3);
 * NULL: no memory, or a NUL in it. */
char *tls_name_text(const struct X509_name_st *name);

/* For a chain that verified by several roots: true when the leaf's issuer has the name of an authority that is trusted, and not
 * its key. Any of the roots could have made it, and a rule that names the issuer would take it for the other. */
bool tls_issuer_is_impostor(struct x509_store_ctx_st *chain);

#endif
