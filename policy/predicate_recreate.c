/* `recreate`: the create names a container that is there, or was the last to have that name, and describes it as it is
 * but for its image. Who had a name last is the proxy's to remember. */
#include "policy/predicate_parts.h"

#include "policy/arena.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/private_names.h"
#include "policy/query.h"
#include "policy/recreate.h"
#include "policy/request.h"
#include "policy/spec.h"
#include "policy/world.h"

#include <string.h>

/* The fact about NAME; NULL when it is yet to be asked for. */
static const struct fact *known(struct evaluation *evaluation, enum object_kind kind,
                                const char *name)
{
	const struct fact *fact =
		evaluation->facts != NULL ? facts_find(evaluation->facts, kind, name) : NULL;

	if (fact != NULL && fact->state != FACT_WANTED)
		return fact;
	evaluation->wanted = kind;
	evaluation->wanted_name = name;
	return NULL;
}

static void note_difference(struct evaluation *evaluation, const char *property)
{
	evaluation->difference = arena_format(evaluation->arena, "%s differs", property);
}

static void release_tree(void *tree)
{
	json_decref(tree);
}

/* CONTAINER as who asks is told of it: a tenant makes it anew of that. NULL without memory. */
static const json_t *as_shown(struct evaluation *evaluation, const json_t *container)
{
	const struct world *world = evaluation->facts->world;
	json_t *shown = world != NULL ? json_deep_copy(container) : NULL;

	if (world == NULL)
		return container;
	if (shown == NULL || !arena_own(evaluation->arena, release_tree, shown))
		return NULL;
	world_hide_labels(shown);
	return private_names_show(world, shown) ? shown : NULL;
}

/* Look-ups take the beginning of an id for a name, creates do not. */
static bool has_name(const json_t *container, const char *name)
{
	const char *own = json_member_string(container, "Name");

	return own != NULL && strcmp(spec_container_name(own), name) == 0;
}

/* What the image gave may be left out, and so the image may have to be looked at. */
static enum truth compare_with(struct evaluation *evaluation, const json_t *container)
{
	const struct request *request = evaluation->request;
	struct recreation recreation = {.arena = evaluation->arena,
	                                .body = request->body,
	                                .container = container,
	                                .version = request->version.major != 0 ? request->version
	                                                                       : request->engine};
	const char *image_id = json_member_string(container, "Image");
	const struct fact *image;

	if (recreate_equals(&recreation))
		return TRUTH_TRUE;
	note_difference(evaluation, recreation.difference);
	if (image_id == NULL || *image_id == '\0')
		return TRUTH_FALSE;
	image = known(evaluation, OBJECT_IMAGE, image_id);
	if (image == NULL)
		return TRUTH_PENDING;
	if (image->state != FACT_FOUND)
		return TRUTH_FALSE;
	recreation.image = image->inspected;
	if (recreate_equals(&recreation))
		return TRUTH_TRUE;
	note_difference(evaluation, recreation.difference);
	return TRUTH_FALSE;
}

/* A platform is chosen where there is a choice: it may give another image, and was not what was inspected. */
static bool says_platform(const struct request *request)
{
	const char *platform = query_value(&request->query, "platform");

	return platform != NULL && *platform != '\0';
}

enum truth predicate_recreate(struct evaluation *evaluation)
{
	const struct request *request = evaluation->request;
	const char *name = query_value(&request->query, "name");
	const json_t *known_as;
	const struct fact *fact;

	name = name != NULL ? spec_container_name(name) : "";
	if (!spec_is_name(name) || says_platform(request))
		return TRUTH_FALSE;
	if (evaluation->early)
		return TRUTH_PENDING;
	fact = known(evaluation, OBJECT_CONTAINER, name);
	if (fact == NULL)
		return TRUTH_PENDING;
	switch (fact->state) {
	case FACT_FOUND:
		known_as = as_shown(evaluation, fact->inspected);
		if (has_name(known_as, name))
			return compare_with(evaluation, known_as);
		evaluation->difference = "the container found has another name";
		return TRUTH_FALSE;
	case FACT_MISSING:
		evaluation->difference = "no container had that name, as far as is known";
		return fact->former != NULL ? compare_with(evaluation, as_shown(evaluation, fact->former))
		                            : TRUTH_FALSE;
	case FACT_FAILED:
	case FACT_WANTED:
		break;
	}
	evaluation->lost = fact;
	return TRUTH_UNKNOWN;
}

/* Those that end a container free its name when it was to be removed by itself. */
static bool ends(const struct request *request)
{
	return strcmp(request->route->operation, "container.stop") == 0 ||
	       strcmp(request->route->operation, "container.kill") == 0;
}

bool recreate_frees_name(const struct policy *policy, const struct request *request)
{
	const char *operation = request->route->operation;

	return policy->rules.recreate && (strcmp(operation, "container.remove") == 0 ||
	                                  strcmp(operation, "container.rename") == 0 || ends(request));
}

const struct fact *recreate_freed(const struct policy *policy, const struct request *request,
                                  const struct facts *facts)
{
	const struct fact *fact = recreate_frees_name(policy, request)
	                              ? facts_find(facts, OBJECT_CONTAINER, request->captures.name)
	                              : NULL;

	if (fact == NULL || fact->state != FACT_FOUND)
		return NULL;
	if (ends(request) &&
	    !json_member_true(json_member(fact->inspected, "HostConfig"), "AutoRemove"))
		return NULL;
	return fact;
}

const char *recreate_taken(const struct request *request)
{
	const char *operation = request->route->operation;
	const char *name =
		strcmp(operation, "container.create") == 0 || strcmp(operation, "container.rename") == 0
			? query_value(&request->query, "name")
			: NULL;

	return name != NULL && *name != '\0' ? spec_container_name(name) : NULL;
}
