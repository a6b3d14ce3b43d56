/* What a tenant may look for. The daemon looks in everything and its answer is cut down to what is the tenant's, but for two things:
 * filters that name an object tell by an error whether there is one, and a prune acts. */
#include "policy/check.h"

#include "policy/filters.h"
#include "policy/policy.h"
#include "policy/query.h"
#include "policy/redact.h"
#include "policy/request.h"
#include "policy/text.h"
#include "policy/world.h"

#include <string.h>

enum { MINOR_OF_PRUNE_LABELS = 29 };

/* The object NAME, which the daemon would say of whether it is there, or look for what is of it. */
static bool judge_object(struct check *check, const struct filter_object *object, const char *name)
{
	const struct fact *fact;

	return object->may_be_missing ? check_optional_fact(check, object->kind, name, &fact)
	                              : check_fact(check, object->kind, name, &fact);
}

static bool judge_objects(struct check *check, const struct filter_object *object,
                          const json_t *filters)
{
	json_t *values = json_object_get(filters, object->filter), *wanted;
	const char *given = query_value(&check->request->query, object->filter), *name;

	if (given != NULL && given[0] != '\0' && !judge_object(check, object, given))
		return false;
	json_object_foreach(values, name, wanted)
	{
		if (!judge_object(check, object, name))
			return false;
	}
	return true;
}

/* "quaymaster.tenant=x": which objects have it is nobody's to ask. */
static bool judge_labels(struct check *check, const json_t *filters, const char *filter)
{
	json_t *values = json_object_get(filters, filter), *wanted;
	const char *label;

	json_object_foreach(values, label, wanted)
	{
		if (world_is_own_label(label))
			return check_deny_malformed(check, "the label '%s' is reserved; do not filter by it",
			                            check_shown(check, label));
	}
	return true;
}

/* Older ones would prune everybody's. */
static bool judge_prune(struct check *check)
{
	const struct request *request = check->request;

	if (!text_ends_with(request->route->operation, ".prune") ||
	    request->version.minor >= MINOR_OF_PRUNE_LABELS)
		return true;
	return check_deny_malformed(
		check, "in API 1.%u a prune knows no labels, and takes all tenants' objects; use 1.%d",
		request->version.minor, MINOR_OF_PRUNE_LABELS);
}

/* Images that are not dangling have names, and may be held by others under them. */
static bool judge_dangling(struct check *check, const json_t *filters)
{
	json_t *values = json_object_get(filters, "dangling"), *wanted;
	const char *value;

	if (strcmp(check->request->route->operation, "image.prune") != 0)
		return true;
	json_object_foreach(values, value, wanted)
	{
		if (strcmp(value, "true") != 0 && strcmp(value, "1") != 0)
			return check_deny_malformed(check,
			                            "a tenant prunes images that have no name; remove the "
			                            "others by their names");
	}
	return true;
}

/* Nodes are no tenant's, and the daemon would say which there are. */
static bool judge_node(struct check *check, const json_t *filters)
{
	return strcmp(check->request->route->operation, "task.list") != 0 ||
	       json_object_get(filters, "node") == NULL ||
	       check_deny_malformed(check, "a tenant's tasks are not listed by node; leave out the "
	                                   "filter 'node'");
}

static bool judge_filters(struct check *check, const json_t *filters)
{
	const struct filter_object *object = filters_objects();

	for (; object->operation != NULL; object++) {
		if (strcmp(object->operation, check->request->route->operation) == 0 &&
		    !judge_objects(check, object, filters))
			return false;
	}
	return judge_node(check, filters) && judge_dangling(check, filters) &&
	       judge_labels(check, filters, "label") && judge_labels(check, filters, "label!");
}

bool check_world_filters(struct check *check)
{
	json_t *filters;
	bool fine;

	if (!check->closed)
		return true;
	if (!judge_prune(check))
		return false;
	filters = filters_of(check->request);
	fine = filters != NULL ? judge_filters(check, filters)
	                       : check_deny_malformed(check, "the filters cannot be read");
	json_decref(filters);
	return fine;
}

/* "NAME=VALUE": what is found has that very value. */
static bool judge_hidden(struct check *check, const json_t *filters, const char *filter)
{
	const struct redact_rules *redact = &check->policy->redact;
	json_t *values = json_object_get(filters, filter), *wanted;
	const char *label;

	json_object_foreach(values, label, wanted)
	{
		size_t len = strcspn(label, "=");

		if (label[len] == '=' && redact_hides_label(redact, label, len))
			return check_deny(
				check, check_rule("redact.labels", redact->labels.place),
				"filter by the label's name alone",
				"the filter '%s' looks for a value of the label '%.*s', which is hidden", filter,
				(int)len, check_shown(check, label));
	}
	return true;
}

bool check_hidden_filters(struct check *check)
{
	json_t *filters;
	bool fine;

	if (check->policy->redact.labels.count == 0)
		return true;
	filters = filters_of(check->request);
	fine = filters != NULL
	           ? judge_hidden(check, filters, "label") && judge_hidden(check, filters, "label!") &&
	                 judge_hidden(check, filters, "node.label")
	           : check_deny_malformed(check, "the filters cannot be read");
	json_decref(filters);
	return fine;
}
