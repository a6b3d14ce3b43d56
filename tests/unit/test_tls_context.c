/* Protocol versions, ciphers, ALPN, renegotiation, sessions, and what is said of files that will not do. */
#include "policy/error.h"
#include "proxy/log.h"
#include "proxy/tls_context.h"
#include "tests/unit/handshake.h"
#include "tests/unit/pki.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct world {
	char *directory;
	struct pki_entity root, server, client;
	struct tls_files files;
	SSL_CTX *context;
} world;

static int make_world(void **state)
{
	struct pki_spec server = {.common_name = "server",
	                          .usage = "serverAuth",
	                          .names = "DNS:docker"};

	(void)state;
	log_set_level(LOG_ERROR); /* the key is readable by others, which is warned of each time */
	world.directory = pki_directory();
	world.root = pki_issue(NULL, &pki_authority);
	world.server = pki_issue(&world.root, &server);
	world.client = pki_issue(&world.root, &pki_client);
	world.files = (struct tls_files){.certificate = pki_path(world.directory, "cert.pem"),
	                                 .key = pki_path(world.directory, "key.pem"),
	                                 .ca = pki_path(world.directory, "ca.pem")};
	pki_write_certificates(world.files.certificate, &world.server.certificate, 1);
	pki_write_key(world.files.key, world.server.key);
	pki_write_certificates(world.files.ca, &world.root.certificate, 1);
	world.context = tls_context_server(&world.files, NULL);
	return world.context != NULL ? 0 : -1;
}

static int free_world(void **state)
{
	(void)state;
	tls_context_free(world.context);
	pki_free(&world.root);
	pki_free(&world.server);
	pki_free(&world.client);
	pki_directory_free(world.directory);
	return 0;
}

static struct pair connect_with(SSL_CTX *client)
{
	struct pair pair = pair_take(tls_accept(world.context), SSL_new(client));

	SSL_set_connect_state(pair.client);
	return pair;
}

