/* Identities written by hand: each word fills in what it says, and nothing else. */
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "policy/identity_text.h"
#include "policy/load.h"
#include "policy/policy.h"
#include "tests/unit/settings_text.h"

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

static void words_of_a_container(void **state)
{
	struct arena *arena = arena_new(1 << 16);
	struct identity job =
		read_identity(arena,
	                  "label.ci.job=4:2 label.x=a=b container.name=web container.image=alpine");
	struct identity host = read_identity(arena, "user=root container=none");
	struct identity unknown = read_identity(arena, "container=unknown label.x=1");
	struct identity made = read_identity(arena, "container=0a container.tenant=blue");

	(void)state;
	assert_true(job.peer.present && job.peer.pid > 0);
	assert_int_equal(job.container.state, CONTAINER_PRESENT);
	assert_int_equal(job.container.label_count, 2);
	assert_string_equal(job.container.labels[0], "ci.job=4:2");
	assert_string_equal(job.container.labels[1], "x=a=b");
	assert_string_equal(job.container.name, "web");
	assert_string_equal(job.container.image, "alpine");
	assert_int_equal(host.container.state, CONTAINER_NONE);
	assert_int_equal(unknown.container.state, CONTAINER_UNKNOWN);
	assert_string_equal(made.container.id, "0a");
	assert_string_equal(made.container.tenant, "blue");
	arena_free(arena);
}

static void containers_of_the_other_notation(void **state)
{
	struct arena *arena = arena_new(1 << 16);
	struct error error = {.text = ""};
	struct written_identity who;

	(void)state;
	assert_true(identity_text_read(arena, "label.ci.job:4,label.x:a,b,container.name:web,user:me",
	                               &who, &error));
	assert_int_equal(who.identity.container.label_count, 2);
	assert_string_equal(who.identity.container.labels[0], "ci.job=4");
	assert_string_equal(who.identity.container.labels[1], "x=a,b");
	assert_string_equal(who.identity.container.name, "web");
	assert_string_equal(who.identity.peer.user, "me");
	arena_free(arena);
}

