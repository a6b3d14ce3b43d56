/* Why a request gets its verdict. The rules it depends on are found by asking twice: the policy itself, and the policy
 * with everything closed. What only the closed one objects to is what the policy's settings allow. */
#include "policy/explain.h"

#include "policy/answer_filter.h"
#include "policy/arena.h"
#include "policy/assume.h"
#include "policy/builder.h"
#include "policy/difference.h"
#include "policy/identity.h"
#include "policy/identity_text.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/redact.h"
#include "policy/remedy.h"
#include "policy/setting_names.h"
#include "policy/text.h"
#include "policy/trace.h"

#include <string.h>

enum { TARGET_SHOWN_MAX = 1000, IDENTITY_SHOWN_MAX = 1000 };

struct explanation {
	struct arena *arena;
	const struct trial_setup *setup;
	const struct trial_input *input;
	bool assumed;
	struct trial trial;
	struct trace *objections, *closed; /* by the policy; by the policy with everything closed */
	struct facts *facts;
	json_t *out;
	bool failed;
};

/* Adds a text; NULL adds nothing. */
static void put(struct explanation *explanation, json_t *object, const char *name, const char *text)
{
	if (text != NULL && json_object_set_new(object, name, json_string(text)) != 0)
		explanation->failed = true;
}

static void put_tree(struct explanation *explanation, const char *name, json_t *tree)
{
	if (tree == NULL || json_object_set_new(explanation->out, name, tree) != 0)
		explanation->failed = true;
}

static const char *place_text(struct explanation *explanation, struct place place)
{
	return place.file != NULL ? arena_format(explanation->arena, "%s:%u", place.file, place.line)
	                          : NULL;
}

/* ---- the request and its verdict ---- */

static void put_request(struct explanation *explanation)
{
	const struct request_head *head = &explanation->input->head;
	const struct request *request = &explanation->trial.request;
	/* The query may hold a secret anywhere. */
	const char *told = arena_format(explanation->arena, "%s %.*s", head->method,
	                                (int)strcspn(head->target, "?"), head->target);

	put(explanation, explanation->out, "request",
	    told != NULL ? text_printable(explanation->arena, told, TARGET_SHOWN_MAX) : NULL);
	if (request->route != NULL)
		put(explanation, explanation->out, "operation", request->route->operation);
}

static const char *identity_shown(struct explanation *explanation, const struct identity *identity)
{
	const char *text = identity_text_print(explanation->arena, identity);

	explanation->failed = explanation->failed || text == NULL;
	return text != NULL && *text != '\0'
	           ? text_printable(explanation->arena, text, IDENTITY_SHOWN_MAX)
	           : NULL;
}

static void put_policy(struct explanation *explanation)
{
	const struct policy *policy = explanation->setup->policy;
	const struct identity *identity = explanation->setup->identity;

	if (identity != NULL) {
		put(explanation, explanation->out, "as", identity_shown(explanation, identity));
		put(explanation, explanation->out, "client",
		    place_text(explanation, identity->grant.place));
		if (identity->grant.tenant[0] != '\0')
			put(explanation, explanation->out, "tenant", identity->grant.tenant);
	}
	if (policy == NULL)
		return;
	put(explanation, explanation->out, "policy", policy->name);
	put(explanation, explanation->out, "place", place_text(explanation, policy->place));
}

static void put_verdict(struct explanation *explanation)
{
	const struct trial *trial = &explanation->trial;

	put(explanation, explanation->out, "verdict", trial_end_name(trial->end));
	if (trial->status != 0)
		put_tree(explanation, "status", json_integer(trial->status));
	if (trial->rule[0] != '\0')
		put(explanation, explanation->out, "rule", trial->rule);
	if (trial->message[0] != '\0')
		put(explanation, explanation->out, "message", trial->message);
}

/* ---- rules ---- */

static void put_rule(struct explanation *explanation, json_t *rules,
                     const struct objection *objection, const char *result)
{
	json_t *rule = json_object();

	if (rule == NULL) {
		explanation->failed = true;
		return;
	}
	put(explanation, rule, "result", result);
	put(explanation, rule, "rule", objection->rule != NULL ? objection->rule : "built-in");
	put(explanation, rule, "place", place_text(explanation, objection->place));
	put(explanation, rule, "value", objection->value);
	put(explanation, rule, "claim", objection->claim);
	if (strcmp(result, "allowed") != 0)
		put(explanation, rule, "advice", objection->advice);
	if (json_array_append_new(rules, rule) != 0)
		explanation->failed = true;
}

