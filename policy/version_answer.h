/* What the daemon says of its API versions, as far as clients may use them. */
#ifndef QUAYMASTER_POLICY_VERSION_ANSWER_H
#define QUAYMASTER_POLICY_VERSION_ANSWER_H

#include "policy/request.h"

#include <stddef.h>

struct arena;

enum { VERSION_ANSWER_LIMIT_BYTES = 64 * 1024 };

/* "1.41", exactly so; {0, 0} for any other text, and for NULL. */
struct api_version version_from_text(const char *text);

/* TEXT, or CAP's text where TEXT names a newer version. NULL when ARENA is exhausted. */
const char *version_capped(struct arena *arena, const char *text, struct api_version cap);

/* The daemon's answer to GET /version (LEN bytes), whose ApiVersion and MinAPIVersion, of the whole and of
 * each component, are as RANGE has them where the daemon reaches further: clients negotiate by them. NULL when
 * it makes no sense, or ARENA is exhausted; else *OUT_LEN gets its length. */
const char *version_answer_cap(struct arena *arena, const char *bytes, size_t len,
                               const struct api_range *range, size_t *out_len);

#endif
