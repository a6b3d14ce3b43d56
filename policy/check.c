/* The judgement's tools: denying in words that help, reading members without trusting them,
 * asking for facts. Knows no rule of its own. */
#include "policy/check.h"

#include "policy/arena.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/schema_register.h"
#include "policy/text.h"
#include "policy/trace.h"
#include "policy/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_LENGTH_MAX = 100, CLAIM_SIZE = 640, WHERE_SIZE = 256 };

struct rule check_rule(const char *name, struct place place)
{
	return (struct rule){.name = name, .place = place};
}

struct rule check_list_rule(const char *name, const struct patterns *list, const char *value)
{
	return (struct rule){.name = name, .place = list->place, .value = value};
}

/* A rule nobody wrote is told with the place of the policy that lacks it: there it could be
 * written. */
static struct place told_place(const struct check *check, struct rule rule)
{
	if (rule.place.file == NULL && check->policy != NULL)
		return check->policy->place;
	return rule.place;
}

const char *check_rule_text(struct check *check, struct rule rule)
{
	struct place place = told_place(check, rule);
	const char *text;

	if (place.file == NULL)
		text = arena_format(check->arena, "built-in %s", rule.name);
	else if (place.line == 0) /* of no file: the environment */
		text = arena_format(check->arena, "%s %s", place.file, rule.name);
	else
		text = arena_format(check->arena, "%s:%u %s", place.file, place.line, rule.name);
	return text != NULL ? text : rule.name;
}

static void trace(struct check *check, struct rule rule, const char *advice, const char *claim)
{
	const char *text = arena_format(check->arena, "%s%s", check->where, claim);
	const struct objection objection = {.rule = rule.name,
	                                    .value = rule.value,
	                                    .write = rule.write,
	                                    .place = told_place(check, rule),
	                                    .claim = text != NULL ? text : claim,
	                                    .advice = advice};

	if (check->trace != NULL)
		trace_add(check->trace, &objection);
}

/* The first denial stays. RULE may be NULL-named where no rule of a policy is involved. */
static bool deny(struct check *check, const char *rule, unsigned status, const char *message)
{
	if (check->verdict->message != NULL)
		return false;
	check->verdict->kind = VERDICT_DENY;
	check->verdict->status = status;
	check->verdict->rule = rule;
	check->verdict->message =
		message != NULL ? message : "denied, and there is no memory left to say why";
	return false;
}

static bool deny_in_mode(struct check *check, enum rule_mode mode, const char *rule,
                         const char *message)
{
	if (mode == MODE_ENFORCE || check->strict) {
		deny(check, rule, 403, message);
		return check->trace != NULL;
	}
	verdict_remark(check->verdict,
	               &(struct remark){.mode = mode,
	                                .would = VERDICT_DENY,
	                                .rule = rule,
	                                .message = message != NULL ? message : "denied"});
	return true;
}

bool check_deny_told(struct check *check, const char *rule, const char *message)
{
	return deny_in_mode(check, check->policy->mode, rule, message);
}

/* "policy 'ci' denies container.create: CLAIM (ci.conf:12 RULE); ADVICE" */
static bool deny_claim(struct check *check, enum rule_mode mode, struct rule rule,
                       const char *advice, const char *claim)
{
	const char *told_rule = check_rule_text(check, rule);

	return deny_in_mode(
		check, mode, told_rule,
		arena_format(check->arena, "policy '%s' %s %s: %s%s (%s); %s", check->policy->name,
	                 mode == MODE_ENFORCE || check->strict ? "denies" : "would deny",
	                 check->request->route->operation, check->where, claim, told_rule, advice));
}