static bool is_operations(const struct objection *objection)
{
	return objection->rule != NULL && (text_starts_with(objection->rule, "operations.") ||
	                                   strcmp(objection->rule, "compat") == 0);
}

/* An unrestricted policy is asked about operations only. */
static bool is_consulted(const struct explanation *explanation, const struct objection *objection)
{
	return !explanation->setup->policy->unrestricted.on || is_operations(objection);
}

/* What an objection comes to. */
static const char *result_of(const struct explanation *explanation,
                             const struct objection *objection)
{
	enum rule_mode mode = explanation->setup->policy->mode;

	return mode == MODE_ENFORCE || objection->rule == NULL ? "denied" : rule_mode_name(mode);
}

static void put_rules(struct explanation *explanation)
{
	const struct trace *objections = explanation->objections, *closed = explanation->closed;
	json_t *rules = json_array();

	for (size_t i = 0; i < closed->count; i++) {
		const struct objection *own = trace_find(objections, &closed->list[i]);

		if (own != NULL)
			put_rule(explanation, rules, own, result_of(explanation, own));
		else if (closed->list[i].rule != NULL && is_consulted(explanation, &closed->list[i]))
			put_rule(explanation, rules, &closed->list[i], "allowed");
	}
	for (size_t i = 0; i < objections->count; i++) {
		if (trace_find(closed, &objections->list[i]) == NULL)
			put_rule(explanation, rules, &objections->list[i],
			         result_of(explanation, &objections->list[i]));
	}
	if (explanation->setup->policy->unrestricted.on)
		put_rule(explanation, rules,
		         &(struct objection){.rule = "unrestricted",
		                             .place = explanation->setup->policy->unrestricted.place,
		                             .claim = "nothing inside the request is judged"},
		         "allowed");
	put_tree(explanation, "rules", rules);
}

/* ---- facts ---- */

static const char *state_name(enum fact_state state)
{
	switch (state) {
	case FACT_WANTED:
		return "wanted";
	case FACT_MISSING:
		return "missing";
	case FACT_FOUND:
		return "found";
	case FACT_FAILED:
		return "failed";
	}
	return "failed";
}

static void put_fact(struct explanation *explanation, json_t *list, const struct fact *fact)
{
	json_t *told = json_object();

	if (told == NULL) {
		explanation->failed = true;
		return;
	}
	put(explanation, told, "kind", object_kind_name(fact->kind));
	put(explanation, told, "name",
	    text_printable(explanation->arena, fact->name, TARGET_SHOWN_MAX));
	put(explanation, told, "state", state_name(fact->state));
	put(explanation, told, "id", fact->id);
	put(explanation, told, "message", fact->message);
	if (explanation->assumed)
		put(explanation, told, "assumed", assume_text(fact));
	if (json_array_append_new(list, told) != 0)
		explanation->failed = true;
}

static void put_facts(struct explanation *explanation)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < explanation->facts->count; i++)
		put_fact(explanation, list, &explanation->facts->list[i]);
	put_tree(explanation, "facts", list);
}

/* ---- what would be sent ---- */

/* The rewritten request, as it may be shown. */
static void put_sent(struct explanation *explanation)
{
	const struct trial *trial = &explanation->trial;
	json_t *sent = json_object(), *body = NULL;
	size_t len;
	const char *text = request_describe_body(&trial->request, &len);

	if (text != NULL)
		body = json_loadb(text, len, JSON_DECODE_ANY, NULL);
	put(explanation, sent, "request", request_describe_sent(&trial->request));
	if (body != NULL && json_object_set_new(sent, "body", body) != 0)
		explanation->failed = true;
	put_tree(explanation, "sent", sent);
	put_tree(explanation, "changes", difference_of(explanation->arena, explanation->input, trial));
}

/* ---- what its answer would not tell ---- */

