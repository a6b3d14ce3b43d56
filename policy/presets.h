/* The shipped policies, compiled in from policy/presets/<name>.conf by policy/presets/embed.sh.
 * Each text is the inside of a policy as one would write it under `policies`. */
#ifndef QUAYMASTER_POLICY_PRESETS_H
#define QUAYMASTER_POLICY_PRESETS_H

#include <stddef.h>

struct preset {
	const char *name;
	const char *text;
};

extern const struct preset presets[];
extern const size_t preset_count;

#endif
