/* Which certificates a listener and an upstream believe, each in a handshake over TLS 1.2 and 1.3. */
#include "policy/error.h"
#include "proxy/log.h"
#include "proxy/tls_context.h"
#include "tests/unit/handshake.h"
#include "tests/unit/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The trusted authority, the listener's own certificate, and where their files are. */
static struct world {
	char *directory;
	struct pki_entity root, server;
	struct tls_files files;
} world;

static struct pki_entity issue(const struct pki_entity *issuer, struct pki_spec spec)
{
	return pki_issue(issuer, &spec);
}

static int make_world(void **state)
{
	struct pki_spec server = {.common_name = "server",
	                          .usage = "serverAuth",
	                          .names = "DNS:docker,IP:127.0.0.1"};

	(void)state;
	world.directory = pki_directory();
	world.root = pki_issue(NULL, &pki_authority);
	world.server = pki_issue(&world.root, &server);
	world.files = (struct tls_files){.certificate = pki_path(world.directory, "cert.pem"),
	                                 .key = pki_path(world.directory, "key.pem"),
	                                 .ca = pki_path(world.directory, "ca.pem")};
	pki_write_certificates(world.files.certificate, &world.server.certificate, 1);
	pki_write_key(world.files.key, world.server.key);
	log_set_level(LOG_ERROR); /* the key is readable by others, which is warned of each time */
	pki_write_certificates(world.files.ca, &world.root.certificate, 1);
	return 0;
}

static int free_world(void **state)
{
	(void)state;
	pki_free(&world.root);
	pki_free(&world.server);
	pki_directory_free(world.directory);
	return 0;
}

static SSL_CTX *listener(const struct tls_files *files)
{
	struct error error = {""};
	SSL_CTX *context = tls_context_server(files, &error);

	if (context == NULL)
		fail_msg("%s", error.text);
	return context;
}

/* Does LISTENER take this client, over one version of TLS? */
static bool takes_over(SSL_CTX *server, SSL_CTX *client, int version)
{
	struct pair pair;
	bool taken;

	SSL_CTX_set_max_proto_version(client, version);
	pair = pair_take(tls_accept(server), SSL_new(client));
	SSL_set_connect_state(pair.client);
	taken = pair_shake(&pair);
	pair_free(&pair);
	return taken;
}

/* Both versions must agree. */
static bool takes(SSL_CTX *server, const struct pki_entity *credential, X509 *const *chain,
                  size_t count)
{
	SSL_CTX *client = careless_client(credential, chain, count);
	bool over_1_2 = takes_over(server, client, TLS1_2_VERSION);
	bool over_1_3 = takes_over(server, client, TLS1_3_VERSION);

	SSL_CTX_free(client);
	assert_int_equal(over_1_2, over_1_3);
	return over_1_3;
}

