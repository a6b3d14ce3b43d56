/* Seals: the HMAC of RFC 4231's kind, and that nothing passes for another. */
#include "policy/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NONCE "00112233445566778899aabbccddeeff"

static struct seal_key key_of(const char *secret, size_t len)
{
	struct seal_key key;

	seal_key_make(secret, len, &key);
	return key;
}

/* Made by another program: hmac(key, "quaymaster seal 1\0container\0team-a\0" NONCE "\0"). */
static void a_seal_is_an_hmac(void **state)
{
	static const struct {
		char fill;
		size_t len;
		const char *seal;
	} table[] = {
		{'k', 32, NONCE ":f81fbbfe1c5ace7ba9b1ab8e138502859cacb81954ebdd5f24c8b0307d446246"},
		{'k', 64, NONCE ":8a6a8a192b43e220ec625ad80b7509036214e817936dbac3e3f1698f4883075f"},
		{'k', 200, NONCE ":28b66f607a5de73f84030a65d0e3f6354775cbae4368c4e590d018dc8a4c47fd"},
	};
	char secret[256], seal[SEAL_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		memset(secret, table[i].fill, table[i].len);
		struct seal_key key = key_of(secret, table[i].len);
		assert_true(seal_make(&key, &(struct seal_claim){"container", "team-a", NONCE}, seal));
		assert_string_equal(seal, table[i].seal);
		assert_true(seal_holds(&key, "container", "team-a", seal));
	}
}

static void nothing_passes_for_another(void **state)
{
	struct seal_key key = key_of("0123456789abcdef0123456789abcdef", 32);
	struct seal_key other = key_of("0123456789abcdef0123456789abcdeg", 32);
	char seal[SEAL_SIZE];

	(void)state;
	assert_true(seal_make(&key, &(struct seal_claim){"container", "team-a", NONCE}, seal));
	assert_false(seal_holds(&key, "image", "team-a", seal));
	assert_false(seal_holds(&key, "container", "team-b", seal));
	assert_false(seal_holds(&key, "container", "", seal));
	assert_false(seal_holds(&other, "container", "team-a", seal));
	for (size_t i = 0; i < strlen(seal); i++) {
		char changed[SEAL_SIZE];

		memcpy(changed, seal, sizeof changed);
		changed[i] = changed[i] == '0' ? '1' : '0';
		assert_false(seal_holds(&key, "container", "team-a", changed));
	}
}

static void odd_texts_are_no_seals(void **state)
{
	static const char *const nonces[] = {"", "00112233445566778899aabbccddeef",
	                                     "00112233445566778899AABBCCDDEEFF",
	                                     "00112233445566778899aabbccddeeff0"};
	struct seal_key key = key_of("0123456789abcdef0123456789abcdef", 32);
	char seal[SEAL_SIZE], upper[SEAL_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof nonces / sizeof *nonces; i++) {
		assert_false(seal_make(&key, &(struct seal_claim){"image", "a", nonces[i]}, seal));
		assert_string_equal(seal, "");
	}
	assert_true(seal_make(&key, &(struct seal_claim){"image", "a", NONCE}, seal));
	assert_false(seal_holds(&key, "image", "a", ""));
	assert_false(seal_holds(&key, "image", "a", NONCE));
	memcpy(upper, seal, sizeof upper);
	upper[SEAL_NONCE_DIGITS] = ';';
	assert_false(seal_holds(&key, "image", "a", upper));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seal_is_an_hmac),
		cmocka_unit_test(nothing_passes_for_another),
		cmocka_unit_test(odd_texts_are_no_seals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
