/* Owns the authority's key and certificate and the making of every certificate. Where an issued one is stored,
 * and whose it is, is issue.c's matter. */
#include "certs/authority.h"

#include "certs/layout.h"
#include "certs/pem.h"
#include "policy/error.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

static const char common_name[] = "docker:dind CA";

struct extension {
	int nid;
	const char *value;
};

enum { SERIAL_BITS = 128 };

/* RFC 5280 §4.1.2.2: positive, at most 20 octets. The top bit is set, so that it is never zero. */
static bool set_serial(X509 *certificate)
{
	BIGNUM *number = BN_new();
	ASN1_INTEGER *serial = NULL;
	bool set = false;

	if (number != NULL && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1)
		serial = BN_to_ASN1_INTEGER(number, NULL);
	if (serial != NULL)
		set = X509_set_serialNumber(certificate, serial) == 1;
	ASN1_INTEGER_free(serial);
	BN_free(number);
	return set;
}

static bool set_validity(X509 *certificate)
{
	time_t now = time(NULL);

	return X509_time_adj_ex(X509_getm_notBefore(certificate), 0, 0, &now) != NULL &&
	       X509_time_adj_ex(X509_getm_notAfter(certificate), AUTHORITY_VALID_DAYS, 0, &now) != NULL;
}

static bool set_subject(X509 *certificate, const char *name)
{
	X509_NAME *subject = X509_NAME_new();
	bool set = subject != NULL &&
	           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name,
	                                      -1, -1, 0) == 1 &&
	           X509_set_subject_name(certificate, subject) == 1;

	X509_NAME_free(subject);
	return set;
}

static bool add_extension(X509 *certificate, X509 *issuer, const struct extension *extension)
{
	X509V3_CTX context;
	X509_EXTENSION *made;
	bool added;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	made = X509V3_EXT_nconf_nid(NULL, &context, extension->nid, extension->value);
	added = made != NULL && X509_add_ext(certificate, made, -1) == 1;
	X509_EXTENSION_free(made);
	return added;
}

/* The subject key identifier stands first: the authority's own AKI is made from it. */
static X509 *make_certificate(const char *name, EVP_PKEY *key, const struct authority *signer,
                              const struct extension *extensions, size_t count)
{
	const struct extension identifiers[] = {{NID_subject_key_identifier, "hash"},
	                                        {NID_authority_key_identifier, "keyid:always"}};
	X509 *certificate = X509_new();
	X509 *issuer = signer->certificate != NULL ? signer->certificate : certificate;
	bool good = certificate != NULL && X509_set_version(certificate, X509_VERSION_3) == 1 &&
	            set_serial(certificate) && set_validity(certificate) &&
	            set_subject(certificate, name) &&
	            X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
	            X509_set_pubkey(certificate, key) == 1;

	for (size_t i = 0; good && i < 2; i++)
		good = add_extension(certificate, issuer, &identifiers[i]);
	for (size_t i = 0; good && i < count; i++)
		good = extensions[i].value == NULL || add_extension(certificate, issuer, &extensions[i]);
	if (good && X509_sign(certificate, signer->key, key_digest(signer->key)) > 0)
		return certificate;
	X509_free(certificate);
	return NULL;
}

X509 *authority_sign(const struct authority *authority, const struct authority_request *request,
                     struct error *error)
{
	const struct extension extensions[] = {{NID_ext_key_usage, request->usage},
	                                       {NID_subject_alt_name, request->names}};
	X509 *made;

	ERR_clear_error();
	made = make_certificate(request->common_name, request->key, authority, extensions, 2);
	if (made == NULL)
		pem_error(error, request->common_name, "cannot make this certificate; check its names");
	return made;
}

static bool make_root(struct authority *authority, const struct layout *layout, struct error *error)
{
	const struct extension extensions[] = {{NID_basic_constraints, "critical,CA:TRUE"},
	                                       {NID_key_usage,
	                                        "critical,digitalSignature,keyCertSign,cRLSign"}};

	ERR_clear_error();
	X509_free(authority->certificate);
	authority->certificate = NULL;
	authority->certificate =
		make_certificate(common_name, authority->key, authority, extensions, 2);
	if (authority->certificate == NULL)
		return pem_error(error, layout->path[LAYOUT_CA_CERTIFICATE],
		                 "cannot make the authority's certificate");
	return pem_write_certificate(layout->path[LAYOUT_CA_CERTIFICATE],
	                             layout_mode(LAYOUT_CA_CERTIFICATE), authority->certificate, error);
}

static bool ends_soon(const X509 *certificate)
{
	int days = 0;
	int seconds = 0;

	return ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)) != 1 ||
	       days < AUTHORITY_RENEW_DAYS;
}

/* RFC 5280 section 4.2.1.3. */
static bool signs_lists(X509 *certificate)
{
	return (X509_get_key_usage(certificate) & KU_CRL_SIGN) != 0;
}

bool authority_may_sign_lists(struct authority *authority, const struct layout *layout,
                              struct error *error)
{
	return signs_lists(authority->certificate) ||
	       (make_root(authority, layout, error) &&
	        pem_write_certificate(layout->path[LAYOUT_SERVER_CA], layout_mode(LAYOUT_SERVER_CA),
	                              authority->certificate, error));
}

bool authority_ensure(struct authority *authority, const struct layout *layout, enum key_kind kind,
                      struct error *error)
{
	memset(authority, 0, sizeof *authority);
	authority->key =
		key_ensure(layout->path[LAYOUT_CA_KEY], layout_mode(LAYOUT_CA_KEY), kind, error);
	if (authority->key == NULL)
		return false;
	if (layout_has(layout, LAYOUT_CA_CERTIFICATE)) {
		authority->certificate = pem_read_certificate(layout->path[LAYOUT_CA_CERTIFICATE], error);
		if (authority->certificate == NULL)
			return false;
		if (X509_check_private_key(authority->certificate, authority->key) == 1 &&
		    !ends_soon(authority->certificate) && signs_lists(authority->certificate))
			return true;
	}
	return make_root(authority, layout, error);
}

bool authority_load(struct authority *authority, const struct layout *layout, struct error *error)
{
	memset(authority, 0, sizeof *authority);
	authority->key = pem_read_key(layout->path[LAYOUT_CA_KEY], error);
	if (authority->key == NULL)
		return false;
	authority->certificate = pem_read_certificate(layout->path[LAYOUT_CA_CERTIFICATE], error);
	if (authority->certificate == NULL)
		return false;
	if (X509_check_private_key(authority->certificate, authority->key) != 1)
		return pem_error(error, layout->path[LAYOUT_CA_CERTIFICATE],
		                 "does not belong to ca/key.pem; run 'quaymaster certs init'");
	return true;
}

void authority_close(struct authority *authority)
{
	EVP_PKEY_free(authority->key);
	X509_free(authority->certificate);
	memset(authority, 0, sizeof *authority);
}
