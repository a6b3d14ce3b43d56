/* Owns the settings of `tenancy` in a policy: what a tenant's world has besides its own. */
#include "policy/load_keys.h"

static const struct key shared_list[] = {
	PATTERNS("networks", tenancy.networks, NULL),
	PATTERNS("volumes", tenancy.volumes, NULL),
	READ("images", tenancy.images, read_images),
};
static const struct keys shared_keys = KEYS(shared_list);

static const struct key tenancy_list[] = {
	FLAG("open", tenancy.open),
	GROUP("shared", shared_keys),
};
const struct keys tenancy_keys = KEYS(tenancy_list);
