/* Who is asking, as people write it who have no connection to learn it from: "uid=1000 user=job" in policy tests,
 * "listener:tls,cn:web" or "policy:ci" for `explain`. */
#ifndef QUAYMASTER_POLICY_IDENTITY_TEXT_H
#define QUAYMASTER_POLICY_IDENTITY_TEXT_H

#include "policy/identity.h"

struct arena;
struct error;
struct policy_set;

/* Words of a container make a peer that is in one: "container=ID container.name=web label.KEY=VALUE"; "container=none" is a process
 * of the host. */

/* Reads words parted by blanks, "uid=1000 user=job tenant=team-a"; "nobody" is an identity of which nothing is known.
 * Words of a Unix peer make one that is known to be there, words of a certificate one that verified. Strings live in
 * ARENA. False with ERROR naming the word that makes no sense. */
bool identity_from_text(struct arena *arena, const char *text, struct identity *identity,
                        struct error *error);

/* An identity that may be a mere name of a policy. */
struct written_identity {
	struct identity identity; /* of its grant, the tenant alone is set */
	const char *policy;       /* NULL: client rules give one */
	bool has_uid, has_gid;    /* their numbers were written */
};

/* Reads words parted by commas, "user:job,tenant:team-a", policy:NAME among them. A comma that no word follows belongs
 * to the value before it. */
bool identity_text_read(struct arena *arena, const char *text, struct written_identity *written,
                        struct error *error);

/* Fills in the identity's grant: the named policy, or else what the client rules of SET give; a written tenant takes the
 * place of theirs. False with ERROR when there is no such policy. */
bool identity_text_grant(const struct policy_set *set, struct written_identity *written,
                         struct error *error);

/* What is known of IDENTITY, its tenant aside, as identity_text_read reads it: "listener:tls,cn:web,o:ACME". NULL when ARENA is exhausted. */
const char *identity_text_print(struct arena *arena, const struct identity *identity);

#endif
