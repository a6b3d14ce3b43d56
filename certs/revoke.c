/* Owns what is on the revocation list and how one is signed. */
#include "certs/revoke.h"

#include "certs/authority.h"
#include "certs/layout.h"
#include "certs/pem.h"
#include "policy/error.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SERIAL_DIGITS_MAX = 40 /* RFC 5280 section 4.1.2.2: at most 20 octets */ };

static bool set_times(X509_CRL *list)
{
	ASN1_TIME *now = X509_time_adj_ex(NULL, 0, 0, NULL);
	ASN1_TIME *next = X509_time_adj_ex(NULL, AUTHORITY_VALID_DAYS, 0, NULL);
	bool set = now != NULL && next != NULL && X509_CRL_set1_lastUpdate(list, now) == 1 &&
	           X509_CRL_set1_nextUpdate(list, next) == 1;

	ASN1_TIME_free(next);
	ASN1_TIME_free(now);
	return set;
}

/* Section 5.2.3: each list has a greater number than the one before. */
static bool set_number(X509_CRL *list, const X509_CRL *before)
{
	ASN1_INTEGER *old =
		before != NULL ? X509_CRL_get_ext_d2i(before, NID_crl_number, NULL, NULL) : NULL;
	BIGNUM *number = old != NULL ? ASN1_INTEGER_to_BN(old, NULL) : BN_new();
	ASN1_INTEGER *next = NULL;
	bool set = false;

	if (number != NULL && BN_add_word(number, 1) == 1)
		next = BN_to_ASN1_INTEGER(number, NULL);
	if (next != NULL)
		set = X509_CRL_add1_ext_i2d(list, NID_crl_number, next, 0, 0) == 1;
	ASN1_INTEGER_free(next);
	BN_free(number);
	ASN1_INTEGER_free(old);
	return set;
}

static bool set_issuer(X509_CRL *list, const struct authority *authority)
{
	X509V3_CTX context;
	X509_EXTENSION *identifier;
	bool set;

	X509V3_set_ctx(&context, authority->certificate, NULL, NULL, list, 0);
	identifier = X509V3_EXT_nconf_nid(NULL, &context, NID_authority_key_identifier, "keyid:always");
	set = identifier != NULL && X509_CRL_add_ext(list, identifier, -1) == 1 &&
	      X509_CRL_set_issuer_name(list, X509_get_subject_name(authority->certificate)) == 1;
	X509_EXTENSION_free(identifier);
	return set;
}

static bool add_revoked(X509_CRL *list, const X509_REVOKED *entry)
{
	X509_REVOKED *copy = X509_REVOKED_dup(entry);

	if (copy != NULL && X509_CRL_add0_revoked(list, copy) == 1)
		return true;
	X509_REVOKED_free(copy);
	return false;
}

static bool add_serial(X509_CRL *list, ASN1_INTEGER *serial)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *now = X509_time_adj_ex(NULL, 0, 0, NULL);

	if (entry != NULL && now != NULL && X509_REVOKED_set_serialNumber(entry, serial) == 1 &&
	    X509_REVOKED_set_revocationDate(entry, now) == 1 && X509_CRL_add0_revoked(list, entry) == 1)
		entry = NULL; /* the list's now */
	else
		serial = NULL;
	ASN1_TIME_free(now);
	X509_REVOKED_free(entry);
	return serial != NULL;
}

/* A list of what BEFORE (NULL: nothing) has, and SERIAL (NULL: nothing more). */
static X509_CRL *make_list(const struct authority *authority, X509_CRL *before,
                           ASN1_INTEGER *serial)
{
	X509_CRL *list = X509_CRL_new();
	STACK_OF(X509_REVOKED) *entries = before != NULL ? X509_CRL_get_REVOKED(before) : NULL;
	bool good = list != NULL && X509_CRL_set_version(list, X509_CRL_VERSION_2) == 1 &&
	            set_times(list) && set_issuer(list, authority) && set_number(list, before);

	for (int i = 0; good && i < sk_X509_REVOKED_num(entries); i++)
		good = add_revoked(list, sk_X509_REVOKED_value(entries, i));
	if (good && serial != NULL)
		good = add_serial(list, serial);
	if (good && X509_CRL_sort(list) == 1 &&
	    X509_CRL_sign(list, authority->key, key_digest(authority->key)) > 0)
		return list;
	X509_CRL_free(list);
	return NULL;
}

static bool write_list(const struct layout *layout, const struct authority *authority,
                       X509_CRL *before, ASN1_INTEGER *serial, struct error *error)
{
	const char *path = layout->path[LAYOUT_SERVER_CRL];
	X509_CRL *list = make_list(authority, before, serial);
	bool written = list != NULL ? pem_write_list(path, layout_mode(LAYOUT_SERVER_CRL), list, error)
	                            : pem_error(error, path, "cannot make the revocation list");

	X509_CRL_free(list);
	return written;
}

