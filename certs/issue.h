/* Issues the certificates of the layout: the server's, the clients', and further clients' elsewhere. */
#ifndef QUAYMASTER_CERTS_ISSUE_H
#define QUAYMASTER_CERTS_ISSUE_H

#include "certs/key.h"

#include <stdbool.h>

struct error;

enum issue_parts {
	ISSUE_AUTHORITY =
		1, /* make or renew the authority where needed; without it, it must be there */
	ISSUE_SERVER = 2,
	ISSUE_CLIENT = 4
};

struct issue_request {
	const char *directory; /* the layout's root */
	unsigned parts;        /* of enum issue_parts */
	enum key_kind kind;    /* of keys that do not exist yet */
	const char *names;     /* added to the server's subjectAltName (DOCKER_TLS_SAN); NULL: none */
};

enum issue_result {
	ISSUE_FAILED,
	ISSUE_DONE,
	ISSUE_USER_MANAGED /* nothing written, the certificate verified */
};

/* Keys that exist are kept, the server's and the client's certificates are signed afresh each time. Does not
 * write client/ca.pem: see layout_publish. Blocks: disk, and the resolver for the full host name. */
enum issue_result issue_layout(const struct issue_request *request, struct error *error);

struct issue_client {
	const char *directory; /* the layout's root, for its authority */
	const char *output;    /* where key.pem, cert.pem and ca.pem go, fit for DOCKER_CERT_PATH */
	const char *common_name;
	const char *names; /* subjectAltName, "URI:spiffe://..."; NULL: none */
	enum key_kind kind;
};

/* One more client with a name of its own. Its key is readable by its owner only. */
bool issue_client(const struct issue_client *client, struct error *error);

#endif
