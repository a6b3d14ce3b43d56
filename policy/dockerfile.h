/* Which images a Dockerfile is built from, for the classic builder of every engine. Read as dockerd does
 * where that is simple, and refused where an engine could read it otherwise: here-documents, odd white
 * space, quotes where names are. */
#ifndef QUAYMASTER_POLICY_DOCKERFILE_H
#define QUAYMASTER_POLICY_DOCKERFILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

enum { DOCKERFILE_IMAGES_MAX = 48, DOCKERFILE_STAGES_MAX = 256 };

struct dockerfile_image {
	const char *text; /* as the builder looks it up: a name or an id */
	unsigned line;
	bool copied;   /* COPY --from, or a trigger for one; else FROM */
	bool platform; /* the stage asks for one: what is there may not do, and another be pulled */
};

struct dockerfile {
	struct dockerfile_image list[DOCKERFILE_IMAGES_MAX];
	size_t count;
};

/* Reads the LEN bytes of TEXT. ARGUMENTS are the build's, a map of strings and nulls, or NULL. Stages of
 * the Dockerfile itself, and scratch, are no images. False with ERROR ("line 3: ...") when it cannot be
 * told what it is built from. Strings live in ARENA. */
bool dockerfile_read(struct arena *arena, const char *text, size_t len, const json_t *arguments,
                     struct dockerfile *dockerfile, struct error *error);

/* The same for one trigger of an image (OnBuild): an instruction of its own, in a stage of somebody
 * else's. Adds to DOCKERFILE. */
bool dockerfile_read_trigger(struct arena *arena, const char *text, struct dockerfile *dockerfile,
                             struct error *error);

#endif