/* A table of clients right under the root. */
static void end_certificates(void **state)
{
	static const char signing[] = "critical,digitalSignature";
	static const struct {
		const char *title;
		struct pki_spec spec;
		bool taken;
	} table[] = {
		{"as docker:dind issues it",
	     {.common_name = "docker:dind client", .usage = "clientAuth"},
	     true},
		{"of the usual form",
	     {.common_name = "a", .key_usage = signing, .usage = "clientAuth"},
	     true},
		{"two usages", {.common_name = "a", .usage = "serverAuth,clientAuth"}, true},
		{"clientAuth beside any",
	     {.common_name = "a", .usage = "anyExtendedKeyUsage,clientAuth"},
	     true},
		{"critical usage", {.common_name = "a", .usage = "critical,clientAuth"}, true},
		{"without identifiers",
	     {.common_name = "a", .usage = "clientAuth", .no_identifiers = 1},
	     true},
		{"RSA 2048", {.common_name = "a", .usage = "clientAuth", .key = PKI_RSA_2048}, true},
		{"P-384", {.common_name = "a", .usage = "clientAuth", .key = PKI_P384}, true},
		{"SHA-512", {.common_name = "a", .usage = "clientAuth", .digest = "SHA512"}, true},
		{"no usage", {.common_name = "a", .key_usage = signing}, false},
		{"serverAuth", {.common_name = "a", .usage = "serverAuth"}, false},
		{"codeSigning", {.common_name = "a", .usage = "codeSigning"}, false},
		{"any usage", {.common_name = "a", .usage = "anyExtendedKeyUsage"}, false},
		{"key usage: encipherment",
	     {.common_name = "a", .key_usage = "keyEncipherment", .usage = "clientAuth"},
	     false},
		{"key usage: agreement",
	     {.common_name = "a", .key_usage = "keyAgreement", .usage = "clientAuth"},
	     false},
		{"may sign, and is no authority",
	     {.common_name = "a",
	      .constraints = "CA:FALSE",
	      .key_usage = "digitalSignature,keyCertSign",
	      .usage = "clientAuth"},
	     false},
		{"unknown critical extension",
	     {.common_name = "a", .usage = "clientAuth", .raw_critical = "0500"},
	     false},
		{"expired",
	     {.common_name = "a", .usage = "clientAuth", .from_s = -7200, .until_s = -60},
	     false},
		{"not yet valid",
	     {.common_name = "a", .usage = "clientAuth", .from_s = 3600, .until_s = 7200},
	     false},
		{"SHA-1", {.common_name = "a", .usage = "clientAuth", .digest = "SHA1"}, false},
		{"RSA 1024", {.common_name = "a", .usage = "clientAuth", .key = PKI_RSA_1024}, false},
		{"not signed by its issuer",
	     {.common_name = "a", .usage = "clientAuth", .signature_of_issuer_differs = 1},
	     false},
		{"malformed names",
	     {.common_name = "a", .usage = "clientAuth", .raw_names = "300282"},
	     false},
	};
	SSL_CTX *server = listener(&world.files);

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct pki_entity client = pki_issue(&world.root, &table[i].spec);

		if (takes(server, &client, NULL, 0) != table[i].taken)
			fail_msg("%s: %s", table[i].title, table[i].taken ? "refused" : "taken");
		pki_free(&client);
	}
	tls_context_free(server);
}

static void no_certificate_is_refused(void **state)
{
	SSL_CTX *server = listener(&world.files);

	(void)state;
	assert_false(takes(server, NULL, NULL, 0));
	tls_context_free(server);
}

static void strangers_are_refused(void **state)
{
	struct pki_entity namesake = pki_issue(NULL, &pki_authority);
	struct pki_entity of_namesake = pki_issue(&namesake, &pki_client);
	struct pki_entity self_signed = pki_issue(NULL, &pki_client);
	SSL_CTX *server = listener(&world.files);

	(void)state;
	assert_false(takes(server, &of_namesake, NULL, 0));
	assert_false(takes(server, &of_namesake, &namesake.certificate, 1));
	assert_false(takes(server, &self_signed, NULL, 0));
	assert_false(takes(server, &world.server, NULL, 0));
	tls_context_free(server);
	pki_free(&namesake);
	pki_free(&of_namesake);
	pki_free(&self_signed);
}

