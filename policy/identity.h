/* Who is asking, and what the client rules make of them: plain data, fixed before a connection's first
 * request. */
#ifndef QUAYMASTER_POLICY_IDENTITY_H
#define QUAYMASTER_POLICY_IDENTITY_H

#include "policy/place.h"

#include <stdbool.h>
#include <stddef.h>

struct policy;

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

/* Keys of labels, in ascending order, none twice: those that rules ask about, of `clients` or of a policy. */
struct label_keys {
	const char *const *list;
	size_t count;
};

bool label_keys_have(const struct label_keys *keys, const char *key);
/* Where KEY is in the list; COUNT when it is not. */
size_t label_keys_find(const struct label_keys *keys, const char *key);

enum container_state {
	CONTAINER_UNKNOWN = 0, /* nobody asked, or nobody can tell */
	CONTAINER_NONE,        /* a process that is in no container, and sees what we see */
	CONTAINER_PRESENT
};

/* The container that the peer is in, as the daemon tells of it. Zeroed: unknown, which no rule about containers holds for. */
struct container_identity {
	enum container_state state;
	const char *id;
	const char *name;          /* without a slash */
	const char *image;         /* as whoever made it named the image */
	const char *const *labels; /* "KEY=VALUE": those that count, and that some rule asks about */
	size_t label_count;
	const char *
		tenant; /* made through quaymaster: for whom. Such a container has no other traits. NULL: it was not */
	const char *why; /* of an unknown one; NULL: nobody asked */
	/* Of an unknown one that was never a connection's: what was written by hand, or recorded, says nothing of containers. Rules
	 * that say nothing of them hold for it. */
	bool unasked;
};

enum { TENANT_SIZE = 42, TENANT_SHOWN_SIZE = 64 };

enum grant_fault {
	GRANT_FINE = 0,
	GRANT_TENANT_MALFORMED, /* what the rule's tenant comes out as is no tenant's name */
	GRANT_TENANT_FOREIGN,   /* the client is in a container that another tenant has made */
	GRANT_TENANT_AMBIGUOUS, /* several of the client's names match, and make different tenants */
	GRANT_CONTAINER_UNKNOWN /* rules ask which container the client is in, and nobody can tell */
};

/* What the first client rule that matches gives. Zeroed: none matched, everything is refused. */
struct grant {
	const struct policy *policy;   /* NULL: everything is refused */
	char tenant[TENANT_SIZE];      /* [a-z0-9][a-z0-9-]{0,40}; "" for none */
	struct place place;            /* of the rule; no file: none matched */
	enum grant_fault fault;        /* not fine: no policy, whatever rules say */
	char shown[TENANT_SHOWN_SIZE]; /* for a message: what the malformed tenant begins with */
};

struct identity {
	const char *listener; /* the listener's name in the configuration */
	const char *address;  /* "127.0.0.1:5311", "[::1]:5311" or "unix" */
	struct peer_identity peer;
	struct certificate_identity certificate;
	struct container_identity container; /* only where some rule asks about containers */
	struct grant grant; /* policy_set_match's answer: where checks find the tenant */
};

/* True for what can be a tenant's name, whatever it was made from. */
bool identity_is_tenant(const char *text);

#endif
