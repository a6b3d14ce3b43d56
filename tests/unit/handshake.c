/* Owns in-memory TLS connections for tests. */
#include "tests/unit/handshake.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdlib.h>

enum {
	PIPE_SIZE = 256 * 1024, /* so that a whole flight always fits */
	STEPS_MAX = 50
};

static void must(bool held)
{
	if (!held)
		abort();
}

struct pair pair_take(SSL *server, SSL *client)
{
	struct pair pair = {server, client};
	BIO *a = NULL;
	BIO *b = NULL;

	must(BIO_new_bio_pair(&a, PIPE_SIZE, &b, PIPE_SIZE) == 1);
	if (server != NULL)
		SSL_set_bio(server, a, a);
	else
		BIO_free(a);
	if (client != NULL)
		SSL_set_bio(client, b, b);
	else
		BIO_free(b);
	return pair;
}

/* False when it failed for good. */
static bool step(SSL *ssl)
{
	int result;
	int code;

	ERR_clear_error();
	result = SSL_do_handshake(ssl);
	code = SSL_get_error(ssl, result);
	return result == 1 || code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE;
}

bool pair_send(SSL *from, SSL *to)
{
	char byte = 0;

	ERR_clear_error();
	return SSL_write(from, "x", 1) == 1 && SSL_read(to, &byte, 1) == 1 && byte == 'x';
}

bool pair_shake(struct pair *pair)
{
	bool going = pair->server != NULL && pair->client != NULL;

	for (int i = 0; going && i < STEPS_MAX; i++) {
		going = step(pair->client) && step(pair->server);
		if (SSL_is_init_finished(pair->client) && SSL_is_init_finished(pair->server))
			break;
	}
	return going && SSL_is_init_finished(pair->client) && SSL_is_init_finished(pair->server) &&
	       pair_send(pair->server, pair->client) && pair_send(pair->client, pair->server);
}

void pair_free(struct pair *pair)
{
	SSL_free(pair->server);
	SSL_free(pair->client);
	pair->server = NULL;
	pair->client = NULL;
	ERR_clear_error();
}

static void set_careless(SSL_CTX *context)
{
	SSL_CTX_set_security_level(context, 0);
	must(SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") == 1);
	must(SSL_CTX_set_min_proto_version(context, 0) == 1);
	SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
	SSL_CTX_set_max_cert_list(context, 1024L * 1024);
}

static void set_credential(SSL_CTX *context, const struct pki_entity *credential)
{
	must(SSL_CTX_use_certificate(context, credential->certificate) == 1);
	must(SSL_CTX_use_PrivateKey(context, credential->key) == 1);
}

SSL_CTX *careless_client(const struct pki_entity *credential, X509 *const *chain, size_t count)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	must(context != NULL);
	set_careless(context);
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	if (credential != NULL)
		set_credential(context, credential);
	for (size_t i = 0; i < count; i++)
		must(SSL_CTX_add1_chain_cert(context, chain[i]) == 1);
	return context;
}

SSL_CTX *careless_server(const struct pki_entity *credential)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	must(context != NULL);
	set_careless(context);
	set_credential(context, credential);
	return context;
}
