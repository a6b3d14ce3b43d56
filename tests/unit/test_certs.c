/* What `quaymaster certs` issues: is it docker:dind's layout to the letter? */
#define _GNU_SOURCE
#include "certs/issue.h"
#include "certs/names.h"
#include "certs/pem.h"
#include "policy/error.h"
#include "proxy/tls_context.h"
#include "tests/unit/certs_directory.h"
#include "tests/unit/handshake.h"
#include "tests/unit/pki.h"

#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void names_and_modes(void **state)
{
	static const struct {
		const char *name;
		unsigned mode;
	} table[] = {
		{"ca", 0755},
		{"server", 0755},
		{"client", 0755},
		{"ca/key.pem", 0600},
		{"ca/cert.pem", 0644},
		{"ca/cert.srl", 0644},
		{"server/key.pem", 0600},
		{"server/cert.pem", 0644},
		{"server/ca.pem", 0644},
		{"server/csr.pem", 0644},
		{"client/key.pem", 0644},
		{"client/cert.pem", 0644},
		{"client/csr.pem", 0644},
		{"server/openssl.cnf", 0644},
		{"client/openssl.cnf", 0644},
	};

	(void)state;
	certs_issue_all();
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(certs_mode_of(pki_path(certs_directory, table[i].name)), table[i].mode);
	assert_int_equal(access(certs_layout.path[LAYOUT_CLIENT_CA], F_OK), -1);
}

static void subjects_and_extensions(void **state)
{
	enum { CRITICAL = 1000 };
	static const struct {
		enum layout_file file;
		const char *subject;
		int extensions[5]; /* in any order; CRITICAL is added to the NID of one that is */
	} table[] = {
		{LAYOUT_CA_CERTIFICATE,
	     "docker:dind CA",
	     {NID_subject_key_identifier, NID_authority_key_identifier,
	      CRITICAL + NID_basic_constraints, CRITICAL + NID_key_usage}},
		{LAYOUT_SERVER_CERTIFICATE,
	     "docker:dind server",
	     {NID_subject_key_identifier, NID_authority_key_identifier, NID_ext_key_usage,
	      NID_subject_alt_name}},
		{LAYOUT_CLIENT_CERTIFICATE,
	     "docker:dind client",
	     {NID_subject_key_identifier, NID_authority_key_identifier, NID_ext_key_usage}},
	};
	char name[80];

	(void)state;
	certs_issue_all();
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		X509 *certificate = pem_read_certificate(certs_layout.path[table[i].file], NULL);
		int count = 0;

		assert_non_null(certificate);
		assert_int_equal(X509_get_version(certificate), X509_VERSION_3);
		certs_assert_name(X509_get_subject_name(certificate), table[i].subject);
		certs_assert_name(X509_get_issuer_name(certificate), "docker:dind CA");
		certs_assert_validity(certificate);
		assert_int_equal(ASN1_STRING_length(X509_get0_serialNumber(certificate)), 16);
		assert_int_equal(ASN1_STRING_type(X509_get0_serialNumber(certificate)), V_ASN1_INTEGER);
		while (table[i].extensions[count] != 0) {
			int nid = table[i].extensions[count] % CRITICAL;
			int index = X509_get_ext_by_NID(certificate, nid, -1);

			if (index < 0)
				fail_msg("%s has no %s", table[i].subject, OBJ_nid2sn(nid));
			assert_int_equal(X509_EXTENSION_get_critical(X509_get_ext(certificate, index)),
			                 table[i].extensions[count] >= CRITICAL);
			count++;
		}
		assert_int_equal(X509_get_ext_count(certificate), count);
		assert_true(
			EVP_PKEY_get_group_name(X509_get0_pubkey(certificate), name, sizeof name, NULL) == 1);
		assert_string_equal(name, "prime256v1");
		X509_free(certificate);
	}
}

