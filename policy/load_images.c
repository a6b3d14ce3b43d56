/* Owns the settings of `build` and `images`: what images are made from, and which are used. */
#include "policy/load_keys.h"

static const char *const build_network_modes[] = {"none", "bridge", "host", "container", NULL};

static const struct key build_list[] = {
	WORDS("network_modes", build.network_modes, build_network_modes),
	PATTERNS("remotes", build.remotes, NULL),
	FLAG("buildkit", build.buildkit),
	FLAG("other_parameters", build.other_parameters),
};
static const struct key image_list[] = {
	PATTERNS("use", images.use, NULL),
	FLAG("import_sources", images.import_sources),
	PATTERNS("registries", images.registries, NULL),
};

const struct keys build_keys = KEYS(build_list);
const struct keys image_keys = KEYS(image_list);
