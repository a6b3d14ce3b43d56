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

#endif
