/* The daemon's list of a tenant's containers, volumes, networks or images, read element by element into what they count for. */
#ifndef QUAYMASTER_POLICY_QUOTA_LIST_H
#define QUAYMASTER_POLICY_QUOTA_LIST_H

#include "policy/quota.h"

#include <stddef.h>

struct arena;

enum { QUOTA_RUNNING_MAX = 1000 };

struct quota_list {
	struct arena *arena; /* for RUNNING; NULL: they are not told */
	const struct world *world;
	const char *already; /* a demand's */
	struct quota_amounts use;
	/* Is told of what is the tenant's by what its request was noted as: a seal's number, and the id of what is running.
	 * NULL: nobody asks. */
	void (*saw)(const char *token, void *owner);
	void *owner;
	/* Of a list of images: true for a token of something that nobody saw the end of. An image that came of it and that nobody
	 * holds is told, by its id and each of its names (hold_name's), instead of counted. NULL: images are counted. */
	bool (*is_left)(const char *token, void *owner);
	void (*stray)(const char *id, const char *name, void *owner);
	const char **running; /* ids, of QUOTA_RUNNING_MAX at most */
	size_t running_count;
};

/* Adds to LIST what TEXT, the daemon's list of objects of KIND, tells. False when it is not such a list, or there is no
 * memory: nothing of LIST is to be relied on then. */
bool quota_list_read(struct quota_list *list, enum object_kind kind, const char *text, size_t len);

#endif
