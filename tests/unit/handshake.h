/* A TLS handshake in memory, both sides in one thread. */
#ifndef QUAYMASTER_TESTS_HANDSHAKE_H
#define QUAYMASTER_TESTS_HANDSHAKE_H

#include "tests/unit/pki.h"

#include <openssl/ssl.h>
#include <stdbool.h>

/* Two ends of one connection. */
struct pair {
	SSL *server, *client;
};

/* Takes both; either may be NULL, and then nothing works. */
struct pair pair_take(SSL *server, SSL *client);
/* Runs both handshakes, then one byte from each side to the other, so that a TLS 1.3 client has heard what the
 * server thinks of its certificate. True when all of that worked. */
bool pair_shake(struct pair *pair);
/* LEN bytes from one end arrive at the other. */
bool pair_send(SSL *from, SSL *to);
void pair_free(struct pair *pair);

/* A client that agrees to anything: security level 0, no verification, as an attacker's would be. CREDENTIAL may
 * be NULL. CHAIN is sent after the certificate. */
SSL_CTX *careless_client(const struct pki_entity *credential, X509 *const *chain, size_t count);
/* Likewise a server. */
SSL_CTX *careless_server(const struct pki_entity *credential);

#endif