static void versions_and_ciphers(void **state)
{
	static const struct {
		const char *title;
		int min, max;
		const char *ciphers;
		bool taken;
	} table[] = {
		{"TLS 1.3", TLS1_3_VERSION, TLS1_3_VERSION, "ALL", true},
		{"TLS 1.2", TLS1_2_VERSION, TLS1_2_VERSION, "ALL", true},
		{"TLS 1.2, GCM", TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", true},
		{"TLS 1.2, ChaCha20", TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305",
	     true},
		{"TLS 1.2, CBC", TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA", false},
		{"TLS 1.2, CBC and SHA-256", TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256",
	     false},
		{"TLS 1.2, CCM", TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-CCM", false},
		{"TLS 1.2, RSA key exchange", TLS1_2_VERSION, TLS1_2_VERSION, "AES128-GCM-SHA256", false},
		{"TLS 1.2, no encryption", TLS1_2_VERSION, TLS1_2_VERSION, "eNULL", false},
		{"TLS 1.2, no authentication", TLS1_2_VERSION, TLS1_2_VERSION, "aNULL", false},
		{"TLS 1.1", TLS1_1_VERSION, TLS1_1_VERSION, "ALL", false},
		{"TLS 1.0", TLS1_VERSION, TLS1_VERSION, "ALL", false},
	};

	(void)state;
	assert_int_equal(SSL_CTX_get_min_proto_version(world.context), TLS1_2_VERSION);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		SSL_CTX *client = careless_client(&world.client, NULL, 0);
		char ciphers[64];
		struct pair pair;

		(void)snprintf(ciphers, sizeof ciphers, "%s:@SECLEVEL=0", table[i].ciphers);
		assert_int_equal(SSL_CTX_set_cipher_list(client, ciphers), 1);
		assert_int_equal(SSL_CTX_set_min_proto_version(client, table[i].min), 1);
		assert_int_equal(SSL_CTX_set_max_proto_version(client, table[i].max), 1);
		pair = connect_with(client);
		if (pair_shake(&pair) != table[i].taken)
			fail_msg("%s", table[i].title);
		pair_free(&pair);
		SSL_CTX_free(client);
	}
}

static void newest_version_is_preferred(void **state)
{
	SSL_CTX *client = careless_client(&world.client, NULL, 0);
	struct pair pair = connect_with(client);

	(void)state;
	assert_true(pair_shake(&pair));
	assert_int_equal(SSL_version(pair.server), TLS1_3_VERSION);
	assert_int_equal(SSL_get_verify_result(pair.server), X509_V_OK);
	pair_free(&pair);
	SSL_CTX_free(client);
}

static void application_protocols(void **state)
{
	static const struct {
		const char *offered;
		bool taken;
		const char *chosen;
	} table[] = {
		{"", true, ""},
		{"\x08http/1.1", true, "http/1.1"},
		{"\x02h2\x08http/1.1", true, "http/1.1"},
		{"\x08http/1.1\x02h2", true, "http/1.1"},
		{"\x02h2", false, ""},
		{"\x08http/1.0", false, ""},
		{"\x08HTTP/1.1", false, ""},
		{"\x09http/1.1x", false, ""},
		{"\x01x\x02h2", false, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		SSL_CTX *client = careless_client(&world.client, NULL, 0);
		unsigned len = (unsigned)strlen(table[i].offered);
		const unsigned char *chosen = NULL;
		unsigned chosen_len = 0;
		struct pair pair;

		if (len > 0)
			assert_int_equal(SSL_CTX_set_alpn_protos(client,
			                                         (const unsigned char *)table[i].offered, len),
			                 0);
		pair = connect_with(client);
		if (pair_shake(&pair) != table[i].taken)
			fail_msg("line %zu", i);
		SSL_get0_alpn_selected(pair.client, &chosen, &chosen_len);
		assert_int_equal(chosen_len, strlen(table[i].chosen));
		assert_memory_equal(chosen_len > 0 ? (const char *)chosen : "", table[i].chosen,
		                    chosen_len);
		pair_free(&pair);
		SSL_CTX_free(client);
	}
}

static void nobody_renegotiates(void **state)
{
	SSL_CTX *client = careless_client(&world.client, NULL, 0);
	struct pair pair;
	char byte;

	(void)state;
	assert_int_equal(SSL_CTX_set_max_proto_version(client, TLS1_2_VERSION), 1);
	pair = connect_with(client);
	assert_true(pair_shake(&pair));
	assert_int_equal(SSL_renegotiate(pair.client), 1);
	(void)SSL_do_handshake(pair.client);
	(void)SSL_read(pair.server, &byte, 1);
	assert_true(SSL_do_handshake(pair.client) != 1); /* it was told no_renegotiation */
	assert_int_equal(SSL_renegotiate(pair.server), 0);
	pair_free(&pair);
	SSL_CTX_free(client);
}

static SSL_SESSION *kept_session;

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(kept_session);
	kept_session = session;
	return 1;
}

/* A client that remembers sessions, having made one. */
static SSL_CTX *client_with_session(int version)
{
	SSL_CTX *client = careless_client(&world.client, NULL, 0);
	struct pair pair;

	SSL_CTX_set_session_cache_mode(client, SSL_SESS_CACHE_CLIENT);
	SSL_CTX_sess_set_new_cb(client, keep_session);
	SSL_CTX_set_max_proto_version(client, version);
	pair = connect_with(client);
	assert_true(pair_shake(&pair));
	(void)SSL_shutdown(pair.client);
	(void)SSL_shutdown(pair.server);
	pair_free(&pair);
	assert_non_null(kept_session);
	return client;
}

static struct pair resume(SSL_CTX *client)
{
	struct pair pair = connect_with(client);

	SSL_SESSION_up_ref(kept_session);
	assert_int_equal(SSL_set_session(pair.client, kept_session), 1);
	SSL_SESSION_free(kept_session);
	return pair;
}

static void forget_session(SSL_CTX *client)
{
	SSL_CTX_free(client);
	SSL_SESSION_free(kept_session);
	kept_session = NULL;
}

/* The identity of a resumed session is the certificate it began with. */
static void sessions_carry_the_certificate(void **state)
{
	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		SSL_CTX *client = client_with_session(version);
		struct pair pair = resume(client);

		assert_int_equal(SSL_SESSION_get_max_early_data(kept_session), 0);
		assert_true(pair_shake(&pair));
		assert_true(SSL_session_reused(pair.server));
		assert_int_equal(SSL_get_verify_result(pair.server), X509_V_OK);
		assert_non_null(SSL_get0_peer_certificate(pair.server));
		assert_int_equal(X509_cmp(SSL_get0_peer_certificate(pair.server), world.client.certificate),
		                 0);
		assert_true(tls_peer_is_trusted(world.context, pair.server, NULL));
		pair_free(&pair);
		forget_session(client);
	}
}

/* A new context, as a reload makes it, knows no session of the old one. */
static void sessions_die_with_their_context(void **state)
{
	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		SSL_CTX *client = client_with_session(version);
		struct pair pair;

		tls_context_free(world.context);
		world.context = tls_context_server(&world.files, NULL);
		pair = resume(client);
		assert_true(pair_shake(&pair));
		assert_false(SSL_session_reused(pair.server));
		pair_free(&pair);
		forget_session(client);
	}
}

