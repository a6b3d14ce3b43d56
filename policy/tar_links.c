/* Owns the set of links: open addressing, at most half full. */
#include "policy/tar_links.h"

#include "policy/text.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_AT_FIRST = 64 };

/* FNV-1a. Who makes paths have one hash only has an archive refused that need not be. */
static uint64_t hash_path(const char *path, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325U;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)path[i]) * 0x100000001b3U;
	return hash != 0 ? hash : 1;
}

static uint64_t *place(uint64_t *table, size_t room, uint64_t hash)
{
	size_t i = (size_t)hash & (room - 1);

	while (table[i] != 0 && table[i] != hash)
		i = (i + 1) & (room - 1);
	return &table[i];
}

static bool grow(struct tar_links *links)
{
	size_t room = links->room == 0 ? ROOM_AT_FIRST : 2 * links->room;
	uint64_t *table = calloc(room, sizeof *table);

	if (table == NULL)
		return false;
	for (size_t i = 0; i < links->room; i++) {
		if (links->table[i] != 0)
			*place(table, room, links->table[i]) = links->table[i];
	}
	free(links->table);
	links->table = table;
	links->room = room;
	return true;
}

bool tar_links_add(struct tar_links *links, const char *path)
{
	uint64_t hash = hash_path(path, strlen(path)), *at;

	if (links->count == TAR_LINKS_MAX || (2 * links->count >= links->room && !grow(links)))
		return false;
	at = place(links->table, links->room, hash);
	if (*at == 0)
		links->count++;
	*at = hash;
	return true;
}

bool tar_links_lead_to(const struct tar_links *links, const char *path)
{
	const char *slash = links->count > 0 ? strchr(path, '/') : NULL;

	for (; slash != NULL; slash = strchr(slash + 1, '/')) {
		uint64_t hash = hash_path(path, (size_t)(slash - path));

		if (*place(links->table, links->room, hash) == hash)
			return true;
	}
	return false;
}

void tar_links_free(struct tar_links *links)
{
	free(links->table);
}

bool tar_path_is_layer(const char *path)
{
	const char *slash = strchr(path, '/');

	return slash != NULL && strcmp(slash, "/layer.tar") == 0;
}

bool tar_path_is_below_layer(const char *path)
{
	return text_starts_with(path, "layer.tar/") || strstr(path, "/layer.tar/") != NULL;
}
