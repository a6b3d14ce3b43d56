/* Who is asking: plain data, fixed before a connection's first request. */
#ifndef QUAYMASTER_POLICY_IDENTITY_H
#define QUAYMASTER_POLICY_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

enum { IDENTITY_NAMES_MAX = 32 };

struct name_list {
	const char *names[IDENTITY_NAMES_MAX];
	size_t count;
};

struct certificate_identity {
	bool present;            /* the client proved a key whose certificate verified */
	const char *common_name; /* NULL when there is none */
	struct name_list organizations, organizational_units;
	struct name_list dns, ip, email, uri; /* subjectAltName */
	const char *issuer;                   /* RFC 2253 text of the issuer's name */
	const char *serial;                   /* upper-case hex */
	const char *spki_sha256;              /* lower-case hex */
};

struct peer_identity {
	bool present; /* a Unix socket's peer */
	unsigned uid, gid;
	int pid;                  /* 0 means unknown, never root */
	const char *user, *group; /* NULL when the system has no name for the number */
};

struct identity {
	const char *listener; /* the listener's name in the configuration */
	const char *address;  /* "127.0.0.1:5311", "[::1]:5311" or "unix" */
	struct peer_identity peer;
	struct certificate_identity certificate;
};

#endif
