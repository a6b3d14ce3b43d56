/* Owns `certs show` and the verification of a directory's certificates. Changes nothing. */
#define _GNU_SOURCE
#include "certs/check.h"

#include "certs/key.h"
#include "certs/layout.h"
#include "certs/pem.h"
#include "certs/revoke.h"
#include "policy/error.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <time.h>

struct side_files {
	enum layout_file authority, certificate, key;
	int purpose;
};

static const struct side_files sides[] = {
	[CHECK_SERVER] = {LAYOUT_SERVER_CA, LAYOUT_SERVER_CERTIFICATE, LAYOUT_SERVER_KEY,
                      X509_PURPOSE_SSL_SERVER},
	[CHECK_CLIENT] = {LAYOUT_CLIENT_CA, LAYOUT_CLIENT_CERTIFICATE, LAYOUT_CLIENT_KEY,
                      X509_PURPOSE_SSL_CLIENT},
};

static X509_STORE *make_store(STACK_OF(X509) * authorities)
{
	X509_STORE *store = X509_STORE_new();
	bool good = store != NULL;

	for (int i = 0; good && i < sk_X509_num(authorities); i++)
		good = X509_STORE_add_cert(store, sk_X509_value(authorities, i)) == 1;
	if (good)
		return store;
	X509_STORE_free(store);
	return NULL;
}

