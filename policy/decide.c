/* The verdict: first whether the policy allows the operation at all, then whether everything
 * inside the request is allowed. What is inside is judged by check_*.c; this file knows which of
 * them an operation needs. */
#include "policy/decide.h"

#include "policy/arena.h"
#include "policy/check.h"
#include "policy/facts.h"
#include "policy/identity.h"
#include "policy/json.h"
#include "policy/request.h"
#include "policy/spec.h"
#include "policy/text.h"
#include "policy/trace.h"
#include "policy/world.h"

#include <string.h>

enum { WHY_SHOWN = 200 };

/* What an operation has to pass besides the postures of its properties. */
struct duty {
	const char *operation;
	bool (*check)(struct check *check);
};

static const struct duty duties[] = {
	{"build.buildkit", check_build_buildkit},
	{"build.classic", check_build_classic},
	{"build.grpc", check_build_buildkit},
	{"build.session", check_build_buildkit},
	{"config.create", check_config_name},
	{"container.archive.get", check_race_archive},
	{"container.archive.put", check_race_archive},
	{"container.archive.stat", check_race_archive},
	{"container.create", check_container_create},
	{"container.rename", check_container_rename},
	{"container.restart", check_limits_stop},
	{"container.stop", check_limits_stop},
	{"container.update", check_limits_update},
	{"distribution.inspect", check_registry_named},
	{"exec.create", check_exec_create},
	{"exec.start", check_exec_start},
	{"image.commit", check_container_commit},
	{"image.import", check_image_import},
	{"image.load", check_image_load},
	{"image.pull", check_image_pull},
	{"image.push", check_image_push},
	{"image.remove", check_image_remove},
	{"image.save", check_image_save},
	{"image.search", check_registry_search},
	{"image.tag", check_image_tag},
	{"network.connect", check_network_connect},
	{"network.create", check_network_create},
	{"network.disconnect", check_network_disconnect},
	{"registry.auth", check_registry_login},
	{"plugin.pull", check_plugin_install},
	{"plugin.set", check_plugin_set},
	{"plugin.upgrade", check_plugin_install},
	{"secret.create", check_secret_name},
	{"service.create", check_service_create},
	{"service.update", check_service_update},
	{"volume.create", check_volume_create},
};

/* Operations that give nothing of what a container has: its name becomes an id, and that is all.
 * Every other operation on a container judges it by the rules of a create. */
static const char *const resolved_only[] = {
	"container.changes", "container.inspect", "container.kill",   "container.logs",
	"container.pause",   "container.remove",  "container.rename", "container.resize",
	"container.stats",   "container.stop",    "container.top",    "container.unpause",
	"container.wait",
};

static const struct duty *find_duty(const char *operation)
{
	for (size_t i = 0; i < sizeof duties / sizeof duties[0]; i++) {
		if (strcmp(duties[i].operation, operation) == 0)
			return &duties[i];
	}
	return NULL;
}

static bool is_resolved_only(const char *operation)
{
	for (size_t i = 0; i < sizeof resolved_only / sizeof resolved_only[0]; i++) {
		if (strcmp(resolved_only[i], operation) == 0)
			return true;
	}
	return false;
}

/* The rule that opens what the tables deny, and whether it does. For what has no rule of its own
 * only an unrestricted policy will do. */
struct opening {
	struct rule rule;
	bool open;
};

static struct opening opening_for(const struct check *check, bool parameter)
{
	const struct policy *policy = check->policy;
	const char *operation = check->request->route->operation;
	const struct flag *flag = &policy->unrestricted;
	const char *name = "unrestricted";

	if (parameter && text_starts_with(operation, "build.")) {
		flag = &policy->build.other_parameters;
		name = "build.other_parameters";
	} else if (!parameter && text_starts_with(operation, "network.")) {
		flag = &policy->network.other_properties;
		name = "network.other_properties";
	} else if (!parameter &&
	           (text_starts_with(operation, "container.") || text_starts_with(operation, "exec.") ||
	            strcmp(operation, "image.commit") == 0)) {
		flag = &policy->container.other_properties;
		name = "container.other_properties";
	} else if (text_starts_with(operation, "service.")) {
		flag = &policy->service.other_properties;
		name = "service.other_properties";
	} else if (text_starts_with(operation, "swarm.") || text_starts_with(operation, "node.") ||
	           text_starts_with(operation, "secret.") || text_starts_with(operation, "config.")) {
		flag = &policy->swarm.other_properties;
		name = "swarm.other_properties";
	}
	return (struct opening){check_rule(name, flag->place), flag->on};
}

