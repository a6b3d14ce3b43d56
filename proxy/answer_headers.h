/* Which headers of the daemon's answer reach the client: the catalogued end-to-end ones, and no others. */
#ifndef QUAYMASTER_PROXY_ANSWER_HEADERS_H
#define QUAYMASTER_PROXY_ANSWER_HEADERS_H

#include "policy/request.h"

struct arena;
struct verdict;

/* The headers of FROM that go on, in order, and all of ADDED (NULL: none); a list of none when the arena is exhausted
 * is told by false. */
bool answer_headers_select(struct arena *arena, const struct headers *from,
                           const struct headers *added, struct headers *to);

/* A Warning (RFC 7234 section 5.5, code 299) for each remark that the client is told of. False when ARENA is
 * exhausted. */
bool answer_headers_warn(struct arena *arena, const struct verdict *verdict,
                         struct headers *warnings);

#endif
