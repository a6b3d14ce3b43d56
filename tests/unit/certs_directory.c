/* Owns the certificate directory that a test works in. */
#define _GNU_SOURCE
#include "tests/unit/certs_directory.h"

#include "certs/issue.h"
#include "policy/error.h"
#include "proxy/log.h"
#include "tests/unit/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

char *certs_directory;
struct layout certs_layout;

int certs_directory_make(void **state)
{
	(void)state;
	(void)umask(077); /* the layout's modes are exact, whatever this is */
	log_set_level(LOG_ERROR);
	certs_directory = pki_directory();
	return layout_open(&certs_layout, certs_directory, NULL) ? 0 : -1;
}

int certs_directory_remove(void **state)
{
	(void)state;
	layout_close(&certs_layout);
	pki_directory_free(certs_directory);
	return 0;
}

void certs_issue(unsigned parts, const char *names)
{
	const struct issue_request request = {.directory = certs_directory,
	                                      .parts = parts,
	                                      .kind = KEY_P256,
	                                      .names = names};
	struct error error = {""};

	if (issue_layout(&request, &error) != ISSUE_DONE)
		fail_msg("%s", error.text);
}

void certs_issue_all(void)
{
	certs_issue(ISSUE_AUTHORITY | ISSUE_SERVER | ISSUE_CLIENT, NULL);
}

void certs_read_text(const char *path, char *text)
{
	FILE *file = fopen(path, "re");
	size_t len;

	if (file == NULL)
		fail_msg("%s is missing", path);
	len = fread(text, 1, CERTS_TEXT_SIZE - 1, file);
	text[len] = '\0';
	assert_int_equal(fclose(file), 0);
}

void certs_write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

unsigned certs_mode_of(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		fail_msg("%s is missing", path);
	return (unsigned)status.st_mode & 07777;
}

void certs_assert_name(const X509_NAME *name, const char *expected)
{
	char text[128] = "";

	assert_int_equal(X509_NAME_entry_count(name), 1);
	assert_true(X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof text) > 0);
	assert_string_equal(text, expected);
}

void certs_assert_validity(const X509 *certificate)
{
	int days = 0;
	int seconds = 0;

	assert_int_equal(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate),
	                                X509_get0_notAfter(certificate)),
	                 1);
	assert_int_equal(days, 825);
	assert_int_equal(seconds, 0);
}
