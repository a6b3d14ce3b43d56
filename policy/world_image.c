/* Reads an image's names: those that clients gave it, and those that hold it. An image's labels prove nothing, sealed as they may
 * be: whatever is made of it inherits them, on this daemon or another, and so do a build's earlier stages. */
#include "policy/world_image.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/facts.h"
#include "policy/hold.h"
#include "policy/json.h"
#include "policy/reference.h"
#include "policy/text.h"

#include <string.h>

static const char *id_of(const json_t *image)
{
	const char *id = json_member_string(image, "Id");

	return id != NULL ? id : "";
}

/* The tag number INDEX; NULL past the last, and for what is no text. */
static const char *tag_at(const json_t *image, size_t index)
{
	return json_string_value(json_array_get(json_member(image, "RepoTags"), index));
}

static size_t count_tags(const json_t *image)
{
	return json_array_size(json_member(image, "RepoTags"));
}

static bool is_own(const struct world *world, const struct hold *hold)
{
	return strcmp(hold->tenant, world->tenant) == 0;
}

bool world_holds_image(const struct world *world, const json_t *image)
{
	struct hold hold;

	for (size_t i = 0; i < count_tags(image); i++) {
		const char *tag = tag_at(image, i);

		if (tag != NULL && hold_read(world->key, id_of(image), tag, &hold) && is_own(world, &hold))
			return true;
	}
	return false;
}

/* ---- names ---- */

/* Who holds an image under one name. */
struct holders {
	const char *own; /* the tenant's tag; NULL for none */
	bool others;
};

static struct holders find_holders(const struct world *world, const json_t *image, const char *name)
{
	struct holders holders = {.own = NULL};
	char hash[SEAL_NONCE_DIGITS + 1];
	struct hold hold;

	hold_hash(name, hash);
	for (size_t i = 0; i < count_tags(image); i++) {
		const char *tag = tag_at(image, i);

		if (tag == NULL || !hold_read(world->key, id_of(image), tag, &hold) ||
		    strcmp(hold.name, hash) != 0)
			continue;
		if (is_own(world, &hold))
			holders.own = tag;
		else
			holders.others = true;
	}
	return holders;
}

/* What nobody holds is nobody's. */
static bool owns_name(const struct world *world, const json_t *image, const char *name)
{
	return find_holders(world, image, name).own != NULL;
}

/* True when the tenant owns a tag of the repository NAME. */
static bool owns_repository(const struct world *world, const json_t *image, const char *name)
{
	struct reference tag;
	struct error error;

	for (size_t i = 0; i < count_tags(image); i++) {
		const char *text = tag_at(image, i);

		if (text == NULL || hold_is_reserved(text) ||
		    !reference_parse(world->arena, text, &tag, &error) || strcmp(tag.name, name) != 0)
			continue;
		const char *held = hold_name(world->arena, &tag);
		if (held != NULL && owns_name(world, image, held))
			return true;
	}
	return false;
}

enum ownership world_image_name(const struct world *world, const json_t *image, const char *name)
{
	struct reference reference;
	struct error error;
	const char *held = NULL;

	if (hold_is_reserved(name) || !reference_parse(world->arena, name, &reference, &error))
		return OWNERSHIP_FOREIGN;
	held = hold_name(world->arena, &reference);
	if (held == NULL)
		return OWNERSHIP_FOREIGN;
	if (world_shares(world, OBJECT_IMAGE, name))
		return OWNERSHIP_SHARED; /* by whomever it is held */
	if (owns_name(world, image, held) ||
	    (reference.digest != NULL && owns_repository(world, image, reference.name)))
		return OWNERSHIP_OWN;
	return OWNERSHIP_FOREIGN;
}

/* True when REFERENCE is one of the names in the list MEMBER, in whatever spelling. */
static bool is_name_of(const struct world *world, const json_t *image, const char *member,
                       const char *held)
{
	const json_t *list = json_member(image, member);
	struct reference known;
	struct error error;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i)), *name;

		if (text == NULL || !reference_parse(world->arena, text, &known, &error))
			continue;
		name = hold_name(world->arena, &known);
		if (name != NULL && strcmp(name, held) == 0)
			return true;
	}
	return false;
}

/* True when ASKED is the id, or begins it. */
static bool is_id_of(const json_t *image, const char *asked)
{
	const char *prefix = "sha256:", *id = id_of(image);
	const char *digits = text_starts_with(asked, prefix) ? asked + strlen(prefix) : asked;

	return text_starts_with(id, prefix) && text_starts_with(id + strlen(prefix), digits);
}

enum ownership world_image_asked(const struct world *world, const json_t *image, const char *asked)
{
	struct reference reference;
	struct error error;