/* What a parameter says when it says nothing. */
static bool is_empty_value(const struct parameter_def *def, const char *value)
{
	if (*value == '\0')
		return true;
	switch (def->kind) {
	case PARAMETER_STRING:
		return false;
	case PARAMETER_BOOL:
	case PARAMETER_INTEGER:
		return strcmp(value, "0") == 0;
	case PARAMETER_JSON:
	case PARAMETER_FILTERS:
		return strcmp(value, "null") == 0 || strcmp(value, "{}") == 0 || strcmp(value, "[]") == 0;
	}
	return false;
}

/* A parameter that the catalogue leaves to a check needs an operation that has one. */
static bool judge_parameter(struct check *check, const struct parameter *parameter)
{
	const struct route *route = check->request->route;
	const struct parameter_def *def = route_parameter(route, parameter->name);
	struct opening opening = opening_for(check, true);

	if (def == NULL)
		return check_deny_malformed(check, "parameter '%s' is unknown",
		                            check_shown(check, parameter->name));
	if (def->posture == POSTURE_HARMLESS || def->posture == POSTURE_DROP ||
	    is_empty_value(def, parameter->value))
		return true;
	if (posture_is_delegated(def->posture) && find_duty(route->operation) != NULL)
		return true;
	if (def->posture == POSTURE_DENY && opening.open)
		return true;
	return check_deny(check, opening.rule, "leave this parameter out", "parameter '%s' is '%s'",
	                  parameter->name,
	                  def->secret ? "(hidden)" : check_shown(check, parameter->value));
}

static bool decide_parameters(struct check *check)
{
	const struct query *query = &check->request->query;

	for (size_t i = 0; i < query->count; i++) {
		if (!judge_parameter(check, &query->parameters[i]))
			return false;
	}
	return true;
}

/* A scalar as a message shows it; lists and objects are told by their path alone. */
static const char *shown_scalar(struct check *check, const json_t *value)
{
	const char *text = NULL;

	if (json_is_string(value))
		text = arena_format(check->arena, " is '%s'", check_shown(check, json_string_value(value)));
	else if (json_is_integer(value))
		text = arena_format(check->arena, " is %" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_true(value))
		text = " is true";
	return text != NULL ? text : " is set";
}

/* The denied property of a copy without secrets, so that no message ever quotes one. */
static bool judge_properties(struct check *check, const struct schema *schema, const json_t *tree)
{
	char path[SCHEMA_PATH_SIZE] = "";
	struct opening opening = opening_for(check, false);

	if (opening.open || schema_first_denied(schema, tree, path, sizeof path) == NULL)
		return true;
	json_t *redacted = schema_redacted(schema, tree);
	const json_t *value =
		redacted != NULL ? schema_first_denied(schema, redacted, path, sizeof path) : NULL;
	bool passes = check_deny(check, opening.rule, "leave this property out", "%s%s", path,
	                         shown_scalar(check, value));
	json_decref(redacted);
	return passes;
}

/* A list of strings has no properties, and what it says nobody judges. */
static bool judge_list(struct check *check, const json_t *list)
{
	const struct schema *schema = check->request->route->schema;

	if (!json_is_array(list))
		return check_deny_malformed(check, "the body is not a list");
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (schema == NULL && find_duty(check->request->route->operation) == NULL)
			return check_deny(check, opening_for(check, false).rule, "send an empty list",
			                  "the body has settings");
		if (schema != NULL && !judge_properties(check, schema, json_array_get(list, i)))
			return false;
	}
	return true;
}

static bool decide_body(struct check *check)
{
	const struct route *route = check->request->route;
	const json_t *body = check->request->body;

	switch (route->body) {
	case BODY_NONE:
	case BODY_STREAM:
		return true;
	case BODY_JSON_OPTIONAL:
		if (body == NULL)
			return true;
		break;
	case BODY_JSON:
		break;
	case BODY_JSON_LIST:
		return judge_list(check, body);
	}
	if (!json_is_object(body) || route->schema == NULL)
		return check_deny_malformed(check, "the body is missing");
	return check->request->body_is_clean || judge_properties(check, route->schema, body);
}

