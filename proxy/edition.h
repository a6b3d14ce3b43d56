/* What is in force: one configuration, the TLS contexts of its listeners and the key of its tenants. Immutable, reference-counted and shared by
 * all workers; a reload, and certificate files that changed, make another edition. */
#ifndef QUAYMASTER_PROXY_EDITION_H
#define QUAYMASTER_PROXY_EDITION_H

#include <stdatomic.h>
#include <stdint.h>

struct config;
struct error;
struct label_time;
struct listener_config;
struct seal_key;
struct ssl_ctx_st;

struct edition_listener {
	const struct listener_config *config;
	struct ssl_ctx_st *tls;         /* NULL: plain */
	unsigned long long fingerprint; /* of the files that TLS was made from */
};

struct edition {
	atomic_uint references;
	uint64_t serial; /* of no other edition in this process */
	struct config *config;
	struct edition_listener *listeners; /* of each listener of CONFIG */
	struct seal_key *key; /* of tenants' objects; NULL: no client has a world of its own */
	struct label_time
		*since; /* of each label that rules of CONFIG ask about; "": since the start */
};

/* Takes its own reference to CONFIG. TLS contexts whose files are as they were are BEFORE's (NULL: there is none), with
 * their sessions. Reads files: blocks. NULL with ERROR. */
struct edition *edition_new(struct config *config, const struct edition *before,
                            struct error *error);
/* The same configuration with contexts of the certificate files as they are now; NULL where none has changed. Files that
 * cannot be used are complained about once, as REFUSED (of each listener; zeroed at first) remembers, and the old
 * context is kept. */
struct edition *edition_renew(const struct edition *before, unsigned long long *refused);
struct edition *edition_retain(struct edition *edition);
void edition_release(struct edition *edition); /* NULL is fine */

/* The listener of EDITION that has LISTENER's socket, address or place in systemd; NULL when it has gone. */
const struct edition_listener *edition_find(const struct edition *edition,
                                            const struct listener_config *listener);

#endif
