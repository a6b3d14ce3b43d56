/* Certificates of quaymaster's own making are signed afresh before they end. */
#ifndef QUAYMASTER_CERTS_RENEW_H
#define QUAYMASTER_CERTS_RENEW_H

struct error;

enum {
	RENEW_DAYS =
		30 /* before a certificate ends; the authority's and the list's are authority.h's */
};

enum renew_result {
	RENEW_FAILED,
	RENEW_NOT_DUE, /* or not ours to renew: there is no authority's key in DIRECTORY */
	RENEW_DONE
};

/* Signs the certificates in DIRECTORY afresh when one of them, its authority's or the revocation list ends soon. The server's
 * keeps its names, and gets those of today and NAMES (as of issue_request; may be NULL). Blocks, as issue_layout does. */
enum renew_result renew_when_due(const char *directory, const char *names, struct error *error);

#endif
