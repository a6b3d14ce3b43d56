/* Lists of images in a policy. A pattern is written as people write images ("alpine",
 * "registry.example/team/app", "python:3.*") and means what dockerd would make of it: the registry,
 * and "library/" at Docker Hub, are filled in. */
#ifndef QUAYMASTER_POLICY_IMAGE_LIST_H
#define QUAYMASTER_POLICY_IMAGE_LIST_H

#include "policy/patterns.h"
#include "policy/place.h"

#include <stdbool.h>

struct arena;
struct error;

/* Patterns of one list, by what they ask for, in their normalised form. */
struct image_list {
	bool set; /* it was written, be it empty; otherwise nothing is asked of images */
	struct place place;
	struct patterns names;   /* "docker.io/library/alpine": with any tag and any digest */
	struct patterns tagged;  /* "docker.io/library/python:3.*" */
	struct patterns digests; /* "docker.io/library/alpine@sha256:..." */
};

/* One image as a name tells it; TAG and DIGEST may be NULL: not known. */
struct image_name {
	const char *name; /* normalised: "docker.io/library/alpine" */
	const char *tag, *digest;
};

/* True when one of LIST's patterns is about IMAGE. A pattern with a tag or digest never matches an
 * image of which that is not known. */
bool image_list_has(const struct image_list *list, const struct image_name *image);

enum image_pattern_kind { IMAGE_PATTERN_NAME = 0, IMAGE_PATTERN_TAG, IMAGE_PATTERN_DIGEST };

/* What the pattern TEXT means. A first part (before a slash) that begins with a star stands for any
 * registry; other stars, for a run of what a name or a tag is made of. The result lives in ARENA.
 * NULL with ERROR when TEXT is no pattern of images. */
const char *image_pattern_read(struct arena *arena, const char *text, enum image_pattern_kind *kind,
                               struct error *error);

#endif
