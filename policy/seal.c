/* HMAC-SHA256 on sha256.c. The message is unambiguous: no kind, tenant or nonce has a zero byte. */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include "policy/seal.h"

#include "policy/text.h"

#include <string.h>

#define SEAL_DOMAIN "quaymaster seal 1"

static void begin_padded(const uint8_t block[SHA256_BLOCK], uint8_t pad, struct sha256 *hash)
{
	uint8_t padded[SHA256_BLOCK];

	for (size_t i = 0; i < sizeof padded; i++)
		padded[i] = block[i] ^ pad;
	sha256_begin(hash);
	sha256_add(hash, padded, sizeof padded);
}

void seal_key_make(const void *secret, size_t len, struct seal_key *key)
{
	uint8_t block[SHA256_BLOCK] = {0};
	struct sha256 hash;

	if (len > sizeof block) {
		sha256_begin(&hash);
		sha256_add(&hash, secret, len);
		sha256_end_raw(&hash, block);
	} else {
		memcpy(block, secret, len);
	}
	begin_padded(block, 0x36, &key->inner);
	begin_padded(block, 0x5c, &key->outer);
	explicit_bzero(block, sizeof block);
}

/* With the zero byte that ends it. */
static void add_text(struct sha256 *hash, const char *text)
{
	sha256_add(hash, text, strlen(text) + 1);
}

static void authenticate(const struct seal_key *key, const struct seal_claim *claim,
                         char mac[SHA256_DIGITS + 1])
{
	struct sha256 inner = key->inner, outer = key->outer;
	uint8_t digest[SHA256_BYTES];

	add_text(&inner, SEAL_DOMAIN);
	add_text(&inner, claim->kind);
	add_text(&inner, claim->tenant);
	add_text(&inner, claim->nonce);
	sha256_end_raw(&inner, digest);
	sha256_add(&outer, digest, sizeof digest);
	sha256_end(&outer, mac);
}

static bool is_nonce(const char *nonce)
{
	return strlen(nonce) == SEAL_NONCE_DIGITS && text_is_lower_hex(nonce);
}

bool seal_make(const struct seal_key *key, const struct seal_claim *claim, char seal[SEAL_SIZE])
{
	seal[0] = '\0';
	if (!is_nonce(claim->nonce))
		return false;
	memcpy(seal, claim->nonce, SEAL_NONCE_DIGITS);
	seal[SEAL_NONCE_DIGITS] = ':';
	authenticate(key, claim, seal + SEAL_NONCE_DIGITS + 1);
	return true;
}

bool seal_holds(const struct seal_key *key, const char *kind, const char *tenant, const char *text)
{
	char nonce[SEAL_NONCE_DIGITS + 1] = "", expected[SEAL_SIZE];
	unsigned char difference = 0;

	if (strlen(text) != SEAL_SIZE - 1)
		return false;
	memcpy(nonce, text, SEAL_NONCE_DIGITS);
	if (!seal_make(key, &(struct seal_claim){kind, tenant, nonce}, expected))
		return false;
	for (size_t i = 0; i < SEAL_SIZE - 1; i++)
		difference |= (unsigned char)(text[i] ^ expected[i]);
	return difference == 0;
}