bool check_deny(struct check *check, struct rule rule, const char *advice, const char *format, ...)
{
	char claim[CLAIM_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(claim, sizeof claim, format, arguments);
	va_end(arguments);
	if (check->existing)
		advice = "use a container made within this policy";
	trace(check, rule, advice, claim);
	return deny_claim(check, check->policy->mode, rule, advice, claim);
}

bool check_deny_weakly(struct check *check, enum rule_mode mode, struct rule rule,
                       const char *advice, const char *claim)
{
	const enum rule_mode weaker = mode > check->policy->mode ? mode : check->policy->mode;

	if (weaker == MODE_ENFORCE)
		trace(check, rule, advice, claim);
	return deny_claim(check, weaker, rule, advice, claim);
}

bool check_deny_malformed(struct check *check, const char *format, ...)
{
	char claim[CLAIM_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(claim, sizeof claim, format, arguments);
	va_end(arguments);
	trace(check, (struct rule){.name = NULL}, NULL, claim);
	return deny(check, "built-in malformed", 403,
	            arena_format(check->arena, "policy '%s' denies %s: %s%s", check->policy->name,
	                         check->request->route->operation, check->where, claim));
}

const char *check_shown(struct check *check, const char *value)
{
	return text_printable(check->arena, value, SHOWN_LENGTH_MAX);
}

size_t check_match(const struct patterns *patterns, const char *value)
{
	return patterns_match(patterns, value);
}

/* A list that does not remember its patterns' places tells its own. */
struct place check_match_place(const struct patterns *patterns, size_t match)
{
	return patterns->places != NULL ? patterns->places[match] : patterns->place;
}

bool check_listed(const struct patterns *patterns, const char *value)
{
	return check_match(patterns, value) < patterns->count;
}

const char *check_enter(struct check *check, const char *format, ...)
{
	const char *outer = check->where;
	char added[WHERE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(added, sizeof added, format, arguments);
	va_end(arguments);
	size_t outer_len = strlen(outer);
	char *inner = arena_alloc(check->arena, outer_len + strlen(added) + 1);
	if (inner == NULL)
		return outer;
	memcpy(inner, outer, outer_len);
	memcpy(inner + outer_len, added, strlen(added) + 1);
	check->where = inner;
	return outer;
}

const char *check_enter_anew(struct check *check, const char *format, ...)
{
	const char *outer = check->where;
	char text[WHERE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	const char *inner = arena_string(check->arena, text);
	check->where = inner != NULL ? inner : "";
	return outer;
}

void check_leave(struct check *check, const char *outer)
{
	check->where = outer;
}

/* The member, with null taken for absent. */
static const json_t *present_member(const json_t *object, const char *name)
{
	const json_t *value = json_member(object, name);

	return json_is_null(value) ? NULL : value;
}

bool check_text(struct check *check, const json_t *object, const char *name, const char **value)
{
	const json_t *member = present_member(object, name);

	*value = "";
	if (member == NULL)
		return true;
	if (!json_is_string(member))
		return check_deny_malformed(check, "%s is not a string", name);
	*value = json_string_value(member);
	return true;
}

bool check_flag(struct check *check, const json_t *object, const char *name, bool *value)
{
	const json_t *member = present_member(object, name);

	*value = json_is_true(member);
	if (member == NULL || json_is_boolean(member))
		return true;
	return check_deny_malformed(check, "%s is neither true nor false", name);
}

bool check_list(struct check *check, const json_t *object, const char *name, const json_t **value)
{
	*value = present_member(object, name);
	if (*value == NULL || json_is_array(*value))
		return true;
	return check_deny_malformed(check, "%s is not a list", name);
}

bool check_object(struct check *check, const json_t *object, const char *name, const json_t **value)
{
	*value = present_member(object, name);
	if (*value == NULL || json_is_object(*value))
		return true;
	return check_deny_malformed(check, "%s is not an object", name);
}

bool check_count(struct check *check, const json_t *object, const char *name)
{
	const json_t *value = json_member(object, name);
	size_t count = json_array_size(value) + json_object_size(value);

	if (count <= FACTS_MAX)
		return true;
	return check_deny_malformed(check, "%s has %zu entries; it may have %d", name, count,
	                            FACTS_MAX);
}

bool check_each_string(struct check *check, const json_t *object, const char *name,
                       bool (*judge)(struct check *check, const char *value))
{
	const json_t *list;

	if (!check_list(check, object, name, &list))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *value = json_string_value(json_array_get(list, i));
		if (value == NULL)
			return check_deny_malformed(check, "%s holds something that is not a string", name);
		if (!judge(check, value))
			return false;
	}
	return true;
}

bool check_each_member(struct check *check, const json_t *object, const char *name,
                       bool (*judge)(struct check *check, const char *key, const json_t *value))
{
	const json_t *map;

	if (!check_object(check, object, name, &map))
		return false;
	json_t *members = json_object_get(object, name);
	const char *key;
	json_t *value;
	json_object_foreach(members, key, value)
	{
		if (!judge(check, key, value))
			return false;
	}
	return true;
}

bool check_all_members(struct check *check, const json_t *tree,
                       bool (*judge)(struct check *check, const char *key, const json_t *value))
{
	const char *key;
	json_t *value;

	for (size_t i = 0; i < json_array_size(tree); i++) {
		if (!check_all_members(check, json_array_get(tree, i), judge))
			return false;
	}
	json_object_foreach(schema_borrow(tree), key, value)
	{
		if (!judge(check, key, value) || !check_all_members(check, value, judge))
			return false;
	}
	return true;
}

/* The daemon's own words, so that clients which look for "No such container" find them. */
bool check_deny_missing(struct check *check, const char *message)
{
	if (message == NULL)
		message = "no such object";
	trace(check, (struct rule){.name = NULL}, NULL, message);
	return deny(check, "built-in lookup", 404, message);
}

/* A daemon that answered, but not with the object (an ambiguous name, say), is no broken daemon. */
unsigned check_fact_status(const struct fact *fact)
{
	if (fact->state == FACT_MISSING)
		return 404;
	return fact->status >= 400 && fact->status < 500 ? 403 : 502;
}

static bool deny_failed(struct check *check, const struct fact *fact)
{
	const char *message =
		arena_format(check->arena, "cannot judge %s: looking up %s '%s' failed: %s",
	                 check->request->route->operation, object_kind_name(fact->kind),
	                 check_shown(check, fact->name),
	                 fact->message != NULL ? fact->message : "the daemon did not answer");

	trace(check, (struct rule){.name = NULL}, NULL, message != NULL ? message : "a failed look-up");
	return deny(check, "built-in lookup", check_fact_status(fact), message);
}

/* KNOWN NULL: there are too many facts. */
static bool judge_known(struct check *check, const struct fact *known, const struct fact **fact)
{
	*fact = NULL;
	if (known == NULL)
		return check_deny_malformed(check, "more than %d objects would have to be looked up",
		                            FACTS_MAX);
	switch (known->state) {
	case FACT_WANTED:
		check->waiting = true;
		return true;
	case FACT_MISSING:
		*fact = known;
		return true;
	case FACT_FOUND:
		*fact = known;
		return check_protected_fact(check, known);
	case FACT_FAILED:
		return deny_failed(check, known);
	}
	return deny_failed(check, known);
}

bool check_optional_fact(struct check *check, enum object_kind kind, const char *name,
                         const struct fact **fact)
{
	const struct fact *known = check->existing
	                               ? facts_about_wire(check->arena, check->facts, kind, name)
	                               : facts_about(check->arena, check->facts, kind, name);

	return judge_known(check, known, fact);
}

/* Which name an object has may change, and with it whether that is protected. */
bool check_owner(struct check *check, enum object_kind kind, const char *id,
                 const struct fact **fact)
{
	if (check->policy->protected.count > 0)
		return check_optional_fact(check, kind, id, fact);
	return judge_known(check, facts_about_owner(check->arena, check->facts, kind, id), fact);
}

bool check_is_resolved(enum object_kind kind)
{
	return kind == OBJECT_CONTAINER || kind == OBJECT_EXEC || kind == OBJECT_NETWORK ||
	       kind == OBJECT_SERVICE;
}

bool check_fact(struct check *check, enum object_kind kind, const char *name,
                const struct fact **fact)
{
	if (!check_optional_fact(check, kind, name, fact))
		return false;
	if (*fact != NULL && (*fact)->state == FACT_MISSING)
		return check_deny_missing(check, (*fact)->message);
	return true;
}
