/* Volumes that a tenant mounts. Whose a volume is counts when something is started or entered: a name may have come to another
 * tenant's volume since, and every operation that gives what a container has judges its mounts anew. */
#include "policy/check.h"

#include "policy/facts.h"
#include "policy/identity.h"
#include "policy/private_names.h"
#include "policy/request.h"
#include "policy/text.h"
#include "policy/world.h"

static bool judge_missing(struct check *check, const char *field, const char *name)
{
	if (check->existing)
		return check_deny_malformed(
			check, "mounts the volume '%s', which is not there for the tenant '%s'",
			check_shown(check, name), check->identity->grant.tenant);
	return check_world_new_name(check, field, OBJECT_VOLUME, name);
}

/* The swarm mounts by name, on any node and again with every task; by then the name may be another tenant's, unless it can be
 * nobody else's. */
static bool judge_of_service(struct check *check, const char *field, const char *name)
{
	if (check->existing || !text_starts_with(check->request->route->operation, "service.") ||
	    (private_names_are_for(check->facts->world, OBJECT_VOLUME) &&
	     !private_names_is_id(OBJECT_VOLUME, name)))
		return true;
	return check_deny_malformed(check,
	                            "%s: a service of a tenant's has volumes without a name alone, or "
	                            "shared ones; leave out '%s'",
	                            field, check_shown(check, name));
}

bool check_world_volume(struct check *check, const char *field, const char *name, bool writes)
{
	const struct fact *fact;

	if (!check->closed)
		return true;
	if (!check_optional_fact(check, OBJECT_VOLUME, name, &fact))
		return false;
	if (fact == NULL)
		return true;
	if (fact->state == FACT_FOUND && fact->shared)
		return !writes ||
		       check_deny_malformed(
				   check, "%s: the volume '%s' is shared among tenants; mount it read-only", field,
				   check_shown(check, name));
	return judge_of_service(check, field, name) &&
	       (fact->state == FACT_FOUND || judge_missing(check, field, name));
}

bool check_world_image_volumes(struct check *check, const char *image)
{
	const struct fact *fact;

	return !check->closed || *image == '\0' ||
	       check_optional_fact(check, OBJECT_IMAGE, image, &fact);
}
