/* Identities written by hand: each word fills in what it says, and nothing else. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "policy/identity_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct identity read_identity(struct arena *arena, const char *text)
{
	struct error error = {""};
	struct identity identity;

	if (!identity_from_text(arena, text, &identity, &error))
		fail_msg("%s: %s", text, error.text);
	return identity;
}

static void words_fill_in_what_they_say(void **state)
{
	struct arena *arena = arena_new(1 << 16);
	struct identity nobody = read_identity(arena, "nobody");
	struct identity peer = read_identity(arena, "uid=0 user=root tenant=team-a");
	struct identity user = read_identity(arena, "user=job");
	struct identity tls =
		read_identity(arena, "listener=tls address=10.0.0.1:9 cn=a dns=b dns=c ou=d");

	(void)state;
	assert_false(nobody.peer.present || nobody.certificate.present);
	assert_string_equal(nobody.grant.tenant, "");
	assert_true(peer.peer.present && peer.peer.pid > 0 && !peer.certificate.present);
	assert_int_equal(peer.peer.uid, 0);
	assert_int_equal(peer.peer.gid, UINT32_MAX);
	assert_string_equal(peer.peer.user, "root");
	assert_string_equal(peer.grant.tenant, "team-a");
	assert_int_equal(user.peer.uid, UINT32_MAX);
	assert_true(tls.certificate.present && !tls.peer.present);
	assert_string_equal(tls.listener, "tls");
	assert_string_equal(tls.address, "10.0.0.1:9");
	assert_string_equal(tls.certificate.common_name, "a");
	assert_int_equal(tls.certificate.dns.count, 2);
	assert_string_equal(tls.certificate.dns.names[1], "c");
	assert_string_equal(tls.certificate.organizational_units.names[0], "d");
	arena_free(arena);
}

static void what_makes_no_sense_is_told(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{"", "'' is none of listener"},
		{"uid", "'uid' is none of"},
		{"uid=", "'uid' is none of"},
		{"uid=x", "'x' is no number"},
		{"uid=-1", "'-1' is no number"},
		{"uid=4294967295", "is no number"},
		{"gid=1000 uuid=1", "'uuid' is none of"},
		{"uid=1  gid=1", "'' is none of"},
		{"tenant=Team", "'Team' is no tenant's name"},
		{"tenant=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "is no tenant's name"},
		{"somebody", "'somebody' is none of"},
	};
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct error error = {""};
		struct identity identity;

		assert_false(identity_from_text(arena, rows[i].text, &identity, &error));
		if (strstr(error.text, rows[i].words) == NULL)
			fail_msg("'%s': %s", rows[i].text, error.text);
	}
	arena_free(arena);
}

static void names_of_one_kind_are_bounded(void **state)
{
	char text[IDENTITY_NAMES_MAX * 6 + 8] = "dns=a";
	struct arena *arena = arena_new(1 << 16);
	struct error error = {""};
	struct identity identity;

	(void)state;
	for (int i = 1; i < IDENTITY_NAMES_MAX; i++)
		memcpy(text + strlen(text), " dns=a", 7);
	assert_true(identity_from_text(arena, text, &identity, &error));
	memcpy(text + strlen(text), " dns=a", 7);
	assert_false(identity_from_text(arena, text, &identity, &error));
	assert_non_null(strstr(error.text, "more than 32"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_fill_in_what_they_say),
		cmocka_unit_test(what_makes_no_sense_is_told),
		cmocka_unit_test(names_of_one_kind_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
