/* What the stub daemon has: so many tenants with so many containers, volumes, networks and images each, all sealed. */
#ifndef QUAYMASTER_BENCH_OBJECTS_H
#define QUAYMASTER_BENCH_OBJECTS_H

#include "policy/route.h"
#include "policy/seal.h"

#include <stddef.h>

enum { OBJECT_KINDS = 4, OBJECT_ID_DIGITS = 64, OBJECT_TEXT_SIZE = 4096 };

struct objects {
	struct seal_key key;
	size_t tenants, each;
	char *lists[OBJECT_KINDS];    /* of all, without the brackets: "{...},{...}" */
	size_t *begins[OBJECT_KINDS]; /* where each tenant's part begins, and where the last ends */
};

/* With the key in FILE. Exits when that cannot be read, or there is no memory. */
struct objects *objects_make(const char *file, size_t tenants, size_t each);

/* The kind that is at INDEX in the arrays. */
enum object_kind objects_kind(size_t index);

/* The inspection of the object of the kind at INDEX that is called NAME: by its name ("t7-3"; an image: "t7/3"), its id, or, of a
 * container, that of its exec. Its length, 0 when there is no such object. */
size_t objects_inspect(const struct objects *objects, unsigned index, const char *name,
                       char text[OBJECT_TEXT_SIZE]);

#endif
