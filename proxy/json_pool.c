/* Owns the blocks that jansson's trees are made of. glibc keeps seven free blocks of a size at hand for a thread,
 * and a tree needs a hundred; beyond those it locks, splits and joins.
 *
 * Each block is one of malloc's with a note of its size in front, so that any thread may free it, then or later,
 * and that what is freed twice is found out. */
#include "proxy/json_pool.h"

#include <assert.h>
#include <jansson.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) /* gcc's words, and clang's */
static const bool sanitized = true;
#elif defined(__has_feature)
static const bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
static const bool sanitized = false;
#endif

enum { STEP = 32, CLASSES = 16, KEPT_BYTES_MAX = 512 * 1024 };

enum state { STATE_LIVE = 0x4c495645, STATE_FREE = 0x46524545 };

struct block {
	alignas(max_align_t) enum state state; /* and with it the room behind, as malloc aligns */
	unsigned class;     /* times STEP is the room behind this; CLASSES: it is not kept */
	struct block *next; /* that is free, too */
};

struct pool {
	struct block *free[CLASSES];
	size_t kept_bytes;
};

static _Thread_local struct pool pool;

/* NULL when none is kept. */
static struct block *take_kept(size_t class)
{
	struct block *block = class < CLASSES ? pool.free[class] : NULL;

	if (block != NULL) {
		assert(block->state == STATE_FREE);
		pool.free[class] = block->next;
		pool.kept_bytes -= class * STEP;
	}
	return block;
}

static struct block *make(size_t size, size_t class)
{
	size_t room = class < CLASSES ? class * STEP : size;
	struct block *block = room > SIZE_MAX - sizeof *block ? NULL : malloc(sizeof *block + room);

	if (block != NULL)
		block->class = class < CLASSES ? (unsigned)class : CLASSES;
	return block;
}

static void *take(size_t size)
{
	size_t class = size / STEP + (size % STEP != 0 ? 1 : 0);
	struct block *block = take_kept(class);

	if (block == NULL)
		block = make(size, class);
	if (block == NULL)
		return NULL;
	block->state = STATE_LIVE;
	return (char *)block + sizeof *block;
}

static void give(void *room)
{
	struct block *block;
	size_t bytes;

	if (room == NULL)
		return;
	block = (struct block *)(void *)((char *)room - sizeof *block);
	assert(block->state == STATE_LIVE); /* or it is freed twice, or is none of ours */
	block->state = STATE_FREE;
	bytes = block->class * STEP;
	if (block->class >= CLASSES || bytes > KEPT_BYTES_MAX - pool.kept_bytes) {
		free(block);
		return;
	}
	block->next = pool.free[block->class];
	pool.free[block->class] = block;
	pool.kept_bytes += bytes;
}

bool json_pool_install(void)
{
	if (!sanitized)
		json_set_alloc_funcs(take, give);
	return !sanitized;
}

void json_pool_drain(void)
{
	for (size_t class = 0; class < CLASSES; class ++) {
		while (pool.free[class] != NULL) {
			struct block *block = pool.free[class];

			pool.free[class] = block->next;
			free(block);
		}
	}
	pool.kept_bytes = 0;
}