/* What a live connection's certificate is worth under another context. */
static void certificates_are_judged_again(void **state)
{
	struct error error = {""};
	struct tls_files files = world.files;
	X509_CRL *list = pki_revoke(&world.root, world.client.certificate, 3600, NULL);
	struct pki_entity other = pki_issue(NULL, &pki_authority);
	SSL_CTX *client = careless_client(&world.client, NULL, 0);
	struct pair pair = connect_with(client);
	SSL_CTX *strict, *foreign;

	(void)state;
	assert_true(pair_shake(&pair));
	files.crl = pki_path(world.directory, "crl.pem");
	pki_write_lists(files.crl, &list, 1);
	strict = tls_context_server(&files, NULL);
	files.crl = NULL;
	files.ca = pki_path(world.directory, "other.pem");
	pki_write_certificates(files.ca, &other.certificate, 1);
	foreign = tls_context_server(&files, NULL);
	assert_non_null(strict);
	assert_non_null(foreign);
	assert_true(tls_peer_is_trusted(world.context, pair.server, &error));
	assert_false(tls_peer_is_trusted(strict, pair.server, &error));
	assert_string_equal(error.text, "the client's certificate: certificate revoked");
	assert_false(tls_peer_is_trusted(foreign, pair.server, &error));
	pair_free(&pair);
	tls_context_free(strict);
	tls_context_free(foreign);
	SSL_CTX_free(client);
	X509_CRL_free(list);
	pki_free(&other);
}

static void resumption_needs_the_intermediate_kept(void **state)
{
	struct pki_spec spec = {.common_name = "I", .constraints = "critical,CA:TRUE"};
	struct pki_entity intermediate = pki_issue(&world.root, &spec);
	struct pki_entity far = pki_issue(&intermediate, &pki_client);

	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		SSL_CTX *client = careless_client(&far, &intermediate.certificate, 1);
		struct pair pair;

		SSL_CTX_set_session_cache_mode(client, SSL_SESS_CACHE_CLIENT);
		SSL_CTX_sess_set_new_cb(client, keep_session);
		SSL_CTX_set_max_proto_version(client, version);
		pair = connect_with(client);
		assert_true(pair_shake(&pair));
		(void)SSL_shutdown(pair.client);
		(void)SSL_shutdown(pair.server);
		pair_free(&pair);
		pair = resume(client);
		assert_true(pair_shake(&pair));
		assert_true(SSL_session_reused(pair.server));
		assert_true(tls_peer_is_trusted(world.context, pair.server, NULL));
		pair_free(&pair);
		forget_session(client);
	}
	pki_free(&far);
	pki_free(&intermediate);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Each mistake is refused, and the message names the file. */
static void mistakes_name_the_file(void **state)
{
	const char *other = pki_path(world.directory, "bad.pem");
	const char *missing = pki_path(world.directory, "missing.pem");
	const char *encrypted = pki_path(world.directory, "encrypted.pem");
	const char *unsigned_list = pki_path(world.directory, "forever.pem");
	const char *weak_list = pki_path(world.directory, "weak.pem");
	const char *leaf = pki_path(world.directory, "leaf.pem");
	const char *foreign_key = pki_path(world.directory, "foreign.pem");
	const struct {
		struct tls_files files;
		const char *named;
	} table[] = {
		{{missing, world.files.key, world.files.ca, NULL, NULL}, missing},
		{{world.files.certificate, missing, world.files.ca, NULL, NULL}, missing},
		{{world.files.certificate, world.files.key, missing, NULL, NULL}, missing},
		{{world.files.certificate, world.files.key, world.files.ca, missing, NULL}, missing},
		{{other, world.files.key, world.files.ca, NULL, NULL}, other},
		{{world.files.certificate, other, world.files.ca, NULL, NULL}, other},
		{{world.files.certificate, world.files.key, other, NULL, NULL}, other},
		{{world.files.certificate, world.files.key, world.files.ca, other, NULL}, other},
		{{world.files.certificate, world.files.key, world.directory, NULL, NULL}, world.directory},
		{{world.files.certificate, foreign_key, world.files.ca, NULL, NULL}, foreign_key},
		{{world.files.certificate, encrypted, world.files.ca, NULL, NULL}, encrypted},
		{{world.files.certificate, world.files.key, leaf, NULL, NULL}, leaf},
		{{world.files.certificate, world.files.key, world.files.ca, unsigned_list, NULL},
	     unsigned_list},
		{{world.files.certificate, world.files.key, world.files.ca, weak_list, NULL}, weak_list},
		{{world.files.certificate, NULL, world.files.ca, NULL, NULL}, "key"},
		{{NULL, world.files.key, world.files.ca, NULL, NULL}, "certificate"},
		{{world.files.certificate, world.files.key, NULL, NULL, NULL}, "trusted"},
	};
	X509_CRL *forever = pki_revoke(&world.root, NULL, 0, NULL);
	X509_CRL *weak = pki_revoke(&world.root, NULL, 3600, "SHA1");
	FILE *file = fopen(encrypted, "we");

	(void)state;
	assert_non_null(file);
	assert_int_equal(PEM_write_PKCS8PrivateKey(file, world.server.key, EVP_aes_128_cbc(), "secret",
	                                           6, NULL, NULL),
	                 1);
	assert_int_equal(fclose(file), 0);
	write_text(other, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	pki_write_lists(unsigned_list, &forever, 1);
	pki_write_lists(weak_list, &weak, 1);
	pki_write_certificates(leaf, &world.client.certificate, 1);
	pki_write_key(foreign_key, world.client.key);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct error error = {""};

		assert_null(tls_context_server(&table[i].files, &error));
		if (strstr(error.text, table[i].named) == NULL)
			fail_msg("line %zu: %s", i, error.text);
		if (table[i].files.certificate != NULL || table[i].files.key == NULL)
			assert_null(tls_context_client(&table[i].files, NULL));
	}
	X509_CRL_free(forever), X509_CRL_free(weak);
}

