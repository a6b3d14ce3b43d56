/* Certificates and CRLs of every kind, good and bad, for tests. Made in memory, written as PEM where a module
 * reads files. Any failure inside ends the test. */
#ifndef QUAYMASTER_TESTS_PKI_H
#define QUAYMASTER_TESTS_PKI_H

#include <openssl/x509.h>
#include <stddef.h>

enum pki_key { PKI_P256, PKI_P384, PKI_RSA_1024, PKI_RSA_2048 };

/* Zeroed means: no such extension, P-256, SHA-256, valid from an hour ago for a day. */
struct pki_spec {
	const char *common_name;                             /* NULL: an empty subject */
	const char *constraints, *key_usage, *usage, *names; /* extensions in openssl.cnf's syntax */
	const char *name_constraints;
	const char *raw_names; /* subjectAltName as hex of its DER, for what OpenSSL would not write */
	const char *raw_critical; /* hex DER of a critical extension nobody knows */
	const char *digest;
	long from_s, until_s; /* from now; both 0: the default */
	enum pki_key key;
	X509_NAME *subject;              /* lent; instead of COMMON_NAME */
	int no_identifiers;              /* without subject and authority key identifier */
	int signature_of_issuer_differs; /* signed by the subject's own key, whatever the issuer */
};

struct pki_entity {
	X509 *certificate;
	EVP_PKEY *key;
};

/* What an authority's certificate usually says. */
extern const struct pki_spec pki_authority;
/* And a client's: clientAuth, digitalSignature. */
extern const struct pki_spec pki_client;

/* ISSUER NULL: self-signed. */
struct pki_entity pki_issue(const struct pki_entity *issuer, const struct pki_spec *spec);
void pki_free(struct pki_entity *entity);

/* A CRL of ISSUER's that names REVOKED (may be NULL), valid until UNTIL_S from now; 0: without a next update. */
X509_CRL *pki_revoke(const struct pki_entity *issuer, const X509 *revoked, long until_s,
                     const char *digest);

/* A fresh directory under TMPDIR; pki_directory_free removes it and the files in it, one level deep. */
char *pki_directory(void);
void pki_directory_free(char *directory);
/* DIRECTORY/NAME, valid until the test ends; up to 64 of them. */
const char *pki_path(const char *directory, const char *name);
void pki_write_certificates(const char *path, X509 *const *certificates, size_t count);
void pki_write_key(const char *path, EVP_PKEY *key);
void pki_write_lists(const char *path, X509_CRL *const *lists, size_t count);

#endif
