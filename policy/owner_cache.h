/* Whose objects are, as far as was learnt: of so many at most, and who was not asked about for longest is forgotten first. */
#ifndef QUAYMASTER_POLICY_OWNER_CACHE_H
#define QUAYMASTER_POLICY_OWNER_CACHE_H

#include "policy/world.h"

#include <stdbool.h>
#include <stddef.h>

struct owner_cache;

enum { OWNER_CACHE_NAME_MAX = 255 };

/* NULL: no memory. CAPACITY is at least 1. */
struct owner_cache *owner_cache_new(size_t capacity);
void owner_cache_free(struct owner_cache *cache); /* NULL is fine */

/* Bytes of memory that its entries take. */
size_t owner_cache_bytes(const struct owner_cache *cache);

bool owner_cache_find(struct owner_cache *cache, enum object_kind kind, const char *name,
                      enum ownership *owner);
/* Without memory, and of a longer name, nothing is remembered. */
void owner_cache_put(struct owner_cache *cache, enum object_kind kind, const char *name,
                     enum ownership owner);
void owner_cache_forget(struct owner_cache *cache, enum object_kind kind, const char *name);

#endif