static void usages(void **state)
{
	X509 *authority, *server, *client;

	(void)state;
	certs_issue_all();
	authority = pem_read_certificate(certs_layout.path[LAYOUT_CA_CERTIFICATE], NULL);
	server = pem_read_certificate(certs_layout.path[LAYOUT_SERVER_CERTIFICATE], NULL);
	client = pem_read_certificate(certs_layout.path[LAYOUT_CLIENT_CERTIFICATE], NULL);
	assert_int_equal(X509_get_key_usage(authority),
	                 KU_DIGITAL_SIGNATURE | KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	assert_true((X509_get_extension_flags(authority) & EXFLAG_CA) != 0);
	assert_int_equal(X509_get_extended_key_usage(server), XKU_SSL_SERVER);
	assert_int_equal(X509_get_extended_key_usage(client), XKU_SSL_CLIENT);
	X509_free(authority);
	X509_free(server);
	X509_free(client);
}

static void server_names(void **state)
{
	static const char *const hosts[] = {"docker", "localhost", "build.example"};
	static const char *const addresses[] = {"127.0.0.1", "10.1.2.3"};
	char host[257] = "";
	X509 *server;

	(void)state;
	certs_issue(ISSUE_AUTHORITY | ISSUE_SERVER, " IP:10.1.2.3, DNS:build.example,DNS:docker ");
	server = pem_read_certificate(certs_layout.path[LAYOUT_SERVER_CERTIFICATE], NULL);
	assert_non_null(server);
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		assert_int_equal(X509_check_host(server, hosts[i], 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
		                                 NULL),
		                 1);
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
		assert_int_equal(X509_check_ip_asc(server, addresses[i], 0), 1);
	assert_int_equal(gethostname(host, sizeof host - 1), 0);
	if (strpbrk(host, "_") == NULL)
		assert_int_equal(X509_check_host(server, host, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
		                                 NULL),
		                 1);
	X509_free(server);
}

static void names_are_sorted_and_unique(void **state)
{
	char *names = names_gather("DNS:zz,,DNS:docker, DNS:aa ,\t,DNS:zz", NULL);
	char previous[1024] = "";
	size_t len;

	(void)state;
	assert_non_null(names);
	for (const char *name = names; *name != '\0'; name += len + (name[len] == ',' ? 1 : 0)) {
		char one[1024];

		len = strcspn(name, ",");
		assert_true(len > 0 && len < sizeof one);
		memcpy(one, name, len);
		one[len] = '\0';
		assert_true(strcmp(previous, one) < 0);
		memcpy(previous, one, len + 1);
	}
	assert_non_null(strstr(names, "DNS:aa,"));
	free(names);
}

static void wrong_names_are_said(void **state)
{
	static const char *const table[] = {"IP:10.0.0.256", "HOST:a", "build", "DNS:"};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const struct issue_request request = {.directory = certs_directory,
		                                      .parts = ISSUE_AUTHORITY | ISSUE_SERVER,
		                                      .names = table[i]};
		struct error error = {""};

		assert_int_equal(issue_layout(&request, &error), ISSUE_FAILED);
		assert_non_null(strstr(error.text, "check its names"));
		assert_int_equal(access(certs_layout.path[LAYOUT_SERVER_CERTIFICATE], F_OK), -1);
	}
}

static void one_more_client(void **state)
{
	const char *output = pki_path(certs_directory, "job");
	const struct issue_client client = {.directory = certs_directory,
	                                    .output = output,
	                                    .common_name = "job 42",
	                                    .names = "URI:spiffe://ci.example/job/42"};
	struct error error = {""};
	X509 *certificate;

	(void)state;
	assert_false(issue_client(&client, &error));
	certs_issue(ISSUE_AUTHORITY, NULL);
	assert_true(issue_client(&client, &error));
	assert_int_equal(certs_mode_of(output), 0700);
	assert_int_equal(certs_mode_of(pki_path(output, "key.pem")), 0600);
	assert_int_equal(certs_mode_of(pki_path(output, "ca.pem")), 0644);
	certificate = pem_read_certificate(pki_path(output, "cert.pem"), NULL);
	certs_assert_name(X509_get_subject_name(certificate), "job 42");
	assert_int_equal(X509_get_extended_key_usage(certificate), XKU_SSL_CLIENT);
	assert_true(X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) >= 0);
	X509_free(certificate);
}

/* What we issue, both our contexts take. */
static void layout_serves_a_handshake(void **state)
{
	static const enum key_kind kinds[] = {KEY_P256, KEY_RSA_2048};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const struct issue_request request = {.directory = certs_directory,
		                                      .parts =
		                                          ISSUE_AUTHORITY | ISSUE_SERVER | ISSUE_CLIENT,
		                                      .kind = kinds[i]};
		const struct tls_files server = {.certificate =
		                                     certs_layout.path[LAYOUT_SERVER_CERTIFICATE],
		                                 .key = certs_layout.path[LAYOUT_SERVER_KEY],
		                                 .ca = certs_layout.path[LAYOUT_SERVER_CA]};
		const struct tls_files client = {.certificate =
		                                     certs_layout.path[LAYOUT_CLIENT_CERTIFICATE],
		                                 .key = certs_layout.path[LAYOUT_CLIENT_KEY],
		                                 .ca = certs_layout.path[LAYOUT_CLIENT_CA]};
		SSL_CTX *ours, *theirs;
		struct pair pair;

		assert_int_equal(issue_layout(&request, NULL), ISSUE_DONE);
		assert_true(layout_publish(certs_directory, NULL));
		ours = tls_context_server(&server, NULL);
		theirs = tls_context_client(&client, NULL);
		assert_non_null(ours);
		assert_non_null(theirs);
		pair = pair_take(tls_accept(ours), tls_connect(theirs, "docker"));
		assert_true(pair_shake(&pair));
		pair_free(&pair);
		tls_context_free(ours);
		tls_context_free(theirs);
		for (size_t file = 0; file < LAYOUT_FILES; file++)
			(void)unlink(certs_layout.path[file]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_CERTS_DIRECTORY(names_and_modes),
		IN_CERTS_DIRECTORY(subjects_and_extensions),
		IN_CERTS_DIRECTORY(usages),
		IN_CERTS_DIRECTORY(server_names),
		IN_CERTS_DIRECTORY(names_are_sorted_and_unique),
		IN_CERTS_DIRECTORY(wrong_names_are_said),
		IN_CERTS_DIRECTORY(one_more_client),
		IN_CERTS_DIRECTORY(layout_serves_a_handshake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
