/* The chain that an audit log's lines make: each has a number and a SHA-256 (with a key, an HMAC) over its text and the
 * line before it, so that none can be changed, left out or moved without all after it. */
#ifndef QUAYMASTER_POLICY_AUDIT_CHAIN_H
#define QUAYMASTER_POLICY_AUDIT_CHAIN_H

#include "policy/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seal_key;

/* Bytes that a line grows by: ,"number":N,"chain":"..." */
enum { AUDIT_CHAIN_GROWTH = 20 + SHA256_DIGITS + 24 };

/* The link that the next line is hung on. */
struct audit_chain {
	const struct seal_key *key; /* NULL: anyone can make such a chain */
	uint64_t number;            /* of the last line; 0: there is none yet */
	char value[SHA256_DIGITS + 1];
};

void audit_chain_begin(struct audit_chain *chain, const struct seal_key *key);

/* Writes LINE, a JSON object of LEN bytes without its newline, to OUT with its number and value, and hangs the next one
 * on it. OUT has room for AUDIT_CHAIN_GROWTH bytes more than LINE. Returns the new length, 0 when LINE is no object. */
size_t audit_chain_add(struct audit_chain *chain, const char *line, size_t len, char *out);

/* Makes LINE, which has been through audit_chain_add, the one that the next is hung on, unverified. False when it has no
 * number and value. */
bool audit_chain_resume(struct audit_chain *chain, const char *line, size_t len);

enum audit_link {
	AUDIT_LINK_NONE = 0, /* the line is not whole, or was never part of a chain */
	AUDIT_LINK_CHANGED,  /* it follows by its number, and says something else than it did */
	AUDIT_LINK_MISSING,  /* lines before it are not there */
	AUDIT_LINK_MOVED,    /* it stands behind its place, or stands there twice */
	AUDIT_LINK_ANEW,     /* it is sound, and the first of another chain */
	AUDIT_LINK_HOLDS,
	AUDIT_LINK_ENTRY /* the first that is looked at, and not the first of its chain: taken for what it is */
};

/* Holds LINE against the one before, and is resumed at it when it has a number and value. */
enum audit_link audit_chain_check(struct audit_chain *chain, const char *line, size_t len);

#endif
