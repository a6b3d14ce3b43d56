/* The shipped policies, compiled in by policy/presets/embed.sh: policy/presets/<name>.conf, and a
 * profile for each of the applications in policy/profiles/<name>.conf. Each text is the inside of a
 * policy as one would write it under `policies`. */
#ifndef QUAYMASTER_POLICY_PRESETS_H
#define QUAYMASTER_POLICY_PRESETS_H

#include <stdbool.h>
#include <stddef.h>

struct preset {
	const char *name;
	const char *text;
	bool profile; /* of an application; a written policy of that name takes its place */
};

extern const struct preset presets[];
extern const size_t preset_count;

#endif
