/* Owns making private keys and keeping those that exist. */
#define _GNU_SOURCE
#include "certs/key.h"

#include "certs/pem.h"
#include "policy/error.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool key_kind_from_text(const char *text, enum key_kind *kind)
{
	static const struct {
		const char *text;
		enum key_kind kind;
	} kinds[] = {{"p256", KEY_P256}, {"rsa2048", KEY_RSA_2048}, {"rsa4096", KEY_RSA_4096}};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(text, kinds[i].text) == 0) {
			*kind = kinds[i].kind;
			return true;
		}
	}
	return false;
}

static EVP_PKEY *make_key(enum key_kind kind)
{
	switch (kind) {
	case KEY_P256:
		return EVP_EC_gen("P-256");
	case KEY_RSA_2048:
		return EVP_RSA_gen(2048);
	case KEY_RSA_4096:
		return EVP_RSA_gen(4096);
	}
	return NULL;
}

EVP_PKEY *key_ensure(const char *path, mode_t mode, enum key_kind kind, struct error *error)
{
	struct stat status;
	EVP_PKEY *key;

	if (lstat(path, &status) == 0 && status.st_size > 0)
		return pem_keep_key(path, mode, error);
	key = make_key(kind);
	if (key == NULL) {
		pem_error(error, path, "cannot make a key");
	} else if (!pem_write_key(path, mode, key, error)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

const EVP_MD *key_digest(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448") ? NULL : EVP_sha256();
}

void key_describe(const EVP_PKEY *key, char *text, size_t size)
{
	char group[32] = "";
	size_t len = 0;
	const char *name;

	if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, &len) == 1) {
		name = EC_curve_nid2nist(OBJ_sn2nid(group));
		(void)snprintf(text, size, "ECDSA %s", name != NULL ? name : group);
		return;
	}
	name = EVP_PKEY_get0_type_name(key);
	(void)snprintf(text, size, "%s %d bits", name != NULL ? name : "unknown",
	               EVP_PKEY_get_bits(key));
}
