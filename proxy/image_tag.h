/* Gives images tags, and takes tags away, when the daemon has done what a client asked for: one that was pulled by its digest
 * gets the tag that was asked for, as the docker command itself does under content trust; and a tenant's are held by name, or
 * no longer. Requests of our own to the daemon, one after the other. */
#ifndef QUAYMASTER_PROXY_IMAGE_TAG_H
#define QUAYMASTER_PROXY_IMAGE_TAG_H

#include <stdint.h>

struct image_tag;
struct loop;
struct request;
struct upstream;

/* The request must live as long as the tag, as does its arena. It was judged and rewritten. */
struct image_tag_order {
	struct loop *loop;
	struct upstream *upstream;
	uint64_t generation; /* of the daemon that did it */
	const struct request *request;
};

/* Prepares it, so that nothing but the daemon can fail later. NULL: no memory. */
struct image_tag *image_tag_new(const struct image_tag_order *order,
                                void (*done)(const char *failure, void *context), void *context);
/* IMAGE, a name or an id, gets the tag NAME ("alpine:3.19"), or NAME is taken away, which is fine as well when it is not there
 * or a container keeps the daemon from it. What there is no memory for fails later. */
void image_tag_give(struct image_tag *tag, const char *image, const char *name);
void image_tag_take(struct image_tag *tag, const char *name);
/* What is ordered is done, and then REASON told as the failure, if there is no other. It must live as long as the tag. */
void image_tag_fail(struct image_tag *tag, const char *reason);
/* Calls DONE once, from the loop; FAILURE (NULL: all of it is done) lives only during the call. Then it is
 * gone. */
void image_tag_begin(struct image_tag *tag);
/* DONE will not come; NULL is fine. */
void image_tag_cancel(struct image_tag *tag);

#endif
