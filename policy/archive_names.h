/* The names that an archive of images gives to them, wherever in it any engine looks for names, and the ids that they have by its word. */
#ifndef QUAYMASTER_POLICY_ARCHIVE_NAMES_H
#define QUAYMASTER_POLICY_ARCHIVE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct upload;

enum { ARCHIVE_NAMES_MAX = 1024 };

struct archive_names {
	const char *list[ARCHIVE_NAMES_MAX]; /* as written, with their tags */
	size_t count;
	const char *ids[ARCHIVE_NAMES_MAX]; /* "sha256:...", as the daemon tells them */
	size_t id_count;
};

/* Reads manifest.json (docker save), index.json (an OCI layout, where an engine with containerd's store
 * looks first) and `repositories` (before engine 1.10) of UPLOAD. False with ERROR when one of them makes
 * no sense, says something twice, or has an image without a name; and when none tells of images. An image that has no
 * id there is none of those. Where stock was taken of UPLOAD, ids are those of what is in it, and it is wrong as well when
 * that is not all of its images (archive_proof.h). */
bool archive_names_read(struct arena *arena, const struct upload *upload,
                        struct archive_names *names, struct error *error);
/* Whether one of the images has ID: by its configuration's digest, as graph drivers have it, or by its manifest's, as
 * containerd's store does. */
bool archive_names_have_id(const struct archive_names *names, const char *id);

#endif
