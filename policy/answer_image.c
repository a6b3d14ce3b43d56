/* Images, in lists and by themselves, their history and what removing them told. An image may be known to several tenants, each by
 * names of its own: a name is told to whom it belongs. */
#include "policy/answer_parts.h"
#include "policy/arena.h"
#include "policy/hold.h"
#include "policy/json.h"
#include "policy/reference_match.h"
#include "policy/request.h"
#include "policy/text.h"
#include "policy/world_image.h"

#include <stdlib.h>
#include <string.h>

enum { MINOR_WITHOUT_NONE = 43 }; /* where untagged images have no names, instead of "<none>" */

/* Tags that hold images for a tenant are nobody's to see. */
static bool is_holding(const char *name)
{
	return hold_is_reserved(name);
}

/* The names in the list MEMBER of IMAGE that are the tenant's, or shared; NULL without memory. */
static json_t *shown_names(const struct answer *answer, const json_t *image, const char *member)
{
	const json_t *names = json_object_get(image, member);
	json_t *shown = json_array();

	for (size_t i = 0; shown != NULL && i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (name == NULL || world_image_name(&answer->world, image, name) == OWNERSHIP_FOREIGN ||
		    json_array_append_new(shown, json_string(name)) == 0)
			continue;
		json_decref(shown);
		return NULL;
	}
	return shown;
}

static bool set_where_there(json_t *image, const char *member, json_t *names)
{
	if (json_is_array(json_object_get(image, member)))
		return answer_set(image, member, names);
	json_decref(names);
	return names != NULL;
}

/* Tags that hold an image tell whose its other names are: both lists are read before either is changed. */
static bool keep_names(const struct answer *answer, json_t *image)
{
	json_t *tags = shown_names(answer, image, "RepoTags");
	json_t *digests = shown_names(answer, image, "RepoDigests");
	bool tags_are_set = set_where_there(image, "RepoTags", tags);

	return set_where_there(image, "RepoDigests", digests) && tags_are_set;
}

/* A variant of an image tells which containers run it. */
static bool strip_manifests(json_t *image)
{
	json_t *manifests = json_object_get(image, "Manifests"), *manifest;
	size_t i;

	json_array_foreach(manifests, i, manifest)
	{
		json_t *data = json_object_get(manifest, "ImageData");

		if (json_object_get(data, "Containers") != NULL &&
		    !answer_set(data, "Containers", json_array()))
			return false;
	}
	return true;
}

static bool set_names(json_t *image, const char *member, const char *name)
{
	json_t *names = json_object_get(image, member);

	return json_array_size(names) > 0 || answer_set(image, member, json_pack("[s]", name));
}

/* As older versions tell of an image that has no name. */
static bool name_the_nameless(const struct answer *answer, json_t *image)
{
	if (answer->request->version.minor >= MINOR_WITHOUT_NONE ||
	    json_array_size(json_object_get(image, "RepoTags")) > 0 ||
	    json_array_size(json_object_get(image, "RepoDigests")) > 0)
		return true;
	return set_names(image, "RepoTags", "<none>:<none>") &&
	       set_names(image, "RepoDigests", "<none>@<none>");
}

/* Others may have containers of an image that is not the tenant's alone: how many is not told. */
static bool hide_use(const struct world *world, json_t *image)
{
	return world_image_is_alone(world, image) || json_object_get(image, "Containers") == NULL ||
	       answer_set(image, "Containers", json_integer(-1));
}

static bool is_referred_to(const char *const *patterns, const char *name)
{
	for (; name != NULL && *patterns != NULL; patterns++) {
		if (reference_matches(*patterns, name))
			return true;
	}
	return false;
}

