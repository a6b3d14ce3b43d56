/* The base64 of registry credentials (RFC 4648 §5): the alphabet with '-' and '_', padded. */
#ifndef QUAYMASTER_POLICY_BASE64_H
#define QUAYMASTER_POLICY_BASE64_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* True for what dockerd would decode. */
bool base64_is_valid(const char *text);
/* Decodes a valid TEXT into ARENA; the result is terminated behind its LEN bytes. NULL when the arena
 * is exhausted. */
const char *base64_decode(struct arena *arena, const char *text, size_t *len);

/* NULL when the arena is exhausted. */
const char *base64_encode(struct arena *arena, const char *bytes, size_t len);

#endif
