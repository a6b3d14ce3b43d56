/* Owns one question: does an object have a key twice? Who writes the keys is hostile and may be many. */
#include "policy/json_node.h"

#include "policy/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FEW_KEYS = 8, PROBES_A_KEY = 16 };

static bool same_key(const struct json_node *a, const struct json_node *b)
{
	return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

static int compare_keys(const void *left, const void *right)
{
	const struct json_node *a = *(const struct json_node *const *)left;
	const struct json_node *b = *(const struct json_node *const *)right;

	if (a->key_len != b->key_len)
		return a->key_len < b->key_len ? -1 : 1;
	return memcmp(a->key, b->key, a->key_len);
}

static bool twice_among_few(const struct json_node *first)
{
	for (const struct json_node *a = first; a != NULL; a = a->next) {
		for (const struct json_node *b = first; b != a; b = b->next) {
			if (same_key(a, b))
				return true;
		}
	}
	return false;
}

/* Takes n log n steps whatever the keys. TABLE has room for all. */
static bool twice_among_sorted(const struct json_node *object, const struct json_node **table)
{
	size_t count = 0;

	for (const struct json_node *member = object->is.inside.first; member != NULL;
	     member = member->next)
		table[count++] = member;
	qsort(table, count, sizeof(struct json_node *), compare_keys);
	for (size_t i = 1; i < count; i++) {
		if (same_key(table[i - 1], table[i]))
			return true;
	}
	return false;
}

/* Of the length, the first eight bytes and the last eight. */
static size_t key_hash(const struct json_node *member)
{
	const size_t len = member->key_len;
	uint64_t first = 0, last = 0;

	if (len >= sizeof first) {
		memcpy(&first, member->key, sizeof first);
		memcpy(&last, member->key + len - sizeof last, sizeof last);
	} else {
		memcpy(&first, member->key, len);
	}
	first = (first ^ (last << 23 | last >> 41) ^ len) * 0x9e3779b97f4a7c15u;
	return (size_t)(first ^ first >> 32);
}

/* A hash table finds out at once, unless somebody has chosen the keys to fall on each other: then they are
 * sorted. */
static bool twice_among_many(const struct json_node *object, const struct json_node **table,
                             size_t size)
{
	size_t probes = 0, most = object->is.inside.count * PROBES_A_KEY;

	for (const struct json_node *member = object->is.inside.first; member != NULL;
	     member = member->next) {
		size_t slot = key_hash(member) & (size - 1);

		for (; table[slot] != NULL; slot = (slot + 1) & (size - 1)) {
			if (same_key(table[slot], member))
				return true;
			if (probes++ > most)
				return twice_among_sorted(object, table);
		}
		table[slot] = member;
	}
	return false;
}

bool json_keys_twice(struct arena *arena, const struct json_node *object, bool *twice)
{
	size_t size = FEW_KEYS;
	const struct json_node **table;

	if (object->is.inside.count <= FEW_KEYS) {
		*twice = twice_among_few(object->is.inside.first);
		return true;
	}
	while (size < object->is.inside.count * 2)
		size *= 2;
	table = arena_calloc(arena, size, sizeof(struct json_node *));
	if (table != NULL)
		*twice = twice_among_many(object, table, size);
	return table != NULL;
}