/* Of the names that are shown those that the client asks for, as the daemon does it; false when there is none. */
static bool keep_references(const char *const *patterns, json_t *image)
{
	static const char *const members[] = {"RepoTags", "RepoDigests"};
	size_t kept = 0;

	for (size_t i = 0; patterns != NULL && i < sizeof members / sizeof *members; i++) {
		json_t *names = json_object_get(image, members[i]);

		for (size_t j = json_array_size(names); j > 0; j--) {
			if (!is_referred_to(patterns, json_string_value(json_array_get(names, j - 1))))
				json_array_remove(names, j - 1);
		}
		kept += json_array_size(names);
	}
	return patterns == NULL || kept > 0;
}

enum answer_fate answer_judge_image_list(struct answer *answer, json_t *value)
{
	enum ownership owner = answer_list_owner(answer, OBJECT_IMAGE, value);

	if (owner == OWNERSHIP_FOREIGN)
		return ANSWER_LEAVE_OUT;
	if (!hide_use(&answer->world, value) || !keep_names(answer, value))
		return ANSWER_BREAK;
	if (!keep_references(answer->request->references, value))
		return ANSWER_LEAVE_OUT;
	if (!name_the_nameless(answer, value) || !strip_manifests(value))
		return ANSWER_BREAK;
	return ANSWER_KEEP;
}

enum answer_fate answer_judge_image(struct answer *answer, json_t *value)
{
	enum ownership owner = world_owner(&answer->world, OBJECT_IMAGE, value);

	if (owner == OWNERSHIP_FOREIGN)
		return ANSWER_LEAVE_OUT;
	return keep_names(answer, value) && strip_manifests(value) ? ANSWER_KEEP : ANSWER_BREAK;
}

/* Cuts " quaymaster.NAME=VALUE" out of TEXT: a classic build's last step wrote it. */
static void cut_labels(char *text)
{
	const char *begin = " " SEAL_PREFIX;
	char *at = text;

	while ((at = strstr(at, begin)) != NULL) {
		size_t len = strlen(begin);

		len += strcspn(at + len, " ");
		memmove(at, at + len, strlen(at + len) + 1);
	}
}

static bool cut_created_by(struct answer *answer, json_t *step)
{
	const char *text = json_member_string(step, "CreatedBy");
	char *cut;

	if (text == NULL || strstr(text, SEAL_PREFIX) == NULL)
		return true;
	cut = arena_string(answer->world.arena, text);
	if (cut == NULL)
		return false;
	cut_labels(cut);
	return answer_set(step, "CreatedBy", json_string(cut));
}

static bool keep_shared_names(const struct answer *answer, json_t *step)
{
	json_t *names = json_object_get(step, "Tags");

	for (size_t i = json_array_size(names); i > 0; i--) {
		const char *name = json_string_value(json_array_get(names, i - 1));

		if ((name == NULL || is_holding(name) ||
		     !world_shares(&answer->world, OBJECT_IMAGE, name)) &&
		    json_array_remove(names, i - 1) != 0)
			return false;
	}
	return true;
}

/* A step of an image that the tenant may see, which was looked up before; its layers may have names of others'. */
enum answer_fate answer_judge_image_history(struct answer *answer, json_t *value)
{
	if (!json_is_object(value) || !cut_created_by(answer, value))
		return ANSWER_BREAK;
	return keep_shared_names(answer, value) ? ANSWER_KEEP : ANSWER_BREAK;
}

/* {"Untagged": NAME} or {"Deleted": ID}: the tenant's doing, but for the tags that hold. */
enum answer_fate answer_judge_image_removal(struct answer *answer, json_t *value)
{
	const char *untagged = json_member_string(value, "Untagged");

	(void)answer;
	return untagged != NULL && is_holding(untagged) ? ANSWER_LEAVE_OUT : ANSWER_KEEP;
}

enum answer_fate answer_judge_image_prune(struct answer *answer, json_t *value)
{
	json_t *deleted = json_object_get(value, "ImagesDeleted");

	for (size_t i = json_array_size(deleted); i > 0; i--) {
		if (answer_judge_image_removal(answer, json_array_get(deleted, i - 1)) != ANSWER_KEEP)
			json_array_remove(deleted, i - 1);
	}
	return json_is_object(value) ? ANSWER_KEEP : ANSWER_BREAK;
}
