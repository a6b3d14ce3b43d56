/* Names of verdicts, for messages and the audit log. The judging is decide.c's. */
#include "policy/verdict.h"

#include <string.h>

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

const char *rule_mode_name(enum rule_mode mode)
{
	switch (mode) {
	case MODE_ENFORCE:
		return "enforce";
	case MODE_WARN:
		return "warn";
	case MODE_OBSERVE:
		return "observe";
	}
	return "enforce";
}

void verdict_remark(struct verdict *verdict, const struct remark *remark)
{
	for (size_t i = 0; i < verdict->remark_count; i++) {
		if (strcmp(verdict->remarks[i].rule, remark->rule) == 0 &&
		    strcmp(verdict->remarks[i].message, remark->message) == 0)
			return;
	}
	if (verdict->remark_count < REMARKS_MAX)
		verdict->remarks[verdict->remark_count++] = *remark;
}

bool verdict_would_deny(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->remark_count; i++) {
		if (verdict->remarks[i].would == VERDICT_DENY)
			return true;
	}
	return false;
}
