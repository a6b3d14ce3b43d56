/* Owns when certificates are renewed, and which names a renewed one keeps. How they are made is issue.c's matter. */
#define _GNU_SOURCE
#include "certs/renew.h"

#include "certs/authority.h"
#include "certs/issue.h"
#include "certs/layout.h"
#include "certs/pem.h"
#include "policy/error.h"

#include <openssl/err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What cannot be read ends soon: what is wrong is told by who makes it anew. */
static bool ends_within(const struct layout *layout, enum layout_file file, int limit)
{
	X509 *certificate = pem_read_certificate(layout->path[file], NULL);
	int days = 0;
	int seconds = 0;
	bool ends = certificate == NULL ||
	            ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)) != 1 ||
	            days < limit;

	X509_free(certificate);
	ERR_clear_error();
	return ends;
}

static bool list_ends_soon(const struct layout *layout)
{
	X509_CRL *list = pem_read_list(layout->path[LAYOUT_SERVER_CRL], NULL);
	int days = 0;
	int seconds = 0;
	bool ends = list == NULL ||
	            ASN1_TIME_diff(&days, &seconds, NULL, X509_CRL_get0_nextUpdate(list)) != 1 ||
	            days < AUTHORITY_RENEW_DAYS;

	X509_CRL_free(list);
	ERR_clear_error();
	return ends;
}

/* docker:dind's own directory has no list, and needs none. */
static bool is_due(const struct layout *layout)
{
	return layout_has(layout, LAYOUT_CA_KEY) && layout_has(layout, LAYOUT_SERVER_CERTIFICATE) &&
	       (ends_within(layout, LAYOUT_CA_CERTIFICATE, AUTHORITY_RENEW_DAYS) ||
	        ends_within(layout, LAYOUT_SERVER_CERTIFICATE, RENEW_DAYS) ||
	        (layout_has(layout, LAYOUT_CLIENT_CERTIFICATE) &&
	         ends_within(layout, LAYOUT_CLIENT_CERTIFICATE, RENEW_DAYS)) ||
	        (layout_has(layout, LAYOUT_SERVER_CRL) && list_ends_soon(layout)));
}

/* "NAMES,THOSE OF server/openssl.cnf", which has the line that the certificate was made by; the caller frees. NULL: neither, or no
 * memory, and then the certificate has the names of today. */
static char *names_kept(const struct layout *layout, const char *names)
{
	static const char title[] = "subjectAltName = ";
	FILE *file = fopen(layout->path[LAYOUT_SERVER_CONFIG], "re");
	char *line = NULL;
	char *all = NULL;
	size_t size = 0;
	bool found = false;

	while (file != NULL && !found && getline(&line, &size, file) > 0)
		found = strncmp(line, title, sizeof title - 1) == 0;
	if (found) {
		line[strcspn(line, "\n")] = '\0';
		if (asprintf(&all, "%s%s%s", names != NULL ? names : "", names != NULL ? "," : "",
		             line + sizeof title - 1) < 0)
			all = NULL;
	} else if (names != NULL) {
		all = strdup(names);
	}
	free(line);
	if (file != NULL)
		(void)fclose(file);
	return all;
}

enum renew_result renew_when_due(const char *directory, const char *names, struct error *error)
{
	struct issue_request request = {.directory = directory,
	                                .parts = ISSUE_AUTHORITY | ISSUE_SERVER | ISSUE_CLIENT,
	                                .kind = KEY_P256};
	struct layout layout;
	bool opened = layout_open(&layout, directory, error);
	bool due = opened && is_due(&layout);
	char *kept = due ? names_kept(&layout, names) : NULL;
	enum renew_result result = opened ? RENEW_NOT_DUE : RENEW_FAILED;

	if (due) {
		request.names = kept;
		result = issue_layout(&request, error) == ISSUE_DONE ? RENEW_DONE : RENEW_FAILED;
	}
	free(kept);
	layout_close(&layout);
	return result;
}
