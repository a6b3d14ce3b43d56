/* SHA-256 (FIPS 180-4), for naming texts by their contents: policy/ knows no OpenSSL. */
#ifndef QUAYMASTER_POLICY_SHA256_H
#define QUAYMASTER_POLICY_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_DIGITS = 64, SHA256_BLOCK = 64, SHA256_BYTES = 32 };

struct sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes added */
	uint8_t block[SHA256_BLOCK];
};

void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t len);
/* Writes the digest in lower-case hexadecimal digits, terminated. HASH is used up. */
void sha256_end(struct sha256 *hash, char digits[SHA256_DIGITS + 1]);
/* The same as bytes. */
void sha256_end_raw(struct sha256 *hash, uint8_t digest[SHA256_BYTES]);

#endif
