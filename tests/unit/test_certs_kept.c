/* What is kept when certificates are issued again, what is left alone, and how files are replaced. */
#define _GNU_SOURCE
#include "certs/issue.h"
#include "certs/pem.h"
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

static void keys_and_authority_are_kept(void **state)
{
	static const enum layout_file kept[] = {LAYOUT_CA_KEY, LAYOUT_CA_CERTIFICATE, LAYOUT_SERVER_KEY,
	                                        LAYOUT_CLIENT_KEY};
	static const enum layout_file renewed[] = {LAYOUT_SERVER_CERTIFICATE, LAYOUT_CLIENT_CERTIFICATE,
	                                           LAYOUT_CA_SERIAL};
	static char before[LAYOUT_FILES][CERTS_TEXT_SIZE];
	static char after[CERTS_TEXT_SIZE];

	(void)state;
	certs_issue_all();
	for (size_t i = 0; i < LAYOUT_FILES; i++) {
		if (i != LAYOUT_CLIENT_CA)
			certs_read_text(certs_layout.path[i], before[i]);
	}
	assert_int_equal(chmod(certs_layout.path[LAYOUT_CA_KEY], 0644), 0);
	certs_issue_all();
	assert_int_equal(certs_mode_of(certs_layout.path[LAYOUT_CA_KEY]), 0600);
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		certs_read_text(certs_layout.path[kept[i]], after);
		assert_string_equal(after, before[kept[i]]);
	}
	for (size_t i = 0; i < sizeof renewed / sizeof *renewed; i++) {
		certs_read_text(certs_layout.path[renewed[i]], after);
		assert_string_not_equal(after, before[renewed[i]]);
	}
}

/* An authority that ends soon is renewed for the same key, and what it signs verifies under the old one. */
static void ending_authority_is_renewed(void **state)
{
	struct pki_spec ending = {.common_name = "docker:dind CA",
	                          .constraints = "critical,CA:TRUE",
	                          .from_s = -3600,
	                          .until_s = 80L * 24 * 3600};
	struct pki_entity old = pki_issue(NULL, &ending);
	X509 *renewed, *server;

	(void)state;
	assert_int_equal(mkdir(pki_path(certs_directory, "ca"), 0755), 0);
	pki_write_key(certs_layout.path[LAYOUT_CA_KEY], old.key);
	pki_write_certificates(certs_layout.path[LAYOUT_CA_CERTIFICATE], &old.certificate, 1);
	certs_issue_all();
	renewed = pem_read_certificate(certs_layout.path[LAYOUT_CA_CERTIFICATE], NULL);
	server = pem_read_certificate(certs_layout.path[LAYOUT_SERVER_CERTIFICATE], NULL);
	certs_assert_validity(renewed);
	assert_int_equal(X509_check_private_key(renewed, old.key), 1);
	assert_int_equal(X509_verify(server, X509_get0_pubkey(old.certificate)), 1);
	assert_int_equal(X509_check_issued(old.certificate, server), X509_V_OK);
	X509_free(renewed);
	X509_free(server);
	pki_free(&old);
}

static void broken_keys_are_not_replaced(void **state)
{
	const struct issue_request request = {.directory = certs_directory, .parts = ISSUE_AUTHORITY};
	struct error error = {""};
	char text[CERTS_TEXT_SIZE];

	(void)state;
	assert_int_equal(mkdir(pki_path(certs_directory, "ca"), 0755), 0);
	certs_write_text(certs_layout.path[LAYOUT_CA_KEY], "not a key\n");
	assert_int_equal(issue_layout(&request, &error), ISSUE_FAILED);
	assert_non_null(strstr(error.text, certs_layout.path[LAYOUT_CA_KEY]));
	certs_read_text(certs_layout.path[LAYOUT_CA_KEY], text);
	assert_string_equal(text, "not a key\n");
}

