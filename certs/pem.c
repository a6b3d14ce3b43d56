/* Owns PEM reading and writing. Writing is by layout_write, so a file is whole or untouched. */
#define _GNU_SOURCE
#include "certs/pem.h"

#include "certs/layout.h"
#include "policy/error.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CERTIFICATES_MAX = 256 };

static char no_password[] = ""; /* given none at all, OpenSSL would ask the terminal */

bool pem_error(struct error *error, const char *path, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	if (reason == NULL)
		return error_set(error, "%s: %s", path, what);
	return error_set(error, "%s: %s (%s)", path, what, reason);
}

/* FLAGS may be O_NOFOLLOW. O_NONBLOCK, so that a pipe is refused and not waited for. */
static int open_regular(const char *path, int flags, struct stat *status, struct error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);

	if (fd < 0 && errno == ELOOP && flags != 0) {
		error_set(error, "%s: is a symbolic link, which is not followed here; remove it", path);
	} else if (fd < 0 || fstat(fd, status) != 0) {
		layout_error(error, path, "cannot read");
	} else if (!S_ISREG(status->st_mode)) {
		error_set(error, "%s: is not a regular file", path);
	} else {
		return fd;
	}
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static BIO *open_pem(const char *path, int flags, struct stat *status, struct error *error)
{
	int fd = open_regular(path, flags, status, error);
	FILE *file;
	BIO *bio;

	ERR_clear_error();
	if (fd < 0)
		return NULL;
	file = fdopen(fd, "r");
	if (file == NULL) {
		(void)close(fd);
		error_set(error, "%s: no memory", path);
		return NULL;
	}
	bio = BIO_new_fp(file, BIO_CLOSE);
	if (bio == NULL) {
		(void)fclose(file);
		error_set(error, "%s: no memory", path);
	}
	return bio;
}

/* client/ is world-writable in docker's images: a key that somebody else left there is known to somebody else.
 * Whoever owns the directory could replace what is in it anyway. */
static bool is_ours(const char *path, const struct stat *status)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
	struct stat parent;
	bool ours =
		status->st_uid == 0 || status->st_uid == geteuid() ||
		(directory != NULL && stat(directory, &parent) == 0 && parent.st_uid == status->st_uid);

	free(directory);
	return ours;
}

static EVP_PKEY *read_key(const char *path, BIO *bio, const struct stat *status,
                          struct error *error)
{
	EVP_PKEY *key;

	if (!is_ours(path, status)) {
		error_set(error,
		          "%s: belongs to user %u, who may know this key; remove it or change its owner",
		          path, (unsigned)status->st_uid);
		return NULL;
	}
	key = PEM_read_bio_PrivateKey(bio, NULL, NULL, no_password);
	if (key == NULL)
		pem_error(error, path,
		          "no private key without a pass phrase in it; remove it to get a new one");
	return key;
}

EVP_PKEY *pem_read_key(const char *path, struct error *error)
{
	struct stat status;
	BIO *bio = open_pem(path, 0, &status, error);
	EVP_PKEY *key = bio != NULL ? read_key(path, bio, &status, error) : NULL;

	BIO_free(bio);
	return key;
}

EVP_PKEY *pem_keep_key(const char *path, mode_t mode, struct error *error)
{
	struct stat status;
	BIO *bio = open_pem(path, O_NOFOLLOW, &status, error);
	EVP_PKEY *key = bio != NULL ? read_key(path, bio, &status, error) : NULL;
	FILE *file = NULL;

	if (key != NULL && (status.st_mode & 07777) != mode &&
	    (BIO_get_fp(bio, &file) <= 0 || fchmod(fileno(file), mode) != 0)) {
		layout_error(error, path, "cannot set its mode");
		EVP_PKEY_free(key);
		key = NULL;
	}
	BIO_free(bio);
	return key;
}

STACK_OF(X509) * pem_read_certificates(const char *path, struct error *error)
{
	struct stat status;
	BIO *bio = open_pem(path, 0, &status, error);
	STACK_OF(X509) *all = sk_X509_new_null();
	X509 *one = NULL;
	bool complete;

	if (bio == NULL)
		goto failed;
	while (all != NULL && sk_X509_num(all) < CERTIFICATES_MAX &&
	       (one = PEM_read_bio_X509(bio, NULL, NULL, no_password)) != NULL) {
		if (sk_X509_push(all, one) == 0)
			X509_free(one);
	}
	complete = one == NULL && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	if (all == NULL || sk_X509_num(all) == 0 || !complete) {
		pem_error(error, path, "cannot read a certificate in it");
		goto failed;
	}
	ERR_clear_error();
	BIO_free(bio);
	return all;
failed:
	BIO_free(bio);
	sk_X509_pop_free(all, X509_free);
	return NULL;
}

X509 *pem_read_certificate(const char *path, struct error *error)
{
	STACK_OF(X509) *all = pem_read_certificates(path, error);
	X509 *first = all != NULL ? sk_X509_shift(all) : NULL;

	sk_X509_pop_free(all, X509_free);
	return first;
}

X509_CRL *pem_read_list(const char *path, struct error *error)
{
	BIO *bio;
	X509_CRL *list;

	ERR_clear_error();
	bio = BIO_new_file(path, "r");
	list = bio != NULL ? PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL) : NULL;
	if (list == NULL)
		pem_error(error, path, "cannot read a revocation list in it");
	BIO_free(bio);
	return list;
}

/* Takes BIO, whose content becomes the file unless ENCODED is false. */
static bool write_bio_take(BIO *bio, bool encoded, const char *path, mode_t mode,
                           struct error *error)
{
	char *bytes = NULL;
	long len = bio != NULL && encoded ? BIO_get_mem_data(bio, &bytes) : 0;
	bool written = len > 0 ? layout_write(path, mode, bytes, (size_t)len, error)
	                       : pem_error(error, path, "cannot encode");

	if (len > 0)
		OPENSSL_cleanse(bytes, (size_t)len);
	BIO_free(bio);
	return written;
}

bool pem_write_key(const char *path, mode_t mode, const EVP_PKEY *key, struct error *error)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool encoded =
		bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;

	return write_bio_take(bio, encoded, path, mode, error);
}

bool pem_write_certificate(const char *path, mode_t mode, const X509 *certificate,
                           struct error *error)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool encoded = bio != NULL && PEM_write_bio_X509(bio, certificate) == 1;

	return write_bio_take(bio, encoded, path, mode, error);
}

bool pem_write_list(const char *path, mode_t mode, const X509_CRL *list, struct error *error)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool encoded = bio != NULL && PEM_write_bio_X509_CRL(bio, list) == 1;

	return write_bio_take(bio, encoded, path, mode, error);
}

bool pem_write_request(const char *path, mode_t mode, const X509_REQ *request, struct error *error)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool encoded = bio != NULL && PEM_write_bio_X509_REQ(bio, request) == 1;

	return write_bio_take(bio, encoded, path, mode, error);
}
