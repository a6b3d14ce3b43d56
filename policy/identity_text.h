/* An identity as people write one: "uid=1000 user=job tenant=team-a", words parted by blanks. */
#ifndef QUAYMASTER_POLICY_IDENTITY_TEXT_H
#define QUAYMASTER_POLICY_IDENTITY_TEXT_H

#include <stdbool.h>

struct arena;
struct error;
struct identity;

/* Reads TEXT; "nobody" is an identity of which nothing is known. Words of a Unix peer make one that is
 * known to be there, words of a certificate one that verified. Strings live in ARENA. False with ERROR
 * naming the word that makes no sense. */
bool identity_from_text(struct arena *arena, const char *text, struct identity *identity,
                        struct error *error);

#endif