static void strangers_keys_are_refused(void **state)
{
	const struct issue_request request = {.directory = certs_directory, .parts = ISSUE_AUTHORITY};
	struct error error = {""};

	(void)state;
	if (geteuid() != 0)
		skip();
	certs_issue_all();
	assert_int_equal(chown(certs_layout.path[LAYOUT_CA_KEY], 12345, 12345), 0);
	assert_int_equal(issue_layout(&request, &error), ISSUE_FAILED);
	assert_non_null(strstr(error.text, "belongs to user 12345"));
}

/* Whoever can write to client/ must not have us make another key readable to all. */
static void links_to_keys_are_refused(void **state)
{
	const struct issue_request request = {.directory = certs_directory, .parts = ISSUE_CLIENT};
	struct error error = {""};

	(void)state;
	certs_issue_all();
	assert_int_equal(unlink(certs_layout.path[LAYOUT_CLIENT_KEY]), 0);
	assert_int_equal(symlink("../server/key.pem", certs_layout.path[LAYOUT_CLIENT_KEY]), 0);
	assert_int_equal(issue_layout(&request, &error), ISSUE_FAILED);
	assert_non_null(strstr(error.text, "symbolic link"));
	assert_int_equal(certs_mode_of(certs_layout.path[LAYOUT_SERVER_KEY]), 0600);
}

static void authority_without_key(void **state)
{
	const struct issue_request request = {.directory = certs_directory,
	                                      .parts = ISSUE_AUTHORITY | ISSUE_SERVER};
	struct error error = {""};

	(void)state;
	certs_issue(ISSUE_AUTHORITY, NULL);
	assert_int_equal(unlink(certs_layout.path[LAYOUT_CA_KEY]), 0);
	assert_int_equal(issue_layout(&request, &error), ISSUE_FAILED);
	assert_non_null(strstr(error.text, "has no ca/key.pem"));
	assert_int_equal(access(certs_layout.path[LAYOUT_CA_KEY], F_OK), -1);
}

static void server_needs_an_authority(void **state)
{
	const struct issue_request request = {.directory = certs_directory, .parts = ISSUE_SERVER};
	struct error error = {""};

	(void)state;
	assert_int_equal(issue_layout(&request, &error), ISSUE_FAILED);
	assert_non_null(strstr(error.text, certs_layout.path[LAYOUT_CA_KEY]));
}

static void make_user_managed(const struct pki_entity *authority, const struct pki_spec *spec)
{
	struct pki_entity server = pki_issue(authority, spec);

	assert_int_equal(mkdir(pki_path(certs_directory, "server"), 0755), 0);
	pki_write_certificates(certs_layout.path[LAYOUT_SERVER_CA], &authority->certificate, 1);
	pki_write_certificates(certs_layout.path[LAYOUT_SERVER_CERTIFICATE], &server.certificate, 1);
	pki_write_key(certs_layout.path[LAYOUT_SERVER_KEY], server.key);
	pki_free(&server);
}

static void users_own_authority_is_left_alone(void **state)
{
	const struct issue_request request = {.directory = certs_directory,
	                                      .parts = ISSUE_AUTHORITY | ISSUE_SERVER | ISSUE_CLIENT};
	const struct pki_spec good = {.common_name = "mine", .names = "DNS:docker"};
	struct pki_entity authority = pki_issue(NULL, &pki_authority);
	static char before[CERTS_TEXT_SIZE], after[CERTS_TEXT_SIZE];
	struct error error = {""};

	(void)state;
	make_user_managed(&authority, &good);
	certs_read_text(certs_layout.path[LAYOUT_SERVER_CERTIFICATE], before);
	if (issue_layout(&request, &error) != ISSUE_USER_MANAGED)
		fail_msg("%s", error.text);
	assert_true(layout_publish(certs_directory, NULL));
	certs_read_text(certs_layout.path[LAYOUT_SERVER_CERTIFICATE], after);
	assert_string_equal(after, before);
	assert_int_equal(access(pki_path(certs_directory, "ca"), F_OK), -1);
	assert_int_equal(access(pki_path(certs_directory, "client"), F_OK), -1);
	pki_free(&authority);
}

