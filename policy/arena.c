/* Owns the blocks that requests and policies are laid out in. Handing out is moving a mark;
 * giving back is freeing everything. Not for threads to share: one owner, one lifetime. */
#include "policy/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_SANITIZED 1
#endif

/* Under the address sanitizer every object gets a block of its own, so that an overrun is seen. */
#if defined(ARENA_SANITIZED)
enum { FIRST_BLOCK = 0, LARGEST_STEP = 0 };
#else
enum { FIRST_BLOCK = 4096, LARGEST_STEP = 65536 };
#endif

enum { ALIGNMENT = alignof(max_align_t), FORMATTED_SHORT = 256 };

struct block {
	struct block *previous;
	size_t capacity;
	size_t used;
	alignas(max_align_t) char data[];
};

/* Something that lives elsewhere and dies with the arena. */
struct owned {
	struct owned *previous;
	void (*free_it)(void *);
	void *pointer;
};

struct arena {
	struct block *newest;
	struct owned *owned;
	size_t limit;
	size_t used;
};

static struct block *block_new(size_t capacity, struct block *previous)
{
	struct block *block;

	if (capacity > SIZE_MAX - sizeof *block)
		return NULL;
	block = malloc(sizeof *block + capacity);
	if (block == NULL)
		return NULL;
	block->previous = previous;
	block->capacity = capacity;
	block->used = 0;
	return block;
}

/* The arena's own record is the first thing in its first block: one malloc for a small request. */
struct arena *arena_new(size_t limit_bytes)
{
	return arena_new_for(limit_bytes, 0);
}

/* What to hand out before the next malloc. */
static size_t first_room(size_t expected)
{
	const size_t least = FIRST_BLOCK, most = LARGEST_STEP;

	if (expected < least)
		return least;
	return expected < most ? expected : most;
}

struct arena *arena_new_for(size_t limit_bytes, size_t expected_bytes)
{
	const size_t own = (sizeof(struct arena) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	struct block *block = block_new(own + first_room(expected_bytes), NULL);
	struct arena *arena;

	if (block == NULL)
		return NULL;
	arena = (struct arena *)(void *)block->data;
	*arena = (struct arena){.newest = block, .limit = limit_bytes};
	block->used = own;
	return arena;
}

void arena_free(struct arena *arena)
{
	struct block *block;

	if (arena == NULL)
		return;
	for (const struct owned *owned = arena->owned; owned != NULL; owned = owned->previous)
		owned->free_it(owned->pointer);
	block = arena->newest;
	while (block != NULL) {
		struct block *previous = block->previous;

		free(block);
		block = previous;
	}
}

/* Blocks double up to a step, so that a request of a few megabytes needs some dozens of them. */
static bool add_block(struct arena *arena, size_t size)
{
	size_t capacity = arena->newest->capacity * 2;
	struct block *block;

	if (capacity > LARGEST_STEP)
		capacity = LARGEST_STEP;
	if (capacity < size)
		capacity = size;
	block = block_new(capacity, arena->newest);
	if (block == NULL)
		return false;
	arena->newest = block;
	return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t rounded;
	void *room;

	assert(arena->used <= arena->limit);
	if (size > SIZE_MAX - ALIGNMENT)
		return NULL;
	/* An object of no bytes still gets an address of its own. */
	rounded = size == 0 ? (size_t)ALIGNMENT : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (rounded > arena->limit - arena->used)
		return NULL;
	if (rounded > arena->newest->capacity - arena->newest->used && !add_block(arena, rounded))
		return NULL;
	room = arena->newest->data + arena->newest->used;
	arena->newest->used += rounded;
	arena->used += rounded;
	memset(room, 0, rounded);
	return room;
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	return arena_alloc(arena, count * size);
}

char *arena_copy(struct arena *arena, const char *bytes, size_t len)
{
	char *copy;

	if (len == SIZE_MAX || (len > 0 && memchr(bytes, '\0', len) != NULL))
		return NULL;
	copy = arena_alloc(arena, len + 1);
	if (copy != NULL && len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

char *arena_string(struct arena *arena, const char *string)
{
	return arena_copy(arena, string, strlen(string));
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	char shortly[FORMATTED_SHORT]; /* most are short, and formatting is slow */
	va_list arguments;
	va_list again;
	char *text = NULL;
	int len;

	va_start(arguments, format);
	va_copy(again, arguments);
	len = vsnprintf(shortly, sizeof shortly, format, arguments);
	if (len >= 0)
		text = arena_alloc(arena, (size_t)len + 1);
	if (text != NULL && (size_t)len < sizeof shortly)
		memcpy(text, shortly, (size_t)len + 1);
	else if (text != NULL && vsnprintf(text, (size_t)len + 1, format, again) != len)
		text = NULL;
	va_end(again);
	va_end(arguments);
	return text;
}

bool arena_own(struct arena *arena, void (*free_it)(void *), void *pointer)
{
	struct owned *owned = arena_alloc(arena, sizeof *owned);

	if (owned == NULL) {
		free_it(pointer);
		return false;
	}
	*owned = (struct owned){.previous = arena->owned, .free_it = free_it, .pointer = pointer};
	arena->owned = owned;
	return true;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
