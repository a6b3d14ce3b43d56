/* Rules of the user's own: what they allow besides operations.allow, and what they deny of what everything else would
 * let pass. They see a request as it was read, before anything is written into it. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/facts.h"
#include "policy/predicate.h"
#include "policy/recreate.h"
#include "policy/request.h"
#include "policy/rules.h"
#include "policy/verdict.h"

/* A search for rules, and what has come of it. */
struct finding {
	struct check *check;
	struct evaluation evaluation;
	struct rule_search search;
	bool pending;
	bool denied;
};

static void begin(struct finding *finding, struct check *check, enum rule_effect effect,
                  bool (*found)(void *context, const struct user_rule *rule, enum truth truth))
{
	*finding = (struct finding){
		.check = check,
		.evaluation = {.arena = check->arena,
	                   .identity = check->identity,
	                   .request = check->request,
	                   .facts = check->facts,
	                   .early = check->facts == NULL},
		.search = {.effect = effect, .found = found, .context = finding},
	};
	finding->search.evaluation = &finding->evaluation;
}

static void search(struct finding *finding)
{
	const struct check *check = finding->check;

	user_rules_search(&check->policy->rules, check->request->route, &finding->search);
	check->verdict->rule_steps += finding->search.rules + finding->search.steps;
}

/* Asks for what a rule wants to know, or tells what became of it. Early on, nobody can be asked. */
static bool ask(struct check *check, enum object_kind kind, const char *name)
{
	const struct fact *fact;

	if (check->facts == NULL)
		return true;
	if (kind == OBJECT_NONE)
		return check_deny_malformed(check, "a rule cannot tell what it waits for");
	return check_fact(check, kind, name, &fact);
}

static struct rule rule_of(const struct user_rule *rule)
{
	return check_rule("rules", rule->place);
}

/* ---- what they allow ---- */

static const char *message_of(const struct user_rule *rule)
{
	if (rule->message != NULL)
		return rule->message;
	return rule->text != NULL ? rule->text : "always";
}

static void remark_allowed(struct check *check, const struct user_rule *rule)
{
	const char *told = check_rule_text(check, rule_of(rule));
	const char *message =
		arena_format(check->arena, "policy '%s' %s %s: %s (%s)", check->policy->name,
	                 rule->mode == MODE_WARN ? "allows" : "would allow",
	                 check->request->route->operation, message_of(rule), told);
	const struct remark remark = {.mode = rule->mode,
	                              .would = VERDICT_ALLOW,
	                              .rule = told,
	                              .message = message != NULL ? message : "allowed"};

	if (rule->mode != MODE_ENFORCE)
		verdict_remark(check->verdict, &remark);
}

/* A rule that only observes allows nothing. */
static bool found_allowing(void *context, const struct user_rule *rule, enum truth truth)
{
	struct finding *finding = context;

	if (truth == TRUTH_PENDING) {
		finding->pending = true;
		return false;
	}
	remark_allowed(finding->check, rule);
	if (rule->mode == MODE_OBSERVE)
		return true;
	finding->check->allowed_rule = rule;
	return false;
}

bool check_rules_allow(struct check *check)
{
	struct finding finding;

	begin(&finding, check, EFFECT_ALLOW, found_allowing);
	search(&finding);
	if (check->allowed_rule != NULL)
		return true;
	if (finding.pending)
		return ask(check, finding.evaluation.wanted, finding.evaluation.wanted_name);
	if (finding.evaluation.difference != NULL)
		check->rules_advice = arena_format(check->arena, "it recreates no container: %s",
		                                   finding.evaluation.difference);
	/* An object that is not there would be told so by the daemon. */
	if (finding.evaluation.lost != NULL)
		ask(check, finding.evaluation.lost->kind, finding.evaluation.lost->name);
	return false;
}

/* ---- what they deny ---- */

/* What is missing is told, for a rule that denies because of that. */
static const char *advice_for(struct check *check, const struct predicate *missing)
{
	const char *path = missing != NULL ? predicate_path_print(check->arena, &missing->path) : NULL;
	const char *advice = path != NULL
	                         ? arena_format(check->arena,
	                                        "%s is not given, or says nothing that it could be "
	                                        "compared by",
	                                        check_shown(check, path))
	                         : NULL;

	return advice != NULL ? advice : "change the request, or ask for another policy";
}

static bool found_denying(void *context, const struct user_rule *rule, enum truth truth)
{
	struct finding *finding = context;
	struct check *check = finding->check;
	const struct evaluation *evaluation = &finding->evaluation;

	if (truth == TRUTH_PENDING) {
		finding->pending = true;
		return false;
	}
	if (truth == TRUTH_UNKNOWN && evaluation->lost != NULL && rule->mode == MODE_ENFORCE)
		finding->denied = !ask(check, evaluation->lost->kind, evaluation->lost->name);
	else
		finding->denied =
			!check_deny_weakly(check, rule->mode, rule_of(rule),
		                       advice_for(check,
		                                  truth == TRUTH_UNKNOWN ? evaluation->missing : NULL),
		                       message_of(rule));
	return !finding->denied;
}

bool check_rules_deny(struct check *check)
{
	struct finding finding;

	if (recreate_frees_name(check->policy, check->request) &&
	    !ask(check, OBJECT_CONTAINER, check->request->captures.name))
		return false;
	begin(&finding, check, EFFECT_DENY, found_denying);
	search(&finding);
	if (finding.denied)
		return false;
	if (finding.pending)
		return ask(check, finding.evaluation.wanted, finding.evaluation.wanted_name);
	return true;
}
