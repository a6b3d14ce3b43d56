/* The set of paths at which an archive has links, as hashes. Inside of tar_*.c only. */
#ifndef QUAYMASTER_POLICY_TAR_LINKS_H
#define QUAYMASTER_POLICY_TAR_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tar_links {   /* zeroed it is empty */
	uint64_t *table; /* with gaps of 0 */
	size_t room, count;
};

enum { TAR_LINKS_MAX = 1 << 16 };

void tar_links_free(struct tar_links *links);

/* False when there is no memory, or there are TAR_LINKS_MAX already. */
bool tar_links_add(struct tar_links *links, const char *path);
/* True when a directory above PATH is among LINKS; rarely also when it only has the hash of one. */
bool tar_links_lead_to(const struct tar_links *links, const char *path);

/* docker save puts links at "<id>/layer.tar" where another has the same content. Nothing is below such a name, so that no path
 * leads through one. PATH is cleaned. */
bool tar_path_is_layer(const char *path);
bool tar_path_is_below_layer(const char *path);

#endif
