/* Rules that go by a certificate's subject, and listeners that trust several authorities: refused when a configuration is
 * checked, taken into force, or its files change. */
#include "proxy/client_authorities.h"

#include "policy/error.h"
#include "policy/problems.h"
#include "proxy/config.h"
#include "proxy/edition.h"
#include "proxy/tls_authorities.h"
#include "proxy/tls_context.h"
#include "tests/unit/handshake.h"
#include "tests/unit/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct world {
	char *directory;
	struct pki_entity a, b, a_anew, under_a, server;
	const char *certificate, *key, *ca, *settings;
} world;

static struct pki_entity authority(const struct pki_entity *issuer, const char *name)
{
	struct pki_spec spec = pki_authority;

	spec.common_name = name;
	return pki_issue(issuer, &spec);
}

static int make_world(void **state)
{
	struct pki_spec server = {.common_name = "server", .usage = "serverAuth"};

	(void)state;
	world.directory = pki_directory();
	world.a = authority(NULL, "ca-a");
	world.b = authority(NULL, "ca-b");
	world.a_anew = authority(NULL, "ca-a");
	world.under_a = authority(&world.a, "under-a");
	world.server = pki_issue(&world.a, &server);
	world.certificate = pki_path(world.directory, "cert.pem");
	world.key = pki_path(world.directory, "key.pem");
	world.ca = pki_path(world.directory, "ca.pem");
	world.settings = pki_path(world.directory, "q.conf");
	pki_write_certificates(world.certificate, &world.server.certificate, 1);
	pki_write_key(world.key, world.server.key);
	assert_int_equal(chmod(world.key, 0600), 0);
	return 0;
}

static int free_world(void **state)
{
	(void)state;
	pki_free(&world.a);
	pki_free(&world.b);
	pki_free(&world.a_anew);
	pki_free(&world.under_a);
	pki_free(&world.server);
	pki_directory_free(world.directory);
	return 0;
}

static void trust(const struct pki_entity *first, const struct pki_entity *second)
{
	X509 *all[2] = {first->certificate, second != NULL ? second->certificate : NULL};

	pki_write_certificates(world.ca, all, second != NULL ? 2 : 1);
}

/* One listener with TLS, and one client rule, in line 3. */
static struct config *load(const char *rule)
{
	struct problems *problems = problems_new();
	struct config *config;
	FILE *file = fopen(world.settings, "w");

	assert_non_null(file);
	fprintf(
		file,
		"upstream = { socket = \"/d.sock\"; };\nclients = (\n{ %s policy = \"ci\"; } );\n"
		"listeners = ( { name = \"tls\"; address = \"127.0.0.1:1\"; tls = { certificate = \"%s\"; "
		"key = \"%s\"; client_ca = \"%s\"; }; }, { name = \"unix\"; socket = \"/x.sock\"; } );",
		rule, world.certificate, world.key, world.ca);
	fclose(file);
	config = config_load(world.settings, problems);
	if (config == NULL)
		fail_msg("%s", problems_text(problems, 0));
	problems_free(problems);
	return config;
}

/* What is said of RULE, by `check` and by whoever takes it into force alike: TOLD, or nothing. */
static void expect(const char *rule, const char *told)
{
	struct problems *problems = problems_new();
	struct config *config = load(rule);
	struct error error = {""};
	struct edition *edition = edition_new(config, NULL, &error);

	client_authorities_judge_files(config, problems);
	if ((edition == NULL) != (told != NULL) || problems_count(problems) != (told != NULL ? 1 : 0))
		fail_msg("%s: %s", rule, error.text);
	if (told != NULL &&
	    (strstr(error.text, told) == NULL || strstr(problems_text(problems, 0), told) == NULL ||
	     strstr(problems_text(problems, 0), "q.conf:3: ") == NULL))
		fail_msg("%s: %s; %s", rule, error.text, problems_text(problems, 0));
	edition_release(edition);
	config_release(config);
	problems_free(problems);
}

static void a_subject_alone_is_refused(void **state)
{
	static const char *const subjects[] = {"common_name", "organization", "organizational_unit",
	                                       "dns",         "ip",           "email",
	                                       "uri",         "serial"};
	char rule[200];

	(void)state;
	for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
		trust(&world.a, &world.b);
		snprintf(rule, sizeof rule, "certificate = { %s = \"a*\"; };", subjects[i]);
		expect(rule, "trusts 2 certificate authorities");
		snprintf(rule, sizeof rule, "certificate = { %s = \"a*\"; issuer = \"CN=ca-a\"; };",
		         subjects[i]);
		expect(rule, NULL);
		trust(&world.a, NULL);
		snprintf(rule, sizeof rule, "certificate = { %s = \"a*\"; };", subjects[i]);
		expect(rule, NULL);
	}
}

static void what_names_an_authority(void **state)
{
	(void)state;
	trust(&world.a, &world.b);
	expect("certificate = { common_name = \"x\"; issuer = \"CN=ca-*\"; };", "in full");
	expect("certificate = { common_name = \"x\"; issuer = \"CN=ca-c\"; };", "is called 'CN=ca-c'");
	expect("certificate = { common_name = \"x\"; spki_sha256 = \"ab*\"; };", "in full");
	expect("certificate = { common_name = \"x\"; spki_sha256 = \"abcd\"; };", NULL);
	expect("listener = \"t*\"; certificate = { dns = \"x\"; };", "listener 'tls' trusts");
	expect("listener = \"unix\"; certificate = { dns = \"x\"; };", NULL);
	expect("certificate = { issuer = \"CN=ca-*\"; };", NULL);
	expect("certificate = {};", NULL);
	expect("user = \"a\";", NULL);
}

