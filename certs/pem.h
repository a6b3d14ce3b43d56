/* Keys, certificates and requests from and to PEM files, with errors that name the file. */
#ifndef QUAYMASTER_CERTS_PEM_H
#define QUAYMASTER_CERTS_PEM_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <sys/types.h>

struct error;

/* Writes "PATH: WHAT (OpenSSL's reason)" and empties OpenSSL's error queue. Returns false always. */
bool pem_error(struct error *error, const char *path, const char *what);

/* The caller frees what these return; NULL with ERROR. A key that is encrypted or that another user could have
 * put there is refused. */
EVP_PKEY *pem_read_key(const char *path, struct error *error);
/* The same for a key of ours, whose mode is set again. A link is refused: who can write to client/ could have us
 * open up any key to all. */
EVP_PKEY *pem_keep_key(const char *path, mode_t mode, struct error *error);
X509 *pem_read_certificate(const char *path, struct error *error);
X509_CRL *pem_read_list(const char *path, struct error *error);
STACK_OF(X509) * pem_read_certificates(const char *path, struct error *error); /* at least one */

/* Keys are written as unencrypted PKCS #8. */
bool pem_write_key(const char *path, mode_t mode, const EVP_PKEY *key, struct error *error);
bool pem_write_certificate(const char *path, mode_t mode, const X509 *certificate,
                           struct error *error);
bool pem_write_list(const char *path, mode_t mode, const X509_CRL *list, struct error *error);
bool pem_write_request(const char *path, mode_t mode, const X509_REQ *request, struct error *error);

#endif
