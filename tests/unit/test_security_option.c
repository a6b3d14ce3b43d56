/* Security options are read as dockerd reads them, and seccomp profiles named by their contents. */
#include "policy/security_option.h"

#include "policy/arena.h"
#include "policy/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void options_are_read_and_printed(void **state)
{
	static const struct {
		const char *text;
		enum security_kind kind;
		const char *printed; /* NULL: of no kind */
	} table[] = {
		{"no-new-privileges", SECURITY_NO_NEW_PRIVILEGES, "no-new-privileges=true"},
		{"no-new-privileges=0", SECURITY_NO_NEW_PRIVILEGES, "no-new-privileges=false"},
		{"no-new-privileges:True", SECURITY_NO_NEW_PRIVILEGES, "no-new-privileges=true"},
		{"no-new-privileges=tRUE", SECURITY_UNKNOWN, NULL},
		{"no-new-privileges= true", SECURITY_UNKNOWN, NULL},
		{"writable-cgroups", SECURITY_WRITABLE_CGROUPS, "writable-cgroups=true"},
		{"writable-cgroups=f", SECURITY_WRITABLE_CGROUPS, "writable-cgroups=false"},
		{"disable", SECURITY_LABEL, "label=disable"},
		{"label:type:x", SECURITY_LABEL, "label=type:x"},
		{"label=", SECURITY_LABEL, "label="},
		{"apparmor=a:b=c", SECURITY_APPARMOR, "apparmor=a:b=c"},
		{"apparmor:a=b", SECURITY_UNKNOWN, NULL},
		{"seccomp={\"a\":1}", SECURITY_SECCOMP, "seccomp={\"a\":1}"},
		{"seccomp:{\"a\":1}", SECURITY_SECCOMP, "seccomp={\"a\":1}"},
		{"Seccomp=x", SECURITY_UNKNOWN, NULL},
		{"seccomp", SECURITY_UNKNOWN, NULL},
		{"label", SECURITY_UNKNOWN, NULL},
		{"", SECURITY_UNKNOWN, NULL},
		{"=", SECURITY_UNKNOWN, NULL},
		{":", SECURITY_UNKNOWN, NULL},
		{"seccom=x", SECURITY_UNKNOWN, NULL},
		{"systempaths=unconfined", SECURITY_UNKNOWN, NULL},
	};
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const struct security_option option = security_option_read(table[i].text);

		if (option.kind != table[i].kind)
			fail_msg("'%s' is of kind %d", table[i].text, option.kind);
		if (table[i].printed != NULL)
			assert_string_equal(security_option_print(arena, &option), table[i].printed);
	}
	arena_free(arena);
}

static bool label_stands_for(const char *text, const char *fallback)
{
	const struct security_option option = security_option_read(text);

	return security_option_stands_for(&option, SECURITY_LABEL, fallback);
}

static void labels_stand_for_those_of_their_key(void **state)
{
	const struct security_option apparmor = security_option_read("apparmor=a");

	(void)state;
	assert_true(label_stands_for("label=type:a_t", "type:b_t"));
	assert_true(label_stands_for("label=disable", "type:b_t"));
	assert_true(label_stands_for("disable", NULL));
	assert_false(label_stands_for("label=level:s0", "type:b_t"));
	assert_false(label_stands_for("label=typ:a_t", "type:b_t"));
	assert_false(label_stands_for("label=types:a_t", "type:b_t"));
	assert_false(label_stands_for("label=", "type:b_t"));
	assert_false(label_stands_for("label=type:a_t", NULL));
	assert_false(label_stands_for("apparmor=type:a_t", "type:b_t"));
	assert_true(security_option_stands_for(&apparmor, SECURITY_APPARMOR, "b"));
}

static void assert_digest(const char *text, const char *expected)
{
	char digits[SHA256_DIGITS + 1];
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, text, strlen(text));
	sha256_end(&hash, digits);
	assert_string_equal(digits, expected);
}

/* FIPS 180-4's examples, and lengths around a block. */
static void sha256_is_the_standards(void **state)
{
	static char million[1000001];

	(void)state;
	assert_digest("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_digest("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	assert_digest("1234567890123456789012345678901234567890123456789012345",
	              "03c3a70e99ed5eeccd80f73771fcf1ece643d939d9ecc76f25544b0233f708e9");
	assert_digest("1234567890123456789012345678901234567890123456789012345678901234",
	              "676491965ed3ec50cb7a63ee96315480a95c54426b0b72bca8a0d4ad1285ad55");
	memset(million, 'a', sizeof million - 1);
	assert_digest(million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void profiles_differ_in_more_than_blanks(void **state)
{
	static const char *const same[] = {"{\"a\":[1,\"x y\"]}", "{ \"a\" :\n[\t1 ,\r\"x y\" ] }  "};
	static const char *const others[] = {"{\"a\":[1,\"xy\"]}", "{\"a\":[1,\"x y \"]}",
	                                     "{\"a\":[1,\"x\\\" y\"]}", "{\"A\":[1,\"x y\"]}", ""};
	struct arena *arena = arena_new(1 << 16);
	const char *digest = security_profile_digest(arena, same[0]);

	(void)state;
	assert_int_equal(strlen(digest), strlen("sha256:") + SHA256_DIGITS);
	assert_string_equal(security_profile_digest(arena, same[1]), digest);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_string_not_equal(security_profile_digest(arena, others[i]), digest);
	/* An escaped quote ends no string. */
	assert_string_not_equal(security_profile_digest(arena, "\"\\\" \""),
	                        security_profile_digest(arena, "\"\\\"\""));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_read_and_printed),
		cmocka_unit_test(labels_stand_for_those_of_their_key),
		cmocka_unit_test(sha256_is_the_standards),
		cmocka_unit_test(profiles_differ_in_more_than_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
