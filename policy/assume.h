/* What is taken for granted about objects of a daemon that nobody asks: each exists, and is as ordinary as can be. */
#ifndef QUAYMASTER_POLICY_ASSUME_H
#define QUAYMASTER_POLICY_ASSUME_H

struct arena;
struct fact;
struct facts;

/* Answers each wanted fact: a container without privileges or mounts on the default network, an exec in one, a volume and a network
 * of the safe drivers, an image that came from where its name says, a tag that its registry has. CONTEXT is the policy that judges
 * (struct policy): what has no name, the image of a container, is one that it lets be used. */
void assume_answer(void *context, struct arena *arena, struct facts *facts);

/* The assumption about FACT in words: "an ordinary container, ...". */
const char *assume_text(const struct fact *fact);

#endif
