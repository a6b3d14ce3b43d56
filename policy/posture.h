/* What is done about a property, a query parameter or a header that dockerd knows. The tables of
 * schema_*.c, route_tables.c and request_headers.c give each of them one. */
#ifndef QUAYMASTER_POLICY_POSTURE_H
#define QUAYMASTER_POLICY_POSTURE_H

#include <stdbool.h>

enum posture {
	POSTURE_DENY =
		0, /* refused unless empty; only a policy's other_..., or unrestricted, opens it */
	POSTURE_HARMLESS, /* passes under any policy */
	POSTURE_JUDGED,   /* refused unless a rule of the policy allows the value */
	POSTURE_CAPPED, /* passes as far as the policy has no limit; else capped, or set to a default */
	POSTURE_OWNED,  /* names an object, which is looked up and judged; its full id is sent */
	POSTURE_REWRITTEN, /* passes, but what is sent is what quaymaster writes there */
	POSTURE_DROP       /* never sent on: the daemon ignores it, or it has no meaning on Linux */
};

const char *posture_name(enum posture posture);

/* True where the tables leave the decision, or the value, to a check_*.c or to mutate: nothing may
 * pass there that nobody looks at. */
bool posture_is_delegated(enum posture posture);

/* True for what could make a verdict a denial: where the daemon would not read it, the client is
 * told. Anything else is left out without a word, as the daemon would. */
bool posture_has_weight(enum posture posture);

#endif
