/* What tests of the judgement share: policies from text, and requests from a line. */
#ifndef QUAYMASTER_TESTS_JUDGING_H
#define QUAYMASTER_TESTS_JUDGING_H

#include "policy/load.h"
#include "policy/request.h"

/* The presets and what TEXT adds to them; fails the test when it is mistaken. */
struct policy_set *judging_policies(const char *text);

/* Reads "POST", "/containers/create" and a JSON body ("" for none) as the proxy would, at API 1.41 where the
 * target names no version. Fails the test when the request is refused. */
void judging_request(struct arena *arena, const char *method, const char *target, const char *body,
                     struct request *request);

#endif
