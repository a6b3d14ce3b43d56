/* Rewrites what names an image that was judged on its id, so that no tag that is moved meanwhile can
 * put another in its place; and what names one to be pulled, so that it is said once. */
#include "policy/mutate_parts.h"

#include "policy/arena.h"
#include "policy/check.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/image_proof.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/query.h"
#include "policy/reference.h"
#include "policy/request.h"
#include "policy/text.h"
#include "policy/world_image.h"

#include <string.h>

/* TEXT, or what names the image that was judged whatever happens to its tags; NULL with the error set. */
static const char *fixed_name(const struct mutation *m, const char *text)
{
	const struct fact *fact = facts_find(m->facts, OBJECT_IMAGE, text);

	if (!check_images_are_looked_up(m->policy, m->facts->world != NULL && *text != '\0'))
		return text;
	if (m->policy->mode != MODE_ENFORCE && (fact == NULL || fact->state != FACT_FOUND))
		return text;
	if (fact == NULL || fact->state != FACT_FOUND) {
		error_set(m->error, "image '%s' has not been looked up",
		          text_printable(m->request->arena, text, 100));
		return NULL;
	}
	const char *fixed = image_fixed_name(m->request->arena, m->facts, fact, text);
	if (fixed == NULL)
		mutation_exhausted(m);
	return fixed;
}

bool mutation_fix_image(const struct mutation *m, json_t *object, const char *member)
{
	const char *text = json_member_string(object, member);
	const char *fixed = text != NULL ? fixed_name(m, text) : NULL;

	if (text == NULL)
		return true;
	return fixed != NULL && mutation_set_string(m, object, member, fixed);
}

static bool set_parameter(const struct mutation *m, const char *name, const char *value)
{
	return query_set(m->request->arena, &m->request->query, name, value) || mutation_exhausted(m);
}

/* The digest of REFERENCE's tag, for the registry has told it; NULL with the error set. */
static const char *digest_of(const struct mutation *m, const struct reference *reference)
{
	const char *tagged = reference_tagged(m->request->arena, reference);
	const struct fact *fact =
		tagged != NULL ? facts_find(m->facts, OBJECT_DISTRIBUTION, tagged) : NULL;

	if (fact != NULL && fact->state == FACT_FOUND)
		return fact->id;
	error_set(m->error, "the digest of '%s' has not been looked up",
	          text_printable(m->request->arena, reference->familiar, 100));
	return NULL;
}

bool mutation_pin_image(const struct mutation *m, json_t *object, const char *member)
{
	const char *text = json_member_string(object, member);
	struct arena *arena = m->request->arena;
	struct reference reference;

	if (text == NULL || !check_tags_are_resolved(m->policy))
		return true;
	if (!reference_parse(arena, text, &reference, m->error))
		return error_prefix(m->error, "%s ", member);
	if (reference.digest != NULL)
		return true;
	const char *digest = digest_of(m, &reference);
	const char *tagged = reference_tagged(arena, &reference);
	return digest != NULL &&
	       mutation_set_string(m, object, member, arena_format(arena, "%s@%s", tagged, digest));
}

/* The tag stays what the image is called in the end. */
static bool pin_pull(const struct mutation *m, struct reference *reference)
{
	const char *digest = digest_of(m, reference);

	m->request->pinned_tag = reference->tag;
	reference->tag = digest;
	return digest != NULL;
}

bool mutate_pull(const struct mutation *m)
{
	const char *image = query_value(&m->request->query, "fromImage");
	const char *tag = query_value(&m->request->query, "tag");
	struct reference reference;

	if (!check_images_are_judged(m->policy, m->facts->world != NULL))
		return true;
	if (image == NULL)
		return error_set(m->error, "no image is named");
	if (!reference_parse(m->request->arena, image, &reference, m->error) ||
	    (tag != NULL && !reference_add_tag(&reference, tag)))
		return m->policy->mode != MODE_ENFORCE || error_set(m->error, "no image is named");
	if (reference.digest != NULL)
		reference.tag = reference.digest;
	else if (check_tags_are_resolved(m->policy) && !pin_pull(m, &reference))
		return false;
	return set_parameter(m, "fromImage", reference.familiar) &&
	       (reference.tag == NULL || set_parameter(m, "tag", reference.tag));
}

/* The image that gets another name. */
bool mutate_tag(const struct mutation *m)
{
	const char *name = m->request->captures.name;
	const struct fact *fact = facts_find(m->facts, OBJECT_IMAGE, name);

	if (!check_images_are_looked_up(m->policy, m->facts->world != NULL))
		return true;
	if (fact != NULL && fact->state == FACT_FOUND)
		m->request->object_id = fact->id;
	return m->policy->mode != MODE_ENFORCE || m->request->object_id != NULL ||
	       error_set(m->error, "image '%s' has not been looked up",
	                 text_printable(m->request->arena, name, 100));
}

static bool has_tag(const struct fact *image, const char *tag)
{
	const json_t *tags = json_member(image->inspected, "RepoTags");

	for (size_t i = 0; i < json_array_size(tags); i++) {
		const char *text = json_string_value(json_array_get(tags, i));

		if (text != NULL && strcmp(text, tag) == 0)
			return true;
	}
	return false;
}

/* Without a tag the daemon would save all of a repository's. */
static const char *saved_name(const struct mutation *m, const char *text)
{
	const struct fact *fact = facts_find(m->facts, OBJECT_IMAGE, text);
	struct reference reference;
	struct error error;

	if (fact == NULL || fact->state != FACT_FOUND) {
		error_set(m->error, "image '%s' has not been looked up",
		          text_printable(m->request->arena, text, 100));
		return NULL;
	}
	if (!reference_parse(m->request->arena, text, &reference, &error))
		return fact->id;
	if (reference.digest != NULL)
		return text;
	const char *tagged = reference_tagged(m->request->arena, &reference);
	if (tagged == NULL)
		mutation_exhausted(m);
	return tagged == NULL || has_tag(fact, tagged) ? tagged : fact->id;
}

bool mutate_save(const struct mutation *m)
{
	struct query *query = &m->request->query;

	if (m->facts->world == NULL)
		return true;
	if (m->request->route->object == OBJECT_IMAGE) {
		m->request->object_id = saved_name(m, m->request->captures.name);
		return m->request->object_id != NULL;
	}
	for (size_t i = 0; i < query->count; i++) {
		struct parameter *given = &query->parameters[i];

		if (strcmp(given->name, "names") != 0)
			continue;
		given->value = saved_name(m, given->value);
		if (given->value == NULL)
			return false;
	}
	return true;
}

static const char *const *copy_releases(struct arena *arena, const struct image_removal *removal)
{
	const char **list = arena_calloc(arena, removal->count + 1, sizeof *list);

	for (size_t i = 0; list != NULL && i < removal->count; i++)
		list[i] = removal->releases[i];
	return list;
}

bool mutate_remove(const struct mutation *m)
{
	struct request *request = m->request;
	const struct fact *fact = facts_find(m->facts, OBJECT_IMAGE, request->captures.name);
	struct image_removal *removal;

	if (m->facts->world == NULL)
		return true;
	removal = arena_alloc(request->arena, sizeof *removal);
	if (removal == NULL || fact == NULL || fact->state != FACT_FOUND ||
	    !world_image_removal(m->facts->world, fact, removal) || removal->why_not != NULL)
		return error_set(m->error, "whose the image is has not been looked up");
	request->object_id = removal->target;
	request->releases = copy_releases(request->arena, removal);
	return request->releases != NULL || mutation_exhausted(m);
}
