/* Whether an archive of images has all that its images consist of. The daemon takes what it has already from there, by its digest
 * alone: whoever knows the digests of another's layers, and sends an image without them, would get them. */
#ifndef QUAYMASTER_POLICY_ARCHIVE_PROOF_H
#define QUAYMASTER_POLICY_ARCHIVE_PROOF_H

#include <jansson.h>
#include <stdbool.h>

struct archive_contents;
struct arena;
struct error;

/* The image of a configuration, as graph drivers have it, and of a manifest, or an index of some, as containerd's store does:
 * false with ERROR when something that it is made of is not among CONTENTS. */
bool archive_proves_config(struct arena *arena, const struct archive_contents *contents,
                           const char *digest, struct error *error);
bool archive_proves_manifest(struct arena *arena, const struct archive_contents *contents,
                             const char *digest, struct error *error);

/* The member NAME of OBJECT in any case, as Go takes it, or NULL in *VALUE; null is as good as none. False when it is there
 * twice. */
bool archive_member(json_t *object, const char *name, json_t **value);

#endif