/* CHAIN is the certificate, then its intermediates. */
static bool verify(STACK_OF(X509) * chain, STACK_OF(X509) * authorities, int purpose,
                   const char *path, struct error *error)
{
	X509_STORE *store = make_store(authorities);
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	bool verified = false;

	if (store == NULL || context == NULL ||
	    X509_STORE_CTX_init(context, store, sk_X509_value(chain, 0), chain) != 1 ||
	    X509_STORE_CTX_set_purpose(context, purpose) != 1) {
		pem_error(error, path, "cannot verify");
	} else if (X509_verify_cert(context) == 1) {
		verified = true;
	} else {
		error_set(error, "%s: does not verify under its ca.pem: %s", path,
		          X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
	}
	ERR_clear_error();
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return verified;
}

bool check_credential(const struct layout *layout, enum check_side side, struct error *error)
{
	const struct side_files *files = &sides[side];
	const char *path = layout->path[files->certificate];
	STACK_OF(X509) *authorities = pem_read_certificates(layout->path[files->authority], error);
	STACK_OF(X509) *chain = authorities != NULL ? pem_read_certificates(path, error) : NULL;
	EVP_PKEY *key = chain != NULL ? pem_read_key(layout->path[files->key], error) : NULL;
	bool good = false;

	if (key != NULL && X509_check_private_key(sk_X509_value(chain, 0), key) != 1)
		pem_error(error, path, "does not belong to the key.pem beside it");
	else if (key != NULL)
		good = verify(chain, authorities, files->purpose, path, error);
	EVP_PKEY_free(key);
	sk_X509_pop_free(chain, X509_free);
	sk_X509_pop_free(authorities, X509_free);
	return good;
}

/* Prints through OpenSSL, which escapes what a name may hold. */
static void print_name(FILE *out, const char *title, const X509_NAME *name)
{
	(void)fprintf(out, "  %-9s ", title);
	if (X509_NAME_print_ex_fp(out, name, 0, XN_FLAG_RFC2253) <= 0)
		(void)fprintf(out, "(none)");
	(void)fprintf(out, "\n");
}

static void print_extension(FILE *out, const X509 *certificate, int nid, const char *title)
{
	int index = X509_get_ext_by_NID(certificate, nid, -1);
	BIO *bio = index >= 0 ? BIO_new(BIO_s_mem()) : NULL;
	char *text = NULL;
	long len = 0;

	if (bio != NULL && X509V3_EXT_print(bio, X509_get_ext(certificate, index), 0, 0) == 1)
		len = BIO_get_mem_data(bio, &text);
	(void)fprintf(out, "  %-9s %.*s\n", title, len > 0 ? (int)len : 6, len > 0 ? text : "(none)");
	BIO_free(bio);
}

static void print_time(FILE *out, const ASN1_TIME *when)
{
	struct tm broken_down;

	if (ASN1_TIME_to_tm(when, &broken_down) == 1)
		(void)fprintf(out, "%04d-%02d-%02d %02d:%02d:%02d UTC", broken_down.tm_year + 1900,
		              broken_down.tm_mon + 1, broken_down.tm_mday, broken_down.tm_hour,
		              broken_down.tm_min, broken_down.tm_sec);
	else
		(void)fprintf(out, "(malformed)");
}

/* False when the certificate is not valid now. */
static bool print_validity(FILE *out, const X509 *certificate)
{
	const ASN1_TIME *until = X509_get0_notAfter(certificate);
	bool started = X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0;
	bool ended = X509_cmp_current_time(until) <= 0;
	int days = 0;
	int seconds = 0;

	(void)fprintf(out, "  %-9s ", "valid");
	print_time(out, X509_get0_notBefore(certificate));
	(void)fprintf(out, " to ");
	print_time(out, until);
	if (!started)
		(void)fprintf(out, ": NOT YET VALID\n");
	else if (ended || ASN1_TIME_diff(&days, &seconds, NULL, until) != 1)
		(void)fprintf(out, ": EXPIRED\n");
	else
		(void)fprintf(out, ": %d days left\n", days);
	return started && !ended;
}

static bool print_certificate(FILE *out, const char *path, X509 *certificate)
{
	char key[64] = "unreadable";
	bool valid;

	if (X509_get0_pubkey(certificate) != NULL)
		key_describe(X509_get0_pubkey(certificate), key, sizeof key);
	(void)fprintf(out, "%s\n", path);
	print_name(out, "subject", X509_get_subject_name(certificate));
	print_name(out, "issuer", X509_get_issuer_name(certificate));
	print_extension(out, certificate, NID_subject_alt_name, "names");
	print_extension(out, certificate, NID_ext_key_usage, "usage");
	valid = print_validity(out, certificate);
	(void)fprintf(out, "  %-9s %s\n", "key", key);
	ERR_clear_error();
	return valid;
}

static bool show_file(const struct layout *layout, enum layout_file file, const char *advice,
                      FILE *out)
{
	struct error error = {""};
	STACK_OF(X509) * all;
	bool valid = true;

	if (!layout_has(layout, file)) {
		(void)fprintf(out, "%s\n  MISSING: %s\n", layout->path[file], advice);
		return false;
	}
	all = pem_read_certificates(layout->path[file], &error);
	if (all == NULL) {
		(void)fprintf(out, "%s\n", error.text);
		return false;
	}
	for (int i = 0; i < sk_X509_num(all); i++)
		valid = print_certificate(out, layout->path[file], sk_X509_value(all, i)) && valid;
	sk_X509_pop_free(all, X509_free);
	return valid;
}

static bool show_side(const struct layout *layout, enum check_side side, FILE *out)
{
	struct error error = {""};
	bool good = check_credential(layout, side, &error);

	if (good)
		(void)fprintf(out, "%s: verifies, and belongs to its key\n",
		              layout->path[sides[side].certificate]);
	else
		(void)fprintf(out, "PROBLEM: %s\n", error.text);
	return good;
}

/* Where there is a list at all: docker:dind makes none. */
static bool show_revoked(const struct layout *layout, FILE *out)
{
	struct error error = {""};
	int count;

	if (!layout_has(layout, LAYOUT_SERVER_CRL))
		return true;
	count = revoke_count(layout, &error);
	if (count < 0)
		(void)fprintf(out, "PROBLEM: %s\n", error.text);
	else
		(void)fprintf(out, "%s: %d revoked\n", layout->path[LAYOUT_SERVER_CRL], count);
	return count >= 0;
}

bool check_show(const struct layout *layout, FILE *out)
{
	static const char make[] = "run 'quaymaster certs init'";
	bool own = !layout_is_user_managed(layout);
	bool good = true;

	if (!own)
		(void)fprintf(
			out,
			"The authority is yours (there is no ca/key.pem); quaymaster writes nothing here.\n");
	if (own)
		good = show_file(layout, LAYOUT_CA_CERTIFICATE, make, out);
	good = show_file(layout, LAYOUT_SERVER_CA, make, out) && good;
	good = show_file(layout, LAYOUT_SERVER_CERTIFICATE, make, out) && good;
	good = show_revoked(layout, out) && good;
	if (own) {
		good = show_file(layout, LAYOUT_CLIENT_CERTIFICATE, make, out) && good;
		good = show_file(layout, LAYOUT_CLIENT_CA,
		                 "'quaymaster run' puts it there when its listener is up", out) &&
		       good;
	}
	good = show_side(layout, CHECK_SERVER, out) && good;
	if (own && layout_has(layout, LAYOUT_CLIENT_CA))
		good = show_side(layout, CHECK_CLIENT, out) && good;
	return good;
}