/* The list that is there, in *LIST, or NULL where there is none. One that another key has signed is refused: to lose what it
 * revokes would let somebody in. */
static bool read_list(const struct layout *layout, const struct authority *authority,
                      X509_CRL **list, struct error *error)
{
	const char *path = layout->path[LAYOUT_SERVER_CRL];

	*list = NULL;
	if (!layout_has(layout, LAYOUT_SERVER_CRL))
		return true;
	*list = pem_read_list(path, error);
	if (*list == NULL)
		return false;
	if (X509_CRL_verify(*list, authority->key) == 1)
		return true;
	X509_CRL_free(*list);
	*list = NULL;
	return pem_error(error, path,
	                 "is not signed by ca/key.pem; what it revokes would be lost: move it away "
	                 "if that is meant");
}

static bool ends_soon(const X509_CRL *list)
{
	int days = 0;
	int seconds = 0;

	return ASN1_TIME_diff(&days, &seconds, NULL, X509_CRL_get0_nextUpdate(list)) != 1 ||
	       days < AUTHORITY_RENEW_DAYS;
}

bool revoke_ensure(const struct layout *layout, const struct authority *authority,
                   struct error *error)
{
	X509_CRL *before;
	bool good = read_list(layout, authority, &before, error);

	if (good && (before == NULL || ends_soon(before)))
		good = write_list(layout, authority, before, NULL, error);
	X509_CRL_free(before);
	return good;
}

static bool is_number(const char *text)
{
	size_t len = strspn(text, "0123456789abcdefABCDEF");

	return len > 0 && len <= SERIAL_DIGITS_MAX && text[len] == '\0';
}

static ASN1_INTEGER *serial_of_digits(const char *digits)
{
	BIGNUM *number = NULL;
	ASN1_INTEGER *serial = NULL;

	if (BN_hex2bn(&number, digits) > 0)
		serial = BN_to_ASN1_INTEGER(number, NULL);
	BN_free(number);
	return serial;
}

static ASN1_INTEGER *serial_of_file(const struct authority *authority, const char *path,
                                    struct error *error)
{
	X509 *certificate = pem_read_certificate(path, error);
	ASN1_INTEGER *serial = NULL;

	if (certificate == NULL)
		return NULL;
	if (X509_verify(certificate, authority->key) != 1)
		pem_error(error, path, "was not issued by this directory's authority");
	else if ((serial = ASN1_INTEGER_dup(X509_get0_serialNumber(certificate))) == NULL)
		pem_error(error, path, "no memory");
	X509_free(certificate);
	return serial;
}

/* What is a file's name and a number as well is a file. */
static ASN1_INTEGER *serial_of(const struct authority *authority, const char *which,
                               struct error *error)
{
	ASN1_INTEGER *serial;

	if (access(which, F_OK) == 0 || !is_number(which))
		return serial_of_file(authority, which, error);
	serial = serial_of_digits(which);
	if (serial == NULL)
		pem_error(error, which, "is no serial number");
	return serial;
}

static enum revoke_result revoke_serial(const struct layout *layout,
                                        const struct authority *authority, ASN1_INTEGER *serial,
                                        struct error *error)
{
	X509_CRL *before;
	X509_REVOKED *entry = NULL;
	enum revoke_result result = REVOKE_FAILED;

	if (!read_list(layout, authority, &before, error))
		return REVOKE_FAILED;
	if (before != NULL && X509_CRL_get0_by_serial(before, &entry, serial) == 1)
		result = REVOKE_WAS_REVOKED;
	else if (write_list(layout, authority, before, serial, error))
		result = REVOKE_DONE;
	X509_CRL_free(before);
	return result;
}

enum revoke_result revoke_one(const char *directory, const char *which, struct error *error)
{
	struct layout layout;
	struct authority authority = {.key = NULL};
	ASN1_INTEGER *serial = NULL;
	enum revoke_result result = REVOKE_FAILED;

	if (layout_open(&layout, directory, error) && layout_prepare(&layout, directory, error) &&
	    authority_load(&authority, &layout, error) &&
	    authority_may_sign_lists(&authority, &layout, error))
		serial = serial_of(&authority, which, error);
	if (serial != NULL)
		result = revoke_serial(&layout, &authority, serial, error);
	ASN1_INTEGER_free(serial);
	authority_close(&authority);
	layout_close(&layout);
	ERR_clear_error();
	return result;
}

int revoke_count(const struct layout *layout, struct error *error)
{
	X509_CRL *list = pem_read_list(layout->path[LAYOUT_SERVER_CRL], error);
	int count = list != NULL ? sk_X509_REVOKED_num(X509_CRL_get_REVOKED(list)) : -1;

	X509_CRL_free(list);
	return list != NULL && count < 0 ? 0 : count;
}
