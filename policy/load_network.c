/* Owns the settings of `network` and `volume`. */
#include "policy/load_keys.h"

static const struct key volume_list[] = {
	PATTERNS("drivers", volume.drivers, NULL),
	PATTERNS("options", volume.options, NULL),
};
static const struct key network_list[] = {
	PATTERNS("drivers", network.drivers, NULL),
	PATTERNS("options", network.options, NULL),
	FLAG("other_properties", network.other_properties),
};

const struct keys volume_keys = KEYS(volume_list);
const struct keys network_keys = KEYS(network_list);
