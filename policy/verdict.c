/* Names of verdicts, for messages and the audit log. The judging is decide.c's. */
#include "policy/verdict.h"

const char *verdict_kind_name(enum verdict_kind kind)
{
	switch (kind) {
	case VERDICT_DENY:
		return "deny";
	case VERDICT_ALLOW:
		return "allow";
	case VERDICT_NEED:
		return "need";
	}
	return "deny";
}
