/* Owns making test certificates; knows nothing of the modules under test. */
#define _GNU_SOURCE
#include "tests/unit/pki.h"

#include <dirent.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct pki_spec pki_authority = {.common_name = "Test CA",
                                       .constraints = "critical,CA:TRUE",
                                       .key_usage = "critical,keyCertSign,cRLSign"};
const struct pki_spec pki_client = {.common_name = "client",
                                    .constraints = "critical,CA:FALSE",
                                    .key_usage = "critical,digitalSignature",
                                    .usage = "clientAuth"};

static void must(bool held)
{
	if (!held)
		abort();
}

static EVP_PKEY *make_key(enum pki_key kind)
{
	EVP_PKEY *key = NULL;

	switch (kind) {
	case PKI_P256:
		key = EVP_EC_gen("P-256");
		break;
	case PKI_P384:
		key = EVP_EC_gen("P-384");
		break;
	case PKI_RSA_1024:
		key = EVP_RSA_gen(1024);
		break;
	case PKI_RSA_2048:
		key = EVP_RSA_gen(2048);
		break;
	}
	must(key != NULL);
	return key;
}

static void add(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	if (value == NULL)
		return;
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_nconf_nid(NULL, &context, nid, value);
	must(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static void add_raw(X509 *certificate, const char *oid, int critical, const char *hex)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;
	long len = 0;
	unsigned char *bytes = OPENSSL_hexstr2buf(hex, &len);

	must(object != NULL && data != NULL && bytes != NULL);
	must(ASN1_OCTET_STRING_set(data, bytes, (int)len) == 1);
	extension = X509_EXTENSION_create_by_OBJ(NULL, object, critical, data);
	must(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
	X509_EXTENSION_free(extension);
	OPENSSL_free(bytes);
	ASN1_OCTET_STRING_free(data);
	ASN1_OBJECT_free(object);
}

static void set_subject(X509 *certificate, const struct pki_spec *spec)
{
	X509_NAME *name = spec->subject != NULL ? X509_NAME_dup(spec->subject) : X509_NAME_new();

	must(name != NULL);
	if (spec->common_name != NULL)
		must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		                                (const unsigned char *)spec->common_name, -1, -1, 0) == 1);
	must(X509_set_subject_name(certificate, name) == 1);
	X509_NAME_free(name);
}

static void set_validity(X509 *certificate, const struct pki_spec *spec)
{
	long from = spec->from_s != 0 || spec->until_s != 0 ? spec->from_s : -3600;
	long until = spec->from_s != 0 || spec->until_s != 0 ? spec->until_s : 24 * 3600;

	must(X509_gmtime_adj(X509_getm_notBefore(certificate), from) != NULL);
	must(X509_gmtime_adj(X509_getm_notAfter(certificate), until) != NULL);
}

static void add_extensions(X509 *certificate, X509 *issuer, const struct pki_spec *spec)
{
	if (!spec->no_identifiers) {
		add(certificate, issuer, NID_subject_key_identifier, "hash");
		if (X509_get0_subject_key_id(issuer) != NULL)
			add(certificate, issuer, NID_authority_key_identifier, "keyid");
	}
	add(certificate, issuer, NID_basic_constraints, spec->constraints);
	add(certificate, issuer, NID_key_usage, spec->key_usage);
	add(certificate, issuer, NID_ext_key_usage, spec->usage);
	add(certificate, issuer, NID_subject_alt_name, spec->names);
	add(certificate, issuer, NID_name_constraints, spec->name_constraints);
	if (spec->raw_names != NULL)
		add_raw(certificate, "2.5.29.17", 0, spec->raw_names);
	if (spec->raw_critical != NULL)
		add_raw(certificate, "1.2.3.4.5", 1, spec->raw_critical);
}

struct pki_entity pki_issue(const struct pki_entity *issuer, const struct pki_spec *spec)
{
	static long serial = 0x1000;
	struct pki_entity entity = {X509_new(), make_key(spec->key)};
	X509 *certificate = entity.certificate;
	X509 *above = issuer != NULL ? issuer->certificate : certificate;
	EVP_PKEY *signer =
		issuer != NULL && !spec->signature_of_issuer_differs ? issuer->key : entity.key;

