/* Where a setting was written, so that every denial and every complaint can say so. */
#ifndef QUAYMASTER_POLICY_PLACE_H
#define QUAYMASTER_POLICY_PLACE_H

struct place {
	const char *file; /* "ci.conf", "preset ci" for a compiled-in one, NULL for a default */
	unsigned line;
};

#endif