static void a_server_has_a_name(void **state)
{
	SSL_CTX *client = tls_context_client(&world.files, NULL);
	char name[300];
	SSL *ssl;

	(void)state;
	assert_non_null(client);
	memset(name, 'a', sizeof name);
	name[sizeof name - 1] = '\0';
	assert_null(tls_connect(client, NULL));
	assert_null(tls_connect(client, ""));
	assert_null(tls_connect(client, name));
	ssl = tls_connect(client, "docker");
	assert_string_equal(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name), "docker");
	SSL_free(ssl);
	ssl = tls_connect(client, "127.0.0.1");
	assert_null(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
	SSL_free(ssl);
	tls_context_free(client);
}

/* Both contexts of ours agree with each other. */
static void both_sides_meet(void **state)
{
	struct pki_spec spec = {.common_name = "both",
	                        .usage = "serverAuth,clientAuth",
	                        .names = "DNS:docker"};
	struct pki_entity both = pki_issue(&world.root, &spec);
	struct tls_files files = {.certificate = pki_path(world.directory, "both.pem"),
	                          .key = pki_path(world.directory, "both-key.pem"),
	                          .ca = world.files.ca};
	const unsigned char *chosen = NULL;
	unsigned len = 0;
	SSL_CTX *client;
	struct pair pair;

	(void)state;
	pki_write_certificates(files.certificate, &both.certificate, 1);
	pki_write_key(files.key, both.key);
	client = tls_context_client(&files, NULL);
	assert_non_null(client);
	pair = pair_take(tls_accept(world.context), tls_connect(client, "docker"));
	assert_true(pair_shake(&pair));
	SSL_get0_alpn_selected(pair.server, &chosen, &len);
	assert_int_equal(len, 8);
	pair_free(&pair);
	pair = pair_take(tls_accept(world.context), tls_connect(client, "dind"));
	assert_false(pair_shake(&pair));
	pair_free(&pair);
	tls_context_free(client);
	pki_free(&both);
}

static void fingerprints_follow_content(void **state)
{
	const char *a = pki_path(world.directory, "a");
	const char *b = pki_path(world.directory, "b");
	const struct tls_files files = {.certificate = a, .key = b};
	const struct tls_files without = {.certificate = a};
	unsigned long long first, moved;

	(void)state;
	write_text(a, "one");
	write_text(b, "two");
	first = tls_files_fingerprint(&files);
	assert_true(first != 0);
	assert_true(tls_files_fingerprint(&files) == first);
	assert_true(tls_files_fingerprint(&without) != first);
	write_text(a, "onet");
	write_text(b, "wo");
	moved = tls_files_fingerprint(&files);
	assert_true(moved != first && moved != 0);
	write_text(a, "one");
	write_text(b, "two");
	assert_true(tls_files_fingerprint(&files) == first);
	assert_int_equal(remove(b), 0);
	assert_true(tls_files_fingerprint(&files) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_and_ciphers),
		cmocka_unit_test(newest_version_is_preferred),
		cmocka_unit_test(application_protocols),
		cmocka_unit_test(nobody_renegotiates),
		cmocka_unit_test(sessions_carry_the_certificate),
		cmocka_unit_test(sessions_die_with_their_context),
		cmocka_unit_test(certificates_are_judged_again),
		cmocka_unit_test(resumption_needs_the_intermediate_kept),
		cmocka_unit_test(mistakes_name_the_file),
		cmocka_unit_test(a_server_has_a_name),
		cmocka_unit_test(both_sides_meet),
		cmocka_unit_test(fingerprints_follow_content),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
