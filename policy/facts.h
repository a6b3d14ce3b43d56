/* What the policy must know about the world before it can judge: objects that exist in the
 * daemon. The engine asks by adding a wanted fact; the proxy looks it up and the engine is
 * called again. */
#ifndef QUAYMASTER_POLICY_FACTS_H
#define QUAYMASTER_POLICY_FACTS_H

#include "policy/route.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct world;

enum { FACTS_MAX = 64 };

enum fact_state {
	FACT_WANTED = 0,
	FACT_MISSING, /* the daemon answered 404; message holds its own words */
	FACT_FOUND,
	FACT_FAILED /* any other answer, or none: the request is refused */
};

/* Where an image came from, by quaymaster's own record. */
struct image_origin {
	bool made;          /* built, committed, imported or loaded; otherwise pulled */
	const char *name;   /* normalised, without tag; NULL: made without a name */
	const char *tag;    /* NULL: none, or not known */
	const char *policy; /* by whose rules it was made */
};

/* Where the daemon keeps images, which tells what a repository digest proves. */
enum image_store {
	IMAGE_STORE_UNKNOWN = 0, /* it proves nothing */
	IMAGE_STORE_CLASSIC,     /* graph drivers: digests come from pull and push only */
	IMAGE_STORE_CONTAINERD /* every name has one: it proves nothing. An image's id is its digest */
};

struct fact {
	/* container, exec, volume, network, image, service, task, secret or config, the daemon, or what a
	 * registry has under a tag */
	enum object_kind kind;
	const char *name; /* as the request names it */
	const char *wire; /* as the daemon is asked for it; NULL: by that name (fact_wire) */
	enum fact_state state;
	/* the full id (a volume's name, the digest that a tag leads to); set when found */
	const char *id;
	const json_t *inspected;            /* the daemon's answer, owned by the arena */
	const struct image_origin *origins; /* of an image: ORIGIN_COUNT of them, owned by the arena */
	size_t origin_count;
	unsigned status; /* of a missing or failed look-up */
	const char *message;
	const json_t
		*former; /* of a missing container: the last one that had its name; NULL: not known */
	/* Of a fact that is missing: the daemon has such an object, which is not for this tenant. Nothing else may
	 * tell the two apart but what would make one of that name. */
	bool hidden;
	bool raw; /* asked about by a name of the daemon\'s, which means something else to the tenant */
	bool shared;     /* of one that was found: it is not the tenant's own */
	bool owner_only; /* whose it is suffices */
	bool
		remembered; /* of one that was found: that much was known before, and nothing is INSPECTED */
	const struct world *world; /* as in FACTS */
};

struct facts {
	struct fact list[FACTS_MAX];
	size_t count;
	const struct world *
		world; /* the tenant's who asks: other objects are missing to it. NULL: there is no tenant */
	enum image_store image_store; /* known with the first image */
	size_t judgements; /* of existing containers, in the last decision: never more than COUNT */
	size_t bytes;      /* of the answers that were learnt from: for whoever keeps to a budget */
};

/* The fact about NAME, wanted from now on when it was not known; one that was found answers for its
 * full id as well. NULL when there are too many, or no memory. */
struct fact *facts_about(struct arena *arena, struct facts *facts, enum object_kind kind,
                         const char *name);
/* The same by a NAME that the daemon told. */
struct fact *facts_about_wire(struct arena *arena, struct facts *facts, enum object_kind kind,
                              const char *name);
/* The same where whose it is suffices. ID is a lasting one (fact_id_lasts), which the daemon told and no client. The fact may be
 * a remembered one, which no other function gives. */
struct fact *facts_about_owner(struct arena *arena, struct facts *facts, enum object_kind kind,
                               const char *id);
/* True for the full id of a container or a network: the daemon never gives it again, and whose the object is never changes. */
bool fact_id_lasts(enum object_kind kind, const char *id);
/* FACT, which asks for its owner only, is known to be the tenant's own. */
void fact_remember(struct fact *fact);
/* Like facts_about but never adds. */
const struct fact *facts_find(const struct facts *facts, enum object_kind kind, const char *name);
/* What the daemon is asked for. */
const char *fact_wire(const struct fact *fact);
/* What the daemon would call a new object by FACT's name; NULL without memory. */
const char *fact_made_name(const struct fact *fact);
bool facts_wanted(const struct facts *facts);
/* Takes what is remembered of the container that had FACT's name before, the TEXT of its inspection. Nothing unless the
 * fact is a missing container and the text is about one of that name. */
void fact_learn_former(struct arena *arena, struct fact *fact, const char *text, size_t len);
/* Takes the daemon's answer to the look-up: status, and its JSON text. Strictly read; anything
 * odd is FACT_FAILED, and so is an answer about an object that has neither the asked name nor an
 * id that starts with it. Ids must be 64 lower-case hex digits (sha256: before them for an image);
 * a network's may be a swarm's, 25 lower-case letters and digits, and those of services, secrets and
 * configs are; and a tag's digest is one of SHA-256. STATUS 0: there was no answer. What exists and is not in the world of
 * the tenant that asks becomes FACT_MISSING, in the words of a daemon that has it not. */
void fact_learn(struct arena *arena, struct fact *fact, unsigned status, const char *body,
                size_t len);
/* False when one that was found is foreign in WORLD, whose rules may have changed since. */
bool facts_are_in(const struct facts *facts, const struct world *world);
/* The daemon's image store by its answer to GET /info. */
enum image_store image_store_learn(unsigned status, const char *body, size_t len);

#endif