static void users_own_mistakes_are_said(void **state)
{
	static const struct {
		struct pki_spec spec;
		const char *said;
	} table[] = {
		{{.common_name = "mine", .from_s = -60, .until_s = -30}, "expired"},
		{{.common_name = "mine", .usage = "clientAuth"}, "purpose"},
		{{.common_name = "mine", .signature_of_issuer_differs = 1}, "signature"},
	};
	const struct issue_request request = {.directory = certs_directory, .parts = ISSUE_AUTHORITY};
	struct pki_entity authority = pki_issue(NULL, &pki_authority);

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct error error = {""};

		make_user_managed(&authority, &table[i].spec);
		assert_int_equal(issue_layout(&request, &error), ISSUE_FAILED);
		if (strstr(error.text, table[i].said) == NULL)
			fail_msg("%s", error.text);
		assert_int_equal(unlink(certs_layout.path[LAYOUT_SERVER_KEY]), 0);
		assert_int_equal(unlink(certs_layout.path[LAYOUT_SERVER_CERTIFICATE]), 0);
		assert_int_equal(unlink(certs_layout.path[LAYOUT_SERVER_CA]), 0);
		assert_int_equal(rmdir(pki_path(certs_directory, "server")), 0);
	}
	pki_free(&authority);
}

static void publishing_copies_the_authority(void **state)
{
	static char authority[CERTS_TEXT_SIZE], published[CERTS_TEXT_SIZE];
	struct error error = {""};

	(void)state;
	assert_false(layout_publish(certs_directory, &error));
	assert_non_null(strstr(error.text, certs_layout.path[LAYOUT_CA_CERTIFICATE]));
	certs_issue_all();
	assert_true(layout_publish(certs_directory, &error));
	certs_read_text(certs_layout.path[LAYOUT_CA_CERTIFICATE], authority);
	certs_read_text(certs_layout.path[LAYOUT_CLIENT_CA], published);
	assert_string_equal(authority, published);
	assert_int_equal(certs_mode_of(certs_layout.path[LAYOUT_CLIENT_CA]), 0644);
}

static void writing_replaces_and_follows_no_link(void **state)
{
	const char *target = pki_path(certs_directory, "target");
	const char *link = pki_path(certs_directory, "link");
	char text[CERTS_TEXT_SIZE];
	struct stat status;
	struct error error = {""};

	(void)state;
	certs_write_text(target, "old");
	assert_int_equal(symlink(target, link), 0);
	assert_true(layout_write(link, 0640, "new", 3, NULL));
	assert_int_equal(lstat(link, &status), 0);
	assert_true(S_ISREG(status.st_mode));
	assert_int_equal(certs_mode_of(link), 0640);
	certs_read_text(link, text);
	assert_string_equal(text, "new");
	certs_read_text(target, text);
	assert_string_equal(text, "old");
	assert_false(layout_write(pki_path(certs_directory, "no/such"), 0644, "x", 1, &error));
	assert_non_null(strstr(error.text, "no/such"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_CERTS_DIRECTORY(keys_and_authority_are_kept),
		IN_CERTS_DIRECTORY(ending_authority_is_renewed),
		IN_CERTS_DIRECTORY(broken_keys_are_not_replaced),
		IN_CERTS_DIRECTORY(strangers_keys_are_refused),
		IN_CERTS_DIRECTORY(links_to_keys_are_refused),
		IN_CERTS_DIRECTORY(authority_without_key),
		IN_CERTS_DIRECTORY(server_needs_an_authority),
		IN_CERTS_DIRECTORY(users_own_authority_is_left_alone),
		IN_CERTS_DIRECTORY(users_own_mistakes_are_said),
		IN_CERTS_DIRECTORY(publishing_copies_the_authority),
		IN_CERTS_DIRECTORY(writing_replaces_and_follows_no_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
