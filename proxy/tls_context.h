/* OpenSSL contexts for both sides: the listener's (client certificate required) and the upstream's. Immutable
 * once made; to change a certificate or a CRL make a new one and swap. */
#ifndef QUAYMASTER_PROXY_TLS_CONTEXT_H
#define QUAYMASTER_PROXY_TLS_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct identity;
struct arena;
struct ssl_ctx_st;
struct ssl_st;

struct tls_files {
	const char *certificate, *key; /* PEM; the certificate file may hold intermediates */
	const char *ca;                /* PEM bundle of issuers to trust */
	const char *crl; /* PEM bundle of CRLs, one for every issuer; NULL: OWN_CRL counts */
	const char *
		own_crl; /* the same, to be there if CA was made by `quaymaster certs`; NULL: none are checked */
};

/* TLS 1.2 and up, AEAD suites, security level 2, client certificate required with clientAuth, bounded chain,
 * ALPN http/1.1 only, no renegotiation, no early data. NULL with ERROR naming the file. Reads files: call at
 * start or from a thread that may block. Sessions may be resumed for a few minutes, in this context only. */
struct ssl_ctx_st *tls_context_server(const struct tls_files *files, struct error *error);
/* The same floor towards a daemon. Certificate and key may be NULL: none is shown. CA may not: nothing else is
 * trusted. */
struct ssl_ctx_st *tls_context_client(const struct tls_files *files, struct error *error);
struct ssl_ctx_st *tls_context_retain(struct ssl_ctx_st *context);
void tls_context_free(struct ssl_ctx_st *context); /* once for each who has it; NULL is fine */

/* A new connection; NULL: no memory. SERVER_NAME is verified against the server's certificate (DNS or IP). */
struct ssl_st *tls_accept(struct ssl_ctx_st *context);
struct ssl_st *tls_connect(struct ssl_ctx_st *context, const char *server_name);

/* Judges the peer's certificate by CONTEXT as it would be judged in a handshake now: dates, chain and CRLs. For
 * a resumed session, whose certificate OpenSSL does not look at again (identity_read calls it), and for live
 * connections after a reload. False with ERROR: cut the connection. On the thread of SSL. */
bool tls_peer_is_trusted(struct ssl_ctx_st *context, struct ssl_st *ssl, struct error *error);

/* A digest of the files' contents as they are now, to notice changes; 0 when one cannot be read. */
unsigned long long tls_files_fingerprint(const struct tls_files *files);

#endif
