/* `quaymaster certs` as it is typed: exit codes and what it prints. */
#define _GNU_SOURCE
#include "certs/cmd_certs.h"
#include "tests/unit/certs_directory.h"
#include "tests/unit/pki.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs `certs WORDS`, and returns its exit code; what it prints goes to TEXT. */
static int run(char *text, const char *first, const char *second)
{
	const char *output = pki_path(certs_directory, "output");
	char *arguments[] = {strdup("certs"),
	                     strdup(first),
	                     strdup("--directory"),
	                     strdup(certs_directory),
	                     second != NULL ? strdup(second) : NULL,
	                     NULL};
	int out = dup(STDOUT_FILENO);
	int err = dup(STDERR_FILENO);
	int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int code;

	assert_true(out >= 0 && err >= 0 && fd >= 0);
	(void)fflush(stdout);
	assert_true(dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	code = cmd_certs(second != NULL ? 5 : 4, arguments);
	(void)fflush(stdout);
	assert_true(dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0);
	(void)close(out);
	(void)close(err);
	(void)close(fd);
	certs_read_text(output, text);
	for (size_t i = 0; i < 5; i++)
		free(arguments[i]);
	return code;
}

static void show_tells_what_is_wrong(void **state)
{
	static char text[CERTS_TEXT_SIZE];
	const struct pki_spec expired = {.common_name = "x",
	                                 .usage = "clientAuth",
	                                 .from_s = -60,
	                                 .until_s = -30};
	struct pki_entity other;

	(void)state;
	assert_int_equal(run(text, "show", NULL), 1);
	assert_non_null(strstr(text, "MISSING"));
	assert_int_equal(run(text, "init", NULL), 0);
	assert_int_equal(run(text, "show", NULL), 1); /* not published yet */
	assert_non_null(strstr(text, "client/ca.pem\n  MISSING"));
	assert_int_equal(run(text, "init", "--publish"), 0);
	assert_int_equal(run(text, "show", NULL), 0);
	assert_non_null(strstr(text, "subject   CN=docker:dind server\n"));
	assert_non_null(strstr(text, "issuer    CN=docker:dind CA\n"));
	assert_non_null(strstr(text, "DNS:docker"));
	assert_true(strstr(text, ": 824 days left") != NULL || strstr(text, ": 825 days left") != NULL);
	assert_non_null(strstr(text, "ECDSA P-256"));
	other = pki_issue(NULL, &expired);
	pki_write_certificates(certs_layout.path[LAYOUT_CLIENT_CERTIFICATE], &other.certificate, 1);
	assert_int_equal(run(text, "show", NULL), 1);
	assert_non_null(strstr(text, "EXPIRED"));
	assert_non_null(strstr(text, "PROBLEM"));
	pki_free(&other);
}

static void command_line(void **state)
{
	static char text[CERTS_TEXT_SIZE];

	(void)state;
	assert_int_equal(run(text, "init", "--help"), 0);
	assert_non_null(strstr(text, "Usage: quaymaster certs"));
	assert_int_equal(run(text, "renew", NULL), 2);
	assert_int_equal(run(text, "show", "--publish"), 2);
	assert_int_equal(run(text, "init", "more"), 2);
	assert_int_equal(run(text, "init", "--no-such"), 2);
	assert_int_equal(run(text, "init", "--key=dsa"), 2);
	assert_int_equal(run(text, "client", "--output=x"), 2);
	assert_int_equal(run(text, "server", NULL), 1);
	assert_non_null(strstr(text, "ca/key.pem"));
	assert_int_equal(run(text, "init", "--key=rsa2048"), 0);
	assert_int_equal(run(text, "server", NULL), 0);
	assert_int_equal(run(text, "client", NULL), 0);
	(void)run(text, "show", NULL);
	assert_non_null(strstr(text, "RSA 2048 bits"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_CERTS_DIRECTORY(show_tells_what_is_wrong),
		IN_CERTS_DIRECTORY(command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