/* A table of intermediates, each with a good client under it. */
static void one_intermediate(void **state)
{
	static const char signs[] = "critical,keyCertSign,cRLSign";
	static const char yes[] = "critical,CA:TRUE";
	static const struct {
		const char *title;
		struct pki_spec spec;
		const char *names; /* of the client under it */
		bool taken;
	} table[] = {
		{"of the usual form",
	     {.common_name = "I", .constraints = yes, .key_usage = signs},
	     NULL,
	     true},
		{"clientAuth",
	     {.common_name = "I", .constraints = yes, .key_usage = signs, .usage = "clientAuth"},
	     NULL,
	     true},
		{"path length 0",
	     {.common_name = "I", .constraints = "critical,CA:TRUE,pathlen:0"},
	     NULL,
	     true},
		{"names kept",
	     {.common_name = "I",
	      .constraints = yes,
	      .name_constraints = "critical,permitted;DNS:.ok.test"},
	     "DNS:a.ok.test",
	     true},
		{"without identifiers",
	     {.common_name = "I", .constraints = yes, .key_usage = signs, .no_identifiers = 1},
	     NULL,
	     true},
		{"names broken",
	     {.common_name = "I",
	      .constraints = yes,
	      .name_constraints = "critical,permitted;DNS:.ok.test"},
	     "DNS:evil.test",
	     false},
		{"serverAuth",
	     {.common_name = "I", .constraints = yes, .key_usage = signs, .usage = "serverAuth"},
	     NULL,
	     false},
		{"no authority",
	     {.common_name = "I", .constraints = "critical,CA:FALSE", .key_usage = signs},
	     NULL,
	     false},
		{"does not say", {.common_name = "I"}, NULL, false},
		{"does not say but may sign", {.common_name = "I", .key_usage = signs}, NULL, false},
		{"may not sign",
	     {.common_name = "I", .constraints = yes, .key_usage = "critical,cRLSign"},
	     NULL,
	     false},
		{"expired",
	     {.common_name = "I", .constraints = yes, .from_s = -7200, .until_s = -60},
	     NULL,
	     false},
		{"SHA-1", {.common_name = "I", .constraints = yes, .digest = "SHA1"}, NULL, false},
		{"RSA 1024", {.common_name = "I", .constraints = yes, .key = PKI_RSA_1024}, NULL, false},
		{"unknown critical extension",
	     {.common_name = "I", .constraints = yes, .raw_critical = "0500"},
	     NULL,
	     false},
	};
	SSL_CTX *server = listener(&world.files);

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct pki_spec spec = pki_client;
		struct pki_entity intermediate = pki_issue(&world.root, &table[i].spec);
		struct pki_entity client;

		spec.names = table[i].names;
		client = pki_issue(&intermediate, &spec);
		if (takes(server, &client, &intermediate.certificate, 1) != table[i].taken)
			fail_msg("%s: %s", table[i].title, table[i].taken ? "refused" : "taken");
		assert_false(takes(server, &client, NULL, 0)); /* nobody else knows the intermediate */
		pki_free(&client);
		pki_free(&intermediate);
	}
	tls_context_free(server);
}

static void path_length_is_kept(void **state)
{
	struct pki_spec spec = {.common_name = "I", .constraints = "critical,CA:TRUE,pathlen:0"};
	struct pki_entity upper = pki_issue(&world.root, &spec);
	struct pki_entity lower = pki_issue(&upper, &pki_authority);
	struct pki_entity client = pki_issue(&lower, &pki_client);
	X509 *const chain[] = {lower.certificate, upper.certificate};
	SSL_CTX *server = listener(&world.files);

	(void)state;
	assert_false(takes(server, &client, chain, 2));
	tls_context_free(server);
	pki_free(&upper);
	pki_free(&lower);
	pki_free(&client);
}

/* Five intermediates are read, six are not, and no heap of certificates is. */
static void chains_are_bounded(void **state)
{
	enum { LONGEST = 6, HEAP = 200 };
	struct pki_entity above[LONGEST];
	X509 *chain[HEAP];
	SSL_CTX *server = listener(&world.files);

	(void)state;
	for (size_t i = 0; i < LONGEST; i++) {
		const struct pki_entity *issuer = i > 0 ? &above[i - 1] : &world.root;
		struct pki_spec spec = pki_authority;
		char name[16];
		struct pki_entity client;

		(void)snprintf(name, sizeof name, "I%zu", i);
		spec.common_name = name;
		above[i] = pki_issue(issuer, &spec);
		client = pki_issue(&above[i], &pki_client);
		for (size_t j = 0; j <= i; j++)
			chain[i - j] = above[j].certificate;
		assert_int_equal(takes(server, &client, chain, i + 1), i < 5);
		pki_free(&client);
	}
	for (size_t i = 0; i < HEAP; i++)
		chain[i] = above[i % LONGEST].certificate;
	{
		struct pki_entity client = pki_issue(&world.root, &pki_client);

		assert_true(takes(server, &client, chain, 10));
		assert_false(takes(server, &client, chain, HEAP));
		pki_free(&client);
	}
	for (size_t i = 0; i < LONGEST; i++)
		pki_free(&above[i]);
	tls_context_free(server);
}

