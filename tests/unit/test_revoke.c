/* What is revoked, stays revoked and is refused by who reads the list; and when certificates are renewed. */
#define _GNU_SOURCE
#include "certs/revoke.h"

#include "certs/issue.h"
#include "certs/pem.h"
#include "certs/renew.h"
#include "policy/error.h"
#include "tests/unit/certs_directory.h"
#include "tests/unit/pki.h"

#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { DAY_S = 24 * 3600 };

static void assert_revoked(enum revoke_result expected, const char *which)
{
	struct error error = {""};
	enum revoke_result result = revoke_one(certs_directory, which, &error);

	if (result != expected)
		fail_msg("%s: %d instead of %d: %s", which, (int)result, (int)expected, error.text);
}

/* As a server that has server/ca.pem and server/crl.pem judges it. */
static int verify_code(const char *path)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509 *certificate = pem_read_certificate(path, NULL);
	X509 *authority = pem_read_certificate(certs_layout.path[LAYOUT_SERVER_CA], NULL);
	X509_CRL *list = pem_read_list(certs_layout.path[LAYOUT_SERVER_CRL], NULL);
	int code;

	assert_int_equal(X509_STORE_add_cert(store, authority), 1);
	assert_int_equal(X509_STORE_add_crl(store, list), 1);
	assert_int_equal(X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_X509_STRICT),
	                 1);
	assert_int_equal(X509_STORE_CTX_init(context, store, certificate, NULL), 1);
	code = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
	X509_CRL_free(list);
	X509_free(authority);
	X509_free(certificate);
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return code;
}

static void a_new_authority_has_an_empty_list(void **state)
{
	struct error error = {""};

	(void)state;
	certs_issue_all();
	assert_int_equal(revoke_count(&certs_layout, &error), 0);
	assert_int_equal(certs_mode_of(certs_layout.path[LAYOUT_SERVER_CRL]), 0644);
	assert_int_equal(verify_code(certs_layout.path[LAYOUT_CLIENT_CERTIFICATE]), X509_V_OK);
}

static void a_file_and_a_number_are_revoked(void **state)
{
	struct error error = {""};

	(void)state;
	certs_issue_all();
	assert_revoked(REVOKE_DONE, "0a1B");
	assert_revoked(REVOKE_DONE, certs_layout.path[LAYOUT_CLIENT_CERTIFICATE]);
	assert_revoked(REVOKE_WAS_REVOKED, "A1b");
	assert_revoked(REVOKE_WAS_REVOKED, certs_layout.path[LAYOUT_CLIENT_CERTIFICATE]);
	assert_int_equal(revoke_count(&certs_layout, &error), 2);
	assert_int_equal(verify_code(certs_layout.path[LAYOUT_CLIENT_CERTIFICATE]),
	                 X509_V_ERR_CERT_REVOKED);
	/* Signing afresh keeps the list, and the new certificate is another. */
	certs_issue_all();
	assert_int_equal(revoke_count(&certs_layout, &error), 2);
	assert_int_equal(verify_code(certs_layout.path[LAYOUT_CLIENT_CERTIFICATE]), X509_V_OK);
}

static void what_is_not_ours_is_refused(void **state)
{
	struct pki_entity other = pki_issue(NULL, &pki_authority);
	const char *path = pki_path(certs_directory, "other.pem");
	struct error error = {""};

	(void)state;
	certs_issue_all();
	pki_write_certificates(path, &other.certificate, 1);
	assert_revoked(REVOKE_FAILED, path);
	assert_revoked(REVOKE_FAILED, "no such file");
	assert_revoked(REVOKE_FAILED, "");
	assert_revoked(REVOKE_FAILED, "12345678901234567890123456789012345678901"); /* 41 digits */
	assert_int_equal(revoke_count(&certs_layout, &error), 0);
	pki_free(&other);
}

/* Were it replaced, whoever it names would get in again. */
static void a_list_of_another_key_is_not_replaced(void **state)
{
	const struct issue_request request = {.directory = certs_directory, .parts = ISSUE_SERVER};
	struct pki_entity other = pki_issue(NULL, &pki_authority);
	X509_CRL *list = pki_revoke(&other, NULL, DAY_S, NULL);
	struct error error = {""};

	(void)state;
	certs_issue_all();
	pki_write_lists(certs_layout.path[LAYOUT_SERVER_CRL], &list, 1);
	assert_revoked(REVOKE_FAILED, "1");
	assert_int_equal(issue_layout(&request, &error), ISSUE_FAILED);
	assert_non_null(strstr(error.text, "crl.pem"));
	X509_CRL_free(list);
	pki_free(&other);
}

/* docker:dind's authority may not sign lists; RFC 5280 section 4.2.1.3 has whoever reads one refuse it then. */
static void dinds_authority_learns_to_revoke(void **state)
{
	static const struct pki_spec dinds = {.common_name = "docker:dind CA",
	                                      .constraints = "critical,CA:TRUE",
	                                      .key_usage = "critical,digitalSignature,keyCertSign",
	                                      .from_s = -3600,
	                                      .until_s = 800L * DAY_S};
	struct pki_entity old = pki_issue(NULL, &dinds);
	struct pki_entity client = pki_issue(&old, &pki_client);
	const char *path = pki_path(certs_directory, "client.pem");

	(void)state;
	assert_int_equal(mkdir(pki_path(certs_directory, "ca"), 0755), 0);
	assert_int_equal(mkdir(pki_path(certs_directory, "server"), 0755), 0);
	pki_write_key(certs_layout.path[LAYOUT_CA_KEY], old.key);
	pki_write_certificates(certs_layout.path[LAYOUT_CA_CERTIFICATE], &old.certificate, 1);
	pki_write_certificates(certs_layout.path[LAYOUT_SERVER_CA], &old.certificate, 1);
	pki_write_certificates(path, &client.certificate, 1);
	assert_revoked(REVOKE_DONE, "77");
	assert_int_equal(verify_code(path), X509_V_OK);
	assert_revoked(REVOKE_DONE, path);
	assert_int_equal(verify_code(path), X509_V_ERR_CERT_REVOKED);
	pki_free(&client);
	pki_free(&old);
}