static bool decide_object_name(struct check *check)
{
	const struct request *request = check->request;
	const char *name = request->captures.name;

	if (!check_is_resolved(request->route->object) || (name != NULL && spec_is_name(name)))
		return true;
	return check_deny_malformed(check, "'%s' cannot be the name of a %s",
	                            name != NULL ? check_shown(check, name) : "",
	                            object_kind_name(request->route->object));
}

/* Neither what the path says nor what is known of it may be a protected name. Of every policy, the
 * unrestricted ones too: there nothing is looked up, and the name as given has to do. */
static bool decide_protected(struct check *check)
{
	enum object_kind kind = check->request->route->object;
	const char *name = check->request->captures.name;
	const struct fact *fact =
		check->facts != NULL && name != NULL ? facts_find(check->facts, kind, name) : NULL;
	bool fine =
		kind == OBJECT_IMAGE ? check_protected_image(check, name) : check_protected(check, name);

	return fine && (fact == NULL || check_protected_fact(check, fact));
}

/* In a closed world everything is, so as to know whose it is. */
static bool is_looked_up(const struct check *check)
{
	enum object_kind kind = check->request->route->object;

	if (strcmp(check->request->route->operation, "image.push") == 0)
		return false; /* its tag is said apart */
	return check_is_resolved(kind) || (check->closed && kind != OBJECT_NONE);
}

static bool decide_object(struct check *check)
{
	const struct route *route = check->request->route;
	const char *name = check->request->captures.name;
	const struct fact *fact;

	if (!decide_object_name(check))
		return false;
	if (!is_looked_up(check) || check->policy->container.trust_existing.on)
		return true;
	if (route->object == OBJECT_CONTAINER && !is_resolved_only(route->operation))
		return check_container_named(check, "", name);
	return check_fact(check, route->object, name, &fact) && check_world_object(check, fact);
}

/* Whose an image is takes names that are clear, in every mode. */
static bool decide_duty(struct check *check)
{
	const char *operation = check->request->route->operation;
	const struct duty *duty = find_duty(operation);
	bool fine;

	check->strict = check->closed && (text_starts_with(operation, "image.") ||
	                                  text_starts_with(operation, "build."));
	fine = duty == NULL || duty->check(check);
	check->strict = false;
	return fine;
}

static const char *unknown_container_message(const struct check *check)
{
	const char *why = check->identity->container.why;

	return arena_format(
		check->arena,
		"rules of `clients` are about containers, and nobody knows which one you "
		"are in: %s; let the process that connects live until it is answered, on the "
		"host or in a container that Docker tells of (docs/identity.md)",
		why != NULL ? text_printable(check->arena, why, WHY_SHOWN) : "nobody told");
}

/* Of a client rule that matched and all the same gives nothing. */
static const char *grant_fault_message(struct arena *arena, const struct grant *grant)
{
	const char *rule =
		arena_format(arena, "the rule of `clients` at %s:%u", grant->place.file, grant->place.line);

	if (rule == NULL)
		return NULL;
	if (grant->fault == GRANT_TENANT_AMBIGUOUS)
		return arena_format(arena,
		                    "%s cannot tell which tenant you are: several names of your "
		                    "certificate match it; use a certificate with one of them",
		                    rule);
	if (grant->fault == GRANT_TENANT_FOREIGN)
		return arena_format(
			arena,
			"%s would make you the tenant '%s', and the container that you are in was "
			"made by another: leave the rule's tenant out",
			rule, text_printable(arena, grant->shown, TENANT_SHOWN_SIZE));
	return arena_format(arena,
	                    "%s would make you the tenant '%s', which is no tenant's name: it has 1 to "
	                    "%d of a-z, 0-9 and '-', not '-' first; use another certificate or user",
	                    rule, text_printable(arena, grant->shown, TENANT_SHOWN_SIZE),
	                    TENANT_SIZE - 1);
}

static void deny_stranger(const struct check *check)
{
	const struct grant *grant = &check->identity->grant;
	const char *listener = check->identity->listener;
	const char *message;

	if (grant->fault == GRANT_CONTAINER_UNKNOWN)
		message = unknown_container_message(check);
	else if (grant->fault != GRANT_FINE)
		message = grant_fault_message(check->arena, grant);
	else
		message = arena_format(check->arena, "no rule of `clients` gives you a policy on %s",
		                       listener != NULL ? listener : "this listener");
	check->verdict->status = 403;
	check->verdict->rule = "built-in clients";
	if (grant->fault == GRANT_CONTAINER_UNKNOWN)
		check->verdict->rule = "built-in clients.container";
	else if (grant->fault != GRANT_FINE)
		check->verdict->rule = "built-in clients.tenant";
	check->verdict->message = message != NULL ? message : "no rule of `clients` gives you a policy";
}