/* Authorities less tidy than RFC 5280 asks: taken as roots, as dockerd takes them. */
static void roots_of_all_kinds(void **state)
{
	static const struct {
		const char *title;
		struct pki_spec spec;
		bool taken;
	} table[] = {
		{"openssl req -x509", {.common_name = "R", .constraints = "critical,CA:TRUE"}, true},
		{"constraints not critical",
	     {.common_name = "R", .constraints = "CA:TRUE", .key_usage = "keyCertSign"},
	     true},
		{"no identifiers",
	     {.common_name = "R", .constraints = "critical,CA:TRUE", .no_identifiers = 1},
	     true},
		{"its own SHA-1",
	     {.common_name = "R", .constraints = "critical,CA:TRUE", .digest = "SHA1"},
	     true},
		{"RSA 2048",
	     {.common_name = "R", .constraints = "critical,CA:TRUE", .key = PKI_RSA_2048},
	     true},
		{"RSA 1024",
	     {.common_name = "R", .constraints = "critical,CA:TRUE", .key = PKI_RSA_1024},
	     false},
		{"expired",
	     {.common_name = "R", .constraints = "critical,CA:TRUE", .from_s = -60, .until_s = -30},
	     false},
		{"may not sign",
	     {.common_name = "R", .constraints = "critical,CA:TRUE", .key_usage = "cRLSign"},
	     false},
	};
	struct tls_files files = world.files;

	(void)state;
	files.ca = pki_path(world.directory, "other.pem");
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct pki_entity root = pki_issue(NULL, &table[i].spec);
		struct pki_entity client = pki_issue(&root, &pki_client);
		SSL_CTX *server;

		pki_write_certificates(files.ca, &root.certificate, 1);
		server = listener(&files);
		if (takes(server, &client, NULL, 0) != table[i].taken)
			fail_msg("%s: %s", table[i].title, table[i].taken ? "refused" : "taken");
		tls_context_free(server);
		pki_free(&client);
		pki_free(&root);
	}
}

/* A CRL for each authority of the chain, each current, or nobody comes in. */
static void revocation(void **state)
{
	const long day = 24 * 3600;
	struct pki_entity intermediate =
		issue(&world.root,
	          (struct pki_spec){.common_name = "I", .constraints = "critical,CA:TRUE"});
	struct pki_entity near = pki_issue(&world.root, &pki_client);
	struct pki_entity far = pki_issue(&intermediate, &pki_client);
	X509_CRL *clear = pki_revoke(&world.root, NULL, day, NULL);
	X509_CRL *clear_below = pki_revoke(&intermediate, NULL, day, NULL);
	X509_CRL *stale = pki_revoke(&world.root, NULL, -60, NULL);
	X509_CRL *near_out = pki_revoke(&world.root, near.certificate, day, NULL);
	X509_CRL *far_out = pki_revoke(&intermediate, far.certificate, day, NULL);
	X509_CRL *intermediate_out = pki_revoke(&world.root, intermediate.certificate, day, NULL);
	const struct {
		const char *title;
		X509_CRL *lists[2];
		bool near, far;
	} table[] = {
		{"both clear", {clear, clear_below}, true, true},
		{"one for the root only", {clear, NULL}, true, false},
		{"one for the intermediate only", {clear_below, NULL}, false, false},
		{"the root's has expired", {stale, clear_below}, false, false},
		{"the client is revoked", {near_out, clear_below}, false, true},
		{"the intermediate's client is revoked", {clear, far_out}, true, false},
		{"the intermediate is revoked", {intermediate_out, clear_below}, true, false},
	};
	struct tls_files files = world.files;

	(void)state;
	files.crl = pki_path(world.directory, "crl.pem");
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		SSL_CTX *server;

		pki_write_lists(files.crl, table[i].lists, table[i].lists[1] != NULL ? 2 : 1);
		server = listener(&files);
		if (takes(server, &near, NULL, 0) != table[i].near ||
		    takes(server, &far, &intermediate.certificate, 1) != table[i].far)
			fail_msg("%s", table[i].title);
		tls_context_free(server);
	}
	X509_CRL_free(clear);
	X509_CRL_free(clear_below);
	X509_CRL_free(stale);
	X509_CRL_free(near_out);
	X509_CRL_free(far_out);
	X509_CRL_free(intermediate_out);
	pki_free(&near);
	pki_free(&far);
	pki_free(&intermediate);
}

