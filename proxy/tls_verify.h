/* Which certificates are believed. For tls_context alone. */
#ifndef QUAYMASTER_PROXY_TLS_VERIFY_H
#define QUAYMASTER_PROXY_TLS_VERIFY_H

#include <stdbool.h>

struct error;
struct ssl_ctx_st;
struct ssl_st;
struct stack_st_X509;
struct x509_store_ctx_st;

/* Writes "PATH: WHAT (OpenSSL's reason)" and empties OpenSSL's error queue. Returns false always. */
bool tls_error(struct error *error, const char *path, const char *what);

/* The certificates of a PEM file, at least one, to be freed with all in it. NULL with ERROR. */
struct stack_st_X509 *tls_verify_read(const char *path, struct error *error);

/* Loads the trusted issuers of PATH, at least one of them self-signed, and makes CONTEXT verify by the rules of
 * this module. With NAMES their names are told to clients, so that these choose the right certificate. */
bool tls_verify_trust(struct ssl_ctx_st *context, const char *path, bool names,
                      struct error *error);
/* Loads the CRLs of PATH; from now on each issuer in a chain needs one that is current. */
bool tls_verify_revocations(struct ssl_ctx_st *context, const char *path, struct error *error);

/* OpenSSL's verify callback, for SSL_set_verify. */
int tls_verify_client(int preverified, struct x509_store_ctx_st *chain);
int tls_verify_server(int preverified, struct x509_store_ctx_st *chain);

/* Verifies SSL's peer by CONTEXT's trust, now, in the role a server gives its client. */
bool tls_verify_peer_again(struct ssl_ctx_st *context, struct ssl_st *ssl, struct error *error);

#endif