	if (hold_is_reserved(asked))
		return OWNERSHIP_FOREIGN;
	if (reference_parse(world->arena, asked, &reference, &error)) {
		const char *held = hold_name(world->arena, &reference);
		const char *list = reference.digest != NULL ? "RepoDigests" : "RepoTags";

		if (held == NULL)
			return OWNERSHIP_FOREIGN;
		if (is_name_of(world, image, list, held))
			return world_image_name(world, image, held);
	}
	return is_id_of(image, asked) ? world_owner(world, OBJECT_IMAGE, image) : OWNERSHIP_FOREIGN;
}

bool world_image_is_alone(const struct world *world, const json_t *image)
{
	struct hold hold;

	for (size_t i = 0; i < count_tags(image); i++) {
		const char *tag = tag_at(image, i);
		bool own = tag != NULL &&
		           (hold_is_reserved(tag)
		                ? hold_read(world->key, id_of(image), tag, &hold) && is_own(world, &hold)
		                : world_image_name(world, image, tag) == OWNERSHIP_OWN);

		if (!own)
			return false;
	}
	return true;
}

/* ---- removing ---- */

/* The names of an image as a tenant sees them. */
struct names {
	const char *own; /* the last of them */
	size_t own_count;
	bool foreign; /* there are others', shared ones, and tags that hold for others */
};

static bool add_release(struct image_removal *removal, const char *tag)
{
	if (removal->count == IMAGE_RELEASES_MAX)
		return false;
	removal->releases[removal->count++] = tag;
	return true;
}

static void see_name(const struct world *world, const json_t *image, const char *tag,
                     struct names *names)
{
	if (world_image_name(world, image, tag) != OWNERSHIP_OWN) {
		names->foreign = true;
		return;
	}
	names->own = tag;
	names->own_count++;
}

/* Tells the tenant's own tags that hold from the names; false when there are too many. */
static bool see_names(const struct world *world, const json_t *image, struct names *names,
                      struct image_removal *removal)
{
	struct hold hold;

	for (size_t i = 0; i < count_tags(image); i++) {
		const char *tag = tag_at(image, i);

		if (tag == NULL)
			continue;
		if (!hold_is_reserved(tag))
			see_name(world, image, tag, names);
		else if (!hold_read(world->key, id_of(image), tag, &hold) || !is_own(world, &hold))
			names->foreign = true;
		else if (!add_release(removal, tag))
			return false;
	}
	return true;
}

/* What others hold under that name stays under it. */
static void remove_name(const struct world *world, const json_t *image, const char *name,
                        struct image_removal *removal)
{
	const struct holders holders = find_holders(world, image, name);

	if (holders.own != NULL && holders.others)
		removal->target = holders.own;
	else if (holders.own != NULL)
		add_release(removal, holders.own);
}

static bool remove_only_name(const struct world *world, const json_t *image,
                             const struct names *names, struct image_removal *removal)
{
	struct reference reference;
	struct error error;
	const char *held;

	if (!reference_parse(world->arena, names->own, &reference, &error))
		return false;
	held = hold_name(world->arena, &reference);
	if (held == NULL)
		return false;
	removal->target = names->own;
	if (!find_holders(world, image, held).others)
		return true; /* and all that holds goes with it */
	removal->target = removal->releases[0];
	return removal->count > 0;
}

static bool remove_id(const struct world *world, const json_t *image, struct image_removal *removal)
{
	struct names names = {.own = NULL};

	if (!see_names(world, image, &names, removal))
		return false;
	if (names.own_count == 1)
		return remove_only_name(world, image, &names, removal);
	if (names.own_count > 1 && names.foreign)
		removal->why_not = "others have names of it: remove your own, one by one";
	else if (names.own_count == 0 && removal->count > 0)
		removal->target = removal->releases[0];
	else if (names.own_count == 0 && names.foreign)
		removal->why_not = "others have names of it";
	else
		removal->target = id_of(image);
	if (names.own_count > 1)
		removal->count = 0; /* the daemon asks for force, and takes all tags then */
	return true;
}

bool world_image_removal(const struct world *world, const struct fact *image,
                         struct image_removal *removal)
{
	struct reference reference;
	struct error error;

	*removal = (struct image_removal){.count = 0};
	if (image->shared) {
		removal->why_not = "it is shared among tenants";
		return true;
	}
	if (!reference_parse(world->arena, image->name, &reference, &error))
		return remove_id(world, image->inspected, removal);
	const char *held = hold_name(world->arena, &reference);
	if (held == NULL)
		return false;
	if (reference.digest == NULL && !is_name_of(world, image->inspected, "RepoTags", held))
		return remove_id(world, image->inspected, removal);
	if (reference.digest != NULL && find_holders(world, image->inspected, held).own == NULL) {
		removal->why_not = "remove it by its tag";
		return true;
	}
	remove_name(world, image->inspected, held, removal);
	return true;
}
