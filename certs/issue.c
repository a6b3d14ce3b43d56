/* Owns which certificates the layout holds: subjects, usages, where they go and in which order. */
#define _GNU_SOURCE
#include "certs/issue.h"

#include "certs/authority.h"
#include "certs/check.h"
#include "certs/layout.h"
#include "certs/names.h"
#include "certs/pem.h"
#include "certs/revoke.h"
#include "policy/error.h"

#include <errno.h>
#include <limits.h>
#include <openssl/bn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	OWN_KEY_MODE = 0600, /* of a client's key outside the layout */
	CERTIFICATE_MODE = 0644,
	OUTPUT_MODE = 0700
};

/* The files of one key and its certificate; NULL where one is not wanted. */
struct credential {
	const char *key, *certificate, *authority, *request, *config;
	mode_t key_mode;
};

struct issuer {
	struct layout *layout;
	struct authority authority;
	enum key_kind kind; /* of keys that do not exist yet */
};

/* docker:dind keeps the certificate requests too. */
static bool write_request(const struct credential *files, const struct authority_request *wanted,
                          struct error *error)
{
	X509_REQ *request = X509_REQ_new();
	X509_NAME *subject = X509_NAME_new();
	const unsigned char *name = (const unsigned char *)wanted->common_name;
	bool made = request != NULL && subject != NULL &&
	            X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
	            X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1 &&
	            X509_REQ_set_subject_name(request, subject) == 1 &&
	            X509_REQ_set_pubkey(request, wanted->key) == 1 &&
	            X509_REQ_sign(request, wanted->key, key_digest(wanted->key)) > 0;
	bool written = made ? pem_write_request(files->request, CERTIFICATE_MODE, request, error)
	                    : pem_error(error, files->request, "cannot make the certificate request");

	X509_NAME_free(subject);
	X509_REQ_free(request);
	return written;
}

/* The extensions as `openssl x509 -extfile FILE -extensions x509_exts` reads them. */
static bool write_config(const struct credential *files, const struct authority_request *wanted,
                         struct error *error)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool good = out != NULL;

	if (good) {
		(void)fprintf(out, "[ x509_exts ]\n");
		if (wanted->names != NULL)
			(void)fprintf(out, "subjectAltName = %s\n", wanted->names);
		(void)fprintf(out, "extendedKeyUsage = %s\n", wanted->usage);
		good = ferror(out) == 0;
		good = fclose(out) == 0 && good;
	}
	good = good ? layout_write(files->config, CERTIFICATE_MODE, text, len, error)
	            : error_set(error, "%s: no memory", files->config);
	free(text);
	return good;
}

static bool write_serial(const struct layout *layout, const X509 *certificate, struct error *error)
{
	const char *path = layout->path[LAYOUT_CA_SERIAL];
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	char *hex = number != NULL ? BN_bn2hex(number) : NULL;
	char line[64];
	int len = hex != NULL ? snprintf(line, sizeof line, "%s\n", hex) : -1;

	OPENSSL_free(hex);
	BN_free(number);
	if (len < 0 || (size_t)len >= sizeof line)
		return pem_error(error, path, "cannot write the serial number");
	return layout_write(path, layout_mode(LAYOUT_CA_SERIAL), line, (size_t)len, error);
}

/* Makes one credential, FILES and all. The certificate comes after what it needs; WANTED's key is set here. */
static bool issue(const struct issuer *issuer, const struct credential *files,
                  struct authority_request *wanted, struct error *error)
{
	X509 *certificate = NULL;
	bool issued = false;

	wanted->key = key_ensure(files->key, files->key_mode, issuer->kind, error);
	if (wanted->key == NULL)
		return false;
	if ((files->request == NULL || write_request(files, wanted, error)) &&
	    (files->config == NULL || write_config(files, wanted, error)))
		certificate = authority_sign(&issuer->authority, wanted, error);
	if (certificate != NULL)
		issued = write_serial(issuer->layout, certificate, error) &&
		         pem_write_certificate(files->certificate, CERTIFICATE_MODE, certificate, error) &&
		         (files->authority == NULL ||
		          pem_write_certificate(files->authority, CERTIFICATE_MODE,
		                                issuer->authority.certificate, error));
	X509_free(certificate);
	EVP_PKEY_free(wanted->key);
	wanted->key = NULL;
	return issued;
}

