/* Reads an image's inspection and its record with the question where it came from. Knows the lists and
 * the stores; asks for no fact itself. */
#include "policy/image_proof.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/reference.h"

#include <string.h>

struct proof {
	const struct image_judge *judge;
	const struct fact *image;
	const char *came_from;
};

/* Calls JUDGE for each reference in the list MEMBER of the inspection until one says yes. */
static bool any_reference(struct proof *proof, const char *member,
                          bool (*judge)(struct proof *proof, const struct reference *reference,
                                        const void *context),
                          const void *context)
{
	const json_t *list = json_member(proof->image->inspected, member);
	struct reference reference;
	struct error error;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text != NULL && reference_parse(proof->judge->arena, text, &reference, &error) &&
		    judge(proof, &reference, context))
			return true;
	}
	return false;
}

static bool may_be_used(const struct proof *proof, const struct image_name *name)
{
	return image_list_has(&proof->judge->policy->images.use, proof->judge->tenant, name);
}

static bool tag_is_listed(struct proof *proof, const struct reference *tagged, const void *context)
{
	const struct reference *origin = context;
	const struct image_name name = {origin->name, tagged->tag, NULL};

	return strcmp(tagged->name, origin->name) == 0 && tagged->tag != NULL &&
	       may_be_used(proof, &name);
}

/* The digest proves the repository. Which of its tags it is, the daemon's own tags tell. */
static bool digest_is_listed(struct proof *proof, const struct reference *origin,
                             const void *context)
{
	const struct image_name name = {origin->name, NULL, origin->digest};

	(void)context;
	if (origin->digest == NULL)
		return false;
	if (may_be_used(proof, &name) || any_reference(proof, "RepoTags", tag_is_listed, origin))
		return true;
	proof->came_from = origin->name;
	return false;
}

/* An image made without a name counts only where it was made by the same rules. */
static bool was_made_here(const struct proof *proof, const struct image_origin *origin)
{
	const struct image_list *produce = &proof->judge->policy->images.produce;
	const char *tenant = proof->judge->tenant;
	const struct image_name name = {origin->name, origin->tag, NULL};

	if (origin->name == NULL)
		return image_list_may_name(produce, tenant) &&
		       strcmp(origin->policy, proof->judge->policy->name) == 0;
	return image_list_has(produce, tenant, &name);
}

static bool record_is_listed(struct proof *proof)
{
	for (size_t i = 0; i < proof->image->origin_count; i++) {
		const struct image_origin *origin = &proof->image->origins[i];
		const struct image_name pulled = {origin->name, origin->tag, proof->image->id};

		if (origin->made ? was_made_here(proof, origin) : may_be_used(proof, &pulled))
			return true;
		if (origin->name != NULL)
			proof->came_from = origin->name;
	}
	return false;
}

bool image_is_proven(const struct image_judge *judge, const struct fact *image,
                     const char **came_from)
{
	struct proof proof = {.judge = judge, .image = image};
	bool proven =
		record_is_listed(&proof) || (judge->facts->image_store == IMAGE_STORE_CLASSIC &&
	                                 any_reference(&proof, "RepoDigests", digest_is_listed, NULL));

	*came_from = proof.came_from;
	return proven;
}

/* The digest by which the daemon knows NAME's repository; NULL when it has none. Where a digest is the
 * image's own id, no other will do. */
static const char *repository_digest(struct arena *arena, const struct facts *facts,
                                     const struct fact *image, const char *name)
{
	const json_t *list = json_member(image->inspected, "RepoDigests");
	struct reference known;
	struct error error;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text == NULL || !reference_parse(arena, text, &known, &error) || known.digest == NULL ||
		    strcmp(known.name, name) != 0)
			continue;
		if (facts->image_store == IMAGE_STORE_CLASSIC || strcmp(known.digest, image->id) == 0)
			return known.digest;
	}
	return NULL;
}

const char *image_fixed_name(struct arena *arena, const struct facts *facts,
                             const struct fact *image, const char *text)
{
	struct reference asked;
	struct error error;

	if (facts->image_store == IMAGE_STORE_UNKNOWN || !reference_parse(arena, text, &asked, &error))
		return image->id;
	if (asked.digest != NULL)
		return text;
	const char *digest = repository_digest(arena, facts, image, asked.name);
	if (digest == NULL)
		return image->id;
	return asked.tag != NULL ? arena_format(arena, "%s:%s@%s", asked.familiar, asked.tag, digest)
	                         : arena_format(arena, "%s@%s", asked.familiar, digest);
}
