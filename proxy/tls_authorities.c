/* Owns the names of trusted authorities, and who else uses them. */
#include "proxy/tls_authorities.h"

#include "policy/error.h"
#include "proxy/tls_verify.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>

struct tls_authorities {
	char **names;
	size_t count, roots;
};

char *tls_name_text(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes = NULL, *copy = NULL;
	long len;

	if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
		len = BIO_get_mem_data(bio, &bytes);
		if (len == 0)
			copy = strdup("");
		else if (len > 0 && memchr(bytes, '\0', (size_t)len) == NULL)
			copy = strndup(bytes, (size_t)len);
	}
	BIO_free(bio);
	return copy;
}

static bool same_key(const X509 *a, const X509 *b)
{
	const EVP_PKEY *left = X509_get0_pubkey(a), *right = X509_get0_pubkey(b);

	return left != NULL && right != NULL && EVP_PKEY_eq(left, right) == 1;
}

static bool is_root(X509 *certificate)
{
	return X509_self_signed(certificate, 1) == 1;
}

static size_t count_roots(STACK_OF(X509) * all)
{
	size_t count = 0;

	for (int i = 0; i < sk_X509_num(all); i++) {
		bool known = !is_root(sk_X509_value(all, i));

		for (int k = 0; !known && k < i; k++)
			known = is_root(sk_X509_value(all, k)) &&
			        same_key(sk_X509_value(all, k), sk_X509_value(all, i));
		count += known ? 0 : 1;
	}
	ERR_clear_error();
	return count;
}

/* Takes ALL over. */
static struct tls_authorities *describe(STACK_OF(X509) * all, struct error *error)
{
	struct tls_authorities *authorities = calloc(1, sizeof *authorities);
	const size_t count = (size_t)sk_X509_num(all);
	bool fine = authorities != NULL;

	if (fine) {
		authorities->roots = count_roots(all);
		authorities->names = calloc(count, sizeof *authorities->names);
		fine = authorities->names != NULL;
	}
	for (; fine && authorities->count < count; authorities->count++) {
		const X509 *one = sk_X509_value(all, (int)authorities->count);

		authorities->names[authorities->count] = tls_name_text(X509_get_subject_name(one));
		fine = authorities->names[authorities->count] != NULL;
	}
	sk_X509_pop_free(all, X509_free);
	if (fine)
		return authorities;
	error_set(error, "no memory for the names of authorities, or one cannot be read");
	tls_authorities_free(authorities);
	return NULL;
}

struct tls_authorities *tls_authorities_of(SSL_CTX *context, struct error *error)
{
	STACK_OF(X509) *all = X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(context));

	if (all == NULL || sk_X509_num(all) == 0) {
		error_set(error, "the trusted authorities cannot be listed");
		sk_X509_pop_free(all, X509_free);
		return NULL;
	}
	return describe(all, error);
}

struct tls_authorities *tls_authorities_read(const char *path, struct error *error)
{
	STACK_OF(X509) *all = tls_verify_read(path, error);

	return all != NULL ? describe(all, error) : NULL;
}

void tls_authorities_free(struct tls_authorities *authorities)
{
	if (authorities == NULL)
		return;
	for (size_t i = 0; i < authorities->count; i++)
		free(authorities->names[i]);
	free(authorities->names);
	free(authorities);
}

size_t tls_authorities_roots(const struct tls_authorities *authorities)
{
	return authorities->roots;
}

const char *tls_authorities_name(const struct tls_authorities *authorities, size_t index)
{
	return index < authorities->count ? authorities->names[index] : NULL;
}

/* True when one of ALL is called as ISSUER is, and none of these is ISSUER. Names are compared as rules see them. */
static bool borrows_name(STACK_OF(X509) * all, const X509 *issuer)
{
	char *name = tls_name_text(X509_get_subject_name(issuer));
	bool borrowed = name == NULL, own = false;

	for (int i = 0; name != NULL && !own && i < sk_X509_num(all); i++) {
		const X509 *one = sk_X509_value(all, i);
		char *other = tls_name_text(X509_get_subject_name(one));
		bool same = other == NULL || strcmp(other, name) == 0;

		own = same && same_key(one, issuer);
		borrowed = borrowed || same;
		free(other);
	}
	free(name);
	return borrowed && !own;
}

bool tls_issuer_is_impostor(X509_STORE_CTX *chain)
{
	STACK_OF(X509) *built = X509_STORE_CTX_get0_chain(chain);
	STACK_OF(X509) *all = X509_STORE_get1_all_certs(X509_STORE_CTX_get0_store(chain));
	bool impostor = all == NULL;

	if (all != NULL && sk_X509_num(built) > 1 && count_roots(all) > 1)
		impostor = borrows_name(all, sk_X509_value(built, 1));
	sk_X509_pop_free(all, X509_free);
	return impostor;
}