	must(certificate != NULL && X509_set_version(certificate, X509_VERSION_3) == 1);
	must(ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial) == 1);
	set_validity(certificate, spec);
	set_subject(certificate, spec);
	must(X509_set_issuer_name(certificate, X509_get_subject_name(above)) == 1);
	must(X509_set_pubkey(certificate, entity.key) == 1);
	add_extensions(certificate, above, spec);
	must(X509_sign(certificate, signer,
	               spec->digest != NULL ? EVP_get_digestbyname(spec->digest) : EVP_sha256()) > 0);
	return entity;
}

void pki_free(struct pki_entity *entity)
{
	X509_free(entity->certificate);
	EVP_PKEY_free(entity->key);
	entity->certificate = NULL;
	entity->key = NULL;
}

static void add_revoked(X509_CRL *list, const X509 *certificate, ASN1_TIME *when)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_dup(X509_get0_serialNumber(certificate));

	must(entry != NULL && serial != NULL && X509_REVOKED_set_serialNumber(entry, serial) == 1);
	must(X509_REVOKED_set_revocationDate(entry, when) == 1);
	must(X509_CRL_add0_revoked(list, entry) == 1);
	ASN1_INTEGER_free(serial);
}

X509_CRL *pki_revoke(const struct pki_entity *issuer, const X509 *revoked, long until_s,
                     const char *digest)
{
	X509_CRL *list = X509_CRL_new();
	ASN1_TIME *when = ASN1_TIME_new();

	must(list != NULL && when != NULL && X509_CRL_set_version(list, X509_CRL_VERSION_2) == 1);
	must(X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer->certificate)) == 1);
	must(X509_gmtime_adj(when, -7200) != NULL && X509_CRL_set1_lastUpdate(list, when) == 1);
	if (revoked != NULL)
		add_revoked(list, revoked, when);
	if (until_s != 0)
		must(X509_gmtime_adj(when, until_s) != NULL && X509_CRL_set1_nextUpdate(list, when) == 1);
	must(X509_CRL_sort(list) == 1);
	must(X509_CRL_sign(list, issuer->key,
	                   digest != NULL ? EVP_get_digestbyname(digest) : EVP_sha256()) > 0);
	ASN1_TIME_free(when);
	return list;
}

char *pki_directory(void)
{
	const char *base = getenv("TMPDIR");
	char *directory = NULL;

	must(asprintf(&directory, "%s/quaymaster-test.XXXXXX", base != NULL ? base : "/tmp") > 0);
	must(mkdtemp(directory) != NULL);
	return directory;
}

static void remove_files(const char *directory, int deeper)
{
	DIR *list = opendir(directory);
	struct dirent *entry;
	char *path = NULL;

	while (list != NULL && (entry = readdir(list)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		must(asprintf(&path, "%s/%s", directory, entry->d_name) > 0);
		if (unlink(path) != 0 && deeper > 0)
			remove_files(path, deeper - 1);
		free(path);
	}
	if (list != NULL)
		(void)closedir(list);
	(void)rmdir(directory);
}

void pki_directory_free(char *directory)
{
	remove_files(directory, 2);
	free(directory);
}

const char *pki_path(const char *directory, const char *name)
{
	static char paths[64][512];
	static size_t next;
	char *path = paths[next++ % 64];

	must(snprintf(path, sizeof paths[0], "%s/%s", directory, name) < (int)sizeof paths[0]);
	return path;
}

static FILE *create(const char *path)
{
	FILE *file = fopen(path, "we");

	must(file != NULL);
	return file;
}

void pki_write_certificates(const char *path, X509 *const *certificates, size_t count)
{
	FILE *file = create(path);

	for (size_t i = 0; i < count; i++)
		must(PEM_write_X509(file, certificates[i]) == 1);
	must(fclose(file) == 0);
}

void pki_write_key(const char *path, EVP_PKEY *key)
{
	FILE *file = create(path);

	must(PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
	must(fclose(file) == 0);
}

void pki_write_lists(const char *path, X509_CRL *const *lists, size_t count)
{
	FILE *file = create(path);

	for (size_t i = 0; i < count; i++)
		must(PEM_write_X509_CRL(file, lists[i]) == 1);
	must(fclose(file) == 0);
}
