/* Knows which archives are looked into, and for what. What is found there is judged by check_produce.c and
 * check_build.c. */
#include "policy/upload.h"

#include "policy/check.h"
#include "policy/request.h"

#include <string.h>

static void plan_images(struct upload_plan *plan)
{
	plan->kind = TAR_OF_IMAGES;
	plan->names[UPLOAD_MANIFEST] = "manifest.json";
	plan->names[UPLOAD_INDEX] = "index.json";
	plan->names[UPLOAD_REPOSITORIES] = "repositories";
	plan->count = 3;
}

void upload_plan_make(const struct policy *policy, const struct request *request,
                      struct upload_plan *plan)
{
	*plan = (struct upload_plan){.count = 0};
	if (policy->unrestricted.on)
		return;
	if (strcmp(request->route->operation, "image.load") == 0 && check_names_are_judged(policy))
		plan_images(plan);
}
