/* A certificate directory for one test, and questions about what is in it. */
#ifndef QUAYMASTER_TESTS_CERTS_DIRECTORY_H
#define QUAYMASTER_TESTS_CERTS_DIRECTORY_H

#include "certs/layout.h"

#include <openssl/x509.h>

enum { CERTS_TEXT_SIZE = 8192 };

/* The running test's, empty at its start and gone at its end. */
extern char *certs_directory;
extern struct layout certs_layout;

int certs_directory_make(void **state);
int certs_directory_remove(void **state);
#define IN_CERTS_DIRECTORY(test) \
	cmocka_unit_test_setup_teardown(test, certs_directory_make, certs_directory_remove)

/* Issues PARTS (enum issue_parts), or all of them; the test fails when that does. */
void certs_issue(unsigned parts, const char *names);
void certs_issue_all(void);

void certs_read_text(const char *path, char *text); /* at most CERTS_TEXT_SIZE */
void certs_write_text(const char *path, const char *text);
unsigned certs_mode_of(const char *path);

/* NAME is one common name and nothing else. */
void certs_assert_name(const X509_NAME *name, const char *expected);
/* 825 days, to the second. */
void certs_assert_validity(const X509 *certificate);

#endif