/* A root of another key is another authority, be its name the same; an intermediate is its root's; and the same twice is one. */
static void who_counts_as_an_authority(void **state)
{
	static const char rule[] = "certificate = { common_name = \"x\"; };";

	(void)state;
	trust(&world.a, &world.a_anew);
	expect(rule, "trusts 2 certificate authorities");
	expect("certificate = { common_name = \"x\"; issuer = \"CN=ca-a\"; };", NULL);
	trust(&world.a, &world.under_a);
	expect(rule, NULL);
	trust(&world.a, &world.a);
	expect(rule, NULL);
}

/* Files change while quaymaster runs: what would open a rule is not taken. */
static void another_authority_is_not_taken(void **state)
{
	struct config *config = load("certificate = { common_name = \"x\"; };");
	unsigned long long refused[2] = {0};
	struct error error = {""};
	struct edition *edition, *renewed;

	(void)state;
	trust(&world.a, NULL);
	edition = edition_new(config, NULL, &error);
	assert_non_null(edition);
	trust(&world.a, &world.b);
	assert_null(edition_renew(edition, refused));
	assert_int_not_equal(refused[0], 0);
	trust(&world.a, &world.under_a);
	renewed = edition_renew(edition, refused);
	assert_non_null(renewed);
	edition_release(renewed);
	edition_release(edition);
	config_release(config);
}

static void what_cannot_be_read_is_told(void **state)
{
	struct tls_authorities *authorities;
	struct error error = {""};

	(void)state;
	assert_null(tls_authorities_read("/nowhere/ca.pem", &error));
	assert_non_null(strstr(error.text, "/nowhere/ca.pem"));
	trust(&world.a, &world.under_a);
	authorities = tls_authorities_read(world.ca, &error);
	assert_int_equal(tls_authorities_roots(authorities), 1);
	assert_string_equal(tls_authorities_name(authorities, 0), "CN=ca-a");
	assert_string_equal(tls_authorities_name(authorities, 1), "CN=under-a");
	assert_null(tls_authorities_name(authorities, 2));
	tls_authorities_free(authorities);
}

static SSL_CTX *listener(const struct tls_files *files)
{
	struct error error = {""};
	SSL_CTX *context = tls_context_server(files, &error);

	if (context == NULL)
		fail_msg("%s", error.text);
	return context;
}

/* Does SERVER take a client with that certificate, which sends CHAIN along? */
static bool is_taken(SSL_CTX *server, const struct pki_entity *credential, X509 *const *chain,
                     size_t count)
{
	SSL_CTX *client = careless_client(credential, chain, count);
	struct pair pair = pair_take(tls_accept(server), SSL_new(client));
	bool taken;

	SSL_set_connect_state(pair.client);
	taken = pair_shake(&pair);
	pair_free(&pair);
	SSL_CTX_free(client);
	return taken;
}

/* Of two roots neither can make an issuer that rules would take for the other, or for an intermediate that is trusted. */
static void nobody_borrows_an_authoritys_name(void **state)
{
	struct pki_entity a = authority(NULL, "ca-a"), b = authority(NULL, "ca-b"),
					  under = authority(&a, "under-a");
	X509 *both[] = {a.certificate, b.certificate, under.certificate};
	const struct {
		struct pki_entity issuer;
		bool taken, taken_alone; /* with A and B trusted, and with B alone */
	} table[] = {
		{authority(&b, "ca-a"), false, true},
		{authority(&b, "under-a"), false, true},
		{authority(&b, "ca-b"), false, true},
		{authority(&b, "CA-A"), true, true}, /* rules tell these apart */
		{authority(&b, "under-b"), true, true},
	};
	struct pki_entity direct = pki_issue(&a, &pki_client), below = pki_issue(&under, &pki_client);
	struct tls_files files = {.certificate = world.certificate, .key = world.key};
	SSL_CTX *several, *alone;

	(void)state;
	files.ca = pki_path(world.directory, "several.pem");
	pki_write_certificates(files.ca, both, 3);
	several = listener(&files);
	pki_write_certificates(files.ca, &b.certificate, 1);
	alone = listener(&files);
	assert_true(is_taken(several, &direct, NULL, 0));
	assert_true(is_taken(several, &below, NULL, 0));
	assert_true(is_taken(several, &below, &under.certificate, 1));
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct pki_entity issuer = table[i].issuer, client = pki_issue(&issuer, &pki_client);

		if (is_taken(several, &client, &issuer.certificate, 1) != table[i].taken)
			fail_msg("line %zu of the table", i);
		assert_int_equal(is_taken(alone, &client, &issuer.certificate, 1), table[i].taken_alone);
		pki_free(&client);
		pki_free(&issuer);
	}
	pki_free(&direct);
	pki_free(&below);
	pki_free(&a);
	pki_free(&b);
	pki_free(&under);
	tls_context_free(several);
	tls_context_free(alone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_subject_alone_is_refused),
		cmocka_unit_test(what_names_an_authority),
		cmocka_unit_test(who_counts_as_an_authority),
		cmocka_unit_test(another_authority_is_not_taken),
		cmocka_unit_test(what_cannot_be_read_is_told),
		cmocka_unit_test(nobody_borrows_an_authoritys_name),
	};

	return cmocka_run_group_tests_name("client_authorities", tests, make_world, free_world);
}
