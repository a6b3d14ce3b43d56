/* Whether a policy allows an operation at all, whatever is in the request: its lists, the variables that may stand in
 * their place, and rules of the user's own. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/compat.h"
#include "policy/request.h"
#include "policy/trace.h"

#include <string.h>

/* Where a policy's operations are told by variables, which to set; NULL elsewhere. */
static const char *compat_advice(const struct check *check)
{
	const struct compat *compat = check->policy->compat;
	const char *missing = NULL;

	if (compat != NULL && !compat_allows(compat, check->request->route))
		missing = compat_missing(check->arena, compat, check->request->route);
	return missing == NULL ? NULL : arena_format(check->arena, "set %s to allow it", missing);
}

/* What the list of allowed operations is called where it was written. */
static const char *list_name(const struct policy *policy)
{
	return policy->compat == NULL ? "operations.allow" : "compat";
}

/* The same of an allowed operation, with the variable that opens it. */
const char *check_operation_rule(struct check *check)
{
	const struct compat *compat = check->policy->compat;
	const char *opener = compat == NULL ? NULL : compat_opener(compat, check->request->route);
	const char *rule = opener == NULL ? NULL : arena_format(check->arena, "compat.%s", opener);

	return rule != NULL ? rule : list_name(check->policy);
}

static void trace_operation(struct check *check, struct rule denier, const char *advice)
{
	const struct objection objection = {
		.rule = denier.name,
		.value = denier.value,
		.place = denier.place.file != NULL ? denier.place : check->policy->place,
		.claim = check->request->route->operation,
		.advice = advice,
	};

	if (check->trace != NULL)
		trace_add(check->trace, &objection);
}

/* ADVICE may be NULL. */
static bool deny_operation(struct check *check, struct rule denier, const char *advice)
{
	const char *operation = check->request->route->operation;
	const char *rule = check_rule_text(check, denier);
	bool buildkit = strcmp(operation, "build.buildkit") == 0 ||
	                strcmp(operation, "build.session") == 0 || strcmp(operation, "build.grpc") == 0;

	if (advice == NULL)
		advice = buildkit ? CHECK_BUILDKIT_ADVICE : "ask for a policy that does, if you need it";
	trace_operation(check, denier, advice);
	return check_deny_told(check, rule,
	                       arena_format(check->arena, "policy '%s' %s not allow %s (%s); %s",
	                                    check->policy->name,
	                                    check->policy->mode == MODE_ENFORCE ? "does" : "would",
	                                    operation, rule, advice));
}

bool check_operation(struct check *check)
{
	const struct policy *policy = check->policy;
	const char *operation = check->request->route->operation;
	size_t denied = check_match(&policy->deny, operation);
	size_t allowed = check_match(&policy->allow, operation);

	if (denied < policy->deny.count)
		return deny_operation(
			check, check_rule("operations.deny", check_match_place(&policy->deny, denied)), NULL);
	if (allowed < policy->allow.count)
		check->allowed_by = check_match_place(&policy->allow, allowed);
	else if (!check_rules_allow(check))
		return deny_operation(check, check_list_rule(list_name(policy), &policy->allow, operation),
		                      check->rules_advice != NULL ? check->rules_advice
		                                                  : compat_advice(check));
	return true;
}
