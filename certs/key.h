/* Private keys: which kinds we make, and what a key is called. */
#ifndef QUAYMASTER_CERTS_KEY_H
#define QUAYMASTER_CERTS_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;

enum key_kind { KEY_P256, KEY_RSA_2048, KEY_RSA_4096 };

/* Reads "p256", "rsa2048" or "rsa4096". */
bool key_kind_from_text(const char *text, enum key_kind *kind);

/* The key in PATH, which is kept as long as the file is there and not empty; else a new one of KIND, written to
 * PATH. Either way the file has MODE. NULL with ERROR; the caller frees. */
EVP_PKEY *key_ensure(const char *path, mode_t mode, enum key_kind kind, struct error *error);

/* The digest KEY signs with: SHA-256, or NULL for a user's own Edwards key, which brings its own. */
const EVP_MD *key_digest(const EVP_PKEY *key);

/* "ECDSA P-256", "RSA 2048 bits", ... */
void key_describe(const EVP_PKEY *key, char *text, size_t size);

#endif
