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

enum image_pattern_kind { IMAGE_PATTERN_NAME = 0, IMAGE_PATTERN_TAG, IMAGE_PATTERN_DIGEST };

enum { IMAGE_PATTERN_KINDS = IMAGE_PATTERN_DIGEST + 1 };

/* Patterns with $tenant in them: as they are meant, and with a star in its place, by which they are found. */
struct own_patterns {
	struct patterns stars;
	const char **texts; /* as many */
};

/* Patterns of one list, by what they ask for, in their normalised form. */
struct image_list {
	bool set; /* it was written, be it empty; otherwise nothing is asked of images */
	struct place place;
	struct patterns names;   /* "docker.io/library/alpine": with any tag and any digest */
	struct patterns tagged;  /* "docker.io/library/python:3.*" */
	struct patterns digests; /* "docker.io/library/alpine@sha256:..." */
	struct own_patterns own[IMAGE_PATTERN_KINDS]; /* "docker.io/ci/$tenant", likewise */
};

/* One image as a name tells it; TAG and DIGEST may be NULL: not known. */
struct image_name {
	const char *name; /* normalised: "docker.io/library/alpine" */
	const char *tag, *digest;
};

/* True when one of LIST's patterns is about IMAGE. A pattern with a tag or digest never matches an
 * image of which that is not known, nor one with $tenant anything where TENANT is "". */
bool image_list_has(const struct image_list *list, const char *tenant,
                    const struct image_name *image);

/* True when LIST has a pattern for TENANT by which a name could be given. */
bool image_list_may_name(const struct image_list *list, const char *tenant);

/* What the pattern TEXT means. A first part (before a slash) that begins with a star stands for any
 * registry; other stars, for a run of what a name or a tag is made of. The result lives in ARENA.
 * NULL with ERROR when TEXT is no pattern of images. */
const char *image_pattern_read(struct arena *arena, const char *text, enum image_pattern_kind *kind,
                               struct error *error);
/* The same of a list's TEXT, which may have $tenant in it, but for a digest: it stands for the name of whoever asks. */
const char *image_pattern_read_own(struct arena *arena, const char *text,
                                   enum image_pattern_kind *kind, struct error *error);
/* True when PATTERN has it; *STAR is PATTERN with a star there then, NULL when ARENA is exhausted. */
bool image_pattern_is_own(struct arena *arena, const char *pattern, const char **star);

#endif
