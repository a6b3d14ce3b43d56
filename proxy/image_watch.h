/* Reads along while the daemon answers a request that pulls or makes an image, and puts into the record
 * what it confirms. Changes nothing of the answer. */
#ifndef QUAYMASTER_PROXY_IMAGE_WATCH_H
#define QUAYMASTER_PROXY_IMAGE_WATCH_H

#include <stdbool.h>
#include <stddef.h>

struct evbuffer;
struct fact;
struct facts;
struct image_watch;
struct policy;
struct provenance;
struct request;

/* What the watch is to be told. */
struct image_watch_setup {
	struct provenance *provenance; /* NULL: nobody asks where images came from */
	const struct policy *policy;
	const struct request *
		request; /* allowed by POLICY, and rewritten; lives as long as the watch, and what it consists of */
	bool tells_names; /* what arrives has to be held under its names */
};

/* An image that has arrived, and a name that it has been given, as hold_name prints it. */
struct image_arrival {
	const struct fact *image; /* one of those that are looked up */
	const char *name;
};

/* Whether it brings an image, names or removes one. */
bool image_watch_is_for(const struct request *request);
/* NULL when the request brings no image, or there is no memory: then nothing is recorded. */
struct image_watch *image_watch_new(const struct image_watch_setup *setup);
void image_watch_free(struct image_watch *watch); /* NULL is fine */

/* A PIECE of the answer's body, which has that STATUS; the LAST one may be empty. An answer that is cut has
 * no last one, and confirms nothing. Returns NULL, or with the last piece the names of what was loaded, whose
 * ids the daemon does not tell, and what has arrived: facts about images that are wanted, for image_watch_learn. */
struct facts *image_watch_see(struct image_watch *watch, unsigned status, struct evbuffer *piece,
                              bool last);
/* True when the answer has come to its end, and with it a pull by the digest of a tag (request.h): the image
 * is there, and has not got that tag. */
bool image_watch_pulled(const struct image_watch *watch);
/* True when the answer has come to its end, and has told of no error. */
bool image_watch_is_done(const struct image_watch *watch);
/* Records what was looked up; where the archive was looked into, only what came with it. */
void image_watch_learn(struct image_watch *watch, const struct facts *facts);
/* Whether the image came with the request, as far as anybody tells. Of what is loaded the daemon tells the name alone, which may
 * lead to another's image by now: one that has no id of those in the archive did not come with it. */
bool image_watch_is_sure(struct image_watch *watch, const struct image_arrival *arrival);
/* What has arrived, COUNT of it; NULL when not all of it could be kept. */
const struct image_arrival *image_watch_arrivals(const struct image_watch *watch, size_t *count);

#endif
