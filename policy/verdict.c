/* Names of verdicts, and what is remarked beside them. The judging is decide.c's. */
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

static bool is_said(const struct verdict *verdict, const struct remark *remark)
{
	for (size_t i = 0; i < verdict->remark_count; i++) {
		if (strcmp(verdict->remarks[i].rule, remark->rule) == 0 &&
		    strcmp(verdict->remarks[i].message, remark->message) == 0)
			return true;
	}
	return false;
}

/* When all is full, what only the log is told of makes room for what a client is told. */
static struct remark *room_for(struct verdict *verdict, enum rule_mode mode)
{
	if (verdict->remark_count < REMARKS_MAX)
		return &verdict->remarks[verdict->remark_count++];
	for (size_t i = REMARKS_MAX; i-- > 0;) {
		if (verdict->remarks[i].mode > mode)
			return &verdict->remarks[i];
	}
	return NULL;
}

void verdict_remark(struct verdict *verdict, const struct remark *remark)
{
	struct remark *room = is_said(verdict, remark) ? NULL : room_for(verdict, remark->mode);

	verdict->would_deny = verdict->would_deny || remark->would == VERDICT_DENY;
	if (verdict->told == MODE_ENFORCE || remark->mode < verdict->told)
		verdict->told = remark->mode;
	if (room != NULL)
		*room = *remark;
}