static void what_makes_no_sense_is_told(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{"", "'' is none of listener"},
		{"uid", "'uid' is none of"},
		{"uid=", "uid has no value"},
		{"policy=ci", "'policy=ci' is none of"},
		{"uid=x", "'x' is no number"},
		{"uid=-1", "'-1' is no number"},
		{"uid=4294967295", "is no number"},
		{"gid=1000 uuid=1", "'uuid=1' is none of"},
		{"uid=1  gid=1", "'' is none of"},
		{"tenant=Team", "'Team' is no tenant's name"},
		{"tenant=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "is no tenant's name"},
		{"somebody", "'somebody' is none of"},
		{"container=web", "'web' is no container: it must be an id"},
		{"container=0a container=none", "container is given twice"},
		{"container.tenant=Blue", "'Blue' is no tenant's name"},
		{"label=x", "'label=x' is none of"},
		{"label.=x", "'label.=x' is none of"},
		{"label.x", "'label.x' is none of"},
		{"label.x=", "label.x has no value"},
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

static void every_form_is_read(void **state)
{
	struct arena *arena = arena_new(1 << 16);
	struct error error = {.text = ""};
	struct written_identity who;
	const struct identity *identity = &who.identity;

	(void)state;
	assert_true(identity_text_read(
		arena,
		"policy:ci,tenant:team-a,listener:tls,address:[::1]:7,user:alice,uid:7,group:ops,gid:8,pid:9,"
		"cn:web,o:Acme, Inc.,ou:a,ou:b,dns:a.example,ip:10.0.0.1,email:a@b,uri:spiffe://a/b,"
		"issuer:CN=ca,O=x,serial:0A,spki_sha256:ff",
		&who, &error));
	assert_string_equal(who.policy, "ci");
	assert_string_equal(identity->grant.tenant, "team-a");
	assert_string_equal(identity->listener, "tls");
	assert_string_equal(identity->address, "[::1]:7");
	assert_true(identity->peer.present && identity->certificate.present);
	assert_string_equal(identity->peer.user, "alice");
	assert_string_equal(identity->peer.group, "ops");
	assert_int_equal(identity->peer.uid, 7);
	assert_int_equal(identity->peer.gid, 8);
	assert_int_equal(identity->peer.pid, 9);
	assert_true(who.has_uid && who.has_gid);
	assert_string_equal(identity->certificate.common_name, "web");
	assert_string_equal(identity->certificate.organizations.names[0], "Acme, Inc.");
	assert_int_equal(identity->certificate.organizational_units.count, 2);
	assert_string_equal(identity->certificate.uri.names[0], "spiffe://a/b");
	assert_string_equal(identity->certificate.issuer, "CN=ca,O=x");
	assert_string_equal(identity->certificate.spki_sha256, "ff");
	arena_free(arena);
}

static void what_is_not_said_is_not_there(void **state)
{
	struct arena *arena = arena_new(1 << 16);
	struct error error = {.text = ""};
	struct written_identity who;

	(void)state;
	assert_true(identity_text_read(arena, "user:alice", &who, &error));
	assert_true(who.identity.peer.present && !who.identity.certificate.present && !who.has_uid);
	assert_true(identity_text_read(arena, "cn:x", &who, &error));
	assert_true(!who.identity.peer.present && who.identity.certificate.present);
	assert_true(identity_text_read(arena, "", &who, &error));
	assert_null(who.policy);
	arena_free(arena);
}

static void mistakes_of_the_other_notation_are_told(void **state)
{
	static const char *const table[][2] = {
		{"alice", "'alice' is none of policy, listener"},
		{"nick:alice", "'nick:alice' is none of"},
		{"uid:", "uid has no value"},
		{"uid:x", "'x' is no number for uid"},
		{"uid:99999999999", "is no number"},
		{"user:a,user:b", "user is given twice"},
	};
	struct arena *arena = arena_new(1 << 16);
	struct error error = {.text = ""};
	struct written_identity who;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_false(identity_text_read(arena, table[i][0], &who, &error));
		assert_non_null(strstr(error.text, table[i][1]));
	}
	arena_free(arena);
}

static void too_many_names_are_told(void **state)
{
	char text[IDENTITY_NAMES_MAX * 6 + 16] = "cn:x";
	struct arena *arena = arena_new(1 << 16);
	struct error error = {.text = ""};
	struct written_identity who;

	(void)state;
	for (size_t i = 0; i <= IDENTITY_NAMES_MAX; i++)
		memcpy(text + strlen(text), ",ou:a", sizeof ",ou:a");
	assert_false(identity_text_read(arena, text, &who, &error));
	assert_non_null(strstr(error.text, "more than"));
	arena_free(arena);
}

static void a_grant_is_named_or_found(void **state)
{
	struct policy_set *set = settings_text_load_fine(
		"policies = { p = { extends = \"ci\"; }; };\n"
		"clients = ( { user = \"alice\"; policy = \"p\"; tenant = \"a\"; },\n"
		"            { uid = 0; policy = \"admin\"; } );");
	struct arena *arena = arena_new(1 << 16);
	struct error error = {.text = ""};
	struct written_identity who;

	(void)state;
	assert_true(identity_text_read(arena, "user:alice,uid:7", &who, &error));
	assert_true(identity_text_grant(set, &who, &error));
	assert_string_equal(who.identity.grant.policy->name, "p");
	assert_string_equal(who.identity.grant.tenant, "a");
	assert_true(identity_text_read(arena, "user:alice,uid:7,tenant:b", &who, &error));
	assert_true(identity_text_grant(set, &who, &error));
	assert_string_equal(who.identity.grant.tenant, "b");
	assert_true(identity_text_read(arena, "policy:read-only", &who, &error));
	assert_true(identity_text_grant(set, &who, &error));
	assert_string_equal(who.identity.grant.policy->name, "read-only");
	assert_true(identity_text_read(arena, "cn:nobody", &who, &error));
	assert_true(identity_text_grant(set, &who, &error));
	assert_null(who.identity.grant.policy);
	assert_true(identity_text_read(arena, "policy:q", &who, &error));
	assert_false(identity_text_grant(set, &who, &error));
	assert_non_null(strstr(error.text, "no policy 'q'"));
	assert_false(identity_text_read(arena, "policy:p,tenant:Not A Name", &who, &error));
	arena_free(arena);
	policy_set_free(set);
}

/* What is printed reads as the same again. */
static void printed_identities(void **state)
{
	static const char *const texts[] = {
		"",
		"listener:tls,address:[fd00::1]:443,cn:web, and more,o:ACME,o:B,ou:ops,dns:a,dns:b,ip:10.0.0.1,"
		"email:a@b,uri:spiffe://x/y,issuer:CN=a,O=b,serial:0A,spki_sha256:ab",
		"uid:1000,gid:0,user:job,group:ci",
		"pid:0,user:job",
		"container:none",
		"container:unknown",
		"container:abc1,container.name:web,container.image:alpine:3,label.ci.job:42,label.x:a:b=c",
		"user:a,container:present,container.tenant:blue",
	};
	struct arena *arena = arena_new(64 * 1024);

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct written_identity written;
		struct error error = {.text = ""};

		if (!identity_text_read(arena, texts[i], &written, &error))
			fail_msg("%s: %s", texts[i], error.text);
		assert_string_equal(identity_text_print(arena, &written.identity), texts[i]);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(printed_identities),
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(what_is_not_said_is_not_there),
		cmocka_unit_test(mistakes_of_the_other_notation_are_told),
		cmocka_unit_test(too_many_names_are_told),
		cmocka_unit_test(a_grant_is_named_or_found),
		cmocka_unit_test(words_fill_in_what_they_say),
		cmocka_unit_test(words_of_a_container),
		cmocka_unit_test(containers_of_the_other_notation),
		cmocka_unit_test(what_makes_no_sense_is_told),
		cmocka_unit_test(names_of_one_kind_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
