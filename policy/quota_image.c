/* Whether what is pulled or built is an image that the tenant has already, nobody knows before it has come: it asks for a place. */
#include "policy/quota_image.h"

#include "policy/archive_names.h"
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/hold.h"
#include "policy/query.h"
#include "policy/reference.h"
#include "policy/request.h"
#include "policy/world.h"

#include <string.h>

/* What is shared is held by nobody. */
static bool pulls_shared(const struct request *request, const struct facts *facts)
{
	const char *name = query_value(&request->query, "fromImage");
	const char *tag =
		request->pinned_tag != NULL ? request->pinned_tag : query_value(&request->query, "tag");
	struct reference reference;
	struct error error;

	if (facts->world == NULL || name == NULL ||
	    !reference_parse(request->arena, name, &reference, &error) ||
	    !reference_add_tag(&reference, tag != NULL ? tag : ""))
		return false;
	if (request->pinned_tag != NULL)
		reference.digest = NULL; /* it is held by its tag */
	name = hold_name(request->arena, &reference);
	return name != NULL && world_shares(facts->world, OBJECT_IMAGE, name);
}

void quota_image_demand(const struct request *request, const struct facts *facts,
                        struct quota_demand *demand)
{
	static const char *const makers[] = {"build.buildkit", "build.classic", "image.commit",
	                                     "image.import",   "image.pull",    "image.tag"};
	const char *operation = request->route->operation;
	size_t i = 0;

	while (i < sizeof makers / sizeof *makers && strcmp(makers[i], operation) != 0)
		i++;
	if (i == sizeof makers / sizeof *makers ||
	    (strcmp(operation, "image.pull") == 0 && pulls_shared(request, facts)))
		return;
	demand->amounts.of[QUOTA_IMAGES] = 1;
	demand->unsealed = strcmp(operation, "image.pull") == 0 || strcmp(operation, "image.tag") == 0;
	if (strcmp(operation, "image.tag") == 0)
		demand->already = request->object_id;
}

/* ---- archives ---- */

static bool is_new_name(struct arena *arena, const struct archive_names *names, size_t index)
{
	struct reference reference, other;
	struct error error;

	if (!reference_parse(arena, names->list[index], &reference, &error))
		return true;
	for (size_t i = 0; i < index; i++) {
		if (reference_parse(arena, names->list[i], &other, &error) &&
		    strcmp(reference_tagged(arena, &reference), reference_tagged(arena, &other)) == 0)
			return false;
	}
	return true;
}

/* Each image that comes has an id there, or two, and a name at least. */
void quota_load_demand(struct arena *arena, const struct upload *upload,
                       struct quota_demand *demand)
{
	struct archive_names *names = arena_alloc(arena, sizeof *names);
	struct error error;
	long long count = 0;

	*demand = (struct quota_demand){.amounts.of[QUOTA_IMAGES] = QUOTA_UNBOUNDED, .unsealed = true};
	if (names == NULL || !archive_names_read(arena, upload, names, &error))
		return;
	for (size_t i = 0; i < names->count; i++)
		count += is_new_name(arena, names, i);
	demand->amounts.of[QUOTA_IMAGES] =
		count < (long long)names->id_count ? count : (long long)names->id_count;
}
