/* How what is sent to the daemon differs from what the client sent, for people: part by part, without secrets. */
#ifndef QUAYMASTER_POLICY_DIFFERENCE_H
#define QUAYMASTER_POLICY_DIFFERENCE_H

#include <jansson.h>

struct arena;
struct trial;
struct trial_input;

/* A list of {"part", "name", "before", "after"}: "path", "query", "header" or "body"; what there is the difference of, as
 * in "HostConfig.NetworkMode"; and its two texts, of which one may be absent. Of an allowed TRIAL of INPUT. NULL when
 * there is no memory; else the caller's to json_decref. */
json_t *difference_of(struct arena *arena, const struct trial_input *input,
                      const struct trial *trial);

#endif
