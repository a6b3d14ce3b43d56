/* Fills a connection's identity from its socket and certificate. */
#ifndef QUAYMASTER_PROXY_IDENTITY_H
#define QUAYMASTER_PROXY_IDENTITY_H

#include <stdbool.h>

struct arena;
struct certificate_identity;
struct error;
struct identity;
struct stream;
struct x509_st;

/* Reads peer credentials and, after the handshake, the verified certificate. Strings live in ARENA (the
 * connection's). False with ERROR when something that must be known is not: the connection is refused.
 * A certificate with several common names, or NUL or malformed text in a name, is refused. Names of users and
 * groups come from /etc/passwd and /etc/group alone: a directory service could make this wait, and it does not. */
bool identity_read(struct arena *arena, struct stream *stream, const char *listener,
                   struct identity *identity, struct error *error);

/* The names of a Unix peer's user and group as they are now, in ARENA where they are others; NULL where the system, or
 * ARENA, has none any more. */
void identity_read_names(struct arena *arena, struct identity *identity);

/* What a verified certificate says, as it says it: nothing is folded, and no name is made up from another. A
 * certificate with more than IDENTITY_NAMES_MAX names of a kind is refused. */
bool identity_from_certificate(struct arena *arena, const struct x509_st *certificate,
                               struct certificate_identity *identity, struct error *error);

#endif
