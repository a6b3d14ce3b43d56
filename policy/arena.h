/* Memory that lives exactly as long as one request (or one policy) and is freed whole.
 * An arena has a limit: a peer can make us remember only so much. */
#ifndef QUAYMASTER_POLICY_ARENA_H
#define QUAYMASTER_POLICY_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Returns NULL when there is no memory. LIMIT_BYTES bounds the sum of everything handed out. */
struct arena *arena_new(size_t limit_bytes);
/* The same, and so many bytes are likely to be needed. */
struct arena *arena_new_for(size_t limit_bytes, size_t expected_bytes);
void arena_free(struct arena *arena);

/* Zeroed memory aligned for any type, or NULL when the limit or the memory is exhausted: fail
 * closed. */
void *arena_alloc(struct arena *arena, size_t size);
/* Zeroed room for COUNT objects of SIZE bytes; NULL also when the product overflows. */
void *arena_calloc(struct arena *arena, size_t count, size_t size);

/* A terminated copy of LEN bytes; NULL on exhaustion. The bytes must not contain NUL. */
char *arena_copy(struct arena *arena, const char *bytes, size_t len);
char *arena_string(struct arena *arena, const char *string);
char *arena_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Calls FREE(POINTER) when the arena is freed, last registered first; for what cannot live
 * inside one (a JSON tree). Returns false, having called FREE at once, when that cannot be
 * remembered. */
bool arena_own(struct arena *arena, void (*free_it)(void *), void *pointer);

size_t arena_used(const struct arena *arena);

#endif