static struct check begin(const struct policy *policy, const struct identity *identity,
                          const struct request *request, struct facts *facts,
                          struct verdict *verdict)
{
	static const struct identity nobody = {.listener = NULL};

	return (struct check){.arena = request->arena,
	                      .policy = policy,
	                      .identity = identity != NULL ? identity : &nobody,
	                      .request = request,
	                      .facts = facts,
	                      .verdict = verdict,
	                      .where = "",
	                      .closed = world_is_closed(policy, identity)};
}

/* Where a denial was only remarked on, it is the policy's mode that allows. */
static void allow(struct check *check, const char *rule, struct place place)
{
	const struct policy *policy = check->policy;

	if (policy->mode != MODE_ENFORCE && check->verdict->would_deny) {
		rule = "mode";
		place = policy->mode_place;
	} else if (check->allowed_rule != NULL) {
		rule = "rules";
		place = check->allowed_rule->place;
	}
	check->verdict->kind = VERDICT_ALLOW;
	check->verdict->rule = check_rule_text(check, check_rule(rule, place));
}

/* A check that says no without having said why is still a no. */
static void finish_denial(struct verdict *verdict)
{
	verdict->kind = VERDICT_DENY;
	if (verdict->message != NULL)
		return;
	verdict->status = 403;
	verdict->rule = "built-in";
	verdict->message = "denied";
}

static bool decide_inside(struct check *check)
{
	return decide_parameters(check) && check_registry_credentials(check) && decide_body(check) &&
	       check_world_labels(check) && check_world_filters(check) && check_hidden_filters(check) &&
	       check_reserved_images(check) && check_world_changes(check) && check_world_exec(check) &&
	       decide_duty(check) && decide_object(check);
}

/* A traced judgement goes on after a denial, which is one none the less. */
static bool has_objection(struct check *check)
{
	bool fine = check_world_is_known(check) && check_operation(check) &&
	            check_world_operation(check) && decide_protected(check) &&
	            (check->policy->unrestricted.on || decide_inside(check)) && check_rules_deny(check);

	return !fine || check->verdict->message != NULL;
}

void policy_decide_traced(const struct policy *policy, const struct identity *identity,
                          const struct request *request, struct facts *facts,
                          struct verdict *verdict, struct trace *trace)
{
	struct check check = begin(policy, identity, request, facts, verdict);

	*verdict = (struct verdict){.kind = VERDICT_DENY};
	facts->judgements = 0;
	check.trace = trace;
	if (policy == NULL || request->route == NULL)
		deny_stranger(&check);
	else if (has_objection(&check))
		finish_denial(verdict);
	else if (check.waiting)
		verdict->kind = VERDICT_NEED;
	else if (policy->unrestricted.on && policy->compat == NULL) /* else the variable tells more */
		allow(&check, "unrestricted", policy->unrestricted.place);
	else
		allow(&check, check_operation_rule(&check), check.allowed_by);
}

void policy_decide(const struct policy *policy, const struct identity *identity,
                   const struct request *request, struct facts *facts, struct verdict *verdict)
{
	policy_decide_traced(policy, identity, request, facts, verdict, NULL);
}

void policy_decide_early(const struct policy *policy, const struct identity *identity,
                         const struct request *request, struct verdict *verdict)
{
	struct check check = begin(policy, identity, request, NULL, verdict);
	bool unrestricted = policy != NULL && policy->unrestricted.on;

	*verdict = (struct verdict){.kind = VERDICT_DENY};
	if (policy == NULL || request->route == NULL)
		deny_stranger(&check);
	else if (!check_world_is_known(&check) || !check_operation(&check) ||
	         !check_world_operation(&check) || !decide_protected(&check) ||
	         (!unrestricted && !(decide_parameters(&check) && decide_object_name(&check))) ||
	         !check_rules_deny(&check))
		finish_denial(verdict);
	else
		verdict->kind = VERDICT_NEED;
}
