/* Owns what is remembered of owners: entries in a table of chains, and in a list in the order of their use. */
#include "policy/owner_cache.h"

#include <stdlib.h>
#include <string.h>

enum { CHAINS = 512 };

struct entry {
	struct entry *chained;
	struct entry *newer, *older; /* in the order of their use */
	enum object_kind kind;
	enum ownership owner;
	char name[];
};

struct order {
	struct entry *newest, *oldest;
};

struct owner_cache {
	size_t capacity, count;
	size_t bytes; /* of the entries */
	struct order order;
	struct entry *chains[CHAINS];
};

static struct entry **chain_of(struct owner_cache *cache, enum object_kind kind, const char *name)
{
	unsigned hash = (unsigned)kind;

	for (; *name != '\0'; name++)
		hash = hash * 31 + (unsigned char)*name;
	return &cache->chains[hash % CHAINS];
}

/* Where the entry hangs; where none does the chain ends there. */
static struct entry **link_of(struct owner_cache *cache, enum object_kind kind, const char *name)
{
	struct entry **link = chain_of(cache, kind, name);

	while (*link != NULL && ((*link)->kind != kind || strcmp((*link)->name, name) != 0))
		link = &(*link)->chained;
	return link;
}

static void take_out(struct owner_cache *cache, const struct entry *entry)
{
	if (entry->newer != NULL)
		entry->newer->older = entry->older;
	else
		cache->order.newest = entry->older;
	if (entry->older != NULL)
		entry->older->newer = entry->newer;
	else
		cache->order.oldest = entry->newer;
}

static void put_in(struct owner_cache *cache, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->order.newest;
	if (entry->older != NULL)
		entry->older->newer = entry;
	else
		cache->order.oldest = entry;
	cache->order.newest = entry;
}

static size_t entry_size(size_t name_len)
{
	return sizeof(struct entry) + name_len + 1;
}

size_t owner_cache_bytes(const struct owner_cache *cache)
{
	return cache->bytes;
}

void owner_cache_forget(struct owner_cache *cache, enum object_kind kind, const char *name)
{
	struct entry **link = link_of(cache, kind, name), *entry = *link;

	if (entry == NULL)
		return;
	*link = entry->chained;
	take_out(cache, entry);
	cache->count--;
	cache->bytes -= entry_size(strlen(entry->name));
	free(entry);
}

bool owner_cache_find(struct owner_cache *cache, enum object_kind kind, const char *name,
                      enum ownership *owner)
{
	struct entry *entry = *link_of(cache, kind, name);

	if (entry == NULL)
		return false;
	take_out(cache, entry);
	put_in(cache, entry);
	*owner = entry->owner;
	return true;
}

void owner_cache_put(struct owner_cache *cache, enum object_kind kind, const char *name,
                     enum ownership owner)
{
	size_t len = strlen(name);
	struct entry *entry;

	owner_cache_forget(cache, kind, name);
	if (len > OWNER_CACHE_NAME_MAX)
		return;
	if (cache->count == cache->capacity)
		owner_cache_forget(cache, cache->order.oldest->kind, cache->order.oldest->name);
	entry = malloc(entry_size(len));
	if (entry == NULL)
		return;
	entry->kind = kind;
	entry->owner = owner;
	memcpy(entry->name, name, len + 1);
	struct entry **chain = chain_of(cache, kind, name);
	entry->chained = *chain;
	*chain = entry;
	put_in(cache, entry);
	cache->count++;
	cache->bytes += entry_size(len);
}

struct owner_cache *owner_cache_new(size_t capacity)
{
	struct owner_cache *cache = calloc(1, sizeof *cache);

	if (cache != NULL)
		cache->capacity = capacity;
	return cache;
}

void owner_cache_free(struct owner_cache *cache)
{
	if (cache == NULL)
		return;
	for (struct entry *entry = cache->order.newest; entry != NULL;) {
		struct entry *older = entry->older;

		free(entry);
		entry = older;
	}
	free(cache);
}
