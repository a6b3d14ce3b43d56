/* Tags that hold images: what is printed is read back, and for another image, tenant or key it is worth nothing. */
#include "policy/hold.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEX  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd"
#define ID_A "sha256:" HEX "0a"
#define ID_B "sha256:" HEX "0b"
#define NAME "docker.io/library/alpine:3"

static struct seal_key key_of(char fill)
{
	char secret[SEAL_KEY_MIN];
	struct seal_key key;

	memset(secret, fill, sizeof secret);
	seal_key_make(secret, sizeof secret, &key);
	return key;
}

static void what_is_made_is_read(void **state)
{
	const struct seal_key key = key_of('k');
	char tag[HOLD_SIZE], hash[SEAL_NONCE_DIGITS + 1];
	struct hold hold;

	(void)state;
	assert_true(hold_make(&key, "team-a", ID_A, NAME, tag));
	assert_true(hold_read(&key, ID_A, tag, &hold));
	hold_hash(NAME, hash);
	assert_string_equal(hold.tenant, "team-a");
	assert_string_equal(hold.name, hash);
	assert_true(strlen(strrchr(tag, ':') + 1) <= 128); /* as long as a tag may be */
	assert_true(hold_is_reserved(tag));
}

static void nothing_else_holds(void **state)
{
	const struct seal_key key = key_of('k'), other = key_of('o');
	char tag[HOLD_SIZE], changed[HOLD_SIZE + 1];
	struct hold hold;

	(void)state;
	assert_true(hold_make(&key, "team-a", ID_A, NAME, tag));
	assert_false(hold_read(&key, ID_B, tag, &hold));
	assert_false(hold_read(&other, ID_A, tag, &hold));
	assert_false(hold_read(&key, ID_A, "alpine:3", &hold));
	assert_false(hold_read(&key, ID_A, HOLD_DOMAIN, &hold));
	for (size_t i = 0; tag[i] != '\0'; i++) {
		snprintf(changed, sizeof changed, "%s", tag);
		changed[i] = changed[i] == '0' ? '1' : '0';
		assert_false(hold_read(&key, ID_A, changed, &hold));
		changed[i] = '\0';
		assert_false(hold_read(&key, ID_A, changed, &hold));
	}
	snprintf(changed, sizeof changed, "%s0", tag);
	assert_false(hold_read(&key, ID_A, changed, &hold));
}

static void every_spelling_is_reserved(void **state)
{
	(void)state;
	assert_true(hold_is_reserved("quaymaster.invalid/a/held:x"));
	assert_true(hold_is_reserved("docker.io/quaymaster.invalid/a/held"));
	assert_true(hold_is_reserved("index.docker.io/library/quaymaster.invalid/a"));
	assert_false(hold_is_reserved("quaymaster.example/a"));
}

static void names_are_held_in_full(void **state)
{
	static const char *const table[][2] = {
		{"alpine", "docker.io/library/alpine:latest"},
		{"alpine:3", NAME},
		{"index.docker.io/library/alpine:3", NAME},
		{"r.example:5000/x", "r.example:5000/x:latest"},
		{"alpine:3@" ID_A, "docker.io/library/alpine@" ID_A},
	};
	struct arena *arena = arena_new(1 << 16);
	struct reference reference;
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_true(reference_parse(arena, table[i][0], &reference, &error));
		assert_string_equal(hold_name(arena, &reference), table[i][1]);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_made_is_read),
		cmocka_unit_test(nothing_else_holds),
		cmocka_unit_test(every_spelling_is_reserved),
		cmocka_unit_test(names_are_held_in_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
