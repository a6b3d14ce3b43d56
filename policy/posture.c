/* The postures' names, and what they have in common. */
#include "policy/posture.h"

const char *posture_name(enum posture posture)
{
	switch (posture) {
	case POSTURE_DENY:
		return "deny";
	case POSTURE_HARMLESS:
		return "harmless";
	case POSTURE_JUDGED:
		return "judged";
	case POSTURE_CAPPED:
		return "capped";
	case POSTURE_OWNED:
		return "owned";
	case POSTURE_REWRITTEN:
		return "rewritten";
	case POSTURE_DROP:
		return "drop";
	}
	return "?";
}

bool posture_is_delegated(enum posture posture)
{
	return posture == POSTURE_JUDGED || posture == POSTURE_CAPPED || posture == POSTURE_OWNED ||
	       posture == POSTURE_REWRITTEN;
}

bool posture_has_weight(enum posture posture)
{
	return posture == POSTURE_DENY || posture == POSTURE_JUDGED || posture == POSTURE_OWNED;
}
