/* Which headers of the daemon's answer reach the client: the catalogued end-to-end ones, and no others. */
#ifndef QUAYMASTER_PROXY_ANSWER_HEADERS_H
#define QUAYMASTER_PROXY_ANSWER_HEADERS_H

#include "policy/request.h"

struct arena;

/* The headers of FROM that go on, in order; a list of none when the arena is exhausted is told by false. */
bool answer_headers_select(struct arena *arena, const struct headers *from, struct headers *to);

#endif