/* An upstream's certificate: its name, its issuer, its usage. */
static void upstream_certificates(void **state)
{
	static const struct {
		const char *asked;
		struct pki_spec spec;
		bool taken;
	} table[] = {
		{"docker", {.common_name = "s", .usage = "serverAuth", .names = "DNS:docker"}, true},
		{"DOCKER", {.common_name = "s", .usage = "serverAuth", .names = "DNS:docker"}, true},
		{"docker", {.common_name = "s", .names = "DNS:localhost,DNS:docker"}, true},
		{"127.0.0.1", {.common_name = "s", .names = "IP:127.0.0.1"}, true},
		{"::1", {.common_name = "s", .names = "IP:::1"}, true},
		{"a.b.example", {.common_name = "s", .names = "DNS:*.b.example"}, true},
		{"ab.b.example", {.common_name = "s", .names = "DNS:a*.b.example"}, false},
		{"127.0.0.1", {.common_name = "s", .names = "DNS:127.0.0.1"}, false},
		{"docker", {.common_name = "docker"}, false}, /* a common name is no host name */
		{"docker", {.common_name = "docker", .names = "DNS:dind"}, false},
		{"docker", {.common_name = "s", .usage = "clientAuth", .names = "DNS:docker"}, false},
		{"docker",
	     {.common_name = "s", .names = "DNS:docker", .from_s = -60, .until_s = -30},
	     false},
		{"docker", {.common_name = "s", .names = "DNS:docker", .digest = "SHA1"}, false},
	};
	struct error error = {""};
	const struct tls_files files = {.ca = world.files.ca};
	SSL_CTX *client = tls_context_client(&files, &error);
	struct pki_entity other = pki_issue(NULL, &pki_authority);

	(void)state;
	assert_non_null(client);
	for (size_t i = 0; i < 2 * (sizeof table / sizeof *table); i++) {
		bool ours = i % 2 == 0; /* every certificate also from an authority that is not trusted */
		struct pki_entity entity = pki_issue(ours ? &world.root : &other, &table[i / 2].spec);
		SSL_CTX *server = careless_server(&entity);
		struct pair pair = pair_take(SSL_new(server), tls_connect(client, table[i / 2].asked));

		SSL_set_accept_state(pair.server);
		if (pair_shake(&pair) != (ours && table[i / 2].taken))
			fail_msg("line %zu of the table, %s", i / 2, ours ? "ours" : "a stranger's");
		pair_free(&pair);
		SSL_CTX_free(server);
		pki_free(&entity);
	}
	pki_free(&other);
	tls_context_free(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(end_certificates),      cmocka_unit_test(no_certificate_is_refused),
		cmocka_unit_test(strangers_are_refused), cmocka_unit_test(one_intermediate),
		cmocka_unit_test(path_length_is_kept),   cmocka_unit_test(chains_are_bounded),
		cmocka_unit_test(roots_of_all_kinds),    cmocka_unit_test(revocation),
		cmocka_unit_test(upstream_certificates),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
