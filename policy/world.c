/* Whose an object is: its seal tells, and for what cannot be sealed, its name. */
#include "policy/world.h"

#include "policy/arena.h"
#include "policy/error.h"
#include "policy/identity.h"
#include "policy/json.h"
#include "policy/policy.h"
#include "policy/reference.h"
#include "policy/text.h"
#include "policy/world_image.h"

#include <string.h>

bool world_is_closed(const struct policy *policy, const struct identity *identity)
{
	return policy != NULL && identity != NULL && identity->grant.tenant[0] != '\0' &&
	       !policy->tenancy.open.on;
}

bool world_begin(struct world *world, struct arena *arena, const struct policy *policy,
                 const struct identity *identity, const struct seal_key *key)
{
	if (key == NULL || !world_is_closed(policy, identity))
		return false;
	world->arena = arena;
	world->tenant = identity->grant.tenant;
	world->key = key;
	world->rules = &policy->tenancy;
	return true;
}

/* Their stars are made of their texts. */
static bool same_own(const struct own_patterns *a, const struct own_patterns *b)
{
	if (a->stars.count != b->stars.count)
		return false;
	for (size_t i = 0; i < a->stars.count; i++) {
		if (strcmp(a->texts[i], b->texts[i]) != 0)
			return false;
	}
	return true;
}

static bool same_images(const struct image_list *a, const struct image_list *b)
{
	bool same = patterns_are_same(&a->names, &b->names) &&
	            patterns_are_same(&a->tagged, &b->tagged) &&
	            patterns_are_same(&a->digests, &b->digests);

	for (size_t i = 0; i < IMAGE_PATTERN_KINDS; i++)
		same = same && same_own(&a->own[i], &b->own[i]);
	return same;
}

bool world_rules_are_same(const struct tenancy_rules *a, const struct tenancy_rules *b)
{
	return a->private_names == b->private_names && patterns_are_same(&a->networks, &b->networks) &&
	       patterns_are_same(&a->volumes, &b->volumes) && same_images(&a->images, &b->images);
}

/* What no tenant made, and every daemon has. Whether containers may be on them is the policy's network_modes. */
static bool is_predefined_network(const char *name)
{
	return strcmp(name, "bridge") == 0 || strcmp(name, "host") == 0 || strcmp(name, "none") == 0;
}

static bool is_listed(const struct patterns *patterns, const char *name)
{
	return patterns_match(patterns, name) < patterns->count;
}

/* A name in the daemon, be it a tag or a digest: what policies share is listed by names, too. */
static bool shares_reference(const struct world *world, const char *text)
{
	struct reference reference;
	struct error error;

	if (!reference_parse(world->arena, text, &reference, &error))
		return false;
	const struct image_name name = {reference.name, reference.tag, reference.digest};
	return image_list_has(&world->rules->images, world->tenant, &name);
}

bool world_shares(const struct world *world, enum object_kind kind, const char *name)
{
	if (kind == OBJECT_NETWORK)
		return is_predefined_network(name) || is_listed(&world->rules->networks, name);
	if (kind == OBJECT_IMAGE)
		return shares_reference(world, name);
	return kind == OBJECT_VOLUME && is_listed(&world->rules->volumes, name);
}

static bool shares_image(const struct world *world, const json_t *image)
{
	static const char *const lists[] = {"RepoTags", "RepoDigests"};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const json_t *list = json_member(image, lists[i]);

		for (size_t j = 0; j < json_array_size(list); j++) {
			const char *text = json_string_value(json_array_get(list, j));

			if (text != NULL && shares_reference(world, text))
				return true;
		}
	}
	return false;
}

enum ownership world_owner(const struct world *world, enum object_kind kind,
                           const json_t *inspected)
{
	const char *name = json_member_string(inspected, "Name");

	if (kind == OBJECT_IMAGE && world_holds_image(world, inspected))
		return OWNERSHIP_OWN;
	if (kind == OBJECT_IMAGE)
		return shares_image(world, inspected) ? OWNERSHIP_SHARED : OWNERSHIP_FOREIGN;
	if (world_owns(world, kind, inspected))
		return OWNERSHIP_OWN;
	/* What a tenant made is its own, however well its name is known; and few names are. */
	return name != NULL && world_shares(world, kind, name) &&
	               world_sealed_tenant(world->key, kind, inspected) == NULL
	           ? OWNERSHIP_SHARED
	           : OWNERSHIP_FOREIGN;
}

/* dockerd tells of a name without a tag as if "latest" had been written, and of an id as it is. */
static const char *missing_image(struct arena *arena, const char *name)
{
	struct reference reference;
	struct error error;
	bool bare = reference_parse(arena, name, &reference, &error) && reference.tag == NULL &&
	            reference.digest == NULL;

	return arena_format(arena, "No such image: %s%s", bare ? reference.familiar : name,
	                    bare ? ":latest" : "");
}

const char *world_missing(struct arena *arena, enum object_kind kind, const char *name)
{
	switch (kind) {
	case OBJECT_CONTAINER:
		return arena_format(arena, "No such container: %s", name);
	case OBJECT_EXEC:
		return arena_format(arena, "No such exec instance: %s", name);
	case OBJECT_VOLUME:
		return arena_format(arena, "get %s: no such volume", name);
	case OBJECT_IMAGE:
		return missing_image(arena, name);
	case OBJECT_NONE:
	case OBJECT_NETWORK:
	case OBJECT_PLUGIN:
	case OBJECT_SERVICE:
	case OBJECT_TASK:
	case OBJECT_NODE:
	case OBJECT_SECRET:
	case OBJECT_CONFIG:
	case OBJECT_DAEMON:
	case OBJECT_DISTRIBUTION:
		break;
	}
	return arena_format(arena, "%s %s not found", object_kind_name(kind), name);
}
