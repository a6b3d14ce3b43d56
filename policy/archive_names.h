/* The names that an archive of images gives to them, wherever in it any engine looks for names. */
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
};

/* Reads manifest.json (docker save), index.json (an OCI layout, where an engine with containerd's store
 * looks first) and `repositories` (before engine 1.10) of UPLOAD. False with ERROR when one of them makes
 * no sense, says something twice, or has an image without a name; and when none tells of images. */
bool archive_names_read(struct arena *arena, const struct upload *upload,
                        struct archive_names *names, struct error *error);

#endif
