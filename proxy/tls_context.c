/* Owns protocol versions, ciphers, our own certificate, ALPN and sessions. Which peers are believed is
 * tls_verify.c's; moving bytes is the stream's. */
#define _GNU_SOURCE
#include "proxy/tls_context.h"

#include "policy/error.h"
#include "proxy/log.h"
#include "proxy/tls_verify.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SECURITY_LEVEL = 2, /* 112 bits: RSA from 2048, no SHA-1 */
	PEER_CHAIN_BYTES_MAX =
		32 * 1024, /* what a client may send as certificates before it is known */
	SESSIONS_MAX = 256,
	SESSION_SECONDS = 300
};

static const char ciphers[] =
	"ECDHE+AESGCM:ECDHE+CHACHA20"; /* TLS 1.2; those of 1.3 are OpenSSL's default */
static const unsigned char session_context[] = "quaymaster";
static const unsigned char alpn_http[] = "\x08http/1.1";
static char no_password[] = ""; /* given none at all, OpenSSL would ask the terminal */

/* The system's openssl.cnf may have set anything on a new context; what matters is set here again. */
static bool set_protocol(SSL_CTX *context)
{
	SSL_CTX_clear_options(context, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
	                                   SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF |
	                                   SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
	SSL_CTX_set_options(context,
	                    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
	SSL_CTX_set_security_level(context, SECURITY_LEVEL);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
	                              SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_default_passwd_cb_userdata(context, no_password);
	return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(context, 0) == 1 &&
	       SSL_CTX_set_cipher_list(context, ciphers) == 1 &&
	       SSL_CTX_set_max_early_data(context, 0) == 1 &&
	       SSL_CTX_set_recv_max_early_data(context, 0) == 1;
}

static EVP_PKEY *read_key(const char *path)
{
	BIO *bio = BIO_new_file(path, "r");
	EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, NULL, no_password) : NULL;

	BIO_free(bio);
	return key;
}

static bool use_certificate(SSL_CTX *context, const struct tls_files *files, struct error *error)
{
	EVP_PKEY *key;
	bool used;

	if (files->certificate == NULL || files->key == NULL)
		return error_set(error, "a certificate needs a key, and a key a certificate");
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(context, files->certificate) != 1)
		return tls_error(error, files->certificate, "cannot use this certificate");
	key = read_key(files->key);
	if (key == NULL)
		return tls_error(error, files->key,
		                 "cannot read a private key without a pass phrase in it");
	used = X509_check_private_key(SSL_CTX_get0_certificate(context), key) == 1
	           ? SSL_CTX_use_PrivateKey(context, key) == 1 ||
	                 tls_error(error, files->key, "cannot use this key")
	           : tls_error(error, files->key, "does not belong to the certificate");
	EVP_PKEY_free(key);
	return used;
}

/* Not refused: who may read it is for the administrator to say, and keys in a container often are 0644. */
static void warn_of_readable_key(const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0)
		log_line(LOG_WARNING, "%s: others than its owner can read this key; chmod 600 it", path);
}

/* RFC 7301 §3.2: a client that lists protocols and not ours is told so, and never served something it does not
 * speak. One that lists none speaks HTTP/1.1, as docker's CLI does. */
static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len,
                           const unsigned char *offered, unsigned int offered_len, void *unused)
{
	unsigned char *match = NULL;

	(void)ssl;
	(void)unused;
	if (SSL_select_next_proto(&match, chosen_len, alpn_http, sizeof alpn_http - 1, offered,
	                          offered_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*chosen = match;
	return SSL_TLSEXT_ERR_OK;
}

/* Sessions are kept here and not in tickets: nothing that a thief could use leaves this process, none outlives
 * its context, and the verified chain is there to be judged again (tls_peer_is_trusted). */
static bool set_sessions(SSL_CTX *context)
{
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
	SSL_CTX_sess_set_cache_size(context, SESSIONS_MAX);
	SSL_CTX_set_timeout(context, SESSION_SECONDS);
	return SSL_CTX_set_num_tickets(context, 1) == 1 &&
	       SSL_CTX_set_session_id_context(context, session_context, sizeof session_context - 1) ==
	           1;
}

/* An authority that `quaymaster certs` made: docker:dind's of that name may not sign lists. Ours never goes without one, so that a
 * list that is lost lets nobody in again. */
static bool comes_with_list(const char *ca)
{
	BIO *bio = BIO_new_file(ca, "r");
	X509 *authority = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, no_password) : NULL;
	char name[64] = "";
	bool comes = false;

	if (authority != NULL) {
		X509_NAME_get_text_by_NID(X509_get_subject_name(authority), NID_commonName, name,
		                          sizeof name);
		comes = strcmp(name, "docker:dind CA") == 0 &&
		        (X509_get_key_usage(authority) & KU_CRL_SIGN) != 0;
	}
	X509_free(authority);
	BIO_free(bio);
	ERR_clear_error();
	return comes;
}

/* NULL: none are to be checked. */
static const char *list_of(const struct tls_files *files)
{
	if (files->crl != NULL || files->own_crl == NULL)
		return files->crl;
	return access(files->own_crl, F_OK) == 0 || comes_with_list(files->ca) ? files->own_crl : NULL;
}

SSL_CTX *tls_context_server(const struct tls_files *files, struct error *error)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	const char *list = list_of(files);

	if (context == NULL || !set_protocol(context) || !set_sessions(context)) {
		tls_error(error, "TLS", "cannot start");
		goto failed;
	}
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
	SSL_CTX_set_max_cert_list(context, PEER_CHAIN_BYTES_MAX);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
	                   tls_verify_client);
	if (!use_certificate(context, files, error) ||
	    !tls_verify_trust(context, files->ca, true, error) ||
	    (list != NULL && !tls_verify_revocations(context, list, error)))
		goto failed;
	warn_of_readable_key(files->key);
	return context;
