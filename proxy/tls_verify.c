/* Owns which certificates are believed: trusted issuers, CRLs, and the rules OpenSSL does not know. Protocol
 * versions, ciphers and sessions are tls_context.c's. */
#include "proxy/tls_verify.h"

#include "policy/error.h"
#include "proxy/tls_authorities.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

enum {
	INTERMEDIATES_MAX = 5,
	NAMES_TOLD_MAX =
		64, /* of a longer list none is told: it has 64 KiB at most (RFC 8446 §4.2.4) */
	DIGEST_BITS_MIN = 224 /* twice security level 2's 112 bits: rules out SHA-1 and MD5 */
};

static char no_password[] = ""; /* given none at all, OpenSSL would ask the terminal */

bool tls_error(struct error *error, const char *path, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return reason != NULL ? error_set(error, "%s: %s (%s)", path, what, reason)
	                      : error_set(error, "%s: %s", path, what);
}

/* Strict reading of RFC 5280 is asked of OpenSSL, for what it rules out: authorities that do not say they are
 * one, extensions in X.509 v1, mismatched signature algorithms, explicit curves. These five it also minds, and
 * we do not: they mark an issuer whose author wrote less than the RFC asks, such as one made by `openssl req
 * -x509` as docker's own manual tells, and nobody becomes an issuer by them. (The path length is kept, with key
 * usage or without; a key usage that is there and lacks keyCertSign is refused elsewhere.) */
static bool is_mere_untidiness(int code)
{
	return code == X509_V_ERR_CA_CERT_MISSING_KEY_USAGE ||
	       code == X509_V_ERR_CA_BCONS_NOT_CRITICAL ||
	       code == X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER ||
	       code == X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER ||
	       code == X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN;
}

int tls_verify_server(int preverified, X509_STORE_CTX *chain)
{
	if (preverified == 1)
		return 1;
	if (!is_mere_untidiness(X509_STORE_CTX_get_error(chain)))
		return 0;
	X509_STORE_CTX_set_error(chain, X509_V_OK);
	return 1;
}

/* OpenSSL takes a certificate that names no usage for any usage; a client's must say clientAuth in so many words
 * (anyExtendedKeyUsage does not). Where key usage is given, TLS needs the signature (RFC 8446 §4.4.2.2). */
static bool is_client_certificate(X509 *certificate)
{
	return (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0 &&
	       (X509_get_extended_key_usage(certificate) & XKU_SSL_CLIENT) != 0 &&
	       (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) != 0;
}

int tls_verify_client(int preverified, X509_STORE_CTX *chain)
{
	if (tls_verify_server(preverified, chain) != 1)
		return 0;
	if (X509_STORE_CTX_get_error_depth(chain) != 0)
		return 1;
	if (!is_client_certificate(X509_STORE_CTX_get_current_cert(chain)))
		X509_STORE_CTX_set_error(chain, X509_V_ERR_INVALID_PURPOSE);
	else if (tls_issuer_is_impostor(chain))
		X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_REJECTED);
	else
		return 1;
	return 0;
}

static void set_rules(SSL_CTX *context)
{
	X509_VERIFY_PARAM *rules = SSL_CTX_get0_param(context);

	X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT | X509_V_FLAG_TRUSTED_FIRST);
	X509_VERIFY_PARAM_clear_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_depth(rules, INTERMEDIATES_MAX);
}

/* True when reading stopped because there is nothing more, and not at a broken block. */
static bool reached_end(void)
{
	bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;

	if (at_end)
		ERR_clear_error();
	return at_end;
}

STACK_OF(X509) * tls_verify_read(const char *path, struct error *error)
{
	BIO *bio;
	STACK_OF(X509) * all;
	X509 *one;

	ERR_clear_error();
	bio = BIO_new_file(path, "r");
	all = sk_X509_new_null();
	while (bio != NULL && all != NULL &&
	       (one = PEM_read_bio_X509(bio, NULL, NULL, no_password)) != NULL) {
		if (sk_X509_push(all, one) == 0)
			X509_free(one);
	}
	if (bio == NULL || all == NULL || !reached_end() || sk_X509_num(all) == 0) {
		tls_error(error, path, bio == NULL ? "cannot read" : "cannot read a certificate in it");
		sk_X509_pop_free(all, X509_free);
		all = NULL;
	}
	BIO_free(bio);
	return all;
}

/* An intermediate alone would leave every chain without an end, and every client refused without a hint. */
static bool has_root(STACK_OF(X509) * all)
{
	for (int i = 0; i < sk_X509_num(all); i++) {
		if (X509_self_signed(sk_X509_value(all, i), 1) == 1)
			return true;
	}
	ERR_clear_error();
	return false;
}

static bool trust(SSL_CTX *context, STACK_OF(X509) * all, bool names)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	int count = sk_X509_num(all);

	for (int i = 0; i < count; i++) {
		X509 *issuer = sk_X509_value(all, i);

		if (X509_STORE_add_cert(store, issuer) != 1)
			return false;
		if (names && count <= NAMES_TOLD_MAX && SSL_CTX_add_client_CA(context, issuer) != 1)
			return false;
	}
	return true;
}

