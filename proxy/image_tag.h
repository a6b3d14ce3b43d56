/* Gives an image that was pulled by its digest the tag that was asked for, as the docker command itself does
 * under content trust: one request of our own to the daemon, when the pull has come through. */
#ifndef QUAYMASTER_PROXY_IMAGE_TAG_H
#define QUAYMASTER_PROXY_IMAGE_TAG_H

#include <stdint.h>

struct image_tag;
struct loop;
struct request;
struct upstream;

/* The request must live as long as the tag, as does its arena. It is a pull that was judged and rewritten. */
struct image_tag_order {
	struct loop *loop;
	struct upstream *upstream;
	uint64_t generation; /* of the daemon that pulls */
	const struct request *request;
};

/* Prepares it, so that nothing but the daemon can fail later. NULL: no memory. */
struct image_tag *image_tag_new(const struct image_tag_order *order,
                                void (*done)(const char *failure, void *context), void *context);
/* Calls DONE once, from the loop; FAILURE (NULL: the image has its tag) lives only during the call. Then it is
 * gone. */
void image_tag_begin(struct image_tag *tag);
/* DONE will not come; NULL is fine. */
void image_tag_cancel(struct image_tag *tag);

#endif
