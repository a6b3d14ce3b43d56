/* Knows which archives are looked into, and for what. What is found there is judged by check_produce.c and
 * check_build.c. */
#include "policy/upload.h"

#include "policy/arena.h"
#include "policy/check.h"
#include "policy/query.h"
#include "policy/request.h"
#include "policy/tar_header.h"

#include <string.h>

static void plan_images(struct upload_plan *plan)
{
	plan->kind = TAR_OF_IMAGES;
	plan->names[UPLOAD_MANIFEST] = "manifest.json";
	plan->names[UPLOAD_INDEX] = "index.json";
	plan->names[UPLOAD_REPOSITORIES] = "repositories";
	plan->count = 3;
}

/* dockerd's builder takes any name inside of the context, and for want of Dockerfile, dockerfile. */
static void plan_context(const struct request *request, struct upload_plan *plan)
{
	const char *given = query_value(&request->query, "dockerfile");
	bool usual = given == NULL || *given == '\0' || strcmp(given, "Dockerfile") == 0;
	char *path = usual ? NULL : arena_alloc(request->arena, TAR_NAME_SIZE);

	plan->kind = TAR_OF_CONTEXT;
	if (usual) {
		plan->names[0] = "Dockerfile";
		plan->names[1] = "dockerfile";
		plan->count = 2;
	} else if (path != NULL && tar_path_clean(given, path) && *path != '\0') {
		plan->names[0] = path;
		plan->count = 1;
	}
}

void upload_plan_make(const struct policy *policy, bool closed, const struct request *request,
                      struct upload_plan *plan)
{
	*plan = (struct upload_plan){.count = 0};
	if (policy->unrestricted.on)
		return;
	if (strcmp(request->route->operation, "image.load") == 0 &&
	    check_names_are_judged(policy, closed)) {
		plan_images(plan);
		plan->takes_stock = closed;
	}
	if (strcmp(request->route->operation, "build.classic") == 0 &&
	    check_builds_are_judged(policy, closed))
		plan_context(request, plan);
}
