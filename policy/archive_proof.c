/* Walks from what names an image to what that consists of. What is read is JSON as strict as a request's, and what a reader could
 * take for a reference in one way is held for one. */
#include "policy/archive_proof.h"

#include "policy/archive_contents.h"
#include "policy/arena.h"
#include "policy/error.h"
#include "policy/json.h"
#include "policy/text.h"

#include <string.h>

enum { DEPTH_MAX = 4, VISITS_MAX = 1024, SHOWN_MAX = 80 };

#define ADVICE "; save all of it (docker save --platform, of an image of several platforms)"

struct walk {
	struct arena *arena;
	const struct archive_contents *contents;
	struct error *error;
	size_t visits;
};

bool archive_member(json_t *object, const char *name, json_t **value)
{
	json_t *member;
	const char *key;
	bool seen = false;

	*value = NULL;
	json_object_foreach(object, key, member)
	{
		if (!text_equal_folded(key, name))
			continue;
		if (seen)
			return false;
		seen = true;
		*value = json_is_null(member) ? NULL : member;
	}
	return true;
}

static bool lacks(const struct walk *walk, const char *what, const char *digest)
{
	const char *shown = text_printable(walk->arena, digest, SHOWN_MAX);

	return error_set(walk->error, "does not have the %s %s that an image in it consists of" ADVICE,
	                 what, shown != NULL ? shown : "");
}

static bool is_odd(const struct walk *walk, const char *digest)
{
	const char *shown = text_printable(walk->arena, digest, SHOWN_MAX);

	return error_set(walk->error, "has a manifest or configuration %s that makes no sense",
	                 shown != NULL ? shown : "");
}

static void release(void *tree)
{
	json_decref(tree);
}

/* The object that has DIGEST, which lives as long as the arena; NULL with the error set. */
static json_t *read_object(struct walk *walk, const char *digest)
{
	static const struct json_limits limits = {ARCHIVE_DOCUMENT_BYTES_MAX, 100000, 32};
	size_t len = 0;
	const char *text = archive_contents_text(walk->contents, digest, &len);
	struct error error;
	json_t *tree = NULL;

	if (text == NULL || walk->visits++ == VISITS_MAX) {
		lacks(walk, "manifest or configuration", digest);
		return NULL;
	}
	if (json_read(text, len, &limits, &tree, &error) != JSON_FINE ||
	    !arena_own(walk->arena, release, tree)) {
		is_odd(walk, digest);
		return NULL;
	}
	if (json_is_object(tree))
		return tree;
	is_odd(walk, digest);
	return NULL;
}

static bool walk_config(struct walk *walk, const char *digest)
{
	json_t *config = read_object(walk, digest), *root, *layers;

	if (config == NULL)
		return false;
	if (!archive_member(config, "rootfs", &root) || (root != NULL && !json_is_object(root)) ||
	    !archive_member(root, "diff_ids", &layers) || (layers != NULL && !json_is_array(layers)))
		return is_odd(walk, digest);
	for (size_t i = 0; i < json_array_size(layers); i++) {
		const char *layer = json_string_value(json_array_get(layers, i));

		if (layer == NULL)
			return is_odd(walk, digest);
		if (!archive_contents_have(walk->contents, layer))
			return lacks(walk, "layer", layer);
	}
	return true;
}

/* The digest that DESCRIPTOR, in what has the digest OWNER, is about; NULL with the error set. */
static const char *described(const struct walk *walk, const char *owner, json_t *descriptor)
{
	json_t *digest = NULL;

	if (json_is_object(descriptor) && archive_member(descriptor, "digest", &digest) &&
	    json_is_string(digest))
		return json_string_value(digest);
	is_odd(walk, owner);
	return NULL;
}

static bool walk_layers(const struct walk *walk, const char *owner, const json_t *layers)
{
	for (size_t i = 0; i < json_array_size(layers); i++) {
		const char *digest = described(walk, owner, json_array_get(layers, i));

		if (digest == NULL)
			return false;
		if (!archive_contents_have(walk->contents, digest))
			return lacks(walk, "layer", digest);
	}
	return true;
}

static bool walk_manifest(struct walk *walk, const char *digest, unsigned depth);

static bool walk_index(struct walk *walk, const char *owner, const json_t *manifests,
                       unsigned depth)
{
	for (size_t i = 0; i < json_array_size(manifests); i++) {
		const char *digest = described(walk, owner, json_array_get(manifests, i));

		if (digest == NULL || !walk_manifest(walk, digest, depth + 1))
			return false;
	}
	return true;
}

/* Which of the two it is its media type says, elsewhere; both are looked for. */
static bool walk_manifest(struct walk *walk, const char *digest, unsigned depth)
{
	json_t *manifest = read_object(walk, digest), *manifests, *layers, *config;
	const char *configured;

	if (manifest == NULL)
		return false;
	if (depth == DEPTH_MAX || !archive_member(manifest, "manifests", &manifests) ||
	    !archive_member(manifest, "layers", &layers) ||
	    !archive_member(manifest, "config", &config) ||
	    (manifests != NULL && !json_is_array(manifests)) ||
	    (layers != NULL && !json_is_array(layers)) || (manifests == NULL && config == NULL))
		return is_odd(walk, digest);
	if (!walk_index(walk, digest, manifests, depth) || !walk_layers(walk, digest, layers))
		return false;
	if (config == NULL)
		return true;
	configured = described(walk, digest, config);
	return configured != NULL && walk_config(walk, configured);
}

bool archive_proves_config(struct arena *arena, const struct archive_contents *contents,
                           const char *digest, struct error *error)
{
	struct walk walk = {.arena = arena, .contents = contents, .error = error};

	return walk_config(&walk, digest);
}

bool archive_proves_manifest(struct arena *arena, const struct archive_contents *contents,
                             const char *digest, struct error *error)
{
	struct walk walk = {.arena = arena, .contents = contents, .error = error};

	return walk_manifest(&walk, digest, 0);
}