static void put_hidden(struct explanation *explanation)
{
	const struct redact_rules *redact = &explanation->setup->policy->redact;
	const struct request *request = &explanation->trial.request;
	json_t *list = json_array();

	for (size_t i = 0; answer_is_filtered(request, NULL, redact) && i < REDACT_SETTINGS; i++) {
		struct place place;
		const char *setting = redact_setting(redact, request->route->operation, i, &place);
		json_t *told = setting != NULL ? json_object() : NULL;

		if (setting == NULL)
			continue;
		put(explanation, told, "rule", setting);
		put(explanation, told, "place", place_text(explanation, place));
		if (json_array_append_new(list, told) != 0)
			explanation->failed = true;
	}
	put_tree(explanation, "hidden", list);
}

/* ---- what it would take ---- */

static bool put_beyond(struct explanation *explanation, json_t *beyond,
                       const struct objection *objection)
{
	const char *rule = objection->rule != NULL ? objection->rule : "built-in";
	const char *text = arena_format(explanation->arena, "%s (%s)%s%s", objection->claim, rule,
	                                objection->advice != NULL ? "; " : "",
	                                objection->advice != NULL ? objection->advice : "");

	return text != NULL && json_array_append_new(beyond, json_string(text)) == 0;
}

static void put_remedy(struct explanation *explanation)
{
	const struct policy *policy = explanation->setup->policy;
	struct remedy remedy = {.arena = explanation->arena};
	struct builder builder = {.text = NULL};
	json_t *told = json_object(), *beyond = json_array();
	const char *settings;

	for (size_t i = 0; i < explanation->objections->count; i++) {
		const struct objection *objection = &explanation->objections->list[i];

		if (objection->rule != NULL && strcmp(objection->rule, "compat") == 0)
			put(explanation, told, "variables", objection->advice);
		else if (!remedy_add(&remedy, objection, 1) && !put_beyond(explanation, beyond, objection))
			explanation->failed = true;
	}
	remedy_print(&remedy, policy, 0, &builder);
	settings = builder_take(&builder, explanation->arena);
	if (settings == NULL)
		explanation->failed = true;
	else if (settings[0] != '\0')
		put(explanation, told, "settings", settings);
	put(explanation, told, "policy", policy->name);
	put(explanation, told, "place", place_text(explanation, policy->place));
	if (json_object_set_new(told, "beyond", beyond) != 0)
		explanation->failed = true;
	put_tree(explanation, "remedy", told);
}

/* ---- all of it ---- */

static bool trace_both(struct explanation *explanation)
{
	struct trial_setup setup = *explanation->setup;
	struct policy *closed = arena_alloc(explanation->arena, sizeof *closed);
	struct facts *unused = arena_alloc(explanation->arena, sizeof *unused);

	explanation->objections = arena_alloc(explanation->arena, sizeof *explanation->objections);
	explanation->closed = arena_alloc(explanation->arena, sizeof *explanation->closed);
	explanation->facts = arena_alloc(explanation->arena, sizeof *explanation->facts);
	if (closed == NULL || unused == NULL || explanation->objections == NULL ||
	    explanation->closed == NULL || explanation->facts == NULL)
		return false;
	policy_close(setup.policy, closed);
	if (!trial_trace(explanation->arena, &setup, explanation->input, explanation->facts,
	                 explanation->objections))
		return false;
	setup.policy = closed;
	return trial_trace(explanation->arena, &setup, explanation->input, unused, explanation->closed);
}

static void explain_judged(struct explanation *explanation)
{
	if (!trace_both(explanation)) {
		explanation->failed = true;
		return;
	}
	put_rules(explanation);
	put_facts(explanation);
	if (explanation->trial.end == TRIAL_ALLOWED) {
		put_sent(explanation);
		put_hidden(explanation);
	}
	if (explanation->trial.end == TRIAL_DENIED)
		put_remedy(explanation);
}

json_t *explain_request(struct arena *arena, const struct trial_setup *setup,
                        const struct trial_input *input, bool assumed)
{
	struct explanation explanation = {
		.arena = arena, .setup = setup, .input = input, .assumed = assumed, .out = json_object()};

	if (explanation.out == NULL)
		return NULL;
	trial_run(arena, setup, input, &explanation.trial);
	put_request(&explanation);
	put_policy(&explanation);
	put_verdict(&explanation);
	if (explanation.trial.request.route != NULL && setup->policy != NULL &&
	    explanation.trial.end != TRIAL_REFUSED)
		explain_judged(&explanation);
	if (!explanation.failed)
		return explanation.out;
	json_decref(explanation.out);
	return NULL;
}
