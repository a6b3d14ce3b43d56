/* What the daemon answers a tenant, cut down to the tenant's world on its way; and what it answers anybody, without what the policy
 * hides (redact.h). Lists are read element by element, each with its own proof of whose it is; what is not the tenant's own or shared
 * with it is left out, quaymaster's labels are stripped, and totals are added up anew. Nothing passes that was not read and printed
 * afresh; nothing is kept but the value at hand.
 *
 * The proof of some things is elsewhere: the filter asks then, and goes on when it was told. */
#ifndef QUAYMASTER_POLICY_ANSWER_FILTER_H
#define QUAYMASTER_POLICY_ANSWER_FILTER_H

#include "policy/path.h"
#include "policy/world.h"

#include <stdbool.h>
#include <stddef.h>

struct answer_filter;
struct redact_rules;
struct request;

/* Whose something is. */
struct answer_question {
	enum object_kind kind;
	const char
		*name; /* one object; NULL: all there are of that kind, as answer_list_target names them */
};

enum answer_step {
	ANSWER_GOES_ON = 0, /* everything was taken */
	ANSWER_ASKS,        /* answer_filter_question has to be answered first */
	ANSWER_IS_MISSING,  /* what is told of is not there for the tenant; nothing was put out */
	ANSWER_IS_BROKEN /* the answer makes no sense, or there is no memory: what was put out is to be cut; and so for ever after */
};

/* Takes filtered text on its way to the client; false when it cannot. */
struct answer_sink {
	bool (*put)(void *owner, const char *bytes, size_t len);
	void *owner;
};

/* Whether a successful answer to REQUEST tells of objects, of which WORLD (NULL: the client has none) lets some be seen, or of
 * what REDACT (NULL: nothing) hides. */
bool answer_is_filtered(const struct request *request, const struct world *world,
                        const struct redact_rules *redact);
/* For one such answer. REQUEST, REDACT, and what WORLD points to but its arena, outlive the filter. NULL: no memory, or no way
 * to filter it: it must not be told. */
struct answer_filter *answer_filter_new(const struct request *request, const struct world *world,
                                        const struct redact_rules *redact,
                                        const struct answer_sink *sink);
void answer_filter_free(struct answer_filter *filter); /* NULL is fine */

/* Reads on in LEN BYTES of the answer; *TAKEN of them are done with. */
enum answer_step answer_filter_feed(struct answer_filter *filter, const char *bytes, size_t len,
                                    size_t *taken);
/* The answer is whole. To be called again when a question was answered. */
enum answer_step answer_filter_end(struct answer_filter *filter);

/* Bytes that it keeps until it is called again: a value that has not come whole, one that waits for an answer, and what was learnt
 * of owners. */
size_t answer_filter_held(const struct answer_filter *filter);

/* The question that is open; it lives until it is answered. */
const struct answer_question *answer_filter_question(const struct answer_filter *filter);
/* Answers the question about one object; FOREIGN, too, for what is not there or could not be asked about. */
void answer_filter_tell(struct answer_filter *filter, enum ownership owner);
/* Answers the question about all objects of a kind with the daemon's answer of LEN BYTES; STATUS 0: there was none. */
void answer_filter_tell_list(struct answer_filter *filter, unsigned status, const char *bytes,
                             size_t len);
/* Where the daemon lists the objects of KIND that can be the tenant's, in the API VERSION; in ARENA. NULL when there is no such
 * list, or no memory. */
const char *answer_list_target(struct arena *arena, const struct world *world,
                               enum object_kind kind, struct api_version version);
/* The same for the images that the tenant holds, with the tags that hold them and no others. */
const char *answer_held_target(struct arena *arena, const struct world *world,
                               struct api_version version);
/* And for the images that were made with the tenant's label, held or not. */
const char *answer_made_target(struct arena *arena, const struct world *world,
                               struct api_version version);

#endif
