/* Whether a create equals an existing container but for its image. */
#include "policy/predicate_parts.h"

enum truth predicate_recreate(struct evaluation *evaluation)
{
	(void)evaluation;
	return TRUTH_UNKNOWN;
}
