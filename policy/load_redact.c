/* Owns the settings of `redact`: what answers do not tell (redact.h). */
#include "policy/load_keys.h"

static const struct key redact_list[] = {
	PATTERNS("env", redact.env, NULL),
	PATTERNS("labels", redact.labels, NULL),
	PATTERNS("options", redact.options, NULL),
	FLAG("commands", redact.commands),
	FLAG("mounts", redact.mounts),
	FLAG("host", redact.host),
	FLAG("registries", redact.registries),
	FLAG("secrets", redact.secrets),
};
const struct keys redact_keys = KEYS(redact_list);
