/* One request from end to end, with neither proxy nor daemon: read, typed, decided on, rewritten and
 * printed, exactly as a connection does it. What policy tests, `explain` and `replay` share. */
#ifndef QUAYMASTER_POLICY_TRIAL_H
#define QUAYMASTER_POLICY_TRIAL_H

#include "policy/facts.h"
#include "policy/request.h"
#include "policy/verdict.h"

struct arena;
struct identity;
struct policy;
struct seal_key;
struct trace;

enum trial_end {
	TRIAL_BROKEN = 0, /* the engine did not keep a promise, or there was no memory */
	TRIAL_REFUSED,    /* malformed: no policy was asked */
	TRIAL_DENIED,
	TRIAL_UNANSWERED, /* facts are wanted, and nobody answers */
	TRIAL_UNSENDABLE, /* allowed, but it cannot be rewritten: refused in the end */
	TRIAL_ALLOWED
};

/* "broken", "refuse", "deny", "need", "fail", "allow": as policy tests write them. */
const char *trial_end_name(enum trial_end end);

struct trial_setup {
	const struct policy *policy; /* NULL: a client that no rule knows */
	const struct identity *identity;
	struct api_range range; /* of the daemon */
	struct json_limits limits;
	enum image_store image_store; /* of the daemon */
	const struct seal_key *key;   /* of a tenant's seals; NULL: the one that trials have */
	/* Answers every wanted fact, by fact_learn or as FACT_FAILED. NULL: nobody does. */
	void (*answer)(void *context, struct arena *arena, struct facts *facts);
	void *context;
};

struct trial_input {
	struct request_head head;
	const char *body; /* "" for none */
	size_t len;
};

struct trial {
	enum trial_end end;
	unsigned status;  /* of an answer that is not the daemon's */
	const char *rule; /* "" where no rule of a policy spoke */
	/* Of a denial or refusal; of TRIAL_UNANSWERED "container web, network lan"; of TRIAL_ALLOWED what rules
	 * that are not enforced had to say, "warn: ...; observe: ...". Never NULL. */
	const char *message;
	struct request
		request; /* rewritten when allowed; its route is NULL when it was not understood */
	struct facts facts;
	const char *target, *body; /* of TRIAL_ALLOWED: what is sent; BODY may be NULL */
};

/* Everything TRIAL points to lives in ARENA. */
void trial_run(struct arena *arena, const struct trial_setup *setup,
               const struct trial_input *input, struct trial *trial);

/* Everything that SETUP's policy holds against INPUT, in TRACE, once all it asks for has been answered; FACTS gets what
 * it asked for. False when INPUT is refused before any policy is asked, or the policy asks without end. */
bool trial_trace(struct arena *arena, const struct trial_setup *setup,
                 const struct trial_input *input, struct facts *facts, struct trace *trace);

/* What seals are made with where there is no other key. */
void trial_key(struct seal_key *key);
/* The nonce of whatever a trial makes. */
#define TRIAL_NONCE "00000000000000000000000000000000"

enum { TRIAL_HEADERS_MAX = 2 };

/* What a client would send with TARGET besides what it was told to: the media type of a JSON body,
 * or the upgrade that the route is there for. LIST has room for TRIAL_HEADERS_MAX. */
size_t trial_usual_headers(const char *target, bool has_body, struct header *list);

#endif