bool tls_verify_trust(SSL_CTX *context, const char *path, bool names, struct error *error)
{
	STACK_OF(X509) * all;
	bool trusted;

	if (path == NULL)
		return error_set(error, "no file of trusted issuers is given");
	all = tls_verify_read(path, error);
	if (all == NULL)
		return false;
	if (!has_root(all))
		trusted =
			error_set(error, "%s: holds no self-signed root; put the whole chain in it", path);
	else
		trusted = trust(context, all, names) || tls_error(error, path, "cannot use");
	sk_X509_pop_free(all, X509_free);
	set_rules(context);
	return trusted;
}

/* The digest inside an RSA-PSS signature's parameters; SHA-1 where none is named (RFC 4055 §3.1). */
static int pss_digest(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *digest = NULL;
	const void *value = NULL;
	RSA_PSS_PARAMS *parameters = NULL;
	int type = V_ASN1_UNDEF;
	int nid = NID_sha1;

	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	if (type != V_ASN1_SEQUENCE)
		return NID_undef;
	parameters = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	if (parameters == NULL)
		return NID_undef;
	if (parameters->hashAlgorithm != NULL) {
		X509_ALGOR_get0(&digest, NULL, NULL, parameters->hashAlgorithm);
		nid = OBJ_obj2nid(digest);
	}
	RSA_PSS_PARAMS_free(parameters);
	return nid;
}

/* OpenSSL holds the certificates of a chain to the security level, but not the CRLs that clear them. */
static bool is_strongly_signed(const X509_CRL *list)
{
	const X509_ALGOR *algorithm = NULL;
	const EVP_MD *digest;
	int digest_nid = NID_undef;
	int nid = X509_CRL_get_signature_nid(list);

	if (nid == NID_ED25519 || nid == NID_ED448)
		return true;
	X509_CRL_get0_signature(list, NULL, &algorithm);
	if (nid == NID_rsassaPss)
		digest_nid = pss_digest(algorithm);
	else if (OBJ_find_sigid_algs(nid, &digest_nid, NULL) != 1)
		return false;
	digest = EVP_get_digestbynid(digest_nid);
	return digest != NULL && EVP_MD_get_size(digest) * 8 >= DIGEST_BITS_MIN;
}

static bool add_revocations(X509_STORE *store, X509_CRL *list, const char *path,
                            struct error *error)
{
	/* RFC 5280 §5.1.2.5 requires it; OpenSSL would take a list without it for current for ever. */
	if (X509_CRL_get0_nextUpdate(list) == NULL)
		return error_set(error, "%s: a CRL in it names no next update; issue it with one", path);
	if (!is_strongly_signed(list))
		return tls_error(error, path,
		                 "a CRL in it is signed with a weak digest; issue it with SHA-256");
	return X509_STORE_add_crl(store, list) == 1 || tls_error(error, path, "cannot use a CRL in it");
}

bool tls_verify_revocations(SSL_CTX *context, const char *path, struct error *error)
{
	X509_CRL *list;
	BIO *bio;
	int count = 0;
	bool good = true;

	ERR_clear_error();
	bio = BIO_new_file(path, "r");
	if (bio == NULL)
		return tls_error(error, path, "cannot read");
	while (good && (list = PEM_read_bio_X509_CRL(bio, NULL, NULL, no_password)) != NULL) {
		good = add_revocations(SSL_CTX_get_cert_store(context), list, path, error);
		X509_CRL_free(list);
		count++;
	}
	BIO_free(bio);
	if (good && (!reached_end() || count == 0))
		good = tls_error(error, path, "cannot read a CRL in it");
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context),
	                            X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return good;
}

/* As OpenSSL's handshake prepares it for a server. */
static bool prepare(X509_STORE_CTX *chain, SSL_CTX *context, SSL *ssl)
{
	X509_VERIFY_PARAM *rules;

	if (X509_STORE_CTX_init(chain, SSL_CTX_get_cert_store(context), SSL_get0_peer_certificate(ssl),
	                        SSL_get_peer_cert_chain(ssl)) != 1 ||
	    X509_STORE_CTX_set_default(chain, "ssl_client") != 1)
		return false;
	rules = X509_STORE_CTX_get0_param(chain);
	X509_VERIFY_PARAM_set_auth_level(rules, SSL_CTX_get_security_level(context));
	if (X509_VERIFY_PARAM_set1(rules, SSL_CTX_get0_param(context)) != 1)
		return false;
	X509_STORE_CTX_set_verify_cb(chain, tls_verify_client);
	return true;
}

bool tls_verify_peer_again(SSL_CTX *context, SSL *ssl, struct error *error)
{
	X509_STORE_CTX *chain = X509_STORE_CTX_new();
	bool trusted = false;

	if (chain == NULL || SSL_get0_peer_certificate(ssl) == NULL || !prepare(chain, context, ssl))
		error_set(error, "the client's certificate cannot be verified");
	else if (X509_verify_cert(chain) == 1 && X509_STORE_CTX_get_error(chain) == X509_V_OK)
		trusted = true;
	else
		error_set(error, "the client's certificate: %s",
		          X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain)));
	ERR_clear_error();
	X509_STORE_CTX_free(chain);
	return trusted;
}
