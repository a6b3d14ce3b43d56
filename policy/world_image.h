/* Whose an image is, and whose each of its names. One image may be several tenants', each by names of its own. */
#ifndef QUAYMASTER_POLICY_WORLD_IMAGE_H
#define QUAYMASTER_POLICY_WORLD_IMAGE_H

#include "policy/world.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct fact;
struct reference;

/* IMAGE is an inspection, or an element of a list of images; all of it is told by the daemon. */

/* True when the tenant holds IMAGE by a tag of quaymaster's, be its names whose they are. */
bool world_holds_image(const struct world *world, const json_t *image);

/* True when all names of IMAGE are the tenant's own, and nobody else holds it. */
bool world_image_is_alone(const struct world *world, const json_t *image);

/* Whose NAME, one of IMAGE's RepoTags or RepoDigests, is. Tags that hold are FOREIGN: they are nobody's to see. */
enum ownership world_image_name(const struct world *world, const json_t *image, const char *name);

/* Whose IMAGE is for a request that calls it ASKED: by a name of it, only when that name is the tenant's or shared. */
enum ownership world_image_asked(const struct world *world, const json_t *image, const char *asked);

enum { IMAGE_RELEASES_MAX = 64 };

/* What removing an image comes to. */
struct image_removal {
	const char *why_not; /* it cannot be had: others have names of it; NULL: it can */
	const char *target;  /* to be removed; NULL: what was asked for */
	const char *releases[IMAGE_RELEASES_MAX]; /* tags that hold, to be removed when that is done */
	size_t count;
};

/* How the tenant may remove IMAGE (found, its own or shared, called ASKED): its own names of it alone. False when there is no
 * memory. */
bool world_image_removal(const struct world *world, const struct fact *image,
                         struct image_removal *removal);

#endif