static enum renew_result renewed(const char *names)
{
	struct error error = {""};
	enum renew_result result = renew_when_due(certs_directory, names, &error);

	if (result == RENEW_FAILED)
		fail_msg("%s", error.text);
	return result;
}

/* Puts a certificate in FILE's place that ends in DAYS and a half. */
static void let_end(enum layout_file file, long days)
{
	struct pki_entity authority = {pem_read_certificate(certs_layout.path[LAYOUT_CA_CERTIFICATE],
	                                                    NULL),
	                               pem_read_key(certs_layout.path[LAYOUT_CA_KEY], NULL)};
	struct pki_spec spec = {.common_name = "ending",
	                        .usage = "clientAuth",
	                        .from_s = -3600,
	                        .until_s = days * DAY_S + DAY_S / 2};
	struct pki_entity ending = pki_issue(&authority, &spec);

	pki_write_certificates(certs_layout.path[file], &ending.certificate, 1);
	pki_free(&ending);
	pki_free(&authority);
}

static void what_lasts_is_left_alone(void **state)
{
	static char before[CERTS_TEXT_SIZE], after[CERTS_TEXT_SIZE];

	(void)state;
	certs_issue_all();
	certs_read_text(certs_layout.path[LAYOUT_SERVER_CERTIFICATE], before);
	assert_int_equal(renewed(NULL), RENEW_NOT_DUE);
	let_end(LAYOUT_CLIENT_CERTIFICATE, RENEW_DAYS);
	assert_int_equal(renewed(NULL), RENEW_NOT_DUE);
	certs_read_text(certs_layout.path[LAYOUT_SERVER_CERTIFICATE], after);
	assert_string_equal(before, after);
}

static void what_ends_is_renewed(void **state)
{
	static const enum layout_file files[] = {LAYOUT_SERVER_CERTIFICATE, LAYOUT_CLIENT_CERTIFICATE};
	static char text[CERTS_TEXT_SIZE];

	(void)state;
	certs_issue(ISSUE_AUTHORITY | ISSUE_SERVER | ISSUE_CLIENT, "DNS:kept.example");
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		X509 *certificate;

		let_end(files[i], RENEW_DAYS - 1);
		assert_int_equal(renewed("DNS:added.example"), RENEW_DONE);
		certificate = pem_read_certificate(certs_layout.path[files[i]], NULL);
		certs_assert_validity(certificate);
		X509_free(certificate);
		assert_int_equal(renewed(NULL), RENEW_NOT_DUE);
	}
	certs_read_text(certs_layout.path[LAYOUT_SERVER_CONFIG], text);
	assert_non_null(strstr(text, "DNS:kept.example"));
	assert_non_null(strstr(text, "DNS:added.example"));
}

/* Without ca/key.pem the certificates are the user's, who renews them. */
static void the_users_own_are_not_renewed(void **state)
{
	(void)state;
	certs_issue_all();
	let_end(LAYOUT_SERVER_CERTIFICATE, 1);
	assert_int_equal(unlink(certs_layout.path[LAYOUT_CA_KEY]), 0);
	assert_int_equal(renewed(NULL), RENEW_NOT_DUE);
}

static void an_ending_list_is_signed_anew(void **state)
{
	struct pki_entity authority;
	X509_CRL *list;
	struct error error = {""};

	(void)state;
	certs_issue_all();
	authority.certificate = pem_read_certificate(certs_layout.path[LAYOUT_CA_CERTIFICATE], NULL);
	authority.key = pem_read_key(certs_layout.path[LAYOUT_CA_KEY], NULL);
	list = pki_revoke(&authority, authority.certificate, 80L * DAY_S, NULL);
	pki_write_lists(certs_layout.path[LAYOUT_SERVER_CRL], &list, 1);
	assert_int_equal(renewed(NULL), RENEW_DONE);
	assert_int_equal(revoke_count(&certs_layout, &error), 1);
	assert_int_equal(renewed(NULL), RENEW_NOT_DUE);
	X509_CRL_free(list);
	pki_free(&authority);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_CERTS_DIRECTORY(a_new_authority_has_an_empty_list),
		IN_CERTS_DIRECTORY(a_file_and_a_number_are_revoked),
		IN_CERTS_DIRECTORY(what_is_not_ours_is_refused),
		IN_CERTS_DIRECTORY(a_list_of_another_key_is_not_replaced),
		IN_CERTS_DIRECTORY(dinds_authority_learns_to_revoke),
		IN_CERTS_DIRECTORY(what_lasts_is_left_alone),
		IN_CERTS_DIRECTORY(what_ends_is_renewed),
		IN_CERTS_DIRECTORY(the_users_own_are_not_renewed),
		IN_CERTS_DIRECTORY(an_ending_list_is_signed_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