static bool issue_server(const struct issuer *issuer, const char *extra_names, struct error *error)
{
	char *const *path = issuer->layout->path;
	const struct credential files = {.key = path[LAYOUT_SERVER_KEY],
	                                 .certificate = path[LAYOUT_SERVER_CERTIFICATE],
	                                 .authority = path[LAYOUT_SERVER_CA],
	                                 .request = path[LAYOUT_SERVER_REQUEST],
	                                 .config = path[LAYOUT_SERVER_CONFIG],
	                                 .key_mode = layout_mode(LAYOUT_SERVER_KEY)};
	char *names = names_gather(extra_names, error);
	struct authority_request wanted = {.common_name = "docker:dind server",
	                                   .usage = "serverAuth",
	                                   .names = names};
	bool issued = names != NULL && issue(issuer, &files, &wanted, error);

	free(names);
	return issued;
}

static bool issue_layout_client(const struct issuer *issuer, struct error *error)
{
	char *const *path = issuer->layout->path;
	const struct credential files = {.key = path[LAYOUT_CLIENT_KEY],
	                                 .certificate = path[LAYOUT_CLIENT_CERTIFICATE],
	                                 .request = path[LAYOUT_CLIENT_REQUEST],
	                                 .config = path[LAYOUT_CLIENT_CONFIG],
	                                 .key_mode = layout_mode(LAYOUT_CLIENT_KEY)};
	struct authority_request wanted = {.common_name = "docker:dind client", .usage = "clientAuth"};

	return issue(issuer, &files, &wanted, error);
}

static bool issue_parts(struct layout *layout, const struct issue_request *request,
                        struct error *error)
{
	struct issuer issuer = {.layout = layout, .kind = request->kind};
	bool issued = layout_prepare(layout, request->directory, error);

	if (issued && layout_has(layout, LAYOUT_CA_CERTIFICATE) && !layout_has(layout, LAYOUT_CA_KEY))
		issued =
			error_set(error,
		              "%s: has no ca/key.pem beside it to sign with; add that key, or put your own "
		              "server/{ca,cert,key}.pem in place",
		              layout->path[LAYOUT_CA_CERTIFICATE]);
	if (issued)
		issued = (request->parts & ISSUE_AUTHORITY) != 0
		             ? authority_ensure(&issuer.authority, layout, request->kind, error)
		             : authority_load(&issuer.authority, layout, error) &&
		                   authority_may_sign_lists(&issuer.authority, layout, error);
	if (issued && (request->parts & ISSUE_SERVER) != 0)
		issued = issue_server(&issuer, request->names, error);
	if (issued && (request->parts & ISSUE_CLIENT) != 0)
		issued = issue_layout_client(&issuer, error);
	if (issued)
		issued = revoke_ensure(layout, &issuer.authority, error);
	authority_close(&issuer.authority);
	return issued;
}

enum issue_result issue_layout(const struct issue_request *request, struct error *error)
{
	struct layout layout;
	enum issue_result result = ISSUE_FAILED;

	if (!layout_open(&layout, request->directory, error)) {
		layout_close(&layout);
		return ISSUE_FAILED;
	}
	if (layout_is_user_managed(&layout)) {
		if (check_credential(&layout, CHECK_SERVER, error))
			result = ISSUE_USER_MANAGED;
	} else if (issue_parts(&layout, request, error)) {
		result = ISSUE_DONE;
	}
	layout_close(&layout);
	return result;
}

/* Sets a path in DIRECTORY; false when it does not fit. */
static bool set_path(char *path, size_t size, const char *directory, const char *name)
{
	int len = snprintf(path, size, "%s/%s", directory, name);

	return len > 0 && (size_t)len < size;
}

static bool issue_into(const struct issuer *issuer, const struct issue_client *client,
                       struct error *error)
{
	char key[PATH_MAX];
	char certificate[PATH_MAX];
	char authority[PATH_MAX];
	const struct credential files = {.key = key,
	                                 .certificate = certificate,
	                                 .authority = authority,
	                                 .key_mode = OWN_KEY_MODE};
	struct authority_request wanted = {.common_name = client->common_name,
	                                   .usage = "clientAuth",
	                                   .names = client->names};

	if (!set_path(key, sizeof key, client->output, "key.pem") ||
	    !set_path(certificate, sizeof certificate, client->output, "cert.pem") ||
	    !set_path(authority, sizeof authority, client->output, "ca.pem"))
		return error_set(error, "%s: is too long a path", client->output);
	if (mkdir(client->output, OUTPUT_MODE) != 0 && errno != EEXIST)
		return layout_error(error, client->output, "cannot make this directory");
	return issue(issuer, &files, &wanted, error);
}

bool issue_client(const struct issue_client *client, struct error *error)
{
	struct layout layout;
	struct issuer issuer = {.layout = &layout, .kind = client->kind};
	bool issued = layout_open(&layout, client->directory, error) &&
	              layout_prepare(&layout, client->directory, error) &&
	              authority_load(&issuer.authority, &layout, error) &&
	              issue_into(&issuer, client, error);

	authority_close(&issuer.authority);
	layout_close(&layout);
	return issued;
}
