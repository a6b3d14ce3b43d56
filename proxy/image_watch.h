/* Reads along while the daemon answers a request that pulls or makes an image, and puts into the record
 * what it confirms. Changes nothing of the answer. */
#ifndef QUAYMASTER_PROXY_IMAGE_WATCH_H
#define QUAYMASTER_PROXY_IMAGE_WATCH_H

#include <stdbool.h>

struct evbuffer;
struct facts;
struct image_watch;
struct policy;
struct provenance;
struct request;

/* NULL when REQUEST (allowed by POLICY, and rewritten) brings no image, or there is no memory: then nothing is
 * recorded. REQUEST, and what it consists of, must live as long as the watch. PROVENANCE NULL: nobody asks. */
struct image_watch *image_watch_new(struct provenance *provenance, const struct policy *policy,
                                    const struct request *request);
void image_watch_free(struct image_watch *watch); /* NULL is fine */

/* A PIECE of the answer's body, which has that STATUS; the LAST one may be empty. An answer that is cut has
 * no last one, and confirms nothing. Returns NULL, or with the last piece the names of what was loaded, whose
 * ids the daemon does not tell: facts about images that are wanted, for image_watch_learn. */
struct facts *image_watch_see(struct image_watch *watch, unsigned status, struct evbuffer *piece,
                              bool last);
/* True when the answer has come to its end, and with it a pull by the digest of a tag (request.h): the image
 * is there, and has not got that tag. */
bool image_watch_pulled(const struct image_watch *watch);
/* Records what was looked up. */
void image_watch_learn(struct image_watch *watch, const struct facts *facts);

#endif