failed:
	SSL_CTX_free(context);
	return NULL;
}

SSL_CTX *tls_context_client(const struct tls_files *files, struct error *error)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	/* Of all functions here only this one returns 0 for success. */
	if (context == NULL || !set_protocol(context) ||
	    SSL_CTX_set_alpn_protos(context, alpn_http, sizeof alpn_http - 1) != 0) {
		tls_error(error, "TLS", "cannot start");
		goto failed;
	}
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, tls_verify_server);
	if ((files->certificate != NULL || files->key != NULL) &&
	    !use_certificate(context, files, error))
		goto failed;
	if (!tls_verify_trust(context, files->ca, false, error) ||
	    (files->crl != NULL && !tls_verify_revocations(context, files->crl, error)))
		goto failed;
	return context;
failed:
	SSL_CTX_free(context);
	return NULL;
}

SSL_CTX *tls_context_retain(SSL_CTX *context)
{
	SSL_CTX_up_ref(context); /* fails for no living object */
	return context;
}

void tls_context_free(SSL_CTX *context)
{
	SSL_CTX_free(context);
}

SSL *tls_accept(SSL_CTX *context)
{
	SSL *ssl = SSL_new(context);

	if (ssl != NULL)
		SSL_set_accept_state(ssl);
	else
		ERR_clear_error();
	return ssl;
}

/* RFC 6066 §3: an address is verified but not sent as the server's name. */
static bool expect_name(SSL *ssl, const char *server_name)
{
	X509_VERIFY_PARAM *rules = SSL_get0_param(ssl);
	char name[TLSEXT_MAXLEN_host_name + 1];
	int len = snprintf(name, sizeof name, "%s", server_name);

	if (len < 0 || (size_t)len >= sizeof name)
		return false;
	if (X509_VERIFY_PARAM_set1_ip_asc(rules, name) == 1)
		return true;
	X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
	                                           X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return X509_VERIFY_PARAM_set1_host(rules, name, 0) == 1 &&
	       SSL_set_tlsext_host_name(ssl, name) == 1;
}

SSL *tls_connect(SSL_CTX *context, const char *server_name)
{
	SSL *ssl;

	/* OpenSSL would take an empty name for "any". */
	if (server_name == NULL || *server_name == '\0')
		return NULL;
	ERR_clear_error();
	ssl = SSL_new(context);
	if (ssl != NULL && expect_name(ssl, server_name)) {
		SSL_set_connect_state(ssl);
	} else {
		SSL_free(ssl);
		ssl = NULL;
	}
	ERR_clear_error();
	return ssl;
}

bool tls_peer_is_trusted(SSL_CTX *context, SSL *ssl, struct error *error)
{
	return tls_verify_peer_again(context, ssl, error);
}

/* Each file goes in with its length, so that bytes moved from one to the next change the digest. */
static bool digest_file(EVP_MD_CTX *digest, const char *path)
{
	unsigned char block[4096];
	unsigned long long total = 0;
	BIO *bio;
	int len;
	bool good;

	if (path == NULL)
		return EVP_DigestUpdate(digest, "-", 1) == 1;
	bio = BIO_new_file(path, "r");
	good = bio != NULL;
	while (good && (len = BIO_read(bio, block, sizeof block)) > 0) {
		good = EVP_DigestUpdate(digest, block, (size_t)len) == 1;
		total += (unsigned long long)len;
	}
	good = good && BIO_eof(bio) == 1 && EVP_DigestUpdate(digest, &total, sizeof total) == 1;
	BIO_free(bio);
	return good;
}

unsigned long long tls_files_fingerprint(const struct tls_files *files)
{
	const char *const paths[] = {files->certificate, files->key, files->ca, list_of(files)};
	unsigned char bytes[EVP_MAX_MD_SIZE] = {0};
	unsigned long long fingerprint = 0;
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	bool good = digest != NULL && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1;

	for (size_t i = 0; good && i < sizeof paths / sizeof *paths; i++)
		good = digest_file(digest, paths[i]);
	if (good && EVP_DigestFinal_ex(digest, bytes, NULL) == 1) {
		memcpy(&fingerprint, bytes, sizeof fingerprint);
		if (fingerprint == 0)
			fingerprint = 1; /* 0 means unreadable */
	}
	ERR_clear_error();
	EVP_MD_CTX_free(digest);
	return fingerprint;
}
