/* Image references ("alpine:3.19") as dockerd normalises them before it looks anything up, so
 * that a policy can name a repository once and mean every spelling of it. Stricter than dockerd
 * where its releases differ: no IPv6 registries, no upper case in a registry that has neither
 * dot nor port. */
#ifndef QUAYMASTER_POLICY_REFERENCE_H
#define QUAYMASTER_POLICY_REFERENCE_H

#include <stdbool.h>

struct arena;
struct error;

struct reference {
	const char *name;     /* "docker.io/library/alpine" */
	const char *familiar; /* "alpine": as the daemon itself shows it */
	const char *tag;      /* NULL when none was written */
	const char *digest;   /* "sha256:...", or NULL */
	bool maybe_id; /* where dockerd looks for images, it would take the text for an image id too */
};

/* Strings live in ARENA. False with ERROR when TEXT is no reference. */
bool reference_parse(struct arena *arena, const char *text, struct reference *reference,
                     struct error *error);

/* Adds what dockerd reads besides in a parameter `tag`, which may be a digest: it takes the place of
 * REFERENCE's own. An empty one changes nothing. False when TAG is neither. */
bool reference_add_tag(struct reference *reference, const char *tag);

/* "alpine:3.19": REFERENCE without its digest, as the daemon shows it, with the tag latest where it has
 * none. NULL when ARENA is exhausted. */
const char *reference_tagged(struct arena *arena, const struct reference *reference);

/* True for "sha256:" and 64 lower-case hexadecimal digits, and for sha384 and sha512 likewise. */
bool reference_is_digest(const char *digest);

#endif
